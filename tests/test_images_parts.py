"""The steps of reading a picture: components, distance, normalisation, the local ground."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from mnist_ocr.images.arrays import window_max, window_mean
from mnist_ocr.images.components import connected_components
from mnist_ocr.images.ink import find_darkness
from mnist_ocr.images.normalise import (
    STROKE_WIDTH,
    area_average,
    distance,
    normalise_stroke_width,
    scale_and_centre,
    signed_distance,
    stroke_width,
    with_width,
)

masks = arrays.arrays(np.bool_, arrays.array_shapes(min_dims=2, max_dims=2, max_side=12))


def flood(mask):
    """Connected components by flood fill: start at a pixel and add all its neighbours, also at corners."""
    left, components = {(int(row), int(column)) for row, column in np.argwhere(mask)}, []
    while left:
        todo, component = [left.pop()], set()
        while todo:
            row, column = todo.pop()
            component.add((row, column))
            around = {(row + down, column + across) for down in (-1, 0, 1) for across in (-1, 0, 1)} & left
            left -= around
            todo.extend(around)
        components.append(component)
    return components


@settings(max_examples=100, deadline=None)
@given(masks)
def test_components_agree_with_a_flood_fill(mask):
    components = connected_components(mask)
    found = [
        {(int(row), int(column)) for row, column in np.argwhere(components.labels == k)}
        for k in range(components.number)
    ]
    assert sorted(map(sorted, found)) == sorted(map(sorted, flood(mask)))
    for component, area, box in zip(found, components.areas, components.boxes, strict=True):
        rows, columns = zip(*component, strict=True)
        assert area == len(component)
        assert tuple(box) == (min(columns), min(rows), max(columns) + 1, max(rows) + 1)


def test_a_spiral_is_one_component():
    """The worst case for joining runs: neighbours that meet only at the far end."""
    mask = np.zeros((41, 41), dtype=bool)
    for ring in range(0, 20, 2):
        mask[ring, ring : -ring or None] = mask[-1 - ring, ring : -ring or None] = True
        mask[ring : -ring or None, ring] = mask[ring : -ring or None, -1 - ring] = True
        mask[ring + 1, ring] = ring > 0 and False
        mask[ring + 1, ring + 1] = True
    assert connected_components(mask).number == len(flood(mask))


@settings(max_examples=60, deadline=None)
@given(masks, st.integers(2, 6))
def test_distance_is_to_the_nearest_pixel_outside(mask, reach):
    outside = np.argwhere(~mask)
    expected = np.zeros(mask.shape)
    for row, column in np.argwhere(mask):
        away = np.sqrt(((outside - (row, column)) ** 2).sum(axis=1)) if len(outside) else np.array([np.inf])
        expected[row, column] = min(away.min(), reach)
    assert np.allclose(distance(mask, reach), expected, atol=1e-5)


@pytest.mark.parametrize("width", [4, 7, 10])
def test_the_width_of_a_band(width):
    band = np.zeros((40, 200), dtype=bool)
    band[15 : 15 + width] = True
    signed = signed_distance(band, 12)
    assert stroke_width(signed) == pytest.approx(width, rel=0.05)
    for change in (-2.0, 0.0, 3.0):
        assert with_width(signed, change)[:, 100].sum() == pytest.approx(width + change, abs=0.05)


def test_a_marker_is_thinned_and_a_hair_line_thickened():
    for width in (1, 30):
        ink = np.zeros((120, width + 40), dtype=np.float32)
        ink[:, 20 : 20 + width] = 1
        strokes, (before, _) = normalise_stroke_width(ink)
        assert before == pytest.approx(width * 20 / 120, abs=0.6)
        assert (strokes > 0.5).any(axis=0).sum() == pytest.approx(4 * STROKE_WIDTH, abs=2)


def test_normalise_by_hand():
    """A bar of 40 x 10 becomes one of 20 x 5.

    Its middle is at row 9.5 of 0 .. 19 and column 2 of 0 .. 4, so that it starts at row
    round(14 - 9.5) = 4 (halves are rounded to even) and at column 14 - 2 = 12.
    """
    expected = np.zeros((28, 28), dtype=np.uint8)
    expected[4:24, 12:17] = 255
    assert np.array_equal(scale_and_centre(np.ones((40, 10)))[0], expected)


@settings(max_examples=60, deadline=None)
@given(
    arrays.arrays(
        np.float32,
        arrays.array_shapes(min_dims=2, max_dims=2, max_side=60),
        elements=st.sampled_from([0.0, 0.5, 1.0]),
    )
)
def test_normalise_fills_a_box_of_20_and_centres_the_mass(ink):
    pixels = scale_and_centre(ink)[0].astype(float)
    assert pixels.shape == (28, 28)
    if pixels.sum() < 255:
        return
    rows, columns = np.nonzero(pixels.any(axis=1))[0], np.nonzero(pixels.any(axis=0))[0]
    assert max(np.ptp(rows), np.ptp(columns)) + 1 <= 20
    for axis, used in ((1, rows), (0, columns)):
        centre = (pixels.sum(axis=axis) @ np.arange(28)) / pixels.sum()
        assert abs(centre - 14) < 0.6 or used[0] <= 1 or used[-1] >= 26  # no room to move further


def test_without_ink_all_pixels_are_0():
    assert not scale_and_centre(np.zeros((9, 5)))[0].any()


@pytest.mark.parametrize("shape", [(3, 7), (20, 20), (31, 5)])
def test_area_average_keeps_the_mean(shape):
    picture = np.random.default_rng(0).random((13, 17)).astype(np.float32)
    assert area_average(picture, *shape).shape == shape
    assert area_average(picture, *shape).mean() == pytest.approx(picture.mean(), rel=1e-5)
    assert np.allclose(area_average(picture, 13, 17), picture, atol=1e-6)


def test_window_mean_by_hand():
    row = np.array([[1, 2, 6, 3]], dtype=np.float32)
    assert np.allclose(window_mean(row, 1), [[1.5, 3, 11 / 3, 4.5]])


def test_darkness_is_relative_to_the_ground_on_either_side_of_a_shadow():
    grey = np.full((60, 80), 200, dtype=np.float32)
    grey[:, 40:] = 100
    grey[20:40, 18:21] *= 0.5
    grey[20:40, 58:61] *= 0.5
    darkness = find_darkness(grey).values
    assert darkness[30, 19] == pytest.approx(0.5, abs=0.01)
    assert darkness[30, 59] == pytest.approx(0.5, abs=0.01)
    darkness[20:40, 18:21] = darkness[20:40, 58:61] = 0
    assert darkness.max() < 0.01


@pytest.mark.parametrize("side", [1, 3, 7, 9])
def test_window_max_is_the_maximum_of_every_window(side):
    values = np.random.default_rng(0).random((6, 11)).astype(np.float32)
    padded = np.pad(values, side // 2, constant_values=-np.inf)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (side, side))
    assert np.array_equal(window_max(values, side), windows.max(axis=(2, 3)))
