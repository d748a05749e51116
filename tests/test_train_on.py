"""Training goes on from a finished network: what is said, and what the file tells of its whole story."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from mnist_ocr import Network
from mnist_ocr.commands.train import main
from mnist_ocr.commands.training_options import WARM
from mnist_ocr.training import OPTIMIZERS
from tests.trainings import write_digits


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_digits(tmp_path_factory.mktemp("digits"))


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, digits: Path) -> Path:
    """A network that was trained for a moment."""
    path = tmp_path_factory.mktemp("finished") / "mine.json"
    words = ("--dataset", digits, "--hidden", "16", "--activation", "tanh", "--epochs", "2", "--output", path)
    assert main([*map(str, words), "--quiet"]) == 0
    return path


def train(*words: object) -> int:
    return main([str(word) for word in words])


def record_of(path: Path) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["training"]
    return record


def test_it_goes_on_where_the_network_was_and_says_so(
    tmp_path: Path, digits: Path, finished: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "more.json"
    assert train("--dataset", digits, "--from", finished, "--epochs", "10", "--output", path) == 0
    said = capsys.readouterr().out
    before = record_of(finished)
    began = before["accuracy"]["test"]
    rate = WARM * OPTIMIZERS["nesterov"].learning_rate
    assert (
        f"going on from {finished}, with a new optimizer (nesterov, learning rate {rate:g}): it reads "
        in said
    )
    assert f"and {began:.2%} of these test images" in said
    record = record_of(path)
    assert record["command"] == "python train.py --epochs 10 --from mine.json --dataset " + digits.name
    assert record["began"]["test"] == began
    assert record["from"] == before
    change = round((record["accuracy"]["test"] - began) * 100)
    verdict = "as many" if not change else f"{abs(change)} {'fewer' if change > 0 else 'more'}"
    assert re.search(rf"^before   {began:.2%} of the same images: now {verdict} wrong$", said, re.MULTILINE)
    network = Network.load(path)
    assert (network.sizes, network.activations) == ([784, 16, 10], ["tanh", "softmax"])
    assert record["accuracy"]["validation"] > before["accuracy"]["validation"]  # barely trained before
    assert Network.load(finished).metadata["training"] == before  # which is as it was


def test_each_training_is_told_of(tmp_path: Path, digits: Path, finished: Path) -> None:
    paths = [finished, tmp_path / "second.json", tmp_path / "third.json"]
    for origin, path in pairwise(paths):
        assert train("--dataset", digits, "--from", origin, "--epochs", "1", "--output", path, "--quiet") == 0
    record = record_of(paths[2])
    commands = [record["command"], record["from"]["command"], record["from"]["from"]["command"]]
    names = [re.findall(r"--from (\S+)", command) for command in commands]
    assert names == [["second.json"], ["mine.json"], []]


def test_the_learning_rate_can_be_chosen(tmp_path: Path, digits: Path, finished: Path, capsys: Any) -> None:
    path = tmp_path / "more.json"
    words = ("--from", finished, "--epochs", "1", "--lr", "0.25", "--output", path)
    assert train("--dataset", digits, *words) == 0
    assert "learning rate 0.2500" in capsys.readouterr().out
    assert "--learning-rate 0.25" in record_of(path)["command"]


def test_a_network_that_was_changed_by_hand_is_no_better_than_its_origin(
    tmp_path: Path, digits: Path, finished: Path
) -> None:
    network = Network.load(finished)
    network.layers[1].weights[0, 0] = 1
    network.save(tmp_path / "by hand.json")
    path = tmp_path / "more.json"
    words = ("--from", tmp_path / "by hand.json", "--epochs", "1", "--output", path, "--quiet")
    assert train("--dataset", digits, *words) == 0
    assert record_of(path)["from"] == record_of(tmp_path / "by hand.json")
    assert record_of(path)["from"]["from"] == record_of(finished)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["--from", "nothing.json"],
            "nothing.json: there is no such model file; the shipped ones are default",
        ),
        (["--from", "MINE", "--hidden", "16"], "this network is made already: leave --hidden away"),
        (
            ["--from", "MINE", "--loss", "squared-error", "--activation", "relu"],
            "leave --activation, --loss away",
        ),
        (["--from", "MINE", "--output", "MINE", "--overwrite"], "this command reads that file"),
        (["--from", "SMALL"], "a network that reads digits has 784 inputs and 10 outputs"),
    ],
)
def test_what_cannot_be_gone_on_from_is_refused(
    tmp_path: Path, digits: Path, finished: Path, words: list[str], message: str, capsys: Any
) -> None:
    Network([3, 2], seed=0).save(tmp_path / "small.json")
    names = {"MINE": str(finished), "SMALL": str(tmp_path / "small.json")}
    before = finished.read_bytes()
    output = [] if "--output" in words else ["--output", tmp_path / "more.json"]
    assert train("--dataset", digits, *[names.get(word, word) for word in words], *output) == 2
    assert message in capsys.readouterr().err
    assert finished.read_bytes() == before
    assert not (tmp_path / "more.json").exists()
