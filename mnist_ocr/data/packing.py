"""Opening a file that may be gzipped.

The first bytes decide whether a file is unpacked, not its name: browsers unpack `.gz` while downloading and
keep the name. Whatever goes wrong while reading becomes a `DataError` with the file's name.
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
from mnist_ocr.files import open_ordinary

LARGEST = 1 << 30
"""Bytes of pixels that are read from one file at most: 1.3 million images, more than any published set."""

_GZIP_START = b"\x1f\x8b"
_BEST_COMPRESSION = 1032  # deflate cannot pack more bytes than this into one (zlib's technical notes)


@contextmanager
def unpacked(
    source: Path | bytes, name: str | Path, expected: str
) -> Iterator[tuple[io.BufferedReader, int]]:
    """Open a file, and unpack it if it is gzipped.

    Args:
        source: the file, or its content.
        name: what messages call it.
        expected: what messages say it should be, such as "an IDX file".

    Yields:
        The stream of unpacked bytes, and an upper limit of their number.

    Raises:
        DataError: it is missing, a folder or a device, empty, damaged, or cannot be read, at the beginning or
            while it is read inside of the block.
    """
    try:
        with open_ordinary(source) if isinstance(source, Path) else io.BytesIO(source) as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(0)
            start = file.read(len(_GZIP_START))
            file.seek(0)
            if not start:
                raise DataError(f"{name}: expected {expected}, found an empty file")
            if start != _GZIP_START:
                yield cast(io.BufferedReader, file), size
                return
            with gzip.GzipFile(fileobj=file, mode="rb") as stream:
                yield cast(io.BufferedReader, stream), size * _BEST_COMPRESSION
    except EOFError:
        raise DataError(f"{name}: truncated: the gzip data ends too early, after {size:,} bytes") from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise DataError(f"{name}: damaged gzip data: {error}") from error
    except FileNotFoundError:
        raise DataError(f"{name}: expected {expected}, found nothing of that name") from None
    except IsADirectoryError:
        raise DataError(f"{name}: expected {expected}, found a folder") from None
    except OSError as error:
        raise DataError(f"{name}: cannot be read: {error.strerror or error}") from error
