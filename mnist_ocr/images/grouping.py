"""Which pieces of ink are the same digit.

A pen is lifted for the bar of a 5 and for the second stroke of a 4, and a weak stroke breaks: one digit
is often several pieces. Pieces nearly as tall as the main one are the bodies of digits; two of them are
one digit only if they stand above each other or all but touch. Whatever is smaller goes to the nearest
digit, or to none. In doubt it is one digit: most pictures hold one.
"""

from __future__ import annotations

import numpy as np

from mnist_ocr.images.arrays import BoolArray, IntArray
from mnist_ocr.images.pieces import Pieces

SPECK = 0.01
"""A piece with less than this share of the main piece's ink is a speck."""

BODY = 0.55
"""A piece at least this share as tall as the tallest is the body of a digit."""

ABOVE = 0.5
"""Bodies stand side by side where they share this much of the lower one's height, but not of the width."""

NEAR = 0.25
"""A piece within this share of a digit's longer side belongs to it ..."""

TOUCHING = 0.1
"""... and a body beside it within this share: a 0 that is open above and below."""


def group(pieces: Pieces, main: int, digits: BoolArray) -> list[BoolArray]:
    """Sort pieces into digits.

    Args:
        pieces: all ink of the picture.
        main: the piece that is a digit for certain.
        digits: which pieces could be digits of their own, shape (count,).

    Returns:
        For each digit, from left to right, which pieces are its own, shape (count,).
    """
    at_edge = pieces.touches_edge()
    possible = (pieces.areas >= SPECK * pieces.areas[main]) & (~at_edge | at_edge[main])
    possible[main] = True
    heights = pieces.boxes[:, 3] - pieces.boxes[:, 1]
    tall = heights >= BODY * heights[possible & digits].max()
    bodies = possible & tall & digits
    bodies[main] = True
    possible &= bodies | ~tall  # as tall as a digit, yet none: a frame or a rule
    length = float((pieces.boxes[main, 2:] - pieces.boxes[main, :2]).max())
    owner = _join_bodies(pieces.boxes, np.nonzero(bodies)[0], length)
    _attach(pieces.boxes, owner, possible)
    found = [owner == index for index in np.unique(owner[owner >= 0])]
    return sorted(found, key=lambda members: int(_around(pieces.boxes, members)[0]))


def _join_bodies(boxes: IntArray, bodies: IntArray, length: float) -> IntArray:
    """The digit that each body is part of, named by one of its bodies; -1 for all other pieces.

    Gaps are measured in `length`, the longer side of the main piece.
    """
    owner = np.full(len(boxes), -1, dtype=np.intp)
    owner[bodies] = bodies
    for position, first in enumerate(bodies):
        for second in bodies[position + 1 :]:
            if _same_digit(boxes[first], boxes[second], length):
                owner[owner == owner[second]] = owner[first]
    return owner


def _same_digit(first: IntArray, second: IntArray, length: float) -> bool:
    """Whether two bodies are parts of one digit: not two that stand side by side."""
    sides = np.minimum(first[2:] - first[:2], second[2:] - second[:2])
    gaps = np.maximum(first[:2], second[:2]) - np.minimum(first[2:], second[2:])  # negative: they overlap
    beside = gaps[0] > -ABOVE * sides[0] and gaps[1] <= -ABOVE * sides[1]
    return bool((gaps <= (TOUCHING if beside else NEAR) * length).all())


def _attach(boxes: IntArray, owner: IntArray, possible: BoolArray) -> None:
    """Give the smaller pieces, in place, to the digits that they lie close to."""
    changed = True
    while changed:  # a digit that has grown reaches further: the pieces of a broken stroke form a chain
        changed = False
        for digit in np.unique(owner[owner >= 0]):
            box = _around(boxes, owner == digit)
            reach = NEAR * (box[2:] - box[:2]).max()
            gaps = np.maximum(boxes[:, :2] - box[2:], box[:2] - boxes[:, 2:]).max(axis=1)
            more = possible & (owner < 0) & (gaps <= reach)
            owner[more] = digit
            changed |= bool(more.any())


def _around(boxes: IntArray, members: BoolArray) -> IntArray:
    """The box around several pieces: left, top, right, bottom."""
    return np.concatenate((boxes[members, :2].min(axis=0), boxes[members, 2:].max(axis=0)))
