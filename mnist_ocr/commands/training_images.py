"""The images of a training: loaded, divided, and what the person has to know about them said."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mnist_ocr.commands.stopping import say
from mnist_ocr.data import (
    Dataset,
    LoadedDataset,
    Splits,
    concatenate,
    leaks,
    load_dataset,
    overlap,
    read_part,
    split_dataset,
    synthetic_digits,
)
from mnist_ocr.errors import InputError
from mnist_ocr.opening import is_there

WITHOUT_LEAKS = ("auto", "mnist", "synthetic")
"""Data sets that are known to test on other images than they learn from."""


class Images(NamedTuple):
    """What a training works with.

    Attributes:
        digits: the data set, as it is.
        parts: learned from, chosen by, tested on.
        tested_and_learned: how many of the test images are learned from, too.
    """

    digits: LoadedDataset
    parts: Splits
    tested_and_learned: int


def load_images(options: argparse.Namespace, generator: np.random.Generator) -> Images:
    """Load what the options name, and divide it.

    Raises:
        InputError: it cannot be used.
    """
    progress = not options.quiet
    digits = load_dataset(options.dataset, options.data_dir, seed=options.seed, progress=progress)
    notices = [digits.notice]
    given: dict[str, Dataset | int | float | None] = {}
    for name in ("validation", "test"):
        part, notice = _part(name, getattr(options, name), progress=progress)
        given[name] = part
        notices.append(notice)
    parts = split_dataset(digits, given["validation"], given["test"], generator)
    if options.synthetic:
        parts = parts._replace(
            training=concatenate(parts.training, synthetic_digits(options.synthetic, options.seed))
        )
    notices.append(leaks(parts, [part for part in given.values() if isinstance(part, Dataset)]))
    notice = "\n".join(filter(None, notices))
    if notice:
        # On stderr, and in spite of --quiet: whoever keeps the result has to know what it was learned from.
        say(f"{'!' * 78}\n{notice}\n{'!' * 78}\n", sys.stderr)
    safe = options.dataset in WITHOUT_LEAKS and not isinstance(given["test"], Dataset)
    return Images(digits, parts, 0 if safe else overlap(parts.training, parts.test))


def _part(
    name: str, part: Path | int | float | None, *, progress: bool
) -> tuple[Dataset | int | float | None, str | None]:
    """The images that --validation or --test names, or how many it wants; and what to know of them."""
    if not isinstance(part, Path):
        return part, None
    if not is_there(part):
        raise InputError(
            f"--{name} {part}: expected a count such as 5000, a fraction such as 0.1, or a file or folder; "
            "nothing of that name is there"
        )
    digits = read_part(part, progress=progress)
    return digits.train, digits.notice
