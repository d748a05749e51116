"""The digits of a picture: how dark its ink is, and which pieces of it make a digit.

Ink is looked for from dark to faint, so that a digit in marker is found before the squares of the paper
that it is on, and pencil is found where there is nothing darker. Once there is a digit, the level moves
half way between its ink and the ground around it, so that faint ends of its strokes come along.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mnist_ocr.images.arrays import BoolArray, FloatArray
from mnist_ocr.images.candidates import ink_in_specks, scores_of
from mnist_ocr.images.grouping import group
from mnist_ocr.images.pieces import Pieces, find_pieces
from mnist_ocr.images.rules import without_rules

LEVELS = (0.45, 0.3, 0.2, 0.12, 0.07)
"""Darkness at which ink is looked for, from marker down to hard pencil; the first with a digit is taken."""

NOISE_MARGIN = 4.5
"""Ink is darker than this many standard deviations of the paper."""

REFINEMENTS = 2
"""How often the level is moved half way between ink and ground; a third time changes nothing."""


@dataclass(frozen=True, eq=False)
class Digit:
    """The ink of one digit.

    Attributes:
        mask: its pixels, shape (height, width).
        pieces: how many connected pieces it is made of.
    """

    mask: BoolArray
    pieces: int


@dataclass(frozen=True)
class Digits:
    """The digits of a picture.

    Attributes:
        found: from left to right, at least one.
        main: index of the one with the most ink.
        dropped: pixels of ink that belong to none, shape (height, width).
        dropped_pieces: how many pieces those are.
        level: darkness above which a pixel was taken for ink.
    """

    found: tuple[Digit, ...]
    main: int
    dropped: BoolArray
    dropped_pieces: int
    level: float

    def only(self, kept: list[Digit]) -> Digits:
        """The same picture with some of its digits, at least one; the ink of the others counts as dropped."""
        gone = [digit for digit in self.found if digit not in kept]
        if not gone:
            return self
        main = max(range(len(kept)), key=lambda index: int(kept[index].mask.sum()))
        dropped = np.logical_or.reduce([self.dropped, *(digit.mask for digit in gone)])
        return Digits(
            tuple(kept), main, dropped, self.dropped_pieces + sum(digit.pieces for digit in gone), self.level
        )


def find_digits(darkness: FloatArray, noise: float) -> Digits | None:
    """The digits of a picture, or None where there is no ink.

    Args:
        darkness: shape (height, width), 0 paper to 1 black.
        noise: standard deviation of the paper's darkness.
    """
    faintest = NOISE_MARGIN * noise
    for level in LEVELS:
        if level < faintest:
            return None
        pieces = _pieces_at(level, darkness)
        scores = scores_of(pieces, darkness)
        if scores.max(initial=0) > ink_in_specks(pieces, darkness):
            break
    else:
        return None
    for _ in range(REFINEMENTS):
        finer_level = max(_between(darkness, pieces, int(np.argmax(scores))), faintest)
        finer = _pieces_at(finer_level, darkness)
        finer_scores = scores_of(finer, darkness)
        if finer_scores.any():
            level, pieces, scores = finer_level, finer, finer_scores
    main = int(np.argmax(scores))
    groups = group(pieces, main, scores > 0)
    found = tuple(Digit(pieces.mask(members), int(members.sum())) for members in groups)
    belongs = np.any(groups, axis=0)
    where = next(index for index, members in enumerate(groups) if members[main])
    return Digits(found, where, pieces.mask(~belongs), int((~belongs).sum()), level)


def _pieces_at(level: float, darkness: FloatArray) -> Pieces:
    return find_pieces(without_rules(darkness > level))


def _between(darkness: FloatArray, pieces: Pieces, piece: int) -> float:
    """The darkness half way between a piece of ink and the ground around it (Ridler and Calvard, 1978)."""
    left, top, right, bottom = pieces.boxes[piece]
    margin = max(right - left, bottom - top) // 2
    around = slice(max(top - margin, 0), bottom + margin), slice(max(left - margin, 0), right + margin)
    values, labels = darkness[around], pieces.labels[around]
    ink, ground = values[labels == piece], values[labels < 0]
    return float(ink.mean() + (ground.mean() if ground.size else 0)) / 2
