"""Filled dark shapes are refused, and rings drawn by a pen are read."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from mnist_ocr.images import BlankPictureError, read_digit
from mnist_ocr.images.ink import is_outline_of_a_shape

BOX = (60, 40, 150, 160)


def page(paper: int = 250) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("L", (240, 200), paper)
    return image, ImageDraw.Draw(image)


@pytest.mark.parametrize("shape", ["ellipse", "rectangle"])
@pytest.mark.parametrize(("paper", "ink"), [(250, 40), (20, 220), (250, 130)])
def test_a_filled_shape_is_never_read_as_a_ring(shape: str, paper: int, ink: int) -> None:
    image, draw = page(paper)
    getattr(draw, shape)(BOX, fill=ink)
    try:
        pixels = read_digit(image).pixels
    except BlankPictureError:
        return  # there is nothing on it that a pen drew
    assert pixels[13:15, 13:15].min() > 150


def test_the_edge_of_a_shape_is_not_a_ring() -> None:
    ring = np.zeros((40, 40), bool)
    ring[5:35, 5:35] = True
    ring[9:31, 9:31] = False
    light = np.where(ring, 40, 240).astype(np.float32)
    assert not is_outline_of_a_shape(light, ring)
    light[9:31, 9:31] = 45
    assert is_outline_of_a_shape(light, ring)
    light[9:31, 9:31] = 240  # paper inside, and outside as dark as the ring
    light[~ring & (light != 240)] = 45
    light[:5], light[35:], light[:, :5], light[:, 35:] = 45, 45, 45, 45
    assert is_outline_of_a_shape(light, ring)


@pytest.mark.parametrize(("paper", "ink"), [(250, 40), (20, 220)])
@pytest.mark.parametrize("width", [5, 12, 25])
def test_a_ring_that_a_pen_drew_is_read(paper: int, ink: int, width: int) -> None:
    image, draw = page(paper)
    draw.ellipse(BOX, outline=ink, width=width)
    pixels = read_digit(image).pixels
    assert pixels[13:15, 13:15].max() < 60  # open in the middle
    assert pixels.max() > 200


def test_a_ring_in_a_shadow_is_read() -> None:
    image, draw = page()
    draw.rectangle((0, 0, 239, 110), fill=140)  # a hard shadow over its upper half
    draw.ellipse(BOX, outline=30, width=8)
    assert read_digit(image).pixels[14, 14] < 60
