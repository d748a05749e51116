"""Synthetic digits: handwriting drawn by the program, so that a network can be trained without a data set.

Each digit is drawn like a person's: a glyph is chosen (`glyphs`), its points are moved as a random writing
style demands, a pen of varying width follows the curve, and the result is placed in 28 × 28 pixels as in
MNIST (`pen`). All random numbers come from one generator, image after image, so the same seed gives the same
digits, however many are drawn at a time.

A writing style consists of proportions (a mixture of the poses of a glyph), a random displacement of every
point, a smooth distortion by long waves, a slant, a stretch, and a pen. The smooth distortion is the elastic
distortion of P. Simard, D. Steinkraus and J. Platt, "Best practices for convolutional neural networks applied
to visual document analysis", ICDAR 2003; here it moves the curve and not the pixels, so the width of the
stroke does not change. Lengths are in heights of the digit, y points down, angles are in radians.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnist_ocr.data.dataset import DataError
from mnist_ocr.data.glyphs import Glyph, StrokeTable, load_glyphs
from mnist_ocr.data.pen import FRAME, fit, frame, ink

MOST_DIGITS = 1_000_000
_CHUNK = 256  # images drawn at a time; they do not depend on it

CONTRAST = 2.5  # of the mixture of poses: 0 always gives their mean, a large number always a single pose
WAVES = 4
WAVE_NUMBER = 2.2  # radians per height: about one wave in the height of a digit
WAVE_HEIGHT = 0.12
MEAN_SLANT = 0.1  # most people lean to the right
SLANT = 0.25
TURN = 0.12
STRETCH = 0.19  # of the logarithm of the width
NIB = 0.066  # the radius
NIB_SPREAD = 0.38  # of its logarithm
PRESSURE = 0.13  # of the logarithm of the radius, for each swell
SWELLS = 3  # waves of the width of the pen along the curve
LIMIT = 2.0  # standard deviations, at which normal numbers are cut off: nobody writes that oddly


def draw_digits(
    count: int, seed: int = 0, *, glyphs: Sequence[Glyph] | None = None
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Draw `count` labelled digits in random order; the numbers of any two digits differ by at most one.

    Args:
        count: number of images, 0 to `MOST_DIGITS`.
        seed: of the random generator, 0 or more; the same seed gives the same digits.
        glyphs: what to draw, None for the glyphs of `glyphs.json`; digits without a glyph are not drawn, nor
            signs that are no digit.

    Returns:
        The images, uint8 (count, 28, 28), from 0 for background to 255 for ink: as in MNIST, the longer side
        of the ink is 20 pixels and its centre of mass is within half a pixel of index 14.0 (or as near as
        possible, for a few digits in a thousand). And their labels, uint8 (count,).

    Raises:
        DataError: `count` or `seed` is out of range, or there are no glyphs.
    """
    if not 0 <= count <= MOST_DIGITS:
        raise DataError(f"cannot draw {count} digits: expected 0 to {MOST_DIGITS:,}")
    if seed < 0:
        raise DataError(f"cannot draw digits from seed {seed}: expected 0 or a positive number")
    if glyphs is None:
        glyphs = load_glyphs()
    glyphs = [glyph for glyph in glyphs if glyph.digit is not None]
    if not glyphs:
        raise DataError("cannot draw digits without glyphs: expected at least one way of writing a digit")
    random = np.random.default_rng(seed)
    digits = np.unique(np.array([glyph.digit for glyph in glyphs]).astype(np.uint8))
    labels = random.permutation(np.resize(digits, count))
    chosen = _choose_glyphs(random, labels, glyphs)
    table = StrokeTable.of(glyphs)
    images = np.empty((count, FRAME, FRAME), np.uint8)
    for start in range(0, count, _CHUNK):
        chunk = slice(start, start + _CHUNK)
        images[chunk] = frame(draw_strokes(random, chosen[chunk], table))
    return images, labels


def _choose_glyphs(
    random: np.random.Generator, labels: NDArray[np.uint8], glyphs: Sequence[Glyph]
) -> NDArray[np.intp]:
    """The index of a random glyph for each label, by the glyphs' weights."""
    chosen = np.empty(len(labels), np.intp)
    for digit in np.unique(labels):
        candidates = [number for number, glyph in enumerate(glyphs) if glyph.digit == digit]
        weights = np.array([glyphs[number].weight for number in candidates])
        of_digit = labels == digit
        chosen[of_digit] = random.choice(candidates, size=of_digit.sum(), p=weights / weights.sum())
    return chosen


def draw_strokes(
    random: np.random.Generator, chosen: NDArray[np.intp], table: StrokeTable
) -> NDArray[np.float32]:
    """Draw one box for each glyph index in `chosen`, (images, BOX, BOX), from 0 to 1 for ink."""
    styles = WritingStyles.random(random, len(chosen), *table.poses.shape[1:3])
    positions = styles.write(table, chosen)
    positions, radii = fit(positions, styles.press(positions))
    return ink(positions, radii, table.pen_down[chosen])


@dataclass(frozen=True)
class WritingStyles:
    """One writing style per image: standard normal numbers, cut off at `LIMIT`.

    Attributes:
        mixture: (images, poses), the weight of each pose.
        tremor: (images, points, 2), the displacement of each point of a glyph.
        waves: (images, WAVES, 2), the wave vector of each wave that distorts the digit.
        phases: (images, WAVES), of these waves.
        heights: (images, WAVES, 2), how far they move the curve in x and y.
        slant: (images,), as a tangent.
        turn: (images,), the angle of rotation.
        stretch: (images,), the width of the digit.
        nib: (images,), the radius of the pen.
        pressure: (images, SWELLS), how the radius varies along the curve.
    """

    mixture: NDArray[np.float32]
    tremor: NDArray[np.float32]
    waves: NDArray[np.float32]
    phases: NDArray[np.float32]
    heights: NDArray[np.float32]
    slant: NDArray[np.float32]
    turn: NDArray[np.float32]
    stretch: NDArray[np.float32]
    nib: NDArray[np.float32]
    pressure: NDArray[np.float32]

    @classmethod
    def random(cls, generator: np.random.Generator, images: int, poses: int, points: int) -> WritingStyles:
        """Random writing styles, for glyphs of up to `poses` poses of up to `points` points."""
        # The shapes of the attributes, in their order.
        shapes: list[tuple[int, ...]]
        shapes = [(poses,), (points, 2), (WAVES, 2), (WAVES,), (WAVES, 2), (), (), (), (), (SWELLS,)]
        ends = np.cumsum([math.prod(shape) for shape in shapes])
        numbers = generator.standard_normal((images, int(ends[-1])), dtype=np.float32).clip(-LIMIT, LIMIT)
        parts = zip(np.split(numbers, ends[:-1], axis=1), shapes, strict=True)
        return cls(*(part.reshape(images, *shape) for part, shape in parts))

    def write(self, table: StrokeTable, chosen: NDArray[np.intp]) -> NDArray[np.float32]:
        """The path of the pen for each glyph index in `chosen`: (images, POSITIONS, 2), x and y."""
        liking = np.exp(CONTRAST * self.mixture) * table.has_pose[chosen]
        shares = liking / liking.sum(axis=1, keepdims=True)
        points = np.einsum("np,npkd->nkd", shares, table.poses[chosen])
        points = points + table.spreads[chosen][:, None, None] * self.tremor
        return self._lean(self._bend(table.curves[chosen] @ points))

    def _bend(self, positions: NDArray[np.float32]) -> NDArray[np.float32]:
        """Distort the positions, (images, positions, 2), by long waves."""
        phases = 2 * np.pi * self.phases[:, np.newaxis]
        angles = WAVE_NUMBER * (positions @ self.waves.transpose(0, 2, 1)) + phases
        moves: NDArray[np.float32] = np.sin(angles) @ self.heights * (WAVE_HEIGHT / math.sqrt(WAVES))
        return positions + moves

    def _lean(self, positions: NDArray[np.float32]) -> NDArray[np.float32]:
        """Stretch, slant and rotate the positions, (images, positions, 2)."""
        x = np.exp(STRETCH * self.stretch)[:, np.newaxis] * positions[..., 0]
        y = positions[..., 1]
        x = x - (MEAN_SLANT + SLANT * self.slant)[:, np.newaxis] * y
        cosine, sine = np.cos(TURN * self.turn)[:, np.newaxis], np.sin(TURN * self.turn)[:, np.newaxis]
        return np.stack([cosine * x - sine * y, sine * x + cosine * y], axis=2)

    def press(self, positions: NDArray[np.float32]) -> NDArray[np.float32]:
        """The radius of the pen at each of the positions (images, positions, 2), scaled to the digits."""
        size = np.ptp(positions, axis=1).max(axis=1)
        way = np.linspace(0, np.pi, positions.shape[1], dtype=np.float32)
        swells = np.cos(np.outer(np.arange(1, SWELLS + 1, dtype=np.float32), way))
        nibs = size * NIB * np.exp(NIB_SPREAD * self.nib)
        radii: NDArray[np.float32] = nibs[:, np.newaxis] * np.exp(PRESSURE * (self.pressure @ swells))
        return radii
