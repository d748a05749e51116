"""NumPy files of digits: Keras's `mnist.npz`, other archives of that kind, and pairs of `.npy` files.

    mnist.npz                       the arrays x_train, y_train, x_test and y_test
    digits.npz                      images and labels
    x_train.npy and y_train.npy     the same arrays as files of their own, beside each other

Images are (count, 28, 28), (count, 28, 28, 1) or (count, 784), from 0 to 255 or from 0 to 1. Labels are
(count,), (count, 1), or one-hot, (count, 10). Files that contain Python objects are refused: these are
pickles, and opening a pickle can run any program.
"""

from __future__ import annotations

import math
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from mnist_ocr.data.dataset import DataError, Dataset, LoadedDataset, loaded_from, reading
from mnist_ocr.data.packing import LARGEST
from mnist_ocr.files import open_ordinary

TRAINING = (("x_train", "y_train"), ("train_images", "train_labels"), ("images", "labels"), ("x", "y"))
TEST = (("x_test", "y_test"), ("test_images", "test_labels"))
"""Usual names of the images and labels of the two parts, in capital or small letters."""

Array = npt.NDArray[np.generic]


def is_numpy_file(path: Path) -> bool:
    """Whether a file has the name of a NumPy file, or a folder contains such a file of training images."""
    if path.is_dir():
        return any((path / f"{images}.npy").is_file() for images, _ in TRAINING)
    return path.suffix.lower() in (".npz", ".npy")


def read_numpy(path: Path) -> LoadedDataset:
    """Read what `is_numpy_file` recognised.

    Raises:
        DataError: arrays are missing, damaged, too large, of another shape, or contain Python objects.
    """
    if path.is_dir():
        names = {file.stem: file.name for file in path.glob("*.npy")}
        return _dataset(path, names, lambda name: _read_file(path / name))
    if path.suffix.lower() == ".npz":
        return _read_archive(path)
    pairs = dict((*TRAINING, *TEST))
    partner = pairs.get(path.stem.lower())
    if partner is None or not path.with_name(f"{partner}.npy").is_file():
        expected = " or ".join(f"{images}.npy with {labels}.npy beside it" for images, labels in TRAINING)
        raise DataError(f"{path}: expected {expected}, or an .npz archive of both")
    training = _part(path, _read_file(path), _read_file(path.with_name(f"{partner}.npy")))
    return loaded_from(path, [training], f"NumPy with {partner}.npy")


def read_numpy_images(path: Path) -> npt.NDArray[np.uint8]:
    """The images of an `.npy` file, (count, 28, 28), without any labels.

    Raises:
        DataError: as `read_numpy`.
    """
    return as_bytes(_read_file(path), str(path))


def _read_archive(path: Path) -> LoadedDataset:
    try:
        with reading(path), open_ordinary(path) as file, zipfile.ZipFile(file) as archive:
            names = {info.filename.removesuffix(".npy"): info.filename for info in archive.infolist()}

            def read(name: str) -> Array:
                with archive.open(name) as member:
                    return _read_array(member, f"{path}: {name}", archive.getinfo(name).file_size)  # type: ignore[arg-type]

            return _dataset(path, names, read)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise DataError(f"{path}: damaged, or no NumPy archive: {error}") from error


def _read_file(path: Path) -> Array:
    with reading(path), open_ordinary(path) as file:
        size = file.seek(0, 2)
        file.seek(0)
        return _read_array(file, str(path), size)


def _read_array(file: BinaryIO, where: str, size: int) -> Array:
    """One array, of which the header is compared with the size of the file before memory is allocated."""
    try:
        version = np.lib.format.read_magic(file)
        read_header = (
            np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        )
        shape, column_order, dtype = read_header(file)
    except Exception as error:  # a header is a Python literal, and whatever its parser raises comes through
        raise DataError(f"{where}: damaged, or no NumPy array: {error}") from None
    if dtype.hasobject:
        raise DataError(
            f"{where}: holds Python objects, a pickle, which can run any program when it is opened: save the "
            "images and labels as arrays of numbers"
        )
    promised = math.prod(shape) * dtype.itemsize
    if dtype.kind not in "uifb" or min(shape, default=0) < 0 or promised > min(LARGEST, size):
        raise DataError(
            f"{where}: expected numbers, at most {min(LARGEST, size):,} bytes of them, found {dtype} "
            f"of shape {shape}"
        )
    content = file.read(promised)
    if len(content) < promised:
        raise DataError(f"{where}: truncated: expected {promised:,} bytes of numbers, found {len(content):,}")
    return np.frombuffer(content, dtype).reshape(shape, order="F" if column_order else "C")


def _dataset(path: Path, names: dict[str, str], read: Callable[[str], Array]) -> LoadedDataset:
    """The data set of arrays that `read` finds under the values of `names`."""
    lower = {name.lower(): name for name in names}
    parts = []
    used = []
    for pairs in (TRAINING, TEST):
        pair = next((pair for pair in pairs if set(pair) <= set(lower)), None)
        if pair is not None:
            images, labels = (read(names[lower[name]]) for name in pair)
            parts.append(_part(path, images, labels))
            used += [lower[name] for name in pair]
        elif pairs is TRAINING:
            expected = " or ".join(" and ".join(pair) for pair in pairs)
            raise DataError(f"{path}: expected the arrays {expected}, found {', '.join(names) or 'none'}")
    return loaded_from(path, parts, f"NumPy: {', '.join(used)}")


def _part(path: Path, images: Array, labels: Array) -> Dataset:
    return Dataset(as_bytes(images, str(path)), as_labels(labels, str(path)), str(path))


def as_bytes(images: Array, where: str) -> npt.NDArray[np.uint8]:
    """Images of any usual shape and scale as uint8 (count, 28, 28).

    Raises:
        DataError: the shape is another one, or a pixel is not from 0 to 255.
    """
    if images.size == 0 or images.shape[1:] not in ((784,), (28, 28), (28, 28, 1), (1, 28, 28)):
        raise DataError(
            f"{where}: expected images of 28 × 28, (count, 28, 28), found the shape {images.shape}"
        )
    images = images.reshape(-1, 28, 28)
    if images.dtype == np.uint8:
        return np.ascontiguousarray(images)
    low, high = float(images.min()), float(images.max())
    if not 0 <= low <= high <= 255:  # NaN is in no range
        raise DataError(f"{where}: expected pixels from 0 to 255 or from 0 to 1, found {low:g} to {high:g}")
    scale = 255 if images.dtype.kind in "fb" and high <= 1 else 1
    return np.rint(images.astype(np.float32) * scale).astype(np.uint8)


def as_labels(labels: Array, where: str) -> npt.NDArray[np.uint8]:
    """Labels of any usual shape as uint8 (count,).

    Raises:
        DataError: the shape is another one, or a label is not a digit.
    """
    if labels.ndim == 2 and labels.shape[1] == 10:
        one_hot = np.isin(labels, (0, 1)).all() and (labels.astype(np.float64).sum(axis=1) == 1).all()
        if not one_hot:
            raise DataError(
                f"{where}: expected labels 0 to 9 or one-hot rows, found other numbers in 10 columns"
            )
        labels = labels.argmax(axis=1)
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim != 1 or labels.size == 0 or not np.isin(labels, range(10)).all():
        raise DataError(
            f"{where}: expected labels from 0 to 9, (count,), found the shape {labels.shape}"
            + (f" with {labels[~np.isin(labels, range(10))][0]}" if labels.ndim == 1 and labels.size else "")
        )
    return labels.astype(np.uint8)
