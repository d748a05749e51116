"""Opening a person's picture safely, as a small, upright, grey picture.

A picture can be a path, bytes (an upload), an open file, a Pillow image or an array, from any program and any
phone. If it cannot be used, there is one `ImageError` with a line that says why and what would help. If it is
only unusual (rotated by EXIF, transparent, 16 bits deep, fifty megapixels), it is converted.

Brightness is the luma of ITU-R BT.601 (Pillow's "L"), unless one colour channel shows the ink much better:
yellow on white, or red on green of the same luma, is nearly invisible in luma. A transparent ground gets the
colour in which the ink is visible: white under dark ink, black under light ink.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from os import PathLike
from typing import BinaryIO, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

from mnist_ocr.errors import InputError
from mnist_ocr.files import TooLargeError, read_ordinary
from mnist_ocr.images.arrays import FloatArray, bounding_box, percentiles
from mnist_ocr.images.decode import (
    WORKING_SIDE,
    Decoded,
    DecodeError,
    check_size,
    decode_file,
    decode_image,
)

PictureFile = str | bytes | PathLike[str] | BinaryIO
"""A path, the bytes of a file, or a file open for reading in binary mode."""

PictureSource = PictureFile | Image.Image | npt.NDArray[np.generic]
"""A file, a picture that is open in Pillow, or an array of brightness, shape (height, width)."""

MAX_BYTES = 2**28  # Largest file that is read, 268 MB: an uncompressed picture of 67 million pixels
FULL_SCALES = (1.0, 255.0, 4095.0, 65535.0)  # Usual values of white: in floats, and in 8, 12 and 16 bits
UNIFORM_SPREAD = 24.0  # Standard deviation, of 255, below which all opaque pixels are ink of one pen
CARD = 0.7  # Share of its box that a card or canvas covers at least, even a round one; ink covers less
CLEARER = 1.4  # A channel is used if its contrast is so many times that of luma: its noise is larger
LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)  # ITU-R BT.601

REASONS: dict[type[OSError], str] = {
    FileNotFoundError: ": no such file",
    IsADirectoryError: " is a folder, expected a picture file",
    PermissionError: ": no permission to read it",
    TooLargeError: f" is longer than {MAX_BYTES // 10**6} MB: make the picture smaller first",
}
"""Why a file cannot be read: what follows its name in a sentence."""


Box = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels, right and bottom exclusive."""


class ImageError(InputError):
    """A picture cannot be used; the message says in one line why, and what would help."""


class BlankPictureError(ImageError):
    """The picture was read, but no ink was found in it."""


class Picture(NamedTuple):
    """A picture for the further steps: upright, grey and small.

    Attributes:
        grey: brightness, shape (height, width), 0 black to 255 white; fractions where the file was
            deeper than 8 bits or has been reduced.
        width: of the upright original, in pixels.
        height: of the upright original, in pixels.
        notes: what was done to the picture, a sentence each.
        corner: column and row of its left upper corner, where it is a part of a larger original.
    """

    grey: FloatArray
    width: int
    height: int
    notes: tuple[str, ...] = ()
    corner: tuple[int, int] = (0, 0)

    def in_original(self, box: Sequence[int], shape: tuple[int, ...]) -> Box:
        """A box (left, top, right, bottom) in a copy of this shape, in the pixels of the upright original."""
        across, down = self.width / shape[1], self.height / shape[0]
        left, right = (self.corner[0] + round(edge * across) for edge in box[::2])
        top, bottom = (self.corner[1] + round(edge * down) for edge in box[1::2])
        return left, top, right, bottom


def load_picture(source: PictureSource, side: int = WORKING_SIDE) -> Picture:
    """Open a picture and bring it to a small upright grey picture.

    Args:
        source: a path, the bytes of a file, a file open for reading in binary mode (read from its start,
            where it can be rewound), a picture in Pillow, or an array of shape (height, width): bool,
            integers 0 to 255, or floats 0 to 1.
        side: the longest that the longer side of the small picture may be, in pixels.

    Raises:
        ImageError: the file is missing, empty, unreadable, not a picture, damaged or larger than `MAX_BYTES`,
            or decoding it takes too much time or memory; the picture has too many pixels, or a side that is
            far longer than the other; the array is not two-dimensional, is empty, or contains NaN, infinity
            or something else than numbers.
    """
    name = "the array" if isinstance(source, np.ndarray) else "the picture"
    try:
        if isinstance(source, Image.Image):
            return _picture(decode_image(source, side))
        if isinstance(source, np.ndarray):
            return _picture(decode_image(_image_of_array(source), side))
        data, name = _read_bytes(source)
        return _picture(decode_file(data, side))
    except DecodeError as error:
        raise ImageError(f"{name}{error}") from error


# --- bytes -------------------------------------------------------------------------------------------


def _read_bytes(source: PictureFile) -> tuple[bytes, str]:
    """All bytes of a file, and its name for messages."""
    if isinstance(source, bytes | bytearray | memoryview):
        source = io.BytesIO(source)
    name = source if isinstance(source, str | PathLike) else getattr(source, "name", None)
    name = str(name) if isinstance(name, str | PathLike) else "the picture"
    try:
        if isinstance(source, str | PathLike):
            data = read_ordinary(source, MAX_BYTES)
        else:
            # As Pillow does: whoever reads the same open file twice gets the picture twice.
            if source.seekable():
                source.seek(0)
            data = source.read(MAX_BYTES + 1)
    except OSError as error:
        reason = REASONS.get(type(error), f": cannot be read ({error.strerror or error})")
        raise ImageError(f"{name}{reason}") from error
    except ValueError as error:  # a file that was closed, or text that is not UTF-8
        raise ImageError(f"{name}: cannot be read ({error})") from error
    if not isinstance(data, bytes):
        raise ImageError(f"{name} is open as text, expected a file open in binary mode")
    if len(data) > MAX_BYTES:
        raise ImageError(f"{name}{REASONS[TooLargeError]}")
    if not data:
        raise ImageError(f"{name} is empty (0 bytes)")
    return data, name


# --- pixels ------------------------------------------------------------------------------------------


def _image_of_array(pixels: npt.NDArray[np.generic]) -> Image.Image:
    """Brightness in an array, shape (height, width), as a picture in Pillow."""
    pixels = np.asarray(pixels)  # a matrix or a masked array becomes an ordinary one
    if pixels.ndim != 2 or pixels.size == 0:
        raise ImageError(f"the array: expected grey pixels of shape (height, width), found {pixels.shape}")
    if pixels.dtype.kind not in "buif":
        raise ImageError(f"the array: expected numbers, found {pixels.dtype}")
    height, width = pixels.shape
    check_size(width, height)
    if pixels.dtype == np.uint8:
        return Image.fromarray(np.ascontiguousarray(pixels))
    with np.errstate(over="ignore"):
        values = pixels.astype(np.float32)
    if not np.isfinite(values).all():
        raise ImageError("the array: holds NaN, infinity or numbers too large for brightness")
    return Image.fromarray(values)


def _picture(decoded: Decoded) -> Picture:
    """Make a decoded picture grey."""
    grey, notes = _grey(decoded.image)
    if decoded.frame:
        notes = (f"the first {decoded.frame} of {decoded.frames} frames or pages are blank", *notes)
    if decoded.frame + 1 < decoded.frames:
        this = decoded.frame + 1
        notes = (f"frame or page {this} of {decoded.frames}; the later ones were not read", *notes)
    if decoded.turned:
        notes = ("turned upright as its EXIF orientation says", *notes)
    return Picture(grey, decoded.width, decoded.height, notes)


# --- brightness --------------------------------------------------------------------------------------


def _grey(image: Image.Image) -> tuple[FloatArray, tuple[str, ...]]:
    """Brightness of a decoded picture.

    Returns:
        The brightness, shape (height, width), 0 black to 255 white, and sentences about what was decided.
    """
    if image.mode == "L":
        return np.asarray(image, dtype=np.float32), ()
    if image.mode in ("I", "F"):
        return _from_deep(np.asarray(image, dtype=np.float64))
    colours = np.asarray(image, dtype=np.float32)
    if image.mode == "RGBA" and colours[..., 3].min() < 255:
        rgb, note = _without_alpha(colours)
        grey, notes = _clearest_channel(rgb)
        return grey, (note, *notes)
    return _clearest_channel(np.ascontiguousarray(colours[..., :3]))


def _from_deep(values: npt.NDArray[np.float64]) -> tuple[FloatArray, tuple[str, ...]]:
    """Brightness of more than 8 bits; white is the smallest of `FULL_SCALES` that no pixel exceeds."""
    values = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
    low, high = float(values.min()), float(values.max())
    white = next((scale for scale in FULL_SCALES if high <= scale), None)
    if low >= 0 and white is not None:
        return (values * (255 / white)).astype(np.float32), ()
    spread = (high - low) or 1.0
    grey = ((values - low) * (255 / spread)).astype(np.float32)
    return grey, (f"stretched brightness {low:g} .. {high:g} to 0 .. 255",)


def _without_alpha(rgba: FloatArray) -> tuple[FloatArray, str]:
    """Put a transparent picture, (height, width, 4), on a ground that shows its ink: (height, width, 3)."""
    colour, alpha = rgba[..., :3], rgba[..., 3:] / 255
    most = float(alpha.max())
    if most == 0:
        return np.full_like(colour, 255), "everything in the picture is transparent"
    weight = alpha[..., 0] / most  # of a picture that is half transparent everywhere, too, some is its card
    total = float(weight.sum())
    luma = colour @ LUMA
    mean = float((luma * weight).sum() / total)
    spread = float(np.sqrt((weight * (luma - mean) ** 2).sum() / total))
    left, top, right, bottom = bounding_box(weight > 0.5)
    if spread < UNIFORM_SPREAD or total < CARD * (right - left) * (bottom - top):
        ground = np.full(3, 255.0 if mean < 128 else 0.0)
        note = f"transparent ground taken as {'white' if mean < 128 else 'black'}"
    else:  # a card or canvas with its own background, and transparent corners or surroundings
        opaque = colour[weight > 0.5]
        ground, note = np.median(opaque, axis=0), "transparent part filled with the colour of the ground"
    return (colour * alpha + ground * (1 - alpha)).astype(np.float32), note


def _clearest_channel(rgb: FloatArray) -> tuple[FloatArray, tuple[str, ...]]:
    luma = rgb @ LUMA
    if np.array_equal(rgb[..., 0], rgb[..., 1]) and np.array_equal(rgb[..., 1], rgb[..., 2]):
        return np.ascontiguousarray(rgb[..., 0]), ()  # exactly grey: its values are not changed
    contrasts = [_contrast(rgb[..., channel]) for channel in range(3)]
    best = int(np.argmax(contrasts))
    if contrasts[best] > CLEARER * _contrast(luma):
        return np.ascontiguousarray(rgb[..., best]), (
            f"ink is clearest in the {('red', 'green', 'blue')[best]} channel",
        )
    return luma, ()


def _contrast(channel: FloatArray) -> float:
    """The distance of the extreme pixels from the median, on the side where it is larger."""
    low, middle, high = percentiles(channel[::4, ::4] if channel.size > 10_000 else channel, (1, 50, 99))
    return float(max(high - middle, middle - low))
