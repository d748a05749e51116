"""Splitting a data set into training, validation and test images, which share no image.

The network learns from the *training* images; choices (when to stop, which epoch's network to take) are made
by the *validation* images; the *test* images are used once, at the end, to measure the accuracy that is
reported. They come from the data set itself or from other files, or are split off at random.

A network must not be tested on images that it was trained on, nor on copies of them. So all copies of an
image go to the same side of a split. MNIST has no copies, but many collected or enlarged data sets have.
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
"""The images themselves, or how many to split off: a count (int) or a fraction (float)."""


class Splits(NamedTuple):
    """The three parts of a data set.

    Attributes:
        training: the images that the network learns from.
        validation: the images by which the best epoch is chosen.
        test: the images that measure the final accuracy.
    """

    training: Dataset
    validation: Dataset
    test: Dataset


def default_validation(count: int) -> int:
    """The default number of validation images: a tenth of `count`, at most 5,000 and at least one."""
    return max(1, min(MOST_VALIDATION, count // 10))


def split_dataset(
    digits: LoadedDataset, validation: Part | None, test: Part | None, generator: np.random.Generator
) -> Splits:
    """Split a data set into training, validation and test images.

    Args:
        digits: the data set.
        validation: the validation images, or how many of the training images; None is `default_validation`.
        test: likewise. None takes the data set's own test images, and `default_validation` where it has none.
        generator: chooses the validation images. Test images are chosen by a generator derived from it, so
            that splitting them off changes no other random choice.

    Raises:
        DataError: a part would be empty, or a number of test images is given although the data set has some.
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
    """Set images aside at random, with all copies of an image on the same side.

    Args:
        dataset: the images to split.
        aside: how many to set aside: a count (int) or a fraction between 0 and 1 (float). Fewer are, if
            copies that have to stay together do not add up to that number.
        generator: chooses them; the same state gives the same split.
        purpose: what they are set aside for, for messages.

    Returns:
        The remaining images and those set aside, both in random order.

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
    """The number of images of `second` that are also in `first`, pixel for pixel, whatever their labels."""
    known = set(image_fingerprints(first.images))
    return sum(fingerprint in known for fingerprint in image_fingerprints(second.images))


def image_fingerprints(images: npt.NDArray[np.uint8]) -> Iterator[bytes]:
    """The SHA-256 of each image: much shorter than the image, and in practice different for each."""
    return (hashlib.sha256(image).digest() for image in np.ascontiguousarray(images))


def leaks(found: Splits, given: Sequence[Dataset]) -> str | None:
    """A line for each pair of parts that share images, pixel for pixel; None if there is none.

    Only pairs with a part that was `given` as a file are compared: `split_dataset` splits off no copies, and
    the test images of a data set are compared when it is loaded.
    """
    pairs = (
        (found.training, found.validation, "validation images are also training images"),
        (found.training, found.test, "test images are also training images"),
        (found.validation, found.test, "test images are also validation images"),
    )
    lines = []
    for first, second, words in pairs:
        compared = any(part is first or part is second for part in given)
        if compared and (count := overlap(first, second)):
            lines.append(f"{count:,} of {len(second):,} {words}")
    return "\n".join(lines) or None
