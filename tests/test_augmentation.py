"""Augmentation: the effect of each amount on a dot, a bar or a ramp, and that nothing else changes."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import DTypeLike, NDArray

from mnist_ocr.data.augmentation import AUGMENTATIONS, CENTRE, SIDE, Augmentation, Distortion, as_inputs
from mnist_ocr.data.synthetic import draw_digits

Images = NDArray[np.uint8]
Pictures = NDArray[np.floating]

STILL = Distortion(**dict.fromkeys(Distortion.__dataclass_fields__, 0.0))
every_augmentation = pytest.mark.parametrize("name", AUGMENTATIONS)


class Always(np.random.Generator):
    """A generator whose uniform numbers, 0 to 1, are all the same, to choose the ends of every range."""

    def __init__(self, number: float) -> None:
        super().__init__(np.random.PCG64(0))
        self.number = number

    def random(self, size, dtype):  # type: ignore[no-untyped-def, override]
        return np.full(size, self.number, dtype)


LEAST, MOST = Always(0), Always(1)


def changed(
    augmentation: Augmentation,
    images: Images,
    generator: int | np.random.Generator = 0,
    dtype: DTypeLike = "f4",
) -> Pictures:
    """The augmented images, (images, 28, 28)."""
    out = np.full((len(images), SIDE * SIDE), np.nan, dtype)
    augmentation(images, np.random.default_rng(generator), out)
    return out.reshape(images.shape)


def blot(row: int, column: int, reach: int = 0) -> Images:
    """One image with a square of full ink, `reach` pixels in every direction; 0 gives a dot."""
    images = np.zeros((1, SIDE, SIDE), np.uint8)
    images[0, row - reach : row + reach + 1, column - reach : column + reach + 1] = 255
    return images


def centres(pictures: Pictures) -> Pictures:
    """Row and column of the centre of mass of each picture, (images, 2)."""
    ink = pictures.sum(axis=(1, 2))
    index = np.arange(SIDE)
    return np.stack([pictures.sum(axis=2) @ index / ink, pictures.sum(axis=1) @ index / ink], axis=1)


def only(**amounts: float) -> Distortion:
    """A distortion with these amounts, all others 0."""
    return Distortion(**{**vars(STILL), **amounts})


@pytest.fixture(scope="module")
def digits() -> Images:
    return draw_digits(200, seed=5)[0]


# Every entry of the table.


@every_augmentation
def test_the_same_seed_gives_the_same_pictures_bit_for_bit(name: str, digits: Images) -> None:
    augmentation = AUGMENTATIONS[name]
    np.testing.assert_array_equal(changed(augmentation, digits, 7), changed(augmentation, digits, 7))
    if name != "none":
        assert (changed(augmentation, digits, 7) != changed(augmentation, digits, 8)).any()


@every_augmentation
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("count", [1, 63, 64, 65, 200])
def test_fills_all_of_out_with_numbers_from_0_to_1(name: str, dtype: str, count: int, digits: Images) -> None:
    pictures = changed(AUGMENTATIONS[name], digits[:count], dtype=dtype)
    assert pictures.min() >= 0  # and not NaN, with which `out` came
    assert 0.5 < pictures.max() <= 1


@every_augmentation
def test_stays_between_0_and_1_whatever_the_image(name: str) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (300, SIDE, SIDE)).astype(np.uint8)
    pictures = changed(AUGMENTATIONS[name], noise)
    assert pictures.min() >= 0
    assert pictures.max() <= 1


@every_augmentation
def test_writes_nothing_but_out(name: str, digits: Images) -> None:
    images = digits.copy()
    images.flags.writeable = False  # as those of a data set are
    changed(AUGMENTATIONS[name], images)
    np.testing.assert_array_equal(images, digits)


@pytest.mark.parametrize("name", ["shift", "full"])
def test_precision_changes_no_choice(name: str, digits: Images) -> None:
    single, double = (changed(AUGMENTATIONS[name], digits, dtype=dtype) for dtype in ("f4", "f8"))
    np.testing.assert_allclose(single, double, atol=1e-6)


def test_none_only_scales(digits: Images) -> None:
    np.testing.assert_array_equal(changed(AUGMENTATIONS["none"], digits), digits / np.float32(255))


def test_shift_moves_by_up_to_one_pixel_in_every_direction() -> None:
    pictures = changed(AUGMENTATIONS["shift"], np.repeat(blot(10, 20), 300, axis=0))
    moved = centres(pictures) - [10, 20]
    np.testing.assert_array_equal(
        np.unique(moved, axis=0), [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1)]
    )


# A distortion, one amount at a time.


@pytest.mark.parametrize("generator", [LEAST, MOST, np.random.default_rng(3)], ids=["least", "most", "some"])
def test_without_amounts_nothing_changes(digits: Images, generator: np.random.Generator) -> None:
    pictures = changed(STILL, digits, generator)
    np.testing.assert_array_equal(pictures, as_inputs(digits).reshape(pictures.shape))


@pytest.mark.parametrize(
    ("amount", "generator", "start", "end"),
    [
        # A shift moves every dot alike, down and to the right.
        ({"shift": 2.0}, MOST, (10, 20), (12, 22)),
        ({"shift": 2.0}, LEAST, (10, 20), (8, 18)),
        ({"shift": 0.5}, MOST, (10, 20), (10.5, 20.5)),
        # Six pixels to the right of the centre, turned by 90 degrees: six above it, or below.
        ({"rotation": 90.0}, MOST, (CENTRE, CENTRE + 6), (CENTRE - 6, CENTRE)),
        ({"rotation": 90.0}, LEAST, (CENTRE, CENTRE + 6), (CENTRE + 6, CENTRE)),
        # Turned by 30 degrees: 6 cos 30 = 5.196 to the right and 6 sin 30 = 3 above.
        ({"rotation": 30.0}, MOST, (CENTRE, CENTRE + 6), (CENTRE - 3, CENTRE + 5.196)),
        # Slanted by a half: six above the centre goes 3 to the right; what is level with it stays.
        ({"slant": 0.5}, MOST, (CENTRE - 6, CENTRE), (CENTRE - 6, CENTRE + 3)),
        ({"slant": 0.5}, LEAST, (CENTRE - 6, CENTRE), (CENTRE - 6, CENTRE - 3)),
        ({"slant": 0.5}, MOST, (CENTRE, CENTRE + 6), (CENTRE, CENTRE + 6)),
        # Half as large again, or two thirds as large.
        ({"scale": 0.5}, MOST, (CENTRE - 6, CENTRE + 4), (CENTRE - 9, CENTRE + 6)),
        ({"scale": 0.5}, LEAST, (CENTRE - 6, CENTRE + 3), (CENTRE - 4, CENTRE + 2)),
        # Wide for its height by 2.25 at an unchanged area: 1.5 times as wide, 1 / 1.5 times as high.
        ({"stretch": 1.25}, MOST, (CENTRE - 6, CENTRE + 4), (CENTRE - 4, CENTRE + 6)),
        ({"stretch": 1.25}, LEAST, (CENTRE - 4, CENTRE + 6), (CENTRE - 6, CENTRE + 4)),
    ],
)
def test_a_dot_moves_to_the_expected_position(
    amount: dict[str, float], generator: Always, start: tuple[int, int], end: tuple[float, float]
) -> None:
    pictures = changed(only(**amount), blot(*start, reach=1), generator)
    np.testing.assert_allclose(centres(pictures), [end], atol=0.05)


def test_shifts_have_all_directions_and_stay_within_the_limit() -> None:
    moved = centres(changed(only(shift=3), np.repeat(blot(10, 12), 1000, axis=0))) - [10, 12]
    np.testing.assert_allclose(moved.min(axis=0), -3, atol=0.05)
    np.testing.assert_allclose(moved.max(axis=0), 3, atol=0.05)
    assert np.corrcoef(moved.T)[0, 1] == pytest.approx(0, abs=0.15)  # 5 / sqrt(1000)


def test_a_rotation_leaves_a_digit_in_the_middle(digits: Images) -> None:
    upside_down = changed(only(rotation=180), digits, MOST)
    np.testing.assert_allclose(centres(upside_down).mean(axis=0), centres(digits).mean(axis=0), atol=0.1)


def test_rotations_have_both_directions_and_stay_within_the_limit() -> None:
    pictures = changed(only(rotation=40), np.repeat(blot(CENTRE, CENTRE + 8, reach=1), 1000, axis=0))
    up, right = (centres(pictures) - CENTRE).T * [[-1], [1]]
    degrees = np.degrees(np.arctan2(up, right))
    assert degrees.min() == pytest.approx(-40, abs=1)
    assert degrees.max() == pytest.approx(40, abs=1)
    assert degrees.mean() == pytest.approx(0, abs=3)  # 40 / sqrt(3 * 1000) is 0.7


@pytest.mark.parametrize("far", [2.0, 10.0, 100.0])
@pytest.mark.parametrize("upright", [True, False])
def test_ink_that_leaves_does_not_reappear_on_the_other_side(far: float, upright: bool) -> None:
    images = np.zeros((100, SIDE, SIDE), np.uint8)
    images[:, :, 0] = 255
    if upright:
        images = images.transpose(0, 2, 1)
    pictures = changed(only(shift=far, thickening=1, blur=1), images)
    reached = np.flatnonzero(pictures.any(axis=(0, 2 if upright else 1)))
    assert reached.min() == 0
    assert reached.max() <= far + 3  # it may be a pixel thicker, a pixel softer, and between two pixels


def test_the_new_border_is_background() -> None:
    full = np.full((1, SIDE, SIDE), 255, np.uint8)
    picture = changed(only(shift=10, thickening=1, blur=1), full, MOST)[0]
    # The first line of ink went to 10, got another one at 9, and that a pale one at 8.
    assert picture[8:, 8:].all()
    assert not picture[:8].any()
    assert not picture[:, :8].any()


def test_ink_stays_in_its_own_image() -> None:
    images = np.zeros((100, SIDE, SIDE), np.uint8)
    images[::2] = 255
    strong = Distortion(rotation=90, slant=1, scale=1, stretch=1, shift=30, elastic=5, thickening=1, blur=1)
    pictures = changed(strong, images)
    assert not pictures[1::2].any()
    assert pictures[::2].any()


def elastic_displacements(distortion: Distortion) -> Pictures:
    """The horizontal displacement of each inner pixel, (images, 12, 12).

    The images get 5 darker from one column to the next, so their ink tells the column it came from.
    """
    ramp = np.broadcast_to(5 * np.arange(SIDE, dtype=np.uint8) + 60, (2000, SIDE, SIDE))
    columns = (changed(distortion, ramp, dtype="f8") * 255 - 60) / 5
    inner = slice(8, 20)  # nothing is looked up outside the image from here
    return (columns - np.arange(SIDE))[:, inner, inner]


@pytest.mark.parametrize("amplitude", [0.5, 1.2])
def test_elastic_displacements_have_the_promised_size_everywhere(amplitude: float) -> None:
    displacements = elastic_displacements(only(elastic=amplitude))
    deviation = amplitude / np.sqrt(len(displacements))
    np.testing.assert_allclose(displacements.mean(axis=0), 0, atol=5 * deviation)
    np.testing.assert_allclose(np.sqrt((displacements**2).mean(axis=0)), amplitude, atol=5 * deviation)


@pytest.mark.parametrize("distance", [1, 4, 8])
def test_elastic_displacements_are_as_smooth_as_blurred_noise(distance: int) -> None:
    # White noise blurred by a Gaussian of deviation s = 4 has the correlation exp(-(distance / 2 s)^2).
    displacements = elastic_displacements(only(elastic=1))
    for ahead in (displacements, displacements.transpose(0, 2, 1)):
        measured = (ahead[:, distance:] * ahead[:, :-distance]).mean()
        assert measured == pytest.approx(np.exp(-((distance / 8) ** 2)), abs=0.05)


def test_a_thick_pen_adds_a_pixel_on_every_side() -> None:
    pictures = changed(only(thickening=1), blot(10, 12, reach=1), MOST)
    np.testing.assert_array_equal(pictures * 255, blot(10, 12, reach=2))


def test_a_slightly_thicker_pen_adds_a_pale_rim() -> None:
    inner, outer = blot(10, 12, reach=1) / 255, blot(10, 12, reach=2) / 255
    pictures = changed(only(thickening=0.25), blot(10, 12, reach=1), MOST)
    np.testing.assert_allclose(pictures, inner + 0.25 * (outer - inner))


def test_thinning_removes_the_pale_edge_and_preserves_the_core() -> None:
    images = np.zeros((1, SIDE, SIDE), np.uint8)
    images[0, 5, 5:10] = [51, 102, 255, 153, 0]  # 0.2, 0.4, 1, 0.6 and 0 of full ink
    pictures = changed(only(thinning=0.4), images, LEAST)
    # (ink - 0.4) / (1 - 0.4), not below 0
    np.testing.assert_allclose(pictures[0, 5, 5:10], [0, 0, 1, 1 / 3, 0], atol=1e-6)


def test_strokes_become_thicker_and_thinner(digits: Images) -> None:
    before = digits.mean(axis=(1, 2)) / 255
    after = changed(only(thickening=0.5, thinning=0.4), digits).mean(axis=(1, 2))
    assert 0.2 < (after > before).mean() < 0.8
    assert (after / before).max() > 1.3
    assert (after / before).min() < 0.9


def test_blur_spreads_a_dot_over_its_neighbours() -> None:
    pictures = changed(only(blur=1), blot(10, 12), MOST)
    spread = np.outer([1, 2, 1], [1, 2, 1]) / 16
    np.testing.assert_allclose(pictures[0, 9:12, 11:14], spread, atol=1e-6)
    assert pictures.sum() == pytest.approx(1)


@pytest.mark.parametrize(("generator", "expected"), [(MOST, [0.5, 1, 1]), (LEAST, [0.32, 0.64, 0.8])])
def test_contrast_darkens_up_to_full_ink_and_pales(generator: Always, expected: list[float]) -> None:
    images = np.zeros((1, SIDE, SIDE), np.uint8)
    images[0, 5, 5:8] = [102, 204, 255]  # 0.4, 0.8 and 1 of full ink, times or over 1.25
    pictures = changed(only(contrast=0.25), images, generator)
    np.testing.assert_allclose(pictures[0, 5, 5:8], expected, atol=1e-6)


# The one that people use.


def test_a_small_picture_is_coarse_and_loses_neither_digit_nor_paper(digits: Images) -> None:
    coarse = changed(only(coarse=1.0), digits)
    plain = digits / 255
    apart = np.abs(coarse - plain).mean(axis=(1, 2))
    assert apart.min() > 0.002
    assert apart.max() < 0.15
    assert (coarse.max(axis=(1, 2)) > 0.5).all()
    black_and_white = np.mean((coarse < 0.02) | (coarse > 0.98), axis=(1, 2)) > 0.97
    assert 0.02 < black_and_white.mean() < 0.9
    np.testing.assert_array_equal(changed(only(coarse=1.0), np.zeros((50, SIDE, SIDE), np.uint8)), 0)


def test_what_is_finer_than_a_coarse_pixel_is_lost() -> None:
    lines = np.zeros((300, SIDE, SIDE), np.uint8)
    lines[:, 4:24, 4:24:2] = 255
    coarse = changed(only(coarse=1.0), lines)[:, 6:22, 6:22]
    neighbours = np.abs(np.diff(coarse, axis=2)).mean(axis=(1, 2))
    assert neighbours.mean() < 0.5  # 1 in the image itself
    assert np.diff(coarse, axis=1).std() < 0.05


@pytest.mark.parametrize("part", [0.0, 0.3])
def test_that_part_of_the_images_is_coarse(part: float) -> None:
    images = np.repeat(draw_digits(1, seed=5)[0], 2000, axis=0)
    same = np.isclose(changed(only(coarse=part), images), images / 255, atol=1e-6).all(axis=(1, 2))
    assert 1 - same.mean() == pytest.approx(part, abs=0.04)


def test_one_image_becomes_many(digits: Images) -> None:
    pictures = changed(AUGMENTATIONS["full"], np.repeat(digits[:1], 500, axis=0))
    assert len(np.unique(pictures.reshape(500, -1), axis=0)) == 500


def test_a_digit_stays_in_the_picture_and_about_as_large(digits: Images) -> None:
    before, after = digits / 255, changed(AUGMENTATIONS["full"], digits)
    assert np.abs(centres(after) - centres(before)).max() < 5
    ink = after.sum(axis=(1, 2)) / before.sum(axis=(1, 2))
    assert 0.4 < ink.min() < 0.9
    assert 1.1 < ink.max() < 3
