"""The notebook runs from top to bottom, shows what it showed before, and its text is true of that."""

from __future__ import annotations

import argparse
import base64
import importlib
import io
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest
from matplotlib.mathtext import MathTextParser
from PIL import Image

from mnist_ocr.data.mnist import DATA_VARIABLE
from mnist_ocr.report.charts import AGAINST, FOR

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOK = ROOT / "notebook.ipynb"
KEPT = nbformat.read(NOTEBOOK, as_version=4)
CODE = [cell for cell in KEPT.cells if cell.cell_type == "code"]
TEXT = "\n\n".join(cell.source for cell in KEPT.cells if cell.cell_type == "markdown")

LARGEST = 1_500_000
"""Bytes of the file: code hosts show no larger ones."""

PLACES = re.compile(r"/(home|root|tmp|mnt|Users)\b|\b[A-Z]:\\\w|site-packages")
"""How a file's place on somebody's machine begins, or what is in the middle of it."""

NOBODY = "http://127.0.0.1:9"
"""A way to the network that leads nowhere."""


@pytest.fixture(scope="module", params=["mnist", "synthetic"])
def run_again(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> nbformat.NotebookNode:
    """The notebook, run anew by the command that people run, with MNIST and with drawn digits."""
    folder = tmp_path_factory.mktemp("notebook")
    environment = {**os.environ, "IPYTHONDIR": str(folder), "HTTPS_PROXY": NOBODY, "HTTP_PROXY": NOBODY}
    environment |= dict.fromkeys(("XDG_CACHE_HOME", "LOCALAPPDATA", "MPLCONFIGDIR"), str(folder))
    if request.param == "mnist":
        request.getfixturevalue("mnist_dir")
    else:
        environment.pop(DATA_VARIABLE, None)
    # Matplotlib lists the fonts of a machine once, and says so on stderr if that takes long.
    fonts = [sys.executable, "-c", "import matplotlib.font_manager"]
    subprocess.run(fonts, env=environment, check=True, capture_output=True)
    copy = folder / "copy.ipynb"
    words = [sys.executable, str(ROOT / "tools" / "notebook.py"), str(copy), request.param]
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return nbformat.read(copy, as_version=4)


def kinds(cell: nbformat.NotebookNode) -> list[tuple[str, ...]]:
    """What sort of things a cell shows: text, a picture, a complaint."""
    return [
        (output.output_type, output.get("name", ""), *sorted(output.get("data", {})))
        for output in cell.outputs
    ]


def printed(cell: nbformat.NotebookNode) -> str:
    return "".join(output.get("text", "") for output in cell.outputs)


def is_exact(cell: nbformat.NotebookNode) -> bool:
    """Whether what it prints depends on no data, time or machine."""
    return "exact" in cell.metadata.get("tags", [])


def pictures() -> dict[str, Image.Image]:
    """The stored pictures, by the cells' ids."""
    return {
        cell.id: Image.open(io.BytesIO(base64.b64decode(output.data["image/png"])))
        for cell in CODE
        for output in cell.outputs
        if "image/png" in output.get("data", {})
    }


def test_it_runs_and_shows_what_it_showed(run_again: nbformat.NotebookNode) -> None:
    changed = [
        new.source for new, kept in zip(run_again.cells, KEPT.cells, strict=True) if new.source != kept.source
    ]
    assert [source.count('DATASET = "mnist"') for source in changed] in ([], [1])
    exact = 0
    for new, kept in zip(run_again.cells, KEPT.cells, strict=True):
        if kept.cell_type != "code":
            continue
        assert kinds(new) == kinds(kept), kept.id
        assert "stderr" not in [output.get("name") for output in new.outputs], printed(new)
        if is_exact(kept):
            exact += 1
            assert printed(new) == printed(kept), kept.id
    assert exact > 20


def test_it_says_which_digits_it_learned_from(run_again: nbformat.NotebookNode) -> None:
    (cell,) = [cell for cell in run_again.cells if "load_dataset(" in cell.source]
    expected = (
        "MNIST\n60,000" if '"mnist"' in cell.source else "digits drawn by the program with seed 0\n60,000"
    )
    assert printed(cell).startswith(expected)


def test_the_kept_file_was_run_once_from_the_top() -> None:
    assert [cell.execution_count for cell in CODE] == list(range(1, len(CODE) + 1))
    assert all(cell.outputs for cell in CODE)
    assert len(pictures()) == 9
    assert NOTEBOOK.stat().st_size < LARGEST
    (said,) = [printed(cell) for cell in CODE if "load_dataset(" in cell.source]
    assert said.startswith("digits drawn by the program"), "the images of MNIST are not kept in the project"


def test_the_kept_file_tells_nothing_of_the_machine() -> None:
    assert KEPT.metadata == {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    assert all(set(cell.metadata) <= {"tags"} for cell in KEPT.cells)
    assert not any(output.get("metadata") for cell in CODE for output in cell.outputs)
    assert not any(picture.info.keys() - {"transparency"} for picture in pictures().values())
    for cell in KEPT.cells:
        words = cell.source + (printed(cell) if cell.cell_type == "code" else "")
        assert not PLACES.search(words), cell.id
        assert str(ROOT) not in words, cell.id


@pytest.mark.parametrize("colour", [FOR, AGAINST])
def test_stored_pictures_keep_the_two_colours(colour: str) -> None:
    shown = pictures()
    rgb = list(bytes.fromhex(colour[1:]))
    for cell in CODE:
        if "draw_classes(exploration)" in cell.source or "draw_explanation(" in cell.source:
            distance = np.abs(np.asarray(shown[cell.id].convert("RGB"), int) - rgb).max(axis=2)
            assert (distance < 16).sum() > 1000, cell.id


def test_every_number_in_the_text_is_one_that_the_cells_show() -> None:
    numbers = set(re.findall(r"\d+\.\d+", TEXT.replace(" · ", " ")))
    # Only from cells that show the same with any data and on any machine.
    shown = "\n".join(cell.source + printed(cell) for cell in CODE if is_exact(cell))
    known = {float(number) for number in re.findall(r"\d+\.\d+", shown)}
    assert len(numbers) > 15
    # The others are for the reader to try in place of what is there: two learning rates and a bias.
    assert {number for number in numbers if float(number) not in known} == {"0.2", "0.3", "2.5"}


def test_every_formula_can_be_set() -> None:
    formulas = re.findall(r"\$\$(.+?)\$\$|\$(.+?)\$", TEXT, re.DOTALL)
    assert len(formulas) > 20
    for formula in formulas:
        MathTextParser("path").parse(f"${''.join(formula)}$")


def test_every_link_leads_to_a_file() -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", TEXT) if not link.startswith("http")]
    assert len(links) > 5
    for link in links:
        assert (ROOT / link).exists(), link


def test_every_command_is_one_that_the_program_knows() -> None:
    commands = re.findall(r"(?:^(?:> )?|`)python ([^`\n]+)", TEXT, re.MULTILINE)
    assert len(commands) > 4
    for command in commands:
        words = shlex.split(command.removeprefix("-m mnist_ocr "))
        name, *options = words
        module = importlib.import_module(f"mnist_ocr.commands.{name.removesuffix('.py')}")
        parser = argparse.ArgumentParser(exit_on_error=False)
        module.add_arguments(parser)
        parser.parse_args(options)
