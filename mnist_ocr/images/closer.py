"""A closer look at a large picture whose ink is tiny: a small digit on a large page.

Pictures are read in a reduced size, and in a scanned page a digit of a few millimetres is no more than a
speck there. So where nothing else was found, the picture is decoded again, larger, and the part of it that
has ink is read as if it were the whole picture. Of every square of pixels the darkest one counts: reducing
the picture by means would make thin strokes as light as paper.
"""

from __future__ import annotations

import numpy as np

from mnist_ocr.images.arrays import bounding_box, window_max
from mnist_ocr.images.components import connected_components
from mnist_ocr.images.ink import Darkness, find_darkness
from mnist_ocr.images.load import ImageError, Picture, PictureSource, load_picture

CLOSER_SIDE = 2560  # Longer side, in pixels, of the picture that is looked at closely: four times the usual
SQUARE = 16  # Side, in pixels, of the squares of which the darkest pixel counts
GAP = 2  # In squares: ink that is nearer than twice this belongs together
LEAST_DARKNESS, SIGMAS = 0.15, 8.0  # Ink is darker than this, and than so many deviations of the noise
COMPARABLE = 0.3  # Places with at least this share of the ink of the darkest place are looked at as well
LEAST_SIDE = 12  # In pixels: what is smaller is a speck
LARGEST_PART = 1 / 4  # Of the page's longer side: ink in a larger part would have been found already
MARGIN = 0.6  # Paper around the ink, as a share of its longer side


def closer_look(source: PictureSource, picture: Picture, polarities: tuple[bool, ...]) -> Picture | None:
    """The part of a picture that has its only ink, in more pixels.

    Args:
        source: of the picture.
        picture: as it was read already, reduced.
        polarities: whether ink is dark (True), light (False), or perhaps either.

    Returns:
        The part; None if the picture was not reduced, or no place stands out in it.
    """
    if picture.width <= picture.grey.shape[1]:
        return None
    try:
        large = load_picture(source, CLOSER_SIDE)
    except ImageError:  # a stream that can be read only once
        return None
    found = [_only_ink(find_darkness(large.grey, dark_ink=dark)) for dark in polarities]
    _, box = max(found, key=lambda pair: pair[0])
    if box is None:
        return None
    left, top = box[:2]
    bottom, right = np.minimum(box[3:1:-1], large.grey.shape)
    part = large.grey[top:bottom, left:right]
    across, down = large.width / large.grey.shape[1], large.height / large.grey.shape[0]
    edges = round(left * across), round(top * down), round(right * across), round(bottom * down)
    note = "looked closer at columns {} to {}, rows {} to {}, which have the only ink".format(*edges)
    return Picture(
        np.ascontiguousarray(part), edges[2] - edges[0], edges[3] - edges[1], (*large.notes, note), edges[:2]
    )


def _only_ink(darkness: Darkness) -> tuple[float, tuple[int, int, int, int] | None]:
    """How much ink there is in the places that have the most, and a box around them with some paper."""
    values = darkness.values
    rows, columns = (length // SQUARE for length in values.shape)
    if not rows or not columns:
        return 0.0, None
    whole = values[: rows * SQUARE, : columns * SQUARE].reshape(rows, SQUARE, columns, SQUARE)
    darkest = whole.max(axis=(1, 3))
    level = max(LEAST_DARKNESS, SIGMAS * darkness.noise)
    ink = darkest > level
    places = connected_components(window_max(ink.astype(np.float32), 2 * GAP + 1) > 0)
    if not places.number:
        return 0.0, None
    sums = places.total(darkest * ink)
    chosen = ink & places.mask(sums >= COMPARABLE * sums.max())
    left, top, right, bottom = (edge * SQUARE for edge in bounding_box(chosen))
    within = bounding_box(values[top:bottom, left:right] > level)
    left, top, right, bottom = left + within[0], top + within[1], left + within[2], top + within[3]
    longer = max(right - left, bottom - top)
    if not LEAST_SIDE <= longer <= LARGEST_PART * max(values.shape):
        return 0.0, None
    margin = round(MARGIN * longer)
    box = max(left - margin, 0), max(top - margin, 0), right + margin, bottom + margin
    return float(sums.max()), box
