"""Training goes on from a finished network: what is said, and what the file tells of its whole story."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from benchmarks.new_hand import Hand, teach, write_pictures
from mnist_ocr import Network
from mnist_ocr.commands import training_images
from mnist_ocr.commands.train import main
from mnist_ocr.commands.training_options import WARM, argv_of, options_of
from mnist_ocr.data import load_dataset
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
        (
            ["--from", "LETTERS"],
            "this network reads a, b, c, d, e, f, g, h, i, j; expected the digits 0 to 9",
        ),
        (["--from", "SMALL"], "a network that reads digits has 784 inputs and 10 outputs"),
    ],
)
def test_what_cannot_be_gone_on_from_is_refused(
    tmp_path: Path, digits: Path, finished: Path, words: list[str], message: str, capsys: Any
) -> None:
    Network([3, 2], seed=0).save(tmp_path / "small.json")
    letters = Network([784, 10], seed=0)
    letters.metadata["training"] = {"classes": list("abcdefghij")}
    letters.save(tmp_path / "letters.json")
    names = {"MINE": finished, "SMALL": tmp_path / "small.json", "LETTERS": tmp_path / "letters.json"}
    before = finished.read_bytes()
    output = [] if "--output" in words else ["--output", tmp_path / "more.json"]
    assert train("--dataset", digits, *[names.get(word, word) for word in words], *output) == 2
    assert message in capsys.readouterr().err
    assert finished.read_bytes() == before
    assert not (tmp_path / "more.json").exists()


@pytest.mark.parametrize(
    ("words", "hidden"),
    [
        ("--hidden 16 8", [16, 8]),
        ("--hidden 16,8", [16, 8]),
        ("--hidden 16,8 4", [16, 8, 4]),
        ("--hidden", []),
        ("--hidden none", []),
        ("", [128]),
    ],
)
def test_hidden_layers_are_words_or_one_word(words: str, hidden: list[int]) -> None:
    options = options_of(words.split())
    assert options.hidden == hidden
    argv = argv_of(options, str)
    assert argv == ([] if hidden == [128] else ["--hidden", *map(str, hidden)])
    assert options_of(argv).hidden == hidden


# Somebody's own pictures.


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three pictures of each digit of one hand, one of nothing, and a note."""
    folder = write_pictures(Hand(3), tmp_path_factory.mktemp("photos"), 3, seed=1)
    (folder / "5" / "blank.png").write_bytes(b"no picture")
    return folder


@pytest.fixture
def few_old(digits: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small MNIST."""
    small = replace(load_dataset(str(digits)), name="MNIST")
    monkeypatch.setattr(training_images, "old_digits", lambda options, count: small)


@pytest.mark.usefixtures("few_old")
def test_old_digits_are_mixed_in_and_what_became_of_them_is_told(
    tmp_path: Path, finished: Path, photos: Path, capsys: Any
) -> None:
    path = tmp_path / "mine.json"
    words = ("--from", finished, "--dataset", photos, "--epochs", "2", "--keep-old", "0.5")
    assert train(*words, "--output", path) == 0
    shown = capsys.readouterr()
    assert (
        f"left out, because they cannot be read:\n  {photos / '5' / 'blank.png'}: is not a picture"
        in shown.err
    )
    assert "25 training images, 2 validation images, 3 test images" in shown.out
    mixed = "each new image is shown 20 times an epoch, and 500 training and 2 validation images of MNIST"
    assert mixed in shown.out
    record = record_of(path)
    assert record["images"] == {
        **{"training": 25, "validation": 2, "test": 3, "times an epoch": 20},
        "old": {"data": "MNIST", "training": 500, "validation": 2, "test": 100},
    }
    before = record_of(finished)["accuracy"]["test"]
    assert record["began"]["old"] == before  # on the very images that it was tested on
    now = record["accuracy"]["old"]
    assert f"old      {now:.2%} of 100 test images of MNIST, before {before:.2%}: " in shown.out
    assert record["command"].endswith(f"--from mine.json --keep-old 0.5 --dataset {photos.name}")


@pytest.mark.usefixtures("few_old")
@pytest.mark.parametrize(
    ("words", "old"),
    [(["--keep-old", "0"], None), (["--keep-old", "0.95"], 798), ([], 798)],
)
def test_how_much_of_the_old_is_kept(
    tmp_path: Path, finished: Path, photos: Path, words: list[str], old: int | None
) -> None:
    path = tmp_path / "mine.json"
    own = ("--from", finished, "--dataset", photos, "--epochs", "1", "--quiet")
    assert train(*own, *words, "--output", path) == 0
    images = record_of(path)["images"]
    # 25 pictures are shown 20 times; 19 times as many are 9,500, and of 800 there are 2 aside.
    assert images.get("old", {}).get("training") == old
    assert images["training"] == 25


@pytest.mark.parametrize("words", [[], ["--from", "MINE"]])
def test_without_anything_to_forget_there_is_nothing_to_keep(
    tmp_path: Path, digits: Path, finished: Path, words: list[str], capsys: Any
) -> None:
    origin = [str(finished) if word == "MINE" else word for word in words]
    dataset = () if words else ("--dataset", digits)
    assert train(*dataset, *origin, "--keep-old", "0.5", "--output", tmp_path / "more.json") == 2
    assert "--keep-old: mixes old digits into a --dataset of your own" in capsys.readouterr().err


@pytest.mark.slow
def test_the_default_network_learns_a_new_hand_and_forgets_next_to_nothing(
    tmp_path: Path, mnist_dir: Path
) -> None:
    lesson = teach(2, tmp_path, "--data-dir", str(mnist_dir), tested_on=20)
    assert lesson.before < 0.9
    assert lesson.fewer >= 1 / 3
    assert lesson.old_after >= lesson.old_before - 0.002
