"""What goes wrong outside the program, told to a person.

Every room that takes something from outside (a picture, a data set, a model file, an option) raises
an `InputError` whose message says what was wrong, where, what was expected and what to do. The
commands print that message on one line and exit with code 2; a traceback is for our own mistakes only.
"""

from __future__ import annotations


class InputError(ValueError):
    """Something that came from outside cannot be used; the message is written for the person."""
