"""The arrays that the steps of this room hand to each other, and what several steps ask of them.

A picture of a few hundred thousand pixels is never walked through in a Python loop. The mean over a window
is a difference of running sums (Crow, 1984, "summed-area tables"). The maximum over a window is found by
doubling: over eight pixels it is the larger of two maxima over four. Both take one axis after the other.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]
"""Brightness 0 .. 255, darkness or ink 0 .. 1, distances in pixels; shape (height, width)."""

BoolArray = npt.NDArray[np.bool_]
"""A mask, shape (height, width), or a choice among numbered things, shape (count,)."""

IntArray = npt.NDArray[np.intp]
"""Indices, counts and coordinates."""

Pixels = npt.NDArray[np.uint8]
"""What the network sees: shape (28, 28), 0 background, 255 full ink."""


def median(numbers: npt.NDArray[np.floating]) -> float:
    """The middle one of the numbers by size, or the mean of the two in the middle.

    `np.median` gives the same; on its first call it imports NumPy's masked arrays, a tenth of the time that
    reading a picture takes from start to end.
    """
    flat = numbers.reshape(-1)
    middle = [(flat.size - 1) // 2, flat.size // 2]
    return float(np.partition(flat, middle)[middle].mean())


def bounding_box(ink: npt.NDArray[np.generic]) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of what is not 0, right and bottom exclusive; four zeros where all is 0."""
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    if rows.size == 0:
        return 0, 0, 0, 0
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def window_mean(values: FloatArray, radius: int) -> FloatArray:
    """Mean over the square of 2 * radius + 1 around each pixel, as much of it as is in the picture."""
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
        while width < side:  # the maximum over two windows of `width` is that over up to twice as many
            step = min(width, side - width)
            values = np.maximum(values[:-step], values[step:])
            width += step
        values = np.ascontiguousarray(values.T)
    return values
