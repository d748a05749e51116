"""Bringing every pen to the thickness that MNIST was written with.

A thin stroke that is shrunk to 20 pixels fades to a grey thread, a marker closes the loops of an 8; a
network trained on MNIST has seen neither. The signed distance to the edge of the ink lets one formula
do both: ink is where the distance is below an offset, so a positive offset thickens the stroke by it on
either side and a negative one thins it, in fractions of a pixel and with smooth edges.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from mnist_ocr.images.arrays import BoolArray, FloatArray

FINER = 4
"""Strokes are measured and changed at this many pixels for each one of the 28 x 28."""

CANVAS = 20 * FINER
"""Longer side of the digit there."""

STROKE = 0.13 * CANVAS
"""Width of MNIST's strokes, 2.6 of 20 pixels (median of the training pictures)."""

SOFT_EDGE = 0.75 * FINER
"""Width over which ink fades into the ground: three quarters of a pixel of the 28 x 28, as in MNIST."""

EDGE = 0.45
"""Where between ground (0) and ink (1) a stroke ends; less than half, so that lines a pixel wide hold."""

REACH = 12
"""Pixels beyond which the distance to the edge of a stroke is not needed: half of the thickest marker."""


@dataclass(frozen=True)
class Strokes:
    """Ink of an even thickness.

    Attributes:
        ink: shape (height, width), 0 ground to 1 ink; the digit is `CANVAS` pixels long.
        before: width of the stroke as it was written, in pixels of the 28 x 28.
        after: the same as it is now.
    """

    ink: FloatArray
    before: float
    after: float


def even_out(ink: FloatArray) -> Strokes:
    """Bring the strokes of a digit to the width that MNIST has.

    Args:
        ink: shape (height, width), 0 ground to 1 ink, cut to the digit.
    """
    factor = CANVAS / max(ink.shape)
    ink = np.pad(ink, 1)  # so that ink at the side of its box fades like everywhere else
    height, width = (max(1, round(side * factor)) for side in ink.shape)
    method = Image.Resampling.BICUBIC if factor > 1 else Image.Resampling.BOX
    canvas = np.asarray(Image.fromarray(ink).resize((width, height), method), dtype=np.float32)
    signed = signed_distance(np.pad(canvas, REACH) > EDGE, REACH)
    before = width_of_stroke(signed)
    return Strokes(with_width(signed, STROKE - before), before / FINER, STROKE / FINER)


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


def width_of_stroke(signed: FloatArray) -> float:
    """Typical width of the stroke: in a band of width w the mean distance to its edge is w / 4."""
    inside = -signed[signed < 0]
    return 4 * float(inside.mean()) if inside.size else 0.0


def with_width(signed: FloatArray, change: float) -> FloatArray:
    """Ink, 0 .. 1, of a stroke made wider by `change` pixels (narrower if negative)."""
    ink: FloatArray = np.clip(0.5 + (change / 2 - signed) / SOFT_EDGE, 0, 1)
    return ink
