"""A folder that nothing may lead out of: Python tells of every file and socket before it is opened.

The hook stays for as long as the process does, for Python has no way to take it off; outside of `guarded` it
sleeps.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mnist_ocr.images import decode

FORBIDDEN = (
    "socket.",
    "subprocess.",
    "os.system",
    "os.exec",
    "os.fork",
    "os.posix_spawn",
    "os.spawn",
    "os.startfile",
    "urllib.",
    "webbrowser.",
    "pickle.",
    "ctypes.dlopen",
)
"""Events that no file may cause, wherever they lead."""

WITH_PATHS = (
    "open",
    "os.listdir",
    "os.scandir",
    "os.mkdir",
    "os.remove",
    "os.rmdir",
    "os.rename",
    "os.link",
    "os.symlink",
    "os.chmod",
    "os.chown",
    "os.truncate",
    "os.utime",
    "shutil.",
)
"""Events whose first two arguments are paths or flags."""

_state: dict[str, Any] = {"folder": None, "broken": [], "elsewhere": None, "installed": ()}


@contextmanager
def guarded(folder: Path, elsewhere: Path | None = None) -> Iterator[None]:
    """Let the block touch nothing but a folder, and read nothing but one file elsewhere.

    Raises:
        AssertionError: it did, or tried to.
    """
    if not _state["installed"]:
        # What is imported late is code that is installed, and no file of anybody's.
        _state["installed"] = tuple(os.path.realpath(place or ".") for place in sys.path)
        sys.addaudithook(_listen)
    _state["broken"] = []
    _state["elsewhere"] = None if elsewhere is None or "\0" in str(elsewhere) else os.path.realpath(elsewhere)
    _state["folder"] = os.path.realpath(folder) + os.sep
    try:
        yield
    finally:
        _state["folder"] = None
        assert not _state["broken"], f"left the folder: {_state['broken'][:3]}"


def _listen(event: str, arguments: tuple[Any, ...]) -> None:
    if _state["folder"] is None:
        return
    if event == "subprocess.Popen" and _is_the_decoder(arguments):
        return
    if event.startswith(FORBIDDEN) or (event in ("exec", "compile") and _is_from_text(arguments)):
        _refuse(event, arguments)
    if event.startswith(WITH_PATHS):
        for path in arguments[: 2 if event in ("os.rename", "os.link", "os.symlink") else 1]:
            if not isinstance(path, int) and not _is_inside(event, os.fsdecode(path or "."), arguments):
                _refuse(event, arguments)


def _is_the_decoder(arguments: tuple[Any, ...]) -> bool:
    """Whether the process is started that decodes costly pictures; it opens no files."""
    return arguments[0] == sys.executable and decode.__file__ in arguments[1]


def _is_from_text(arguments: tuple[Any, ...]) -> bool:
    """Whether text becomes code, and not by the standard library, which makes its named tuples that way."""
    if getattr(arguments[0], "co_filename", arguments[-1]) != "<string>":
        return False
    return not sys._getframe(2).f_code.co_filename.startswith((sys.prefix, sys.base_prefix))


def _is_inside(event: str, path: str, arguments: tuple[Any, ...]) -> bool:
    real = os.path.realpath(path)
    if real == os.devnull or (real + os.sep).startswith(_state["folder"]):
        return True
    if event in ("os.listdir", "os.scandir"):
        return real.startswith(_state["installed"])
    flags = arguments[2] if event == "open" else os.O_WRONLY
    if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
        # Python keeps the bytecode of what it imports for the first time beside the code.
        return real.startswith(_state["installed"]) and f"{os.sep}__pycache__" in real
    return real == _state["elsewhere"] or real.startswith(_state["installed"])


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    _state["broken"].append(f"{event} {str(arguments)[:200]}")
    raise PermissionError(f"outside of the sandbox: {event}")
