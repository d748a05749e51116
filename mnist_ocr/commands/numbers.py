"""Numbers on the command line: what each may be, for argparse."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TypeVar

from mnist_ocr.errors import one_line

Number = TypeVar("Number", int, float)

MOST_NODES = 100_000
"""In a hidden layer."""

MOST_PARAMETERS = 50_000_000
"""Of a network that is trained: 440 MB of text, which is nearly as much as is read again."""


def _number(
    kind: Callable[[str], Number], fits: Callable[[Number], bool], expected: str
) -> Callable[[str], Number]:
    """A reader of numbers for argparse, which says what was expected."""

    def read(text: str) -> Number:
        try:
            number = kind(text)
        except ValueError:
            number = None
        if number is None or not fits(number):
            raise argparse.ArgumentTypeError(f"{one_line(text)}: expected {expected}")
        return number

    return read


positive_int = _number(int, lambda number: number >= 1, "a whole number from 1")
natural = _number(int, lambda number: number >= 0, "a whole number from 0")
part = _number(float, lambda number: 0 <= number <= 1, "a number from 0 to 1")
below_one = _number(float, lambda number: 0 <= number < 1, "a number from 0 to below 1")
positive_float = _number(float, lambda number: 0 < number < float("inf"), "a number above 0")
not_negative = _number(float, lambda number: 0 <= number < float("inf"), "a number from 0")
layer_size = _number(
    int, lambda number: 1 <= number <= MOST_NODES, f"a number of nodes such as 128, at most {MOST_NODES:,}"
)
