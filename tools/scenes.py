"""Pictures such as people send, drawn by the program, with the digit that each one shows.

The reader of pictures weighs several readings of one picture. How it weighs them must be chosen on pictures
whose labels are known, and those that people sent are for measuring only. So here are pictures of every kind
that was met: canvases, photos, scans, forms, tight crops, and pictures that show no digit or several.

The digits come from two sources in turn: labelled images that the caller gives (a part of MNIST's training
images, so that another part is left to test on), and digits that the program draws itself.

Scene k depends on the seed, on k and on the given digits alone, so the same call gives the same pictures.

    python tools/scenes.py FOLDER    draw a contact sheet of each kind, to look at
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageOps

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tools.pens import (  # noqa: E402
    BLACK,
    WHITE,
    Colour,
    Digits,
    Pen,
    Scene,
    colour,
    dark_ink,
    lit,
    page_for,
    pair,
    paper,
    pens,
    put,
    rule,
    seen,
    squeezed,
    write,
)
from tools.rows import ROWS, row, rows  # noqa: E402

# Kinds of pictures of one digit: the ink of the digit, and what becomes of it.

Written = tuple[Image.Image, int]


def _written(pen: Pen, low: int, high: int, width: float | None = None) -> Written:
    image, label = pen.digit()
    return write(pen, image, pen.whole(low, high), width), label


def _canvas(pen: Pen, of: Colour, ground: Colour) -> Written:
    ink, label = _written(pen, 60, 300, pen.uniform(0.02, 0.14) if pen.chance(0.6) else None)
    if pen.chance(0.4):  # a program without soft edges
        ink = ink.point(lambda v: 255 * (v > 127))
    page = page_for(pen, ink, ground)
    put(pen, page, ink, of, 0.02)
    return page, label


def dark_on_light(pen: Pen) -> Written:
    return _canvas(pen, colour(pen, 0, 40, 10), WHITE if pen.chance(0.7) else colour(pen, 225, 255, 10))


def light_on_dark(pen: Pen) -> Written:
    return _canvas(
        pen,
        WHITE if pen.chance(0.7) else colour(pen, 200, 255),
        BLACK if pen.chance(0.7) else colour(pen, 0, 50),
    )


def two_colours(pen: Pen) -> Written:
    return _canvas(pen, *pair(pen))


def straight_one(pen: Pen) -> Written:
    """A 1 that is a single straight line, upright or nearly, of any pen, on a canvas or on paper."""
    height = pen.whole(40, 260)
    ink = Image.new("L", (max(1, round(height * pen.uniform(0.01, 0.14))), height), 255)
    if pen.chance(0.5):
        ink = ink.rotate(pen.uniform(-12, 12), Image.Resampling.BICUBIC, expand=True)
    if pen.chance(0.5):
        page = page_for(pen, ink, WHITE if pen.chance(0.5) else BLACK)
        put(pen, page, ink, BLACK if page.getpixel((0, 0)) == WHITE else WHITE)
        return page, 1
    page = paper(pen, page_for(pen, ink, WHITE, 4).size)
    put(pen, page, ink, dark_ink(pen))
    return lit(pen, page), 1


def low_contrast(pen: Pen) -> Written:
    """Dark grey on black, light grey on white, and between."""
    ground = pen.whole(0, 255)
    step = pen.whole(18, 50) * (1 if ground < 60 else -1 if ground > 200 else 1 - 2 * pen.whole(0, 1))
    return _canvas(pen, (ground + step,) * 3, (ground,) * 3)


def small(pen: Pen) -> Written:
    """A canvas of 28 to 64 pixels, drawn upon with a pen of one or more of them, or a reduced drawing."""
    side = pen.whole(28, 64) if pen.chance(0.6) else 28
    longer = round(side * pen.uniform(0.4, 0.9))
    image, label = pen.digit()
    ink = write(pen, image, longer, None if pen.chance(0.4) else pen.uniform(1, 3.5) / longer)
    if pen.chance(0.5):
        ink = ink.point(lambda v: 255 * (v > 110))
    one, two = (BLACK, WHITE) if pen.chance(0.5) else (WHITE, BLACK)
    page = Image.new("RGB", (side, side), two)
    put(pen, page, ink, one, 0)
    return page, label


def photo(pen: Pen) -> Written:
    ink, label = _written(pen, 60, 260, pen.uniform(0.025, 0.1))
    page = paper(pen, page_for(pen, ink, WHITE, 4).size)
    put(pen, page, ink, dark_ink(pen))
    return lit(pen, page), label


def _on_lines(pen: Pen, squares: bool) -> Written:
    ink, label = _written(pen, 60, 220, pen.uniform(0.035, 0.1))
    page = paper(pen, page_for(pen, ink, WHITE, 3.5).size)
    rule(pen, page, max(ink.size) * (pen.uniform(0.3, 1.2) if squares else pen.uniform(0.9, 1.6)), squares)
    put(pen, page, ink, dark_ink(pen))
    return lit(pen, page), label


def ruled(pen: Pen) -> Written:
    return _on_lines(pen, False)


def squared(pen: Pen) -> Written:
    return _on_lines(pen, True)


def pencil(pen: Pen) -> Written:
    """Grey that is not much darker than the paper, and grainy: it reaches only the tops of the paper."""
    ink, label = _written(pen, 80, 260, pen.uniform(0.02, 0.05))
    page = paper(pen, page_for(pen, ink, WHITE, 3).size)
    cover = np.asarray(ink) * pen.random.uniform(0.55, 1, ink.size[::-1])
    level = round(np.mean(page.getpixel((0, 0))) * pen.uniform(0.5, 0.8))
    put(pen, page, Image.fromarray(cover.astype(np.uint8)), (level,) * 3)
    return lit(pen, page, 3), label


def marker(pen: Pen) -> Written:
    """Strokes so thick that loops fill."""
    ink, label = _written(pen, 80, 260, pen.uniform(0.16, 0.27))
    page = paper(pen, page_for(pen, ink, WHITE).size)
    put(pen, page, ink, dark_ink(pen))
    return (lit(pen, page) if pen.chance(0.6) else page), label


def scan(pen: Pen) -> Written:
    """A page of 100 dots per inch, with a digit of 5 to 15 mm somewhere."""
    ink, label = _written(pen, 20, 60, pen.uniform(0.06, 0.12))
    page = Image.new("RGB", (827, 1169), colour(pen, 225, 255, 6))
    put(pen, page, ink, dark_ink(pen))
    grain = pen.random.normal(0, pen.uniform(0, 3), (1169, 827, 1))
    return Image.fromarray(np.clip(np.asarray(page) + grain, 0, 255).astype(np.uint8)), label


def _tight(pen: Pen, side: int, bilevel: bool) -> Written:
    """A square that the digit fills, stretched to both sides or as wide as it is."""
    ink, label = _written(pen, 100, 100, None if pen.chance(0.6) else pen.uniform(0.07, 0.2))
    stretch = pen.uniform(0, 1) if pen.chance(0.5) else float(pen.chance(0.5))
    size = [max(2, round(side * (length / 100) ** (1 - stretch))) for length in ink.size]
    reduced = ink.resize((size[0], size[1]), Image.Resampling.BOX)
    field = Image.new("L", (side, side))
    field.paste(reduced, ((side - size[0]) // 2, (side - size[1]) // 2))
    if bilevel:
        level = min(pen.whole(80, 140), _least_edge(reduced) - 1)
        field = field.point(lambda v: 255 * (v > level))
    return (ImageOps.invert(field) if pen.chance(0.5) else field), label


def _least_edge(ink: Image.Image) -> int:
    """The level that some pixel of every side of the box reaches."""
    values = np.asarray(ink)
    return int(min(values[0].max(), values[-1].max(), values[:, 0].max(), values[:, -1].max()))


def tight_16_grey(pen: Pen) -> Written:
    return _tight(pen, 16, False)


def tight_16_bilevel(pen: Pen) -> Written:
    return _tight(pen, 16, True)


def tight_32_bilevel(pen: Pen) -> Written:
    return _tight(pen, 32, True)


def tight_large(pen: Pen) -> Written:
    """The ink's own box of a larger picture, at most three pixels around it."""
    ink, label = _written(pen, 30, 220, None if pen.chance(0.5) else pen.uniform(0.05, 0.16))
    of, ground = (BLACK, WHITE) if pen.chance(0.5) else (WHITE, BLACK) if pen.chance(0.6) else pair(pen, 110)
    page = Image.new("RGB", ink.size, ground)
    page.paste(of, (0, 0), ink)
    return page, label


def narrow_margin(pen: Pen) -> Written:
    crop, label = tight_large(pen) if pen.chance(0.5) else _tight(pen, pen.whole(16, 32), pen.chance(0.5))
    corner = np.asarray(crop.convert("L"))
    ground = 255 if np.median(corner) > 127 else 0
    return ImageOps.expand(crop.convert("L"), pen.whole(1, 3), ground), label


def scrap(pen: Pen) -> Written:
    """A crop in which a piece of the neighbour is left at the left or the right edge."""
    ink, label = _written(pen, 60, 200, pen.uniform(0.05, 0.14))
    other, _ = _written(pen, ink.height, ink.height, pen.uniform(0.05, 0.14))
    gap, seen = (
        round(ink.height * pen.uniform(0.08, 0.3)),
        max(2, round(other.width * pen.uniform(0.1, 0.35))),
    )
    of, ground = dark_ink(pen), colour(pen, 200, 255, 12)
    page = Image.new("RGB", (ink.width + 2 * gap + seen, round(ink.height * pen.uniform(1, 1.3))), ground)
    middle = (page.height - ink.height) // 2
    at_left = pen.chance(0.5)
    page.paste(of, (gap + (seen if at_left else 0), middle), ink)
    page.paste(of, (seen - other.width if at_left else page.width - seen, middle), other)
    return page, label


def broken(pen: Pen) -> Written:
    """A pen that skipped: thin gaps across the strokes."""
    ink, label = _written(pen, 60, 220, pen.uniform(0.04, 0.12))
    draw = ImageDraw.Draw(ink)
    for _ in range(pen.whole(1, 4)):
        x, y = pen.uniform(0, ink.width), pen.uniform(0, ink.height)
        away = [pen.uniform(-0.25, 0.25) * max(ink.size) for _ in range(2)]
        draw.line(
            (x, y, x + away[0], y + away[1]),
            fill=0,
            width=max(1, round(max(ink.size) * pen.uniform(0.01, 0.03))),
        )
    page = page_for(pen, ink, colour(pen, 200, 255, 12))
    put(pen, page, ink, dark_ink(pen))
    return (lit(pen, page) if pen.chance(0.5) else page), label


def ink_on_nothing(pen: Pen) -> Written:
    """Only the ink is there, and all else is transparent, as drawing programs save it."""
    ink, label = _written(pen, 60, 250, pen.uniform(0.03, 0.14))
    page = Image.new("L", page_for(pen, ink, WHITE).size)
    page.paste(ink, (pen.whole(0, page.width - ink.width), pen.whole(0, page.height - ink.height)))
    of = BLACK if pen.chance(0.6) else WHITE if pen.chance(0.5) else colour(pen, 0, 255, 120)
    picture = Image.new("RGBA", page.size, (*of, 0))
    picture.putalpha(page)
    return picture, label


def canvas_in_nothing(pen: Pen) -> Written:
    """A canvas with ink on it, and transparent surroundings."""
    canvas, label = (dark_on_light if pen.chance(0.5) else light_on_dark)(pen)
    left, top, right, bottom = (round(pen.uniform(0.02, 0.4) * min(canvas.size)) for _ in range(4))
    picture = Image.new("RGBA", (canvas.width + left + right, canvas.height + top + bottom))
    picture.paste(canvas, (left, top))
    return picture, label


def jpeg(pen: Pen) -> Written:
    canvas, label = (small if pen.chance(0.4) else dark_on_light if pen.chance(0.5) else light_on_dark)(pen)
    return squeezed(canvas, pen.whole(5, 30)), label


def form_box(pen: Pen) -> Written:
    """The printed box of a form around the digit, perhaps not whole on the picture."""
    ink, label = _written(pen, 50, 160, pen.uniform(0.04, 0.12))
    page = page_for(pen, ink, colour(pen, 215, 255, 10), 3)
    left, top, right, bottom = put(pen, page, ink, dark_ink(pen), 0.12)
    away = [round(ink.height * pen.uniform(0.06, 0.4)) for _ in range(4)]
    box = (left - away[0], top - away[1], right + away[2], bottom + away[3])
    ImageDraw.Draw(page).rectangle(box, outline=colour(pen, 0, 150, 30), width=pen.whole(1, 4))
    return (lit(pen, page) if pen.chance(0.5) else page), label


def underline(pen: Pen) -> Written:
    ink, label = _written(pen, 50, 200, pen.uniform(0.04, 0.12))
    page, of = page_for(pen, ink, colour(pen, 215, 255, 10), 2.6), dark_ink(pen)
    left, _, right, bottom = put(pen, page, ink, of, 0.15)
    level = bottom + ink.height * pen.uniform(0.05, 0.2)
    over = ink.height * pen.uniform(0.1, 0.5)
    slope = pen.uniform(-0.05, 0.05) * ink.height
    ends = (left - over, level, right + over, level + slope)
    ImageDraw.Draw(page).line(ends, fill=of, width=max(1, round(ink.height * pen.uniform(0.02, 0.06))))
    return (lit(pen, page) if pen.chance(0.5) else page), label


def turned(pen: Pen) -> Written:
    """A canvas that lies askew by 8 to 20 degrees."""
    image, label = pen.digit()
    tilted = image.rotate(pen.uniform(8, 20) * pen.random.choice([-1, 1]), Image.Resampling.BICUBIC)
    ink = write(pen, tilted, pen.whole(60, 250), pen.uniform(0.04, 0.12))
    ground = colour(pen, 200, 255, 12)
    page = page_for(pen, ink, ground)
    put(pen, page, ink, dark_ink(pen))
    return page, label


def screenshot(pen: Pen) -> Written:
    """A canvas in its window: a frame, and sometimes the bar of the window."""
    canvas, label = (dark_on_light if pen.chance(0.6) else light_on_dark)(pen)
    frame = colour(pen, 0, 255, 20)
    picture = ImageOps.expand(canvas, pen.whole(1, 12), frame)
    if pen.chance(0.5):
        picture = ImageOps.expand(picture, (0, pen.whole(10, 30), 0, 0), colour(pen, 60, 240, 40))
    if pen.chance(0.5):
        picture = ImageOps.expand(picture, pen.whole(2, 20), WHITE)
    return picture, label


KINDS: dict[str, Callable[[Pen], Written]] = {
    make.__name__.replace("_", " "): make
    for make in (
        *(dark_on_light, light_on_dark, two_colours, straight_one, low_contrast, small, photo),
        *(ruled, squared, pencil, marker, scan),
        *(tight_16_grey, tight_16_bilevel, tight_32_bilevel, tight_large, narrow_margin, scrap),
        *(broken, ink_on_nothing, canvas_in_nothing, jpeg, form_box, underline, turned, screenshot),
    )
}
"""Pictures of one digit."""


# Pictures that show no digit, or more than one.


def _size(pen: Pen) -> tuple[int, int]:
    return pen.whole(28, 320), pen.whole(28, 320)


def blank(pen: Pen) -> Image.Image:
    return (
        lit(pen, paper(pen, _size(pen)), 8)
        if pen.chance(0.7)
        else Image.new("RGB", _size(pen), colour(pen, 0, 255))
    )


def lines(pen: Pen) -> Image.Image:
    """Ruled or squared paper that nobody wrote on, and long strokes from edge to edge."""
    page = paper(pen, _size(pen))
    if pen.chance(0.7):
        rule(pen, page, min(page.size) / pen.uniform(1.5, 6), pen.chance(0.5))
    else:
        ends = [
            (0, pen.whole(0, page.height), page.width, pen.whole(0, page.height))
            for _ in range(pen.whole(2, 4))
        ]
        for line in ends:
            ImageDraw.Draw(page).line(line, fill=dark_ink(pen), width=pen.whole(1, 6))
    return seen(pen, page)


def marks(pen: Pen) -> Image.Image:
    """Scribbles, stripes, spots and solid shapes, as networks learn to be unsure of."""
    ink = write(pen, pen.mark(), pen.whole(40, 250))
    page = page_for(pen, ink, colour(pen, 190, 255, 14))
    put(pen, page, ink, dark_ink(pen))
    page = ImageOps.invert(page) if pen.chance(0.3) else page
    return seen(pen, page)


LETTERS = {
    "A": "0,1 .5,0 1,1; .2,.6 .8,.6",
    "E": "1,0 0,0 0,1 1,1; 0,.5 .8,.5",
    "F": "1,0 0,0 0,1; 0,.45 .8,.45",
    "H": "0,0 0,1; 0,.5 1,.5; 1,0 1,1",
    "K": "0,0 0,1; .9,0 0,.55 .9,1",
    "M": "0,1 .1,0 .5,.7 .9,0 1,1",
    "N": "0,1 0,0 1,1 1,0",
    "P": "0,1 0,0 .9,.1 .9,.45 0,.5",
    "R": "0,1 0,0 .8,.1 .8,.4 0,.5 1,1",
    "W": "0,0 .25,1 .5,.3 .75,1 1,0",
    "X": "0,0 1,1; 1,0 0,1",
    "+": ".5,0 .5,1; 0,.5 1,.5",
}
"""The points of each stroke, x from 0 at the left to 1, y from 0 at the top to 1. None is like a digit."""


def letters(pen: Pen) -> Image.Image:
    """One to three letters, each in strokes that miss their points a little."""
    height = pen.whole(40, 160)
    word = pen.random.choice(list(LETTERS), pen.whole(1, 3)).tolist()
    size = (round(height * (0.9 * len(word) + 0.6)), round(height * 1.6))
    page = Image.new("RGB", size, colour(pen, 200, 255, 14))
    draw, of, width = ImageDraw.Draw(page), dark_ink(pen), max(2, round(height * pen.uniform(0.03, 0.12)))
    for place, name in enumerate(word):
        for stroke in LETTERS[name].split(";"):
            points = []
            for point in stroke.split():
                x, y = (float(number) + pen.uniform(-0.07, 0.07) for number in point.split(","))
                points.append((height * (0.4 + 0.9 * place + 0.6 * x), height * (0.3 + y)))
            draw.line(points, fill=of, width=width, joint="curve")
    return seen(pen, page)


def texture(pen: Pen) -> Image.Image:
    """Cloth, wood, clouds: noise that was smoothed, more along one side or alike."""
    width, height = _size(pen)
    coarse = (max(2, width // pen.whole(2, 30)), max(2, height // pen.whole(2, 30)))
    noise = pen.random.integers(pen.whole(0, 120), 256, coarse[::-1], dtype=np.uint8)
    return Image.fromarray(noise).resize((width, height), Image.Resampling.BICUBIC)


def pattern(pen: Pen) -> Image.Image:
    """Something checked, dotted, striped or rough, which fills the picture or lies on a plain ground."""
    width, height = _size(pen)
    if pen.chance(0.3):  # a narrow strip
        width = max(8, width // pen.whole(3, 8))
    cell, dark, light = pen.whole(2, max(3, min(width, height) // 5)), pen.whole(0, 120), pen.whole(150, 255)
    across, down = np.arange(width) / cell, np.arange(height)[:, None] / cell
    lean = pen.uniform(-0.5, 0.5)
    patterns = [
        lambda: (across.astype(int) + down.astype(int)) % 2 == 0,
        lambda: (across % 1 - 0.5) ** 2 + (down % 1 - 0.5) ** 2 < 0.12,
        lambda: (across + lean * down) % 1 < 0.5,
        lambda: pen.random.random((height, width)) < 0.5,
    ]
    ink = patterns[pen.whole(0, 3)]()
    if pen.chance(0.6):
        piece = Image.new("1", (width, height))
        box = [round(side * pen.uniform(*ends)) for ends in ((0, 0.3), (0.7, 1)) for side in (width, height)]
        draw = ImageDraw.Draw(piece)
        (draw.ellipse if pen.chance(0.6) else draw.rectangle)(box, fill=1)
        ink = ink & np.asarray(piece)
    values = np.where(ink, dark, light) if pen.chance(0.5) else np.where(ink, light, dark)
    image = Image.fromarray(values.astype(np.uint8))
    return image.filter(ImageFilter.GaussianBlur(pen.uniform(0, 0.4) * cell)) if pen.chance(0.5) else image


def shape(pen: Pen) -> Image.Image:
    """A filled disc, box or triangle: wider than a 1, and no ring, which would be a 0."""
    page, side = Image.new("RGB", _size(pen), colour(pen, 180, 255)), pen.uniform(0.3, 0.85)
    draw, of = ImageDraw.Draw(page), colour(pen, 0, 120, 60)
    width, height = (round(min(page.size) * side * pen.uniform(0.6, 1)) for _ in range(2))
    left, top = pen.whole(0, page.width - width), pen.whole(0, page.height - height)
    corners = [(left + width // 2, top), (left, top + height), (left + width, top + height)]
    figures = [
        lambda: draw.ellipse((left, top, left + width, top + height), fill=of),
        lambda: draw.rectangle((left, top, left + width, top + height), fill=of),
        lambda: draw.polygon(corners, fill=of),
    ]
    figures[pen.whole(0, 2)]()
    return seen(pen, page)


def object_edge(pen: Pen) -> Image.Image:
    """Two surfaces that meet along a line, as of a table and a wall."""
    page = Image.new("RGB", _size(pen), colour(pen, 130, 255, 40))
    slope, middle = pen.uniform(-0.6, 0.6) * page.height, pen.uniform(0.2, 0.8) * page.height
    surface = [(0, middle - slope), (page.width, middle + slope), (page.width, page.height), (0, page.height)]
    ImageDraw.Draw(page).polygon(surface, fill=colour(pen, 0, 130, 40))
    return lit(pen, page.rotate(90 * pen.whole(0, 3), expand=True))


def several(pen: Pen) -> Image.Image:
    """Two or three digits side by side: none for a reader of one digit."""
    picture, _ = row(pen, pen.whole(2, 3), gap=(0.08, 0.35))
    return seen(pen, picture)


def touching(pen: Pen) -> Image.Image:
    """Two digits that touch or overlap a little."""
    picture, _ = row(pen, 2, gap=(-0.2, 0))
    return seen(pen, picture)


NO_DIGIT: dict[str, Callable[[Pen], Image.Image]] = {
    make.__name__.replace("_", " "): make
    for make in (blank, lines, marks, letters, texture, pattern, shape, object_edge, several, touching)
}
"""Pictures for which there is no right digit."""


# The pictures, one after the other.


def scenes(
    count: int, seed: int, digits: Digits | None = None, kinds: Sequence[str] = (*KINDS, *NO_DIGIT)
) -> Iterator[Scene]:
    """Draw pictures of one digit and pictures of no digit; each kind as often as the others, in turn.

    Args:
        count: how many.
        seed: the same gives the same pictures.
        digits: images and labels that are used for half of them; None to use only those that are drawn.
        kinds: some of `KINDS` and `NO_DIGIT`.
    """
    for number, pen in enumerate(pens(count, seed, digits)):
        kind = kinds[number % len(kinds)]
        if kind in NO_DIGIT:
            yield Scene(NO_DIGIT[kind](pen), None, kind)
        else:
            yield Scene(*KINDS[kind](pen), kind)


def sheet(found: Sequence[Scene], columns: int, side: int) -> Image.Image:
    """Small copies of the pictures with their labels; what is transparent is green."""
    whole = Image.new("RGB", (columns * side, -(-len(found) // columns) * (side + 12)), (190, 60, 190))
    for place, scene in enumerate(found):
        left, top = place % columns * side, place // columns * (side + 12)
        ground = Image.new("RGBA", scene.picture.size, (120, 200, 120, 255))
        ground.alpha_composite(scene.picture.convert("RGBA"))
        shown = ImageOps.contain(ground.convert("RGB"), (side - 4, side - 4), Image.Resampling.BOX)
        whole.paste(shown, (left + 2, top + 14))
        ImageDraw.Draw(whole).text((left + 2, top), f"{scene.label} {scene.kind}", fill=WHITE)
    return whole


def main() -> int:
    parser = argparse.ArgumentParser(prog="tools/scenes.py", description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, help="where the sheets go")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="of the pictures (default: 1)")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    for name, kinds, columns in (("digits", KINDS, 10), ("none", NO_DIGIT, 10)):
        found = [scene for kind in kinds for scene in scenes(10, options.seed, None, [kind])]
        sheet(found, columns, 110).save(options.folder / f"{name}.png")
    found = [scene for kind in ROWS for scene in rows(5, options.seed, None, [kind])]
    sheet(found, 5, 230).save(options.folder / "rows.png")
    return 0


if __name__ == "__main__":
    sys.exit(main())
