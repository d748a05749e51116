"""The connected components of a mask of dark pixels, and the removal of ruled lines.

Every row is divided into runs of ink; runs of neighbouring rows that touch, also at corners, are connected.
All touching pairs are found by two binary searches in the sorted runs. They are joined by union-find for all
pairs at once: link the larger root to the smaller, shorten all paths, repeat until nothing changes (after
Shiloach and Vishkin, 1982). A page of 640 x 480 takes a few milliseconds.

The lines of ruled and squared paper have to be removed first, because they connect the digit to the edges of
the picture. Unlike a stroke, a ruled line runs straight from one edge to the other, and there is another one
parallel to it. The ink along every line of each small tilt is counted (a Hough transform, 1962, with few
angles). Lines that are nearly all ink are removed, except where a stroke crosses them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from mnist_ocr.images.arrays import BoolArray, IntArray

RIM = 0.12  # Width of the rim along the edge of a picture, as a share of its shorter side
SMALLEST_PAGE = 100  # Shorter side, in pixels, of a page with ruled lines: in others, strokes are as long
TILTS = np.tan(np.radians(np.arange(-5, 5.01, 0.25)))  # Rows per column; at most 3 pixels off across a page
NEARLY_ALL = 0.7  # Share of a ruled line that is ink at least: it may be faint, or covered by a hand ...
FLANK = 0.3  # ... and of a line of pixels at the flank of a ruled one
FEWEST = 2  # Ruled lines in one direction: a single line might be a stroke


class Components(NamedTuple):
    """The connected components of a mask, numbered 0 .. number - 1.

    Attributes:
        labels: shape (height, width): the component of each pixel, -1 for the background.
        areas: pixels in each component, shape (number,).
        boxes: left, top, right, bottom of each component, right and bottom exclusive, shape (number, 4).
    """

    labels: IntArray
    areas: IntArray
    boxes: IntArray

    @property
    def number(self) -> int:
        """How many components there are."""
        return len(self.areas)

    def mask(self, members: BoolArray) -> BoolArray:
        """The pixels, (height, width), of those components for which `members`, shape (number,), is true."""
        return np.append(members, False)[self.labels]  # label -1 finds the appended False

    def longer_sides(self) -> IntArray:
        """The longer side of each component's box, shape (number,)."""
        sides: IntArray = (self.boxes[:, 2:] - self.boxes[:, :2]).max(axis=1)
        return sides

    def touches_edge(self) -> BoolArray:
        """Which components reach the border of the picture, shape (number,)."""
        height, width = self.labels.shape
        left, top, right, bottom = self.boxes.T
        touching: BoolArray = (left == 0) | (top == 0) | (right == width) | (bottom == height)
        return touching

    def total(self, values: npt.NDArray[np.generic]) -> npt.NDArray[np.float64]:
        """The sum of values, shape (height, width), over each component, shape (number,)."""
        inked = self.labels >= 0
        sums = np.bincount(self.labels[inked], weights=values[inked], minlength=self.number)
        return sums.astype(np.float64)

    def share_in_rim(self) -> npt.NDArray[np.float64]:
        """The share of each component that lies in the rim of the picture, shape (number,)."""
        width = max(1, round(RIM * min(self.labels.shape)))
        rim = np.ones(self.labels.shape, dtype=np.bool_)
        rim[width:-width, width:-width] = False
        return self.total(rim) / self.areas


def connected_components(mask: BoolArray) -> Components:
    """Number the 8-connected components of a mask of shape (height, width)."""
    rows, starts, ends = _runs(mask)
    stride = mask.shape[1] + 2  # with a gap between rows, (row, column) becomes one sorted number
    first, last = rows * stride + starts, rows * stride + ends - 1
    low = np.searchsorted(last, first + stride - 1)
    high = np.searchsorted(first, last + stride + 1, side="right")
    touching = np.maximum(high - low, 0)
    upper = np.repeat(np.arange(len(rows)), touching)
    offset = np.arange(len(upper)) - np.repeat(np.cumsum(touching) - touching, touching)
    root = _join(len(rows), upper, np.repeat(low, touching) + offset)

    # The roots numbered from 0; `np.unique` would do it, and import NumPy's masked arrays for that.
    is_root = np.zeros(len(rows), dtype=bool)
    is_root[root] = True
    component = (np.cumsum(is_root) - 1)[root]
    count = int(component.max()) + 1 if len(component) else 0
    labels = np.full(mask.shape, -1, dtype=np.intp)
    labels[mask] = np.repeat(component, ends - starts)  # both in reading order
    boxes = boxes_of(component, count, starts, rows, ends)
    areas = np.bincount(component, weights=ends - starts, minlength=count).astype(np.intp)
    return Components(labels, areas, boxes)


def boxes_of(number: IntArray, count: int, starts: IntArray, rows: IntArray, ends: IntArray) -> IntArray:
    """The boxes, (count, 4), of `count` objects, each made of runs of ink that have its number."""
    boxes = np.empty((count, 4), dtype=np.intp)
    boxes[:, :2], boxes[:, 2:] = np.iinfo(np.intp).max, 0
    for column, least in enumerate((starts, rows)):
        np.minimum.at(boxes[:, column], number, least)
    for column, most in enumerate((ends, rows + 1), 2):
        np.maximum.at(boxes[:, column], number, most)
    return boxes


def _runs(mask: BoolArray) -> tuple[IntArray, IntArray, IntArray]:
    """Row, first column and end column (exclusive) of every run of ink, in reading order."""
    steps = np.diff(np.pad(mask.astype(np.int8), ((0, 0), (1, 1))), axis=1)
    rows, starts = np.nonzero(steps == 1)
    ends = np.nonzero(steps == -1)[1]
    return rows, starts, ends


def _join(count: int, a: IntArray, b: IntArray) -> IntArray:
    """The smallest member of each set, when every a[i] is joined with b[i]; shape (count,)."""
    root = np.arange(count)
    while True:
        low, high = np.minimum(root[a], root[b]), np.maximum(root[a], root[b])
        if np.array_equal(low, high):
            return root
        np.minimum.at(root, high, low)
        while not np.array_equal(root, root[root]):
            root = root[root]


def without_ruled_lines(mask: BoolArray) -> BoolArray:
    """The mask, shape (height, width), without lines that run across it in parallel."""
    if min(mask.shape) < SMALLEST_PAGE:
        return mask
    across, across_thickness = _lines_across(mask)
    down, down_thickness = _lines_across(mask.T)
    ink: BoolArray = mask & ~across & ~down.T
    ink |= across & _between_ink(ink, across_thickness)
    ink |= (down & _between_ink(ink.T, down_thickness)).T
    return ink


def _lines_across(mask: BoolArray) -> tuple[BoolArray, int]:
    """The pixels of ruled lines from left to right, and the largest thickness of such a line."""
    on_line = np.zeros_like(mask)
    if min(np.count_nonzero(mask[:, :2]), np.count_nonzero(mask[:, -2:])) < FEWEST:
        return on_line, 0  # a shortcut for most pictures: nothing reaches both edges
    rows, columns = np.nonzero(mask)
    line = lines_of_tilt(rows, columns, tilt_of(rows, columns))
    line -= line.min()
    share = np.bincount(line) / mask.shape[1]
    steps = np.diff((share >= FLANK).astype(np.int8), prepend=0, append=0)
    bands = zip(np.flatnonzero(steps == 1).tolist(), np.flatnonzero(steps == -1).tolist(), strict=True)
    ruled = [slice(start, end) for start, end in bands if share[start:end].max() >= NEARLY_ALL]
    if len(ruled) < FEWEST:
        return on_line, 0
    is_ruled = np.zeros(len(share), dtype=np.bool_)
    for band in ruled:
        is_ruled[band] = True
    on_line[rows, columns] = is_ruled[line]
    return on_line, max(band.stop - band.start for band in ruled)


def tilt_of(rows: IntArray, columns: IntArray) -> float:
    """That of `TILTS` for which the pixels are concentrated on fewest lines."""

    def sharpness(tilt: float) -> float:
        line = lines_of_tilt(rows, columns, tilt)
        counts = np.bincount(line - line.min()).astype(np.float64)
        return float(counts @ counts)

    return float(max(TILTS, key=sharpness))


def lines_of_tilt(rows: IntArray, columns: IntArray, tilt: float) -> IntArray:
    """The number of the line of this tilt, rows per column, that each pixel is on."""
    line: IntArray = rows + np.rint(tilt * columns).astype(np.intp)
    return line


def _between_ink(ink: BoolArray, thickness: int) -> BoolArray:
    """Pixels with ink above and below, a line's thickness away: there a stroke crosses the line."""
    if thickness == 0:
        return np.zeros_like(ink)
    reach = thickness + 1
    padded = np.pad(ink, ((reach, reach), (thickness, thickness)))
    sideways = np.logical_or.reduce([padded[:, k : k + ink.shape[1]] for k in range(2 * thickness + 1)])
    above = np.logical_or.reduce([sideways[k : k + ink.shape[0]] for k in range(reach)])
    below = np.logical_or.reduce([sideways[reach + 1 + k :][: ink.shape[0]] for k in range(reach)])
    between: BoolArray = above & below
    return between
