"""Which pieces of ink could be a digit: not specks, frames, dark corners or boxes on a form.

The more ink a piece has, the more likely it is the digit. One that reaches the edge of the picture has to
have much more, because table edges, shadows and strokes that leave the picture all reach it; but a digit
that was cut out tightly does, too.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from mnist_ocr.images.arrays import BoolArray, FloatArray
from mnist_ocr.images.pieces import Pieces

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


def scores_of(pieces: Pieces, darkness: FloatArray) -> npt.NDArray[np.float64]:
    """How much speaks for each piece being the digit: its ink, or 0 where it cannot be one.

    Args:
        pieces: all ink of the picture.
        darkness: shape (height, width), 0 paper to 1 black.

    Returns:
        Shape (count,).
    """
    short = min(darkness.shape)
    ink = pieces.total(darkness)
    at_edge = pieces.touches_edge()
    longer = pieces.longer_sides()
    in_rim = pieces.total(_rim(darkness.shape, round(RIM * short)))
    frame = at_edge & (in_rim > FRAME * pieces.areas)
    unlikely = frame | (longer < np.where(at_edge, SMALLEST_AT_EDGE, SMALLEST) * short)
    scores = np.where(unlikely, 0, np.where(at_edge, EDGE_HANDICAP, 1) * ink)
    while scores.any() and _is_box(pieces, int(np.argmax(scores))):
        scores[np.argmax(scores)] = 0
    return scores


def ink_in_specks(pieces: Pieces, darkness: FloatArray) -> float:
    """The ink of all specks together: more than any piece has, and it is the grain of the paper."""
    specks = pieces.longer_sides() < SMALLEST * min(darkness.shape)
    return float(pieces.total(darkness)[specks].sum())


def _is_box(pieces: Pieces, piece: int) -> bool:
    """Whether a piece is a frame drawn around something: as on a form, "one digit in each box"."""
    left, top, right, bottom = pieces.boxes[piece]
    starts, ends = pieces.boxes[:, :2], pieces.boxes[:, 2:]
    inside = np.hstack((starts > (left, top), ends < (right, bottom))).all(axis=1)
    if not (pieces.longer_sides()[inside] >= INSIDE * max(right - left, bottom - top)).any():
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
