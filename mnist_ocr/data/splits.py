"""The three sets of a run: training, validation and test images, which share no image.

The network learns from the *training* images; choices (when to stop, which network to keep) are made on
*validation* images; the *test* images are looked at once, at the very end, for the number that is told to
others. They come from the data set itself, from files that a person names, or are split off at random.

An image that is learned from must not be tested on, and a copy of it is the same image. So what is shuffled
and dealt out are not images but *different* images, each with all of its copies. MNIST has no copies; data
that people collect, and every set that was enlarged by repeating, has.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from mnist_ocr.data.dataset import DataError, Dataset, LoadedDataset

MOST_VALIDATION = 5000

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
    return max(1, min(MOST_VALIDATION, count // 10))


def split_dataset(
    digits: LoadedDataset, validation: Part | None, test: Part | None, generator: np.random.Generator
) -> Splits:
    """Decide which images are for training, for validation and for the test.

    Args:
        digits: the data set.
        validation: the validation images, or how many of the training images; None is `default_validation`.
        test: likewise. None takes the data set's own test images, and `default_validation` where it has none.
        generator: splits the validation images off. Test images are drawn from a generator derived from this
            one, so that whether there is a test part changes nothing in what else is drawn.

    Raises:
        DataError: a part would be empty, or a number of test images is asked for where there are some
            already.
    """
    training = digits.training
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
    training, validation = split(training, count, generator)
    return Splits(training, validation, tested)


def split(
    dataset: Dataset, aside: int | float, generator: np.random.Generator, purpose: str = "validation"
) -> tuple[Dataset, Dataset]:
    """Set images aside at random: every image lands in one of the two parts, and its copies in the same one.

    Args:
        dataset: what to split.
        aside: how many images to set aside: a count (int) or a fraction between 0 and 1 (float). Fewer are,
            where copies that have to stay together do not add up to that number.
        generator: decides which; the same state gives the same split.
        purpose: what they are set aside for, for messages.

    Returns:
        The images left for training and those set aside, both copies, both in random order.

    Raises:
        DataError: one of the two parts would be empty.
    """
    count = _fraction_of(len(dataset), aside) if isinstance(aside, float) else aside
    refusal = f"{dataset.source}: cannot set {aside} of {len(dataset):,} images aside for {purpose}: "
    if not 0 < count < len(dataset):
        raise DataError(
            f"{refusal}expected a fraction between 0 and 1, or a count that leaves images on both sides"
        )
    copies: dict[bytes, list[int]] = {}
    for number, fingerprint in enumerate(image_fingerprints(dataset.images)):
        copies.setdefault(fingerprint, []).append(number)
    groups = list(copies.values())
    left: list[int] = []
    chosen: list[int] = []
    for index in generator.permutation(len(groups)).tolist():
        (chosen if len(groups[index]) <= count - len(chosen) else left).extend(groups[index])
    if not chosen:
        raise DataError(
            f"{refusal}only {len(groups):,} of them are different, and copies of an image stay on one side"
        )
    return dataset.take(np.array(left)), dataset.take(np.array(chosen))


def _fraction_of(count: int, fraction: float) -> int:
    return round(fraction * count) if 0 < fraction < 1 else 0


def overlap(first: Dataset, second: Dataset) -> int:
    """How many images of `second` are also in `first`, pixel for pixel, whatever their labels."""
    known = set(image_fingerprints(first.images))
    return sum(fingerprint in known for fingerprint in image_fingerprints(second.images))


def image_fingerprints(images: npt.NDArray[np.uint8]) -> Iterator[bytes]:
    """The SHA-256 of each image: a twentieth of its size, and no two images are known that share one."""
    return (hashlib.sha256(image).digest() for image in np.ascontiguousarray(images))


def leaks(found: Splits, given: Sequence[Dataset]) -> str | None:
    """A line for each two parts that share images, pixel for pixel; None is how it should be.

    Splits that `split_dataset` splits off share none, and a data set that brings test images of its own was
    held against them when it was read. So only the parts that were `given` in other files are looked at.
    """
    pairs = (
        (found.training, found.validation, "validation images are also training images"),
        (found.training, found.test, "test images are also training images"),
        (found.validation, found.test, "test images are also validation images"),
    )
    shared = (
        (overlap(first, second), second, words)
        for first, second, words in pairs
        if any(part is first or part is second for part in given)
    )
    lines = [f"{count:,} of {len(second):,} {words}" for count, second, words in shared if count]
    return "\n".join(lines) or None
