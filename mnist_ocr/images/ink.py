"""Finding the ink of a picture in any light.

Ink is darker than the paper *around it*. A shadow darkens both, so one threshold for the whole picture does
not work. The brightness of the paper is a morphological closing of the picture (Serra, 1982): it fills dark
valleys narrower than a square, but preserves gradual changes of light and the edges of shadows, along which a
local mean would create false lines. Darkness is 1 - brightness / paper. Light ink on a dark ground is treated
as the inverted picture. The skewness of the brightness shows which of the two it is: ink pixels are rare and
differ much from their surroundings, ground pixels are common and differ little.

In the middle of a large dark shape there is no paper nearby, so only its edge is found, and a filled disc
would look like a 0. It is recognised by the brightness inside of the ring, which is that of the ring and not
that of the paper outside; or, if the paper around a shape was taken for a ring of light ink, by the
brightness outside.

A digit that fills its picture leaves no paper to compare with. There one threshold for the whole picture is
better: the one that divides its brightness best into two classes (Otsu, 1979).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from PIL import Image

from mnist_ocr.images.arrays import BoolArray, FloatArray, bounding_box, median, window_max, window_mean

VALLEY = 0.4  # Ink is narrower than this share of the shorter side; anything wider is ground in another light
RIM = 1 / 4  # Share of the square: a narrower dark band along the edge is ink, a wider one a shadow
SURROUNDINGS = 1 / 4  # Share of the shorter side: how far the ground around a pixel reaches
BLACK_LEVEL = 16  # Of 255: smaller differences are noise, which a logarithm would enlarge
SAMPLE = 20_000  # Pixels from which the typical brightness and the noise of a picture are estimated
SKETCH = 160  # Longer side, in pixels, of the reduced picture in which the paper is found
LEAST_TYPICAL = 0.5  # Of paper to closing: grain never halves it, so below it most pixels are ink
MAD_TO_SIGMA = 1.4826  # Median absolute deviation to standard deviation, for the normal distribution
LEAST_INSIDE = 0.1  # Share of the box that the ink must enclose for its inside to be examined
AS_DARK_AS_INK = 0.25  # Limit of ink, from 0 for the ink to 1 for the paper; paper in a shadow is lighter
LEVELS = (0.45, 0.3, 0.2, 0.12, 0.07)  # Thresholds of darkness, marker to pencil: the first with ink is used
NOISE_MARGIN = 4.5  # Ink is darker than this many standard deviations of the paper


class Darkness(NamedTuple):
    """How much darker than its paper every pixel is.

    Attributes:
        values: shape (height, width), 0 paper to 1 black.
        noise: standard deviation of the values of the paper, by an estimate that ink hardly changes.
    """

    values: FloatArray
    noise: float


def find_darkness(grey: FloatArray, *, dark_ink: bool = True) -> Darkness:
    """Compare every pixel of grey (height, width), 0 .. 255, with the ground around it.

    Args:
        grey: brightness, 0 black to 255 white.
        dark_ink: False for light ink on a dark ground, as MNIST is.
    """
    # Light changes slowly, so a smaller picture is enough to find the paper.
    sketch = reduced(grey, SKETCH)
    light = grey if dark_ink else 255 - grey
    paper = _resized(_paper(sketch if dark_ink else 255 - sketch), grey.shape)
    share = (light + 1) / (paper + 1)  # + 1 of 255, so that black on black is not ink
    # Typical paper is below 1, because the closing follows the brightest pixels of its noise.
    typical = np.float32(max(median(_sample(share)), LEAST_TYPICAL))
    values: FloatArray = 1 - share / typical
    return Darkness(np.clip(values, 0, 1), _noise(values))


def _noise(values: FloatArray) -> float:
    """Standard deviation of the noise: from differences of neighbours, so that slow changes do not count."""
    if values.shape[1] < 2:
        return 0.0
    rows = values[:: max(1, values.size // SAMPLE)]
    return MAD_TO_SIGMA * median(np.abs(np.diff(rows, axis=1))) / math.sqrt(2)


def _sample(values: FloatArray) -> FloatArray:
    """Every so manyth of the values."""
    return values.reshape(-1)[:: max(1, values.size // SAMPLE)]


def reduced(grey: FloatArray, side: int) -> FloatArray:
    """The picture, (height, width), reduced so that its longer side has at most `side` pixels."""
    shrink = min(1.0, side / max(grey.shape))
    return _resized(grey, tuple(max(1, round(length * shrink)) for length in grey.shape))


def _resized(values: FloatArray, shape: tuple[int, ...]) -> FloatArray:
    if values.shape == shape:
        return values
    height, width = shape
    image = Image.fromarray(values)
    return np.asarray(image.resize((width, height), Image.Resampling.BILINEAR), dtype=np.float32)


def skewness(grey: FloatArray) -> float:
    """Whether the pixels that differ most from their surroundings are lighter (to 1) or darker (to -1).

    Logarithms are used, because the edge of a shadow is symmetrical in them.
    """
    light = np.log(reduced(grey, SKETCH) + BLACK_LEVEL)
    difference = light - window_mean(light, max(2, round(min(light.shape) * SURROUNDINGS)))
    cubes = difference**3
    return float(cubes.sum()) / max(float(np.abs(cubes).sum()), 1e-9)


def _paper(light: FloatArray) -> FloatArray:
    """Brightness of the ground at every pixel: a closing, the minimum of the maximum over a square."""
    side = max(3, round(min(light.shape) * VALLEY)) | 1  # odd: a square with a middle
    rim = max(1, round(side * RIM))
    ground = _continued(_continued(light, side, rim).T, side, rim).T
    ground = -window_max(-window_max(ground, side), side)
    return ground[side:-side, side:-side]


def _continued(light: FloatArray, length: int, rim: int) -> FloatArray:
    """Add rows above and below that continue shadows, but not strokes along the edge of the picture.

    A stroke is narrow, so the rows repeat the brightest values of several of the outermost rows.
    """
    above, below = light[:rim].max(axis=0), light[-rim:].max(axis=0)
    return np.concatenate((np.tile(above, (length, 1)), light, np.tile(below, (length, 1))))


def is_outline_of_a_shape(light: FloatArray, ink: BoolArray) -> bool:
    """Whether the ink is about as dark as the area that it encloses, or as the area around it.

    Args:
        light: (height, width), brightness of the picture, in which ink is darker than paper.
        ink: (height, width), the pixels of a digit; at least one.
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


class Threshold(NamedTuple):
    """The brightness that divides a picture best into two classes (Otsu, 1979).

    Attributes:
        value: between the classes.
        dark, light: the means of the classes.
        separability: variance between the classes as a share of all variance, 0 to 1.
        dark_share: share of the pixels below `value`.
    """

    value: float
    dark: float
    light: float
    separability: float
    dark_share: float


def otsu(grey: FloatArray) -> Threshold:
    """Divide the brightness of a picture, (height, width), 0 .. 255, into two classes."""
    counts = np.bincount(np.rint(grey).astype(np.intp).ravel(), minlength=256).astype(np.float64)
    levels = np.arange(len(counts))
    below, total = np.cumsum(counts)[:-1], float(counts.sum())
    sums, whole = np.cumsum(counts * levels)[:-1], float(counts @ levels)
    above = np.maximum(total - below, 1)
    between = (whole * below / total - sums) ** 2 / (np.maximum(below, 1) * above)
    best = np.flatnonzero(between >= between.max() * (1 - 1e-9))
    value = float(best.mean()) + 0.5
    at = int(best[0])
    variance = float(counts @ (levels - whole / total) ** 2) / total
    return Threshold(
        value,
        float(sums[at] / max(below[at], 1)),
        float((whole - sums[at]) / above[at]),
        float(between[at]) / max(variance, 1e-6),
        float(below[at] / total),
    )
