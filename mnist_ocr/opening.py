"""Opening a file that somebody named, and being sure that it can be read to its end.

A name from outside may stand for anything: a pipe into which nobody writes, a device that has no end, a file
larger than the memory, an address on the web. All of them are told before a byte is read. Links are followed,
and a file may lie anywhere: whoever names it may read it, and nothing is ever written to what was named here.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from pathlib import Path
from typing import BinaryIO

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")
"""How an address begins; the letter of a Windows drive stands alone."""

IS_ADDRESS = "this is an address, and only files are opened: download it first"


class TooLargeError(OSError):
    """A file is larger than what may be read.

    Attributes:
        size: in bytes.
    """

    def __init__(self, size: int, most: int) -> None:
        super().__init__(errno.EFBIG, f"expected at most {most:,} bytes, found {size:,}")
        self.size = size


def is_address(name: str | os.PathLike[str]) -> bool:
    """Whether a name is that of something on the web, such as https://example.org/7.png."""
    return _ADDRESS.match(os.fspath(name)) is not None


def is_there(path: str | os.PathLike[str]) -> bool:
    """Whether anything has this name; nothing has one that no file can have, or one in a locked folder."""
    return os.path.exists(path)  # noqa: PTH110 - that of Path raises for some of them


def is_folder(path: str | os.PathLike[str]) -> bool:
    """Whether this is the name of a folder; as `is_there`."""
    return os.path.isdir(path)  # noqa: PTH112


def open_ordinary(path: str | os.PathLike[str]) -> BinaryIO:
    """Open a file for reading; nothing but a file.

    Raises:
        FileNotFoundError: there is none.
        IsADirectoryError: it is a folder.
        OSError: it is a pipe or a device, an address, a name that no file can have, or cannot be read;
            `strerror` says which.
    """
    try:
        _require_ordinary(Path(path).stat())  # some devices act on being opened, so they are not
        # Should a pipe take the name at this very moment, nobody waits for the one who writes into it.
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        descriptor = os.open(path, flags)
    except FileNotFoundError:
        if is_address(path):
            raise OSError(errno.EINVAL, IS_ADDRESS) from None
        raise
    except ValueError:  # a zero byte, or half a character
        raise OSError(errno.EINVAL, "no file can have this name") from None
    try:
        _require_ordinary(os.fstat(descriptor))
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def read_ordinary(path: str | os.PathLike[str], most: int) -> bytes:
    """All bytes of a file that has at most `most` of them; what is added meanwhile is left out.

    Raises:
        TooLargeError: it has more, as it says before it is read.
        OSError: as `open_ordinary`.
    """
    with open_ordinary(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size > most:
            raise TooLargeError(size, most)
        return file.read(size)


def _require_ordinary(found: os.stat_result) -> None:
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "a pipe or a device, expected an ordinary file")
