"""Every input gives either pixels or an error message of one line, never a traceback."""

from __future__ import annotations

import io
import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image
from test_images import grey_page, saved

from mnist_ocr.errors import InputError
from mnist_ocr.images import BlankPictureError, ImageError, load_picture, read_digit
from mnist_ocr.images.rows import read_rows


def line_about(source):
    """The message for a source that cannot be read: one line."""
    with pytest.raises(ImageError) as caught:
        read_digit(source)
    message = str(caught.value)
    assert isinstance(caught.value, InputError)
    assert message
    assert "\n" not in message
    return message


def png_of(width, height):
    """A PNG with a size in its header, but without pixels."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


@pytest.mark.parametrize("turned", [False, True])
def test_the_longest_picture_that_is_read(turned):
    for longer, fits in ((400, True), (401, False)):
        array = np.full((longer, 10) if turned else (10, longer), 200, np.uint8)
        if fits:
            assert load_picture(array).grey.size
        else:
            assert "401" in line_about(array)


def test_missing_file(tmp_path: Path):
    assert "no such file" in line_about(tmp_path / "digit.png")


def test_folder(tmp_path: Path):
    assert "is a folder" in line_about(tmp_path)


def test_file_without_permission(monkeypatch, tmp_path: Path):
    def refuse(*_arguments, **_options):
        raise PermissionError

    path = tmp_path / "digit.png"
    path.touch()
    monkeypatch.setattr(os, "open", refuse)
    assert "no permission" in line_about(path)


def test_path_with_a_zero_byte():
    assert "cannot be read" in line_about("digit\0.png")


def test_empty_file(tmp_path: Path):
    path = tmp_path / "digit.png"
    path.touch()
    assert line_about(path) == f"{path} is empty (0 bytes)"


def test_text_that_is_called_png(tmp_path: Path):
    path = tmp_path / "digit.png"
    path.write_text("not a picture")
    assert "is not a picture" in line_about(path)


def test_file_open_as_text():
    assert "open as text" in line_about(io.StringIO("7"))


def test_formats_that_are_not_opened_are_named():
    assert "HEIC" in line_about(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")
    for brand in (b"qt  ", b"isom", b"mp42"):
        assert "is a video" in line_about(b"\0\0\0\x18ftyp" + brand + b"\0\0\0\0" + brand)
    assert "is not a picture" in line_about(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")


@pytest.mark.parametrize("format", ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_truncated_file(format, share):
    data = saved(
        Image.fromarray(np.random.default_rng(0).integers(0, 256, (90, 90, 3)).astype(np.uint8)), format
    )
    message = line_about(data[: int(len(data) * share)])
    assert "damaged or cut off" in message or "is not a picture" in message


def test_the_tiff_library_prints_nothing(capfd):
    page = io.BytesIO()
    grey_page().save(page, "TIFF", compression="tiff_lzw")
    data = bytearray(page.getvalue())
    data[8:200] = bytes(192)
    assert "damaged or cut off" in line_about(bytes(data))
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("turned", [False, True])
def test_a_line_too_thin_for_28_pixels_is_no_digit(turned):
    strip = np.zeros((30, 250), np.uint8)
    strip[15, 5:-5] = 255  # a twelfth of a pixel wide where 240 pixels become 20
    assert "specks or threads too fine" in line_about(strip.T if turned else strip)
    with pytest.raises(ImageError, match="no digits found"):
        read_rows(strip.T if turned else strip)
    strip[14:17, 5:-5] = 255
    try:
        reading = read_digit(strip.T if turned else strip)
    except BlankPictureError:
        assert not turned  # nobody writes a digit as a level line
    else:
        assert reading.pixels.any()
        assert turned or reading.probabilities.max() < 0.9


@pytest.mark.parametrize("side", [8_200, 12_000, 60_000])  # above our bound, above Pillow's, far above
def test_decompression_bomb_is_refused_by_its_header(side):
    assert "million pixels" in line_about(png_of(side, side))


@pytest.mark.parametrize("size", [(4000, 20), (20, 4000), (41, 1)])
def test_absurd_proportions(size):
    assert f"{size[0]} x {size[1]} pixels: too long and thin" in line_about(Image.new("L", size))


@pytest.mark.parametrize(
    ("array", "said"),
    [
        (np.zeros((3, 3, 3)), "found (3, 3, 3)"),
        (np.zeros((0, 5)), "found (0, 5)"),
        (np.full((5, 5), np.nan), "NaN"),
        (np.array([["a"]]), "expected numbers"),
    ],
)
def test_unsuitable_arrays_are_refused(array, said):
    assert said in line_about(array)


def test_a_picture_is_known_by_its_size():
    picture = load_picture(saved(grey_page()))
    assert (picture.width, picture.height) == (240, 300)
    with pytest.raises(AttributeError):
        picture.width = 5


def reads_or_refuses(source):
    try:
        rows = read_rows(source)
        readings = [read_digit(source), *(rows.reading(index) for index in range(len(rows.digits)))]
    except ImageError as error:
        assert "\n" not in str(error)  # noqa: PT017 - either outcome is right
        return
    for reading in readings:
        assert reading.pixels.shape == (28, 28)
        assert reading.pixels.dtype == np.uint8
        assert reading.pixels.any()
        left, top, right, bottom = reading.stages.box
        assert left < right
        assert top < bottom


@settings(max_examples=80, deadline=None)
@given(
    arrays.arrays(
        st.sampled_from([np.uint8, np.bool_, np.float32]),
        arrays.array_shapes(min_dims=2, max_dims=2, max_side=40),
        fill=st.nothing(),
    )
)
def test_any_small_array(array):
    reads_or_refuses(array)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes(data):
    reads_or_refuses(data)


WHOLE = {
    format: saved(grey_page().resize((60, 75)), format)
    for format in ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP")
}


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(sorted(WHOLE)), st.data())
def test_any_damage_to_a_file(format, data):
    damaged = bytearray(WHOLE[format])
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    reads_or_refuses(bytes(damaged))
