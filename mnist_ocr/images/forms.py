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

from mnist_ocr.images.arrays import BoolArray, IntArray, median, weighted_median
from mnist_ocr.images.components import connected_components, lines_of_tilt, tilt_of

LONG = 2.2  # Length of a line that is no stroke, in heights of the writing
HALF = 0.5  # A run that covers this share of the picture is a line, too ...
WIDEST_STROKE = 0.9  # ... if it is longer than the bar of a digit, in heights of the writing ...
TALLEST_STROKE = 1.4  # ... or, if it is upright, than a 1
SPECK = 0.015  # Height of a speck, as a share of the shorter side of the picture
BOX_SIDE = 0.7  # Height of the lowest box, in heights of the writing ...
BOX_WIDTH = 0.3  # ... and width of the narrowest
CORNER = 0.1  # Two sides of a box meet within this distance, in heights of the writing
GAP = 0.03  # A line may be interrupted by this much, in heights of the writing
THIN = 0.08  # A line is at most this thick, in heights of the writing ...
MOSTLY = 0.6  # ... in this share of its length
PASSES = 3  # How often lines are looked for
THICKER = 1.6  # Where ink is this many times as thick as the line, a stroke crosses it
MOST_RUNS = 1000  # The longest runs that are looked at for boxes, in each direction
SAMPLE = 40_000  # The tilt is found with about this many pixels of ink


@dataclass(frozen=True)
class _Runs:
    """Runs of ink along parallel lines, shape (runs,) each.

    Attributes:
        tilt: rows per column; pixel (row, column) is on line row + tilt * column.
        line, first, last: the line, the first and the last column of each run.
        thin: whether the run is mostly thin.
        of_pixel: the run of every pixel, shape (pixels,).
    """

    tilt: float
    line: IntArray
    first: IntArray
    last: IntArray
    thin: BoolArray
    of_pixel: IntArray

    @property
    def length(self) -> IntArray:
        """In pixels."""
        length: IntArray = self.last - self.first + 1
        return length


def without_lines(mask: BoolArray) -> BoolArray:
    """The mask of ink, shape (height, width), without long lines and boxes."""
    for _ in range(PASSES):  # again, because in a photo not all lines have the same tilt
        components = connected_components(mask)
        heights = (components.boxes[:, 3] - components.boxes[:, 1]).astype(np.float64)
        heights = heights[heights >= SPECK * min(mask.shape)]
        if not heights.size:
            break
        height = weighted_median(heights, heights)  # so that dots do not count
        rows, columns = np.nonzero(mask)
        across, down = _runs(rows, columns, height), _runs(columns, rows, height)
        sides, bars = _boxes(across, down, height)
        bars |= across.thin & (across.length >= _long(height, mask.shape[1]))
        sides |= down.thin & (down.length >= max(_long(height, mask.shape[0]), TALLEST_STROKE * height))
        if not bars.any() and not sides.any():
            break
        mask = _erased(mask, rows, columns, bars[across.of_pixel])
        mask = _erased(mask.T, columns, rows, sides[down.of_pixel]).T
    return mask


def _long(height: float, side: int) -> float:
    """Length from which a run is a line; `height` is that of the whole picture if lines tie all together."""
    return min(LONG * height, max(HALF * side, WIDEST_STROKE * height))


def _runs(rows: IntArray, columns: IntArray, height: float) -> _Runs:
    """The runs of ink along the lines of that tilt for which the ink is concentrated on fewest lines."""
    gap = max(1, round(GAP * height))
    few = slice(None, None, 1 + len(rows) // SAMPLE)
    tilt = tilt_of(rows[few], columns[few])
    line = lines_of_tilt(rows, columns, tilt)
    of_pixel, first, last = _stretches(line, columns, gap)
    stretch = _stretches(columns, rows, 0)[0]
    is_thin = np.bincount(stretch)[stretch] <= max(2, THIN * height)
    thin: BoolArray = np.bincount(of_pixel, weights=is_thin) >= MOSTLY * np.bincount(of_pixel)
    return _Runs(tilt, line[first], columns[first], columns[last], thin, of_pixel)


def _stretches(line: IntArray, along: IntArray, gap: int) -> tuple[IntArray, IntArray, IntArray]:
    """Pixels of each line in stretches, with at most `gap` between two pixels.

    Returns:
        The stretch of each pixel, (pixels,), and the first and last pixel of each stretch, (stretches,).
    """
    order = np.lexsort((along, line))
    new = np.ones(len(order), dtype=bool)
    new[1:] = (np.diff(line[order]) != 0) | (np.diff(along[order]) > gap + 1)
    stretch = np.empty(len(order), dtype=np.intp)
    stretch[order] = np.cumsum(new) - 1
    return stretch, order[new], order[np.append(new[1:], True)]


def _boxes(across: _Runs, down: _Runs, height: float) -> tuple[BoolArray, BoolArray]:
    """Which runs down are sides of boxes, and which runs across are their tops and bottoms."""
    sides, bars = np.zeros(len(down.line), dtype=bool), np.zeros(len(across.line), dtype=bool)
    h, v = (
        _longest(runs, shortest)
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


def _longest(runs: _Runs, shortest: float) -> IntArray:
    """The longest of the thin runs, at most `MOST_RUNS`."""
    found = np.flatnonzero(runs.thin & (runs.length >= shortest))
    return found[np.argsort(-runs.length[found], kind="stable")][:MOST_RUNS]


def _erased(mask: BoolArray, rows: IntArray, columns: IntArray, marked: BoolArray) -> BoolArray:
    """The mask without the marked of its pixels, and what is above and below them, where the ink is thin."""
    here = mask[rows, columns]
    rows, columns, marked = rows[here], columns[here], marked[here]
    if not marked.any():
        return mask
    stretch = _stretches(columns, rows, 0)[0]
    thickness = np.bincount(stretch)
    on_line: BoolArray = np.bincount(stretch, weights=marked) > 0
    thin = on_line & (thickness <= THICKER * median(thickness[on_line].astype(np.float64)) + 1)
    ink: BoolArray = mask.copy()
    ink[rows[thin[stretch]], columns[thin[stretch]]] = False
    return ink
