"""Put the page together: one HTML file from modules, style and frame.

A browser does not load modules from the disk of whoever opened the page, so they all go into the page itself.
Each module becomes a function that is called once and hands back what the module exports; what it imports, it
takes from those before it. That is all that a module is, and no name of one can meet a name of another. Only
the two forms of import and export that the modules use are known here, and any other is an error.

    python -m mnist_ocr.viewer FILE.html        the page without a model
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
from pathlib import Path

SOURCES = Path(__file__).parent

ENTRY = "main.js"

_IMPORT = re.compile(r"^import (\{[^}]*\}) from '\./(\w+)\.js';$", re.MULTILINE)
_DECLARED = re.compile(r"^export (?=(?:async )?(?:function\*?|class|const|let) (\w+))", re.MULTILINE)
_LISTED = re.compile(r"^export \{([^}]*)\};$", re.MULTILINE)
_UNKNOWN = re.compile(r"^(?:import|export)\b.*$", re.MULTILINE)


def page(model: str | None = None, name: str = "") -> str:
    """The whole page as HTML.

    Args:
        model: text of a model file to begin with, or None; it has been loaded once, so it is JSON.
        name: of that file, for people.

    Returns:
        A document that asks nothing of any network: its own policy forbids that to it.
    """
    code, look = script(), style()
    # Each is allowed by its hash: nothing else that might come into the page can ever run.
    policy = (
        f"default-src 'none'; script-src '{_hash(code)}'; style-src '{_hash(look)}'; "
        "img-src data: blob:; base-uri 'none'; form-action 'none'"
    )
    # In JSON, a "<" stands inside of a string only, where it may as well be written as its number.
    parts = {
        "policy": policy,
        "style": look,
        "name": html.escape(name),
        "model": (model or "").replace("<", "\\u003c"),
        "script": code,
    }
    frame = (SOURCES / "page.html").read_text(encoding="utf-8")
    return re.sub(r"\{\{(\w+)\}\}", lambda place: parts[place[1]], frame)


def script(entry: str = ENTRY) -> str:
    """A module and all that it imports, as one.

    Args:
        entry: file name of the module; its own exports stay exports, the others' are seen by it only.

    Raises:
        ValueError: a module imports or exports in a way that is not known here.
    """
    modules: dict[str, str] = {}
    _collect(entry.removesuffix(".js"), modules, ())
    *inner, (name, last) = modules.items()
    code = "\n".join([*(_as_function(*module) for module in inner), _without_imports(name, last)])
    if "</script" in code.lower() or "<!--" in code:
        raise ValueError("a module has the end of a script in it, which would end the page's own")
    return code


def style() -> str:
    """The style sheet."""
    return (SOURCES / "style.css").read_text(encoding="utf-8")


def _collect(name: str, modules: dict[str, str], asked_by: tuple[str, ...]) -> None:
    """Add a module behind those that it needs."""
    if name in asked_by:
        raise ValueError(f"{name}.js imports itself, by way of {', '.join(asked_by)}")
    if name in modules:
        return
    code = (SOURCES / f"{name}.js").read_text(encoding="utf-8")
    for _, needed in _IMPORT.findall(code):
        _collect(needed, modules, (*asked_by, name))
    modules[name] = code


def _as_function(name: str, code: str) -> str:
    exported = _DECLARED.findall(code)
    for listed in _LISTED.findall(code):
        exported += [word.strip() for word in listed.split(",") if word.strip()]
    code = _LISTED.sub("", _DECLARED.sub("", _without_imports(name, code)))
    unknown = _UNKNOWN.search(code)
    if unknown:
        raise ValueError(f"{name}.js: only exports with a name can be put together: {unknown[0]}")
    return f"const {_variable(name)} = (() => {{\n{code}\nreturn {{{', '.join(exported)}}};\n}})();\n"


def _without_imports(name: str, code: str) -> str:
    """The code, taking what it imports from the functions before it."""
    code = _IMPORT.sub(
        lambda found: f"const {found[1].replace(' as ', ': ')} = {_variable(found[2])};", code
    ).replace("// @ts-check\n", "")
    if re.search(r"^import\b", code, re.MULTILINE):
        raise ValueError(f"{name}.js: only import {{…}} from './….js' can be put together")
    return code


def _variable(name: str) -> str:
    return f"{name}_js"


def _hash(text: str) -> str:
    """What the page's policy knows a script or a style sheet by."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
