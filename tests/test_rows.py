"""Reading rows of digits: touching, at the edge, in boxes, on lines, in several lines, with signs between."""

from __future__ import annotations

import json
from functools import cache

import numpy as np
import pytest
from PIL import Image, ImageDraw

from mnist_ocr.commands.inference import main
from mnist_ocr.graph import Network
from mnist_ocr.images import BlankPictureError
from mnist_ocr.images.forms import without_lines
from mnist_ocr.images.lines import find_writing
from mnist_ocr.images.paths import Candidates, best_path
from mnist_ocr.images.rows import Rows, read_rows
from mnist_ocr.report.answer import rows_object

HEIGHT = 80

STROKES = {
    "0": [[(0.25, 0), (0.05, 0.25), (0.05, 0.75), (0.25, 1), (0.45, 0.75), (0.45, 0.25), (0.25, 0)]],
    "1": [[(0.25, 0), (0.25, 1)]],
    "2": [[(0.03, 0.22), (0.12, 0.04), (0.3, 0), (0.46, 0.12), (0.46, 0.35), (0.02, 1), (0.52, 1)]],
    "3": [
        [(0.03, 0.08), (0.3, 0), (0.46, 0.15), (0.42, 0.4), (0.2, 0.47)],
        [(0.2, 0.47), (0.46, 0.6), (0.48, 0.85), (0.25, 1), (0.02, 0.9)],
    ],
    "4": [[(0.3, 0), (0.02, 0.62), (0.58, 0.62)], [(0.42, 0.3), (0.42, 1)]],
    "5": [
        [(0.1, 0), (0.06, 0.42), (0.3, 0.38), (0.5, 0.6), (0.4, 0.92), (0.2, 1), (0.02, 0.9)],
        [(0.1, 0), (0.5, 0)],
    ],
    "7": [[(0.02, 0.02), (0.5, 0.02), (0.2, 1)]],
    "/": [[(0.5, -0.1), (0.0, 1.1)]],
    "-": [[(0.05, 0.5), (0.45, 0.5)]],
    ".": [[(0.1, 0.97), (0.11, 0.98)]],
}


@cache
def network() -> Network:
    return Network.load("default")


def page(
    *lines: str, gap: float = 0.35, size: dict[int, float] | None = None, margin: int = 60
) -> Image.Image:
    """Digits in dark ink on white, line by line; the digit at an index of `size` is that small."""
    widest = max(map(len, lines))
    sheet = Image.new(
        "L", (2 * margin + round(widest * (0.55 + gap) * HEIGHT), 2 * margin + 130 * len(lines)), 255
    )
    draw = ImageDraw.Draw(sheet)
    for number, line in enumerate(lines):
        x = float(margin)
        for place, letter in enumerate(line):
            scale = HEIGHT * (size or {}).get(place, 1.0)
            low = margin + 130 * number + HEIGHT
            for stroke in STROKES[letter]:
                points = [(x + scale * px, low - scale * (1 - py)) for px, py in stroke]
                draw.line(points, fill=20, width=9, joint="curve")
                for px, py in points:
                    draw.ellipse((px - 4, py - 4, px + 4, py + 4), fill=20)
            x += (0.55 + gap) * HEIGHT * (size or {}).get(place, 1.0)
    return sheet


def read(picture: Image.Image) -> Rows:
    return read_rows(picture, network())


def test_a_number_is_read_in_order():
    rows = read(page("35702"))
    assert rows.text == "35702"
    lefts = [digit.box[0] for digit in rows.digits]
    assert lefts == sorted(lefts)
    assert all(digit.read and digit.line == 0 for digit in rows.digits)
    assert rows_object(rows, network())["sure"]


def test_one_digit_is_a_row():
    assert read(page("7")).text == "7"


def test_light_ink_on_a_dark_ground():
    assert read(Image.eval(page("3571"), lambda value: 255 - value)).text == "3571"


@pytest.mark.parametrize("side", ["left", "right", "top", "bottom", "all"])
def test_a_digit_at_the_edge_is_not_lost(side):
    sheet = page("57235")
    left, top, right, bottom = Image.eval(sheet, lambda value: 255 - value).getbbox()
    box = {"left": left, "top": top, "right": right, "bottom": bottom}
    whole = {"left": 0, "top": 0, "right": sheet.width, "bottom": sheet.height} | (
        box if side == "all" else {side: box[side]}
    )
    cut = sheet.crop((whole["left"], whole["top"], whole["right"], whole["bottom"]))
    assert read(cut).text == "57235"


@pytest.mark.parametrize(("number", "place"), [("57035", 2), ("50735", 1), ("57350", 4)])
def test_a_small_digit_is_not_lost(number, place):
    assert read(page(number, size={place: 0.5})).text == number


@pytest.mark.parametrize("number", ["35", "2332"])
def test_touching_digits_are_no_single_sure_digit(number):
    rows = read(page(number, gap=-0.05))
    assert rows.text == number or not rows_object(rows, network())["sure"]


def test_lines_of_digits_are_read_from_top_to_bottom():
    rows = read(page("5723", "105", "3741"))
    assert rows.text == "5723\n105\n3741"
    assert [digit.line for digit in rows.digits] == [0] * 4 + [1] * 3 + [2] * 4


@pytest.mark.parametrize("gap", [0, 14])
def test_the_boxes_of_a_form_are_no_digits(gap):
    sheet = page("50712", gap=0.65)
    draw = ImageDraw.Draw(sheet)
    for place in range(5):
        left = 60 - 0.3 * HEIGHT + place * 1.2 * HEIGHT
        draw.rectangle((left, 40, left + 1.2 * HEIGHT - gap, 160), outline=90, width=3)
    rows = read(sheet)
    assert rows.text == "50712"


def test_an_underline_that_the_digits_touch_is_no_digit():
    sheet = page("35712")
    ImageDraw.Draw(sheet).line((40, 60 + HEIGHT + 3, sheet.width - 30, 60 + HEIGHT + 8), fill=60, width=4)
    assert read(sheet).text == "35712"


@pytest.mark.parametrize(
    ("written", "sign"), [("57/03/50", "a slash"), ("57-03-50", "a dash"), ("573.50", "a dot")]
)
def test_signs_are_left_out_and_said(written, sign):
    rows = read(page(written))
    assert rows.text == "".join(letter for letter in written if letter.isdigit())
    assert {out.looks_like for out in rows.left_out} == {sign}


def test_the_slashes_of_a_date_are_no_ones():
    """A slanted 1 looks like these slashes, and only their places in a date tell that they are some."""
    sheet = page("12705720", gap=0.35)
    draw = ImageDraw.Draw(sheet)
    for place in (2, 5):
        left = 60 + place * 0.9 * HEIGHT
        draw.rectangle((left - 12, 40, left + 0.6 * HEIGHT, 160), fill=255)
        draw.line((left + 34, 60, left, 60 + HEIGHT), fill=20, width=9)
    rows = read(sheet)
    assert rows.text == "120520"
    assert [out.looks_like for out in rows.left_out] == ["a slash"] * 2


def test_what_is_no_digit_but_as_large_as_one_holds_its_place():
    sheet = page("57235")
    ImageDraw.Draw(sheet).rectangle((60 + 2 * 0.9 * HEIGHT - 5, 55, 60 + 2.7 * HEIGHT, 150), fill=255)
    draw = ImageDraw.Draw(sheet)
    for offset in range(0, 60, 12):
        draw.line((200, 60 + offset, 245, 75 + offset), fill=20, width=6)
        draw.line((245, 75 + offset, 200, 72 + offset), fill=20, width=6)
    found = rows_object(read(sheet), network())
    assert len(found["text"]) == 5
    assert not found["sure"]


def test_paper_without_ink_is_refused():
    with pytest.raises(BlankPictureError):
        read(Image.new("L", (200, 100), 255))


@pytest.mark.parametrize("side", [120, pytest.param(300, marks=pytest.mark.slow)])
def test_a_page_of_specks_is_bounded_and_never_sure(side):
    random = np.random.default_rng(1)
    noise = np.kron(random.random((side, side)) < 0.3, np.ones((3, 3))).astype(np.uint8)
    try:
        found = rows_object(read(Image.fromarray(255 - 255 * noise)), network())
    except BlankPictureError:
        return
    assert not found["sure"]


def test_the_best_path_by_hand():
    """Pieces a, b: together (score 1), or each alone (scores 0 and 0.5): p = e / (e + e**0.5)."""
    steps = Candidates(
        start=np.array([0, 0, 1]),
        stop=np.array([2, 1, 2]),
        is_digit=np.array([True] * 3),
        pixels=np.zeros((3, 28, 28), np.uint8),
        shifts=np.zeros((3, 2), np.intp),
        boxes=np.zeros((3, 4), np.intp),
        features=np.zeros((3, 1)),
    )
    path, certainty = best_path(steps, np.array([1.0, 0.0, 0.5]))
    assert path.tolist() == [0]
    together = np.e / (np.e + np.e**0.5)
    assert certainty == pytest.approx([together, 1 - together, 1 - together])
    assert best_path(steps, np.array([1.0, 0.0, 1.5]))[0].tolist() == [1, 2]


def test_a_seam_follows_the_gap_between_two_strokes():
    """Two strokes that lean, joined by a bridge of two pixels: the cut goes through the bridge only."""
    ink = Image.new("L", (90, 90))
    draw = ImageDraw.Draw(ink)
    draw.line((40, 10, 20, 80), fill=255, width=8)
    draw.line((62, 10, 42, 80), fill=255, width=8)
    draw.line((30, 45, 52, 45), fill=255, width=2)
    writing = find_writing(np.asarray(ink, dtype=np.float32) / 255, 0.0)
    assert writing is not None
    (line,) = writing.lines
    assert min(cost for _, _, cost in line.seams) < 0.4
    left, right = line.boxes[0], line.boxes[-1]
    assert left[2] > right[0]  # a straight cut would not do


def test_lines_are_removed_where_no_stroke_crosses_them():
    mask = np.zeros((100, 300), dtype=bool)
    mask[20:80, 100:106] = True
    stroke = mask.copy()
    mask[60:63, 5:295] = True
    assert np.array_equal(without_lines(mask), stroke)


def test_the_number_for_people_and_for_programs(tmp_path, capsys):
    path = tmp_path / "date.png"
    page("12/05/24", "35").save(path)
    assert main(["--image-path", str(path), "--multi", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["text"], found["not_read"]) == ("120524\n35", [])
    assert [out["looks_like"] for out in found["left_out"]] == ["a slash", "a slash"]
    assert [digit["line"] for digit in found["digits"]] == [0] * 6 + [1] * 2
    assert main(["--image-path", str(path), "--multi"]) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"{path}:\n120524\n35\n")
    assert said.count("columns") == 10
    assert "a slash" in said
