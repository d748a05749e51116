"""Mean and maximum over a window around every pixel, without a loop over pixels.

The mean is a difference of running sums (Crow, 1984, "summed-area tables"), the maximum is found by
doubling: over eight pixels it is the larger of two maxima over four. Both take one axis after the other.
"""

from __future__ import annotations

import numpy as np

from mnist_ocr.images.arrays import FloatArray


def window_mean(values: FloatArray, radius: int) -> FloatArray:
    """Mean over the square of 2 * radius + 1 around each pixel, as much of it as is in the picture."""
    for axis in (0, 1):
        values = _line_mean(values, radius, axis)
    return values


def _line_mean(values: FloatArray, radius: int, axis: int) -> FloatArray:
    length = values.shape[axis]
    sums = np.cumsum(values, axis=axis, dtype=np.float64)
    sums = np.concatenate((np.zeros_like(sums.take([0], axis)), sums), axis)
    index = np.arange(length)
    stop, start = np.minimum(index + radius + 1, length), np.maximum(index - radius, 0)
    count = (stop - start)[:, None] if axis == 0 else stop - start
    mean: FloatArray = ((sums.take(stop, axis) - sums.take(start, axis)) / count).astype(np.float32)
    return mean


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
