"""A sheet of paper to draw on: words, pictures, bars and arrows, with Pillow and its own font.

Places and sizes are in points, the pixels of a web page. The picture holds `SHARPNESS` times as many, so
that it is sharp on screens that show more than one pixel for each.
"""

from __future__ import annotations

import math
from typing import BinaryIO, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

SHARPNESS = 2
"""Pixels of the picture for each point, across and down."""

Colour: TypeAlias = tuple[int, int, int]

PAPER: Colour = (0xF7, 0xF5, 0xEF)
INK: Colour = (0x1B, 0x2A, 0x41)
QUIET: Colour = (0x5D, 0x68, 0x78)
FRAME: Colour = (0xD9, 0xD5, 0xC8)
FOR: Colour = (0x00, 0x72, 0xB2)
AGAINST: Colour = (0xD5, 0x5E, 0x00)
"""Blue for, orange against: apart for every kind of colour vision (Okabe and Ito, 2008)."""

TITLE, HEADING, NOTE = 32.0, 17.0, 14.0
"""Sizes of letters."""

ABOVE, BELOW = 12.0, 20.0
"""How far the base line of words is from the picture that they stand above or below."""

_WHITE = np.array((255.0, 255.0, 255.0))


class Canvas:
    """A sheet of `width` x `height` points."""

    def __init__(self, width: float, height: float) -> None:
        self.image = Image.new("RGB", (_pixels(width), _pixels(height)), PAPER)
        self._draw = ImageDraw.Draw(self.image)

    def text(
        self,
        x: float,
        y: float,
        words: str,
        size: float,
        colour: Colour = INK,
        *,
        anchor: str = "ls",
        room: float = math.inf,
    ) -> None:
        """Write one line.

        Args:
            x: where the line begins, or ends.
            y: its base line.
            words: what to write; the font knows no letters beyond English ones, others become "?".
            size: height of the letters, in points.
            colour: of the letters.
            anchor: which end of the line is at x: "ls" the left one, "rs" the right one.
            room: the width that it may have; words that need more end in "...".
        """
        font = ImageFont.load_default(_pixels(size))
        plain = words.encode("ascii", "replace").decode()
        shown = plain
        while font.getlength(shown) > room * SHARPNESS:
            plain = plain[:-1]
            shown = plain + "..."
        self._draw.text((_pixels(x), _pixels(y)), shown, colour, font, anchor)

    def picture(self, x: float, y: float, colours: npt.NDArray[np.uint8], side: float) -> None:
        """Put a picture in the middle of a framed square, as large as fits, in its own proportions.

        Args:
            x: left end of the square.
            y: its upper end.
            colours: (height, width, 3), 0 to 255.
            side: of the square, in points.
        """
        room = _pixels(side)
        self.box(x, y, side, side, FRAME)
        height, width = colours.shape[:2]
        scale = room / max(height, width)
        size = max(1, round(width * scale)), max(1, round(height * scale))
        # Enlarged pixels stay squares that can be counted.
        how = Image.Resampling.NEAREST if scale > 1 else Image.Resampling.BOX
        fitted = Image.fromarray(colours).resize(size, how)
        corner = _pixels(x) + (room - size[0]) // 2, _pixels(y) + (room - size[1]) // 2
        self.image.paste(fitted, corner)

    def outline(self, x: float, y: float, mask: npt.NDArray[np.bool_], side: float) -> None:
        """Draw the border of a mask, (n, n), that fills a square of `side` points at (x, y)."""
        step = side / len(mask)
        wide = np.pad(mask, 1)
        for row, column in np.argwhere(wide[1:, :] != wide[:-1, :]).tolist():
            self._line(x + (column - 1) * step, y + row * step, x + column * step, y + row * step)
        for row, column in np.argwhere(wide[:, 1:] != wide[:, :-1]).tolist():
            self._line(x + column * step, y + (row - 1) * step, x + column * step, y + row * step)

    def _line(self, x0: float, y0: float, x1: float, y1: float) -> None:
        self._draw.line([_pixels(x0), _pixels(y0), _pixels(x1), _pixels(y1)], INK, SHARPNESS)

    def box(self, x: float, y: float, width: float, height: float, colour: Colour) -> None:
        """Fill a rectangle whose upper left corner is (x, y)."""
        right, bottom = _pixels(x + width) - 1, _pixels(y + height) - 1
        if right >= _pixels(x) and bottom >= _pixels(y):
            self._draw.rectangle((_pixels(x), _pixels(y), right, bottom), colour)

    def save(self, file: BinaryIO) -> None:
        """Write a PNG with a palette, which these few colours need half the bytes in."""
        # Without dithering: dots of other colours would look like pixels of the digit.
        few = self.image.quantize(256, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        few.save(file, "PNG", optimize=True)

    def arrow(self, x: float, y: float, size: float, colour: Colour = QUIET) -> None:
        """A small triangle that points to the right, its middle at (x, y)."""
        half = size / 2
        tips = (x - half / 2, y - half), (x + half / 2, y), (x - half / 2, y + half)
        self._draw.polygon([(_pixels(a), _pixels(b)) for a, b in tips], colour)


def _pixels(points: float) -> int:
    return round(points * SHARPNESS)


def in_grey(brightness: npt.NDArray[np.generic]) -> npt.NDArray[np.uint8]:
    """(height, width), 0 to 255 -> the same in three equal colours, (height, width, 3)."""
    grey = np.rint(brightness).astype(np.uint8)
    return np.stack([grey, grey, grey], axis=-1)


def in_two_colours(numbers: npt.NDArray[np.float64]) -> npt.NDArray[np.uint8]:
    """Blue above 0, white at 0, orange below; the number furthest from 0 in full colour.

    Args:
        numbers: (height, width).

    Returns:
        (height, width, 3).
    """
    largest = float(np.abs(numbers).max()) or 1.0
    strength = np.abs(numbers / largest)[..., np.newaxis]
    full = np.where(numbers[..., np.newaxis] > 0, FOR, AGAINST)
    colours: npt.NDArray[np.uint8] = np.rint(_WHITE + strength * (full - _WHITE)).astype(np.uint8)
    return colours
