"""The way through: a person's picture -> the ink -> the 28 x 28 picture that the network sees.

Every step that changes what the network gets leaves a sentence in `decisions` and a picture in `stages`,
so that a wrong answer can be followed back to where it went wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
from PIL import Image

from mnist_ocr.images.arrays import BoolArray, FloatArray, Pixels
from mnist_ocr.images.digits import Digits, find_digits
from mnist_ocr.images.errors import BlankPictureError, ImageError
from mnist_ocr.images.ink import Darkness, find_darkness
from mnist_ocr.images.normalise import BOX, CENTRE, SIDE, area_average, is_mnist_like, place
from mnist_ocr.images.outline import is_outline_of_a_shape
from mnist_ocr.images.picture import Picture, load_picture, picture_from_array, picture_from_image
from mnist_ocr.images.source import Source
from mnist_ocr.images.stroke import even_out

Invert = Literal["auto", "yes", "no"]
AnySource = Source | Image.Image | npt.NDArray[np.generic]

WIDEST = 1.6
"""Width over height above which one connected piece of ink is more than one digit can be."""

SAME_STROKE = 0.1
"""A change of the stroke's width below this many pixels is not worth a word."""


@dataclass(frozen=True)
class Stages:
    """What is needed to show the way from the picture to the 28 x 28 pixels.

    Attributes:
        grey: the small upright picture, shape (height, width), 0 black to 255 white.
        kept: pixels of `grey` taken as the digit's ink, same shape.
        dropped: pixels of `grey` that are ink, but no digit's, same shape.
        box: left, top, right, bottom of the digit in the pixels of the upright original.
        scale: pixels of the 28 x 28 picture per pixel of the original.
        shift: columns to the right and rows down, from the middle, that centred the digit's mass.
    """

    grey: FloatArray
    kept: BoolArray
    dropped: BoolArray
    box: tuple[int, int, int, int]
    scale: float
    shift: tuple[int, int]


@dataclass(frozen=True)
class Reading:
    """A digit as the network gets it.

    Attributes:
        pixels: uint8 (28, 28), 0 background, 255 full ink.
        stages: the way there, to be shown.
        decisions: the way there, in plain sentences.
        digit_count: how many digits the picture seems to hold.
    """

    pixels: Pixels
    stages: Stages
    decisions: tuple[str, ...]
    digit_count: int = 1


def read_digit(source: AnySource, *, invert: Invert = "auto", preprocess: bool = True) -> Reading:
    """Find the digit of a picture and bring it to the form of the MNIST data set.

    Args:
        source: path, bytes, open file, Pillow picture, or array of brightness, shape (height, width).
        invert: "yes" for dark ink on a light ground, "no" for light ink on a dark ground (as MNIST is),
            "auto" to see for itself.
        preprocess: False to make the picture grey, invert it and resize it, and nothing more.

    Returns:
        The digit with the most ink; `digit_count` says whether there are others.

    Raises:
        BlankPictureError: there is no ink on the picture.
        ImageError: the picture cannot be used; see `load_picture`.
    """
    picture = _open(source, invert)
    if preprocess and _needs_nothing(picture, invert):
        return _as_it_is(picture)
    darkness = find_darkness(picture.grey, invert)
    if not preprocess:
        return _only_resized(picture, darkness.dark_ink)
    digits = _digits_of(picture.grey, darkness, invert)
    return _with_ink([_reading(picture, darkness, digits, digits.main)])[0]


def read_digits(source: AnySource, *, invert: Invert = "auto") -> list[Reading]:
    """Find every digit of a picture, from left to right; arguments and errors as in `read_digit`."""
    picture = _open(source, invert)
    if _needs_nothing(picture, invert):
        return [_as_it_is(picture)]
    darkness = find_darkness(picture.grey, invert)
    digits = _digits_of(picture.grey, darkness, invert)
    return _with_ink([_reading(picture, darkness, digits, index) for index in range(len(digits.found))])


def _open(source: AnySource, invert: Invert) -> Picture:
    if invert not in get_args(Invert):
        raise ImageError(f"invert is {invert!r}, expected one of {', '.join(get_args(Invert))}")
    if isinstance(source, Image.Image):
        return picture_from_image(source)
    if isinstance(source, np.ndarray):
        return picture_from_array(source)
    return load_picture(source)


def _digits_of(grey: FloatArray, darkness: Darkness, invert: Invert) -> Digits:
    digits = find_digits(darkness.values, darkness.noise)
    if digits is None:
        raise BlankPictureError("no ink found in the picture: it looks blank")
    if invert != "auto":
        return digits  # whoever says what is ink is not argued with
    light = grey if darkness.dark_ink else 255 - grey
    strokes = [digit for digit in digits.found if not is_outline_of_a_shape(light, digit.mask)]
    if not strokes:
        raise BlankPictureError(
            "no strokes found in the picture, only the edge of a large dark or light shape"
        )
    return digits.only(strokes)


def _with_ink(readings: list[Reading]) -> list[Reading]:
    """Those that have any ink: specks and threads are lost when a wide picture becomes a small one."""
    kept = [reading for reading in readings if reading.pixels.any()]
    if not kept:
        raise BlankPictureError(
            "no strokes found in the picture, only specks or threads too fine for a digit"
        )
    return kept


def _needs_nothing(picture: Picture, invert: Invert) -> bool:
    return invert != "yes" and is_mnist_like(picture.grey)


def _as_it_is(picture: Picture) -> Reading:
    pixels = np.rint(picture.grey).astype(np.uint8)
    kept = pixels > 0
    stages = Stages(picture.grey, kept, np.zeros_like(kept), (0, 0, SIDE, SIDE), 1.0, (0, 0))
    return Reading(pixels, stages, (*picture.notes, "already as MNIST has them: left untouched"))


def _only_resized(picture: Picture, dark_ink: bool) -> Reading:
    light = 255 - picture.grey if dark_ink else picture.grey
    pixels = np.rint(area_average(light, SIDE, SIDE)).astype(np.uint8)
    kept = np.ones(light.shape, dtype=bool)
    box = (0, 0, picture.width, picture.height)
    stages = Stages(picture.grey, kept, ~kept, box, SIDE / max(picture.width, picture.height), (0, 0))
    only = f"{picture.width} x {picture.height} resized to {SIDE} x {SIDE}, nothing else"
    return Reading(pixels, stages, (*picture.notes, _polarity(dark_ink), only))


def _reading(picture: Picture, darkness: Darkness, digits: Digits, index: int) -> Reading:
    digit = digits.found[index]
    rows, columns = np.nonzero(digit.mask.any(axis=1))[0], np.nonzero(digit.mask.any(axis=0))[0]
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    # Twice the level is full ink. What is fainter than the level counts only beside ink: a soft edge.
    ink = np.clip(darkness.values / (2 * digits.level), 0, 1) * _with_rim(digit.mask)
    strokes = even_out(ink[top:bottom, left:right].astype(np.float32))
    placed = place(strokes.ink)

    across, down = picture.width / digit.mask.shape[1], picture.height / digit.mask.shape[0]
    box = (round(left * across), round(top * down), round(right * across), round(bottom * down))
    longer = max(box[2] - box[0], box[3] - box[1], 1)
    count = len(digits.found)
    decisions = [
        *picture.notes,
        _polarity(darkness.dark_ink),
        *([f"digit {index + 1} of {count}, from left to right"] if count > 1 else []),
        *([f"joined {digit.pieces} pieces of ink to one digit"] if digit.pieces > 1 else []),
        *([f"dropped {_count(digits.dropped_pieces, 'piece')} of ink"] if digits.dropped_pieces else []),
        *(
            ["wider than one digit: perhaps several that touch"]
            if right - left > WIDEST * (bottom - top)
            else []
        ),
        _change_of_stroke(strokes.before, strokes.after),
        f"long side {longer} -> {BOX} pixels",
        f"moved by ({placed.shift[0]:+d}, {placed.shift[1]:+d}) so that the centre of mass is at {CENTRE}",
    ]
    stages = Stages(picture.grey, digit.mask, digits.dropped, box, BOX / longer, placed.shift)
    return Reading(placed.pixels, stages, tuple(decisions), count)


def _with_rim(mask: BoolArray) -> BoolArray:
    """The mask and all pixels next to it."""
    wider: BoolArray = mask.copy()
    wider[1:] |= mask[:-1]
    wider[:-1] |= mask[1:]
    rim: BoolArray = wider.copy()
    rim[:, 1:] |= wider[:, :-1]
    rim[:, :-1] |= wider[:, 1:]
    return rim


def _polarity(dark_ink: bool) -> str:
    return "dark ink on a light ground" if dark_ink else "light ink on a dark ground"


def _change_of_stroke(before: float, after: float) -> str:
    if abs(after - before) < SAME_STROKE:
        return f"stroke {before:.1f} pixels wide, as in MNIST"
    return f"stroke {'thickened' if after > before else 'thinned'} from {before:.1f} to {after:.1f} pixels"


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"
