"""Redrawing digits with another pen, in another hand, so that a network learns what they have in common.

MNIST's digits were written by American clerks and pupils, and scanned in one way. A person's own digit
leans differently, is wider or narrower, thicker or thinner, and not quite in the middle; it is a 7 all the
same. Here each image is changed in two steps.

**The pen.** A thick pen inks what a thin one inks and a rim around it: every pixel becomes the darkest of
its 3 × 3 neighbourhood (grey dilation), or something on the way to that. The opposite, taking the lightest,
would wipe out a stroke of two pixels; a thin pen rather leaves the soft edges of the stroke white and keeps
its core. A mean over the neighbourhood blurs.

**The hand.** Every pixel of the new picture looks up where its ink was in the old one,

    row    = r(y, x),    column = c(y, x),

and reads it there, mixed from the four pixels around (bilinear interpolation). For a turn, a slant, a
stretch and a shift, r and c are sums of 1, y and x. For the tremble of a hand they have a random field added
that varies smoothly from pixel to pixel: the elastic distortion of P. Simard, D. Steinkraus and J. Platt,
"Best practices for convolutional neural networks applied to visual document analysis", ICDAR 2003,
section 2. They blur white noise with a Gaussian; here the noise lives on a coarse lattice and each lattice
point spreads a Gaussian bump, which is the same field to within a percent for a twelfth of the numbers. With
f(y) = (1, y, bump 1 at y, bump 2 at y, …), all of this is one product,

    r(y, x) = f(y)ᵀ R f(x),    c(y, x) = f(y)ᵀ C f(x),

where R and C are small matrices drawn afresh for each image. One lookup means one blur, however many
changes there are.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnist_ocr.data.framed import MARGIN, SIDE, Floats, darkest_around, framed, look_up, mean_around

CENTRE = 14
"""The row and column where MNIST puts the centre of mass: what turns and stretches leave in place."""

SMOOTHNESS = 4.0
"""Standard deviation, in pixels, of the Gaussian bumps that the elastic field is made of (Simard: 4)."""

_BUMPS = 8  # along each axis, 5 pixels apart: at 1.25 standard deviations their sum has no dents
_AT_ONCE = 64  # images whose arrays fit into a processor's second-level cache


def _axis() -> Floats:
    """The functions f at each of the 28 pixels of an axis: 1, the distance from the centre, the bumps.

    The bumps are scaled so that their squares add up to 1 at every pixel: multiplied with independent
    normal numbers of deviation 1 they give a field of deviation 1 everywhere. Returns (28, 2 + _BUMPS).
    """
    pixels = np.arange(SIDE)
    middles = np.linspace(-SMOOTHNESS, SIDE - 1 + SMOOTHNESS, _BUMPS)
    bumps = np.exp(-((pixels[:, np.newaxis] - middles) ** 2) / (2 * SMOOTHNESS**2))
    bumps /= np.linalg.norm(bumps, axis=1, keepdims=True)
    return np.column_stack([np.ones(SIDE), pixels - CENTRE, bumps]).astype(np.float32)


_AXIS = _axis()


@dataclass(frozen=True)
class Distortion:
    """How far each property of an image may be changed; with all of them 0 nothing is.

    Each image gets its own amounts: uniform between the limits, but `elastic`, which is normal.

    Attributes:
        rotation: degrees, either way.
        slant: pixels sideways per pixel upwards, either way.
        scale: 0.1 makes digits up to 1.1 times as large, or as small.
        stretch: 0.1 makes digits up to 1.1 times as wide for their height, or as narrow.
        shift: pixels along each axis, either way.
        elastic: root mean square of the elastic displacement along each axis, in pixels.
        thickening: 0 to 1, part of the way to a stroke that has gained a pixel on every side.
        thinning: 0 to below 1, ink paler than this part of full ink is wiped off and the rest made up for it.
        blur: 0 to 1, part of the way to the mean of neighbours weighted 1 2 1 along both axes.
        contrast: 0.1 makes ink up to 1.1 times as dark (never darker than full ink), or as pale.
    """

    rotation: float = 10.0
    slant: float = 0.2
    scale: float = 0.1
    stretch: float = 0.15
    shift: float = 1.0
    elastic: float = 1.0
    thickening: float = 0.3
    thinning: float = 0.3
    blur: float = 0.25
    contrast: float = 0.15

    def __call__(
        self, images: NDArray[np.uint8], generator: np.random.Generator, out: NDArray[np.floating]
    ) -> None:
        """Distort each image in its own way.

        Args:
            images: (images, 28, 28), 0 for background to 255 for ink.
            generator: decides how; the same state gives the same pictures, bit for bit.
            out: (images, 784), is filled with 0 for background to 1 for ink.
        """
        for start in range(0, len(images), _AT_ONCE):
            some = slice(start, start + _AT_ONCE)
            count = len(images[some])
            ink = self._pen(images[some], generator)
            rows, columns = self._hand(count, generator)
            full_ink = 255 / _factors(generator, self.contrast, count)[:, np.newaxis]
            np.divide(look_up(ink, rows, columns), full_ink, out=out[some])
            np.clip(out[some], 0, 1, out=out[some])

    def _pen(self, images: NDArray[np.uint8], generator: np.random.Generator) -> Floats:
        """The images in a frame of background, drawn with another pen: (images, FRAMED, FRAMED)."""
        count = len(images)
        before = framed(images)
        change = _uniform(generator, -self.thinning, self.thickening, (count, 1, 1))
        blur = _uniform(generator, 0, self.blur, (count, 1, 1))
        thicker, wiped_off = np.maximum(change, 0), np.maximum(-change, 0)
        ink: Floats = before + thicker * (darkest_around(before) - before)
        np.maximum(ink - 255 * wiped_off, 0, out=ink)
        ink /= 1 - wiped_off
        ink += blur * (mean_around(ink) - ink)
        return ink

    def _hand(self, count: int, generator: np.random.Generator) -> tuple[Floats, Floats]:
        """Where each pixel finds its ink: rows and columns of the framed image, each (images, 28, 28)."""
        angle = np.radians(_uniform(generator, -self.rotation, self.rotation, count))
        slant = _uniform(generator, -self.slant, self.slant, count)
        size = _factors(generator, self.scale, count)
        shape = np.sqrt(_factors(generator, self.stretch, count))
        down, right = _uniform(generator, -self.shift, self.shift, (2, count))

        # Forward, a digit is sized, slanted, turned and moved; to look up is to go all the way back.
        cosine, sine = np.cos(angle), np.sin(angle)
        height, width = size / shape, size * shape
        # factors[image, r or c, i, j] is what the function i of y times the function j of x counts for.
        factors = np.zeros((count, 2, *2 * _AXIS.shape[1:]), np.float32)
        normal = generator.standard_normal((count, 2, _BUMPS, _BUMPS), np.float32)
        factors[:, :, 2:, 2:] = self.elastic * normal
        row, column = factors[:, 0], factors[:, 1]
        row[:, 1, 0] = cosine / height
        row[:, 0, 1] = sine / height
        column[:, 1, 0] = (slant * cosine - sine) / width
        column[:, 0, 1] = (slant * sine + cosine) / width
        for place in (row, column):
            place[:, 0, 0] = CENTRE + MARGIN - place[:, 1, 0] * down - place[:, 0, 1] * right
        return _AXIS @ row @ _AXIS.T, _AXIS @ column @ _AXIS.T


def _uniform(generator: np.random.Generator, low: float, high: float, shape: int | tuple[int, ...]) -> Floats:
    numbers: Floats = low + (high - low) * generator.random(shape, np.float32)
    return numbers


def _factors(generator: np.random.Generator, limit: float, count: int) -> Floats:
    """Factors between 1 / (1 + limit) and 1 + limit, as often above 1 as below: (count,)."""
    most = math.log1p(limit)
    factors: Floats = np.exp(_uniform(generator, -most, most, count))
    return factors
