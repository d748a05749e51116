"""Files: opening what a person named, writing so that no half-written file is ever seen, and locking.

**Reading.** A name from outside may stand for anything: a pipe into which nobody writes, a device without an
end, a file larger than the memory, an address on the web. All of them are refused before a byte is read.
Links are followed, and a file may lie anywhere: whoever names it may read it.

**Writing.** The bytes go into a draft in the same folder, are forced onto the disk, and the draft then takes
the file's name in one step. Whoever opens that name meanwhile, or after a crash, gets the whole old file or
the whole new one.
"""

from __future__ import annotations

import errno
import glob
import os
import re
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from filelock import FileLock

IS_ADDRESS = "this is an address, and only files are opened: download it first"

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")
"""How an address begins; a Windows drive is a single letter."""

_DRAFT_BYTES = 4
"""Random bytes in the name of a draft."""


# Reading


_read: set[tuple[int, int]] = set()
"""Device and number of every file that this process has opened with `open_ordinary`."""


class TooLargeError(OSError):
    """A file is larger than what may be read.

    Attributes:
        size: in bytes.
    """

    def __init__(self, size: int, most: int) -> None:
        super().__init__(errno.EFBIG, f"expected at most {most:,} bytes, found {size:,}")
        self.size = size


def is_address(name: str | os.PathLike[str]) -> bool:
    """Whether a name is an address on the web, such as https://example.org/7.png."""
    return _ADDRESS.match(os.fspath(name)) is not None


def is_there(path: str | os.PathLike[str]) -> bool:
    """Whether a file or folder has this name; False also for impossible names and in locked folders."""
    return os.path.exists(path)  # noqa: PTH110 - Path.exists raises for some of them


def is_folder(path: str | os.PathLike[str]) -> bool:
    """Whether a folder has this name; as `is_there`."""
    return os.path.isdir(path)  # noqa: PTH112


def open_ordinary(path: str | os.PathLike[str]) -> BinaryIO:
    """Open an ordinary file for reading.

    Raises:
        FileNotFoundError: there is no such file.
        IsADirectoryError: it is a folder.
        OSError: it is a pipe or a device, an address, a name that no file can have, or cannot be read;
            `strerror` says which.
    """
    try:
        _require_ordinary(Path(path).stat())  # before opening it: some devices act on being opened
        # Should a pipe take the name at this very moment, O_NONBLOCK keeps us from waiting for its writer.
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        descriptor = os.open(path, flags)
    except FileNotFoundError:
        if is_address(path):
            raise OSError(errno.EINVAL, IS_ADDRESS) from None
        raise
    except ValueError:  # a zero byte, or half a character
        raise OSError(errno.EINVAL, "no file can have this name") from None
    try:
        found = os.fstat(descriptor)
        _require_ordinary(found)
        _read.add((found.st_dev, found.st_ino))
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def read_ordinary(path: str | os.PathLike[str], most: int) -> bytes:
    """All bytes of an ordinary file of at most `most` bytes; what is appended meanwhile is left out.

    Raises:
        TooLargeError: it is larger; nothing was read.
        OSError: as `open_ordinary`.
    """
    with open_ordinary(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size > most:
            raise TooLargeError(size, most)
        return file.read(size)


def was_read(path: str | os.PathLike[str], others: Iterable[str | os.PathLike[str]] = ()) -> bool:
    """Whether a name leads to a file that this process has read, or that `others` lead to, by any link."""
    same = _number_of(path)
    return same is not None and (same in _read or any(_number_of(other) == same for other in others))


def _number_of(path: str | os.PathLike[str]) -> tuple[int, int] | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - Path(path) raises for some names
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino


def is_same_file(path: str | os.PathLike[str], other: str | os.PathLike[str]) -> bool:
    """Whether two names lead to the same file or folder, by any spelling and any link."""
    same = _number_of(path)
    return os.path.realpath(path) == os.path.realpath(other) or (
        same is not None and same == _number_of(other)
    )


def _require_ordinary(found: os.stat_result) -> None:
    if stat.S_ISDIR(found.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "a pipe or a device, expected an ordinary file")


# Writing


def draft_of(path: Path) -> Path:
    """A new name in the same folder, for writing what will become the file."""
    return path.with_name(f".{path.name}.{os.urandom(_DRAFT_BYTES).hex()}.part")


def drafts_of(path: Path) -> list[Path]:
    """The drafts of a file: being written now, or left behind by programs that were killed."""
    path = Path(os.path.realpath(path))
    return list(path.parent.glob(f".{glob.escape(path.name)}.{'[0-9a-f]' * 2 * _DRAFT_BYTES}.part"))


@contextmanager
def whole_file(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Open a file for writing that appears under its name only when the block ends without an error.

    A link is followed: the file that it points to is replaced, not the link.

    Raises:
        OSError: the folder cannot be written to, the disk is full, or the name is not that of a file; an
            existing file is unchanged.
    """
    path = Path(os.path.realpath(path))
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "not an ordinary file", str(path))
    if not path.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "there is no such folder", str(path.parent))
    draft = draft_of(path)
    try:
        with draft.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        with suppress(OSError):  # report the first error, not one that follows from it
            draft.unlink()
        raise
    with suppress(OSError):  # force the new name onto the disk, too; not every system can
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


# Locking


def lock(path: Path) -> FileLock | None:
    """Lock a file, made for this purpose, for this process; None if another process holds the lock.

    Raises:
        OSError: there is something else of that name, or the file cannot be made or locked.
    """
    from filelock import FileLock, Timeout  # here, because reading a picture needs no lock

    while True:
        if path.exists() and not path.is_file():
            raise OSError(errno.EINVAL, "not an ordinary file", str(path))
        held = FileLock(path, timeout=0)
        try:
            held.acquire()
        except Timeout:
            return None
        # The process that held it before may have deleted the file meanwhile, and others would then lock a
        # new one. So the lock counts only if the file that now has the name turns out to be locked.
        try:
            FileLock(path, timeout=0).acquire().lock.release()
        except Timeout:
            return held
        held.release()


def unlock(held: FileLock) -> None:
    """End a lock and delete its file."""
    with suppress(OSError):  # the folder may be gone or locked; a file left behind locks nobody out
        path = Path(held.lock_file)
        if not path.stat().st_size:  # else somebody has put something into it
            path.unlink()
    held.release()
