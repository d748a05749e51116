"""Opening a picture that a person made.

A picture arrives as a path, as bytes (an upload) or as an open file, from any program and any phone.
Whatever is wrong with it becomes one `ImageError` whose single line a person can act on; whatever is
merely unusual about it (rotated by EXIF, transparent, 16 bits deep, fifty megapixels) is put right here,
so that the rest of the room sees only a small grey picture. Nothing large is decoded before its header
has been looked at.
"""

from __future__ import annotations

import io
import os
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import ExifTags, Image

from mnist_ocr.images.arrays import FloatArray
from mnist_ocr.images.errors import ImageError
from mnist_ocr.images.grey import grey_from
from mnist_ocr.images.source import Source, read_source

FORMATS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM")
"""What is opened. Pillow knows many others, of which some are no pictures (EPS starts a program)."""

MAX_PIXELS = 2**26
"""Width times height that is still decoded: 67 million, above a 50-megapixel phone, about 270 MB as RGBA."""

MAX_ASPECT = 40
"""A lone "1", cut out tightly, is rarely longer than ten times its width; beyond this nothing is a digit."""

WORKING_SIDE = 640
"""Longer side, in pixels, of the small picture: a digit a twentieth of a photo's width still has 32."""

_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What undoes each EXIF orientation (1 is upright)."""

_opening = threading.Lock()  # warnings.catch_warnings is not safe between the threads of a web server


@dataclass(frozen=True)
class Picture:
    """A picture as the rest of the room sees it: upright, grey, small.

    Attributes:
        grey: brightness, shape (height, width), 0 black to 255 white; fractions where the file was
            deeper than 8 bits or has been reduced.
        width: of the upright original, in pixels.
        height: of the upright original, in pixels.
        notes: what was done on the way, one plain sentence each.
    """

    grey: FloatArray
    width: int
    height: int
    notes: tuple[str, ...] = ()

    @property
    def scale(self) -> float:
        """Original pixels per pixel of `grey`."""
        return float(max(self.width / self.grey.shape[1], self.height / self.grey.shape[0]))


def load_picture(source: Source) -> Picture:
    """Open a picture file and bring it to a small upright grey picture.

    Args:
        source: a path, the bytes of a file, or a file open for reading in binary mode.

    Raises:
        ImageError: the file is missing, empty, unreadable, no picture, damaged, larger than
            `MAX_PIXELS`, or longer than `MAX_ASPECT` times its width.
    """
    data, name = read_source(source)
    with _quiet():
        try:
            image: Image.Image = Image.open(io.BytesIO(data), formats=FORMATS)
        except Image.DecompressionBombError as error:
            raise _too_large(name) from error
        except Exception as error:  # a damaged header makes Pillow raise almost anything
            raise ImageError(_not_a_picture(name, data)) from error
        width, height = image.size
        _check_size(name, width, height)
        if image.format in ("JPEG", "MPO"):  # MPO is the JPEG of some phones
            # Decodes at 1/2, 1/4 or 1/8 of the size, which is much faster.
            image.draft(None, _fit(width, height, 2 * WORKING_SIDE))
    return picture_from_image(image, name, (width, height))


def picture_from_image(
    image: Image.Image, name: str = "the picture", size: tuple[int, int] | None = None
) -> Picture:
    """The same for a picture that is already open in Pillow.

    Args:
        image: in any of Pillow's modes; it is not changed.
        name: what an error message calls it.
        size: width and height of the original, where `image` has already been reduced.

    Raises:
        ImageError: its size is out of bounds or its pixels cannot be read.
    """
    _check_size(name, *image.size)
    width, height = size or image.size
    with _quiet():
        try:
            image, turned = _small_and_upright(image)
        except MemoryError as error:
            raise ImageError(f"{name}: not enough memory for {width} x {height} pixels") from error
        except Exception as error:  # as above: decoders do not agree on an exception
            raise ImageError(f"{name} is damaged or cut off: its pixels cannot be read") from error
    grey, notes = grey_from(image)
    if turned:
        notes = ("turned upright as its EXIF orientation says", *notes)
    if (width > height) != (image.width > image.height) and image.width != image.height:
        width, height = height, width
    return Picture(grey, width, height, notes)


def picture_from_array(pixels: npt.ArrayLike, name: str = "the array") -> Picture:
    """The same for brightness in an array.

    Args:
        pixels: shape (height, width); bool, integers 0 to 255, or floats 0 to 1.
        name: what an error message calls the array.

    Raises:
        ImageError: not two-dimensional, empty, not numbers, or with NaN or infinity in it.
    """
    array = np.asarray(pixels)
    if array.ndim != 2 or array.size == 0:
        raise ImageError(f"{name}: expected grey pixels of shape (height, width), found {array.shape}")
    if array.dtype.kind not in "buif":
        raise ImageError(f"{name}: expected numbers, found {array.dtype}")
    height, width = array.shape
    _check_size(name, width, height)
    if array.dtype == np.uint8:
        return picture_from_image(Image.fromarray(np.ascontiguousarray(array)), name)
    with np.errstate(over="ignore"):
        values = array.astype(np.float32)
    if not np.isfinite(values).all():
        raise ImageError(f"{name}: holds NaN, infinity or numbers too large for brightness")
    return picture_from_image(Image.fromarray(values), name)


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence Pillow's warnings: what is wrong is either put right or raised as an `ImageError`."""
    with _opening, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextmanager
def _speechless() -> Iterator[None]:
    """Let nothing through to stderr: the library that reads TIFF complains there by itself, past Python."""
    try:
        stderr = os.dup(2)
    except OSError:  # there is none, as in a program with windows
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
        os.close(nowhere)


def _small_and_upright(image: Image.Image) -> tuple[Image.Image, bool]:
    """Pixels of the first frame, reduced to `WORKING_SIDE`, and whether EXIF had them turned."""
    with _speechless() if image.format == "TIFF" else nullcontext():
        image.load()
    turn = _UPRIGHT.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    if image.mode in ("1", "P", "PA"):  # brightness can be averaged, palette numbers cannot
        image = image.convert("L" if image.mode == "1" else "RGBA")
    elif image.mode.startswith("I;16"):
        image = image.convert("I")
    if max(image.size) > WORKING_SIDE:
        image = image.resize(_fit(*image.size, WORKING_SIDE), Image.Resampling.BOX)
    return (image, False) if turn is None else (image.transpose(turn), True)


def _fit(width: int, height: int, side: int) -> tuple[int, int]:
    """The size with the same proportions whose longer side is `side`."""
    longer = max(width, height)
    return max(1, width * side // longer), max(1, height * side // longer)


def _check_size(name: str, width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise _too_large(name)
    if width < 1 or height < 1:
        raise ImageError(f"{name} has no pixels ({width} x {height})")
    if max(width, height) > MAX_ASPECT * min(width, height):
        raise ImageError(f"{name} is {width} x {height} pixels: too long and thin to hold a digit")


def _too_large(name: str) -> ImageError:
    return ImageError(f"{name} has more than {MAX_PIXELS // 10**6} million pixels: make it smaller first")


def _not_a_picture(name: str, data: bytes) -> str:
    if data[4:8] == b"ftyp":
        return f"{name} is a HEIC or AVIF photo: save it as JPEG or PNG first"
    return f"{name} is not a picture that can be read (expected PNG, JPEG, GIF, BMP, TIFF or WebP)"
