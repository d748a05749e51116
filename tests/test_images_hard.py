"""Pictures like people's photos: light, paper, pens and dirt around a known digit."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from test_images import CLEAN, FIVE, ONE, SEVEN, drawn, likeness, on_page, saved

from mnist_ocr.images import BlankPictureError, read_digit

HEIGHT, WIDTH = 400, 320
ROWS, COLUMNS = np.mgrid[0:HEIGHT, 0:WIDTH]
PAPER = 205.0


def page(darkness=0.8, ink=None, top=120, left=90):
    """A digit on grey paper, as brightness 0 .. 255."""
    ink = drawn() if ink is None else ink
    return PAPER * (1 - darkness * on_page(ink, HEIGHT, WIDTH, top, left))


def grain(strength, seed=7):
    return np.random.default_rng(seed).normal(0, strength, (HEIGHT, WIDTH))


def photo(brightness, quality=80):
    """The same, as a JPEG with its blocks."""
    return saved(Image.fromarray(np.clip(brightness, 0, 255).astype(np.uint8)), "JPEG", quality=quality)


def assert_read(brightness, at_least=0.95, **options):
    reading = read_digit(photo(brightness, **options))
    assert likeness(reading.pixels, CLEAN) > at_least, reading.decisions
    assert reading.digit_count == 1


@pytest.mark.parametrize("direction", [(1, 0), (0, 1), (-1, 1)])
def test_light_from_one_side(direction):
    slope = ROWS / HEIGHT * direction[0] + COLUMNS / WIDTH * direction[1]
    light = 1 - 0.7 * (slope - slope.min()) / np.ptp(slope)
    assert_read(page() * light + grain(2))


@pytest.mark.parametrize("sharpness", [0.05, 0.2, 1.0])
@pytest.mark.parametrize("angle", [0.0, 0.7, 2.0])
@pytest.mark.parametrize("darkness", [0.8, 0.35])
def test_the_edge_of_a_shadow_runs_through_the_digit(darkness, angle, sharpness):
    side = (COLUMNS - WIDTH / 2) * np.cos(angle) + (ROWS - HEIGHT / 2) * np.sin(angle)
    light = 1 - 0.45 / (1 + np.exp(-np.clip(side * sharpness, -50, 50)))
    assert_read(page(darkness) * light + grain(1), 0.9)


@pytest.mark.parametrize("tilt", [0.0, 0.03])
@pytest.mark.parametrize("squared", [False, True])
def test_ruled_and_squared_paper(squared, tilt):
    ruled = (ROWS + tilt * COLUMNS) % 37 < 2
    ruled |= squared & ((COLUMNS - tilt * ROWS) % 37 < 2)
    assert_read(page() * np.where(ruled, 0.75, 1) + grain(2))


@pytest.mark.parametrize("tilt", [0.0, -0.04])
@pytest.mark.parametrize("squared", [False, True])
def test_ruled_lines_as_dark_as_the_ink(squared, tilt):
    ruled = (ROWS + tilt * COLUMNS) % 50 < 2
    ruled |= squared & ((COLUMNS - tilt * ROWS) % 50 < 2)
    assert_read(np.minimum(page(), np.where(ruled, 60, PAPER)) + grain(2), 0.85)


@pytest.mark.parametrize("darkness", [0.2, 0.8])
def test_ruled_paper_without_a_digit_is_blank(darkness):
    with pytest.raises(BlankPictureError):
        read_digit(photo(PAPER * np.where(ROWS % 37 < 2, 1 - darkness, 1) + grain(2)))


def test_faint_pencil():
    assert_read(page(0.2) + grain(2), 0.93)


def test_grain_of_a_dark_photo():
    assert_read(0.5 * page() + grain(8), 0.93)


def test_specks():
    brightness = page()
    spots = np.random.default_rng(3).integers((0, 0), (HEIGHT - 2, WIDTH - 2), (80, 2))
    for row, column in spots:
        if not on_page(drawn(), HEIGHT, WIDTH, 120, 90)[row - 12 : row + 14, column - 12 : column + 14].any():
            brightness[row : row + 2, column : column + 2] = 60
    assert_read(brightness)


@pytest.mark.parametrize("sides", [slice(0, 1), slice(1, 3), slice(0, 4)])
@pytest.mark.parametrize("width", [2, 8, 20])
def test_a_dark_frame(width, sides):
    brightness = page()
    for edge in [np.s_[:width], np.s_[-width:], np.s_[:, :width], np.s_[:, -width:]][sides]:
        brightness[edge] = 20
    assert_read(brightness)


@pytest.mark.parametrize("tilt", [0.0, 0.03])
def test_a_box_drawn_around_the_digit(tilt):
    across, down = COLUMNS + tilt * ROWS - 90 - 60, ROWS - tilt * COLUMNS - 120 - 60
    distance = np.maximum(abs(across), abs(down))
    assert_read(np.where((distance > 85) & (distance < 92), 30, page()) + grain(2), 0.93)


def test_paper_on_a_dark_table():
    brightness = page()
    on_table = np.maximum(abs(ROWS - HEIGHT / 2) / HEIGHT, abs(COLUMNS - WIDTH / 2) / WIDTH) > 0.38
    brightness[on_table] = (70 + 8 * np.sin(ROWS / 3 + COLUMNS / 50))[on_table]
    assert_read(brightness + grain(2))


def test_dark_corners():
    corner = ((ROWS / HEIGHT - 0.5) ** 2 + (COLUMNS / WIDTH - 0.5) ** 2) * 2
    assert_read(page() * (1 - 0.9 * corner) + grain(2))


def test_a_stray_stroke_that_leaves_the_picture():
    brightness = page()
    brightness[:60, 20:32] = 40
    assert_read(brightness)


def test_the_other_side_shines_through():
    behind = on_page(drawn(SEVEN)[:, ::-1], HEIGHT, WIDTH, 180, 140)
    assert_read(page() * (1 - 0.12 * behind))


def test_strong_compression():
    assert_read(page() + grain(2), 0.93, quality=8)


PENS_AND_SIZES = [(side, pen) for side in (30, 60, 200) for pen in (0.02, 0.05, 0.11, 0.2) if pen * side >= 1]
"""No pen is thinner than a pixel."""


@pytest.mark.parametrize(("side", "stroke"), PENS_AND_SIZES)
def test_any_pen_and_any_size(side, stroke):
    assert_read(page(ink=drawn(side=side, stroke=stroke), top=90, left=60), 0.85)


def test_every_pen_becomes_equally_thick():
    mass = [
        int(read_digit(255 - 255 * np.pad(drawn(SEVEN, stroke=pen), 20)).pixels.sum())
        for pen in (0.03, 0.1, 0.2)
    ]
    assert max(mass) < 1.3 * min(mass)


@pytest.mark.parametrize("side", [20, 28, 32])
@pytest.mark.parametrize("stroke", [0.05, 0.12, 0.2])
@pytest.mark.parametrize("points", [ONE, FIVE, SEVEN])
def test_small_drawings_with_and_without_smooth_edges(points, stroke, side):
    ink = np.pad(drawn(points, side, stroke), 3)
    expected = read_digit(1 - np.pad(drawn(points, 200), 40)).pixels
    for picture in (1 - ink, 1.0 * (ink < 0.35)):
        assert likeness(read_digit(picture).pixels, expected) > 0.8


def test_a_digit_that_fills_its_picture_to_the_edge():
    ink = drawn()
    rows, columns = np.nonzero(ink.any(axis=1))[0], np.nonzero(ink.any(axis=0))[0]
    cut = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    for picture in (1 - cut, cut):
        assert likeness(read_digit(picture).pixels, CLEAN) > 0.95


@pytest.mark.parametrize("frame", [0, 6])
def test_paper_without_a_digit_is_blank(frame):
    light = 1 - 0.5 * (ROWS / HEIGHT)
    brightness = PAPER * light + grain(4)
    if frame:
        brightness[-frame:] = brightness[:, :frame] = 20
    with pytest.raises(BlankPictureError):
        read_digit(photo(brightness))


def test_a_photo_of_twelve_megapixels():
    large = Image.fromarray(page().astype(np.uint8)).resize((3000, 4000))
    file = io.BytesIO()
    large.save(file, "JPEG")
    reading = read_digit(file.getvalue())
    assert likeness(reading.pixels, CLEAN) > 0.95
    assert max(reading.stages.grey.shape) <= 640
