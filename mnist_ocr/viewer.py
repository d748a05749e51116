"""Puts `viewer.html` together: one HTML file from the modules, the style sheet and the frame in `viewer/`.

    python -m mnist_ocr.viewer FILE.html        writes the page without a model in it

A browser does not load modules from the disk of whoever opened the page, so all of them go into the page
itself. Each module becomes a function that is called once and returns what the module exports; what a module
imports, it takes from the functions before it. So no name of one module can collide with a name of another.
Only the forms of import and export that the modules use are understood; any other is an error.
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
import sys
from pathlib import Path

SOURCES = Path(__file__).with_suffix("")

_IMPORT = re.compile(r"^import (\{[^}]*\}) from '\./(\w+)\.js';$", re.MULTILINE)
_DECLARED = re.compile(r"^export (?=(?:async )?(?:function\*?|class|const|let) (\w+))", re.MULTILINE)
_LISTED = re.compile(r"^export \{([^}]*)\};$", re.MULTILINE)


def page(model: str | None = None, name: str = "") -> str:
    """The whole page as HTML.

    Args:
        model: text of a model file to begin with, or None; it has been loaded once, so it is JSON.
        name: of that file, to be shown.

    Returns:
        A document that loads nothing from anywhere: its own policy forbids it.
    """
    code, look = script(), style()
    # Script and style are allowed by their hashes: anything else that gets into the page does not run.
    policy = (
        f"default-src 'none'; script-src '{_hash(code)}'; style-src '{_hash(look)}'; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )
    parts = {
        "policy": policy,
        "style": look,
        "name": html.escape(name),
        # In JSON, "<" occurs only within a string, where it can be written as an escape.
        "model": (model or "").replace("<", "\\u003c"),
        "script": code,
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], _source("page.html"))


def script(entry: str = "main.js") -> str:
    """A module and all that it imports, as one module.

    Args:
        entry: file name of the module; its own exports remain exports, those of the others are internal.

    Raises:
        ValueError: a module imports or exports in a form that is not understood, or imports itself.
    """
    modules: dict[str, str] = {}
    _collect(entry.removesuffix(".js"), (), modules)
    *functions, last = modules
    code = "\n".join([*(_as_function(name, modules[name]) for name in functions), modules[last]])
    if "</script" in code.lower() or "<!--" in code:
        raise ValueError("a module contains the end of a script, which would end the page's own")
    return code


def style() -> str:
    """The style sheet."""
    return _source("style.css")


def _collect(name: str, importers: tuple[str, ...], modules: dict[str, str]) -> None:
    """Add a module after those that it needs, its imports replaced by what they stand for."""
    if name in importers:
        raise ValueError(f"{name}.js imports itself, by way of {', '.join(importers)}")
    code = _source(f"{name}.js").replace("// @ts-check\n", "")
    for _, needed in _IMPORT.findall(code):
        if needed not in modules:
            _collect(needed, (*importers, name), modules)
    code = _IMPORT.sub(lambda found: f"const {found[1].replace(' as ', ': ')} = {found[2]}_js;", code)
    if re.search(r"^import\b", code, re.MULTILINE):
        raise ValueError(f"{name}.js: only import {{…}} from './….js' is understood")
    modules[name] = code


def _as_function(name: str, code: str) -> str:
    """A module as a function that runs at once and returns what the module exports."""
    listed = ",".join(_LISTED.findall(code)).split(",")
    exported = [*_DECLARED.findall(code), *filter(None, map(str.strip, listed))]
    code = _LISTED.sub("", _DECLARED.sub("", code))
    unknown = re.search(r"^export\b.*$", code, re.MULTILINE)
    if unknown:
        raise ValueError(f"{name}.js: only exports with a name are understood: {unknown[0]}")
    return f"const {name}_js = (() => {{\n{code}\nreturn {{{', '.join(exported)}}};\n}})();\n"


def _source(file: str) -> str:
    return (SOURCES / file).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """What the page's policy calls a script or a style sheet by."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


if __name__ == "__main__":
    Path(sys.argv[1]).write_bytes(page().encode())
