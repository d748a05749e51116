"""Writing a file so that nobody ever sees half of it, and so that no two programs write it at once.

The bytes go into a draft in the same folder, are forced onto the disk, and the draft then takes the
file's name in one step. Whoever opens the name meanwhile, or after a crash, gets the whole old file or
the whole new one.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

_FAR_BEHIND = 2**40
"""Windows locks bytes and not files: one that nothing that is written ever reaches."""


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
    draft = path.with_name(f".{path.name}.{os.urandom(4).hex()}.part")
    try:
        with draft.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
