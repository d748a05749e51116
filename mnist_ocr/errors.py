"""What goes wrong outside the program, told to a person.

Every room that takes something from outside (a picture, a data set, a model file, an option) raises
an `InputError` whose message says what was wrong, where, what was expected and what to do. The
commands print that message on one line and exit with code 2; a traceback is for our own mistakes only.
"""

from __future__ import annotations


class InputError(ValueError):
    """Something that came from outside cannot be used; the message is written for the person.

    A message repeats names and cells from outside. Whatever in them would steer a terminal, and not be seen
    on it, is shown as its escape; a message itself may have several lines.
    """

    def __init__(self, message: str = "") -> None:
        super().__init__("\n".join(map(printable, message.split("\n"))))


def one_line(found: object, most: int = 200) -> str:
    """What came from outside as it may appear in a message: on one line, and no longer than `most`."""
    text = str(found)
    return printable(text[:most]) + ("…" if len(text) > most else "")


def printable(text: str) -> str:
    """A name from outside as it may be printed: what would steer a terminal is shown as its escape."""
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else repr(character)[1:-1] for character in text)
