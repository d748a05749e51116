"""The three parts of a run: images to learn from, to choose by and to test on.

They come from the data set itself, from files that a person names, or are split off at random. Here it is
decided which.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from mnist_ocr.data.dataset import Dataset, LoadedDataset
from mnist_ocr.data.errors import DataError
from mnist_ocr.data.splitting import overlap, split

MOST_ASIDE = 5000

Part = Dataset | int | float
"""Images that are given, a count of images to split off, or a fraction of them."""


class Splits(NamedTuple):
    """What one run works with.

    Attributes:
        training: learned from.
        validation: to choose the best epoch by.
        test: read once, at the end.
    """

    training: Dataset
    validation: Dataset
    test: Dataset


def default_validation(count: int) -> int:
    """How many of `count` images are set aside if nobody says: a tenth, at most 5,000, at least one."""
    return max(1, min(MOST_ASIDE, count // 10))


def split_dataset(
    digits: LoadedDataset, validation: Part | None, test: Part | None, generator: np.random.Generator
) -> Splits:
    """Decide what is learned from, chosen by and tested on.

    Args:
        digits: the data set.
        validation: the images to choose by, or how many of the training images; None is `default_validation`.
        test: likewise. None takes the data set's own test images, and `default_validation` where it has none.
        generator: splits the validation images off. Test images are drawn from a generator derived from this
            one, so that whether there is a test part changes nothing in what else is drawn.

    Raises:
        DataError: a part would be empty, or a number of test images is asked for where there are some
            already.
    """
    training = digits.train
    if isinstance(test, Dataset):
        tested = test
    elif digits.test is None:
        count = default_validation(len(training)) if test is None else test
        training, tested = split(training, count, generator.spawn(1)[0], "testing")
    elif test is None:
        tested = digits.test
    else:
        asked = f"a part of {test:g}" if isinstance(test, float) else f"{test:,} images"
        raise DataError(
            f"{digits.source}: cannot set {asked} aside for testing: there are "
            f"{len(digits.test):,} test images already; leave the number away, or name a file of test images"
        )
    if isinstance(validation, Dataset):
        return Splits(training, validation, tested)
    count = default_validation(len(training)) if validation is None else validation
    training, chosen_by = split(training, count, generator)
    return Splits(training, chosen_by, tested)


def leaks(found: Splits, given: Sequence[Dataset]) -> str | None:
    """A line for each two parts that share images, pixel for pixel; None is how it should be.

    Splits that `split_dataset` splits off share none, and a data set that brings test images of its own was
    held against them when it was read. So only the parts that were `given` in other files are looked at.
    """
    pairs = (
        (found.training, found.validation, "validation images are also learned from"),
        (found.training, found.test, "test images are also learned from"),
        (found.validation, found.test, "test images are also chosen by"),
    )
    shared = (
        (overlap(first, second), second, words)
        for first, second, words in pairs
        if any(part is first or part is second for part in given)
    )
    lines = [f"{count:,} of {len(second):,} {words}" for count, second, words in shared if count]
    return "\n".join(lines) or None
