"""IDX, the file format of MNIST: a header of a few bytes, then the numbers themselves.

    offset  bytes           meaning
    0       0 0             always
    2       8               type of the numbers; 8 is the unsigned byte, the only one read here
    3       3               how many dimensions follow: 3 for images, 1 for labels
    4       0 0 234 96      first dimension, big-endian: 60,000 images
    8       0 0 0 28        second dimension: 28 rows (labels end after the first)
    12      0 0 0 28        third dimension: 28 columns
    16      ...             the numbers, last dimension fastest

A file from outside can promise anything. Its header is held against what the caller expects and what the
file can possibly contain *before* memory is taken for it; then the numbers are unpacked straight into
their final place, never beyond the size the header names, so that 47 MB of images cost 47 MB.
"""

from __future__ import annotations

import hashlib
import io
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mnist_ocr.data.dataset import DataError
from mnist_ocr.data.packing import LARGEST, opened, unpacked

Shape = tuple[int | None, ...]
"""An expected shape; None stands for any size."""

IMAGES: Shape = (None, 28, 28)
LABELS: Shape = (None,)

_UNSIGNED_BYTE = 8
_CHUNK = 1 << 20


@dataclass(frozen=True, eq=False)
class IdxArray:
    """The content of an IDX file.

    Attributes:
        values: read-only uint8 array of the shape in the header.
        sha256: hexadecimal digest of the whole uncompressed file, header included.
    """

    values: npt.NDArray[np.uint8]
    sha256: str


def read_idx(path: Path, shape: Shape) -> IdxArray:
    """Read an IDX file, gzipped or not: its first bytes decide, not its name.

    Args:
        path: the file.
        shape: what the header has to say, `IMAGES` or `LABELS`.

    Raises:
        DataError: the file is missing, unreadable, damaged, or not what `shape` expects.
    """
    with opened(path, "an IDX file") as file:
        return _read(file, str(path), shape)


def parse_idx(content: bytes, name: str, shape: Shape) -> IdxArray:
    """Read an IDX file that is in memory; `name` stands for it in messages. Otherwise as `read_idx`."""
    return _read(io.BytesIO(content), name, shape)


def _read(file: io.BufferedIOBase, name: str, shape: Shape) -> IdxArray:
    start = file.read(64)
    if not start:
        raise DataError(f"{name}: expected an IDX file, found an empty one")
    if start.lstrip()[:1] == b"<":
        raise DataError(f"{name}: expected an IDX file, found a web page (it starts with {start[:15]!r})")
    with unpacked(file, name) as (stream, most):
        return _read_unpacked(stream, name, shape, most)


def _read_unpacked(file: io.BufferedIOBase, name: str, shape: Shape, most: int) -> IdxArray:
    """Read header and numbers from a file that cannot hold more than `most` bytes once unpacked."""
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
    place = values.data
    filled = 0
    while filled < promised:
        count = file.readinto(place[filled : filled + _CHUNK])
        if not count:
            raise DataError(f"{name}: truncated: expected {promised:,} bytes of numbers, found {filled:,}")
        digest.update(place[filled : filled + count])
        filled += count
    # Reading on to the end is also what makes gzip compare its checksum.
    if file.read(1):
        raise DataError(f"{name}: expected to end after {promised:,} bytes of numbers, found more")
    values.flags.writeable = False
    return IdxArray(values.reshape(found), digest.hexdigest())


def _read_header(file: io.BufferedIOBase, name: str, shape: Shape) -> tuple[bytes, tuple[int, ...]]:
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
    """Say a shape as a person would: `images of 28 × 28` and `labels` are what people mix up."""
    if len(shape) == 3:
        count, rows, columns = shape
        return f"{'' if count is None else f'{count:,} '}images of {rows} × {columns}"
    if len(shape) == 1:
        return "labels" if shape[0] is None else f"{shape[0]:,} labels"
    return f"an array of {len(shape)} dimensions"
