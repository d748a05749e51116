"""Which ink makes a digit, and which is a speck, a rule, a frame or the neighbour.

Ink is looked for from dark to faint, so that a digit in marker is found before the squares of the paper
that it is on, and pencil is found where there is nothing darker. The piece with the most ink is the
digit, or its main part; one that reaches the edge of the picture has to be much larger, because frames,
ruled lines and strokes that leave the picture all do. What else belongs to it, `grouping` decides.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mnist_ocr.images.arrays import BoolArray, FloatArray
from mnist_ocr.images.grouping import group
from mnist_ocr.images.pieces import Pieces, find_pieces

LEVELS = (0.45, 0.3, 0.2, 0.12, 0.07)
"""Darkness at which ink is looked for, from marker down to hard pencil; the first with a digit is taken."""

NOISE_MARGIN = 4.5
"""Ink is darker than this many standard deviations of the paper."""

REFINEMENTS = 2
"""How often the level is moved half way between ink and ground; a third time changes nothing."""

SMALLEST = 0.03
"""Longer side, in short sides of the picture, of the smallest thing taken for a digit."""

SMALLEST_AT_EDGE = 0.25
"""The same for what reaches the edge: a digit cut out tightly is as large as its picture."""

EDGE_HANDICAP = 0.25
"""Ink on a piece that reaches the edge counts this much."""

RIM = 0.12
"""Width, in short sides, of the rim along the edge of the picture ..."""

FRAME = 0.9
"""... and the share within the rim that makes a piece at the edge a frame or a dark corner."""

INSIDE = 0.25
"""What is drawn inside of a box is at least this share as long as the box ..."""

BOX_SIDE = 0.9
"""... which lies along this share of each of its sides, where a 0 is round."""

BOX_BAND = 0.1
"""Where along its sides a box is looked for, in its own width and height: people hold phones tilted."""


@dataclass(frozen=True)
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
        pieces = find_pieces(darkness > level)
        scores = _scores(pieces, darkness)
        if scores.any():
            break
    else:
        return None
    for _ in range(REFINEMENTS):
        level = max(_between(darkness, pieces, int(np.argmax(scores))), faintest)
        pieces = find_pieces(darkness > level)
        scores = _scores(pieces, darkness)
        if not scores.any():
            return None
    main = int(np.argmax(scores))
    groups = group(pieces, main, scores > 0)
    found = tuple(Digit(pieces.mask(members), int(members.sum())) for members in groups)
    belongs = np.any(groups, axis=0)
    where = next(index for index, members in enumerate(groups) if members[main])
    return Digits(found, where, pieces.mask(~belongs), int((~belongs).sum()), level)


def _scores(pieces: Pieces, darkness: FloatArray) -> npt.NDArray[np.float64]:
    """How much speaks for each piece being (the main part of) a digit: its ink; 0 for specks and frames.

    More ink in specks than in any piece is the grain of the paper: then all are 0. Shape (count,).
    """
    short = min(darkness.shape)
    ink = pieces.total(darkness)
    at_edge = pieces.touches_edge()
    longer = (pieces.boxes[:, 2:] - pieces.boxes[:, :2]).max(axis=1)
    speck = longer < SMALLEST * short
    in_rim = pieces.total(_rim(darkness.shape, round(RIM * short)))
    frame = at_edge & (in_rim > FRAME * pieces.areas)
    unlikely = speck | frame | (at_edge & (longer < SMALLEST_AT_EDGE * short))
    scores = np.where(unlikely, 0, np.where(at_edge, EDGE_HANDICAP, 1) * ink)
    while scores.any() and _is_box(pieces, int(np.argmax(scores))):
        scores[np.argmax(scores)] = 0
    return scores if scores.max(initial=0) > ink[speck].sum() else np.zeros_like(scores)


def _is_box(pieces: Pieces, piece: int) -> bool:
    """Whether a piece is a frame drawn around something: as on a form, "one digit in each box"."""
    left, top, right, bottom = pieces.boxes[piece]
    inside = (pieces.boxes[:, :2] > (left, top)).all(axis=1) & (pieces.boxes[:, 2:] < (right, bottom)).all(
        axis=1
    )
    sides = (pieces.boxes[inside, 2:] - pieces.boxes[inside, :2]).max(axis=1)
    if not (sides >= INSIDE * max(right - left, bottom - top)).any():
        return False
    ink = pieces.labels[top:bottom, left:right] == piece
    rows, columns = (max(1, round(BOX_BAND * side)) for side in ink.shape)
    bands = (
        ink[:rows].any(axis=0),
        ink[-rows:].any(axis=0),
        ink[:, :columns].any(axis=1),
        ink[:, -columns:].any(axis=1),
    )
    return all(band.mean() >= BOX_SIDE for band in bands)


def _rim(shape: tuple[int, ...], width: int) -> BoolArray:
    """The pixels less than `width` from the edge."""
    rim = np.ones(shape, dtype=np.bool_)
    rim[width : shape[0] - width, width : shape[1] - width] = False
    return rim


def _between(darkness: FloatArray, pieces: Pieces, piece: int) -> float:
    """The darkness half way between a piece of ink and the ground around it (Ridler and Calvard, 1978)."""
    left, top, right, bottom = pieces.boxes[piece]
    margin = max(right - left, bottom - top) // 2
    around = slice(max(top - margin, 0), bottom + margin), slice(max(left - margin, 0), right + margin)
    values, labels = darkness[around], pieces.labels[around]
    ink, ground = values[labels == piece], values[labels < 0]
    return float(ink.mean() + (ground.mean() if ground.size else 0)) / 2
