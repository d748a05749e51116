"""Which pieces of ink make a digit, and which are specks, rules, frames or the neighbours.

The piece with the most ink is taken for (the main part of) the digit; one that reaches the edge of the
picture has to be much larger, because frames, ruled lines and strokes that leave the picture all do.
Smaller pieces belong to it when they lie close: a broken stroke, the bar of a 5, the second stroke of a 4.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mnist_ocr.images.arrays import BoolArray, FloatArray
from mnist_ocr.images.pieces import Pieces, find_pieces

LEVELS = (0.45, 0.3, 0.2, 0.12, 0.07)
"""Darkness at which ink is looked for, from marker down to hard pencil; the first with a digit is taken."""

NOISE_MARGIN = 4.5
"""Ink is darker than this many standard deviations of the paper."""

SMALLEST = 0.06
"""Longer side of the smallest thing taken for a digit, in short sides of the picture."""

EDGE_HANDICAP = 0.25
"""Ink on a piece that reaches the edge counts this much."""

FRAME_CONTACT = 0.3
"""A piece lying along the edge for this share of the short side is a frame or a dark corner."""

NEAR = 0.25
"""A piece within this share of the digit's longer side belongs to it."""

SPECK = 0.01
"""A piece with less than this share of the digit's ink is a speck."""


@dataclass(frozen=True)
class Digit:
    """The ink of one digit.

    Attributes:
        mask: its pixels, shape (height, width).
        dropped: pixels of ink that were left out, shape (height, width).
        level: darkness above which a pixel was taken for ink.
    """

    mask: BoolArray
    dropped: BoolArray
    level: float


def find_digit(darkness: FloatArray, noise: float) -> Digit | None:
    """The clearest digit of a picture, or None where there is no ink."""
    faintest = NOISE_MARGIN * noise
    for level in LEVELS:
        if level < faintest:
            break
        pieces = find_pieces(darkness > level)
        main = _main_piece(pieces, darkness)
        if main is None:
            continue
        ink = darkness[pieces.labels == main]
        refined = max(float(np.percentile(ink, 75)) / 2, faintest)
        pieces = find_pieces(darkness > refined)
        main = _main_piece(pieces, darkness)
        if main is None:
            continue
        keep = _belonging(pieces, main)
        mask = pieces.mask(keep)
        return Digit(mask, (pieces.labels >= 0) & ~mask, refined)
    return None


def _main_piece(pieces: Pieces, darkness: FloatArray) -> int | None:
    if pieces.count == 0:
        return None
    short = min(darkness.shape)
    inked = pieces.labels >= 0
    ink = np.bincount(pieces.labels[inked], weights=darkness[inked], minlength=pieces.count)
    sides = (pieces.boxes[:, 2:] - pieces.boxes[:, :2]).max(axis=1)
    score = np.where(pieces.touches_edge(), EDGE_HANDICAP, 1.0) * ink
    score[sides < max(3, SMALLEST * short)] = 0
    border = np.ones_like(inked)
    border[1:-1, 1:-1] = False
    contact = np.bincount(pieces.labels[border & inked], minlength=pieces.count)
    score[contact > FRAME_CONTACT * short] *= 0.01
    main = int(np.argmax(score))
    return main if score[main] > 0 else None


def _belonging(pieces: Pieces, main: int) -> BoolArray:
    keep = np.zeros(pieces.count, dtype=bool)
    keep[main] = True
    edge = pieces.touches_edge()
    possible = (pieces.areas >= SPECK * pieces.areas[main]) & (~edge | edge[main])
    while True:
        box = np.concatenate((pieces.boxes[keep, :2].min(axis=0), pieces.boxes[keep, 2:].max(axis=0)))
        reach = NEAR * (box[2:] - box[:2]).max()
        gap = np.maximum(pieces.boxes[:, :2] - box[2:], box[:2] - pieces.boxes[:, 2:]).max(axis=1)
        more = possible & (gap <= reach) & ~keep
        if not more.any():
            return keep
        keep |= more
