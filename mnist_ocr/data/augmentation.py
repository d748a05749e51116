"""Augmentation: random changes of the training images, so that a network learns digits and not pictures.

Every entry of `AUGMENTATIONS` takes a batch of images and writes the changed ones, scaled to 0..1, into a
buffer of the training loop; no array is made for a single image. They differ in strength: "shift" costs
almost nothing and suits a short training; "full" needs many epochs, and makes a network read the digits of
people who are not in its data set; "strong" goes further, and only large networks learn more from it.

The last two are *distortions*. MNIST's digits were written by American clerks and pupils, and scanned in one
way. A person's own digit leans differently, is wider or narrower, thicker or thinner, and not quite centred,
but still the same digit. Each image is changed in two steps.

**Ink.** A thicker pen also inks a rim around the stroke: every pixel moves towards the maximum of its 3 × 3
neighbourhood (grey dilation). The opposite, the minimum, would erase a stroke of two pixels; so for a thinner
pen only the soft edges of the stroke become white. A mean over the neighbourhood blurs.

**Geometry.** Every pixel of the new image takes its value from a position in the old one,

    row    = r(y, x),    column = c(y, x),

interpolated between the four pixels around it (bilinear interpolation). For a rotation, slant, stretch and
shift, r and c are linear functions of y and x. Added to them is a random field that varies smoothly from
pixel to pixel: the elastic distortion of P. Simard, D. Steinkraus and J. Platt, "Best practices for
convolutional neural networks applied to visual document analysis", ICDAR 2003, section 2. They blur white
noise with a Gaussian; here the noise is on a coarse grid and each grid point has a Gaussian bump, which gives
the same field to within a percent from a twelfth of the numbers. With f(y) = (1, y, bump 1 at y, …), all of
this is one product,

    r(y, x) = f(y)ᵀ R f(x),    c(y, x) = f(y)ᵀ C f(x),

where R and C are small random matrices for each image. There is one interpolation, so all changes together
blur the image only once.

**Resolution.** Some images are then made as coarse as a digit of 8 to 16 pixels, cut out of a small picture:
reduced to that size by area averaging, made black and white or not, and enlarged again.
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
"""The row and column where MNIST puts the centre of mass; rotations and stretches leave it in place."""

SMOOTHNESS = 4.0
"""Standard deviation, in pixels, of the Gaussian bumps of the elastic field (Simard: 4)."""

_BUMPS = 8  # along each axis, 5 pixels (1.25 standard deviations) apart: close enough for an even sum
_CHUNK = 64  # images whose arrays fit into a processor's second-level cache

_MARGIN = 3  # rows of background around an image: for thickening, for blurring, and one that stays empty
_PADDED = SIDE + 2 * _MARGIN


def as_inputs(images: Pixels, out: Inputs | None = None) -> Inputs:
    """The rows that a network takes, (images, 784), of images (images, 28, 28).

    Bytes of 0..255 are scaled to 0..1, floats are copied.
    """
    rows = images.reshape(len(images), -1)
    if out is None:
        out = np.empty(rows.shape, np.float32)
    np.divide(rows, 255 if rows.dtype == np.uint8 else 1, out=out, dtype=out.dtype)
    return out


def _none(images: Pixels, generator: np.random.Generator, out: Inputs) -> None:
    as_inputs(images, out)


def _shift(images: Pixels, generator: np.random.Generator, out: Inputs) -> None:
    """Move each image by -1, 0 or +1 pixel in both directions; the new border is background."""
    padded = np.zeros((len(images), SIDE + 2, SIDE + 2), np.uint8)  # np.pad is slower for a single image
    padded[:, 1:-1, 1:-1] = images
    windows = np.lib.stride_tricks.sliding_window_view(padded, (SIDE, SIDE), axis=(1, 2))
    down, right = generator.integers(0, 3, (2, len(images)))
    as_inputs(windows[np.arange(len(images)), down, right], out)


@dataclass(frozen=True)
class Distortion:
    """The largest change of each property of an image; with 0 it stays as it is.

    Each image gets its own random amounts: uniform between the limits, but normal for `elastic`.

    Attributes:
        rotation: degrees, in both directions.
        slant: pixels sideways per pixel upwards, in both directions.
        scale: 0.1 makes digits up to 1.1 times as large, or as small.
        stretch: 0.1 makes digits up to 1.1 times as wide for their height, or as narrow.
        shift: pixels along each axis, in both directions.
        elastic: root mean square of the elastic displacement along each axis, in pixels.
        thickening: 0 to 1, where 1 makes a stroke one pixel wider on every side.
        thinning: 0 to below 1; ink paler than this share of full ink is removed, and the rest darkened.
        blur: 0 to 1, where 1 replaces a pixel by the mean of its neighbours, weighted 1 2 1 along both axes.
        contrast: 0.1 makes ink up to 1.1 times as dark (at most full ink), or as pale.
        coarse: the part of the images, 0 to 1, that come from a small picture.
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
    coarse: float = 0.1

    def __call__(self, images: Pixels, generator: np.random.Generator, out: Inputs) -> None:
        """Distort each image in its own way.

        Args:
            images: (images, 28, 28), 0 for background to 255 for ink.
            generator: of the random amounts; the same state gives the same result, bit for bit.
            out: (images, 784), for the result, from 0 for background to 1 for ink.
        """
        for start in range(0, len(images), _CHUNK):
            some = slice(start, start + _CHUNK)
            count = len(images[some])
            ink = self._change_ink(images[some], generator)
            rows, columns = self._positions(count, generator)
            full_ink = 255 / _factors(generator, self.contrast, count)[:, np.newaxis]
            np.divide(_look_up(ink, rows, columns), full_ink, out=out[some])
            np.clip(out[some], 0, 1, out=out[some])
            if self.coarse:
                _make_coarse(out[some], self.coarse, generator)

    def _change_ink(self, images: Pixels, generator: np.random.Generator) -> Floats:
        """The images as if drawn with other pens, padded with background: (images, _PADDED, _PADDED)."""
        count = len(images)
        before = np.zeros((count, _PADDED, _PADDED), np.uint8)
        before[:, _MARGIN:-_MARGIN, _MARGIN:-_MARGIN] = images
        change = _uniform(generator, -self.thinning, self.thickening, (count, 1, 1))
        blur = _uniform(generator, 0, self.blur, (count, 1, 1))
        thicker, removed = np.maximum(change, 0), np.maximum(-change, 0)
        ink: Floats = before + thicker * (_maximum_around(before) - before)
        np.maximum(ink - 255 * removed, 0, out=ink)
        ink /= 1 - removed
        ink += blur * (_mean_around(ink) - ink)
        return ink

    def _positions(self, count: int, generator: np.random.Generator) -> tuple[Floats, Floats]:
        """The rows and columns of the padded image from which each pixel is taken, each (images, 28, 28)."""
        angle = np.radians(_uniform(generator, -self.rotation, self.rotation, count))
        slant = _uniform(generator, -self.slant, self.slant, count)
        size = _factors(generator, self.scale, count)
        shape = np.sqrt(_factors(generator, self.stretch, count))
        down, right = _uniform(generator, -self.shift, self.shift, (2, count))

        # A digit is scaled, slanted, rotated and moved. Positions are looked up, so this is the inverse.
        cosine, sine = np.cos(angle), np.sin(angle)
        height, width = size / shape, size * shape
        # factors[image, r or c, i, j] is the factor of f_i(y) f_j(x): the matrices R and C.
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
        coarse=0.15,
    ),
}


def _axis() -> Floats:
    """The functions f at the 28 pixels of an axis, (28, 2 + _BUMPS): 1, distance from the centre, bumps.

    The squares of the bumps add up to 1 at every pixel: with independent normal factors of deviation 1 they
    give a field of deviation 1 everywhere.
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
    """Random factors between 1 / (1 + limit) and 1 + limit, (count,); their logarithms are uniform."""
    most = math.log1p(limit)
    factors: Floats = np.exp(_uniform(generator, -most, most, count))
    return factors


_DIGIT = 20
_COARSEST, _FINEST = 8, 16
"""Pixels along the longer side of a digit that comes from a small picture; in MNIST it has `_DIGIT`."""
_COARSE_PIXELS = SIDE * _FINEST // _DIGIT + 2


def _resampling() -> tuple[Floats, Floats, Floats]:
    """Matrices that make 28 pixels of an axis coarse, and fine again, in two ways.

    For each resolution from `_COARSEST` to `_FINEST` there are two grids, one with a pixel centred in the
    middle of the image and one with an edge there. Places for pixels that a grid does not have are 0.

    Returns:
        To average over coarse pixels, (grids, coarse, 28); to draw these as squares again, (grids, 28,
        coarse); and to interpolate linearly between their centres, likewise.
    """
    fine = np.arange(SIDE + 1)
    down, squares, smooth = [], [], []
    for resolution in range(_COARSEST, _FINEST + 1):
        size = _DIGIT / resolution  # of a coarse pixel, in fine ones
        most = int(SIDE / size) + 2
        for shift in (0, 0.5):
            edges = SIDE / 2 + size * (np.arange(most + 1) - most // 2 + shift)
            covered = (
                np.clip(fine[:, None] - edges[:-1], 0, size) / size
            )  # of each coarse pixel, up to `fine`
            overlap = np.diff(covered, axis=0)  # (28, coarse)
            centres = (edges[:-1] + edges[1:]) / 2
            away = np.abs(fine[:-1, None] + 0.5 - centres) / size
            room = (0, _COARSE_PIXELS - most)
            down.append(np.pad(overlap.T, (room, (0, 0))))
            squares.append(np.pad(overlap * size, ((0, 0), room)))
            smooth.append(np.pad(np.maximum(1 - away, 0), ((0, 0), room)))
    first, second, third = (np.array(each, np.float32) for each in (down, squares, smooth))
    return first, second, third


_AVERAGES, _SQUARES, _SMOOTH = _resampling()


def _make_coarse(rows: Inputs, part: float, generator: np.random.Generator) -> None:
    """Give a part of the images, (images, 784) from 0 to 1, the resolution of a small picture.

    Half of these become black and white. Half are enlarged as squares; the others smoothly, with edges that
    are made sharper again, as the program does when it normalises the width of strokes.
    """
    chosen = np.flatnonzero(generator.random(len(rows)) < part)
    count = len(chosen)
    grid_y, grid_x = generator.integers(len(_AVERAGES) // 2, size=count) * 2 + generator.integers(
        2, size=(2, count)
    )
    threshold = _uniform(generator, 0.3, 0.55, (count, 1, 1))
    bilevel = generator.random((count, 1, 1)) < 0.5
    smooth = generator.random((count, 1, 1)) < 0.5
    sharpness = _uniform(generator, 1.5, 4, (count, 1, 1))

    images = rows[chosen].astype(np.float32).reshape(count, SIDE, SIDE)
    small = _AVERAGES[grid_y] @ images @ _AVERAGES[grid_x].transpose(0, 2, 1)
    small /= np.maximum(small.max(axis=(1, 2), keepdims=True), 1e-6)  # what is darkest is ink
    small = np.where(bilevel, small > threshold, small).astype(np.float32)
    up_y, up_x = (np.where(smooth, _SMOOTH[grid], _SQUARES[grid]) for grid in (grid_y, grid_x))
    large = up_y @ small @ up_x.transpose(0, 2, 1)
    large = np.where(smooth, 0.5 + (large - 0.45) * sharpness, large)
    rows[chosen] = np.clip(large, 0, 1).reshape(count, SIDE * SIDE)


# In memory, padded images are one long line of pixels: the right neighbour of a pixel is 1 further, the one
# below _PADDED further. Beyond the end of a row or of an image there is only the background of the padding.
# So a neighbourhood consists of shifted copies of the line, and borders are no special case.


def _maximum_around(stack: Pixels) -> Pixels:
    """The maximum of the 3 × 3 neighbourhood of each pixel, (images, _PADDED, _PADDED)."""
    line = stack.ravel()
    for step in (1, _PADDED):
        darkest = line.copy()
        np.maximum(darkest[step:], line[:-step], out=darkest[step:])
        np.maximum(darkest[:-step], line[step:], out=darkest[:-step])
        line = darkest
    return line.reshape(stack.shape)


def _mean_around(ink: Floats) -> Floats:
    """The mean of the 3 × 3 neighbourhood of each pixel, weighted 1 2 1 along both axes."""
    line = ink.ravel()
    for step in (1, _PADDED):
        mean = 0.5 * line
        mean[step:] += 0.25 * line[:-step]
        mean[:-step] += 0.25 * line[step:]
        line = mean
    return line.reshape(ink.shape)


def _look_up(ink: Floats, rows: Floats, columns: Floats) -> Floats:
    """The values of each image at positions between its pixels, by bilinear interpolation.

    Args:
        ink: (images, _PADDED, _PADDED), with background in the outermost rows and columns.
        rows: (images, 28, 28), positions in the padded image; outside of it is background.
        columns: likewise.

    Returns:
        (images, 784).
    """
    shape = (len(ink), SIDE * SIDE)
    down, right = (np.clip(positions, 0, _PADDED - 1).reshape(shape) for positions in (rows, columns))
    row, column = np.floor(down), np.floor(right)
    down -= row
    right -= column
    row *= _PADDED
    row += column
    pixel = row.astype(np.intp) + _PADDED**2 * np.arange(len(ink))[:, np.newaxis]

    def neighbour(step: int) -> Floats:
        # Beyond the last pixel there is nothing: "clip" takes that pixel, which is background.
        return np.take(ink.ravel()[step:], pixel, mode="clip")

    upper, lower = neighbour(0), neighbour(_PADDED)
    upper += right * (neighbour(1) - upper)
    lower += right * (neighbour(_PADDED + 1) - lower)
    upper += down * (lower - upper)
    return upper
