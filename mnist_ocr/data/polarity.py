"""Which way round pictures of digits are: light ink on dark ground, as in MNIST, or dark ink on light ground.

A data set is one or the other, so all of its pictures decide together. A digit rarely reaches the border, so
the border is ground, and ground that is lighter than the picture as a whole has dark ink on it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]


def dark_on_light(images: Pixels) -> npt.NDArray[np.int8]:
    """What each picture says by itself.

    Args:
        images: brightness, (count, 28, 28).

    Returns:
        (count,): 1 for dark ink on light ground, -1 for the opposite, 0 where there is no telling.
    """
    lines = (images[:, 0], images[:, -1], images[:, 1:-1, 0], images[:, 1:-1, -1])
    border_total = sum(line.sum(axis=1, dtype=np.int64) for line in lines)
    border_count = sum(line.shape[1] for line in lines)
    total = images.sum(axis=(1, 2), dtype=np.int64)
    votes: npt.NDArray[np.int8] = np.sign(border_total * images[0].size - total * border_count).astype(
        np.int8
    )
    return votes


def turn_to_light_ink(parts: Sequence[Pixels]) -> tuple[bool, list[tuple[int, int]]]:
    """Invert all images of all parts, in place, if most of them have dark ink.

    Args:
        parts: brightness, (count, 28, 28) each; training and test images of one data set.

    Returns:
        Whether they were inverted, and part and number of each image that seemed to be the other way round.
    """
    votes = [dark_on_light(images) for images in parts]
    balance = sum(int(part.sum(dtype=np.int64)) for part in votes)
    inverted = balance > 0
    if inverted:
        for images in parts:
            np.subtract(255, images, out=images)
    minority = -1 if inverted else 1
    odd = [(number, int(at)) for number, part in enumerate(votes) for at in np.flatnonzero(part == minority)]
    return inverted, odd
