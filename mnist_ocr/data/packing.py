"""Files as people keep them: plain or gzipped, under any name.

The first bytes decide whether a file is unpacked, not its name: browsers unpack `.gz` on the way and keep the
name, others pack and do not say so. What goes wrong while reading becomes a `DataError` with the file's name.
"""

from __future__ import annotations

import gzip
import io
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from mnist_ocr.data.dataset import DataError
from mnist_ocr.opening import open_ordinary

LARGEST = 1 << 30
"""Bytes of pixels that are taken from one file: 1.3 million images, well above every published set."""

_GZIP_START = b"\x1f\x8b"
_BEST_COMPRESSION = 1032  # deflate cannot pack more bytes than this into one (zlib's technical notes)


@contextmanager
def opened(path: Path, expected: str) -> Iterator[io.BufferedIOBase]:
    """Open a file for reading.

    Args:
        path: the file.
        expected: what it should be, for messages: "an IDX file".

    Raises:
        DataError: it is missing, a folder or a device, or cannot be read, at once or inside of the block.
    """
    try:
        with open_ordinary(path) as file:
            yield cast(io.BufferedReader, file)
    except FileNotFoundError:
        raise DataError(f"{path}: expected {expected}, found nothing of that name") from None
    except IsADirectoryError:
        raise DataError(f"{path}: expected {expected}, found a folder") from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from error


@contextmanager
def unpacked(file: io.BufferedIOBase, name: str) -> Iterator[tuple[io.BufferedIOBase, int]]:
    """Unpack what is gzipped, and hand on what is not; `name` stands for the file in messages.

    Yields:
        The stream of bytes, and how many that can be at the very most.

    Raises:
        DataError: the packed data is damaged or ends too early, as far as it is read inside of the block.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    start = file.read(len(_GZIP_START))
    file.seek(0)
    if start != _GZIP_START:
        yield file, size
        return
    try:
        with gzip.GzipFile(fileobj=file, mode="rb") as stream:
            yield stream, size * _BEST_COMPRESSION
    except EOFError:
        raise DataError(f"{name}: truncated: the gzip data ends too early, after {size:,} bytes") from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise DataError(f"{name}: damaged gzip data: {error}") from error
