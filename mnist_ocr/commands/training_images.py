"""The images of a training: loaded, divided, and what a person has to know about them."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mnist_ocr.commands.console import say
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
from mnist_ocr.data.orientation import Transpose
from mnist_ocr.errors import InputError
from mnist_ocr.files import is_there

WITHOUT_LEAKS = ("auto", "mnist", "synthetic")
"""Data sets whose test images are known not to be among the training images."""


class Images(NamedTuple):
    """What a training works with.

    Attributes:
        loaded: the data set, as it is.
        splits: training, validation and test images.
        tested_and_trained: how many of the test images are training images, too.
    """

    loaded: LoadedDataset
    splits: Splits
    tested_and_trained: int


def load_images(options: argparse.Namespace, generator: np.random.Generator) -> Images:
    """Load what the options name, divide it, and say what the person has to know about it."""
    progress = not options.quiet
    loaded = load_dataset(
        options.dataset,
        options.data_dir,
        seed=options.seed,
        progress=progress,
        transpose=options.transpose,
    )
    notices = [loaded.notice]
    given: dict[str, Dataset | int | float | None] = {}
    for name in ("validation", "test"):
        part, notice = _part(name, getattr(options, name), progress, options.transpose)
        given[name] = part
        notices.append(notice)
    splits = split_dataset(loaded, given["validation"], given["test"], generator)
    if options.synthetic:
        synthetic = synthetic_digits(options.synthetic, options.seed)
        splits = splits._replace(training=concatenate(splits.training, synthetic))
    notices.append(leaks(splits, [part for part in given.values() if isinstance(part, Dataset)]))
    notice = "\n".join(filter(None, notices))
    if notice:
        # On stderr, and in spite of --quiet: whoever keeps the result has to know what it was trained on.
        say(f"{'!' * 78}\n{notice}\n{'!' * 78}\n", sys.stderr)
    safe = options.dataset in WITHOUT_LEAKS and not isinstance(given["test"], Dataset)
    return Images(loaded, splits, 0 if safe else overlap(splits.training, splits.test))


def _part(
    name: str, part: Path | int | float | None, progress: bool, transpose: Transpose
) -> tuple[Dataset | int | float | None, str | None]:
    """The images that --validation or --test names, or how many it wants; and what to know of them."""
    if not isinstance(part, Path):
        return part, None
    if not is_there(part):
        raise InputError(
            f"--{name} {part}: expected a count such as 5000, a fraction such as 0.1, or a file or folder; "
            "nothing of that name is there"
        )
    loaded = read_part(part, progress=progress, transpose=transpose)
    return loaded.training, loaded.notice
