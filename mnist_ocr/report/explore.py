"""What is in a data set, counted before anything is learned from it.

A network can only learn what the images show. Digits that are rarer than others, images without any ink, the
same image under two labels, test images that are training images too: each of these spoils a result, and none
can be seen in the accuracy afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mnist_ocr.data import Dataset, LoadedDataset
from mnist_ocr.data.splits import image_fingerprints
from mnist_ocr.report.answer import DIGITS


@dataclass(frozen=True)
class Class:
    """The images of one digit.

    Attributes:
        images: how many there are.
        share: the fraction of all images that they are, 0 to 1.
        ink: their mean pixel, 0 for no ink at all and 1 for nothing but ink; None of no images.
    """

    images: int
    share: float
    ink: float | None


@dataclass(frozen=True)
class Split:
    """The training images or the test images, counted.

    Attributes:
        images: how many there are.
        classes: the images of digit 0, 1, … 9.
        ink: the mean pixel of all of them, 0 to 1.
        blank: images whose pixels are all the same: there is nothing to be seen.
        duplicates: images that are the same, pixel by pixel, as an earlier one.
        contradictions: the duplicates whose label differs from that of the first of their kind.
        leaked: test images that are among the training images, too; None for the training images.
        never_lit: pixels, of 784, that are 0 in every image; a weight above one of them learns nothing.
        lowest, highest: the darkest and the brightest value of any pixel, 0 to 255.
    """

    images: int
    classes: tuple[Class, ...]
    ink: float
    blank: int
    duplicates: int
    contradictions: int
    leaked: int | None
    never_lit: int
    lowest: int
    highest: int


@dataclass(frozen=True, eq=False)
class Exploration:
    """The splits of a data set, "training" and, if images are set aside for it, "test".

    Attributes:
        datasets: the images of each split.
        splits: what was counted in each.
    """

    datasets: Mapping[str, Dataset]
    splits: Mapping[str, Split]


def explore(loaded: LoadedDataset) -> Exploration:
    """Count everything."""
    datasets = {"training": loaded.training}
    if loaded.test is not None:
        datasets["test"] = loaded.test
    splits: dict[str, Split] = {}
    training = None
    for name, dataset in datasets.items():
        fingerprints = list(image_fingerprints(dataset.images))
        splits[name] = _count(dataset, fingerprints, training)
        training = set(fingerprints)
    return Exploration(datasets, splits)


def ink_of(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    """The mean pixel of each image, 0 to 1: (images, 28, 28) -> (images,)."""
    # Added up as whole numbers: a copy of all images in another type would be eight times as large.
    sums = images.sum(axis=(1, 2), dtype=np.uint64)
    return np.asarray(sums / (255 * images[0].size), np.float64)


def _count(dataset: Dataset, fingerprints: list[bytes], training: set[bytes] | None) -> Split:
    images, labels = dataset.images, dataset.labels
    ink = ink_of(images)
    pixels = images.reshape(len(images), -1)
    first: dict[bytes, int] = {}
    firsts = [first.setdefault(*pair) for pair in zip(fingerprints, labels.tolist(), strict=True)]
    return Split(
        images=len(images),
        classes=tuple(_class(ink, labels == digit) for digit in range(DIGITS)),
        ink=float(ink.mean()),
        blank=int((pixels.min(axis=1) == pixels.max(axis=1)).sum()),
        duplicates=len(images) - len(first),
        contradictions=int((np.array(firsts) != labels).sum()),
        leaked=None if training is None else sum(fingerprint in training for fingerprint in fingerprints),
        never_lit=int((pixels.max(axis=0) == 0).sum()),
        lowest=int(images.min()),
        highest=int(images.max()),
    )


def _class(ink: npt.NDArray[np.float64], of_digit: npt.NDArray[np.bool_]) -> Class:
    images = int(of_digit.sum())
    return Class(images, images / len(ink), float(ink[of_digit].mean()) if images else None)


def exploration_text(splits: Mapping[str, Split]) -> str:
    """A table of the ten digits for each split, and below it what would spoil a result."""
    return "\n\n".join("\n".join(_lines(name, split)) for name, split in splits.items())


def exploration_object(splits: Mapping[str, Split]) -> dict[str, Any]:
    """The same under the names of `Split` and `Class`, ready to be written as JSON."""
    return {
        name: {
            **asdict(split),
            "classes": {str(digit): asdict(figures) for digit, figures in enumerate(split.classes)},
        }
        for name, split in splits.items()
    }


def _lines(name: str, split: Split) -> list[str]:
    lines = [
        f"{name} images",
        "digit    images     share  mean ink",
        *(_row(str(digit), figures) for digit, figures in enumerate(split.classes)),
        _row("all", Class(split.images, 1.0, split.ink)),
        "",
        f"{split.blank:>8,}  blank: all pixels the same",
        f"{split.duplicates:>8,}  duplicates: the same, pixel by pixel, as an earlier one",
        f"{split.contradictions:>8,}  of these with another label than the earlier one",
    ]
    if split.leaked is not None:
        lines.append(f"{split.leaked:>8,}  are among the training images, too")
    return [
        *lines,
        f"{split.never_lit:>8,}  of 784 pixels are never lit",
        f"{split.lowest:>4}-{split.highest}  are the values of the pixels",
    ]


def _row(name: str, figures: Class) -> str:
    ink = "none" if figures.ink is None else f"{figures.ink:.4f}"
    return f"{name:<5}  {figures.images:>8,}  {100 * figures.share:6.2f} %  {ink:>8}"
