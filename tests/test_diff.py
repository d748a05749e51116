"""What differs between two networks: numbers against those set by hand, answers against a count."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from mnist_ocr import Network
from mnist_ocr.__main__ import main
from mnist_ocr.data import load_dataset
from tests.trainings import write_digits


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_digits(tmp_path_factory.mktemp("digits"))


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """A network, and the same with two weights and a bias changed by hand."""
    network = Network([784, 16, 10], seed=3)
    network.parameters = network.parameters.round(4)
    hidden, output = network.layers[1:]
    hidden.weights[7, 406], output.weights[2, 5], output.biases[1] = 0.125, -0.5, 0
    network.metadata["training"] = {"command": "python train.py", "accuracy": {"test": 0.1}}
    network.save(tmp_path / "a.json")
    network = Network.load(tmp_path / "a.json")
    network.layers[1].nodes[7].incoming[406].weight = 0.25
    network.output.nodes[2].incoming[5].weight = 1.5
    network.output.nodes[1].bias = -0.75
    network.layers[1].nodes[7].name = "mine"
    network.save(tmp_path / "b.json")
    return tmp_path / "a.json", tmp_path / "b.json"


def diff(*words: object) -> int:
    return main(["diff", *map(str, words)])


def test_numbers_are_told_by_their_paths(files: tuple[Path, Path], digits: Path, capsys: Any) -> None:
    assert diff(*files, "--dataset", digits) == 0
    said = capsys.readouterr().out
    count = 784 * 16 + 16 + 16 * 10 + 10
    assert f"3 of {count:,} numbers differ (< 0.1 %)" in said
    assert "hidden  1 of 12,544 weights, 0 of 16 biases, by up to 0.125" in said
    assert "output  1 of 160 weights, 1 of 10 biases, by up to 2" in said
    assert "1 nodes of layers[1] have other names" in said
    assert "B came from A: its file says so" in said
    listed = said.partition("The largest changes:\n")[2].splitlines()[:3]
    assert [line.split() for line in listed] == [
        ["layers[2].nodes[2].weights[5]", "-0.5", "->", "1.5", "(+2.0)"],
        ["layers[2].nodes[1].bias", "0.0", "->", "-0.75", "(-0.75)"],
        ["layers[1].nodes[7].weights[406]", "0.125", "->", "0.25", "(+0.125)"],
    ]


def test_answers_are_counted(files: tuple[Path, Path], digits: Path, capsys: Any) -> None:
    assert diff(*files, "--dataset", digits, "--json", "--top", "1") == 0
    told = json.loads(capsys.readouterr().out)
    test = load_dataset(str(digits)).test
    assert test is not None
    a, b = (Network.load(path).predict(test.images / 255) == test.labels for path in files)
    assert told["answers"]["images"] == 100
    assert told["answers"]["accuracy"] == [a.mean(), b.mean()]
    assert told["answers"]["only"] == [np.flatnonzero(a & ~b).tolist(), np.flatnonzero(b & ~a).tolist()]
    assert told["largest"] == [{"path": "layers[2].nodes[2].weights[5]", "before": -0.5, "after": 1.5}]
    assert (told["same_layers"], told["changed"]) == (True, 3)
    assert diff(*files, "--dataset", digits) == 0
    said = capsys.readouterr().out
    moved = int((a != b).sum())
    assert moved  # else nothing was compared
    assert (
        f"{moved} images changed sides: {(a & ~b).sum()} are read by A only, {(b & ~a).sum()} by B only"
        in said
    )
    first = np.flatnonzero(a != b)[0]
    assert f"image {first}: a {test.labels[first]}, A says " in said


def test_a_network_differs_in_nothing_from_itself(
    files: tuple[Path, Path], digits: Path, capsys: Any
) -> None:
    assert diff(files[0], files[0], "--dataset", digits) == 0
    said = capsys.readouterr().out
    assert "All 12,730 numbers are the same." in said
    assert "0 images changed sides" in said


def test_other_layers_are_compared_by_their_answers(
    files: tuple[Path, Path], tmp_path: Path, digits: Path, capsys: Any
) -> None:
    Network([784, 5, 10], seed=0).save(tmp_path / "small.json")
    assert diff(files[0], tmp_path / "small.json", "--dataset", digits) == 0
    said = capsys.readouterr().out
    assert "The layers are others, so no number of A has its counterpart in B." in said
    assert "images changed sides" in said
    Network([3, 2], seed=0).save(tmp_path / "tiny.json")
    assert diff(tmp_path / "tiny.json", tmp_path / "tiny.json") == 0
    shown = capsys.readouterr()
    assert "All 8 numbers are the same." in shown.out
    assert "not asked about any image: A: a network that reads digits has 784 inputs" in shown.err


def test_the_picture_shows_what_changed_and_replaces_nothing(
    files: tuple[Path, Path], tmp_path: Path, digits: Path, capsys: Any
) -> None:
    picture = tmp_path / "diff.png"
    assert diff(*files, "--dataset", digits, "--picture", picture) == 0
    with Image.open(picture) as drawn:
        assert drawn.width > 1000
        colours = {tuple(colour) for colour in np.asarray(drawn.convert("RGB")).reshape(-1, 3)}
    assert len(colours) > 100
    before = picture.read_bytes()
    for words, message in (
        (["--picture", picture], "exists already; choose another name, or add --overwrite"),
        (["--picture", files[0], "--overwrite"], "this command reads that file"),
    ):
        assert diff(*files, "--dataset", digits, *words) == 2
        assert message in capsys.readouterr().err
    assert picture.read_bytes() == before
    assert diff(files[0], tmp_path / "none.json") == 2
    assert "none.json: there is no such model file" in capsys.readouterr().err
