"""Segmentation: which connected components of the ink form which digit.

The program looks for ink from dark to faint: a digit in marker is found before the squares of the paper, and
a digit in pencil is found if there is nothing darker. When a digit has been found, the threshold moves half
way between its ink and the ground around it, so that faint ends of its strokes are included.

Not every component can be a digit: there are specks, frames, dark corners and the boxes of forms. The more
ink a component has, the more likely it is the digit. A component at the edge of the picture needs much more
ink: it may be the edge of a table, a shadow or a stroke that leaves the picture, but also a digit that was
cut out tightly.

One digit often consists of several components: a pen is lifted for the bar of a 5 and for the second stroke
of a 4, and a weak stroke has gaps. Components nearly as tall as the main one are the bodies of digits; two of
them are one digit only if one is above the other or they almost touch. A smaller component belongs to the
nearest digit, or to none. In doubt it is one digit, because most pictures contain one.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from mnist_ocr.images.arrays import BoolArray, FloatArray, IntArray, around
from mnist_ocr.images.components import Components, connected_components, without_ruled_lines
from mnist_ocr.images.ink import LEVELS, NOISE_MARGIN

REFINEMENTS = 2  # How often the threshold is adjusted; a third time would change nothing
SMALLEST = 0.03  # Longer side of the smallest digit, as a share of the shorter side of the picture
SMALLEST_AT_EDGE = 0.25  # The same at the edge: a digit that was cut out is as large as the picture
EDGE_HANDICAP = 0.25  # Factor of the ink of a component that reaches the edge
FRAME = (
    0.9  # A component at the edge with a larger share in the rim of the picture is a frame or a dark corner
)

INSIDE = 0.25  # Ink inside of a box has at least this share of the length of the box ...
BOX_SIDE = 0.9  # ... and the box covers at least this share of each of its sides, unlike a round 0
BOX_BAND = 0.1  # Width of the bands that are the sides of a box, as a share of its size: it may be tilted
SPECK = 0.01  # A component with less than this share of the main component's pixels is a speck
BODY = 0.55  # The body of a digit has at least this share of the height of the tallest component
ABOVE = 0.5  # Bodies are side by side if they overlap by this share of the lower height, but not of the width
NEAR = 0.25  # A component belongs to a digit within this share of the digit's longer side ...
TOUCHING = 0.1  # ... and a body beside it within this share: both sides of a 0 that is open above and below
MOST_DIGITS = 100  # Those with the most ink; hatching has thousands, and each takes time and memory


class Digit(NamedTuple):
    """The ink of one digit: its pixels, (height, width), and of how many connected components it consists."""

    mask: BoolArray
    components: int


class Segmentation(NamedTuple):
    """The digits of a picture.

    Attributes:
        digits: from left to right, at least one.
        ink: the pixels of all ink, also of what belongs to no digit, shape (height, width).
        components: how many connected components all ink has.
        level: the threshold of darkness above which a pixel is ink.
    """

    digits: tuple[Digit, ...]
    ink: BoolArray
    components: int
    level: float


def segment(darkness: FloatArray, noise: float) -> Segmentation | None:
    """Find the digits of a picture; None if there is no ink.

    Args:
        darkness: shape (height, width), 0 paper to 1 black.
        noise: standard deviation of the paper's darkness.
    """
    faintest = NOISE_MARGIN * noise
    for level in LEVELS:
        if level < faintest:
            return None
        components, scores = _scored(level, darkness)
        specks = components.longer_sides() < SMALLEST * min(darkness.shape)
        # Specks that have more ink together than any digit are the grain of the paper.
        if scores.max(initial=0) > components.total(darkness)[specks].sum():
            break
    else:
        return None
    for _ in range(REFINEMENTS):
        between = max(_level_between(darkness, components, int(np.argmax(scores))), faintest)
        finer, finer_scores = _scored(between, darkness)
        if finer_scores.any():
            level, components, scores = between, finer, finer_scores
    digits = (Digit(components.mask(members), int(members.sum())) for members in _grouped(components, scores))
    return Segmentation(tuple(digits), components.labels >= 0, components.number, level)


def _level_between(darkness: FloatArray, components: Components, component: int) -> float:
    """The darkness half way between a component and the ground around it (Ridler and Calvard, 1978)."""
    left, top, right, bottom = components.boxes[component]
    margin = max(right - left, bottom - top) // 2
    around_it = slice(max(top - margin, 0), bottom + margin), slice(max(left - margin, 0), right + margin)
    values, labels = darkness[around_it], components.labels[around_it]
    ink, ground = values[labels == component], values[labels < 0]
    return float(ink.mean() + (ground.mean() if ground.size else 0)) / 2


# --- which components could be a digit -----------------------------------------------------------------


def _scored(level: float, darkness: FloatArray) -> tuple[Components, npt.NDArray[np.float64]]:
    """The components above a threshold, and the score of each: its ink, or 0 if it cannot be a digit."""
    components = connected_components(without_ruled_lines(darkness > level))
    short, at_edge = min(darkness.shape), components.touches_edge()
    frame = at_edge & (components.share_in_rim() > FRAME)
    too_small = components.longer_sides() < np.where(at_edge, SMALLEST_AT_EDGE, SMALLEST) * short
    ink = np.where(at_edge, EDGE_HANDICAP, 1) * components.total(darkness)
    scores = np.where(frame | too_small, 0, ink)
    while scores.any() and _is_box(components, int(np.argmax(scores))):
        scores[np.argmax(scores)] = 0
    return components, scores


def _is_box(components: Components, component: int) -> bool:
    """Whether a component is a box around other ink, as on a form."""
    left, top, right, bottom = components.boxes[component]
    starts, ends = components.boxes[:, :2], components.boxes[:, 2:]
    inside = np.hstack((starts > (left, top), ends < (right, bottom))).all(axis=1)
    if not (components.longer_sides()[inside] >= INSIDE * max(right - left, bottom - top)).any():
        return False
    ink = components.labels[top:bottom, left:right] == component
    for side in (ink, ink[::-1], ink.T, ink.T[::-1]):
        if side[: max(1, round(BOX_BAND * len(side)))].any(axis=0).mean() < BOX_SIDE:
            return False
    return True


# --- which components are the same digit ---------------------------------------------------------------


def _grouped(components: Components, scores: npt.NDArray[np.float64]) -> list[BoolArray]:
    """For each digit, from left to right, which components belong to it, shape (count,)."""
    boxes, areas, at_edge = components.boxes, components.areas, components.touches_edge()
    main, length = int(np.argmax(scores)), int(components.longer_sides()[np.argmax(scores)])
    possible = (areas >= SPECK * areas[main]) & (~at_edge | at_edge[main])
    heights = boxes[:, 3] - boxes[:, 1]
    tall = heights >= BODY * heights[possible & (scores > 0)].max()
    bodies = possible & tall & (scores > 0)
    bodies[main] = True
    owner = np.where(bodies, np.arange(components.number), -1)
    for body in np.flatnonzero(bodies):
        same = bodies & _same_digit(boxes[body], boxes, length)
        owner[np.isin(owner, owner[same])] = owner[body]
    groups = [owner == body for body in sorted(set(owner[bodies].tolist()))]
    free = possible & ~bodies & ~tall  # anything else as tall as a digit is a frame or a ruled line
    count = -1
    while count != (
        count := int(free.sum())
    ):  # again, because a digit with an added component reaches further
        for members in groups:
            box = around(boxes[members])
            gaps = np.maximum(boxes[:, :2] - box[2:], box[:2] - boxes[:, 2:]).max(axis=1)
            members |= free & (gaps <= NEAR * (box[2:] - box[:2]).max())
            free &= ~members
    groups.sort(key=lambda members: (not members[main], -int(areas[members].sum())))
    return sorted(groups[:MOST_DIGITS], key=lambda members: int(boxes[members, 0].min()))


def _same_digit(body: IntArray, others: IntArray, length: int) -> BoolArray:
    """Which bodies, boxes of shape (count, 4), are of the same digit as one; `length` is the main one's."""
    sides = np.minimum(body[2:] - body[:2], others[:, 2:] - others[:, :2])
    gaps = np.maximum(body[:2], others[:, :2]) - np.minimum(body[2:], others[:, 2:])  # negative: overlap
    beside = (gaps[:, 0] > -ABOVE * sides[:, 0]) & (gaps[:, 1] <= -ABOVE * sides[:, 1])
    same: BoolArray = gaps.max(axis=1) <= np.where(beside, TOUCHING, NEAR) * length
    return same
