"""The last step: ink of any size -> the 28 x 28 picture of the MNIST data set.

"The original black and white images were size normalized to fit in a 20x20 pixel box while preserving
their aspect ratio. [...] The images were centered in a 28x28 image by computing the center of mass of
the pixels, and translating the image so as to position this point at the center of the 28x28 field."
(LeCun, Cortes and Burges, The MNIST database.) Measured on the 60,000 training pictures, the longer side
is 20 pixels, greys come from area averaging, and the centre of mass lies within half a pixel of index
14.0: the translation is by whole pixels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mnist_ocr.images.arrays import FloatArray, Pixels

SIDE = 28
BOX = 20
CENTRE = 14.0  # index, not the middle (13.5) of 28 pixels

BOX_SIDES = (19, 20)  # 13 of the 60,000 have 19: their outermost row rounded to 0
CENTRE_TOLERANCE = 0.53  # half a pixel of whole-pixel shift and what rounding to 8 bits adds


@dataclass(frozen=True)
class Placement:
    """How ink came into the 28 x 28 field.

    Attributes:
        pixels: uint8 (28, 28), 0 background, 255 full ink.
        longer_side: of the ink's box before scaling, in its own pixels.
        shift: columns to the right and rows down, from the middle of the field.
    """

    pixels: Pixels
    longer_side: int
    shift: tuple[int, int]


def normalise(ink: npt.ArrayLike) -> Pixels:
    """Scale ink to a box of 20 and put its centre of mass at index 14.0.

    Args:
        ink: shape (height, width), at least 0 everywhere, 1.0 full ink.

    Returns:
        uint8 (28, 28), 0 background, 255 full ink. All 0 where there is no ink.
    """
    return place(np.asarray(ink, dtype=np.float32)).pixels


def place(ink: FloatArray) -> Placement:
    """Like `normalise`, and says what it did."""
    rows, columns = np.nonzero(ink.any(axis=1))[0], np.nonzero(ink.any(axis=0))[0]
    field = np.zeros((SIDE, SIDE), dtype=np.uint8)
    if rows.size == 0:
        return Placement(field, 0, (0, 0))
    ink = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    longer = max(ink.shape)
    height, width = (max(1, round(side * BOX / longer)) for side in ink.shape)
    small = np.clip(area_average(ink, height, width), 0, 1)

    mass = float(small.sum())
    centre_row = float(small.sum(axis=1) @ np.arange(height)) / mass
    centre_column = float(small.sum(axis=0) @ np.arange(width)) / mass
    # Ink at one end of its box can ask for more room than the field has: stay inside.
    top = int(np.clip(round(CENTRE - centre_row), 0, SIDE - height))
    left = int(np.clip(round(CENTRE - centre_column), 0, SIDE - width))
    field[top : top + height, left : left + width] = np.rint(small * 255)
    return Placement(field, longer, (left - (SIDE - width) // 2, top - (SIDE - height) // 2))


def area_average(picture: FloatArray, height: int, width: int) -> FloatArray:
    """Resize so that each new pixel is the mean of the area that it covers, shape (height, width)."""
    down, across = (_overlaps(old, new) for old, new in zip(picture.shape, (height, width), strict=True))
    averaged: FloatArray = down @ picture @ across.T
    return averaged


def _overlaps(old: int, new: int) -> FloatArray:
    """Row i: which share of new pixel i each old pixel covers; shape (new, old), rows sum to 1."""
    edges = np.arange(new + 1)[:, None] * (old / new)
    covered = np.clip(edges - np.arange(old), 0, 1)
    shares: FloatArray = (np.diff(covered, axis=0) * (new / old)).astype(np.float32)
    return shares


def is_mnist_like(grey: FloatArray) -> bool:
    """Whether brightness (28, 28) already is a picture as MNIST has them, to be left untouched.

    That is: light ink whose box is 20 pixels long, centre of mass at index 14, and every other pixel
    exactly 0.
    """
    if grey.shape != (SIDE, SIDE) or np.count_nonzero(grey) > grey.size // 2:
        return False
    rows, columns = np.nonzero(grey.any(axis=1))[0], np.nonzero(grey.any(axis=0))[0]
    if rows.size == 0 or max(np.ptp(rows), np.ptp(columns)) + 1 not in BOX_SIDES:
        return False
    index, mass = np.arange(SIDE), grey.sum()
    centre = np.array([grey.sum(axis=1) @ index, grey.sum(axis=0) @ index]) / mass
    return bool((np.abs(centre - CENTRE) < CENTRE_TOLERANCE).all())
