"""Each room imports only rooms above it, no modules import each other, and commands load what they need."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import mnist_ocr

PACKAGE = Path(mnist_ocr.__file__).parent

ROOMS = [
    "errors",
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
    "workers",
    "grid",
    "report",
    "page",
    "web",
    "commands",
    "__main__",
]
"""From the top; a room may import those before it."""

NOT_IMPORTED = {
    "onnx": {"modelfile"},
    "images": {"modelfile", "onnx"},
    "data": {"modelfile", "onnx"},
    "training": {"modelfile", "onnx", "images"},
    "sklearn": {"errors", "files", "modelfile", "onnx", "images", "data"},
    "comparison": {"processes", "modelfile", "onnx", "images", "sklearn"},
    "workers": {"files", "graph", "modelfile", "onnx", "images", "data", "training", "sklearn"},
    "grid": {"graph", "modelfile", "onnx", "images", "data", "training", "sklearn"},
    "report": {"onnx", "sklearn", "workers", "grid"},
    "page": {"onnx", "training", "sklearn", "comparison", "workers", "grid"},
    "web": {"onnx", "training", "sklearn", "comparison", "workers", "grid"},
    "commands": {"sklearn", "web"},
}
"""Rooms above that a room does not need."""

MOST_LINES = 400

LONGER = {
    "graph/network.py": 500,
    "modelfile.py": 520,
}
"""Files that may have more lines, and how many."""


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def name_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


NAMES = {name_of(path) for path in modules()}


def imports_of(path: Path, *, only_at_the_top: bool = False) -> set[str]:
    """The modules of the package that a file imports, for types only or inside of a function, too."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found: set[str] = set()
    for node in tree.body if only_at_the_top else ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                found.add(inner if inner in NAMES else str(node.module))
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found & NAMES


def rooms_of(path: Path) -> set[str]:
    return {name.split(".")[1] for name in imports_of(path) - {"mnist_ocr"}}


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_lead_one_way(path: Path) -> None:
    room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if room == "__init__":
        return
    allowed = set(ROOMS[: ROOMS.index(room) + 1]) - NOT_IMPORTED.get(room, set())
    assert rooms_of(path) <= allowed


def test_the_map_shows_every_room_in_this_order() -> None:
    page = (PACKAGE.parent / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = re.findall(
        r"^\| `(\w+)` \|", page.partition("## The rooms")[2].partition("\n## ")[0], re.MULTILINE
    )
    assert [*rooms, "__main__"] == ROOMS


def test_the_check_sees_imports() -> None:
    assert rooms_of(PACKAGE / "graph" / "network.py") == {"graph", "modelfile"}
    assert rooms_of(PACKAGE / "modelfile.py") == {"errors", "files"}
    assert "mnist_ocr.graph.node" in imports_of(PACKAGE / "graph" / "edge.py")


def test_no_two_modules_need_each_other() -> None:
    """A circle of imports raises graphlib.CycleError here, with the names of its modules.

    Only imports that are carried out when a module is loaded count: not those for type annotations.
    """
    graph = {name_of(path): imports_of(path, only_at_the_top=True) for path in modules()}
    order = list(TopologicalSorter(graph).static_order())
    assert set(order) == NAMES


def test_files_have_a_length_that_can_be_read_in_one_sitting() -> None:
    for path in modules():
        name = path.relative_to(PACKAGE).as_posix()
        count = len(path.read_text(encoding="utf-8").splitlines())
        assert count <= LONGER.get(name, MOST_LINES), name


def loaded_by(code: str) -> list[str]:
    """The modules of the package that a fresh Python has loaded after running this."""
    code += "; import sys; print(*(name for name in sys.modules if name.split('.')[0] == 'mnist_ocr'))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return done.stdout.split()


@pytest.mark.parametrize(
    ("code", "most"),
    [
        ("import mnist_ocr", 13),
        ("import mnist_ocr.training", 40),
        ("import mnist_ocr.commands.inference", 38),
    ],
)
def test_an_import_loads_few_modules(code: str, most: int) -> None:
    assert len(loaded_by(code)) <= most


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("mnist_ocr", {"PIL", "tqdm", "pooch", "requests", "threadpoolctl", "matplotlib", "filelock"}),
        (
            "mnist_ocr.commands.inference",
            {"tqdm", "pooch", "requests", "threadpoolctl", "matplotlib", "scipy", "filelock"},
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


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_reading_a_picture_does_not_import_masked_arrays(mode: str) -> None:
    # Some functions of NumPy do so on their first call, which takes as long as half of the reading.
    code = f"""
import sys
import numpy as np
from PIL import Image
import mnist_ocr.images
before = set(sys.modules)  # old versions of NumPy have it from the start
pixels = np.full((120, 90), 240, np.uint8)
pixels[20:100, 40:52] = 20
picture = Image.fromarray(pixels).convert({mode!r})
picture.putpixel((0, 0), 180 if {mode!r} == "L" else (180, 190, 200))
mnist_ocr.images.read_digit(picture)
print("numpy.ma" in set(sys.modules) - before)
"""
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "False"


if __name__ == "__main__":  # python -m tests.test_rooms
    for what in ("mnist_ocr", "mnist_ocr.training", "mnist_ocr.commands.inference"):
        print(f"{len(loaded_by(f'import {what}')):3} modules of the package loaded by import {what}")
