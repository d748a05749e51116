"""Outliers: images without a digit, or with more than one, from which a network learns to be unsure.

A network that was trained on digits only finds a digit in every image, because its ten probabilities always
add up to 1. If it is also trained on outliers, with the target probability 1/10 for each digit, it learns to
give all digits similar probabilities where there is none (Hendrycks, Mazeika and Dietterich, "Deep anomaly
detection with outlier exposure", ICLR 2019). The outliers fill the 20-pixel box of MNIST, because every
picture that a person gives is scaled to that box before the network sees it.

There are two families. *Shapes* are random: scribbles, stripes, spots, solids, specks. *Misreadings* are what
a picture of a digit becomes when something about it was misunderstood: paper taken for ink, a part taken for
the whole, two digits, a frame or a ruled line taken for a part of the digit, a sign or a letter for a digit.
What somebody would read as a digit after all must not be among them, or the network would doubt that digit,
too: the lower half of a 7 is a 1, half of an 8 is a 0, a frame that is taller than wide is the 0 of a
calculator, an upright line is a 1, and a line under a 1 is its foot.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from mnist_ocr.data.glyphs import SIGNS_FILE, StrokeTable, load_glyphs
from mnist_ocr.data.pen import BOX, fit, frame, ink
from mnist_ocr.data.synthetic import draw_digits, draw_strokes

Boxes = npt.NDArray[np.float32]
Images = npt.NDArray[np.uint8]
Kind = Callable[[np.random.Generator, int], Images]

_CHUNK = 1024  # images drawn at a time
_POSITIONS = 128
_LEAST_INK = 0.04
"""Share of the box that is ink; with less there would be a dot or nothing, and the image is inverted."""

_NO_DIGIT_LEFT = {
    0: ("top", "bottom"),
    2: ("bottom",),
    3: ("left",),
    4: ("top", "left"),
    5: ("top",),
    6: ("right",),
    9: ("left",),
}
"""The halves of each digit that nobody reads as a digit."""

_WITHOUT_LINES = (0, 3, 5, 6, 8, 9)
"""The other digits have a straight line in some hands, a foot or a bar, or are one."""


def draw_outliers(count: int, seed: int) -> Images:
    """Draw images that show no digit, or more than one.

    Args:
        count: how many.
        seed: of the random generator; the same seed gives the same images.

    Returns:
        (count, 28, 28), from 0 for background to 255 for ink, positioned as in MNIST.
    """
    random = np.random.default_rng(seed)
    images = np.empty((count, 28, 28), np.uint8)
    for kind, part in zip(KINDS.values(), np.array_split(images, len(KINDS)), strict=True):
        for start in range(0, len(part), _CHUNK):
            some = part[start : start + _CHUNK]
            some[...] = kind(random, len(some))
    random.shuffle(images)
    return images


# Shapes. Each function draws into boxes; `_shapes` turns them into images.


def _shapes(draw: Callable[[np.random.Generator, int], Boxes]) -> Kind:
    """The images of a function that draws boxes."""

    def images(random: np.random.Generator, count: int) -> Images:
        boxes = draw(random, count)
        faint = boxes.mean(axis=(1, 2)) < _LEAST_INK
        boxes[faint] = 1 - boxes[faint]
        return frame(boxes)

    return images


def _scribbles(random: np.random.Generator, count: int) -> Boxes:
    """Random curves of a pen, sums of eight waves, with gaps: wilder than a digit."""
    time = np.linspace(0, 1, _POSITIONS, dtype=np.float32)
    waves = np.arange(1, 9)
    fades = waves ** -random.uniform(0, 0.7, (count, 1, 2, 1)).astype(np.float32)
    heights = random.standard_normal((count, 1, 2, len(waves)), np.float32) * fades
    phases = random.uniform(0, 2 * np.pi, (count, 1, 2, len(waves))).astype(np.float32)
    positions = (heights * np.sin(np.pi * waves * time[:, None, None] + phases)).sum(axis=3)
    radii = np.broadcast_to(random.uniform(0.02, 0.08, (count, 1)).astype(np.float32), (count, _POSITIONS))
    positions, radii = fit(positions, radii * np.ptp(positions, axis=1).max(axis=1)[:, None])
    pen_down = np.repeat(random.random((count, 8)) < 0.85, _POSITIONS // 8, axis=1)
    return ink(positions, radii, pen_down)


def _stripes(random: np.random.Generator, count: int) -> Boxes:
    """Two to ten parallel bars at any angle."""
    rows, columns = np.mgrid[:BOX, :BOX].astype(np.float32) / BOX
    angles = random.uniform(0, np.pi, (count, 1, 1))
    across = np.cos(angles) * rows + np.sin(angles) * columns
    wave = np.sin(2 * np.pi * (random.uniform(2, 10, angles.shape) * across + random.random(angles.shape)))
    return _hardened(random, wave.astype(np.float32))


def _spots(random: np.random.Generator, count: int) -> Boxes:
    """Smoothed noise, from single pixels to shapes as large as the box."""
    noise = random.standard_normal((count, BOX, BOX), np.float32)
    positions = np.arange(BOX)
    widths = random.uniform(0.3, 2, (count, 1, 1)) ** 2 + 0.2
    blur = np.exp(-((positions[:, None] - positions) ** 2) / (2 * widths**2))
    blur /= np.linalg.norm(blur, axis=2, keepdims=True)
    return _hardened(random, (blur @ noise @ blur.transpose(0, 2, 1)).astype(np.float32))


def _solids(random: np.random.Generator, count: int) -> Boxes:
    """Filled shapes between a diamond, a disc and a square, all wider than a 1."""
    rows, columns = (np.mgrid[:BOX, :BOX].astype(np.float32) + 0.5) / (BOX / 2) - 1
    shape = (count, 1, 1)
    narrow, power = random.uniform(0.5, 1, shape), random.uniform(0.8, 6, shape)
    stood = random.random(shape) < 0.5
    y = np.abs(rows) / np.where(stood, 1, narrow)
    x = np.abs(columns) / np.where(stood, narrow, 1)
    boxes: Boxes = np.clip((1 - (y**power + x**power)) * random.uniform(1, 8, shape), 0, 1).astype(np.float32)
    return boxes


def _hardened(random: np.random.Generator, field: Boxes) -> Boxes:
    """Ink where a random field is above a random level, with soft or hard edges.

    Half of the images are cut to a window, upright or horizontal, as long as the box but narrower.
    """
    shape = (len(field), 1, 1)
    levels, hardness = random.uniform(-0.5, 1, shape), random.uniform(0.5, 6, shape)
    boxes: Boxes = np.clip((field - levels) * hardness, 0, 1).astype(np.float32)
    from_middle = np.abs(np.arange(BOX) + 0.5 - BOX / 2)
    window = from_middle < BOX / 2 * random.uniform(0.35, 1, (len(field), 1))
    for kind, cut in enumerate((window[:, :, np.newaxis], window[:, np.newaxis, :])):
        boxes[kind::4] *= cut[kind::4]
    return boxes


def _specks(random: np.random.Generator, count: int) -> Boxes:
    """Three to twelve dots here and there."""
    rows, columns = np.mgrid[:BOX, :BOX].astype(np.float32)
    boxes = np.zeros((count, BOX, BOX), np.float32)
    for box in boxes:
        for _ in range(random.integers(3, 13)):
            row, column = random.uniform(0, BOX - 1, 2)
            distance = np.hypot(rows - row, columns - column)
            np.maximum(box, np.clip(random.uniform(0.7, 2) + 0.5 - distance, 0, 1), out=box)
    return boxes


# Misreadings. They are put together from drawn digits, and normalised like a picture that was read.


def _signs(random: np.random.Generator, count: int) -> Images:
    """Signs and letters of `signs.json`."""
    table, weights = _table_of_signs()
    return frame(draw_strokes(random, random.choice(len(weights), count, p=weights), table))


@functools.cache
def _table_of_signs() -> tuple[StrokeTable, npt.NDArray[np.float64]]:
    signs = load_glyphs(SIGNS_FILE)
    weights = np.array([sign.weight for sign in signs])
    return StrokeTable.of(signs), weights / weights.sum()


def _inverted(random: np.random.Generator, count: int) -> Images:
    """Ink and paper mistaken for each other: a filled rectangle with the digit as a hole in it."""
    pictures = []
    for _, digit in _digits(random, count):
        height, width = digit.shape
        least = max(0, -(-(height // 2 - width) // 2))  # a narrower rectangle would look like a 1
        picture = np.pad(digit, least + int(random.integers(0, 6)))
        pictures.append(random.uniform(0.6, 1) * (1 - picture))
    return _normalised(random, pictures)


def _halves(random: np.random.Generator, count: int) -> Images:
    """A half of a digit, of those that are no digit themselves."""
    pictures = []
    for label, whole in _digits(random, count, among=tuple(_NO_DIGIT_LEFT)):
        side = random.choice(_NO_DIGIT_LEFT[label])
        upright = side in ("top", "bottom")
        cut = round(whole.shape[0 if upright else 1] * random.uniform(0.38, 0.52))
        halves = {"top": whole[:cut], "bottom": whole[cut:], "left": whole[:, :cut], "right": whole[:, cut:]}
        pictures.append(halves[side])
    return _normalised(random, pictures)


def _several(random: np.random.Generator, count: int) -> Images:
    """Two or three digits side by side, apart or touching."""
    pictures = []
    digits = _digits(random, 3 * count)
    for number in range(count):
        row = digits[3 * number :][: random.choice([2, 2, 2, 3])]
        right = 0
        placed = []
        for index, (label, digit) in enumerate(row):
            # A 1 that touched its neighbour could be a stroke of it.
            thin = label == 1 or (index > 0 and row[index - 1][0] == 1)
            left = right + int(random.integers(2 if thin else -1, 9)) if index else 0
            placed.append((int(random.integers(0, 7)), left, digit))
            right = left + digit.shape[1]
        picture = np.zeros((BOX + 6, right), np.float32)
        for top, left, digit in placed:
            _ink_on(picture, digit, top, left)
        pictures.append(picture)
    return _normalised(random, pictures)


def _frames(random: np.random.Generator, count: int) -> Images:
    """A box of a form or a circle around a digit, or an empty box; not taller than wide, as a 0 is."""
    pictures = []
    for number, (_, digit) in enumerate(_digits(random, count)):
        empty, round_one = number % 4 == 0, number % 4 == 1
        height = random.uniform(26, 44)
        width = height * random.uniform(1, 1.6)
        picture = _outline(height, width, random.uniform(0.7, 2.2), oval=round_one)
        if not empty:
            room = np.array(picture.shape) - digit.shape
            top, left = (room * random.uniform(0.3, 0.7, 2)).astype(int)
            _ink_on(picture, digit, max(top, 0), max(left, 0))
        pictures.append(picture)
    return _normalised(random, pictures)


def _outline(height: float, width: float, thickness: float, *, oval: bool) -> Boxes:
    """A rectangle or an ellipse of that size as a line, from 0 to 1 for ink."""
    margin = 2
    rows, columns = np.mgrid[: int(height) + 2 * margin, : int(width) + 2 * margin].astype(np.float32)
    y = np.abs(rows - (rows.shape[0] - 1) / 2)
    x = np.abs(columns - (columns.shape[1] - 1) / 2)
    if oval:
        inside = (1 - np.hypot(y / (height / 2), x / (width / 2))) * min(height, width) / 2
    else:
        inside = np.minimum(height / 2 - y, width / 2 - x)
    line: Boxes = np.clip(thickness / 2 + 0.5 - np.abs(inside - thickness / 2), 0, 1).astype(np.float32)
    return line


def _on_lines(random: np.random.Generator, count: int) -> Images:
    """A digit and a ruled line through it or under it, at least twice as long as the digit is wide."""
    pictures = []
    for _, digit in _digits(random, count, among=_WITHOUT_LINES):
        height, width = digit.shape
        length = int(width * random.uniform(2.2, 4)) + 6
        picture = np.zeros((height + 8, length), np.float32)
        left = int((length - width) * random.uniform(0.1, 0.9))
        _ink_on(picture, digit, 2, left)
        for row in random.uniform(height * 0.3, height + 4, int(random.choice([1, 1, 2]))):
            slope = np.linspace(-1, 1, length) * random.uniform(-1, 1)
            distance = np.abs(np.arange(len(picture))[:, np.newaxis] - row - 2 - slope)
            line = np.clip(random.uniform(0.4, 1.2) + 0.5 - distance, 0, 1).astype(np.float32)
            np.maximum(picture, line, out=picture)
        pictures.append(picture)
    return _normalised(random, pictures)


def _digits(
    random: np.random.Generator, count: int, among: tuple[int, ...] = tuple(range(10))
) -> list[tuple[int, Boxes]]:
    """Drawn digits of these kinds with their labels, each cropped to its ink, from 0 to 1."""
    glyphs = [glyph for glyph in _glyphs() if glyph.digit in among]
    images, labels = draw_digits(count, int(random.integers(2**31)), glyphs=glyphs)
    return [
        (int(label), _cropped(image / np.float32(255))) for label, image in zip(labels, images, strict=True)
    ]


_glyphs = functools.cache(load_glyphs)


def _cropped(picture: Boxes) -> Boxes:
    rows, columns = np.flatnonzero(picture.any(axis=1)), np.flatnonzero(picture.any(axis=0))
    return picture[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _ink_on(picture: Boxes, digit: Boxes, top: int, left: int) -> None:
    """Draw a digit over what is there, where it lies within the picture."""
    part = picture[top : top + digit.shape[0], left : left + digit.shape[1]] if left >= 0 else picture[:0]
    np.maximum(part, digit[: part.shape[0], : part.shape[1]], out=part)


def _normalised(random: np.random.Generator, pictures: list[Boxes]) -> Images:
    """Each picture scaled and centred as the program does it with people's pictures.

    Half of them get the strokes of usual width, too. Without that, what is much reduced has thin ones.
    """
    # Imported here, because most trainings draw no outliers.
    from mnist_ocr.images.normalise import normalise_stroke_width, scale_and_centre

    evened = random.random(len(pictures)) < 0.5
    inks = (
        normalise_stroke_width(picture)[0] if even else picture
        for picture, even in zip(pictures, evened, strict=True)
    )
    return np.stack([scale_and_centre(ink)[0] for ink in inks])


KINDS: dict[str, Kind] = {
    "scribbles": _shapes(_scribbles),
    "stripes": _shapes(_stripes),
    "spots": _shapes(_spots),
    "solids": _shapes(_solids),
    "specks": _shapes(_specks),
    "signs": _signs,
    "inverted": _inverted,
    "halves": _halves,
    "several": _several,
    "frames": _frames,
    "on lines": _on_lines,
}
"""Every kind of outlier by its name: (random, count) -> images (count, 28, 28). All are equally frequent."""
