"""A data set small enough for a test to make, break and serve: the four files of MNIST with few digits."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mnist_ocr.data.idx import TEST_IMAGES, TEST_LABELS, TRAIN_IMAGES, TRAIN_LABELS, ExpectedFile


def idx_bytes(array: npt.NDArray[np.uint8]) -> bytes:
    """Write `array` as IDX, independently of the code that reads it."""
    header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    return header + array.tobytes()


def _digits(count: int, seed: int) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    images = np.random.default_rng(seed).integers(0, 256, (count, 28, 28), dtype=np.uint8)
    return images, np.arange(count, dtype=np.uint8) % 10


_TRAIN, _TEST = _digits(30, seed=1), _digits(20, seed=2)

ARRAYS = {
    TRAIN_IMAGES: _TRAIN[0],
    TRAIN_LABELS: _TRAIN[1],
    TEST_IMAGES: _TEST[0],
    TEST_LABELS: _TEST[1],
}

EXPECTED = tuple(
    ExpectedFile(name, array.shape, hashlib.sha256(idx_bytes(array)).hexdigest())
    for name, array in ARRAYS.items()
)
"""The four files with their checksums, as the official ones are pinned."""

PACKED = {f"{name}.gz": gzip.compress(idx_bytes(array), mtime=0) for name, array in ARRAYS.items()}


def write_folder(folder: Path) -> Path:
    """Put the four gzipped files into `folder`, which is made when needed."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in PACKED.items():
        (folder / name).write_bytes(content)
    return folder
