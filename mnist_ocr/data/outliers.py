"""Outliers: images without a digit, from which a network learns to be unsure.

A network that was trained on digits only finds a digit in every image, because its ten probabilities always
add up to 1. If it is also trained on outliers, with the target probability 1/10 for each digit, it learns to
give all digits similar probabilities where there is none (Hendrycks, Mazeika and Dietterich, "Deep anomaly
detection with outlier exposure", ICLR 2019). The outliers fill the 20-pixel box of MNIST, because every
picture that a person gives is scaled to that box before the network sees it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from mnist_ocr.data.pen import BOX, fit, frame, ink

Boxes = npt.NDArray[np.float32]

_CHUNK = 256
_POSITIONS = 128
_LEAST_INK = 0.04
"""Share of the box that is ink; with less there would be a dot or nothing, and the image is inverted."""


def draw_outliers(count: int, seed: int) -> npt.NDArray[np.uint8]:
    """Draw images without a digit: scribbles, stripes, spots and solid shapes.

    Args:
        count: how many.
        seed: of the random generator; the same seed gives the same images.

    Returns:
        (count, 28, 28), from 0 for background to 255 for ink, positioned as in MNIST.
    """
    random = np.random.default_rng(seed)
    kinds = (_scribbles, _stripes, _spots, _solids)
    images = np.empty((count, 28, 28), np.uint8)
    for number, start in enumerate(range(0, count, _CHUNK)):
        size = min(_CHUNK, count - start)
        boxes = kinds[number % len(kinds)](random, size)
        faint = boxes.mean(axis=(1, 2)) < _LEAST_INK
        boxes[faint] = 1 - boxes[faint]
        images[start : start + size] = frame(boxes)
    random.shuffle(images)
    return images


def _scribbles(random: np.random.Generator, count: int) -> Boxes:
    """Random curves of a pen, sums of eight waves, with gaps: wilder than a digit."""
    time = np.linspace(0, 1, _POSITIONS, dtype=np.float32)
    waves = np.arange(1, 9)
    fades = waves ** -random.uniform(0, 0.7, (count, 1, 2, 1)).astype(np.float32)
    heights = random.standard_normal((count, 1, 2, len(waves)), np.float32) * fades
    phases = random.uniform(0, 2 * np.pi, (count, 1, 2, len(waves))).astype(np.float32)
    positions = (heights * np.sin(np.pi * waves * time[:, None, None] + phases)).sum(axis=3)
    radii = np.broadcast_to(random.uniform(0.02, 0.08, (count, 1)).astype(np.float32), (count, _POSITIONS))
    positions, radii = fit(positions, radii * np.ptp(positions, axis=1).max(axis=1)[:, None])
    pen_down = np.repeat(random.random((count, 8)) < 0.85, _POSITIONS // 8, axis=1)
    return ink(positions, radii, pen_down)


def _stripes(random: np.random.Generator, count: int) -> Boxes:
    """Two to ten parallel bars at any angle."""
    rows, columns = np.mgrid[:BOX, :BOX].astype(np.float32) / BOX
    angles = random.uniform(0, np.pi, (count, 1, 1))
    across = np.cos(angles) * rows + np.sin(angles) * columns
    wave = np.sin(2 * np.pi * (random.uniform(2, 10, angles.shape) * across + random.random(angles.shape)))
    return _hardened(random, wave.astype(np.float32))


def _spots(random: np.random.Generator, count: int) -> Boxes:
    """Smoothed noise, from single pixels to shapes as large as the box."""
    noise = random.standard_normal((count, BOX, BOX), np.float32)
    positions = np.arange(BOX)
    widths = random.uniform(0.3, 2, (count, 1, 1)) ** 2 + 0.2
    blur = np.exp(-((positions[:, None] - positions) ** 2) / (2 * widths**2))
    blur /= np.linalg.norm(blur, axis=2, keepdims=True)
    return _hardened(random, (blur @ noise @ blur.transpose(0, 2, 1)).astype(np.float32))


def _solids(random: np.random.Generator, count: int) -> Boxes:
    """Filled shapes between a diamond, a disc and a square, all wider than a 1."""
    rows, columns = (np.mgrid[:BOX, :BOX].astype(np.float32) + 0.5) / (BOX / 2) - 1
    shape = (count, 1, 1)
    narrow, power = random.uniform(0.5, 1, shape), random.uniform(0.8, 6, shape)
    stood = random.random(shape) < 0.5
    y = np.abs(rows) / np.where(stood, 1, narrow)
    x = np.abs(columns) / np.where(stood, narrow, 1)
    boxes: Boxes = np.clip((1 - (y**power + x**power)) * random.uniform(1, 8, shape), 0, 1).astype(np.float32)
    return boxes


def _hardened(random: np.random.Generator, field: Boxes) -> Boxes:
    """Ink where a random field is above a random level, with soft or hard edges.

    Half of the images are cut to a window, upright or horizontal, as long as the box but narrower.
    """
    shape = (len(field), 1, 1)
    levels, hardness = random.uniform(-0.5, 1, shape), random.uniform(0.5, 6, shape)
    boxes: Boxes = np.clip((field - levels) * hardness, 0, 1).astype(np.float32)
    from_middle = np.abs(np.arange(BOX) + 0.5 - BOX / 2)
    window = from_middle < BOX / 2 * random.uniform(0.35, 1, (len(field), 1))
    for kind, cut in enumerate((window[:, :, np.newaxis], window[:, np.newaxis, :])):
        boxes[kind::4] *= cut[kind::4]
    return boxes
