"""Two parts of one data set that share no image.

An image that is learned from must not be tested on, and a copy of it is the same image. So what is shuffled
and dealt out are not images but *different* images, each with all of its copies. MNIST has no copies; data
that people collect, and every set that was enlarged by repeating, has.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt

from mnist_ocr.data.dataset import Dataset
from mnist_ocr.data.errors import DataError


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
    if not 0 < count < len(dataset):
        raise DataError(
            f"{dataset.source}: cannot set {aside} of {len(dataset):,} images aside for {purpose}: "
            "expected a fraction between 0 and 1, or a count that leaves images on both sides"
        )
    copies = _copies(dataset.images)
    order = generator.permutation(len(copies))
    sizes = np.array([len(numbers) for numbers in copies])[order]
    chosen = _fill(sizes, count)
    if not chosen.any():
        raise DataError(
            f"{dataset.source}: cannot set {aside} of {len(dataset):,} images aside for {purpose}: only "
            f"{len(copies):,} of them are different, and copies of an image have to stay on one side"
        )
    left, right = (_joined(copies, order[side]) for side in (~chosen, chosen))
    return dataset.take(left), dataset.take(right)


def _fraction_of(count: int, fraction: float) -> int:
    return round(fraction * count) if 0 < fraction < 1 else 0


def overlap(first: Dataset, second: Dataset) -> int:
    """How many images of `second` are also in `first`, pixel for pixel, whatever their labels."""
    known = set(image_fingerprints(first.images))
    return sum(fingerprint in known for fingerprint in image_fingerprints(second.images))


def image_fingerprints(images: npt.NDArray[np.uint8]) -> Iterator[bytes]:
    """The SHA-256 of each image: a twentieth of its size, and no two images are known that share one."""
    return (hashlib.sha256(image).digest() for image in np.ascontiguousarray(images))


def _copies(images: npt.NDArray[np.uint8]) -> list[list[int]]:
    """The numbers of the images that are alike, for each different image, in the order of the first ones."""
    found: dict[bytes, list[int]] = {}
    for number, fingerprint in enumerate(image_fingerprints(images)):
        found.setdefault(fingerprint, []).append(number)
    return list(found.values())


def _fill(sizes: npt.NDArray[np.int64], count: int) -> npt.NDArray[np.bool_]:
    """Which groups to take, in the order given, until they hold `count` images, or nearly as many."""
    chosen = np.zeros(len(sizes), np.bool_)
    for number, size in enumerate(sizes.tolist()):
        if size <= count:
            chosen[number] = True
            count -= size
        if count == 0:
            break
    return chosen


def _joined(copies: list[list[int]], groups: Iterable[np.int64]) -> npt.NDArray[np.int64]:
    return np.array([number for group in groups for number in copies[group]], np.int64)
