"""The error for wrong input.

Whatever the program is given (a picture, a data set, a model file, an option), if it cannot be used, the
message of an `InputError` says what was wrong, where, what was expected and what to do. The commands print
the message and exit with code 2; only an error in the program itself gives a traceback.
"""

from __future__ import annotations


class InputError(ValueError):
    """Some input cannot be used; the message is written for a person and may have several lines.

    It may contain names and cells from files. Invisible characters in them could control a terminal, so they
    are replaced by escapes.
    """

    def __init__(self, message: str = "") -> None:
        super().__init__("\n".join(map(printable, message.split("\n"))))


def one_line(found: object, most: int = 200) -> str:
    """A value from a file, for a message: on one line, with at most `most` characters."""
    text = str(found)
    return printable(text[:most]) + ("…" if len(text) > most else "")


def printable(text: str) -> str:
    """The text with escapes instead of invisible characters, which could control a terminal."""
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else repr(character)[1:-1] for character in text)
