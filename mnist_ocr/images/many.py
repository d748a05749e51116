"""Many pictures, read on all cores.

Pictures have nothing to do with each other, so every core can take some. Python runs one thread at a time
through most of the way from ink to digit, which is why these are processes and not threads. They are
started afresh ("spawn"), the same on every system; that takes a moment, so a few pictures are read here.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

from mnist_ocr.images.arrays import Pixels
from mnist_ocr.images.errors import ImageError
from mnist_ocr.images.reading import read_digit
from mnist_ocr.processes import be_deaf_to_interrupts, cores, interrupts_held_back

WORTH_PROCESSES = 200
"""Pictures from which starting processes takes less time than they save."""

MOST_PROCESSES = 16
"""Each takes some 50 MB, and beyond this the disk is what everybody waits for."""

_AT_ONCE = 8
"""Pictures handed to a process at a time."""


class Outcome(NamedTuple):
    """What came of one picture.

    Attributes:
        pixels: the digit, uint8 (28, 28), 0 background, 255 full ink; None if there is none to be seen.
        reason: why there is none, in words that follow the file's name.
    """

    pixels: Pixels | None
    reason: str = ""


def read_one(path: Path) -> Outcome:
    """Read a picture that should show exactly one digit."""
    try:
        reading = read_digit(path)
    except ImageError as error:
        name = str(ImageError(str(path)))  # as it is shown in messages
        return Outcome(None, str(error).removeprefix(name).lstrip(": "))
    if reading.digit_count > 1:
        return Outcome(None, f"seems to hold {reading.digit_count} digits, expected one")
    return Outcome(reading.pixels)


def read_all(paths: Sequence[Path]) -> Iterator[Outcome]:
    """Read pictures as `read_one` does, in the order given, each handed out as soon as it is its turn."""
    processes = min(cores(), MOST_PROCESSES)
    if len(paths) < WORTH_PROCESSES or processes == 1:
        yield from map(read_one, paths)
        return
    pool = ProcessPoolExecutor(processes, multiprocessing.get_context("spawn"), be_deaf_to_interrupts)
    try:
        with interrupts_held_back():
            outcomes = pool.map(read_one, paths, chunksize=_AT_ONCE)
        yield from outcomes
    finally:
        # Whoever stops listening, by Ctrl-C too, does not wait for the pictures that are left.
        pool.shutdown(cancel_futures=True)
