"""Reading rows of digits: numbers, postal codes, dates, in one line or several.

Where one digit ends and the next begins cannot be known before the digits are known: the bar of a 5 stands
apart, and two digits touch. So the ink of every line is divided into more pieces than there are digits
(`lines`, `cuts`). Every few neighbouring pieces together are a candidate, the network reads all candidates at
once, and the best path through them is the number (`paths`). This is how postal codes are read (Y. LeCun, L.
Bottou, Y. Bengio and P. Haffner, "Gradient-based learning applied to document recognition", 1998, section V).

A digit is as probable as its step and what the network says of it, so a cut in doubt makes its digits
doubtful.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from mnist_ocr.graph import Network
from mnist_ocr.graph.classes import Class, class_name, classes_of
from mnist_ocr.images.arrays import BoolArray, FloatArray, IntArray, Pixels, median
from mnist_ocr.images.belief import Probabilities, default_network, probabilities
from mnist_ocr.images.ink import find_darkness, skewness
from mnist_ocr.images.lines import Line, find_writing
from mnist_ocr.images.load import BlankPictureError, Box, Picture, PictureSource
from mnist_ocr.images.normalise import BOX, CENTRE
from mnist_ocr.images.paths import FEATURES, SMALL, Candidates, best_path, candidates, scores
from mnist_ocr.images.read import Invert, Reading, Stages, loaded

PICTURE_SIDE = 1280  # Longer side of the small picture, in pixels: twice the usual, a row holds many digits
READABLE = 0.3  # Below this probability a digit is not read: its place is held by a question mark
UNDISPUTED = 0.95  # Where every digit is more probable than this, no other reading is tried
CERTAIN = 0.99  # A less certain sign may be a digit: a slash a 1 or a 7, two specks the rest of a faint 1
SLANTED = 0.2  # A straight stroke that is no digit and leans by this many columns per row is a slash

DATES = ((8, (2, 5), (0, 3)), (10, (2, 5), (0, 3)), (10, (4, 7), (5, 8)))
"""Signs in a date (12/05/24, 12/05/2024, 2024/05/12), where its slashes are, where day and month begin."""

BEYOND = 1.15  # A slash is so many times as tall as the digits beside it, unless it stands in a date
ALIKE = 0.15  # Two slashes differ by less than this in slant, and by this share in height

SLANTS = [list(FEATURES).index(name) for name in ("slant of a straight stroke", "slant")]

UNREAD = "?"


@dataclass(frozen=True)
class RowDigit:
    """A digit of a row, or something that may be one.

    Attributes:
        pixels: what the network saw, uint8 (28, 28).
        box: left, top, right, bottom in the pixels of the upright original, right and bottom exclusive.
        line: number of its line, from 0.
        probabilities: (10,), adding up to 1. Where the step of the path is in doubt, they are less different
            than what the network says.
        read: False if it may be a digit, but nobody knows which.
        ink: its pixels in the small picture, shape (height, width) of its box there.
        corner: left and top of that box.
        shift: columns to the right and rows down that centred `pixels`.
    """

    pixels: Pixels
    box: Box
    line: int
    probabilities: tuple[float, ...]
    read: bool
    ink: BoolArray
    corner: tuple[int, int]
    shift: tuple[int, int]


@dataclass(frozen=True)
class LeftOut:
    """Something that was left out of the number.

    Attributes:
        looks_like: in words, such as "a slash".
        box: its place.
        may_be_digit: whether the number may lack a digit because of it.
    """

    looks_like: str
    box: Box
    may_be_digit: bool = False


@dataclass(frozen=True)
class Rows:
    """The digits of a picture, in reading order.

    Attributes:
        digits: those that were read and those that were not.
        left_out: signs between the digits, and other ink.
        decisions: what was decided about the whole picture, in sentences.
        grey: the small upright picture, shape (height, width), 0 black to 255 white.
        classes: what each of the probabilities belongs to; their names are written.
    """

    digits: tuple[RowDigit, ...]
    left_out: tuple[LeftOut, ...]
    decisions: tuple[str, ...]
    grey: FloatArray
    classes: tuple[Class, ...] = tuple(range(10))

    @property
    def text(self) -> str:
        """The number as it is written, with a line for every line and `UNREAD` for what was not read."""
        names = [class_name(digit) for digit in self.classes]
        between = "" if all(len(name) == 1 for name in names) else " "
        lines: dict[int, list[str]] = {}
        for digit in self.digits:
            best = int(np.argmax(digit.probabilities))
            lines.setdefault(digit.line, []).append(names[best] if digit.read else UNREAD)
        return "\n".join(map(between.join, lines.values()))

    def reading(self, index: int) -> Reading:
        """One of the digits, with the steps that led to it."""
        digit = self.digits[index]
        left, top = digit.corner
        height, width = digit.ink.shape
        ink = np.zeros(self.grey.shape, dtype=bool)
        ink[top : top + height, left : left + width] = digit.ink
        longer = max(digit.box[2] - digit.box[0], digit.box[3] - digit.box[1], 1)
        stages = Stages(self.grey, ink, np.zeros_like(ink), digit.box, BOX / longer, digit.shift)
        across, down = digit.shift
        decisions = (
            *self.decisions,
            f"digit {index + 1} of {len(self.digits)}, line by line",
            f"long side {longer} -> {BOX} pixels",
            f"moved by ({across:+d}, {down:+d}) so that the centre of mass is at {CENTRE}",
        )
        probabilities = np.array(digit.probabilities)
        return Reading(digit.pixels, stages, decisions, len(self.digits), probabilities)


def read_rows(source: PictureSource, network: Network | None = None, *, invert: Invert = "auto") -> Rows:
    """Read all digits of a picture, line by line and from left to right.

    Args:
        source: as for `load_picture`.
        network: that reads single digits; None for the shipped default network.
        invert: "yes" for dark ink on a light ground, "no" for light ink on a dark ground, "auto" to let the
            network decide.

    Raises:
        BlankPictureError: there is no ink in the picture.
        ImageError: the picture cannot be used; see `load_picture`.
        InputError: the network's numbers overflow.
    """
    picture = loaded(source, invert, PICTURE_SIDE)
    network = network or default_network()
    dark_ink = invert == "yes" or (invert == "auto" and skewness(picture.grey) < 0)
    best = _read_ink(picture, dark_ink, network)
    undisputed = best.digits and all(max(digit.probabilities) > UNDISPUTED for digit in best.digits)
    if invert == "auto" and not undisputed:
        best = max(best, _read_ink(picture, not dark_ink, network), key=_worth)
    if not best.digits:
        raise BlankPictureError("no digits found in the picture: it looks blank")
    return best


def _worth(rows: Rows) -> float:
    """Large if many digits were read without doubt."""
    return sum(max(digit.probabilities) - 0.5 for digit in rows.digits)


def _read_ink(picture: Picture, dark_ink: bool, network: Network) -> Rows:
    """All digits of a picture, if its ink is dark, or light."""
    darkness = find_darkness(picture.grey, dark_ink=dark_ink)
    decisions = (
        *picture.notes,
        "dark ink on a light ground" if dark_ink else "light ink on a dark ground",
    )
    writing = find_writing(darkness.values, darkness.noise)
    if writing is None:
        return Rows((), (), decisions, picture.grey, classes_of(network))
    left_out = [
        LeftOut(words, picture.in_original(box, picture.grey.shape), may)
        for words, box, may in writing.left_out
    ]
    digits: list[RowDigit] = []
    for line in writing.lines:
        number = digits[-1].line + 1 if digits else 0
        for found in _read_line(line, darkness.values, writing.level, network, number, picture):
            if isinstance(found, RowDigit):
                digits.append(found)
            else:
                left_out.append(found)
    return Rows(tuple(digits), tuple(left_out), decisions, picture.grey, classes_of(network))


def _read_line(
    line: Line, darkness: FloatArray, level: float, network: Network, number: int, picture: Picture
) -> Iterator[RowDigit | LeftOut]:
    """The digits of a line, and what is between them, from left to right."""
    steps = candidates(line, darkness, level)
    beliefs = probabilities(network, steps.pixels)
    path, certainty = best_path(steps, scores(steps, beliefs))
    of_digits = classes_of(network) == tuple(range(10))
    slashes = _slashes_of_a_date(steps, beliefs, path) if of_digits else []
    digits = np.flatnonzero(steps.is_digit[path])
    inside = range(digits[0], digits[-1]) if digits.size else ()  # a slash stands between digits
    for place, step in enumerate(path.tolist()):
        small_box, is_digit = steps.boxes[step], steps.is_digit[step]
        box = picture.in_original(small_box.tolist(), picture.grey.shape)
        words, may_be_digit = "" if is_digit else _sign(steps, step, line), certainty[step] < CERTAIN
        if step in slashes:
            words, may_be_digit = "a slash", False
        elif of_digits and _reaches_beyond(steps, path, place):
            words, may_be_digit = "a slash", True
        elif words == "a slash" and place not in inside:
            words = ""
        if words:
            yield LeftOut(words, box, bool(may_be_digit))
            continue
        sure = certainty[step] if is_digit else 0.0
        mixed = sure * beliefs[step] + (1 - sure) / beliefs.shape[1]
        read = bool(is_digit and mixed.max() >= READABLE)
        ink = line.ink(steps.start[step], steps.stop[step], small_box)
        corner, shift = (small_box[0].item(), small_box[1].item()), tuple(steps.shifts[step].tolist())
        yield RowDigit(steps.pixels[step], box, number, tuple(mixed.tolist()), read, ink, corner, shift)


def _sign(steps: Candidates, step: int, line: Line) -> str:
    """What a piece that is no digit looks like; nothing if it may be a digit."""
    left, top, right, bottom = steps.boxes[step]
    width, height = (right - left) / line.height, (bottom - top) / line.height
    below = (top + bottom) / 2 - line.middle[steps.start[step]]
    if height < SMALL and width < SMALL:
        if width > 1.5 * height:
            return "a dash"
        return "a comma" if height > 1.4 * width and below > 0 else "a dot"
    if height < SMALL:
        return "a dash" if width < 1.2 else "a line"
    return "a slash" if _slant(steps, step) >= SLANTED else ""


def _slant(steps: Candidates, step: int) -> float:
    """By how many columns per row a straight stroke leans; 0 for others."""
    return float(steps.features[step, SLANTS].sum())


def _reaches_beyond(steps: Candidates, path: IntArray, place: int) -> bool:
    """Whether a step of the path is a straight, slanted stroke between digits, and taller than they are."""
    others = steps.is_digit[path]
    others[place] = False
    if not others[:place].any() or not others[place:].any() or _slant(steps, int(path[place])) < SLANTED:
        return False
    heights = (steps.boxes[path, 3] - steps.boxes[path, 1]).astype(np.float64)
    return bool(heights[place] > BEYOND * median(heights[others]))


def _slashes_of_a_date(steps: Candidates, beliefs: Probabilities, path: IntArray) -> list[int]:
    """The two steps that are slashes if the line is a date; none if it is not.

    A slash may look like a slanted 1. Two that lean alike, where a date has its slashes, are slashes.
    """
    digits = beliefs[path].argmax(axis=1)
    heights = (steps.boxes[path, 3] - steps.boxes[path, 1]).tolist()
    for count, places, starts in DATES:
        if len(path) != count or not steps.is_digit[np.delete(path, places)].all():
            continue
        slants = [_slant(steps, int(path[place])) for place in places]
        low, high = sorted(heights[place] for place in places)
        alike = abs(slants[0] - slants[1]) < ALIKE and high - low < ALIKE * high
        one, other = sorted(10 * int(digits[start]) + int(digits[start + 1]) for start in starts)
        if min(slants) >= SLANTED and alike and 1 <= one <= 12 and other <= 31:
            return [int(path[place]) for place in places]
    return []
