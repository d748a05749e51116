"""The images of a training: loaded, divided, and what a person has to know about them."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mnist_ocr.commands.streams import say
from mnist_ocr.commands.training_options import old_part
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
from mnist_ocr.data.sources import SYNTHETIC_COUNT
from mnist_ocr.errors import InputError
from mnist_ocr.files import is_there

WITHOUT_LEAKS = ("auto", "mnist", "synthetic")
"""Data sets whose test images are known not to be among the training images."""


ENOUGH = 500
"""New pictures in an epoch; fewer than these are shown several times, each time augmented in another way."""


class Old(NamedTuple):
    """Old digits, mixed in so that a network does not forget them while it learns from new ones.

    Attributes:
        name: what they are, such as "MNIST".
        training: how many are among the training images,
        validation: and among the validation images.
        test: those that show whether it forgot.
        times: how often each new training image is shown in an epoch.
    """

    name: str
    training: int
    validation: int
    test: Dataset
    times: int


class Images(NamedTuple):
    """What a training works with.

    Attributes:
        loaded: the data set, as it is.
        splits: training, validation and test images, the first two with the old digits in them.
        counts: of the images of the data set in each of the three, for the header of the file.
        tested_and_trained: how many of the test images are training images, too.
        old: the old digits, or None.
    """

    loaded: LoadedDataset
    splits: Splits
    counts: dict[str, int]
    tested_and_trained: int
    old: Old | None = None


def load_images(options: argparse.Namespace, generator: np.random.Generator) -> Images:
    """Load what the options name, divide it, and say what the person has to know about it."""
    progress = not options.quiet
    loaded = load_dataset(
        options.dataset, options.data_dir, seed=options.seed, progress=progress, transpose=options.transpose
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
    shared = 0 if safe else overlap(splits.training, splits.test)
    counts = dict(zip(splits._fields, map(len, splits), strict=True))
    part = old_part(options)
    old = None
    if part:
        splits, old = _with_old_digits(splits, part, options, generator)
    return Images(loaded, splits, counts, shared, old)


def _with_old_digits(
    splits: Splits, part: float, options: argparse.Namespace, generator: np.random.Generator
) -> tuple[Splits, Old]:
    """Mix old digits in: that part of the training images, and half of the validation images.

    The best epoch is then one that has learned the new digits without forgetting the old ones.
    """
    times = -(-ENOUGH // len(splits.training))
    new = splits.training.take(np.tile(np.arange(len(splits.training)), times))
    wanted = round(len(new) * part / (1 - part)), len(splits.validation)
    loaded = old_digits(options, sum(wanted))
    order = generator.permutation(len(loaded.training))
    chosen, aside = order[wanted[1] : sum(wanted)], order[: wanted[1]]
    training, validation = loaded.training.take(chosen), loaded.training.take(aside)
    assert loaded.test is not None  # neither MNIST nor what the program draws is without
    old = Old(loaded.name, len(training), len(validation), loaded.test, times)
    mixed = concatenate(new, training), concatenate(splits.validation, validation)
    return Splits(*mixed, splits.test), old


def old_digits(options: argparse.Namespace, count: int) -> LoadedDataset:
    """MNIST, or where it cannot be had as many drawn digits as are needed."""
    return load_dataset(
        "auto",
        options.data_dir,
        seed=options.seed,
        progress=not options.quiet,
        synthetic_count=min(count, SYNTHETIC_COUNT),
    )


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
