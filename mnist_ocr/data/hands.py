"""What differs from one writing hand to the next.

A hand has its own proportions (a mixture of the poses of a glyph), trembles at every point, bends the
whole digit in long waves, leans and stretches it, and presses its own pen. Bending by smooth random
displacements is the elastic distortion of P. Simard, D. Steinkraus and J. Platt, "Best practices for
convolutional neural networks applied to visual document analysis", ICDAR 2003; here it moves the curve
and not the pixels, so that the stroke keeps its width.

Lengths are fractions of the height of a digit, y grows downwards, angles are radians. All numbers of one
image follow each other in the random stream, so that how many images are drawn at once changes nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CONTRAST = 2.5  # of the mixture of poses: 0 gives always their mean, a large number always one of them
WAVES = 4
WAVE_NUMBER = 2.2  # radians per height: waves as long as the digit bend it, shorter ones would shake it
WAVE_HEIGHT = 0.12
MEAN_SLANT = 0.1  # most people lean to the right
SLANT = 0.25
TURN = 0.12
STRETCH = 0.19  # of the logarithm of the width
NIB = 0.066  # the radius
NIB_SPREAD = 0.38  # of its logarithm
PRESSURE = 0.13  # of the logarithm of the radius, for each swell
SWELLS = 3  # half waves along the pen's way, which make it broader and narrower
LIMIT = 2.0  # standard deviations: nobody writes as oddly as the tails of ten normal distributions at once


@dataclass(frozen=True)
class Hands:
    """What is peculiar to each image's hand: standard normal numbers, cut off at `LIMIT`.

    Attributes:
        mixture: (images, poses), how much the hand likes each pose.
        tremor: (images, points, 2), where it misses the points of a glyph.
        waves: (images, WAVES, 2), the direction and length of each wave that bends the digit.
        phases: (images, WAVES), where these waves begin.
        heights: (images, WAVES, 2), how far they move the curve in x and y.
        slant: (images,), how far the hand leans, as a tangent.
        turn: (images,), how far the paper is turned.
        stretch: (images,), how wide it writes.
        nib: (images,), how thick its pen is.
        pressure: (images, SWELLS), how that changes on the way.
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
    def random(cls, generator: np.random.Generator, images: int, poses: int, points: int) -> Hands:
        """As many hands as images, for glyphs of up to `poses` poses of up to `points` points."""
        shapes: dict[str, tuple[int, ...]] = {
            "mixture": (poses,),
            "tremor": (points, 2),
            "waves": (WAVES, 2),
            "phases": (WAVES,),
            "heights": (WAVES, 2),
            "slant": (),
            "turn": (),
            "stretch": (),
            "nib": (),
            "pressure": (SWELLS,),
        }
        ends = np.cumsum([math.prod(shape) for shape in shapes.values()])
        numbers = generator.standard_normal((images, int(ends[-1])), dtype=np.float32).clip(-LIMIT, LIMIT)
        parts = np.split(numbers, ends[:-1], axis=1)
        return cls(
            **{
                name: part.reshape(images, *shape)
                for (name, shape), part in zip(shapes.items(), parts, strict=True)
            }
        )

    def form(
        self, poses: NDArray[np.float32], posed: NDArray[np.bool_], spreads: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Mix the poses of each image's glyph and tremble: (images, poses, points, 2) to (images, points, 2).

        `posed` (images, poses) says which poses there are, `spreads` (images,) how strong the tremor is.
        """
        liking = np.exp(CONTRAST * self.mixture) * posed
        shares = liking / liking.sum(axis=1, keepdims=True)
        points: NDArray[np.float32] = np.einsum("np,npkd->nkd", shares, poses)
        return points + spreads[:, None, None] * self.tremor

    def bend(self, places: NDArray[np.float32]) -> NDArray[np.float32]:
        """Move the places, (images, places, 2), by long waves across the digit."""
        phases = 2 * np.pi * self.phases[:, np.newaxis]
        angles = WAVE_NUMBER * (places @ self.waves.transpose(0, 2, 1)) + phases
        moves: NDArray[np.float32] = np.sin(angles) @ self.heights * (WAVE_HEIGHT / math.sqrt(WAVES))
        return places + moves

    def lean(self, places: NDArray[np.float32]) -> NDArray[np.float32]:
        """Stretch, slant and turn the digits: places (images, places, 2)."""
        x = np.exp(STRETCH * self.stretch)[:, np.newaxis] * places[..., 0]
        y = places[..., 1]
        x = x - (MEAN_SLANT + SLANT * self.slant)[:, np.newaxis] * y
        cosine, sine = np.cos(TURN * self.turn)[:, np.newaxis], np.sin(TURN * self.turn)[:, np.newaxis]
        return np.stack([cosine * x - sine * y, sine * x + cosine * y], axis=2)

    def press(self, places: NDArray[np.float32]) -> NDArray[np.float32]:
        """The radius of the nib at each of the places (images, places, 2), relative to the digit's size."""
        size = np.ptp(places, axis=1).max(axis=1)
        way = np.linspace(0, np.pi, places.shape[1], dtype=np.float32)
        swells = np.cos(np.outer(np.arange(1, SWELLS + 1, dtype=np.float32), way))
        nibs = size * NIB * np.exp(NIB_SPREAD * self.nib)
        radii: NDArray[np.float32] = nibs[:, np.newaxis] * np.exp(PRESSURE * (self.pressure @ swells))
        return radii
