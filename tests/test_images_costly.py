"""Picture files that ask for far more time or memory than their size, and what that costs."""

from __future__ import annotations

import io
import json
import os
import struct
import subprocess
import sys
import threading
import tracemalloc
import warnings
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from test_images import grey_page, saved

from mnist_ocr.images import ImageError, decode, load_picture, read_digit
from mnist_ocr.images.segment import MOST_DIGITS
from mnist_ocr.images.segment import segment as segmented
from tests.fuzzing import pictures

pytestmark = pytest.mark.timeout(300)


def tiff(*tags: tuple[int, int], data: bytes = b"") -> bytes:
    """A grey TIFF of 64 x 64 with Deflate, and these tags besides."""
    usual = [(256, 64), (257, 64), (258, 8), (259, 8), (262, 1), (277, 1)]
    entries = sorted([*usual, *tags])
    start = 8 + 2 + 12 * len(entries) + 4
    written = [(tag, start if value < 0 else value) for tag, value in entries]
    table = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in written)
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(entries)) + table + bytes(4) + data


def segment(marker: int, content: bytes) -> bytes:
    return bytes([255, marker]) + struct.pack(">H", len(content) + 2) + content


def jpeg_of_scans(scans: int, side: int) -> bytes:
    """A progressive JPEG whose scans are empty."""
    tables = segment(196, b"\0\1" + bytes(16)) + segment(196, b"\x10\1" + bytes(16))
    frame = segment(194, struct.pack(">BHHB", 8, side, side, 1) + b"\1\x11\0")
    each = [segment(218, bytes([1, 1, 0, k and k % 60 + 1, k and k % 60 + 1, 0])) for k in range(scans)]
    return b"\xff\xd8" + segment(219, b"\0" + b"\2" * 64) + frame + tables + b"".join(each) + b"\xff\xd9"


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def exif_that_overlaps(entries: int, length: int) -> bytes:
    """EXIF data whose every entry is nearly all of it."""
    each = [struct.pack("<HHII", tag, 1, length - 50, 8) for tag in range(entries)]
    return (b"II*\0\x08\0\0\0" + struct.pack("<H", entries) + b"".join(each) + bytes(4)).ljust(length, b"\0")


def png(*chunks: bytes) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 30, 30, 8, 0, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(bytes(31 * 30)))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + pixels + chunk(b"IEND", b"")


COSTLY: dict[str, Callable[[], bytes]] = {
    "a tile": lambda: tiff(
        (322, 40_000), (323, 40_000), (324, -1), (325, 50), data=zlib.compress(bytes(999))
    ),
    "a strip": lambda: tiff((273, -1), (278, 2**31), (279, 50), data=zlib.compress(bytes(999))),
    "scans": lambda: jpeg_of_scans(1_500, 8_000),
    "scans of few pixels": lambda: jpeg_of_scans(200_000, 700),
    "one colour": lambda: saved(Image.new("RGB", (16_000, 4_100)), "WEBP"),
    "markers": lambda: b"\xff\xd8" + segment(254, b"") * 4_000_000,
    "chunks": lambda: png(chunk(b"abCd", b"") * 1_500_000),
    "EXIF": lambda: png(chunk(b"eXIf", exif_that_overlaps(40_000, 900_000))),
    "packed EXIF": lambda: png(
        chunk(
            b"zTXt",
            b"Raw profile type exif\0\0" + zlib.compress(exif_that_overlaps(9_000, 400_000).hex().encode()),
        )
    ),
}

COST_OF_READING = """
import json, resource, sys
from mnist_ocr.images import ImageError, decode, load_picture
try:
    load_picture(sys.argv[1])
    refused = None
except ImageError as error:
    refused = str(error)
decode._close_idle()
used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
own = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(json.dumps([refused, sum(u.ru_utime + u.ru_stime for u in used), max(own, used[1].ru_maxrss)]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits and their measure are those of Linux")
@pytest.mark.parametrize("kind", COSTLY)
def test_no_picture_takes_more_than_three_seconds_and_600_megabytes(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "picture"
    path.write_bytes(COSTLY[kind]())
    assert path.stat().st_size < 20_000_000
    run = [sys.executable, "-c", COST_OF_READING, str(path)]
    done = subprocess.run(run, capture_output=True, text=True, check=True)
    refused, seconds, kilobytes = json.loads(done.stdout)
    assert refused is None or "\n" not in refused
    assert seconds < 3
    assert kilobytes < 600_000
    assert done.stderr == ""


@pytest.fixture
def apart(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Every file is decoded by a process of its own, and a new one for each test."""
    decode._close_idle()
    monkeypatch.setattr(decode, "CHEAP_BYTES", 0)
    yield monkeypatch
    decode._close_idle()


def test_what_takes_too_long_is_given_up(apart: pytest.MonkeyPatch) -> None:
    apart.setattr(decode, "MAX_SECONDS", 0.2)
    with pytest.raises(ImageError, match="takes more than 2 s or 540 MB to decode: save it again, smaller"):
        load_picture(jpeg_of_scans(1_500, 8_000))
    assert decode._idle == []


def test_what_waits_for_ever_is_ended(apart: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "waits.py"
    program.write_text("import time\ntime.sleep(3600)\n")
    apart.setattr(decode, "__file__", str(program))
    apart.setattr(decode, "PATIENCE", 0.5)
    with pytest.raises(ImageError, match="takes more than"):
        load_picture(saved(grey_page()))


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not hold RLIMIT_AS")
def test_what_needs_too_much_memory_is_refused(apart: pytest.MonkeyPatch) -> None:
    large = saved(Image.new("RGBA", (4_000, 4_000)))
    assert load_picture(large).width == 4_000
    decode._close_idle()
    apart.setattr(decode, "MAX_MEMORY", 70_000_000)
    with pytest.raises(ImageError, match="not enough memory for 4000 x 4000 pixels"):
        load_picture(large)
    assert load_picture(saved(grey_page())).width == 240  # by the same process


def test_a_process_serves_one_picture_after_another(apart: pytest.MonkeyPatch) -> None:
    load_picture(saved(grey_page()))
    (process,) = decode._idle
    with pytest.raises(ImageError, match="is not a picture"):
        load_picture(b"no picture")
    load_picture(saved(grey_page()))
    assert decode._idle == [process]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_a_copy_of_this_process_does_not_share_it(apart: pytest.MonkeyPatch) -> None:
    code = (
        "import os, sys, warnings\n"
        "from mnist_ocr.images import decode, load_picture\n"
        "warnings.simplefilter('ignore')\n"
        "decode.CHEAP_BYTES = 0\n"
        "load_picture(sys.argv[1])\n"
        "assert decode._idle\n"
        "if not (child := os.fork()):\n"
        "    os._exit(len(decode._idle))\n"
        "print(os.waitpid(child, 0)[1], len(decode._idle))\n"
    )
    seven = Path(decode.__file__).parents[2] / "git" / "seven.png"
    done = subprocess.run(
        [sys.executable, "-c", code, str(seven)], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("0 1\n", "")


def test_nothing_is_left_behind_and_nothing_is_said_at_the_end(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from mnist_ocr.images import decode, load_picture\n"
        "decode.CHEAP_BYTES = 0\n"
        "load_picture(sys.argv[1])\n"
        "print(decode._idle[0]._process.pid)\n"
    )
    saved_page = tmp_path / "page.png"
    saved_page.write_bytes(saved(grey_page()))
    run = [sys.executable, "-X", "dev", "-c", code, str(saved_page)]
    done = subprocess.run(run, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    with pytest.raises(ProcessLookupError):
        os.kill(int(done.stdout), 0)


SEEDS = pictures.seeds(Path())


@pytest.mark.parametrize("number", range(len(SEEDS)))
def test_the_process_finds_the_same_pixels(number: int, apart: pytest.MonkeyPatch) -> None:
    other = load_picture(SEEDS[number])
    apart.setattr(decode, "CHEAP_BYTES", 2**20)
    here = load_picture(SEEDS[number])
    assert np.array_equal(here.grey, other.grey)
    assert (here.width, here.height, here.notes) == (other.width, other.height, other.notes)


def colourful(mode: str) -> Image.Image:
    noise = np.random.default_rng(1).integers(0, 256, (1_900, 1_301, 4)).astype(np.uint8)
    if mode == "I;16":
        return Image.fromarray(noise[..., 0].astype(np.uint16) * 257)
    if mode == "P":
        indexed = Image.fromarray(noise[..., :3]).quantize(32)
        indexed.info["transparency"] = 3
        return indexed
    return Image.fromarray(noise).convert(mode)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "I;16", "RGB", "RGBA", "CMYK"])
def test_a_large_picture_is_reduced_in_bands(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    image = colourful(mode)
    whole = decode.decode_image(image.copy()).image
    monkeypatch.setattr(decode, "_BAND", 30_000)
    bands = decode.decode_image(image).image
    assert (bands.mode, bands.size) == (whole.mode, whole.size)
    assert np.abs(np.asarray(bands, float) - np.asarray(whole, float)).max() <= (1 if mode != "I;16" else 2)


def test_nobody_waits_while_another_picture_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    started, go_on = threading.Event(), threading.Event()
    orientation = decode._orientation

    def wait(image: Image.Image) -> object:
        if image.size == (99, 99):
            started.set()
            go_on.wait(120)
        return orientation(image)

    monkeypatch.setattr(decode, "_orientation", wait)
    filters = list(warnings.filters)
    slow = threading.Thread(target=load_picture, args=(saved(Image.new("L", (99, 99))),))
    slow.start()
    try:
        assert started.wait(60)
        other = threading.Thread(target=load_picture, args=(saved(grey_page()),))
        other.start()
        other.join(60)
        assert not other.is_alive()
        assert slow.is_alive()
    finally:
        go_on.set()
        slow.join()
    assert list(warnings.filters) == filters


def test_long_exif_data_is_passed_over() -> None:
    data = COSTLY["packed EXIF"]()
    assert len(data) < decode.CHEAP_BYTES
    load_picture(data)
    tracemalloc.start()
    try:
        load_picture(data)
        assert tracemalloc.get_traced_memory()[1] < 20_000_000  # its entries are 3.6 GB
    finally:
        tracemalloc.stop()


def test_a_picture_with_a_short_exif_in_text_is_turned() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    text = "\n\n\n" + exif.tobytes().removeprefix(b"Exif\0\0").hex()
    page = io.BytesIO(png(chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(text.encode()))))
    assert any("turned upright" in note for note in load_picture(page).notes)


def test_a_tiff_is_read_although_it_is_decoded_apart() -> None:
    page = io.BytesIO()
    grey_page().save(page, "TIFF")
    assert np.array_equal(read_digit(page.getvalue()).pixels, read_digit(saved(grey_page())).pixels)


def test_hatching_is_not_thousands_of_digits() -> None:
    darkness = np.zeros((640, 640), np.float32)
    for top in range(5, 616, 26):
        for left in range(5, 632, 5):
            darkness[top : top + 20, left : left + 2] = 1
    tracemalloc.start()
    try:
        found = segmented(darkness, 0.0)
        assert tracemalloc.get_traced_memory()[1] < 200_000_000
    finally:
        tracemalloc.stop()
    assert found is not None
    assert len(found.digits) == MOST_DIGITS
