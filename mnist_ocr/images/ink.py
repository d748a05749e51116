"""Where the ink is, whatever the light.

Ink is what is darker than the paper *around it*: a shadow darkens both, so no single threshold can do.
The brightness of the paper is the local mean of the pixels that are not ink (box mean through an
integral image, Bradley and Roth, 2007), and darkness is 1 - brightness / paper. Light ink on a dark
ground is the same picture inverted; which of the two it is, the picture shows by its skew: ink is rare
and far from its surroundings, ground is common and close to them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mnist_ocr.images.arrays import FloatArray

WINDOW = 1 / 6
"""Radius of the local mean, in short sides: wider than a stroke, narrower than most shadows."""

INK = 0.78
"""A first guess at ink: darker than this share of the local mean."""

MAD_TO_SIGMA = 1.4826
"""Median absolute deviation to standard deviation, for the normal distribution."""


@dataclass(frozen=True)
class Darkness:
    """How much darker than its paper every pixel is.

    Attributes:
        values: shape (height, width), 0 paper to 1 black.
        noise: standard deviation of the paper's own values, robustly.
        dark_ink: false where the picture was inverted, because its ink is light.
    """

    values: FloatArray
    noise: float
    dark_ink: bool


def find_darkness(grey: FloatArray, invert: str = "auto") -> Darkness:
    """Compare every pixel of grey (height, width), 0 .. 255, with the ground around it.

    Args:
        grey: brightness, 0 black to 255 white.
        invert: "no" for dark ink on a light ground, "yes" for light ink on a dark ground, "auto" to see.
    """
    short = min(grey.shape)
    radius = max(2, round(short * WINDOW))
    dark_ink = invert == "no" or (invert == "auto" and _ink_is_dark(grey, max(2, short // 3)))
    light = grey if dark_ink else 255 - grey
    mean = box_mean(light, radius)
    ground = (light > INK * mean).astype(np.float32)
    share = box_mean(ground, radius)
    typical = float(np.median(light[ground > 0])) if ground.any() else 255.0
    paper = np.where(share > 0.05, box_mean(light * ground, radius) / np.maximum(share, 0.05), typical)
    values = 1 - light / np.maximum(paper, 1)
    flat = np.abs(values[ground > 0])
    noise = MAD_TO_SIGMA * float(np.median(flat)) if flat.size else 0.0
    return Darkness(np.clip(values, 0, 1), noise, dark_ink)


def _ink_is_dark(grey: FloatArray, radius: int) -> bool:
    difference = grey - box_mean(grey, radius)
    return float((difference**3).sum()) < 0


def box_mean(values: FloatArray, radius: int) -> FloatArray:
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
