"""From the ink of a digit, of any size and pen, to the 28 x 28 picture of the MNIST data set.

First every pen is brought to the thickness that MNIST was written with. A thin stroke that is shrunk to 20
pixels fades to a grey thread, a marker closes the loops of an 8; a network trained on MNIST has seen
neither. The signed distance to the edge of the ink lets one formula do both: ink is where the distance is
below an offset, so a positive offset thickens the stroke by it on either side and a negative one thins it,
in fractions of a pixel and with smooth edges.

Then size and position. "The original black and white images were size normalized to fit in a 20x20 pixel
box while preserving their aspect ratio. [...] The images were centered in a 28x28 image by computing the
center of mass of the pixels, and translating the image so as to position this point at the center of the
28x28 field." (LeCun, Cortes and Burges, The MNIST database.) Measured on the 60,000 training pictures, the
longer side is 20 pixels, greys come from area averaging, and the centre of mass lies within half a pixel of
index 14.0: the translation is by whole pixels.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image

from mnist_ocr.images.arrays import BoolArray, FloatArray, Pixels, bounding_box

SIDE = 28
BOX = 20
CENTRE = 14.0  # index, not the middle (13.5) of 28 pixels

BOX_SIDES = (19, 20)  # 13 of the 60,000 have 19: their outermost row rounded to 0
CENTRE_TOLERANCE = 0.53  # half a pixel of whole-pixel shift and what rounding to 8 bits adds

FINER = 4
"""Strokes are measured and changed at this many pixels for each one of the 28 x 28."""

CANVAS = BOX * FINER
"""Longer side of the digit there."""

STROKE_WIDTH = 0.13 * BOX
"""Width of MNIST's strokes, 2.6 of 20 pixels (median of the training pictures)."""

SOFT_EDGE = 0.75 * FINER
"""Width over which ink fades into the ground: three quarters of a pixel of the 28 x 28, as in MNIST."""

EDGE = 0.45
"""Where between ground (0) and ink (1) a stroke ends; less than half, so that lines a pixel wide hold."""

REACH = 12
"""Pixels beyond which the distance to the edge of a stroke is not needed: half of the thickest marker."""


def normalise_stroke_width(ink: FloatArray) -> tuple[FloatArray, float]:
    """Bring the strokes of a digit to the width that MNIST has.

    Args:
        ink: shape (height, width), 0 ground to 1 ink, cut to the digit.

    Returns:
        The ink, 0 .. 1, of a digit `CANVAS` pixels long whose strokes are `STROKE_WIDTH` wide in pixels of
        the 28 x 28; and how wide they were before, in the same pixels.
    """
    factor = CANVAS / max(ink.shape)
    ink = np.pad(ink, 1)  # so that ink at the side of its box fades like everywhere else
    height, width = (max(1, round(side * factor)) for side in ink.shape)
    method = Image.Resampling.BICUBIC if factor > 1 else Image.Resampling.BOX
    canvas = np.asarray(Image.fromarray(ink).resize((width, height), method), dtype=np.float32)
    signed = signed_distance(np.pad(canvas, REACH) > EDGE, REACH)
    before = stroke_width(signed)
    return with_width(signed, FINER * STROKE_WIDTH - before), before / FINER


def distance(mask: BoolArray, reach: int) -> FloatArray:
    """Distance of every pixel of the mask to the nearest pixel outside it, 0 outside.

    Exact and Euclidean up to `reach` pixels, which is also the largest answer: the minimum over rows of
    (distance along the row)**2 + (rows between)**2, one pass per axis (Felzenszwalb and Huttenlocher,
    2012), here by trying every row within reach.
    """
    squared = np.where(mask, np.float32(reach**2), np.float32(0))
    for _ in range(2):
        nearest = squared.copy()
        for step in range(1, reach):
            further = squared + np.float32(step**2)
            np.minimum(nearest[step:], further[:-step], out=nearest[step:])
            np.minimum(nearest[:-step], further[step:], out=nearest[:-step])
        squared = np.ascontiguousarray(nearest.T)
    away: FloatArray = np.sqrt(squared)
    return away


def signed_distance(mask: BoolArray, reach: int) -> FloatArray:
    """Distance to the edge of the mask: negative inside, positive outside, 0 between the pixels."""
    return np.where(mask, 0.5 - distance(mask, reach), distance(~mask, reach) - 0.5)


def stroke_width(signed: FloatArray) -> float:
    """Typical width of the stroke: in a band of width w the mean distance to its edge is w / 4."""
    inside = -signed[signed < 0]
    return 4 * float(inside.mean()) if inside.size else 0.0


def with_width(signed: FloatArray, change: float) -> FloatArray:
    """Ink, 0 .. 1, of a stroke made wider by `change` pixels (narrower if negative)."""
    ink: FloatArray = np.clip(0.5 + (change / 2 - signed) / SOFT_EDGE, 0, 1)
    return ink


def scale_and_centre(ink: npt.ArrayLike) -> tuple[Pixels, tuple[int, int]]:
    """Scale ink to a box of 20 and put its centre of mass at index 14.0.

    Args:
        ink: shape (height, width), at least 0 everywhere, 1.0 full ink.

    Returns:
        uint8 (28, 28), 0 background, 255 full ink, all 0 where there is no ink; and by how many pixels the
        box was moved to the right and down from the middle.
    """
    ink = np.asarray(ink, dtype=np.float32)
    field = np.zeros((SIDE, SIDE), dtype=np.uint8)
    left, top, right, bottom = bounding_box(ink)
    if right == 0:
        return field, (0, 0)
    ink = ink[top:bottom, left:right]
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
    return field, (left - (SIDE - width) // 2, top - (SIDE - height) // 2)


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
    left, top, right, bottom = bounding_box(grey)
    if max(right - left, bottom - top) not in BOX_SIDES:
        return False
    index, mass = np.arange(SIDE), grey.sum()
    centre = np.array([grey.sum(axis=1) @ index, grey.sum(axis=0) @ index]) / mass
    return bool((np.abs(centre - CENTRE) < CENTRE_TOLERANCE).all())
