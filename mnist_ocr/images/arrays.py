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
