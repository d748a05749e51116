"""Reading a picture: all steps from a person's picture to the 28 x 28 pixels that the network sees.

A picture is loaded, its ink is found and segmented into digits, and each digit is normalised as in MNIST.
Every step that changes what the network sees adds a sentence to `decisions` and is shown by `stages`, so that
the cause of a wrong answer can be found.
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
"""Smaller changes of the stroke width, in pixels, are not mentioned."""

WORTH_PROCESSES = 200
"""Number of pictures from which other processes save more time than it takes to start them."""

MOST_PROCESSES = 16
"""Each needs about 50 MB, and with more of them the disk limits the speed."""

_CHUNK = 8
"""Pictures that a process is given at a time."""


@dataclass(frozen=True)
class Stages:
    """What is needed to show the steps from the picture to the 28 x 28 pixels.

    Attributes:
        grey: the small upright picture, shape (height, width), 0 black to 255 white.
        ink: which pixels of `grey` are the digit's ink, same shape.
        dropped: which pixels of `grey` are ink that belongs to no digit, same shape.
        box: left, top, right, bottom of the digit in the pixels of the upright original.
        scale: pixels of the 28 x 28 picture per pixel of the original.
        shift: columns to the right and rows down, from the middle, that centred the digit's mass.
    """

    grey: FloatArray
    ink: BoolArray
    dropped: BoolArray
    box: tuple[int, int, int, int]
    scale: float
    shift: tuple[int, int]


@dataclass(frozen=True)
class Reading:
    """A digit as the network sees it.

    Attributes:
        pixels: uint8 (28, 28), 0 background, 255 full ink.
        stages: the steps that led to them, for drawings.
        decisions: the same steps in sentences.
        digit_count: how many digits were found in the picture.
    """

    pixels: Pixels
    stages: Stages
    decisions: tuple[str, ...]
    digit_count: int = 1


def read_digit(source: PictureSource, *, invert: Invert = "auto", preprocess: bool = True) -> Reading:
    """Find the digit of a picture and normalise it as in MNIST.

    Args:
        source: path, bytes, open file, Pillow picture, or array of brightness, shape (height, width).
        invert: "yes" for dark ink on a light ground, "no" for light ink on a dark ground (as MNIST is),
            "auto" to find out which it is.
        preprocess: False to only convert the picture to grey, invert it and resize it.

    Returns:
        The digit with the most ink; `digit_count` says whether there are others.

    Raises:
        BlankPictureError: there is no ink in the picture.
        ImageError: the picture cannot be used; see `load_picture`.
    """
    if not preprocess:
        return _only_resized(_loaded(source, invert), invert)
    return _read(source, invert, every_digit=False)[0]


def read_digits(source: PictureSource, *, invert: Invert = "auto") -> list[Reading]:
    """Find every digit of a picture, from left to right; arguments and errors as in `read_digit`."""
    return _read(source, invert, every_digit=True)


def _read(source: PictureSource, invert: Invert, *, every_digit: bool) -> list[Reading]:
    """Read every digit from left to right, or only the one with the most ink."""
    picture = _loaded(source, invert)
    if invert != "yes" and is_mnist_like(picture.grey):
        return [_untouched(picture)]
    darkness = find_darkness(picture.grey, invert)
    found = segment(darkness.values, darkness.noise)
    if found is None:
        raise BlankPictureError("no ink found in the picture: it looks blank")
    if invert == "auto":  # a user who says which side is ink may want the outline of a shape
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
    if not readings:  # thin lines vanish when a wide digit is scaled to 20 pixels
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
    ink = pixels > 0
    stages = Stages(picture.grey, ink, np.zeros_like(ink), (0, 0, SIDE, SIDE), 1.0, (0, 0))
    return Reading(pixels, stages, (*picture.notes, "already as MNIST has them: left untouched"))


def _only_resized(picture: Picture, invert: Invert) -> Reading:
    dark_ink = find_darkness(picture.grey, invert).dark_ink
    light = 255 - picture.grey if dark_ink else picture.grey
    pixels = np.rint(area_average(light, SIDE, SIDE)).astype(np.uint8)
    everything = np.ones(light.shape, dtype=bool)
    box = (0, 0, picture.width, picture.height)
    stages = Stages(
        picture.grey, everything, ~everything, box, SIDE / max(picture.width, picture.height), (0, 0)
    )
    only = f"{picture.width} x {picture.height} resized to {SIDE} x {SIDE}, nothing else"
    return Reading(pixels, stages, (*picture.notes, _polarity(dark_ink), only))


def _reading(picture: Picture, darkness: Darkness, found: Segmentation, index: int) -> Reading:
    """Normalise one of the digits that were found."""
    digit, count = found.digits[index], len(found.digits)
    left, top, right, bottom = bounding_box(digit.mask)
    # Twice the level is full ink. Below the level, only pixels beside ink count: its soft edge.
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
    """The mask and all pixels beside it."""
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
        uint8 (28, 28) and ""; or None and the reason, as it can be written after the file's name.
    """
    try:
        reading = read_digit(path)
    except ImageError as error:
        name = str(ImageError(str(path)))  # as it is written in messages
        return None, str(error).removeprefix(name).lstrip(": ")
    if reading.digit_count > 1:
        return None, f"seems to hold {reading.digit_count} digits, expected one"
    return reading.pixels, ""


def read_files(paths: Sequence[Path]) -> Iterator[tuple[Pixels | None, str]]:
    """Read pictures as `read_file` does, and yield the results in the given order.

    Many pictures are read by several processes, one per core. Threads would not help, because most of the
    steps hold Python's global lock. Starting the processes takes a moment, so a few pictures are read here.
    """
    processes = min(cores(), MOST_PROCESSES)
    if len(paths) < WORTH_PROCESSES or processes == 1:
        yield from map(read_file, paths)
        return
    with process_pools() as start:  # if the caller stops early, the processes end at once
        yield from start(processes).map(read_file, paths, chunksize=_CHUNK)
