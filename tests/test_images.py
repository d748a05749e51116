"""However a digit is drawn and stored, it is read as the same 28 x 28 pixels."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from mnist_ocr.images import BlankPictureError, ImageError, load_picture, read_digit
from mnist_ocr.images.hypotheses import find_hypotheses
from mnist_ocr.images.normalise import scale_and_centre
from mnist_ocr.images.read import read_file
from mnist_ocr.images.rows import read_rows

FIVE = [
    (0.75, 0.08),
    (0.3, 0.08),
    (0.25, 0.45),
    (0.6, 0.4),
    (0.78, 0.62),
    (0.7, 0.88),
    (0.4, 0.95),
    (0.2, 0.82),
]
ONE = [(0.35, 0.25), (0.55, 0.05), (0.55, 0.95)]
SEVEN = [(0.2, 0.08), (0.8, 0.08), (0.45, 0.95)]
ZERO = [(0.5, 0.05), (0.22, 0.3), (0.22, 0.7), (0.5, 0.95), (0.78, 0.7), (0.78, 0.3), (0.5, 0.05)]


def drawn(points=FIVE, side=120, stroke=0.11, finer=4):
    """Ink 0 .. 1 of a polyline in a square of `side` pixels, smooth at the edges."""
    big = Image.new("L", (side * finer, side * finer))
    pen, line = ImageDraw.Draw(big), [(x * side * finer, y * side * finer) for x, y in points]
    width = max(1, round(stroke * side * finer))
    pen.line(line, fill=255, width=width, joint="curve")
    for x, y in line:
        pen.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), fill=255)
    return np.asarray(big.reduce(finer), dtype=np.float64) / 255


def on_page(ink=None, height=300, width=240, top=90, left=60):
    ink = drawn() if ink is None else ink
    page = np.zeros((height, width))
    page[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
    return page


def grey_page(ink=None, **place):
    """A page as an 8-bit grey picture: black ink, white paper."""
    return Image.fromarray(np.rint(255 * (1 - on_page(ink, **place))).astype(np.uint8))


def saved(image, format="PNG", **options):
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def normalised(ink):
    """Ink with the size, position and stroke width of MNIST."""
    return scale_and_centre(ink)[0]


def likeness(a, b):
    """Correlation of two pictures, 1.0 for the same."""
    return float(np.corrcoef(a.ravel().astype(float), b.ravel().astype(float))[0, 1])


CLEAN = read_digit(grey_page()).pixels


def assert_same_digit(reading, at_least=0.98):
    assert reading.pixels.shape == (28, 28)
    assert reading.pixels.dtype == np.uint8
    assert likeness(reading.pixels, CLEAN) > at_least, reading.decisions


def test_the_clean_page_is_normalised_as_in_mnist():
    assert likeness(CLEAN, normalised(drawn())) > 0.95
    assert CLEAN.max() == 255
    assert CLEAN[0].max() == CLEAN[:, 0].max() == 0


# --- modes and formats -------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "HSV", "LAB"])
def test_every_mode_of_eight_bits(mode):
    image = grey_page()
    image = image.convert("RGB").convert(mode) if mode in ("HSV", "YCbCr") else image
    if mode == "LAB":
        image = Image.merge("LAB", (image, Image.new("L", image.size, 128), Image.new("L", image.size, 128)))
    assert_same_digit(read_digit(image if image.mode == mode else image.convert(mode)))


@pytest.mark.parametrize(("dtype", "white"), [(np.uint16, 65535), (np.int32, 65535), (np.float32, 1.0)])
def test_deeper_modes(dtype, white):
    image = Image.fromarray(((1 - on_page()) * white).astype(dtype))
    assert image.mode in ("I;16", "I", "F")
    assert_same_digit(read_digit(image), 0.999)


@pytest.mark.parametrize("white", [200, 1023, 4095, 65535])
def test_sixteen_bit_file_that_uses_few_of_its_levels(white):
    image = Image.fromarray(((1 - on_page()) * white).astype(np.uint16))
    assert_same_digit(read_digit(saved(image)), 0.999)


def test_float_tiff_with_unusual_values():
    image = Image.fromarray((-5e6 + 1e7 * on_page()).astype(np.float32))
    reading = read_digit(saved(image, "TIFF"))
    assert_same_digit(reading, 0.999)
    assert any("stretched" in sentence for sentence in reading.decisions)


@pytest.mark.parametrize("format", ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM"])
@pytest.mark.parametrize("way", ["bytes", "path", "str", "file"])
def test_every_format_from_every_source(format, way, tmp_path: Path):
    data = saved(grey_page().convert("RGB"), format)
    path = tmp_path / f"digit.{format.lower()}"
    path.write_bytes(data)
    source = {"bytes": data, "path": path, "str": str(path), "file": io.BytesIO(data)}[way]
    assert_same_digit(read_digit(source))


@pytest.mark.parametrize("pen", [0.04, 0.08])
def test_a_filled_loop_does_not_thin_the_back_of_a_six_away(pen):
    back = [(0.72, 0.05), (0.45, 0.25), (0.3, 0.5), (0.28, 0.75)]
    ink = np.maximum(drawn(back, stroke=pen), drawn([(0.48, 0.75), (0.52, 0.75)], stroke=0.4))
    reading = read_digit(grey_page(ink))
    assert reading.pixels[4:9].max() > 150
    assert reading.probabilities.argmax() == 6
    assert any("its thin parts would be lost" in sentence for sentence in reading.decisions)


A4_AT_300_DPI = {"height": 3508, "width": 2480}
FIVE_MILLIMETRES = 59


def scanned(top, left, points=FIVE, size=FIVE_MILLIMETRES):
    """A small digit on a page of 300 dots per inch, with the noise of a scanner."""
    page = np.asarray(grey_page(drawn(points, side=size), top=top, left=left, **A4_AT_300_DPI), np.float64)
    noise = np.random.default_rng(top).normal(0, 3, page.shape)
    return Image.fromarray(np.clip(0.9 * page + noise, 0, 255).astype(np.uint8))


@pytest.mark.parametrize(("top", "left"), [(300, 1700), (2900, 250)])
def test_a_digit_of_five_millimetres_on_a_scanned_page(top, left, tmp_path: Path):
    path = tmp_path / "scan.png"
    scanned(top, left).save(path)
    reading = read_digit(path)
    assert_same_digit(reading, 0.9)
    assert reading.probabilities.argmax() == 5
    assert any("looked closer" in sentence for sentence in reading.decisions)
    ink = left + 0.2 * 59, top + 0.08 * 59, left + 0.78 * 59, top + 0.95 * 59
    np.testing.assert_allclose(reading.stages.box, ink, atol=6)
    candidates, reason = read_file(path)  # as `evaluate --folder` does
    assert reason == ""
    assert candidates is not None
    assert (candidates.pixels == reading.pixels).all(axis=(1, 2)).any()


def test_two_small_digits_on_a_scanned_page_are_two():
    page = np.minimum(scanned(1500, 900), scanned(1500, 980, SEVEN))
    assert read_digit(page).digit_count == 2


def test_a_large_blank_page_stays_blank():
    page = np.random.default_rng(0).normal(240, 3, (3508, 2480))
    page[700:703, 900:903] -= 120  # dust
    with pytest.raises(BlankPictureError, match="looks blank"):
        read_digit(np.clip(page, 0, 255).astype(np.uint8))


def test_an_open_file_is_read_from_its_start_each_time():
    file = io.BytesIO(saved(grey_page(), "PNG"))
    assert_same_digit(read_digit(file))
    assert_same_digit(read_digit(file))


@pytest.mark.parametrize("dtype", [np.bool_, np.uint8, np.int64, np.float64])
def test_arrays(dtype):
    page = on_page() < 0.5 if dtype == np.bool_ else (1 - on_page()) * (1 if dtype == np.float64 else 255)
    assert_same_digit(read_digit(page.astype(dtype)))


def test_an_animation_is_its_first_frame():
    first, second = grey_page(), grey_page(drawn(SEVEN))
    assert_same_digit(read_digit(saved(first, "GIF", save_all=True, append_images=[second])))


@pytest.mark.parametrize("format", ["JPEG", "PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation(format, orientation):
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    image = grey_page().convert("RGB")
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = image.transpose(undo[orientation]) if orientation > 1 else image
    reading = read_digit(saved(stored, format, exif=exif))
    assert_same_digit(reading)
    left, top, right, bottom = reading.stages.box
    assert (top, bottom) == (pytest.approx(92, abs=4), pytest.approx(208, abs=10))
    assert (left, right) == (pytest.approx(76, abs=8), pytest.approx(162, abs=8))


# --- transparency and colour -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "colour", [(0, 0, 0), (255, 255, 255), (200, 30, 30), (40, 60, 220), (128, 128, 128)]
)
def test_ink_only_in_the_alpha_channel(colour):
    alpha = np.rint(on_page() * 255).astype(np.uint8)
    solid = [np.full_like(alpha, channel) for channel in colour]
    assert_same_digit(read_digit(saved(Image.fromarray(np.dstack([*solid, alpha])))))


def test_a_card_with_transparent_corners():
    pixels = np.dstack([np.asarray(grey_page())] * 3 + [np.full((300, 240), 255, np.uint8)])
    for corner in (pixels[:30, :30], pixels[-30:, :30], pixels[:30, -30:], pixels[-30:, -30:]):
        corner[...] = 0
    assert_same_digit(read_digit(saved(Image.fromarray(pixels))))


@pytest.mark.parametrize("light", [False, True])
@pytest.mark.parametrize("around", [(5, 5), (60, 90), (300, 20), (400, 300)])
def test_a_canvas_in_transparent_surroundings(around, light):
    grey = np.asarray(grey_page())
    canvas = np.dstack([255 - grey if light else grey] * 3 + [np.full_like(grey, 255)])
    down, across = around
    assert_same_digit(read_digit(saved(Image.fromarray(np.pad(canvas, ((down, 9), (across, 9), (0, 0)))))))


@pytest.mark.parametrize("opacity", [100, 30])
def test_a_card_that_is_hardly_opaque_anywhere(opacity):
    grey = np.asarray(grey_page())
    pixels = np.dstack([grey] * 3 + [np.full_like(grey, opacity)])
    pixels[:60] = 0
    assert_same_digit(read_digit(saved(Image.fromarray(pixels))))


@pytest.mark.parametrize(
    ("pen", "paper"),
    [
        ((220, 40, 40), (250, 250, 250)),
        ((240, 220, 40), (255, 255, 255)),
        ((230, 60, 60), (0, 151, 0)),  # the same luma
        ((40, 60, 200), (250, 240, 200)),
        ((240, 240, 240), (20, 80, 40)),
    ],
)
def test_coloured_pens(pen, paper):
    ink = on_page()[..., None]
    image = Image.fromarray(np.rint(np.array(paper) * (1 - ink) + np.array(pen) * ink).astype(np.uint8))
    assert_same_digit(read_digit(saved(image)), 0.97)


# --- polarity ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("side", [20, 28, 32, 120])
@pytest.mark.parametrize("stroke", [0.06, 0.12, 0.2])
@pytest.mark.parametrize("points", [ONE, FIVE, SEVEN, ZERO])
def test_either_polarity_gives_the_same_pixels(points, stroke, side):
    ink = np.pad(drawn(points, side, stroke), (side // 10, side // 7))
    dark, light = read_digit(1 - ink), read_digit(ink)
    assert "dark ink on a light ground" in dark.decisions
    assert light.decisions[0] != dark.decisions[0]
    assert likeness(dark.pixels, light.pixels) > 0.95


def test_invert_overrides_the_detection():
    page = np.asarray(grey_page())
    assert_same_digit(read_digit(page, invert="yes"))
    assert_same_digit(read_digit(255 - page, invert="no"))
    assert "light ink on a dark ground" in read_digit(page, invert="no").decisions
    with pytest.raises(ImageError, match="'maybe', expected one of auto, yes, no"):
        read_digit(page, invert="maybe")


# --- what is already right, and what is not to be touched --------------------------------------------


@pytest.mark.parametrize("points", [ONE, FIVE, SEVEN, ZERO])
def test_a_picture_normalised_as_in_mnist_is_unchanged(points):
    pixels = normalised(drawn(points))
    reading = read_digit(saved(Image.fromarray(pixels)))
    assert np.array_equal(reading.pixels, pixels)
    assert "left untouched" in reading.decisions[-1]


def test_other_pictures_of_28_pixels_are_normalised():
    ink = drawn(side=28)
    for picture in (255 - normalised(ink), np.rint(ink * 255).astype(np.uint8)):  # dark on light; too large
        reading = read_digit(picture)
        assert "left untouched" not in reading.decisions[-1]
        assert_same_digit(reading, 0.9)


def test_without_preprocessing_it_is_only_resized():
    pixels = normalised(drawn())
    assert np.array_equal(read_digit(pixels, preprocess=False).pixels, pixels)
    assert np.array_equal(read_digit(255 - pixels, preprocess=False, invert="yes").pixels, pixels)
    tall = read_digit(grey_page(), preprocess=False)
    assert tall.decisions[-1] == "240 x 300 resized to 28 x 28, nothing else"
    assert likeness(tall.pixels, CLEAN) < 0.9


# --- the way there -----------------------------------------------------------------------------------


def test_decisions_and_stages_describe_the_steps():
    reading = read_digit(grey_page())
    said = " / ".join(reading.decisions)
    assert "dark ink on a light ground" in said
    assert "long side 117 -> 20 pixels" in said
    assert "centre of mass is at 14.0" in said
    stages = reading.stages
    assert stages.grey.shape == stages.ink.shape == stages.dropped.shape == (300, 240)
    assert not (stages.ink & stages.dropped).any()
    assert stages.scale == pytest.approx(20 / 117)
    left, top, right, bottom = stages.box
    assert (on_page()[top:bottom, left:right].sum()) == pytest.approx(on_page().sum(), rel=0.01)


def test_the_box_is_in_the_pixels_of_a_large_original():
    large = grey_page().resize((2400, 3000))
    reading = read_digit(saved(large, "JPEG"))
    assert_same_digit(reading)
    assert reading.stages.box == pytest.approx(
        [10 * side for side in read_digit(grey_page()).stages.box], abs=25
    )
    assert max(reading.stages.grey.shape) <= 640


# --- one digit, several digits, none -----------------------------------------------------------------


def row_of(*digits, gap=25):
    return np.pad(
        np.concatenate([np.pad(digit, ((0, 0), (gap // 2, gap // 2))) for digit in digits], axis=1), 40
    )


def test_several_digits_are_read_from_left_to_right():
    shapes = [SEVEN, ONE, FIVE, ZERO]
    rows = read_rows(1 - row_of(*(drawn(points) for points in shapes)))
    readings = [rows.reading(index) for index in range(len(rows.digits))]
    assert len(readings) == 4
    lefts = [reading.stages.box[0] for reading in readings]
    assert lefts == sorted(lefts)
    for reading, points in zip(readings, shapes, strict=True):
        assert reading.digit_count == 4
        assert likeness(reading.pixels, read_digit(1 - np.pad(drawn(points), 30)).pixels) > 0.9


def test_the_decisions_mention_other_digits():
    reading = read_digit(1 - row_of(drawn(ZERO), drawn(ONE)))
    assert reading.digit_count == 2
    assert "one of 2 digits: the one with the most ink" in reading.decisions
    assert reading.probabilities.max() < 0.9  # neither of them is the digit of the picture


def test_the_decisions_mention_a_wide_digit():
    row = np.concatenate([drawn(ZERO)[:, 22:98]] * 3, axis=1)
    said = " ".join(read_digit(1 - np.pad(row, 40)).decisions)
    assert "perhaps several that touch" in said


@pytest.mark.parametrize(
    "strokes",
    [
        [
            [(0.3, 0.1), (0.25, 0.45), (0.6, 0.4), (0.75, 0.7), (0.3, 0.95)],
            [(0.42, 0.06), (0.8, 0.04)],
        ],  # 5, bar
        [[(0.4, 0.05), (0.15, 0.6), (0.62, 0.6)], [(0.75, 0.2), (0.72, 0.95)]],  # 4 in two strokes
        [ZERO[:3], ZERO[3:6]],  # a broken 0
        [[(0.2, 0.1), (0.8, 0.1)], [(0.75, 0.25), (0.6, 0.5)], [(0.55, 0.65), (0.45, 0.95)]],  # a broken 7
    ],
)
def test_a_digit_of_several_components_is_one_digit(strokes):
    ink = np.max([drawn(points, stroke=0.06) for points in strokes], axis=0)
    picture = 1 - np.pad(ink, 30)
    assert read_digit(picture).digit_count == 1
    likeliest = find_hypotheses(load_picture(picture), (True, False))[0].selection
    assert likeliest.components == len(strokes)
    assert not likeliest.dropped.any()


@pytest.mark.parametrize("grey", [0, 1, 127, 254, 255])
@pytest.mark.parametrize("size", [(1, 1), (28, 28), (300, 200), (20, 1), (1, 20)])
def test_a_blank_picture_is_refused(grey, size):
    with pytest.raises(BlankPictureError, match="blank"):
        read_digit(np.full(size, grey, dtype=np.uint8))


def test_blank_paper_is_refused():
    rng = np.random.default_rng(1)
    light = np.linspace(230, 120, 300)[:, None] + rng.normal(0, 4, (300, 240))
    with pytest.raises(BlankPictureError):
        read_digit(np.clip(light, 0, 255).astype(np.uint8))
    with pytest.raises(BlankPictureError):
        read_digit(Image.new("RGBA", (50, 50)))


# --- several frames or pages -------------------------------------------------------------------------


@pytest.mark.parametrize("format", ["GIF", "TIFF", "PNG", "WEBP"])
def test_the_first_frame_that_is_not_blank_is_read_and_that_is_said(format):
    blank, page = Image.new("L", (240, 300), 250), grey_page().convert("L")
    data = saved(blank, format, save_all=True, append_images=[blank.point(lambda v: v - 3), page, blank])
    reading = read_digit(data)
    assert_same_digit(reading, 0.97)
    said = " / ".join(reading.decisions)
    assert "frames or pages are blank" in said
    assert "the later ones were not read" in said


def test_it_is_said_that_a_second_page_was_not_read():
    reading = read_digit(saved(grey_page(), "TIFF", save_all=True, append_images=[grey_page(drawn(SEVEN))]))
    assert_same_digit(reading)
    assert reading.decisions[0] == "frame or page 1 of 2; the later ones were not read"


def test_a_file_of_blank_frames_is_blank():
    blank = Image.new("L", (60, 60), 250)
    with pytest.raises(BlankPictureError, match="blank"):
        read_digit(saved(blank, "GIF", save_all=True, append_images=[blank.point(lambda v: v - 2)]))
