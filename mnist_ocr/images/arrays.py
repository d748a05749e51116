"""The types of arrays in this room, and functions of arrays that several steps use.

There is no Python loop over pixels. The mean over a window is a difference of running sums (Crow, 1984,
"summed-area tables"). The maximum over a window is found by doubling: over eight pixels it is the larger of
two maxima over four. Both work on one axis after the other.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]
"""Brightness 0 .. 255, darkness or ink 0 .. 1, distances in pixels; shape (height, width)."""

BoolArray = npt.NDArray[np.bool_]
"""A mask, shape (height, width), or a selection of numbered objects, shape (count,)."""

IntArray = npt.NDArray[np.intp]
"""Indices, counts and coordinates."""

Pixels = npt.NDArray[np.uint8]
"""What the network sees: shape (28, 28), 0 background, 255 full ink."""


def median(numbers: npt.NDArray[np.floating]) -> float:
    """The same as `np.median`, which on its first call imports NumPy's masked arrays.

    That import would take a tenth of the time that reading a picture takes.
    """
    flat = numbers.reshape(-1)
    middle = [(flat.size - 1) // 2, flat.size // 2]
    return float(np.partition(flat, middle)[middle].mean())


def percentiles(numbers: npt.NDArray[np.floating], percents: tuple[float, ...]) -> npt.NDArray[np.float64]:
    """The same as `np.percentile`, for the same reason; shape (percents,)."""
    ordered = np.sort(numbers, axis=None)
    return np.interp(np.array(percents) / 100 * (ordered.size - 1), np.arange(ordered.size), ordered)


def weighted_median(values: npt.NDArray[np.floating], weights: npt.NDArray[np.generic]) -> float:
    """The smallest of the values that, with all below it, has half of the weight."""
    order = np.argsort(values)
    weight = np.cumsum(weights[order])
    return float(values[order[min(np.searchsorted(weight, weight[-1] / 2), len(order) - 1)]])


def bounding_box(ink: npt.NDArray[np.generic]) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of all nonzero pixels, the last two exclusive; zeros if there are none."""
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    if rows.size == 0:
        return 0, 0, 0, 0
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def around(boxes: IntArray) -> IntArray:
    """Left, top, right, bottom of all boxes, (boxes, 4), together."""
    return np.concatenate((boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)))


def with_rim(mask: BoolArray) -> BoolArray:
    """The mask and all pixels beside it."""
    for _ in range(2):
        wider = mask.copy()
        wider[1:] |= mask[:-1]
        wider[:-1] |= mask[1:]
        mask = np.ascontiguousarray(wider.T)
    return mask


def window_mean(values: FloatArray, radius: int) -> FloatArray:
    """Mean over the part inside the picture of a square of 2 * radius + 1 pixels around each pixel."""
    for _ in range(2):
        length = len(values)
        sums = np.pad(np.cumsum(values, axis=0, dtype=np.float64), ((1, 0), (0, 0)))
        index = np.arange(length)
        stop, start = np.minimum(index + radius + 1, length), np.maximum(index - radius, 0)
        mean = (sums[stop] - sums[start]) / (stop - start)[:, None]
        values = np.ascontiguousarray(mean.astype(np.float32).T)
    return values


def window_max(values: FloatArray, side: int) -> FloatArray:
    """Maximum over the square of `side` pixels, an odd number, around each pixel."""
    for _ in range(2):
        values = np.pad(values, ((side // 2, side // 2), (0, 0)), constant_values=-np.inf)
        width = 1
        while width < side:  # two windows of `width` cover up to twice as many pixels
            step = min(width, side - width)
            values = np.maximum(values[:-step], values[step:])
            width += step
        values = np.ascontiguousarray(values.T)
    return values
