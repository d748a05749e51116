"""Building `viewer.html`: one HTML file from the modules, the style sheet and the template in `viewer/`.

    python -m mnist_ocr.viewer FILE.html        writes the page without a model in it

A browser does not load modules from the local disk, so the page contains all of them. Each module becomes a
function that is called once and returns what the module exports; imports become references to the results of
earlier functions. So the names of different modules cannot collide. Only the forms of import and export that
the modules use are supported; any other is an error.
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
        model: the text of a model file, known to be JSON, that the page shows first; or None.
        name: of that file, for display.

    Returns:
        A document whose content security policy forbids it to load anything.
    """
    code, look = script(), style()
    # Script and style are allowed by their hashes: no other script can run in the page.
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
        entry: file name of the module; only its exports are exports of the result.

    Raises:
        ValueError: a module has an unsupported form of import or export, or imports itself.
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
    """Add a module after those that it imports, with its imports replaced by references."""
    if name in importers:
        raise ValueError(f"{name}.js imports itself, by way of {', '.join(importers)}")
    code = _source(f"{name}.js").replace("// @ts-check\n", "")
    for _, needed in _IMPORT.findall(code):
        if needed not in modules:
            _collect(needed, (*importers, name), modules)
    code = _IMPORT.sub(lambda found: f"const {found[1].replace(' as ', ': ')} = {found[2]}_js;", code)
    if re.search(r"^import\b", code, re.MULTILINE):
        raise ValueError(f"{name}.js: only import {{…}} from './….js' is supported")
    modules[name] = code


def _as_function(name: str, code: str) -> str:
    """A module as a function that is called at once and returns the exports."""
    listed = ",".join(_LISTED.findall(code)).split(",")
    exported = [*_DECLARED.findall(code), *filter(None, map(str.strip, listed))]
    code = _LISTED.sub("", _DECLARED.sub("", code))
    unknown = re.search(r"^export\b.*$", code, re.MULTILINE)
    if unknown:
        raise ValueError(f"{name}.js: only named exports are supported: {unknown[0]}")
    return f"const {name}_js = (() => {{\n{code}\nreturn {{{', '.join(exported)}}};\n}})();\n"


def _source(file: str) -> str:
    return (SOURCES / file).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """The hash of a script or style sheet, as a content security policy has it."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


if __name__ == "__main__":
    Path(sys.argv[1]).write_bytes(page().encode())
