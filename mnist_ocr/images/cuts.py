"""Cutting a component that may hold two digits, where it can be cut.

A cut is a *seam*: a path from top to bottom that crosses as little ink as possible (S. Avidan and A. Shamir,
"Seam carving", 2007), found by dynamic programming, row by row. A seam follows the valleys of the outline and
the gap between overlapping digits, where a straight cut would go through both. For every column in the middle
of the component there is a best seam; those are kept that are better than their neighbours. Whether a cut is
right is not decided here.
"""

from __future__ import annotations

import numpy as np

from mnist_ocr.images.arrays import BoolArray, FloatArray, IntArray

THICKEST_CUT = 2.3  # ... where a seam crosses ink of at most this many widths of a stroke
THINNEST_PIECE = 0.12  # Cuts are this far apart at least, in heights of the line
BEND = 0.1  # A step of a seam to the side costs as much as this many pixels of ink


def stroke_of(ink: BoolArray) -> float:
    """Width of the strokes: a band of width w and length l has w * l pixels, 2 * l of them at its edge."""
    padded = np.pad(ink, 1)
    inside = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    edge = np.count_nonzero(ink & ~inside)
    return max(1.0, 2 * int(np.count_nonzero(ink)) / max(int(edge), 1))


def straight_stroke(ink: BoolArray, stroke: float) -> tuple[bool, float]:
    """Whether the ink is one straight stroke, rather upright, and by how many columns per row it leans.

    A straight stroke of width w has the variance w**2 / 12 across.
    """
    y, x = np.nonzero(ink)
    if len(x) < 3:
        return False, 0.0
    xx, yy, xy = float(x.var()), float(y.var()), float(((x - x.mean()) * (y - y.mean())).mean())
    half = float(np.hypot((xx - yy) / 2, xy))
    across, along = (xx + yy) / 2 - half, (xx + yy) / 2 + half
    if along < 1.5 * stroke**2 or across > stroke**2 / 6 or xx > yy:
        return False, 0.0
    return True, abs(xy) / (along - xx)


def cuts(ink: BoolArray, height: float, stroke: float) -> list[tuple[float, BoolArray]]:
    """Seams through a component, from left to right: ink that is crossed, and what is to the right of it."""
    rows, width = ink.shape
    middle = (rows - 1) // 2
    down, turns = _seams(ink[: middle + 1])
    up, turns_up = _seams(ink[:middle:-1])
    below, turn = _best_of_three(up)
    cost = down + below
    margin = max(2, round(THINNEST_PIECE * height))
    order = np.argsort(cost, kind="stable")
    chosen: list[int] = []
    most = 1 + int(3 * width / height)
    for column in order.tolist():
        if cost[column] > THICKEST_CUT * stroke or len(chosen) >= most:
            break
        if not margin <= column < width - margin or any(abs(column - other) < margin for other in chosen):
            continue
        nearby = cost[max(column - margin // 2, 0) : column + margin // 2 + 1]
        if cost[column] <= nearby.min():
            chosen.append(column)
    found = []
    for column in sorted(chosen):
        seam = _followed(column, turns)[::-1] + _followed(column + int(turn[column]), turns_up)
        found.append((float(cost[column] / stroke), np.arange(width) >= np.array(seam)[:, None]))
    return found


def _followed(column: int, turns: list[IntArray]) -> list[int]:
    """The columns of a seam, from the row where it is in this one, back to the first."""
    columns = [column]
    for turn in reversed(turns):
        columns.append(columns[-1] + int(turn[columns[-1]]))
    return columns


def _best_of_three(cost: FloatArray) -> tuple[FloatArray, IntArray]:
    """The cheapest of the neighbours at the left, here and at the right of each column, and which it is."""
    wide = np.pad(cost, 1, constant_values=np.inf)
    three: FloatArray = np.stack((wide[1:-1], wide[:-2] + BEND, wide[2:] + BEND))
    best = three.argmin(axis=0)
    return np.take_along_axis(three, best[None], axis=0)[0], np.array([0, -1, 1])[best]


def _seams(ink: BoolArray) -> tuple[FloatArray, list[IntArray]]:
    """The cost of the best seam from the first row to each pixel of the last, and its turns, row by row."""
    cost: FloatArray = ink[0].astype(np.float32)
    turns = []
    for row in ink[1:].astype(np.float32):
        cost, turn = _best_of_three(cost)
        cost += row
        turns.append(turn)
    return cost, turns
