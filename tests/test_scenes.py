"""The pictures on which the reader is calibrated: of every kind, as labelled, the same for the same seed."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from mnist_ocr.data.synthetic import draw_digits
from mnist_ocr.graph import Network
from mnist_ocr.images import read_digit
from mnist_ocr.report.answer import ask
from tools.pens import Pen, write
from tools.rows import row
from tools.scenes import (
    KINDS,
    NO_DIGIT,
    ROWS,
    rows,
    scenes,
    tight_16_bilevel,
    tight_16_grey,
    tight_32_bilevel,
)


class LightOnDark(Pen):
    """Says no to every choice: of two polarities that is light ink, of two shapes the natural one."""

    def chance(self, probability: float) -> bool:
        return False


def pen_of(digit: int, seed: int, sort: type[Pen] = Pen) -> Pen:
    """A pen that writes one digit only."""
    images, labels = draw_digits(200, seed=3)
    own = labels == digit
    return sort(np.random.default_rng(seed), [(images[own], labels[own])], images)


def test_every_kind_comes_as_often_as_the_others_and_digits_have_labels():
    found = list(scenes(2 * len(KINDS) + 2 * len(NO_DIGIT), seed=1))
    assert Counter(scene.kind for scene in found) == dict.fromkeys([*KINDS, *NO_DIGIT], 2)
    for scene in found:
        if scene.kind in NO_DIGIT:
            assert scene.label is None
        else:
            assert isinstance(scene.label, int)
            assert 0 <= scene.label <= 9


def test_the_same_seed_draws_the_same_pictures_however_many():
    few, many, others = (
        [(s.label, s.picture.tobytes()) for s in scenes(n, seed)] for n, seed in ((4, 1), (6, 1), (4, 2))
    )
    assert few == many[:4]
    assert all(one != other for one, other in zip(few, others, strict=True))


def test_half_of_the_digits_are_those_of_the_caller():
    images, labels = draw_digits(50, seed=9)
    only = np.full_like(labels, 7)  # their images do not matter here
    found = Counter(scene.label for scene in scenes(120, 1, (images, only), ["small"]))
    assert 50 <= found[7] <= 90  # 60 of the caller, and a tenth of the other 60


@pytest.mark.parametrize("make", [tight_16_grey, tight_16_bilevel, tight_32_bilevel])
def test_strokes_of_a_tight_crop_reach_two_opposite_edges(make):
    for seed in range(5):
        picture, label = make(pen_of(seed, seed, LightOnDark))
        ink = np.asarray(picture)
        assert label == seed
        assert ink.shape == ((32, 32) if make is tight_32_bilevel else (16, 16))
        edges = [edge.max() > 60 for edge in (ink[0], ink[-1], ink[:, 0], ink[:, -1])]
        assert (edges[0] and edges[1]) or (edges[2] and edges[3])
        assert make is tight_16_grey or set(np.unique(ink)) == {0, 255}


def test_ink_has_the_size_and_the_pen_that_was_asked_for():
    pen = pen_of(1, 0)
    image, _ = pen.digit()
    thin, thick = (np.asarray(write(pen, image, 200, width)) for width in (0.03, 0.2))
    assert max(thin.shape) == max(thick.shape) == 200
    # A 1 is one stroke: its ink along a middle row is as wide as the pen, 6 and 40 pixels, or more.
    across = [int((ink[100] > 127).sum()) for ink in (thin, thick)]
    assert 5 <= across[0] <= 12
    assert 36 <= across[1] <= 60


def test_the_shipped_network_reads_plain_canvases():
    network = Network.load("default")
    found = list(scenes(60, 4, None, ["dark on light", "light on dark"]))
    right = sum(ask(network, read_digit(scene.picture).pixels).digit == scene.label for scene in found)
    assert right >= 50


def test_rows_are_labelled_with_their_digits():
    found = list(rows(len(ROWS), seed=1))
    assert Counter(scene.kind for scene in found) == dict.fromkeys(ROWS, 1)
    for scene in found:
        assert scene.label.isdecimal()
        assert scene.kind != "date" or len(scene.label) == 8
        assert len(scene.label) >= 2 or scene.kind == "one"
    assert [s.picture.tobytes() for s in rows(3, 5)] == [s.picture.tobytes() for s in rows(3, 5)]


def test_a_small_zero_is_less_than_half_as_high():
    heights = []
    for small in (False, True):
        picture, label = row(pen_of(0, 1), 3, sizes=(1, 1), small_zeros=small, margin=(0, 0))
        assert label == "000"
        heights.append(picture.height)
    assert 0.35 * heights[0] < heights[1] < 0.55 * heights[0]
