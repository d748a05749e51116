"""Lines that are printed or drawn around the writing: the boxes of a form, an underline.

The lines of ruled paper run from edge to edge (`components`); these end somewhere in the picture, and digits
stand on them and cross them. A line is long, straight and thin, so the pixels along every line of the page's
tilt are divided into runs, and long runs are lines: those longer than two digits can be, and shorter ones
that form a box. A line is removed where the ink is not much thicker than the line: where a stroke crosses it,
the stroke stays whole.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mnist_ocr.images.arrays import BoolArray, IntArray, median
from mnist_ocr.images.components import TILTS

LONG = 2.2
"""Length of a line that is no stroke, in heights of the writing."""

BOX_SIDE = 0.55
"""Height of the lowest box, in heights of the writing ..."""

BOX_WIDTH = 0.3
"""... and width of the narrowest."""

CORNER = 0.1
"""Two sides of a box meet within this distance, in heights of the writing."""

GAP = 0.03
"""A line may be interrupted by this much, in heights of the writing."""

THICKER = 1.6
"""Where ink is this many times as thick as the line, a stroke crosses it."""

MOST_RUNS = 1000
"""The longest runs that are looked at for boxes, in each direction."""


SAMPLE = 40_000
"""The tilt is found with about this many pixels of ink."""


@dataclass(frozen=True)
class _Runs:
    """Runs of ink along parallel lines, shape (runs,) each.

    Attributes:
        tilt: rows per column; pixel (row, column) is on line row + tilt * column.
        line, first, last: the line, the first and the last column of each run.
        of_pixel: the run of every pixel, shape (pixels,).
    """

    tilt: float
    line: IntArray
    first: IntArray
    last: IntArray
    of_pixel: IntArray

    @property
    def length(self) -> IntArray:
        """In pixels."""
        length: IntArray = self.last - self.first + 1
        return length


def without_lines(mask: BoolArray, height: float) -> BoolArray:
    """The mask without long lines and boxes.

    Args:
        mask: the ink, shape (height, width).
        height: of the writing, roughly; a box around a digit is not much larger.
    """
    rows, columns = np.nonzero(mask)
    if not rows.size:
        return mask
    gap = max(1, round(GAP * height))
    across, down = _runs(rows, columns, gap), _runs(columns, rows, gap)
    sides, bars = _boxes(across, down, height)
    bars |= across.length >= LONG * height
    ink = _erased(mask, rows, columns, bars[across.of_pixel])
    upright: BoolArray = _erased(ink.T, columns, rows, sides[down.of_pixel]).T
    return upright


def _runs(rows: IntArray, columns: IntArray, gap: int) -> _Runs:
    """The runs of ink along the lines of that tilt for which the ink is concentrated on fewest lines."""
    few = slice(None, None, 1 + len(rows) // SAMPLE)
    tilt = max(TILTS, key=lambda tilt: _sharpness(rows[few] + np.rint(tilt * columns[few]).astype(np.intp)))
    line = rows + np.rint(tilt * columns).astype(np.intp)
    order = np.lexsort((columns, line))
    line, along = line[order], columns[order]
    new = np.ones(len(order), dtype=bool)
    new[1:] = (np.diff(line) != 0) | (np.diff(along) > gap + 1)
    of_pixel = np.empty(len(order), dtype=np.intp)
    of_pixel[order] = np.cumsum(new) - 1
    last = np.append(new[1:], True)
    return _Runs(float(tilt), line[new], along[new], along[last], of_pixel)


def _sharpness(line: IntArray) -> float:
    """Large if the ink is concentrated on few lines."""
    counts = np.bincount(line - line.min()).astype(np.float64)
    return float(counts @ counts)


def _boxes(across: _Runs, down: _Runs, height: float) -> tuple[BoolArray, BoolArray]:
    """Which runs down are sides of boxes, and which runs across are their tops and bottoms."""
    sides, bars = np.zeros(len(down.line), dtype=bool), np.zeros(len(across.line), dtype=bool)
    h, v = (
        np.argsort(-runs.length, kind="stable")[: min(MOST_RUNS, np.count_nonzero(runs.length >= shortest))]
        for runs, shortest in ((across, BOX_WIDTH * height), (down, BOX_SIDE * height))
    )
    if not h.size or not v.size:
        return sides, bars
    near = max(2.0, CORNER * height)
    meets = []
    for row in (down.first[v], down.last[v]):
        column = down.line[v] - down.tilt * row
        away = np.abs(across.line[h] - across.tilt * column[:, None] - row[:, None])
        beyond = np.maximum(across.first[h] - column[:, None], column[:, None] - across.last[h])
        meets.append((away <= near) & (beyond <= near))
    whole = meets[0].any(axis=1) & meets[1].any(axis=1)
    places = np.sort((down.line[v] - down.tilt * down.first[v])[whole])
    if not places.size or places[-1] - places[0] < BOX_WIDTH * height:
        return sides, bars
    sides[v[whole]] = True
    bars[h[(meets[0][whole] | meets[1][whole]).any(axis=0)]] = True
    return sides, bars


def _erased(mask: BoolArray, rows: IntArray, columns: IntArray, marked: BoolArray) -> BoolArray:
    """The mask without the marked of its pixels, and what is above and below them, where the ink is thin."""
    if not marked.any():
        return mask
    here = mask[rows, columns]
    rows, columns, marked = rows[here], columns[here], marked[here]
    order = np.lexsort((rows, columns))
    rows, columns, marked = rows[order], columns[order], marked[order]
    new = np.ones(len(order), dtype=bool)
    new[1:] = (np.diff(columns) != 0) | (np.diff(rows) > 1)
    run = np.cumsum(new) - 1
    thickness = np.bincount(run)
    on_line: BoolArray = np.bincount(run, weights=marked) > 0
    if not on_line.any():
        return mask
    thin = on_line & (thickness <= THICKER * median(thickness[on_line].astype(np.float64)) + 1)
    ink: BoolArray = mask.copy()
    ink[rows[thin[run]], columns[thin[run]]] = False
    return ink
