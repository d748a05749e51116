"""The way through: a person's picture -> the ink -> the 28 x 28 picture that the network sees.

Every step that changes what the network gets leaves a sentence in `decisions` and a picture in `stages`,
so that a wrong answer can be followed back to where it went wrong.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from mnist_ocr.images.arrays import BoolArray, FloatArray
from mnist_ocr.images.digits import Digit, find_digit
from mnist_ocr.images.errors import BlankPictureError, ImageError
from mnist_ocr.images.ink import find_darkness
from mnist_ocr.images.normalise import SIDE, area_average, is_mnist_like, place
from mnist_ocr.images.picture import Picture, Source, load_picture, picture_from_array, picture_from_image
from mnist_ocr.images.stroke import signed_distance, width_of_stroke, with_width

Box = tuple[int, int, int, int]

INVERT = ("auto", "yes", "no")
CANVAS = 100
"""Longer side on which the stroke is measured and changed: 5 pixels for each of the 20."""

STROKE = 0.13
"""Width of MNIST's strokes in longer sides of the digit (median of the training pictures)."""


@dataclass(frozen=True)
class Stages:
    """What is needed to show the way from the picture to the 28 x 28 pixels.

    Attributes:
        grey: the small upright picture, shape (height, width), 0 black to 255 white.
        kept: pixels of `grey` taken as the digit's ink.
        dropped: pixels of `grey` that are ink, but not the digit's.
        box: left, top, right, bottom of the digit in the pixels of the upright original.
        scale: pixels of the 28 x 28 picture per pixel of the original.
        shift: columns to the right and rows down by which the centre of mass moved the digit.
    """

    grey: FloatArray
    kept: BoolArray
    dropped: BoolArray
    box: Box
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

    pixels: npt.NDArray[np.uint8]
    stages: Stages
    decisions: tuple[str, ...]
    digit_count: int = 1


def read_digit(
    source: Source | Image.Image | npt.NDArray[np.generic], *, invert: str = "auto", preprocess: bool = True
) -> Reading:
    """Find the digit of a picture and bring it to the form of the MNIST data set.

    Args:
        source: path, bytes, open file, Pillow picture or grey array of shape (height, width).
        invert: "no" for dark ink on a light ground, "yes" for light on dark, "auto" to see for itself.
        preprocess: False to make the picture grey, invert it as asked and resize it, and nothing more.

    Raises:
        BlankPictureError: there is no ink on the picture.
        ImageError: the picture cannot be used; see `load_picture`.
    """
    if invert not in INVERT:
        raise ImageError(f"invert is {invert!r}, expected one of {', '.join(INVERT)}")
    picture = _open(source)
    if preprocess and invert == "auto" and is_mnist_like(picture.grey):
        return _as_it_is(picture)
    darkness = find_darkness(picture.grey, invert)
    said = "dark ink on a light ground" if darkness.dark_ink else "light ink on a dark ground"
    if not preprocess:
        return _only_resized(picture, darkness.dark_ink, said)
    digit = find_digit(darkness.values, darkness.noise)
    if digit is None:
        raise BlankPictureError("no ink found in the picture: it looks blank")
    return _normalised(picture, darkness.values, digit, [*picture.notes, said])


def _open(source: Source | Image.Image | npt.NDArray[np.generic]) -> Picture:
    if isinstance(source, Image.Image):
        return picture_from_image(source)
    if isinstance(source, np.ndarray):
        return picture_from_array(source)
    return load_picture(source)


def _as_it_is(picture: Picture) -> Reading:
    pixels = np.rint(picture.grey).astype(np.uint8)
    stages = Stages(picture.grey, pixels > 0, pixels < 0, (0, 0, SIDE, SIDE), 1.0, (0, 0))
    return Reading(pixels, stages, ("already a picture as MNIST has them: left untouched",))


def _only_resized(picture: Picture, dark_ink: bool, said: str) -> Reading:
    ink = 255 - picture.grey if dark_ink else picture.grey
    pixels = np.rint(area_average(ink, SIDE, SIDE)).astype(np.uint8)
    kept = np.ones(ink.shape, dtype=bool)
    box = (0, 0, picture.width, picture.height)
    stages = Stages(picture.grey, kept, ~kept, box, SIDE / max(picture.width, picture.height), (0, 0))
    return Reading(pixels, stages, (*picture.notes, said, f"resized to {SIDE} x {SIDE}, nothing else"))


def _normalised(picture: Picture, darkness: FloatArray, digit: Digit, decisions: list[str]) -> Reading:
    rows, columns = np.nonzero(digit.mask.any(axis=1))[0], np.nonzero(digit.mask.any(axis=0))[0]
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    near = np.pad(digit.mask, 1)
    near = near[:-2] | near[1:-1] | near[2:]
    near = near[:, :-2] | near[:, 1:-1] | near[:, 2:]
    soft = np.clip(darkness / (2 * digit.level), 0, 1) * near
    margin = max(bottom - top, right - left) // 4 + 2
    soft = np.pad(soft, margin)[top : bottom + 2 * margin, left : right + 2 * margin]
    factor = CANVAS / max(bottom - top, right - left)
    height, width = (max(1, round(side * factor)) for side in soft.shape)
    canvas = _resized(soft, height, width)
    signed = signed_distance(canvas > 0.45)
    stroke = width_of_stroke(signed)
    change = STROKE * CANVAS - stroke
    placed = place(with_width(signed, change))
    decisions.append(f"stroke changed from {stroke / 5:.1f} to {(stroke + change) / 5:.1f} pixels")
    across, down = picture.width / digit.mask.shape[1], picture.height / digit.mask.shape[0]
    box = (int(left * across), int(top * down), round(right * across), round(bottom * down))
    longer = max(box[2] - box[0], box[3] - box[1])
    decisions.append(f"long side {longer} -> 20 pixels")
    decisions.append("moved by ({:+d}, {:+d}) so that the centre of mass is at 14.0".format(*placed.shift))
    stages = Stages(picture.grey, digit.mask, digit.dropped, box, 20 / max(longer, 1), placed.shift)
    return Reading(placed.pixels, stages, tuple(decisions))


def _resized(values: FloatArray, height: int, width: int) -> FloatArray:
    image = Image.fromarray(values.astype(np.float32))
    larger = height > values.shape[0]
    method = Image.Resampling.BICUBIC if larger else Image.Resampling.BOX
    return np.asarray(image.resize((width, height), method), dtype=np.float32)


def read_digits(
    source: Source | Image.Image | npt.NDArray[np.generic], *, invert: str = "auto"
) -> list[Reading]:
    """Find every digit of a picture, left to right; see `read_digit`."""
    return [read_digit(source, invert=invert)]
