"""Pens and paper: the ink of a digit at any size and width, and what it stands on, as a camera sees it.

A digit of 28 x 28 pixels is enlarged until its strokes look like those of a pen, by blurring and a threshold.
For a pen of another width, the strokes are first thinned to their middle lines.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageOps

from mnist_ocr.data.outliers import draw_outliers
from mnist_ocr.data.synthetic import draw_digits
from mnist_ocr.images.components import connected_components
from mnist_ocr.images.normalise import distance

Random = np.random.Generator
Colour = tuple[int, int, int]
Digits = tuple[np.ndarray, np.ndarray]
"""Images, uint8 (count, 28, 28) with light ink, and labels, (count,)."""

WHITE, BLACK = (255, 255, 255), (0, 0, 0)

DRAWN = 500
"""Digits that the program draws itself for a call, and as many outliers."""

FINE = 112
"""Longer side of a digit, in pixels, at which its strokes are shaped."""

INK = 105
"""Pixels of the enlarged image are ink above this, of 255."""

LOOPS = {0: 1, 6: 1, 8: 2, 9: 1}
"""Loops of a digit, at least."""

HOLE = 50
"""Pixels of the enlarged image inside of an open loop, at least."""

MARGIN = 16
"""Pixels around it, into which a wide pen reaches."""


@dataclass(frozen=True)
class Scene:
    """A picture with what it shows.

    Attributes:
        picture: RGB, grey or with transparency.
        label: the digit; None for no digit or several; of a row its digits from left to right, one line after
            the other, as text.
        kind: what sort of picture it is: one of `KINDS`, `NO_DIGIT` or `ROWS`.
    """

    picture: Image.Image
    label: int | str | None
    kind: str


class Pen:
    """Everything random about one scene: the generator, and where digits come from."""

    def __init__(self, random: Random, sources: Sequence[Digits], marks: np.ndarray) -> None:
        self.random = random
        self._sources = sources
        self._marks = marks

    def uniform(self, low: float, high: float) -> float:
        """A number between `low` and `high`."""
        return float(self.random.uniform(low, high))

    def whole(self, low: int, high: int) -> int:
        """From `low` to `high`, both included."""
        return int(self.random.integers(low, high + 1))

    def chance(self, probability: float) -> bool:
        """Yes or no."""
        return bool(self.random.random() < probability)

    def digit(self) -> tuple[Image.Image, int]:
        """An image of 28 x 28, light ink on black, and its label."""
        images, labels = self._sources[self.whole(0, len(self._sources) - 1)]
        index = self.whole(0, len(images) - 1)
        return Image.fromarray(images[index]), int(labels[index])

    def mark(self) -> Image.Image:
        """An image of 28 x 28 that shows no digit."""
        return Image.fromarray(self._marks[self.whole(0, len(self._marks) - 1)])


def with_open_loops(digits: Digits) -> Digits:
    """Those digits whose loops are open: in a thinner pen, a closed one is a single line, and an 8 is a 1."""
    images, labels = digits
    loops = [LOOPS.get(label, 0) for label in labels.tolist()]
    kept = np.array([_holes(image) >= least for image, least in zip(images, loops, strict=True)])
    return images[kept], labels[kept]


def _holes(image: np.ndarray) -> int:
    """How many holes the ink has, large enough to stay open."""
    size = FINE + 2 * MARGIN
    large = Image.fromarray(image).resize((size, size), Image.Resampling.BICUBIC)
    ground = np.asarray(large.filter(ImageFilter.GaussianBlur(2))) <= INK
    found = connected_components(np.pad(ground, 1, constant_values=True))
    return int((found.areas >= HOLE).sum()) - 1  # all that is around the digit is one more


def pens(count: int, seed: int, digits: Digits | None) -> Iterator[Pen]:
    """The pen of each scene."""
    sources = [with_open_loops(draw_digits(DRAWN, seed))] + ([digits] if digits is not None else [])
    marks = draw_outliers(DRAWN, seed)
    for number in range(count):
        yield Pen(np.random.default_rng([seed, number]), sources, marks)


def write(pen: Pen, image: Image.Image, longer: int, width: float | None = None) -> Image.Image:
    """Ink of a digit at another size: 0 ground to 255 ink, cut to its own box.

    Args:
        pen: for the slant, which differs a little from that of the image.
        image: 28 x 28, light ink on black.
        longer: the longer side of the result in pixels.
        width: of the strokes, as a share of the longer side; None leaves them as they are.
    """
    image = image.rotate(pen.uniform(-6, 6), Image.Resampling.BICUBIC)
    box = image.point(lambda v: 255 * (v > 60)).getbbox() or (0, 0, 28, 28)
    image = ImageOps.expand(image.crop(box), 2)
    scale = FINE / (max(image.size) - 4)
    large = image.resize((round(image.width * scale), round(image.height * scale)), Image.Resampling.BICUBIC)
    large = ImageOps.expand(large, MARGIN).filter(ImageFilter.GaussianBlur(0.5 * scale))
    if width is None:
        ink = large.point(lambda v: min(max(round((v - 105) * 6 + 128), 0), 255))
    else:
        half = width * FINE / 2
        away = distance(~thinned(np.asarray(large) > INK), math.ceil(half) + 2)
        round_pen = np.clip(255 * (half - away + 1), 0, 255).astype(np.uint8)
        ink = Image.fromarray(round_pen).filter(ImageFilter.GaussianBlur(min(1, half / 2)))
    ink = ink.crop(ink.point(lambda v: 255 * (v > 100)).getbbox())
    scale = longer / max(ink.size)
    return ink.resize(
        (max(1, round(ink.width * scale)), max(1, round(ink.height * scale))), Image.Resampling.BICUBIC
    )


def thinned(mask: np.ndarray) -> np.ndarray:
    """The middle lines of the strokes of a mask, one pixel wide."""
    mask = np.pad(mask, 1).astype(np.uint8)
    changed = True
    while changed:
        changed = False
        for first in (True, False):
            # The neighbours clockwise from the one above.
            steps = ((-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1))
            ring = np.stack([np.roll(mask, (-down, -right), (0, 1)) for down, right in steps])
            count = ring.sum(axis=0)
            starts = ((ring == 0) & (np.roll(ring, -1, axis=0) == 1)).sum(axis=0)
            up, right, down, left = ring[::2]
            ends = (
                (up * right * down, right * down * left) if first else (up * right * left, up * down * left)
            )
            gone = (mask == 1) & (count >= 2) & (count <= 6) & (starts == 1) & (ends[0] == 0) & (ends[1] == 0)
            changed |= bool(gone.any())
            mask[gone] = 0
    return mask[1:-1, 1:-1].astype(bool)


# What ink stands on.


def colour(pen: Pen, low: int, high: int, tint: int = 25) -> Colour:
    """A colour of a brightness between `low` and `high`, with at most `tint` more or less of each part."""
    level = pen.whole(low, high)
    red, green, blue = (min(max(level + pen.whole(-tint, tint), 0), 255) for _ in range(3))
    return red, green, blue


def pair(pen: Pen, least: float = 70) -> tuple[Colour, Colour]:
    """Any two colours, the brightnesses of which differ by `least` or more."""
    while True:
        one, two = (colour(pen, 0, 255, 120) for _ in range(2))
        grey = [0.3 * red + 0.59 * green + 0.11 * blue for red, green, blue in (one, two)]
        if abs(grey[0] - grey[1]) >= least:
            return one, two


def put(pen: Pen, page: Image.Image, ink: Image.Image, of: Colour, margin: float = 0.06) -> tuple[int, ...]:
    """Ink anywhere on a page, but for a margin, as a share of its shorter side; where its box is."""
    border = round(margin * min(page.size))
    left = pen.whole(min(border, page.width - ink.width), max(page.width - ink.width - border, border))
    top = pen.whole(min(border, page.height - ink.height), max(page.height - ink.height - border, border))
    left, top = min(left, page.width - ink.width), min(top, page.height - ink.height)
    page.paste(of, (left, top), ink)
    return left, top, left + ink.width, top + ink.height


def page_for(pen: Pen, ink: Image.Image, of: Colour, room: float = 2.2) -> Image.Image:
    """A page of one colour, `room` times as large as its ink at most."""
    across, down = (pen.uniform(1.2, room) for _ in range(2))
    side = max(ink.size)
    return Image.new("RGB", (round(across * side), round(down * side)), of)


def lit(pen: Pen, page: Image.Image, noise: float = 4, shadow: float = 0.5) -> Image.Image:
    """The page as a camera sees it: light from one side, perhaps a shadow, grain, and not quite sharp."""
    rows, columns = np.mgrid[: page.height, : page.width] / max(page.size)
    angle = pen.uniform(0, 2 * math.pi)
    light = 1 + pen.uniform(0, 0.35) * (np.cos(angle) * (columns - 0.5) + np.sin(angle) * (rows - 0.5))
    if pen.chance(shadow):
        angle, soft = pen.uniform(0, 2 * math.pi), pen.uniform(0.01, 0.15)
        edge = np.cos(angle) * (columns - pen.uniform(0.2, 0.8)) + np.sin(angle) * (
            rows - pen.uniform(0.2, 0.8)
        )
        light *= 1 - pen.uniform(0.15, 0.5) / (1 + np.exp(np.clip(edge / soft, -50, 50)))
    grain = pen.random.normal(0, pen.uniform(0.5, noise), page.size[::-1])
    seen = np.clip(np.asarray(page, np.float32) * light[..., None] + grain[..., None], 0, 255)
    blurred = Image.fromarray(seen.astype(np.uint8)).filter(ImageFilter.GaussianBlur(pen.uniform(0.3, 1.3)))
    return squeezed(blurred, pen.whole(60, 95))


def squeezed(picture: Image.Image, quality: int) -> Image.Image:
    """What JPEG leaves of it."""
    file = io.BytesIO()
    picture.convert("RGB").save(file, "JPEG", quality=quality)
    return Image.open(file).convert("RGB")


def paper(pen: Pen, size: tuple[int, int]) -> Image.Image:
    return Image.new("RGB", size, colour(pen, 165, 250, 14))


def rule(pen: Pen, page: Image.Image, distance: float, squares: bool) -> None:
    """Print the lines of ruled or squared paper."""
    draw, of = ImageDraw.Draw(page), colour(pen, 110, 195, 30)
    width = max(1, round(distance / pen.uniform(25, 60)))
    lean = pen.uniform(-0.02, 0.02)
    for down in np.arange(pen.uniform(0, distance), page.height, distance):
        draw.line((0, down, page.width, down + lean * page.width), fill=of, width=width)
    for right in np.arange(pen.uniform(0, distance), page.width, distance) if squares else ():
        draw.line((right, 0, right - lean * page.height, page.height), fill=of, width=width)


def dark_ink(pen: Pen) -> Colour:
    return (
        colour(pen, 10, 80, 30)
        if pen.chance(0.6)
        else (pen.whole(10, 50), pen.whole(20, 70), pen.whole(90, 170))
    )


def seen(pen: Pen, page: Image.Image) -> Image.Image:
    """The page itself, or as a camera sees it."""
    return lit(pen, page) if pen.chance(0.6) else page
