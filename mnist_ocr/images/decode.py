"""Decoding a picture file, in a process of its own where that may take much time or memory.

A picture file can ask for a million times its own size: a tile of two gigabytes in a TIFF of 151 bytes, two
thousand scans of sixty megapixels in 20 kB of JPEG, ten thousand overlapping entries in the EXIF data. The
size in the header shows only some of this, and each decoder has holes of its own. So the bound is around the
decoder: only small files of few pixels are decoded in this process. Every other file is handed to a process
that decodes it and sends the small picture back, and that ends when it uses too much memory or time. It takes
about a tenth of a second to start and then serves one picture after another.

This file is also the program of that process. It therefore imports Pillow and the standard library only.
"""

from __future__ import annotations

import sys

if __name__ == "__main__":
    sys.path[:] = sys.argv[3:]  # where the parent process finds Pillow

import atexit
import io
import json
import os
import signal
import threading
import warnings
from contextlib import suppress
from math import ceil
from typing import Any, NamedTuple

from PIL import ExifTags, Image, PngImagePlugin

FORMATS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM")
"""The formats that are opened. Pillow knows others, some of them unsafe (EPS starts a program)."""

MAX_PIXELS = 2**26  # Largest width times height: more than a phone's 50 megapixels, about 270 MB as RGBA
MAX_ASPECT = 40  # Largest ratio of the sides: a "1" that was cut out is rarely ten times as long as wide
WORKING_SIDE = 640  # Longer side of the small picture: a digit a twentieth of a photo's width still has 32
MAX_SECONDS = 2  # Processor time for decoding one picture; one of fifty megapixels takes less than a second
PATIENCE = 20  # Seconds after which the process is ended in any case: the computer is busy or does not count
MAX_MEMORY = 540_000_000  # Bytes, beside those of the file, for decoding one picture

CHEAP_BYTES = 100_000
"""Size of the largest file that is decoded in this process. Reading a hostile header takes time and memory
that grow with its length: about 0.3 s and 200 MB for this many bytes ..."""

CHEAP_PIXELS = 2**21
"""... most pixels (decoders need up to 16 bytes for each, and the slowest 0.4 s for this many) ..."""

CHEAP_SCANS = 20
"""... and most scans of a JPEG, each of which visits all pixels: a progressive photo usually has ten."""

PHOTOS = (b"hei", b"hev", b"mif", b"msf", b"avi")  # How the kinds of MP4 files that are photos begin
MOST_FRAMES = 100  # Frames or pages of a file among which the first that is not blank is searched
BLANK, SKETCH = 24, 256  # A frame is blank if its pixels, reduced to this side, differ by less, of 255
MAX_EXIF = 2**16  # Longest EXIF data that is looked at; a JPEG cannot hold more in one piece
_BAND = 2**22  # Pixels that are converted and reduced at a time

FACTS = ("width", "height", "turned", "frame", "frames")  # What is sent of a picture besides its pixels

_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""The inverse of each EXIF orientation (1 is upright)."""


TOO_COSTLY = f" takes more than {MAX_SECONDS} s or {MAX_MEMORY // 10**6} MB to decode: save it again, smaller"


class DecodeError(Exception):
    """A file cannot be decoded; the message is what follows the file's name in a sentence."""


class Decoded(NamedTuple):
    """The first frame or page of a picture file that is not blank.

    Attributes:
        image: upright and small; mode L, I, F, RGB or RGBA.
        width: of the upright original, in pixels.
        height: of the upright original, in pixels.
        turned: whether its EXIF data said that it was not upright.
        frame: its number, from 0,
        frames: of how many.
    """

    image: Image.Image
    width: int
    height: int
    turned: bool
    frame: int = 0
    frames: int = 1


def decode_file(data: bytes, side: int = WORKING_SIDE) -> Decoded:
    """Decode the bytes of a picture file, here or in a process of its own.

    Args:
        data: the file.
        side: the longest that the longer side of the result may be, in pixels.

    Raises:
        DecodeError: it is not a picture, is damaged, too large, or costs too much time or memory.
    """
    # Tiles of a TIFF may be larger than the picture, and its library prints warnings to stderr.
    if len(data) > CHEAP_BYTES or data[:2] in (b"II", b"MM") or data.count(b"\xff\xda") > CHEAP_SCANS:
        return _decode_apart(data, side)
    with _quiet:
        image = _open(data)
        if image.width * image.height <= CHEAP_PIXELS:
            return decode_image(image, side, may_draft=True)
    return _decode_apart(data, side)


def decode_image(image: Image.Image, side: int = WORKING_SIDE, *, may_draft: bool = False) -> Decoded:
    """Decode the pixels of an image that is open in Pillow, and make them upright and small.

    Args:
        image: the image.
        side: as for `decode_file`.
        may_draft: allows decoding a JPEG at a fraction of its size, which changes `image`.

    Raises:
        DecodeError: as for `decode_file`.
    """
    width, height = image.size
    check_size(width, height)
    with _quiet:
        try:
            if may_draft and image.format in ("JPEG", "MPO"):  # MPO is the JPEG of some phones
                # Decodes at 1/2, 1/4 or 1/8 of the size, which is much faster.
                image.draft(None, _fit(width, height, 2 * side))
            frame, frames = _seek_ink(image)
            turn = _UPRIGHT.get(_orientation(image))
            image = _small(image, side)
        except MemoryError as error:
            raise DecodeError(f": not enough memory for {width} x {height} pixels") from error
        except Exception as error:  # decoders raise almost anything
            raise DecodeError(" is damaged or cut off: its pixels cannot be read") from error
    if turn is not None:
        image = image.transpose(turn)
    if (width > height) != (image.width > image.height) and image.width != image.height:
        width, height = height, width
    return Decoded(image, width, height, turn is not None, frame, frames)


def check_size(width: int, height: int) -> None:
    """Refuse a picture, or an array, that is too large or too thin, with a `DecodeError`."""
    if width * height > MAX_PIXELS:
        raise DecodeError(f" has more than {MAX_PIXELS // 10**6} million pixels: make it smaller first")
    if width < 1 or height < 1:
        raise DecodeError(f" has no pixels ({width} x {height})")
    if max(width, height) > MAX_ASPECT * min(width, height):
        raise DecodeError(f" is {width} x {height} pixels: too long and thin to hold a digit")


# --- with Pillow ---------------------------------------------------------------------------------------


class _Quiet:
    """Silences Pillow's warnings: their causes are handled here, or raised as an error.

    The filters of `warnings` belong to all threads. The first thread to enter sets them, the last to leave
    puts them back, and nobody waits while another thread decodes.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._filters = warnings.catch_warnings()

    def __enter__(self) -> None:
        with self._lock:
            if not self._inside:
                self._filters = warnings.catch_warnings()
                self._filters.__enter__()
                warnings.simplefilter("ignore")
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                self._filters.__exit__(None, None, None)


_quiet = _Quiet()


def _open(data: bytes) -> Image.Image:
    """Read the header."""
    try:
        if data.startswith(b"\x89PNG"):
            return PngImagePlugin.PngImageFile(io.BytesIO(data))  # Image.open loads four more formats
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError:
        check_size(MAX_PIXELS + 1, 1)
        raise
    except MemoryError as error:
        raise DecodeError(TOO_COSTLY) from error
    except Exception as error:  # with a damaged header, Pillow raises almost anything
        if data[4:8] == b"ftyp":
            photo = " is a HEIC or AVIF photo: save it as JPEG or PNG first"
            video = " is a video, not a picture: save one frame of it as PNG first"
            raise DecodeError(photo if data[8:11] in PHOTOS else video) from error
        if data[8:12] == b"WEBP":  # Pillow does not say whether it was the memory
            raise DecodeError(f" is damaged or cut off, or{TOO_COSTLY}") from error
        expected = "PNG, JPEG, GIF, BMP, TIFF or WebP"
        raise DecodeError(f" is not a picture that can be read (expected {expected})") from error


def _seek_ink(image: Image.Image) -> tuple[int, int]:
    """Decode the first frame or page that is not blank; its number, and how many there are."""
    frames = min(getattr(image, "n_frames", 1), MOST_FRAMES)
    for frame in [*range(frames), 0] if frames > 1 else []:
        image.seek(frame)
        page = _averageable(image)
        page = page if page.mode in ("I", "F") else page.convert("LA")
        page = page.resize(_fit(*page.size, min(*page.size, SKETCH)), Image.Resampling.BOX)
        extrema: Any = [band.getextrema() for band in page.split()]
        if any(high - low >= BLANK for low, high in extrema):
            return frame, frames
    image.load()
    return 0, frames


def _orientation(image: Image.Image) -> Any:
    """The EXIF orientation, 1 to 8; None or anything else if the file has none."""
    for kind in ("exif", "Raw profile type exif"):
        if len(image.info.get(kind, "")) > MAX_EXIF:  # its entries may overlap, and each is copied
            del image.info[kind]
    return image.getexif().get(ExifTags.Base.Orientation)


def _small(image: Image.Image, side: int) -> Image.Image:
    """The image reduced to `side`, in one of the modes of `Decoded`.

    A large image is reduced in bands of whole rows: as RGBA, it may not fit into the memory a second time.
    """
    size = image.size
    if max(size) <= side:
        return _plain(_averageable(image))
    width, height = _fit(*size, side)
    rows = max(1, height * _BAND // (size[0] * size[1]))
    bands = []
    for top in range(0, height, rows):
        bottom = min(top + rows, height)
        start, end = top * size[1] / height, bottom * size[1] / height  # of the original's rows, in fractions
        first = int(start)
        band = _averageable(image.crop((0, first, size[0], ceil(end))))
        box = (0, start - first, size[0], end - first)
        bands.append(_plain(band.resize((width, bottom - top), Image.Resampling.BOX, box)))
    small = Image.new(bands[0].mode, (width, height))
    for number, band in enumerate(bands):
        small.paste(band, (0, number * rows))
    return small


def _averageable(image: Image.Image) -> Image.Image:
    """The image in a mode whose pixels can be averaged, as the numbers of a palette cannot."""
    if image.mode in ("1", "P", "PA"):
        return image.convert("L" if image.mode == "1" else "RGBA")
    return image.convert("I") if image.mode.startswith("I;16") else image


def _plain(image: Image.Image) -> Image.Image:
    if image.mode in ("L", "I", "F") or (image.mode in ("RGB", "RGBA") and "transparency" not in image.info):
        return image
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def _fit(width: int, height: int, side: int) -> tuple[int, int]:
    """The size with the same proportions whose longer side is `side`."""
    longer = max(width, height)
    return max(1, width * side // longer), max(1, height * side // longer)


# --- in a process of its own ---------------------------------------------------------------------------


class _Process:
    """A process that decodes one picture after another, until it is closed or ends at a limit."""

    def __init__(self) -> None:
        import subprocess  # here, because most pictures are decoded without it

        limits = str(MAX_SECONDS), str(MAX_MEMORY)
        command = [sys.executable, "-I", "-S", __file__, *limits, *filter(None, sys.path)]
        self._process = subprocess.Popen(  # noqa: S603 - this file
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),  # Windows only
        )

    def decode(self, data: bytes, side: int) -> dict[str, Any]:
        """What the process answers; nothing if it ended."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        patience = PATIENCE if hasattr(signal, "setitimer") else 2 * MAX_SECONDS
        timer = threading.Timer(patience, self._process.kill)
        timer.daemon = True
        timer.start()
        try:
            self._process.stdin.write(len(data).to_bytes(8, "big") + side.to_bytes(8, "big") + data)
            self._process.stdin.flush()
            answer: dict[str, Any] = json.loads(self._process.stdout.readline() or "{}")
            if "mode" in answer:
                answer["pixels"] = self._process.stdout.read(answer["bytes"])
        except OSError:
            return {}
        finally:
            timer.cancel()
        return answer

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        with self._process:
            pass


_idle: list[_Process] = []


@atexit.register
def _close_idle() -> None:
    while _idle:
        _idle.pop().close()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_idle.clear)  # a copy of this process must not answer for it


def _decode_apart(data: bytes, side: int) -> Decoded:
    """Decode a file in a process of its own."""
    try:
        process = _idle.pop()
    except IndexError:
        process = _Process()
    answer: dict[str, Any] = {}
    try:
        answer = process.decode(data, side)
    finally:
        if answer and not _idle:
            _idle.append(process)
        else:
            process.close()
    if "mode" in answer:
        image = Image.frombytes(answer["mode"], answer["size"], answer["pixels"])
        return Decoded(image, *(answer[fact] for fact in FACTS))
    raise DecodeError(answer.get("refused", TOO_COSTLY))


def _serve() -> None:
    """Answer the requests of the parent process.

    Every request is the length of the file and `side`, 8 bytes each, and the file. Every answer is a line
    of JSON, and the pixels if there are any.
    """
    seconds, memory = float(sys.argv[1]), int(sys.argv[2])
    warnings.simplefilter("ignore")
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent process handles Ctrl-C
    while length := int.from_bytes(sys.stdin.buffer.read(8), "big"):
        side = int.from_bytes(sys.stdin.buffer.read(8), "big")
        _limit(seconds, memory + length)
        pixels = b""
        try:
            found = decode_image(_open(sys.stdin.buffer.read(length)), side, may_draft=True)
            pixels = found.image.tobytes()
            answer = {"mode": found.image.mode, "size": found.image.size, "bytes": len(pixels)}
            answer |= {fact: getattr(found, fact) for fact in FACTS}
        except DecodeError as error:
            answer = {"refused": str(error)}
        _limit(0, memory + length)
        sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + pixels)
        sys.stdout.buffer.flush()


def _limit(seconds: float, memory: int) -> None:
    """End this process after seconds of processor time, and refuse it more memory, where the system can."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, seconds)  # its signal ends the process
    with suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory, resource.getrlimit(resource.RLIMIT_AS)[1]))


if __name__ == "__main__":
    _serve()
