"""The lines of ruled and squared paper.

Where they are as dark as the ink, they tie the digit to the edges of the picture. A rule is known by what
no stroke does: it runs straight from one edge to the other, and there is another one parallel to it. The
ink is counted along every line of each small tilt (a Hough transform, 1962, of few angles); lines that are
nearly all ink go, except where a stroke comes in on one side and leaves on the other.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from mnist_ocr.images.arrays import BoolArray, IntArray

SMALLEST_PAGE = 100
"""Shorter side, in pixels, of a picture in which rules are looked for: in less, strokes are as long."""

TILTS = np.tan(np.radians(np.arange(-5, 5.01, 0.25)))
"""How far, down per across, a page is held askew; the steps keep a rule of a wide page within 3 pixels."""

NEARLY_ALL = 0.7
"""Share of a line that is ink where it is a rule, but for a weak print or a hand on the page ..."""

FLANK = 0.3
"""... and where it is the flank of one."""

FEWEST = 2
"""One line alone might be a stroke."""


def without_rules(mask: BoolArray) -> BoolArray:
    """The mask, shape (height, width), without lines that run across it in parallel."""
    if min(mask.shape) < SMALLEST_PAGE:
        return mask
    across, across_thickness = _rules_across(mask)
    down, down_thickness = _rules_across(mask.T)
    ink: BoolArray = mask & ~across & ~down.T
    ink |= across & _between_ink(ink, across_thickness)
    ink |= (down & _between_ink(ink.T, down_thickness)).T
    return ink


def _rules_across(mask: BoolArray) -> tuple[BoolArray, int]:
    """The pixels of rules that go from left to right, and the thickness of the thickest."""
    on_rule = np.zeros_like(mask)
    if min(np.count_nonzero(mask[:, :2]), np.count_nonzero(mask[:, -2:])) < FEWEST:
        return on_rule, 0  # the usual case, at no cost: nothing reaches both edges
    rows, columns = np.nonzero(mask)
    width = mask.shape[1]
    tilt = max(TILTS, key=lambda tilt: _sharpness(_lines(rows, columns, tilt, width)))
    line = _lines(rows, columns, tilt, width)
    rules = _with_flanks(np.bincount(line) / width)
    steps = np.diff(rules.astype(np.int8), prepend=0, append=0)
    starts, ends = np.nonzero(steps == 1)[0], np.nonzero(steps == -1)[0]
    if len(starts) < FEWEST:
        return on_rule, 0
    on_rule[rows, columns] = rules[line]
    return on_rule, int((ends - starts).max())


def _lines(rows: IntArray, columns: IntArray, tilt: float, width: int) -> IntArray:
    """For each pixel, the number of the line of this tilt that it is on, at least 1."""
    offset = 1 + int(abs(tilt) * width) + 1
    line: IntArray = rows + np.rint(tilt * columns).astype(np.intp) + offset
    return line


def _sharpness(line: IntArray) -> float:
    """Large where the ink lies on few lines."""
    counts = np.bincount(line).astype(np.float64)
    return float(counts @ counts)


def _with_flanks(share: npt.NDArray[np.float64]) -> BoolArray:
    """Which lines are (part of) a rule: runs above FLANK that somewhere reach NEARLY_ALL; shape (lines,)."""
    high = np.append(share >= FLANK, False)
    run = np.cumsum(np.diff(high.astype(np.int8), prepend=0) == 1) * high
    rules: BoolArray = np.isin(run, run[np.append(share >= NEARLY_ALL, False)]) & (run > 0)
    return rules


def _between_ink(ink: BoolArray, thickness: int) -> BoolArray:
    """Pixels with ink above and below, a rule's thickness away: where a stroke crosses it, also askew."""
    if thickness == 0:
        return np.zeros_like(ink)
    reach = thickness + 1
    padded = np.pad(ink, ((reach, reach), (thickness, thickness)))
    sideways = np.logical_or.reduce([padded[:, k : k + ink.shape[1]] for k in range(2 * thickness + 1)])
    above = np.logical_or.reduce([sideways[k : k + ink.shape[0]] for k in range(reach)])
    below = np.logical_or.reduce([sideways[reach + 1 + k :][: ink.shape[0]] for k in range(reach)])
    between: BoolArray = above & below
    return between
