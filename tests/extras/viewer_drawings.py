"""Drawings as the page's sheet holds them: a round pen, soft edges, anywhere on a sheet of any size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from mnist_ocr.data.glyphs import StrokeTable, load_glyphs
from mnist_ocr.data.synthetic import WritingStyles

FINER = 4
"""Times as many pixels, in which a pen has hard edges; four of them make a soft one."""

Line = list[tuple[float, float]]


@dataclass(frozen=True)
class Pen:
    """A sheet and a pen.

    Attributes:
        sheet: width and height, in pixels.
        width: of the pen, in pixels.
    """

    sheet: tuple[int, int]
    width: float

    def draw(self, lines: list[Line]) -> NDArray[np.uint8]:
        """Draw lines of points x, y: shape (height, width), 0 ink to 255 paper."""
        picture = Image.new("L", (self.sheet[0] * FINER, self.sheet[1] * FINER), 255)
        draw = ImageDraw.Draw(picture)
        radius = self.width * FINER / 2
        for line in lines:
            points = [(x * FINER, y * FINER) for x, y in line]
            draw.line(points, fill=0, width=round(2 * radius))
            for x, y in points:
                draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=0)
        return np.asarray(picture.resize(self.sheet, Image.Resampling.BOX))


def handwritten(count: int, seed: int) -> list[NDArray[np.uint8]]:
    """Digits in many writing styles, each of its own size, place and pen; some reach the edge of the sheet.

    The writing styles and glyphs are those of `mnist_ocr.data.synthetic`; where its pen jumps, a line ends
    here, so that a bar may stand away from its 5.
    """
    random = np.random.default_rng(seed)
    glyphs = load_glyphs()
    table = StrokeTable.of(glyphs)
    drawings = []
    for number in range(count):
        side = int(random.choice([200, 240, 280, 336, 560]))
        pen = Pen((side, side), float(random.uniform(8, 40)) * side / 336)
        way = int(random.integers(len(glyphs)))
        styles = WritingStyles.random(random, 1, *table.poses.shape[1:3])
        places = styles.write(table, np.array([way]))[0].astype(float)
        places -= places.min(axis=0)
        places *= side * random.uniform(0.12 if number % 5 == 0 else 0.4, 0.85) / places.max()
        room = side - places.max(axis=0) - pen.width
        corner = random.uniform(0, 1, 2) * np.maximum(room, 0) + pen.width / 2
        if number % 8 == 0:
            corner[random.integers(2)] = 0  # half of a stroke is beyond the edge
        ends = np.flatnonzero(~table.pen_down[way]) + 1
        parts = np.split(places + corner, ends)
        drawings.append(pen.draw([[(x, y) for x, y in part] for part in parts if len(part)]))
    return drawings
