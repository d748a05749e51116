"""Work that tests give to worker processes, which import it from here."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path

from mnist_ocr.comparison import Result, Run, train_run

DIES, IS_KILLED = 4, 6
"""Numbers of hidden nodes with which a run has an accident in `adventures`."""

NOTES = "GRID_WORK_NOTES"
"""The environment variable that names the folder for notes."""


def adventures(run: Run) -> Result:
    """Carry a run out, but one of them ends its process every time, and one trains until it is killed."""
    notes = Path(os.environ[NOTES])
    name = f"{run.hidden[0]}-{run.config.seed}"
    with (notes / name).open("a") as note:
        note.write(f"{os.getpid()}\n")
    if run.hidden == (DIES,):
        os._exit(1)
    if run.hidden == (IS_KILLED,) and not (notes / "killed").exists():
        train_run(replace(run, config=replace(run.config, epochs=10**9)))
    return train_run(run)


def one(run: Run) -> Result:
    """Carry a run out if it is the first of its comparison; the others train until they are killed."""
    try:
        (Path(os.environ[NOTES]) / str(os.getppid())).touch(exist_ok=False)
    except FileExistsError:
        train_run(replace(run, config=replace(run.config, epochs=10**9)))
    return train_run(run)


def large(size: int) -> bytes:
    """A result that does not fit into a pipe: its sender waits for the reader again and again."""
    return bytes(size)


def slow(note: Path) -> None:
    """Take long, and leave a note."""
    time.sleep(60)
    note.touch()


def wait_for(condition, seconds: float = 300) -> None:
    """Wait until a condition is true; an error after `seconds`."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)
