"""Handwritten digits that the program draws by itself, so that it can learn without any data set.

A digit is drawn the way a person does it: choose a way of writing it (`glyphs`), give it the proportions
and the tremor of one hand (`hands`), follow the curve (`strokes`), let it bend and lean, press more or less,
leave ink, and put the result into the 28x28 frame of MNIST (`pen`). Everything random is drawn from one
generator, image after image, so that the same seed gives the same digits.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mnist_ocr.data.glyphs import GLYPHS, Glyph
from mnist_ocr.data.hands import Hands
from mnist_ocr.data.pen import FRAME, fit, frame, ink
from mnist_ocr.data.strokes import StrokeTable
from mnist_ocr.errors import InputError

MOST_DIGITS = 1_000_000
_CHUNK = 256  # images drawn at a time; the digits do not depend on it


def draw_digits(
    count: int, seed: int = 0, *, glyphs: Sequence[Glyph] = GLYPHS
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Draw `count` labelled digits, as many of each as of any other within one, in random order.

    Args:
        count: number of images, 0 to `MOST_DIGITS`.
        seed: of the random generator, 0 or more; the same seed gives the same digits.
        glyphs: the ways of writing to choose from; digits that have none are not drawn.

    Returns:
        The images, shape (count, 28, 28), from 0 for paper to 255 for ink, in the frame of MNIST: the longer
        side of the ink is 20 pixels, its centre of mass is at index 14.0 within half a pixel (or as near
        as the frame allows, for a few digits in a thousand). And their labels, shape (count,). Both uint8.

    Raises:
        InputError: `count` or `seed` is out of range, or there are no glyphs to draw.
    """
    if not 0 <= count <= MOST_DIGITS:
        raise InputError(f"cannot draw {count} digits: expected 0 to {MOST_DIGITS:,}")
    if seed < 0:
        raise InputError(f"cannot draw digits from seed {seed}: expected 0 or a positive number")
    if not glyphs:
        raise InputError("cannot draw digits without glyphs: expected at least one way of writing a digit")
    random = np.random.default_rng(seed)
    digits = np.unique(np.array([glyph.digit for glyph in glyphs], np.uint8))
    labels = random.permutation(np.resize(digits, count))
    ways = _choose_ways(random, labels, glyphs)
    table = StrokeTable.of(glyphs)
    images = np.empty((count, FRAME, FRAME), np.uint8)
    for start in range(0, count, _CHUNK):
        chunk = slice(start, start + _CHUNK)
        images[chunk] = _draw(random, ways[chunk], table)
    return images, labels


def _choose_ways(
    random: np.random.Generator, labels: NDArray[np.uint8], glyphs: Sequence[Glyph]
) -> NDArray[np.intp]:
    """For each label the number of the glyph to draw, by the glyphs' weights."""
    ways = np.empty(len(labels), np.intp)
    for digit in np.unique(labels):
        candidates = [number for number, glyph in enumerate(glyphs) if glyph.digit == digit]
        weights = np.array([glyphs[number].weight for number in candidates])
        of_digit = labels == digit
        ways[of_digit] = random.choice(candidates, size=of_digit.sum(), p=weights / weights.sum())
    return ways


def _draw(random: np.random.Generator, ways: NDArray[np.intp], table: StrokeTable) -> NDArray[np.uint8]:
    """Draw one image for each glyph number in `ways`, shape (images, 28, 28)."""
    hands = Hands.random(random, len(ways), *table.poses.shape[1:3])
    points = hands.form(table.poses[ways], table.posed[ways], table.spreads[ways])
    places = hands.lean(hands.bend(table.curves[ways] @ points))
    places, radii = fit(places, hands.press(places))
    return frame(ink(places, radii, table.drawn[ways]))
