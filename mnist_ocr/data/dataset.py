"""Labelled digits: images, the digit each one shows, and where they came from."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mnist_ocr.errors import InputError


class DataError(InputError):
    """A data set cannot be used; the message names the file, what was expected and what was found."""


class DownloadError(DataError):
    """No mirror had the file; the message says what each of them answered."""


class UnlabelledError(DataError):
    """A table of images does not say which digits they show, such as the test.csv of a competition."""


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Images and their labels, checked and read-only.

    Attributes:
        images: uint8, (count, 28, 28); 0 is background, 255 is full ink.
        labels: uint8, (count,); the digit 0 to 9 that each image shows.
        source: where they came from, in words; messages start with it.

    Raises:
        DataError: there are no images, shapes or types are different, or a label is no digit.
    """

    images: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.uint8]
    source: str

    def __post_init__(self) -> None:
        """Refuse arrays that do not belong together, and lock the ones that do."""
        images, labels = self.images, self.labels
        if images.dtype != np.uint8 or images.ndim != 3 or images.shape[1:] != (28, 28):
            self._refuse("images of shape (count, 28, 28) and type uint8", f"{images.shape}, {images.dtype}")
        if labels.dtype != np.uint8 or labels.ndim != 1:
            self._refuse("labels of shape (count,) and type uint8", f"{labels.shape}, {labels.dtype}")
        if len(images) != len(labels):
            self._refuse("one label per image", f"{len(images):,} images and {len(labels):,} labels")
        if len(images) == 0:
            self._refuse("at least one image", "none")
        if labels.max() > 9:
            first = int(np.argmax(labels > 9))
            self._refuse("labels from 0 to 9", f"label {labels[first]} at image {first:,}")
        for field in ("images", "labels"):
            locked = getattr(self, field).view()  # a view: the caller's own array stays writeable
            locked.flags.writeable = False
            object.__setattr__(self, field, locked)

    def _refuse(self, expected: str, found: str) -> None:
        raise DataError(f"{self.source}: expected {expected}, found {found}")

    def __len__(self) -> int:
        return len(self.labels)

    def __repr__(self) -> str:
        return f"Dataset({len(self):,} images of 28 × 28 from {self.source})"

    def take(self, indices: npt.NDArray[np.int64]) -> Dataset:
        """Copy the images and labels at `indices`, in that order, into a data set of their own."""
        return Dataset(self.images[indices], self.labels[indices], self.source)


@dataclass(frozen=True, eq=False)
class LoadedDataset:
    """A data set as its source has it: training images, and test images where it has some.

    Attributes:
        training: the training images; `split_dataset` takes the validation images from here.
        test: read once, at the end; None where the data has only one part.
        source: one line for the report, such as "MNIST from /home/ann/data".
        name: what a model file says it was trained on: as short as "MNIST", and without a path.
        notice: what the person has to know about this choice (a damaged file that was passed over,
            synthetic digits in place of MNIST), or None when all is as expected.
    """

    training: Dataset
    test: Dataset | None
    source: str
    name: str
    notice: str | None = None


def fingerprint(*datasets: Dataset) -> str:
    """The first 16 hexadecimal digits of the SHA-256 of all images and labels, in their order."""
    found = hashlib.sha256()
    for dataset in datasets:
        found.update(np.ascontiguousarray(dataset.images).data)
        found.update(np.ascontiguousarray(dataset.labels).data)
    return found.hexdigest()[:16]


def concatenate(first: Dataset, second: Dataset) -> Dataset:
    """Put two data sets into one, the images of the first before those of the second."""
    images = np.concatenate([first.images, second.images])
    labels = np.concatenate([first.labels, second.labels])
    return Dataset(images, labels, f"{first.source} and {second.source}")
