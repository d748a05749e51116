"""The way from a person's picture to the 28 x 28 pixels that the network sees.

A picture is loaded, its ink is found and segmented into digits, and a digit is brought to the form of
MNIST. Every step that changes what the network gets leaves a sentence in `decisions` and a picture in
`stages`, so that a wrong answer can be followed back to where it went wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from mnist_ocr.images.arrays import BoolArray, FloatArray, Pixels, bounding_box
from mnist_ocr.images.ink import Darkness, find_darkness, is_outline_of_a_shape
from mnist_ocr.images.load import BlankPictureError, ImageError, Picture, PictureSource, load_picture
from mnist_ocr.images.normalise import (
    BOX,
    CENTRE,
    SIDE,
    STROKE_WIDTH,
    area_average,
    is_mnist_like,
    normalise_stroke_width,
    scale_and_centre,
)
from mnist_ocr.images.segment import Segmentation, segment
from mnist_ocr.processes import cores, process_pools

Invert = Literal["auto", "yes", "no"]

WIDEST = 1.6
"""Width over height above which one connected component of ink is more than one digit can be."""

SAME_STROKE = 0.1
"""A change of the stroke's width below this many pixels is not worth a word."""

WORTH_PROCESSES = 200
"""Pictures from which starting processes takes less time than they save."""

MOST_PROCESSES = 16
"""Each takes some 50 MB, and beyond this the disk is what everybody waits for."""

_AT_ONCE = 8
"""Pictures handed to a process at a time."""


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


def read_digit(source: PictureSource, *, invert: Invert = "auto", preprocess: bool = True) -> Reading:
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
    if not preprocess:
        return _only_resized(_loaded(source, invert), invert)
    return _read(source, invert, every_digit=False)[0]


def read_digits(source: PictureSource, *, invert: Invert = "auto") -> list[Reading]:
    """Find every digit of a picture, from left to right; arguments and errors as in `read_digit`."""
    return _read(source, invert, every_digit=True)


def _read(source: PictureSource, invert: Invert, *, every_digit: bool) -> list[Reading]:
    """The whole way, of every digit from left to right or of the one with the most ink."""
    picture = _loaded(source, invert)
    if invert != "yes" and is_mnist_like(picture.grey):
        return [_untouched(picture)]
    darkness = find_darkness(picture.grey, invert)
    found = segment(darkness.values, darkness.noise)
    if found is None:
        raise BlankPictureError("no ink found in the picture: it looks blank")
    if invert == "auto":  # a user who says which side is ink may mean the outline of a shape
        light = picture.grey if darkness.dark_ink else 255 - picture.grey
        strokes = [digit for digit in found.digits if not is_outline_of_a_shape(light, digit.mask)]
        if not strokes:
            raise BlankPictureError(
                "no strokes found in the picture, only the edge of a large dark or light shape"
            )
        found = found.only(strokes)
    chosen = range(len(found.digits)) if every_digit else [found.main]
    readings = [_reading(picture, darkness, found, index) for index in chosen]
    readings = [reading for reading in readings if reading.pixels.any()]
    if not readings:  # threads vanish when a wide digit is scaled to 20 pixels
        raise BlankPictureError(
            "no strokes found in the picture, only specks or threads too fine for a digit"
        )
    return readings


def _loaded(source: PictureSource, invert: Invert) -> Picture:
    if invert not in get_args(Invert):
        raise ImageError(f"invert is {invert!r}, expected one of {', '.join(get_args(Invert))}")
    return load_picture(source)


def _untouched(picture: Picture) -> Reading:
    pixels = np.rint(picture.grey).astype(np.uint8)
    kept = pixels > 0
    stages = Stages(picture.grey, kept, np.zeros_like(kept), (0, 0, SIDE, SIDE), 1.0, (0, 0))
    return Reading(pixels, stages, (*picture.notes, "already as MNIST has them: left untouched"))


def _only_resized(picture: Picture, invert: Invert) -> Reading:
    dark_ink = find_darkness(picture.grey, invert).dark_ink
    light = 255 - picture.grey if dark_ink else picture.grey
    pixels = np.rint(area_average(light, SIDE, SIDE)).astype(np.uint8)
    kept = np.ones(light.shape, dtype=bool)
    box = (0, 0, picture.width, picture.height)
    stages = Stages(picture.grey, kept, ~kept, box, SIDE / max(picture.width, picture.height), (0, 0))
    only = f"{picture.width} x {picture.height} resized to {SIDE} x {SIDE}, nothing else"
    return Reading(pixels, stages, (*picture.notes, _polarity(dark_ink), only))


def _reading(picture: Picture, darkness: Darkness, found: Segmentation, index: int) -> Reading:
    """One of the digits that were found, brought to 28 x 28."""
    digit, count = found.digits[index], len(found.digits)
    left, top, right, bottom = bounding_box(digit.mask)
    # Twice the level is full ink. What is fainter than the level counts only beside ink: a soft edge.
    ink = np.clip(darkness.values / (2 * found.level), 0, 1) * _with_rim(digit.mask)
    strokes, width_before = normalise_stroke_width(ink[top:bottom, left:right].astype(np.float32))
    pixels, shift = scale_and_centre(strokes)

    across, down = picture.width / digit.mask.shape[1], picture.height / digit.mask.shape[0]
    box = (round(left * across), round(top * down), round(right * across), round(bottom * down))
    longer = max(box[2] - box[0], box[3] - box[1], 1)
    decisions = [*picture.notes, _polarity(darkness.dark_ink)]
    if count > 1:
        decisions.append(f"digit {index + 1} of {count}, from left to right")
    if digit.components > 1:
        decisions.append(f"joined {digit.components} pieces of ink to one digit")
    if found.dropped_components:
        pieces = "piece" if found.dropped_components == 1 else "pieces"
        decisions.append(f"dropped {found.dropped_components} {pieces} of ink")
    if right - left > WIDEST * (bottom - top):
        decisions.append("wider than one digit: perhaps several that touch")
    decisions += [
        _change_of_stroke(width_before),
        f"long side {longer} -> {BOX} pixels",
        f"moved by ({shift[0]:+d}, {shift[1]:+d}) so that the centre of mass is at {CENTRE}",
    ]
    stages = Stages(picture.grey, digit.mask, found.dropped, box, BOX / longer, shift)
    return Reading(pixels, stages, tuple(decisions), count)


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


def _change_of_stroke(before: float) -> str:
    if abs(STROKE_WIDTH - before) < SAME_STROKE:
        return f"stroke {before:.1f} pixels wide, as in MNIST"
    change = "thickened" if before < STROKE_WIDTH else "thinned"
    return f"stroke {change} from {before:.1f} to {STROKE_WIDTH:.1f} pixels"


# --- many pictures -------------------------------------------------------------------------------------


def read_file(path: Path) -> tuple[Pixels | None, str]:
    """The pixels of a picture that should show exactly one digit.

    Returns:
        uint8 (28, 28) and ""; or None and why there is no digit, in words that follow the file's name.
    """
    try:
        reading = read_digit(path)
    except ImageError as error:
        name = str(ImageError(str(path)))  # as it is shown in messages
        return None, str(error).removeprefix(name).lstrip(": ")
    if reading.digit_count > 1:
        return None, f"seems to hold {reading.digit_count} digits, expected one"
    return reading.pixels, ""


def read_files(paths: Sequence[Path]) -> Iterator[tuple[Pixels | None, str]]:
    """Read pictures as `read_file` does, in the order given, each handed out as soon as it is its turn.

    Pictures have nothing to do with each other, so every core can take some. Python runs one thread at a
    time through most of the way from ink to digit, which is why these are processes and not threads. They
    are started afresh ("spawn"), the same on every system; that takes a moment, so a few pictures are read
    here.
    """
    processes = min(cores(), MOST_PROCESSES)
    if len(paths) < WORTH_PROCESSES or processes == 1:
        yield from map(read_file, paths)
        return
    with process_pools() as start:  # whoever stops listening, by Ctrl-C too, does not wait for what is left
        yield from start(processes).map(read_file, paths, chunksize=_AT_ONCE)
