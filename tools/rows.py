"""Rows of digits as people write them: numbers, dates, fields of a form; with the digits that they show."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from PIL import Image, ImageDraw, ImageFilter

from tools.pens import Colour, Digits, Pen, Scene, colour, dark_ink, pens, rule, seen, write

Range = tuple[float, float]


def row(
    pen: Pen, count: int, gap: Range = (0.1, 0.45), sizes: Range = (0.92, 1.05), *, small_zeros: bool = False,
    margin: Range = (0.15, 0.8), signs: str = "", boxes: bool = False, rules: bool = False,
    underline: bool = False, colours: tuple[Colour, Colour] | None = None,
) -> tuple[Image.Image, str]:  # fmt: skip
    """Digits from left to right.

    Args:
        pen: decides.
        count: of the digits.
        gap: between two of them, in heights; below 0 they overlap.
        sizes: of each, in heights.
        small_zeros: draw each 0 at 45 % of the height.
        margin: around the row, in heights.
        signs: one of these stands after the second and after the fourth digit.
        boxes: a printed box around each.
        rules: ruled paper.
        underline: a line under the row, which it may touch.
        colours: of the ink and of the ground; None for any dark ink on any light ground.

    Returns:
        The picture and its label.
    """
    height, width = pen.whole(36, 110), pen.uniform(0.05, 0.13)
    of, ground = colours or (dark_ink(pen), colour(pen, 205, 255, 12))
    pieces: list[tuple[int, int, Image.Image]] = []
    label, right = "", 0.0
    sign = signs[pen.whole(0, len(signs) - 1)] if signs else ""
    for place in range(count):
        image, digit = pen.digit()
        low = small_zeros and digit == 0
        size = 0.45 if low else pen.uniform(*sizes)
        ink = write(pen, image, max(8, round(height * size)), width / size)
        top = round(
            height - ink.height if low else (height - ink.height) / 2 + height * pen.uniform(-0.05, 0.05)
        )
        pieces.append((round(right), top, ink))
        label += str(digit)
        right += ink.width + height * pen.uniform(*gap)
        if sign and place in (1, 3) and place < count - 1:
            tall = round(
                height * (pen.uniform(1, 1.4) if sign == "/" else 1)
            )  # most slashes reach beyond digits
            mark = _sign(pen, sign, tall, width * height / tall)
            pieces.append((round(right), (height - tall) // 2, mark))
            right += mark.width + height * pen.uniform(*gap)
    edges = [round(height * pen.uniform(*margin)) for _ in range(4)]
    across = max(left + ink.width for left, _, ink in pieces)
    highest, lowest = min(top for _, top, _ in pieces), max(top + ink.height for _, top, ink in pieces)
    page = Image.new("RGB", (across + edges[0] + edges[1], lowest - highest + edges[2] + edges[3]), ground)
    if rules:
        rule(pen, page, height * pen.uniform(1, 1.5), squares=pen.chance(0.3))
    line = colour(pen, 60, 170, 30)
    if underline:
        low = page.height - edges[3] + height * pen.uniform(0, 0.2)
        ends = 0.5 * edges[0], low, page.width - 0.5 * edges[1], low + height * pen.uniform(-0.05, 0.05)
        ImageDraw.Draw(page).line(ends, fill=of, width=max(2, round(height * width * 0.7)))
    for left, top, ink in pieces:
        x, y = left + edges[0], top - highest + edges[2]
        page.paste(of, (x, y), ink)
        if boxes:
            slack = height * 0.12
            box = (
                x - slack,
                edges[2] - highest - slack,
                x + ink.width + slack,
                edges[2] - highest + height + slack,
            )
            ImageDraw.Draw(page).rectangle(box, outline=line, width=max(1, height // 40))
    return page, label


def _sign(pen: Pen, sign: str, height: int, width: float) -> Image.Image:
    """A slash, dash or dot as ink, as high as the row."""
    thick = max(2, round(width * height))
    mark = Image.new("L", (round(height * {"/": 0.4, "-": 0.35, ".": 0.12}[sign]), height))
    draw, right, foot = ImageDraw.Draw(mark), mark.width - thick, height - thick
    if sign == "/":
        draw.line((thick / 2, foot, right, thick), fill=255, width=thick)
    elif sign == "-":
        draw.line((0, height / 2, mark.width, height / 2 + pen.uniform(-2, 2)), fill=255, width=thick)
    else:
        draw.ellipse((0, foot - thick / 2, 1.5 * thick, height - 1), fill=255)
    return mark.filter(ImageFilter.GaussianBlur(0.5))


def _two_lines(pen: Pen) -> tuple[Image.Image, str]:
    colours = dark_ink(pen), colour(pen, 205, 255, 12)
    (upper, first), (lower, second) = (
        row(pen, pen.whole(2, 5), margin=(0.15, 0.3), colours=colours) for _ in range(2)
    )
    lower = lower.resize((round(lower.width * upper.height / lower.height), upper.height))
    page = Image.new("RGB", (max(upper.width, lower.width), 2 * upper.height), colours[1])
    page.paste(upper, (0, 0))
    page.paste(lower, (0, upper.height))
    return page, first + second


ROWS: dict[str, Callable[[Pen], tuple[Image.Image, str]]] = {
    "plain": lambda pen: row(pen, pen.whole(2, 8)),
    "uneven": lambda pen: row(pen, pen.whole(3, 7), sizes=(0.6, 1.1)),
    "small zeros": lambda pen: row(pen, pen.whole(4, 8), small_zeros=True),
    "close": lambda pen: row(pen, pen.whole(3, 7), gap=(0.02, 0.08)),
    "touching": lambda pen: row(pen, pen.whole(2, 6), gap=(-0.1, 0.06)),
    "at the edge": lambda pen: row(pen, pen.whole(2, 6), margin=(0, 0.03)),
    "boxes": lambda pen: row(pen, pen.whole(3, 8), gap=(0.3, 0.45), boxes=True),
    "ruled": lambda pen: row(pen, pen.whole(3, 7), rules=True),
    "date": lambda pen: row(pen, 8, gap=(0.1, 0.25), signs="/-."),
    "two lines": _two_lines,
    "underlined": lambda pen: row(pen, pen.whole(3, 7), underline=True),
    "light on dark": lambda pen: row(
        pen, pen.whole(2, 7), colours=(colour(pen, 190, 255, 12), colour(pen, 0, 60, 12))
    ),
    "one": lambda pen: row(pen, 1),
}
"""Pictures of several digits."""


def rows(
    count: int, seed: int, digits: Digits | None = None, kinds: Sequence[str] = tuple(ROWS)
) -> Iterator[Scene]:
    """Draw rows of digits; arguments as of `scenes`, kinds of `ROWS`. The label is a text."""
    for number, pen in enumerate(pens(count, seed, digits)):
        kind = kinds[number % len(kinds)]
        picture, label = ROWS[kind](pen)
        yield Scene(seen(pen, picture), label, kind)
