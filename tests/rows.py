"""Rows of numbers with labels: what a network can learn from that is no picture."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Rows(NamedTuple):
    """Rows as `train` takes them: `images` (count, features), `labels` (count,)."""

    images: NDArray[np.floating]
    labels: NDArray[np.integer]


def two_moons(count: int = 400) -> Rows:
    """Two half circles, one in the bend of the other, which no straight line parts."""
    generator = np.random.default_rng(1)
    labels = np.arange(count) % 2
    angle = np.pi * generator.random(count)
    rows = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    rows[labels == 1] = [1, 0.5] - rows[labels == 1]
    return Rows(rows - rows.mean(axis=0) + 0.05 * generator.standard_normal(rows.shape), labels)
