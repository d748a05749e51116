"""A hundred epochs hold no more than ten: no memory and no open files are left behind. Linux counts them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from mnist_ocr import Network
from mnist_ocr.data import Dataset
from mnist_ocr.data.synthetic import draw_digits
from mnist_ocr.training import Epoch, TrainingConfig, train
from tests.trainings import RECIPE, ROOT, start, until, write_digits

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="memory and files are counted in /proc"),
]

EPOCHS = 100

PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 0


class Held(NamedTuple):
    """What a process holds.

    Attributes:
        memory: bytes of it that are in the computer's memory.
        files: how many it has open.
    """

    memory: int
    files: int


def held_by(process: int | str = "self") -> Held:
    """What a process holds now.

    Raises:
        OSError: there is no such process, or this is not Linux.
    """
    folder = Path("/proc") / str(process)
    resident = int((folder / "statm").read_text().split()[1])
    return Held(resident * PAGE, len(list((folder / "fd").iterdir())))


FROM = 10
"""The epoch after which nothing has a reason to grow any more."""

MOST = 12 << 20
"""Bytes that may come on top after it: what is freed is not always given back at once, and Linux gives 4 MB
at a time. A copy of the weights kept in every epoch would be 36 MB in ninety epochs."""

HIDDEN = 128


def held_in_another_process(epochs: int, on_checkpoint: str) -> tuple[Held, Held]:
    """As `held_in_train`, in a process that has nothing of others to use again; the hook is an expression."""
    held = f"held_in_train({epochs}, {on_checkpoint})"
    code = f"from tests.test_growth import *; print(*map(tuple, {held}), sep=chr(10))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    first, last = (Held(*map(int, line.strip("()").split(","))) for line in done.stdout.splitlines())
    return first, last


def held_in_train(epochs: int, on_checkpoint: Callable[[dict[str, Any]], None]) -> tuple[Held, Held]:
    """What this process holds after epoch `FROM` and after the last one of a training in it."""
    images = [Dataset(*draw_digits(count, seed=count), "drawn") for count in (800, 100)]
    held = []

    def on_epoch_end(epoch: Epoch) -> None:
        if epoch.number in (FROM, epochs):
            held.append(held_by())

    config = TrainingConfig(epochs=epochs, augment="full", outliers=0.1)
    train(
        Network([784, HIDDEN, 10], seed=1),
        *images,
        config,
        on_epoch_end=on_epoch_end,
        on_checkpoint=on_checkpoint,
    )
    first, last = held
    return first, last


def held_by_command(epochs: int, folder: Path) -> tuple[Held, Held]:
    """The same of train.py, which keeps a checkpoint in every epoch and after every tenth batch."""
    digits = write_digits(folder / "digits")
    words = ["--dataset", digits, *RECIPE, "--checkpoint-every", "10", "--hidden", HIDDEN, "--epochs", epochs]
    process = start(*words, "--output", folder / "model.json", stderr=subprocess.DEVNULL, hold="epoch")
    held = []
    for number in (FROM, epochs - 1):  # after the last one it is soon gone
        until(process, f"epoch {number:>{len(str(epochs))}}/")
        held.append(held_by(process.pid))
        process.go_on(to_the_next=True)
    process.communicate(timeout=300)
    assert process.returncode == 0
    first, last = held
    return first, last


def test_a_training_does_not_grow() -> None:
    first, last = held_in_another_process(EPOCHS, "lambda state: None")
    assert last.memory - first.memory < MOST
    assert last.files == first.files


def test_what_grows_is_seen() -> None:
    first, last = held_in_another_process(EPOCHS, "[].append")
    assert last.memory - first.memory > MOST


def test_train_py_does_not_grow_while_it_keeps_checkpoints(tmp_path: Path) -> None:
    first, last = held_by_command(EPOCHS, tmp_path)
    assert last.memory - first.memory < MOST
    assert last.files == first.files
