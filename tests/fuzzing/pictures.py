"""Picture files in every format that is opened."""

from __future__ import annotations

import io
import re
import struct
import zlib
from pathlib import Path
from random import Random

import numpy as np
from PIL import Image

from mnist_ocr.images import load_picture, read_digit
from mnist_ocr.images.decode import WORKING_SIDE
from mnist_ocr.images.rows import read_rows
from tests.fuzzing.damage import NUMBERS, bytes_mutated, either
from tests.fuzzing.verdict import read_or_refused

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_SMALL_SIZES = (0, 1, 2, 3, 20, 24, 28, 29, 40, 41, 255)


def seeds(folder: Path) -> list[bytes]:
    """A stroke in every format, depth and kind of transparency."""
    grey = Image.new("L", (20, 24), 230)
    grey.paste(30, (8, 4, 12, 20))
    colour, clear = grey.convert("RGB"), grey.convert("LA")
    clear.putalpha(grey.point(lambda value: 255 - value))
    exif = Image.Exif()
    exif[0x0112] = 6
    pictures = [
        (grey, "PNG", {}),
        (grey.convert("1"), "PNG", {}),
        (grey.convert("P"), "PNG", {"transparency": 5}),
        (clear, "PNG", {}),
        (Image.fromarray(np.asarray(grey).astype(np.uint16) * 257), "PNG", {}),
        (colour, "JPEG", {"exif": exif}),
        (grey.convert("P"), "GIF", {}),
        (colour, "BMP", {}),
        (grey, "TIFF", {}),
        (colour, "TIFF", {"compression": "tiff_lzw"}),
        (colour, "WEBP", {"lossless": True}),
        (grey, "PPM", {}),
    ]
    found = []
    for picture, form, options in pictures:
        file = io.BytesIO()
        picture.save(file, form, **options)
        found.append(file.getvalue())
    return [*found, b"P2 # text\n3 2\n15\n0 1 2 3 4 15\n"]


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _png(content: bytes, random: Random) -> bytes:
    """A PNG with another chunk, and the checksums that belong to it."""
    if not content.startswith(_SIGNATURE):
        raise ValueError("no PNG")
    chunks, place = [], len(_SIGNATURE)
    while place < len(content):
        length = struct.unpack(">I", content[place : place + 4])[0]
        chunks.append((content[place + 4 : place + 8], content[place + 8 : place + 8 + length]))
        place += 12 + length
    at = random.randrange(len(chunks))
    kind, inner = chunks[at]
    if kind == b"IHDR" and random.random() < 0.8:
        width, height, *rest = struct.unpack(">II5B", inner)
        sizes = _SMALL_SIZES if random.random() < 0.99 else NUMBERS
        which = random.randrange(3)
        width, height = (
            random.choice(sizes) if which != 1 else width,
            random.choice(sizes) if which else height,
        )
        if random.random() < 0.3:
            rest[random.randrange(5)] = random.choice((0, 1, 2, 3, 4, 6, 8, 16, 255))
        inner = struct.pack(">II5B", width % 2**32, height % 2**32, *rest)
    elif kind == b"IDAT" and random.random() < 0.8:
        inner = zlib.compress(bytes_mutated(zlib.decompress(inner), random))
    elif random.random() < 0.5:
        inner = bytes_mutated(inner, random)
    else:
        extra = random.choice(
            (b"tRNS", b"PLTE", b"eXIf", b"gAMA", b"tEXt", b"zTXt", b"iCCP", b"acTL", b"fdAT")
        )
        chunks.insert(at, (extra, bytes(random.randrange(256) for _ in range(random.choice((1, 2, 6, 30))))))
    if chunks[at][0] == kind:
        chunks[at] = (kind, inner)
    return _SIGNATURE + b"".join(_chunk(*chunk) for chunk in chunks)


def _drawn(content: bytes, random: Random) -> bytes:
    """A picture of any size with any pixels, in the plainest format."""
    width, height = random.choice(_SMALL_SIZES[1:]), random.choice(_SMALL_SIZES[1:10])
    most = random.choice((1, 15, 255, 255, 255))
    pixels = bytearray([random.choice((0, most))]) * (width * height)
    for _ in range(random.randrange(6)):
        start, step = random.randrange(len(pixels)), random.choice((1, width, width + 1))
        for place in range(start, min(len(pixels), start + step * random.randrange(20)), step):
            pixels[place] = random.randrange(most + 1)
    if random.random() < 0.3:
        return b"P2\n%d %d\n%d\n%s" % (width, height, most, b" ".join(b"%d" % pixel for pixel in pixels))
    return b"P5\n%d %d\n%d\n%s" % (width, height, most, pixels)


mutate = either(_png, _png, _drawn, bytes_mutated, bytes_mutated)


def judge(content: bytes, folder: Path) -> bool:
    """A picture has its own size and finite brightness, and a digit on it has ink within the picture."""
    path = folder / "picture"
    path.write_bytes(content)
    picture = read_or_refused(lambda: load_picture(path), folder)
    rows = read_or_refused(lambda: read_rows(path), folder)
    if picture is None:
        assert rows is None
        return False
    assert np.isfinite(picture.grey).all()
    assert max(picture.grey.shape) <= WORKING_SIDE
    assert -0.01 <= picture.grey.min() <= picture.grey.max() <= 255.01
    if (expected := _slowly(content)) is not None and max(expected.shape) <= WORKING_SIDE:
        assert np.abs(picture.grey - expected).max() <= 0.5 + 1e-3
    if len(content) % 8 == 0:  # all the same, and an eighth is enough to see it
        digit = read_or_refused(lambda: read_digit(content), folder)
        assert digit is None or digit.pixels.any()
    for reading in rows.digits if rows else ():
        left, top, right, bottom = reading.box
        assert 0 <= left < right <= picture.width
        assert 0 <= top < bottom <= picture.height
        assert reading.pixels.shape == (28, 28)
        assert reading.pixels.dtype == np.uint8
        assert reading.pixels.any()
    return True


def _slowly(content: bytes) -> np.ndarray | None:
    """The brightness of a plain grey map (netpbm's P5, one byte a pixel); None of any other file."""
    found = re.match(rb"P5\s(\d{1,4})\s(\d{1,4})\s(\d{1,3})\s", content)
    if found is None:
        return None
    width, height, most = map(int, found.groups())
    pixels = content[found.end() : found.end() + width * height]
    if not 0 < most < 256 or len(pixels) < width * height:
        return None
    grey = np.frombuffer(pixels, np.uint8).reshape(height, width).astype(np.float64)
    return np.minimum(grey, most) * (255 / most)
