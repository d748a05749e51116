"""What a command says: stdout and stderr that last as long as it does, and steer no terminal."""

from __future__ import annotations

import errno
import os
import re
from typing import Any, TextIO

from mnist_ocr.errors import printable

NOBODY_READS = (errno.EPIPE, errno.EIO)
"""What writing to a pipe fails with whose reader has left, and to a terminal that was closed."""


def say(line: str, stream: TextIO) -> None:
    """Print a line at once; where nobody reads any more, the training goes on for the sake of its file."""
    try:
        print(line, file=stream, flush=True)
    except OSError:
        let_go_of(stream)


class Lasting:
    """A stream that can always be written to, and on which no name from a file can steer the terminal.

    Attributes:
        failure: why what was written did not arrive, or None.
        within_line: whether the last line has no end yet, as that of a progress bar.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.failure: OSError | None = None
        self.within_line = False

    def write(self, text: str) -> int:
        """Write, if anybody still reads."""
        if text:
            self.within_line = text[-1] not in "\r\n"
        try:
            self._stream.write(_without_control(text))
        except OSError as error:
            self._give_up(error)
        return len(text)

    def flush(self) -> None:
        """Flush likewise."""
        try:
            self._stream.flush()
        except OSError as error:
            self._give_up(error)

    def _give_up(self, error: OSError) -> None:
        self.failure = self.failure or error
        let_go_of(self._stream)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


_OURS = re.compile(r"(\r?\n|\x1b\[38;5;\d+;48;5;\d+m(?=▀)|\x1b\[0m)")
"""What the program itself sends to a terminal: lines, and the greys of a drawn picture ..."""

_OF_A_BAR = re.compile(r"\r[^\x00-\x1f]*\r?|\n*(\x1b\[A)*")
"""... and a progress bar, which is written over again and again."""


def _without_control(text: str) -> str:
    """The text with escapes instead of characters that could control a terminal and are not our own."""
    if text.isprintable() or _OF_A_BAR.fullmatch(text):
        return text
    parts = _OURS.split(text)  # ours are every second one
    parts[::2] = map(printable, parts[::2])
    return "".join(parts)


def let_go_of(stream: TextIO) -> None:
    """Send what is still said to nowhere: a terminal that is gone takes it with an error."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
