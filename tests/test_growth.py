"""Thirty epochs hold no more than ten: no memory and no open files are left behind. Linux counts them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.growth import MOST, held_by_command, held_in_another_process

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="memory and files are counted in /proc"),
]

EPOCHS = 30


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
