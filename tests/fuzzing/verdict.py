"""The two outcomes that are right: something was read, or one error says why not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from mnist_ocr.errors import InputError
from tests.fuzzing.sandbox import guarded

Found = TypeVar("Found")

LONGEST_MESSAGE = 3000
"""Characters; nobody reads more, and a file does not decide how much of it is shown."""


def read_or_refused(
    read: Callable[[], Found], folder: Path, *, lines: int = 1, elsewhere: Path | None = None
) -> Found | None:
    """What was read, or None where it was refused in words that can be shown to a person.

    Args:
        read: the reader; any error but an `InputError` is a failure of the program.
        folder: out of which nothing may lead.
        lines: the most that a message may have.
        elsewhere: a file that may be read all the same.
    """
    try:
        with guarded(folder, elsewhere):
            return read()
    except InputError as error:
        message = str(error)
    assert message.strip(), "an error without a word"
    assert len(message) <= LONGEST_MESSAGE, f"a message of {len(message):,} characters: {message[:300]!r}"
    found = message.split("\n")
    assert len(found) <= lines, f"a message of {len(found)} lines: {message[:300]!r}"
    assert all(line.isprintable() for line in found), f"a message that steers a terminal: {message[:300]!r}"
    assert "not enough memory" not in message, message
    return None
