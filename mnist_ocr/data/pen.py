"""Drawing the stroke of a round pen, and placing the drawing in an image as MNIST does.

**Ink.** A pen of radius r that follows a curve leaves ink where the distance d to the curve is below r.
So an image needs, for every pixel, the largest r² − d² over all positions on the curve. A soft maximum is

    max (r² − d²)  ≈  2s² log Σ w · exp((r² − d²) / 2s²)

with w = (length of curve at that position) / (s √2π), which makes it exact for a straight line. Since
d² = dx² + dy², each term is a factor that depends on the pixel's row times one that depends on its column,
and the sum over all positions, for all pixels at once, is one matrix product. The softness s rounds the inner
corners a little where strokes meet, as ink does.

**Position.** MNIST scales a digit so that its longer side is 20 pixels, and then moves that box by whole
pixels so that the centre of mass of the ink is nearest to index 14 of 28 (Y. LeCun, C. Cortes and C. J. C.
Burges, "The MNIST database of handwritten digits", 1998). Positions are in pixels: the centre of pixel 0 is
at 0.5.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

BOX = 20
FRAME = 28
_CENTRE = 14
_SOFTNESS = 0.6  # s, in pixels: more than the distance of two positions, less than the thinnest pen
_EDGE = 1.1  # width of the soft edge of a stroke, in pixels
_FAINTEST = -40.0  # smallest exponent: smaller ones give denormal numbers, which are slow


def fit(
    positions: NDArray[np.float32], radii: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Scale and move each digit so that the longer side of its ink fills the box exactly.

    Args:
        positions: (images, positions, 2), the path of the pen, x and y in any unit.
        radii: (images, positions), the radius of the pen there, in the same unit.

    Returns:
        Both in pixels of the box; along the shorter side the ink is centred.
    """
    low, high = (positions - radii[..., None]).min(axis=1), (positions + radii[..., None]).max(axis=1)
    scales = BOX / (high - low).max(axis=1)
    middles = (low + high)[:, np.newaxis] / 2
    return (positions - middles) * scales[:, None, None] + BOX / 2, radii * scales[:, None]


def ink(
    positions: NDArray[np.float32], radii: NDArray[np.float32], pen_down: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """Draw each digit in its box.

    Args:
        positions: (images, positions, 2), the path of the pen, x and y in pixels.
        radii: (images, positions), the radius of the pen there, in pixels.
        pen_down: (images, positions), whether the pen draws from this position to the next one.

    Returns:
        (images, BOX, BOX), from 0 for background to 1 for ink.
    """
    steps = np.zeros((len(positions), positions.shape[1] + 1), np.float32)
    steps[:, 1:-1] = np.linalg.norm(np.diff(positions, axis=1), axis=2) * pen_down[:, :-1]
    lengths = (steps[:, :-1] + steps[:, 1:]) / 2
    widest = radii.max(axis=1, keepdims=True)  # factored out of the sum, so that no exponential overflows
    variance = _SOFTNESS**2
    weights = lengths / math.sqrt(2 * math.pi * variance) * np.exp((radii**2 - widest**2) / (2 * variance))

    pixels = np.arange(BOX, dtype=np.float32) + 0.5
    exponents = (pixels - positions[..., np.newaxis]) ** 2 / (-2 * variance)  # (…, x or y, BOX)
    nearness = np.exp(np.maximum(exponents, _FAINTEST))
    rows = (nearness[:, :, 1] * weights[..., np.newaxis]).transpose(0, 2, 1)
    total = np.maximum(rows @ nearness[:, :, 0], math.exp(2 * _FAINTEST))
    largest = 2 * variance * np.log(total) + widest[:, np.newaxis] ** 2

    radius = radii.mean(axis=1)[:, None, None]
    depth = radius - np.sqrt(np.maximum(radius**2 - largest, 0))  # how far a pixel is inside the stroke
    drawing: NDArray[np.float32] = np.clip(0.5 + depth / _EDGE, 0, 1)
    return drawing


def frame(boxes: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Put each box, by whole pixels, where its centre of mass is nearest to index 14 of the image.

    Args:
        boxes: (images, BOX, BOX), ink from 0 to 1, none of them empty.

    Returns:
        (images, FRAME, FRAME), ink from 0 to 255.
    """
    index = np.arange(BOX)
    mass = boxes.sum(axis=(1, 2))
    top = _CENTRE - boxes.sum(axis=2) @ index / mass
    left = _CENTRE - boxes.sum(axis=1) @ index / mass
    rows = index + np.rint(top).astype(np.intp).clip(0, FRAME - BOX)[:, np.newaxis]
    columns = index + np.rint(left).astype(np.intp).clip(0, FRAME - BOX)[:, np.newaxis]
    frames = np.zeros((len(boxes), FRAME, FRAME), np.uint8)
    frames[np.arange(len(boxes))[:, None, None], rows[:, :, None], columns[:, None, :]] = np.rint(boxes * 255)
    return frames
