"""Where the ink is, whatever the light.

Ink is what is darker than the paper *around it*: a shadow darkens both, so no single threshold can do. The
brightness of the paper is a morphological closing of the picture (Serra, 1982): dark valleys narrower than
a square are filled, while slopes of light and the step at the edge of a shadow stay, where a local mean
would draw a false line along them. Darkness is 1 - brightness / paper. Light ink on a dark ground is the
same picture inverted; which of the two it is, the picture shows by its skew: ink is rare and far from its
surroundings, ground is common and close to them.

In the middle of a large dark shape there is no paper around, so only its edge is found, and a filled disc
would come out as a 0. What gives it away: the inside of the ring is as dark as the ring itself, and not as
light as the paper outside; or, where the paper around a shape was taken for a ring of light ink, the
outside is.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PIL import Image

from mnist_ocr.images.arrays import BoolArray, FloatArray, bounding_box, median, window_max, window_mean

VALLEY = 0.4
"""Ink is narrower than this share of the short side; what is wider is ground in another light."""

RIM = 1 / 4
"""In squares: a dark band along the edge is ink where it is narrower than this, and a shadow where not."""

SURROUNDINGS = 1 / 4
"""Radius, in short sides, of what a pixel is compared with to tell dark ink from light ink."""

BLACK_LEVEL = 16
"""Of 255: below it differences are noise, which a logarithm must not blow up."""

SKETCH = 240
"""Longer side of the picture in which the light is looked at."""

LEAST_TYPICAL = 0.5
"""Least that typical paper can have of the closing: grain never halves it; below this, most of it is ink."""

MAD_TO_SIGMA = 1.4826
"""Median absolute deviation to standard deviation, for the normal distribution."""

LEAST_INSIDE = 0.1
"""Part of the box that has to lie inside of the ink before it is asked how dark it is."""

AS_DARK_AS_INK = 0.25
"""Part of the way from ink to paper up to which something counts as ink; paper in a shadow is lighter."""


@dataclass(frozen=True)
class Darkness:
    """How much darker than its paper every pixel is.

    Attributes:
        values: shape (height, width), 0 paper to 1 black.
        noise: standard deviation of the paper's own values, estimated so that ink hardly counts.
        dark_ink: false where the picture was inverted, because its ink is light.
    """

    values: FloatArray
    noise: float
    dark_ink: bool


def find_darkness(grey: FloatArray, invert: str = "auto") -> Darkness:
    """Compare every pixel of grey (height, width), 0 .. 255, with the ground around it.

    Args:
        grey: brightness, 0 black to 255 white.
        invert: "yes" for dark ink on a light ground, "no" for light ink on a dark ground (as MNIST
            is), "auto" to see for itself.
    """
    # Light changes slowly, and is looked at in a smaller picture.
    shrink = min(1.0, SKETCH / max(grey.shape))
    height, width = (max(1, round(side * shrink)) for side in grey.shape)
    sketch = _resized(grey, (height, width))
    dark_ink = invert == "yes" or (invert == "auto" and _ink_is_dark(sketch))
    light = grey if dark_ink else 255 - grey
    paper = _resized(_paper(sketch if dark_ink else 255 - sketch), grey.shape)
    share = (light + 1) / (paper + 1)  # + 1 of 255, so that black on black is not taken for ink
    # Typical paper is below 1, because the closing follows the brightest pixels of its noise.
    typical = np.float32(max(median(share), LEAST_TYPICAL))
    values: FloatArray = 1 - share / typical
    return Darkness(np.clip(values, 0, 1), _noise(values), dark_ink)


def _noise(values: FloatArray) -> float:
    """Standard deviation of the pixels' own noise: from neighbours, so that slow changes do not count."""
    if values.shape[1] < 2:
        return 0.0
    return MAD_TO_SIGMA * median(np.abs(np.diff(values, axis=1))) / math.sqrt(2)


def _resized(values: FloatArray, shape: tuple[int, ...]) -> FloatArray:
    if values.shape == shape:
        return values
    height, width = shape
    image = Image.fromarray(values)
    return np.asarray(image.resize((width, height), Image.Resampling.BILINEAR), dtype=np.float32)


def _ink_is_dark(grey: FloatArray) -> bool:
    """Whether what differs from its surroundings differs towards black: the sign of the skew.

    In logarithms, where the edge of a shadow is as far up on one side as it is down on the other.
    """
    light = np.log(grey + BLACK_LEVEL)
    difference = light - window_mean(light, max(2, round(min(grey.shape) * SURROUNDINGS)))
    return float((difference**3).sum()) < 0


def _paper(light: FloatArray) -> FloatArray:
    """Brightness of the ground at every pixel: a closing, the minimum of the maximum over a square.

    It fills every dark valley narrower than the square, and leaves slopes, steps and wide shadows alone.
    """
    side = max(3, round(min(light.shape) * VALLEY)) | 1  # odd: a square with a middle
    rim = max(1, round(side * RIM))
    ground = _continued(_continued(light, side, rim).T, side, rim).T
    ground = -window_max(-window_max(ground, side), side)
    return ground[side:-side, side:-side]


def _continued(light: FloatArray, length: int, rim: int) -> FloatArray:
    """Rows added above and below: a shadow goes on outside of the picture, a stroke along its edge does not.

    Which of the two it is shows at a distance from the edge, hence the brightest of the outermost rows.
    """
    above, below = light[:rim].max(axis=0), light[-rim:].max(axis=0)
    return np.concatenate((np.tile(above, (length, 1)), light, np.tile(below, (length, 1))))


def is_outline_of_a_shape(light: FloatArray, ink: BoolArray) -> bool:
    """Whether the ink is as dark as what it goes round, or as what goes round it.

    Args:
        light: (height, width), brightness of the picture, ink being darker than paper.
        ink: (height, width), what was taken for a digit's ink; not empty.
    """
    left, top, right, bottom = bounding_box(ink)
    box = slice(top, bottom), slice(left, right)
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
