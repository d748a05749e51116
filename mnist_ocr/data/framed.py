"""Stacks of images in a frame of background: what a whole stack can be asked at once.

In memory a stack is one long line of pixels: the neighbour at the side is 1 further, the one below FRAMED
further. Where that leads out of a row, or out of an image into the next one, the frame sees to it that there
is only background; so a neighbourhood is a few shifted copies of the line, and no border is a special case.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

SIDE = 28

MARGIN = 3
"""Lines of background: one to be thickened into, one to be blurred into, and one that stays background."""

FRAMED = SIDE + 2 * MARGIN


def framed(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Put a frame of zeros around each image: (images, 28, 28) -> (images, FRAMED, FRAMED)."""
    stack = np.zeros((len(images), FRAMED, FRAMED), np.uint8)
    stack[:, MARGIN:-MARGIN, MARGIN:-MARGIN] = images
    return stack


def darkest_around(stack: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The largest value in the 3 × 3 neighbourhood of each pixel of a stack: (images, FRAMED, FRAMED)."""
    line = stack.ravel()
    for step in (1, FRAMED):
        darkest = line.copy()
        np.maximum(darkest[step:], line[:-step], out=darkest[step:])
        np.maximum(darkest[:-step], line[step:], out=darkest[:-step])
        line = darkest
    return line.reshape(stack.shape)


def mean_around(ink: Floats) -> Floats:
    """The mean of the 3 × 3 neighbourhood of each pixel, weighted 1 2 1 along both axes."""
    line = ink.ravel()
    for step in (1, FRAMED):
        mean = 0.5 * line
        mean[step:] += 0.25 * line[:-step]
        mean[:-step] += 0.25 * line[step:]
        line = mean
    return line.reshape(ink.shape)


def look_up(ink: Floats, rows: Floats, columns: Floats) -> Floats:
    """Read each image at places between its pixels, mixed from the four around (bilinear interpolation).

    Args:
        ink: (images, FRAMED, FRAMED), with background along the frame's outermost line.
        rows: (images, 28, 28), where in the frame to look; outside of it is background too.
        columns: likewise.

    Returns:
        What was found, (images, 784).
    """
    shape = (len(ink), SIDE * SIDE)
    down, right = (np.clip(places, 0, FRAMED - 1).reshape(shape) for places in (rows, columns))
    row, column = np.floor(down), np.floor(right)
    down -= row
    right -= column
    row *= FRAMED
    row += column
    pixel = row.astype(np.intp) + FRAMED**2 * np.arange(len(ink))[:, np.newaxis]

    def neighbour(step: int) -> Floats:
        # Beyond the last pixel of the stack lies nothing; "clip" finds the background in its corner.
        return np.take(ink.ravel()[step:], pixel, mode="clip")

    upper, lower = neighbour(0), neighbour(FRAMED)
    upper += right * (neighbour(1) - upper)
    lower += right * (neighbour(FRAMED + 1) - lower)
    upper += down * (lower - upper)
    return upper
