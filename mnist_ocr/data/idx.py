"""IDX, the file format of MNIST: a header of a few bytes, then the numbers themselves.

    offset  bytes           meaning
    0       0 0             always
    2       8               type of the numbers; 8 is the unsigned byte, the only one read here
    3       3               how many dimensions follow: 3 for images, 1 for labels
    4       0 0 234 96      first dimension, big-endian: 60,000 images
    8       0 0 0 28        second dimension: 28 rows (labels end after the first)
    12      0 0 0 28        third dimension: 28 columns
    16      ...             the numbers, last dimension fastest

The header of a file is compared with what the caller expects and with what the file can possibly contain
*before* memory is allocated; then the numbers are unpacked directly into the array, never beyond the size in
the header, so that 47 MB of images need 47 MB.

A data set is a folder of four such files with the names of MNIST's. Many sets of 28 × 28 images are published
in this layout (Fashion-MNIST, KMNIST, EMNIST digits). The official MNIST is the special case in which the
SHA-256 of every file is known. A single file of images can also be read, with the labels in the file beside
it.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from mnist_ocr.data.dataset import DataError, Dataset, LoadedDataset, loaded_from, reading
from mnist_ocr.data.packing import LARGEST, unpacked
from mnist_ocr.files import IS_ADDRESS, is_address, is_folder

TRAIN_IMAGES = "train-images-idx3-ubyte"
TRAIN_LABELS = "train-labels-idx1-ubyte"
TEST_IMAGES = "t10k-images-idx3-ubyte"
TEST_LABELS = "t10k-labels-idx1-ubyte"

Bytes = npt.NDArray[np.uint8]

Shape = tuple[int | None, ...]
"""An expected shape; None stands for any size."""

IMAGES: Shape = (None, 28, 28)
LABELS: Shape = (None,)

_UNSIGNED_BYTE = 8
_CHUNK = 1 << 20


def read_idx(source: Path | bytes, shape: Shape, name: str = "", sha256: str | None = None) -> Bytes:
    """Read an IDX file; its first bytes decide whether it is unpacked, not its name.

    Args:
        source: the file, or its content.
        shape: the expected shape, such as `IMAGES` or `LABELS`.
        name: what messages call the content.
        sha256: of the uncompressed file, header included; None where any will do.

    Returns:
        A read-only array of the shape in the header.

    Raises:
        DataError: the file is missing, unreadable, damaged, or not the expected one.
    """
    name = str(source) if isinstance(source, Path) else name
    with unpacked(source, name, "an IDX file") as (file, most):
        start = file.read(64)
        file.seek(0)
        if start.lstrip().startswith(b"<"):
            raise DataError(f"{name}: expected an IDX file, found a web page (it starts with {start[:15]!r})")
        header, found = _read_header(file, name, shape)
        promised = math.prod(found)
        if promised > LARGEST:
            raise DataError(f"{name}: the header promises {promised:,} bytes; the limit is {LARGEST:,}")
        if promised > most - len(header):
            raise DataError(
                f"{name}: truncated: the header promises {promised:,} bytes of numbers, "
                f"the file holds at most {most - len(header):,}"
            )
        values = np.empty(promised, np.uint8)
        digest = hashlib.sha256(header)
        filled = 0
        while filled < promised:
            chunk = values.data[filled : filled + _CHUNK]
            count = file.readinto(chunk)
            if not count:
                raise DataError(
                    f"{name}: truncated: expected {promised:,} bytes of numbers, found {filled:,}"
                )
            digest.update(chunk[:count])
            filled += count
        # At the end of the data, gzip also compares its checksum.
        if file.read(1):
            raise DataError(f"{name}: expected to end after {promised:,} bytes of numbers, found more")
    if sha256 not in (None, digest.hexdigest()):
        raise DataError(
            f"{name}: not the official MNIST file: expected SHA-256 {sha256} of the uncompressed bytes, "
            f"found {digest.hexdigest()}"
        )
    values.flags.writeable = False
    return values.reshape(found)


def _read_header(file: BinaryIO, name: str, shape: Shape) -> tuple[bytes, tuple[int, ...]]:
    magic = file.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0":
        raise DataError(f"{name}: expected an IDX file, which starts with two zero bytes, found {magic!r}")
    if magic[2] != _UNSIGNED_BYTE:
        raise DataError(f"{name}: expected numbers of IDX type 8 (unsigned bytes), found type {magic[2]}")
    dimensions = magic[3]
    sizes = file.read(4 * dimensions)
    if len(sizes) < 4 * dimensions:
        raise DataError(f"{name}: truncated: the header of {dimensions} dimensions ends too early")
    found = tuple(int.from_bytes(sizes[at : at + 4], "big") for at in range(0, len(sizes), 4))
    fits = len(found) == len(shape) and all(
        want in (None, have) for want, have in zip(shape, found, strict=True)
    )
    if not fits:
        raise DataError(f"{name}: expected {_describe(shape)}, found {_describe(found)}")
    return magic + sizes, found


def _describe(shape: Shape) -> str:
    """A shape in words: people mix up the files of images and of labels."""
    if len(shape) == 3:
        count, rows, columns = shape
        return f"{'' if count is None else f'{count:,} '}images of {rows} × {columns}"
    if len(shape) == 1:
        return "labels" if shape[0] is None else f"{shape[0]:,} labels"
    return f"an array of {len(shape)} dimensions"


@dataclass(frozen=True)
class ExpectedFile:
    """One file of a data set, and its expected content.

    Attributes:
        name: without `.gz`.
        shape: of the array in it.
        sha256: of the uncompressed bytes; None where any well-formed file will do.
    """

    name: str
    shape: Shape
    sha256: str | None = None

    @property
    def most_bytes(self) -> int:
        """The largest possible size, packed or not, if `shape` has every dimension."""
        overhead = 1 << 16  # what gzip and the header can add to numbers that do not compress
        return math.prod(size or 0 for size in self.shape) + overhead

    def locate(self, folder: Path, prefix: str = "") -> Path | None:
        """Find the file under one of its usual names: with `-idx3` or `.idx3`, with or without `.gz`.

        Some archives hold a folder of the same name with the file in it, so that is looked into, too.

        Args:
            folder: where to look.
            prefix: the name's beginning in sets that have one, such as "emnist-digits-"; these also say
                "test" where MNIST says "t10k".

        Raises:
            DataError: the folder cannot be read.
        """
        name = prefix + self.name
        names = [name, name.replace("t10k", "test")] if prefix else [name]
        spellings = [
            spelling + ending
            for name in names
            for spelling in (name, name.replace("-idx", ".idx"))
            for ending in ("", ".gz")
        ]
        places = [*(folder / name for name in spellings), *(folder / name / name for name in spellings)]
        with reading(folder):
            return next((path for path in places if path.is_file()), None)

    def read(self, source: Path | bytes) -> Bytes:
        """Read the file, or its content; errors as in `read_idx`."""
        return read_idx(source, self.shape, self.name, self.sha256)


IDX_FILES = (
    ExpectedFile(TRAIN_IMAGES, IMAGES),
    ExpectedFile(TRAIN_LABELS, LABELS),
    ExpectedFile(TEST_IMAGES, IMAGES),
    ExpectedFile(TEST_LABELS, LABELS),
)


_SET = re.compile(r"(.+[-_])train-images[-.]idx3-ubyte(\.gz)?")


def _prefixes(folder: Path) -> list[str]:
    """How the names of the sets in a folder begin: "" for MNIST's own names, else such as "emnist-digits-".

    Raises:
        DataError: the folder cannot be read.
    """
    if any(file.locate(folder) for file in IDX_FILES):
        return [""]
    with reading(folder):
        return sorted({match[1] for path in folder.iterdir() if (match := _SET.fullmatch(path.name))})


def has_idx_files(path: Path) -> bool:
    """Whether a folder has at least one of the four files of a set."""
    return path.is_dir() and bool(_prefixes(path))


def read_idx_folder(folder: Path, files: Sequence[ExpectedFile] = IDX_FILES) -> LoadedDataset:
    """Read the four files of a folder.

    Args:
        folder: where they are, gzipped or not.
        files: their names and expected contents.

    Raises:
        DataError: one is missing, damaged or not the expected one, images and labels do not match, or the
            folder has several sets.
    """
    if not is_folder(folder):
        what = IS_ADDRESS if is_address(folder) else "found no folder of that name"
        raise DataError(f"{folder}: expected a folder with IDX files, {what}")
    prefixes = _prefixes(folder)
    if len(prefixes) > 1:
        sets = ", ".join(prefix.rstrip("-_") for prefix in prefixes)
        raise DataError(
            f"{folder}: expected one set of IDX files, found {sets}: put one into a folder of its own, or "
            f"name its file of training images, such as {prefixes[0]}{TRAIN_IMAGES}.gz"
        )
    prefix = prefixes[0] if prefixes else ""
    paths = {file.name: file.locate(folder, prefix) for file in files}
    missing = [prefix + name for name, path in paths.items() if path is None]
    if missing:
        raise DataError(
            f"{folder}: expected {', '.join(prefix + name for name in paths)}, each with or without .gz; "
            f"not found: {', '.join(missing)}"
        )
    arrays = {file.name: file.read(path) for file in files if (path := paths[file.name]) is not None}
    digits = pair_arrays(arrays, folder)
    return replace(digits, name=prefix.rstrip("-_")) if prefix else digits


def pair_arrays(arrays: Mapping[str, Bytes], folder: Path) -> LoadedDataset:
    """Combine the arrays of the four files, by file name; `folder` is where they came from.

    Raises:
        DataError: images and labels do not match.
    """
    pairs = ((TRAIN_IMAGES, TRAIN_LABELS), (TEST_IMAGES, TEST_LABELS))
    train, test = (
        Dataset(arrays[images], arrays[labels], f"{folder}: {images} with {labels}")
        for images, labels in pairs
    )
    return LoadedDataset(train, test, source=str(folder), name=folder.resolve().name)


def is_idx_name(path: Path) -> bool:
    """Whether there is a file of this name, and it is a usual name of IDX files."""
    return path.is_file() and any(word in path.name for word in ("idx3-ubyte", "idx1-ubyte"))


def read_idx_pair(path: Path) -> LoadedDataset:
    """Read one file of images and the file of its labels, as a data set without test images.

    The names differ in two words only: `t10k-images-idx3-ubyte` and `t10k-labels-idx1-ubyte`. They may begin
    with anything, as those of EMNIST do.

    Raises:
        DataError: `path` holds labels, there are no labels beside it, or one of the files is wrong.
    """
    name = path.name.removesuffix(".gz")
    labels_name = name.replace("images", "labels").replace("idx3", "idx1")
    if labels_name == name:
        raise DataError(f"{path}: expected a file of images, named …images-idx3-ubyte, found one of labels")
    labels = ExpectedFile(labels_name.replace(".idx1", "-idx1"), LABELS).locate(path.parent)
    if labels is None:
        raise DataError(
            f"{path}: expected the labels of these images beside it, in {labels_name} or {labels_name}.gz"
        )
    digits = Dataset(read_idx(path, IMAGES), read_idx(labels, LABELS), f"{path} with {labels.name}")
    return loaded_from(path, [digits], f"IDX with {labels.name}")
