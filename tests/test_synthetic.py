"""Synthetic digits: their position, their labels and the glyphs; and a classifier learns from them."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_ocr.data import DataError, pen, synthetic
from mnist_ocr.data.glyphs import GLYPHS_FILE, SIGNS_FILE, Glyph, StrokeTable, catmull_rom, load_glyphs
from mnist_ocr.data.synthetic import MOST_DIGITS, draw_digits

Images = NDArray[np.uint8]

GLYPHS = load_glyphs()


@pytest.fixture(scope="module")
def digits() -> tuple[Images, Images]:
    return draw_digits(3000, seed=1)


def sides(images: Images) -> NDArray[np.intp]:
    """Height and width of the ink's bounding box, shape (images, 2)."""
    extents = []
    for axis in (2, 1):
        inked = (images > 0).any(axis=axis)
        extents.append(images.shape[1] - inked.argmax(axis=1) - inked[:, ::-1].argmax(axis=1))
    return np.stack(extents, axis=1)


def test_shape_and_type(digits: tuple[Images, Images]) -> None:
    images, labels = digits
    assert images.shape == (3000, 28, 28)
    assert labels.shape == (3000,)
    assert images.dtype == labels.dtype == np.uint8


def test_a_seed_gives_the_same_digits_every_time(digits: tuple[Images, Images]) -> None:
    again = draw_digits(3000, seed=1)
    other = draw_digits(3000, seed=2)
    for first, second, third in zip(digits, again, other, strict=True):
        np.testing.assert_array_equal(first, second)
        assert (first != third).any()


def test_the_digits_of_a_seed_never_change() -> None:
    """The same seed gives the same images, up to rounding, on every machine, until a glyph is added."""
    images, labels = draw_digits(777, seed=5)
    assert labels[:8].tolist() == [1, 3, 1, 5, 1, 4, 0, 6]
    ink = [38.76, 45.11, 30.87, 19.5, 28.43, 34.83, 38.79, 23.26]
    np.testing.assert_allclose(images[:8].mean(axis=(1, 2)), ink, atol=0.1)


def test_the_chunk_size_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    at_once = draw_digits(50, seed=3)
    monkeypatch.setattr(synthetic, "_CHUNK", 7)
    for first, second in zip(at_once, draw_digits(50, seed=3), strict=True):
        np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("count", [1, 9, 10, 237])
def test_the_numbers_of_the_digits_differ_by_one_at_most(count: int) -> None:
    _, labels = draw_digits(count)
    often = np.bincount(labels, minlength=10)
    assert often.sum() == count
    assert np.ptp(often) <= 1


def test_labels_are_shuffled(digits: tuple[Images, Images]) -> None:
    _, labels = digits
    neighbours_alike = (labels[1:] == labels[:-1]).mean()
    assert 0.05 < neighbours_alike < 0.15


def test_the_longer_side_of_the_ink_is_twenty_pixels(digits: tuple[Images, Images]) -> None:
    images, _ = digits
    np.testing.assert_array_equal(sides(images).max(axis=1), 20)


def test_the_centre_of_mass_is_at_pixel_fourteen(digits: tuple[Images, Images]) -> None:
    ink = digits[0] / 255
    mass = ink.sum(axis=(1, 2))
    for axis in (1, 2):
        centres = ink.sum(axis=axis) @ np.arange(28) / mass
        assert centres.mean() == pytest.approx(14.0, abs=0.02)
        assert centres.std() == pytest.approx(0.29, abs=0.02)  # the box is moved by whole pixels
        # A 7 that hangs on one side of its box would leave the frame if it were centred.
        assert np.mean(np.abs(centres - 14) > 0.51) < 0.01


def test_the_ink_is_distributed_as_in_mnist(digits: tuple[Images, Images]) -> None:
    """Expected are the means and the spread of MNIST's training images."""
    images, _ = digits
    ink = images.mean(axis=(1, 2)) / 255
    assert ink.mean() == pytest.approx(0.131, abs=0.008)
    assert ink.std() == pytest.approx(0.044, abs=0.008)
    assert (images > 0).mean() == pytest.approx(0.191, abs=0.015)
    assert (images > 250).mean() == pytest.approx(0.074, abs=0.01)


def test_no_two_digits_are_the_same(digits: tuple[Images, Images]) -> None:
    images, _ = digits
    assert len(np.unique(images.reshape(len(images), -1), axis=0)) == len(images)


@pytest.mark.parametrize("glyph", GLYPHS, ids=lambda glyph: f"{glyph.digit} {glyph.name}")
def test_every_glyph_draws_a_whole_digit(glyph: Glyph) -> None:
    images, labels = draw_digits(40, glyphs=[glyph])
    np.testing.assert_array_equal(labels, glyph.digit)
    np.testing.assert_array_equal(sides(images).max(axis=1), 20)


def test_the_ink_fills_the_box_and_is_not_clipped() -> None:
    random = np.random.default_rng(0)
    positions, radii = pen.fit(random.normal(5, 3, (20, 30, 2)), random.uniform(0.1, 1, (20, 30)))
    low = (positions - radii[..., np.newaxis]).min(axis=1)
    high = (positions + radii[..., np.newaxis]).max(axis=1)
    np.testing.assert_allclose((high - low).max(axis=1), pen.BOX)
    np.testing.assert_allclose((high + low) / 2, pen.BOX / 2)


@pytest.mark.parametrize("glyph", GLYPHS, ids=lambda glyph: f"{glyph.digit} {glyph.name}")
def test_every_pose_of_every_glyph_is_a_different_digit(glyph: Glyph) -> None:
    """A pose that is ignored or duplicated would change nothing."""
    drawn_alone = [
        draw_digits(1, glyphs=[replace(glyph, poses=(pose,), spread=0.0)])[0].astype(int)
        for pose in glyph.poses
    ]
    for number, first in enumerate(drawn_alone):
        for second in drawn_alone[:number]:
            assert np.abs(first - second).sum() > 255


def test_only_the_digits_that_have_glyphs_are_drawn() -> None:
    _, labels = draw_digits(30, glyphs=[glyph for glyph in GLYPHS if glyph.digit in (3, 8)])
    assert np.bincount(labels).tolist() == [0, 0, 0, 15, 0, 0, 0, 0, 15]


def test_no_digits() -> None:
    images, labels = draw_digits(0)
    assert images.shape == (0, 28, 28)
    assert labels.shape == (0,)


@pytest.mark.parametrize("count", [-1, MOST_DIGITS + 1])
def test_a_count_out_of_range_is_refused(count: int) -> None:
    with pytest.raises(DataError, match=rf"cannot draw {count} digits: expected 0 to 1,000,000"):
        draw_digits(count)


def test_a_negative_seed_is_refused() -> None:
    with pytest.raises(DataError, match="seed -1"):
        draw_digits(1, seed=-1)


def test_a_sign_is_drawn_as_no_digit() -> None:
    signs = load_glyphs(SIGNS_FILE)
    assert {sign.digit for sign in signs} == {None}
    digits = draw_digits(50, seed=2, glyphs=GLYPHS)
    for first, second in zip(digits, draw_digits(50, seed=2, glyphs=[*GLYPHS, *signs]), strict=True):
        np.testing.assert_array_equal(first, second)
    with pytest.raises(DataError, match="cannot draw digits without glyphs"):
        draw_digits(1, glyphs=signs)


def test_an_empty_table_is_refused() -> None:
    with pytest.raises(DataError, match="at least one"):
        draw_digits(1, glyphs=[])


def test_poses_that_cannot_be_mixed_are_refused() -> None:
    with pytest.raises(DataError, match=r"^poses\[1\]: all poses need the same strokes"):
        Glyph(7, "crooked", 1, ("0,0 50,0! 20,100", "0,0 50,0 20,100"))


def test_the_file_says_how_to_read_it() -> None:
    about = " ".join(json.loads(GLYPHS_FILE.read_text(encoding="utf-8"))["about"])
    for word in ("digit:", "weight:", "spread:", "poses:", "x,y", "!", "|"):
        assert word in about


def glyphs_with(**fields: object) -> str:
    """Three glyphs, of which the second one has these fields."""
    good = {"digit": 1, "name": "post", "weight": 1, "spread": 0.02, "poses": ["50,0 50,100", "40,0 60,100"]}
    return json.dumps({"glyphs": [good, {**good, **fields}, good]})


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ('{"glyphs": [\n}', r"not JSON: .*line 2"),
        ("[" * 100_000, "not JSON"),
        ("[]", "glyphs: expected a list of ways of writing digits"),
        ('{"glyphs": []}', "glyphs: expected a list"),
        ('{"glyphs": [7]}', r"glyphs\[0\]: expected the fields digit, name, .*, found 7"),
        (glyphs_with(colour="blue"), r"glyphs\[1\]: expected the fields digit, name, .*'colour'"),
        (
            glyphs_with(digit=10),
            r"glyphs\[1\]\.digit: expected a whole number from 0 to 9, or null .*, found 10",
        ),
        (glyphs_with(digit=True), r"glyphs\[1\]\.digit: .*, found True"),
        (glyphs_with(name=None), r"glyphs\[1\]\.name: expected text, found None"),
        (glyphs_with(weight=0), r"glyphs\[1\]\.weight: expected a number from 0.001 to 1000, found 0"),
        (glyphs_with(weight=float("nan")), r"glyphs\[1\]\.weight: .*, found nan"),
        (glyphs_with(spread="0.1"), r"glyphs\[1\]\.spread: .*, found '0.1'"),
        (glyphs_with(poses=[]), r"glyphs\[1\]\.poses: expected at least one pose"),
        (glyphs_with(poses="50,0 50,100"), r"glyphs\[1\]\.poses: expected at least one pose"),
        (glyphs_with(poses=[7]), r"glyphs\[1\]\.poses\[0\]: expected points such as .*, found 7"),
        (
            glyphs_with(poses=["50,0 50,100", "40,0 6x,100"]),
            r"glyphs\[1\]\.poses\[1\], point 1: expected x,y such as .*, found '6x,100'",
        ),
        (glyphs_with(poses=["1,2 3,nan"]), r"poses\[0\], point 1: .*, found '3,nan'"),
        (glyphs_with(poses=["1,2"]), r"poses\[0\]: expected two points or more"),
        (glyphs_with(poses=["1,2 3,4 | "]), r"poses\[0\]: expected two points or more"),
        (glyphs_with(poses=["1,2 3,4!"]), r"poses\[0\]: expected two points or more"),
        (glyphs_with(poses=["1,2 1,2"]), r"poses\[0\]: expected two points or more .* not all the same"),
        (glyphs_with(poses=["1,2 3,4", "1,2 3,4 5,6"]), r"glyphs\[1\]\.poses\[1\]: all poses need the same"),
    ],
)
def test_a_broken_file_of_glyphs_is_refused_with_the_path_of_what_is_wrong(
    tmp_path: Path, content: str, complaint: str
) -> None:
    path = tmp_path / "glyphs.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=f"^{re.escape(str(path))}: .*{complaint}"):
        load_glyphs(path)


def test_a_missing_file_of_glyphs_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"glyphs\.json: cannot be read: No such file"):
        load_glyphs(tmp_path / "glyphs.json")


def test_custom_glyphs_are_drawn(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    path.write_text(glyphs_with(digit=7), encoding="utf-8")
    _, labels = draw_digits(6, glyphs=load_glyphs(path))
    assert sorted(labels) == [1, 1, 1, 7, 7, 7]


def test_the_curve_passes_through_its_points() -> None:
    """Catmull-Rom by hand: p1 at 0, p2 at 1, and (-p0 + 9 p1 + 9 p2 - p3) / 16 half way."""
    expected = [[0, 1, 0, 0], [-1 / 16, 9 / 16, 9 / 16, -1 / 16], [0, 0, 1, 0]]
    np.testing.assert_allclose(catmull_rom(np.array([0, 0.5, 1])), expected, atol=1e-12)


def test_the_pen_does_not_draw_where_it_is_lifted() -> None:
    glyph = Glyph(1, "two posts", 1, ("0,0 0,50 0,100 | 100,0 100,50 100,100",), spread=0.0)
    table = StrokeTable.of([glyph])
    (positions,) = table.curves @ table.poses[:, 0]
    steps = np.linalg.norm(np.diff(positions, axis=0), axis=1)
    assert (
        steps[~table.pen_down[0, :-1]].max() > 1
    )  # the jump from the foot of one post to the head of the other
    assert steps[table.pen_down[0, :-1]].sum() == pytest.approx(2.0, rel=1e-5)  # the posts


def test_a_straight_stroke_is_as_wide_as_the_pen() -> None:
    """The soft maximum is exact along a straight line: ink per row = 2 radii, from edge to edge."""
    down = np.linspace(0, 20, pen.BOX * 5, dtype=np.float32)
    for radius in (0.8, 1.5, 3.0):
        positions = np.stack([np.full_like(down, 9.7), down], axis=1)[np.newaxis]
        radii = np.full((1, len(down)), radius, np.float32)
        (box,) = pen.ink(positions, radii, np.ones((1, len(down)), np.bool_))
        np.testing.assert_allclose(box[5:15].sum(axis=1), 2 * radius, rtol=0.03)


def test_a_linear_classifier_learns_to_read_fresh_digits(digits: tuple[Images, Images]) -> None:
    """Ridge regression onto one-hot labels, solved in closed form; chance is 10 %."""
    images, labels = digits
    pixels = images.reshape(len(images), -1) / 255
    targets = np.eye(10)[labels]
    weights = np.linalg.solve(pixels.T @ pixels + 30 * np.eye(784), pixels.T @ targets)
    fresh, truth = draw_digits(1000, seed=99)
    read = (fresh.reshape(len(fresh), -1) / 255 @ weights).argmax(axis=1)
    assert (read == truth).mean() > 0.6
