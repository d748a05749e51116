"""Normalising the ink of a digit, of any size and pen, to 28 x 28 pixels as in MNIST.

First the stroke gets the width that it has in MNIST. A thin stroke that is reduced to 20 pixels becomes a
faint grey line, and a thick one closes the loops of an 8; a network trained on MNIST has seen neither. The
signed distance to the edge of the ink makes both changes possible with one formula: ink is where the distance
is below an offset. A positive offset thickens the stroke on both sides and a negative one thins it, by
fractions of a pixel and with smooth edges.

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
BOX_SIDES = (19, 20)  # 13 of the 60,000 have 19: their outermost row was rounded to 0
CENTRE_TOLERANCE = 0.53  # half a pixel from whole-pixel shifts, and rounding to 8 bits
FINER = 4  # Strokes are measured and changed at this many pixels per pixel of the 28 x 28
CANVAS = BOX * FINER  # Longer side of the digit at that scale
STROKE_WIDTH = 0.13 * BOX  # Width of MNIST's strokes, 2.6 of 20 pixels (median of the training pictures)
SOFT_EDGE = 0.75 * FINER  # Width of the soft edge of a stroke: as in MNIST, 3/4 of a pixel of the 28 x 28
EDGE = 0.45  # Value between ground and ink at which a stroke ends; below 0.5, to preserve lines of a pixel
LOST = CANVAS / 10  # If thinning moves the end of a stroke further, it was a whole thinner stroke
REACH = 12  # Largest distance from an edge that is computed, in pixels: half of the thickest marker


def normalise_stroke_width(ink: FloatArray) -> tuple[FloatArray, tuple[float, float]]:
    """Give the strokes of a digit the width that they have in MNIST.

    Args:
        ink: shape (height, width), 0 ground to 1 ink, cropped to the digit.

    Returns:
        The ink, 0 .. 1, of the digit with a longer side of `CANVAS` pixels; and the width of its strokes
        before and after, in pixels of the 28 x 28. After is `STROKE_WIDTH`, except where thinner strokes
        would be lost.
    """
    factor = CANVAS / max(ink.shape)
    ink = np.pad(ink, 1)  # so that ink at the border of its box has a soft edge, too
    height, width = (max(1, round(side * factor)) for side in ink.shape)
    method = Image.Resampling.BICUBIC if factor > 1 else Image.Resampling.BOX
    canvas = np.asarray(Image.fromarray(ink).resize((width, height), method), dtype=np.float32)
    signed = signed_distance(np.pad(canvas, REACH) > EDGE, REACH)
    before = stroke_width(signed)
    change = FINER * STROKE_WIDTH - before
    # The mean of a 6 whose loop is filled says nothing of its back, which must not be thinned away.
    if change < 0 and _shrinks_by(signed, change) > LOST:
        change = 0.0
    return with_width(signed, change), (before / FINER, (before + change) / FINER)


def _shrinks_by(signed: FloatArray, change: float) -> float:
    """By how many pixels a side of the ink's box moves inwards, beyond half of a change of the width."""
    before, after = (bounding_box(signed < offset) for offset in (0, change / 2))
    moved = np.abs(np.subtract(before, after)).max() if after[2] else np.inf
    return float(moved + change / 2)


def distance(mask: BoolArray, reach: int) -> FloatArray:
    """Distance of every pixel of the mask to the nearest pixel outside it, 0 outside.

    The Euclidean distance, but at most `reach` pixels: the minimum over rows of (distance along the row)**2 +
    (rows between)**2, one pass per axis (Felzenszwalb and Huttenlocher, 2012), here by trying every row. The
    squares are small whole numbers.
    """
    inside, along = mask, mask.astype(np.int16)
    for _ in range(1, reach):
        eroded = inside.copy()
        eroded[1:] &= inside[:-1]
        eroded[:-1] &= inside[1:]
        inside = eroded
        along += inside
    squared = np.ascontiguousarray(along.T) ** 2
    nearest = squared.copy()
    for step in range(1, reach):
        further = squared + np.int16(step**2)
        np.minimum(nearest[step:], further[:-step], out=nearest[step:])
        np.minimum(nearest[:-step], further[step:], out=nearest[:-step])
    away: FloatArray = np.sqrt(np.ascontiguousarray(nearest.T), dtype=np.float32)
    return away


def signed_distance(mask: BoolArray, reach: int) -> FloatArray:
    """Distance to the edge of the mask, which runs between the pixels: negative inside, positive outside."""
    return np.where(mask, 0.5 - distance(mask, reach), distance(~mask, reach) - 0.5)


def stroke_width(signed: FloatArray) -> float:
    """Typical width of a stroke: in a band of width w the mean distance to the edge is w / 4."""
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
        uint8 (28, 28), 0 background, 255 full ink, all 0 if there is no ink; and by how many pixels the box
        was moved to the right and down from the middle.
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
    # If most ink is at one end of the box, the box would leave the field: stay inside.
    top = int(np.clip(round(CENTRE - centre_row), 0, SIDE - height))
    left = int(np.clip(round(CENTRE - centre_column), 0, SIDE - width))
    field[top : top + height, left : left + width] = np.rint(small * 255)
    return field, (left - (SIDE - width) // 2, top - (SIDE - height) // 2)


def area_average(picture: FloatArray, height: int, width: int) -> FloatArray:
    """Resize to (height, width), so that each new pixel is the mean of the area that it covers."""
    down, across = (_overlaps(old, new) for old, new in zip(picture.shape, (height, width), strict=True))
    averaged: FloatArray = down @ picture @ across.T
    return averaged


def _overlaps(old: int, new: int) -> FloatArray:
    """The share of each new pixel that each old pixel covers, shape (new, old); rows sum to 1."""
    edges = np.arange(new + 1)[:, None] * (old / new)
    covered = np.clip(edges - np.arange(old), 0, 1)
    shares: FloatArray = (np.diff(covered, axis=0) * (new / old)).astype(np.float32)
    return shares


def is_mnist_like(grey: FloatArray) -> bool:
    """Whether brightness (28, 28) is normalised as in MNIST already, so that it needs no change.

    That is: light ink in a box of 20 pixels, with the centre of mass at index 14, and 0 everywhere else.
    """
    if grey.shape != (SIDE, SIDE) or np.count_nonzero(grey) > grey.size // 2:
        return False
    left, top, right, bottom = bounding_box(grey)
    if max(right - left, bottom - top) not in BOX_SIDES:
        return False
    index, mass = np.arange(SIDE), grey.sum()
    centre = np.array([grey.sum(axis=1) @ index, grey.sum(axis=0) @ index]) / mass
    return bool((np.abs(centre - CENTRE) < CENTRE_TOLERANCE).all())
