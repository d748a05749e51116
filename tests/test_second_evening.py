"""The page docs/second-evening.md: every command of it prints what the page shows."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mnist_ocr.data import find_mnist
from mnist_ocr.data.mnist import DATA_VARIABLE
from tools.second_evening import GIT, PAGE, PHOTO, Step, carry_out, steps_of

TIME = re.compile(r"\b\d+\.\d s |[\d,]+ images/s")
BAR = re.compile("[▏▎▍▌▋▊▉█]+$")
SIGN_OF_NOTHING = re.compile(r"[+-](?=0\.000)")
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")

TOLERANCE = 0.03
"""Other processors and other libraries come to other last digits, and training makes more of them."""


def compare(shown: str, printed: str) -> None:
    """Fail unless both say the same, with numbers that hardly differ; times may be any, and so may bars."""
    for one, other in zip(shown.splitlines(), printed.splitlines(), strict=True):
        words, numbers = apart(one)
        other_words, other_numbers = apart(other)
        assert other_words == words, f"the page shows:\n{one}\nprinted was:\n{other}"
        assert other_numbers == pytest.approx(numbers, rel=TOLERANCE, abs=TOLERANCE / 10), other


def apart(line: str) -> tuple[str, list[float]]:
    """The words of a line and its numbers."""
    line = SIGN_OF_NOTHING.sub("", TIME.sub("any ", BAR.sub("", line)))
    numbers = [float(number.replace(",", "")) for number in NUMBER.findall(line)]
    return " ".join(NUMBER.sub("#", line).split()), numbers


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        (
            "epoch 1/5   loss 0.1856   0.7 s   15,008 images/s",
            "epoch 1/5   loss 0.1857   2.1 s   9 images/s",
            True,
        ),
        ("  1    79.8 %  ███▉", "  1    79.9 %  ████▏", True),
        ("came to 5.389956 (+0.000000).", "came to 5.38995552 (-0.00000048).", True),
        ("epoch 1/5   loss 0.1856", "epoch 1/5   loss 0.2856", False),
        ("(+0.2041)", "(-0.2041)", False),
        ("perhaps 2 (81.1 %)", "perhaps 1 (81.1 %)", False),
        ("│  ▒▒  │", "│  ██  │", False),
        ("one line", "one line\nand another", False),
    ],
)
def test_a_page_that_shows_something_else_is_noticed(shown: str, printed: str, same: bool) -> None:
    if same:
        compare(shown, printed)
        return
    with pytest.raises((AssertionError, ValueError)):
        compare(shown, printed)


def test_the_page_is_what_happens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(DATA_VARIABLE, raising=False)
    if found := find_mnist():
        pytest.skip(f"the page was made where there is no MNIST, and it is in {found}")
    steps = steps_of(PAGE.read_text(encoding="utf-8"))
    commands = [step.command.split()[1] for step in steps]
    assert commands == ["-m", "inference.py", "train.py", "-m", "inference.py"]
    for step in steps:
        printed = carry_out(step.command, tmp_path)
        compare(step.output, printed)
        if step is steps[0]:
            assert_same_photo(tmp_path / PHOTO)
    assert answer(steps[1]) != "1"
    assert answer(steps[-1]) == "1"


def answer(step: Step) -> str:
    """What was read first of all: the first candidate."""
    return step.output.splitlines()[2].split()[0]


def assert_same_photo(path: Path) -> None:
    with Image.open(path) as photo, Image.open(GIT / PHOTO) as shown:
        assert np.abs(np.asarray(photo, int) - np.asarray(shown, int)).max() <= 2
