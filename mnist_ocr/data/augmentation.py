"""Showing the network each image a little differently every time: it shall learn the digit, not the picture.

Every entry of `AUGMENTATIONS` takes a stack of images and writes what the network shall see, scaled to 0..1,
into a buffer that the training loop owns; no array is made for a single image. They differ in strength:
"shift" costs next to nothing and suits a short training; "full" takes many epochs to be learned, and is what
makes a network read the digits of people who are not in its data set. "strong" goes further still, and only
networks with many nodes learn more from it.

The last two are *distortions*. MNIST's digits were written by American clerks and pupils, and scanned in one
way. A person's own digit leans differently, is wider or narrower, thicker or thinner, and not quite in the
middle; it is a 7 all the same. Each image is changed in two steps.

**The pen.** A thick pen inks what a thin one inks and a rim around it: every pixel becomes the darkest of its
3 × 3 neighbourhood (grey dilation), or something on the way to that. The opposite, taking the lightest, would
wipe out a stroke of two pixels; a thin pen rather leaves the soft edges of the stroke white and keeps its
core. A mean over the neighbourhood blurs.

**The hand.** Every pixel of the new picture looks up where its ink was in the old one,

    row    = r(y, x),    column = c(y, x),

and reads it there, mixed from the four pixels around (bilinear interpolation). For a turn, a slant, a stretch
and a shift, r and c are sums of 1, y and x. For the tremble of a hand they have a random field added that
varies smoothly from pixel to pixel: the elastic distortion of P. Simard, D. Steinkraus and J. Platt, "Best
practices for convolutional neural networks applied to visual document analysis", ICDAR 2003, section 2. They
blur white noise with a Gaussian; here the noise lives on a coarse lattice and each lattice point spreads a
Gaussian bump, which is the same field to within a percent for a twelfth of the numbers. With
f(y) = (1, y, bump 1 at y, bump 2 at y, …), all of this is one product,

    r(y, x) = f(y)ᵀ R f(x),    c(y, x) = f(y)ᵀ C f(x),

where R and C are small matrices drawn afresh for each image. One lookup means one blur, however many changes
there are.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Inputs = npt.NDArray[np.floating]
Augmentation = Callable[[Pixels, np.random.Generator, Inputs], None]

SIDE = 28
CENTRE = 14
"""The row and column where MNIST puts the centre of mass: what turns and stretches leave in place."""

SMOOTHNESS = 4.0
"""Standard deviation, in pixels, of the Gaussian bumps that the elastic field is made of (Simard: 4)."""

_BUMPS = 8  # along each axis, 5 pixels apart: at 1.25 standard deviations their sum has no dents
_AT_ONCE = 64  # images whose arrays fit into a processor's second-level cache

_MARGIN = 3  # lines of background: one to be thickened into, one to be blurred into, and one that stays empty
_FRAMED = SIDE + 2 * _MARGIN


def as_inputs(images: Pixels, out: Inputs | None = None) -> Inputs:
    """Turn images into what a network takes: bytes of 0..255 are scaled to 0..1, floats stay as they are.

    (images, 28, 28) -> (images, 784)
    """
    rows = images.reshape(len(images), -1)
    if out is None:
        out = np.empty(rows.shape, np.float32)
    np.divide(rows, 255 if rows.dtype == np.uint8 else 1, out=out, dtype=out.dtype)
    return out


def _none(images: Pixels, generator: np.random.Generator, out: Inputs) -> None:
    as_inputs(images, out)


def _shift(images: Pixels, generator: np.random.Generator, out: Inputs) -> None:
    """Move each image by -1, 0 or +1 pixel in both directions; what comes in from outside is background."""
    padded = np.zeros((len(images), SIDE + 2, SIDE + 2), np.uint8)  # np.pad is slower for a single image
    padded[:, 1:-1, 1:-1] = images
    windows = np.lib.stride_tricks.sliding_window_view(padded, (SIDE, SIDE), axis=(1, 2))
    down, right = generator.integers(0, 3, (2, len(images)))
    as_inputs(windows[np.arange(len(images)), down, right], out)


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

    def __call__(self, images: Pixels, generator: np.random.Generator, out: Inputs) -> None:
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
            np.divide(_look_up(ink, rows, columns), full_ink, out=out[some])
            np.clip(out[some], 0, 1, out=out[some])

    def _pen(self, images: Pixels, generator: np.random.Generator) -> Floats:
        """The images in a frame of background, drawn with another pen: (images, _FRAMED, _FRAMED)."""
        count = len(images)
        before = np.zeros((count, _FRAMED, _FRAMED), np.uint8)
        before[:, _MARGIN:-_MARGIN, _MARGIN:-_MARGIN] = images
        change = _uniform(generator, -self.thinning, self.thickening, (count, 1, 1))
        blur = _uniform(generator, 0, self.blur, (count, 1, 1))
        thicker, wiped_off = np.maximum(change, 0), np.maximum(-change, 0)
        ink: Floats = before + thicker * (_darkest_around(before) - before)
        np.maximum(ink - 255 * wiped_off, 0, out=ink)
        ink /= 1 - wiped_off
        ink += blur * (_mean_around(ink) - ink)
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
        for axis in (row, column):
            axis[:, 0, 0] = CENTRE + _MARGIN - axis[:, 1, 0] * down - axis[:, 0, 1] * right
        return _AXIS @ row @ _AXIS.T, _AXIS @ column @ _AXIS.T


AUGMENTATIONS: dict[str, Augmentation] = {
    "none": _none,
    "shift": _shift,
    "full": Distortion(),
    "strong": Distortion(
        rotation=12,
        slant=0.25,
        scale=0.12,
        stretch=0.25,
        shift=1.5,
        elastic=1.2,
        thickening=0.4,
        thinning=0.4,
        blur=0.3,
    ),
}


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


def _uniform(generator: np.random.Generator, low: float, high: float, shape: int | tuple[int, ...]) -> Floats:
    numbers: Floats = low + (high - low) * generator.random(shape, np.float32)
    return numbers


def _factors(generator: np.random.Generator, limit: float, count: int) -> Floats:
    """Factors between 1 / (1 + limit) and 1 + limit, as often above 1 as below: (count,)."""
    most = math.log1p(limit)
    factors: Floats = np.exp(_uniform(generator, -most, most, count))
    return factors


# In memory a stack of framed images is one long line of pixels: the neighbour at the side is 1 further, the
# one below _FRAMED further. Where that leads out of a row, or out of an image into the next one, the frame
# sees to it that there is only background; so a neighbourhood is a few shifted copies of the line, and no
# border is a special case.


def _darkest_around(stack: Pixels) -> Pixels:
    """The largest value in the 3 × 3 neighbourhood of each pixel of a stack: (images, _FRAMED, _FRAMED)."""
    line = stack.ravel()
    for step in (1, _FRAMED):
        darkest = line.copy()
        np.maximum(darkest[step:], line[:-step], out=darkest[step:])
        np.maximum(darkest[:-step], line[step:], out=darkest[:-step])
        line = darkest
    return line.reshape(stack.shape)


def _mean_around(ink: Floats) -> Floats:
    """The mean of the 3 × 3 neighbourhood of each pixel, weighted 1 2 1 along both axes."""
    line = ink.ravel()
    for step in (1, _FRAMED):
        mean = 0.5 * line
        mean[step:] += 0.25 * line[:-step]
        mean[:-step] += 0.25 * line[step:]
        line = mean
    return line.reshape(ink.shape)


def _look_up(ink: Floats, rows: Floats, columns: Floats) -> Floats:
    """Read each image at positions between its pixels, mixed from the four around (bilinear interpolation).

    Args:
        ink: (images, _FRAMED, _FRAMED), with background along the frame's outermost line.
        rows: (images, 28, 28), where in the frame to look; outside of it is background too.
        columns: likewise.

    Returns:
        What was found, (images, 784).
    """
    shape = (len(ink), SIDE * SIDE)
    down, right = (np.clip(positions, 0, _FRAMED - 1).reshape(shape) for positions in (rows, columns))
    row, column = np.floor(down), np.floor(right)
    down -= row
    right -= column
    row *= _FRAMED
    row += column
    pixel = row.astype(np.intp) + _FRAMED**2 * np.arange(len(ink))[:, np.newaxis]

    def neighbour(step: int) -> Floats:
        # Beyond the last pixel of the stack lies nothing; "clip" finds the background in its corner.
        return np.take(ink.ravel()[step:], pixel, mode="clip")

    upper, lower = neighbour(0), neighbour(_FRAMED)
    upper += right * (neighbour(1) - upper)
    lower += right * (neighbour(_FRAMED + 1) - lower)
    upper += down * (lower - upper)
    return upper
