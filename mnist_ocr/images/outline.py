"""Telling a stroke that goes round from the edge of a dark shape.

The search for ink compares every pixel with the paper around it. In the middle of a large dark shape there is
no paper around, so only its edge is found, and a filled disc would come out as a 0. What gives it away: the
inside of the ring is as dark as the ring itself, and not as light as the paper outside; or, where the paper
around a shape was taken for a ring of light ink, the outside is.
"""

from __future__ import annotations

import numpy as np

from mnist_ocr.images.arrays import BoolArray, FloatArray, median

LEAST_INSIDE = 0.1
"""Part of the box that has to lie inside of the ink before it is asked how dark it is."""

AS_DARK_AS_INK = 0.25
"""Part of the way from ink to paper up to which something counts as ink; paper in a shadow is lighter."""


def is_outline_of_a_shape(light: FloatArray, ink: BoolArray) -> bool:
    """Whether the ink is as dark as what it goes round, or as what goes round it.

    Args:
        light: (height, width), brightness of the picture, ink being darker than paper.
        ink: (height, width), what was taken for a digit's ink; not empty.
    """
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    within = ink[box]
    enclosed = ~within
    for axis in (0, 1):
        before = np.logical_or.accumulate(within, axis=axis)
        after = np.flip(np.logical_or.accumulate(np.flip(within, axis), axis=axis), axis)
        enclosed &= before & after
    outside = np.ones(ink.shape, dtype=bool)
    outside[box] = False
    if enclosed.sum() < LEAST_INSIDE * enclosed.size or not outside.any():
        return False
    dark, inside, paper = median(light[ink]), median(light[box][enclosed]), median(light[outside])
    return inside < dark + AS_DARK_AS_INK * (paper - dark) or paper < dark + AS_DARK_AS_INK * (inside - dark)
