"""How Sphinx makes a web site of this folder: `sphinx-build -W docs site`.

Two pages are not written by hand. `notebook.ipynb` is a copy of the one in the project's folder, whose links
lead from there; `commands.md` is what every command prints for `--help`. Both are made anew with every build.
Nothing is fetched: formulas become MathML, which browsers show by themselves.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shutil
import sys
from pathlib import Path
from typing import Any

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.application import Sphinx

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
sys.path.insert(0, str(ROOT))

import mnist_ocr  # noqa: E402
from mnist_ocr.__main__ import COMMANDS, main  # noqa: E402
from mnist_ocr.page import find_page  # noqa: E402

project = "mnist_ocr"
author = "the mnist_ocr authors"
version = release = mnist_ocr.__version__
html_title = f"mnist_ocr {release}"

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
exclude_patterns = ["_build", "site"]
suppress_warnings = ["config.cache"]  # the hooks below are functions, which Sphinx cannot compare

nb_execution_mode = "off"  # the outputs are stored: tools/notebook.py makes them
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3

default_role = "literal"  # `name` in a docstring is code
autodoc_member_order = "bysource"
autodoc_type_aliases = {name: name for name in ("Array", "ArrayLike", "DTypeLike")}  # short, as in the code
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
napoleon_use_ivar = True
toc_object_entries_show_parents = "hide"

html_theme = "pydata_sphinx_theme"
html_logo = html_favicon = "../git/icon.svg"
html_static_path = ["style.css"]
html_css_files = ["style.css"]
html_math_renderer = "mathml"
html_show_sourcelink = False
html_theme_options = {
    "logo": {"text": "mnist_ocr"},
    "navigation_with_keys": False,
    "show_prev_next": True,
    "show_toc_level": 2,
    "footer_start": ["copyright"],
    "footer_end": [],
}
copyright = "2026, the mnist_ocr authors"

_SECTIONS = re.compile(r"(Args|Returns|Raises|Attributes|Yields|Note|Example|Examples):$")


def copy_notebook() -> None:
    """Put the notebook beside the pages, with links that lead from here."""
    notebook = json.loads((ROOT / "notebook.ipynb").read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            text = "".join(cell["source"]).replace("](README.md)", "](index.md)")
            cell["source"] = re.sub(r"\]\((?=(?:mnist_ocr|git|docs)/)", "](../", text)
    write_if_new(DOCS / "notebook.ipynb", json.dumps(notebook))


def write_commands() -> None:
    """Ask every command for its help."""
    os.environ["COLUMNS"] = "100"
    parts = ["# Commands", "What each command prints for `--help`."]
    for name, summary in COMMANDS.items():
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), contextlib.suppress(SystemExit):
            main([name, "--help"])
        script = {"train": "train.py", "inference": "inference.py"}.get(name, f"-m mnist_ocr {name}")
        parts += [
            f"## {name}",
            f"`python {script}`: {summary}.",
            f"```text\n{printed.getvalue().rstrip()}\n```",
        ]
    write_if_new(DOCS / "commands.md", "\n\n".join(parts) + "\n")


def write_if_new(path: Path, text: str) -> None:
    """Write a file unless it says so already: Sphinx reads again what is newer than its page."""
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def write_viewer(app: Sphinx, exception: Exception | None) -> None:
    """Put the page, with the default network in it, where `viewer.md` shows it."""
    if exception is None and app.builder.format == "html":
        shutil.copyfile(find_page(), Path(app.outdir) / "_static" / "viewer.html")


def markdown_to_rst(app: Sphinx, what: str, name: str, obj: object, options: Any, lines: list[str]) -> None:
    """Docstrings set code and formulas in by four spaces, as Markdown does; say so in Sphinx's language."""
    done: list[str] = []
    outer = ""  # the last line that was not set in
    for line in lines:
        set_in = line.startswith("    ")
        if line and not set_in:
            outer = line
        if set_in and done and not done[-1] and not _SECTIONS.match(outer) and outer != "::":
            done += ["::", ""]
            outer = "::"
        done.append(line)
    lines[:] = done


def keep_sentences(app: Sphinx, what: str, name: str, obj: object, options: Any, lines: list[str]) -> None:
    """Napoleon takes what stands before a colon in a property's docstring for its type; put it back."""
    if what == "property" and lines and lines[-1].startswith(":type: "):
        lines[0] = f"{lines[-1].removeprefix(':type: ')}: {lines[0]}"
        del lines[-1]


def skip_fields(app: Sphinx, what: str, name: str, obj: object, *_: Any) -> bool | None:
    """Fields of a named tuple are described by its docstring; Python's own words are only their number."""
    return True if str(obj.__doc__).startswith("Alias for field number") else None


def inline_formula(self: Any, node: nodes.math) -> None:
    """A formula in a line of text, as MathML."""
    self.body.append(convert(node.astext()))
    raise nodes.SkipNode


def formula(self: Any, node: nodes.math_block) -> None:
    """A formula on lines of its own, as MathML."""
    self.body.append(f'<div class="formula">{convert(node.astext(), display="block")}</div>')
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    copy_notebook()
    write_commands()
    app.connect("autodoc-process-docstring", markdown_to_rst, priority=400)  # napoleon comes at 500
    app.connect("autodoc-process-docstring", keep_sentences, priority=600)
    app.connect("autodoc-skip-member", skip_fields)
    app.connect("build-finished", write_viewer)
    app.add_html_math_renderer("mathml", (inline_formula, None), (formula, None))
