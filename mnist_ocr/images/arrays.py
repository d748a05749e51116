"""The arrays that the steps of this room hand to each other."""

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
