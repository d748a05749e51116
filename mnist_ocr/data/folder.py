"""A folder of four IDX files, named as MNIST names its own.

Many data sets of 28×28 images are published in this layout (Fashion-MNIST, KMNIST, EMNIST digits), and a
person can make one too. The official MNIST is the special case in which the SHA-256 of every file is known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mnist_ocr.data.dataset import DataError, Dataset, LoadedDataset
from mnist_ocr.data.idx import IMAGES, LABELS, IdxArray, Shape, parse_idx, read_idx
from mnist_ocr.opening import IS_ADDRESS, is_address, is_folder

TRAIN_IMAGES = "train-images-idx3-ubyte"
TRAIN_LABELS = "train-labels-idx1-ubyte"
TEST_IMAGES = "t10k-images-idx3-ubyte"
TEST_LABELS = "t10k-labels-idx1-ubyte"

Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class ExpectedFile:
    """One of the four files, and what it has to hold.

    Attributes:
        name: without `.gz`.
        shape: what its header has to say.
        sha256: of the uncompressed bytes, or None where any well-formed file will do.
    """

    name: str
    shape: Shape
    sha256: str | None = None

    def locate(self, folder: Path) -> Path | None:
        """Find the file under one of the spellings in use: `-idx3` or `.idx3`, with or without `.gz`.

        Raises:
            DataError: the folder may not be looked into.
        """
        dotted = self.name.replace("-idx", ".idx")
        try:
            for spelling in (self.name, f"{self.name}.gz", dotted, f"{dotted}.gz"):
                if (folder / spelling).exists():
                    return folder / spelling
        except OSError as error:
            raise DataError(f"{folder}: cannot be read: {error.strerror}") from error
        return None

    def read(self, path: Path) -> Bytes:
        """Read the file at `path`.

        Raises:
            DataError: it is not the file that is expected.
        """
        return self._verify(read_idx(path, self.shape), str(path))

    def parse(self, content: bytes) -> Bytes:
        """Read the file from memory; otherwise as `read`."""
        return self._verify(parse_idx(content, self.name, self.shape), self.name)

    def _verify(self, found: IdxArray, where: str) -> Bytes:
        if self.sha256 not in (None, found.sha256):
            raise DataError(
                f"{where}: not the official MNIST file: expected SHA-256 {self.sha256} "
                f"of the uncompressed bytes, found {found.sha256}"
            )
        return found.values


ANY_DIGITS = (
    ExpectedFile(TRAIN_IMAGES, IMAGES),
    ExpectedFile(TRAIN_LABELS, LABELS),
    ExpectedFile(TEST_IMAGES, IMAGES),
    ExpectedFile(TEST_LABELS, LABELS),
)


def read_idx_folder(folder: Path, files: Sequence[ExpectedFile] = ANY_DIGITS) -> LoadedDataset:
    """Read the four files of a folder.

    Args:
        folder: where they are, gzipped or not.
        files: what each of them has to hold.

    Raises:
        DataError: one is missing, damaged, not as expected, or images and labels do not belong together.
    """
    if not is_folder(folder):
        what = IS_ADDRESS if is_address(folder) else "found no folder of that name"
        raise DataError(f"{folder}: expected a folder with IDX files, {what}")
    paths = {file.name: file.locate(folder) for file in files}
    missing = [name for name, path in paths.items() if path is None]
    if missing:
        raise DataError(
            f"{folder}: expected {', '.join(paths)}, each with or without .gz; "
            f"not found: {', '.join(missing)}"
        )
    arrays = {file.name: file.read(path) for file in files if (path := paths[file.name]) is not None}
    return gather_digits(arrays, str(folder))


def gather_digits(arrays: Mapping[str, Bytes], folder: str) -> LoadedDataset:
    """Pair images with labels; `arrays` goes by file name, `folder` says where the files came from.

    Raises:
        DataError: images and labels do not belong together.
    """
    pairs = ((TRAIN_IMAGES, TRAIN_LABELS), (TEST_IMAGES, TEST_LABELS))
    train, test = (
        Dataset(arrays[images], arrays[labels], f"{folder}: {images} with {labels}")
        for images, labels in pairs
    )
    return LoadedDataset(train, test, source=folder, name=Path(folder).resolve().name)
