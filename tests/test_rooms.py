"""Each room imports only rooms above it: no way leads back up."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import mnist_ocr

PACKAGE = Path(mnist_ocr.__file__).parent

ROOMS = [
    "errors",
    "opening",
    "files",
    "processes",
    "modelfile",
    "graph",
    "onnx",
    "images",
    "data",
    "training",
    "sklearn",
    "comparison",
    "grid",
    "report",
    "viewer",
    "web",
    "commands",
    "__main__",
]
"""From the top; a room may know those before it."""

NOT_KNOWN = {
    "onnx": {"modelfile"},
    "images": {"graph", "modelfile", "onnx", "files"},
    "data": {"graph", "modelfile", "onnx"},
    "training": {"modelfile", "onnx", "images"},
    "sklearn": {"errors", "opening", "files", "modelfile", "onnx", "images", "data"},
    "comparison": {"processes", "modelfile", "onnx", "images", "sklearn"},
    "grid": {"graph", "modelfile", "onnx", "images", "data", "training", "sklearn"},
    "report": {"onnx", "sklearn", "grid"},
    "viewer": set(ROOMS[: ROOMS.index("viewer")]),  # where a page is put together, nothing is computed
    "web": {"onnx", "training", "sklearn", "comparison", "grid"},
    "commands": {"sklearn", "web"},
}
"""Rooms above that a room has no business with."""


def imports_of(path: Path) -> set[str]:
    """The rooms that a file imports, at its top or inside of a function."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        found |= {name.split(".")[1] for name in names if name.startswith("mnist_ocr.")}
    return found & set(ROOMS)  # what is no room is a name of the package itself, such as its version


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_lead_one_way(path: Path) -> None:
    room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if room == "__init__":
        return
    allowed = set(ROOMS[: ROOMS.index(room) + 1]) - NOT_KNOWN.get(room, set())
    assert imports_of(path) <= allowed


def test_the_map_shows_every_room_in_this_order() -> None:
    page = (PACKAGE.parent / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = re.findall(
        r"^\| `(\w+)` \|", page.partition("## The rooms")[2].partition("\n## ")[0], re.MULTILINE
    )
    assert [*rooms, "__main__"] == ROOMS


def test_the_check_sees_imports() -> None:
    assert imports_of(PACKAGE / "graph" / "network.py") == {"graph", "modelfile"}
    assert imports_of(PACKAGE / "modelfile.py") == {"errors", "files", "opening"}


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("mnist_ocr", {"PIL", "tqdm", "pooch", "requests", "threadpoolctl", "matplotlib"}),
        (
            "mnist_ocr.commands.inference",
            {"tqdm", "pooch", "requests", "threadpoolctl", "matplotlib", "scipy"},
        ),
        ("mnist_ocr.commands.evaluate", {"tqdm", "pooch", "requests", "matplotlib", "scipy"}),
        ("mnist_ocr.commands.export", {"onnx", "tqdm", "pooch", "requests", "matplotlib", "scipy"}),
        ("mnist_ocr.commands.explore", {"tqdm", "pooch", "requests", "threadpoolctl", "matplotlib", "scipy"}),
        ("mnist_ocr.commands.train", {"pooch", "requests", "matplotlib", "scipy"}),
        ("mnist_ocr.__main__", {"tqdm", "pooch", "requests", "PIL.Image"}),
    ],
)
def test_what_a_command_does_not_need_is_not_imported(module: str, absent: set[str]) -> None:
    code = f"import sys, {module}; print(sorted(set(sys.modules) & set({sorted(absent)})))"
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert found.stdout.strip() == "[]"
