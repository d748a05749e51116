"""The bytes of a picture file, from wherever they come.

A path, bytes of an upload or an open file; what can go wrong before the first pixel is told here, each
time in one line.
"""

from __future__ import annotations

import io
from os import PathLike
from typing import BinaryIO

from mnist_ocr.images.errors import ImageError
from mnist_ocr.opening import TooLargeError, read_ordinary

Source = str | bytes | PathLike[str] | BinaryIO

MAX_BYTES = 2**28
"""Longest file that is read, 268 MB: an uncompressed picture of 67 million pixels."""


def read_source(source: Source) -> tuple[bytes, str]:
    """All bytes of the source, and what to call it in a message.

    Raises:
        ImageError: missing, a folder, a pipe, a device, not permitted, unreadable, open as text, empty, or
            too long.
    """
    if isinstance(source, bytes | bytearray | memoryview):
        source = io.BytesIO(source)
    name = source if isinstance(source, str | PathLike) else getattr(source, "name", None)
    name = str(name) if isinstance(name, str | PathLike) else "the picture"
    try:
        if isinstance(source, str | PathLike):
            data = read_ordinary(source, MAX_BYTES)
        else:
            data = source.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise ImageError(f"{name}: no such file") from error
    except IsADirectoryError as error:
        raise ImageError(f"{name} is a folder, expected a picture file") from error
    except PermissionError as error:
        raise ImageError(f"{name}: no permission to read it") from error
    except TooLargeError as error:
        raise _too_long(name) from error
    except OSError as error:
        raise ImageError(f"{name}: cannot be read ({error.strerror or error})") from error
    except ValueError as error:  # a file that was closed, or text that is not UTF-8
        raise ImageError(f"{name}: cannot be read ({error})") from error
    if not isinstance(data, bytes):
        raise ImageError(f"{name} is open as text, expected a file open in binary mode")
    if len(data) > MAX_BYTES:
        raise _too_long(name)
    if not data:
        raise ImageError(f"{name} is empty (0 bytes)")
    return data, name


def _too_long(name: str) -> ImageError:
    return ImageError(f"{name} is longer than {MAX_BYTES // 10**6} MB: make the picture smaller first")
