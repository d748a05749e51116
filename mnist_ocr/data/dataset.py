"""Data sets: images of digits, their labels, and where they came from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mnist_ocr.errors import InputError


class DataError(InputError):
    """A data set cannot be used; the message says where, what was expected and what was found."""


class DownloadError(DataError):
    """A file could not be downloaded; the message says how each mirror failed."""


class UnlabelledError(DataError):
    """A table has images but no labels, such as the test.csv of a competition."""


@contextmanager
def reading(path: str | Path) -> Iterator[None]:
    """Make a `DataError` of whatever keeps the operating system from reading what is at a path."""
    try:
        yield
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from error


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Images and their labels, checked and read-only.

    Attributes:
        images: uint8, (count, 28, 28); 0 is background, 255 is full ink.
        labels: uint8, (count,); the digit 0 to 9 that each image shows.
        source: where they came from, in words; error messages start with it.

    Raises:
        DataError: there are no images, a shape or type is wrong, or a label is not from 0 to 9.
    """

    images: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.uint8]
    source: str

    def __post_init__(self) -> None:
        """Check the arrays and make them read-only."""
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
            locked = getattr(self, field).view()  # a view: the caller's array stays writeable
            locked.flags.writeable = False
            object.__setattr__(self, field, locked)

    def _refuse(self, expected: str, found: str) -> None:
        raise DataError(f"{self.source}: expected {expected}, found {found}")

    def __len__(self) -> int:
        return len(self.labels)

    def __repr__(self) -> str:
        return f"Dataset({len(self):,} images of 28 × 28 from {self.source})"

    def take(self, indices: npt.NDArray[np.int64]) -> Dataset:
        """A new data set with copies of the images and labels at `indices`, in that order."""
        return Dataset(self.images[indices], self.labels[indices], self.source)


@dataclass(frozen=True, eq=False)
class LoadedDataset:
    """A data set as it was loaded, before validation images are split off.

    Attributes:
        training: the training images; `split_dataset` takes the validation images from them.
        test: the test images; None where the source has none.
        source: one line for the report, such as "MNIST from /home/ann/data".
        name: what a model file says it was trained on, short and without a path, such as "MNIST".
        notice: what a person should know about it (a damaged file that was skipped, synthetic digits instead
            of MNIST), or None.
    """

    training: Dataset
    test: Dataset | None
    source: str
    name: str
    notice: str | None = None


def loaded_from(
    path: Path, parts: Sequence[Dataset], form: str, remarks: Sequence[str | None] = (), what: str = "images"
) -> LoadedDataset:
    """The data set that was read from a file or folder.

    Args:
        path: of it.
        parts: the training images and, where there are some, the test images.
        form: how they are stored, such as "Parquet".
        remarks: what a person should know about them.
        what: the word for them.
    """
    counts = " + ".join(f"{len(part):,}" for part in parts)
    return LoadedDataset(
        training=parts[0],
        test=parts[1] if len(parts) == 2 else None,
        source=f"{counts} {what} from {path} ({form})",
        name=path.resolve().name if path.is_dir() else path.name,
        notice="\n".join(filter(None, remarks)) or None,
    )


def fingerprint(*datasets: Dataset) -> str:
    """The first 16 hexadecimal digits of the SHA-256 of all images and labels, in this order."""
    found = hashlib.sha256()
    for dataset in datasets:
        found.update(np.ascontiguousarray(dataset.images).data)
        found.update(np.ascontiguousarray(dataset.labels).data)
    return found.hexdigest()[:16]


def concatenate(first: Dataset, second: Dataset) -> Dataset:
    """One data set with the images of the first, followed by those of the second."""
    images = np.concatenate([first.images, second.images])
    labels = np.concatenate([first.labels, second.labels])
    return Dataset(images, labels, f"{first.source} and {second.source}")
