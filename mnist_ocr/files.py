"""Writing a file so that nobody ever sees half of it, and so that no two programs write it at once.

The bytes go into a draft in the same folder, are forced onto the disk, and the draft then takes the
file's name in one step. Whoever opens the name meanwhile, or after a crash, gets the whole old file or
the whole new one.
"""

from __future__ import annotations

import errno
import glob
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

_FAR_BEHIND = 2**40
"""Windows locks bytes and not files: one that nothing that is written ever reaches."""

_DRAFT_BYTES = 4
"""Of chance in the name of a draft."""


def try_lock(file: BinaryIO) -> bool:
    """Lock an open file for this process; False if another one has. The lock ends when the file is closed.

    Raises:
        OSError: there are no locks where the file is.
    """
    try:
        if sys.platform == "win32":
            import msvcrt

            file.seek(_FAR_BEHIND)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EAGAIN, errno.EACCES):
            return False
        raise
    return True


def draft_of(path: Path) -> Path:
    """A new name, in the same folder, for what is to become a file."""
    return path.with_name(f".{path.name}.{os.urandom(_DRAFT_BYTES).hex()}.part")


def drafts_of(path: Path) -> list[Path]:
    """What was left of writing a file, by programs that were killed meanwhile, or is being written now."""
    path = Path(os.path.realpath(path))
    return list(path.parent.glob(f".{glob.escape(path.name)}.{'[0-9a-f]' * 2 * _DRAFT_BYTES}.part"))


@contextmanager
def whole_file(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Open a file for writing that appears under its name only when the block ends without an error.

    A link is followed: what it leads to is replaced, not the link.

    Raises:
        OSError: the folder cannot be written to, the disk is full, or what is there is no file; what was
            there is as it was.
    """
    path = Path(os.path.realpath(path))
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "not an ordinary file", str(path))
    draft = draft_of(path)
    try:
        with draft.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        with suppress(OSError):  # what went wrong is told, and not what follows from it
            draft.unlink()
        raise
    _force_name_onto_disk(path.parent)


def _force_name_onto_disk(folder: Path) -> None:
    """Make sure that the file has its new name even if the power fails now; not every system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
