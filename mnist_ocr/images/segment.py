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

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mnist_ocr.images.arrays import BoolArray, FloatArray, IntArray
from mnist_ocr.images.components import Components, connected_components, without_ruled_lines

LEVELS = (0.45, 0.3, 0.2, 0.12, 0.07)
"""Thresholds of darkness, from marker to hard pencil; the first at which there is a digit is used."""

NOISE_MARGIN = 4.5
"""Ink is darker than this many standard deviations of the paper."""

REFINEMENTS = 2
"""How often the threshold is adjusted; a third time would change nothing."""

SMALLEST = 0.03
"""Longer side of the smallest digit, as a share of the shorter side of the picture."""

SMALLEST_AT_EDGE = 0.25
"""The same at the edge of the picture: a digit that was cut out tightly is as large as the picture."""

EDGE_HANDICAP = 0.25
"""Factor of the ink of a component that reaches the edge."""

RIM = 0.12
"""Width of the rim along the edge of the picture, as a share of its shorter side ..."""

FRAME = 0.9
"""... and the share of a component at the edge that lies in the rim if it is a frame or a dark corner."""

INSIDE = 0.25
"""Ink inside of a box has at least this share of the length of the box ..."""

BOX_SIDE = 0.9
"""... and the box covers at least this share of each of its sides, unlike a round 0."""

BOX_BAND = 0.1
"""Width of the bands that count as the sides of a box, as a share of its size, because it may be tilted."""

SPECK = 0.01
"""A component with less than this share of the main component's pixels is a speck."""

BODY = 0.55
"""The body of a digit has at least this share of the height of the tallest component."""

ABOVE = 0.5
"""Bodies are side by side if they overlap by this share of the lower height, but not of the width."""

NEAR = 0.25
"""A component belongs to a digit within this share of the digit's longer side ..."""

TOUCHING = 0.1
"""... and a body beside it within this share: both sides of a 0 that is open above and below."""


MOST_DIGITS = 100
"""Digits of one picture, those with the most ink; hatching has thousands, and each takes time and memory."""


@dataclass(frozen=True, eq=False)
class Digit:
    """The ink of one digit.

    Attributes:
        mask: its pixels, shape (height, width).
        components: how many connected components it consists of.
    """

    mask: BoolArray
    components: int


@dataclass(frozen=True)
class Segmentation:
    """The digits of a picture.

    Attributes:
        digits: from left to right, at least one.
        main: index of the digit with the most ink.
        dropped: which pixels are ink that belongs to no digit, shape (height, width).
        dropped_components: how many connected components they form.
        level: the threshold of darkness above which a pixel is ink.
    """

    digits: tuple[Digit, ...]
    main: int
    dropped: BoolArray
    dropped_components: int
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
        components = components_above(level, darkness)
        scores = digit_scores(components, darkness)
        if scores.max(initial=0) > _ink_in_specks(components, darkness):
            break
    else:
        return None
    for _ in range(REFINEMENTS):
        finer_level = max(_level_between(darkness, components, int(np.argmax(scores))), faintest)
        finer = components_above(finer_level, darkness)
        finer_scores = digit_scores(finer, darkness)
        if finer_scores.any():
            level, components, scores = finer_level, finer, finer_scores
    main = int(np.argmax(scores))
    groups = group(components, main, scores > 0)
    digits = tuple(Digit(components.mask(members), int(members.sum())) for members in groups)
    unused = ~np.any(groups, axis=0)
    main_digit = next(index for index, members in enumerate(groups) if members[main])
    return Segmentation(digits, main_digit, components.mask(unused), int(unused.sum()), level)


def components_above(level: float, darkness: FloatArray) -> Components:
    """The connected components of the pixels above a threshold, without ruled lines."""
    return connected_components(without_ruled_lines(darkness > level))


def _level_between(darkness: FloatArray, components: Components, component: int) -> float:
    """The darkness half way between a component and the ground around it (Ridler and Calvard, 1978)."""
    left, top, right, bottom = components.boxes[component]
    margin = max(right - left, bottom - top) // 2
    around = slice(max(top - margin, 0), bottom + margin), slice(max(left - margin, 0), right + margin)
    values, labels = darkness[around], components.labels[around]
    ink, ground = values[labels == component], values[labels < 0]
    return float(ink.mean() + (ground.mean() if ground.size else 0)) / 2


# --- which components could be a digit -----------------------------------------------------------------


def digit_scores(components: Components, darkness: FloatArray) -> npt.NDArray[np.float64]:
    """A score for each component: its ink, or 0 if it cannot be a digit.

    Args:
        components: all ink of the picture.
        darkness: shape (height, width), 0 paper to 1 black.

    Returns:
        Shape (count,).
    """
    short = min(darkness.shape)
    ink = components.total(darkness)
    at_edge = components.touches_edge()
    in_rim = components.total(_rim(darkness.shape, round(RIM * short)))
    frame = at_edge & (in_rim > FRAME * components.areas)
    too_small = components.longer_sides() < np.where(at_edge, SMALLEST_AT_EDGE, SMALLEST) * short
    scores = np.where(frame | too_small, 0, np.where(at_edge, EDGE_HANDICAP, 1) * ink)
    while scores.any() and _is_box(components, int(np.argmax(scores))):
        scores[np.argmax(scores)] = 0
    return scores


def _ink_in_specks(components: Components, darkness: FloatArray) -> float:
    """The ink of all specks together; if this is more than any digit has, it is the grain of the paper."""
    specks = components.longer_sides() < SMALLEST * min(darkness.shape)
    return float(components.total(darkness)[specks].sum())


def _is_box(components: Components, component: int) -> bool:
    """Whether a component is a box around other ink, as on a form."""
    left, top, right, bottom = components.boxes[component]
    starts, ends = components.boxes[:, :2], components.boxes[:, 2:]
    inside = np.hstack((starts > (left, top), ends < (right, bottom))).all(axis=1)
    if not (components.longer_sides()[inside] >= INSIDE * max(right - left, bottom - top)).any():
        return False
    ink = components.labels[top:bottom, left:right] == component
    rows, columns = (max(1, round(BOX_BAND * side)) for side in ink.shape)
    sides = (
        ink[:rows].any(axis=0),
        ink[-rows:].any(axis=0),
        ink[:, :columns].any(axis=1),
        ink[:, -columns:].any(axis=1),
    )
    return all(side.mean() >= BOX_SIDE for side in sides)


def _rim(shape: tuple[int, ...], width: int) -> BoolArray:
    """The pixels less than `width` from the edge."""
    rim = np.ones(shape, dtype=np.bool_)
    rim[width : shape[0] - width, width : shape[1] - width] = False
    return rim


# --- which components are the same digit ---------------------------------------------------------------


def group(components: Components, main: int, candidates: BoolArray) -> list[BoolArray]:
    """Group components into digits.

    Args:
        components: all ink of the picture.
        main: the component with the highest score.
        candidates: which components can be digits, shape (count,).

    Returns:
        For each digit, from left to right, which components belong to it, shape (count,).
    """
    boxes, at_edge = components.boxes, components.touches_edge()
    possible = (components.areas >= SPECK * components.areas[main]) & (~at_edge | at_edge[main])
    possible[main] = True
    heights = boxes[:, 3] - boxes[:, 1]
    tall = heights >= BODY * heights[possible & candidates].max()
    bodies = possible & tall & candidates
    bodies[main] = True
    possible &= bodies | ~tall  # anything else as tall as a digit is a frame or a ruled line
    owner = _join_bodies(boxes, np.flatnonzero(bodies), int(components.longer_sides()[main]))
    _attach(boxes, owner, possible)
    found = [owner == digit for digit in _owners(owner)]
    if len(found) > MOST_DIGITS:
        found.sort(key=lambda members: (not members[main], -int(components.areas[members].sum())))
        del found[MOST_DIGITS:]
    return sorted(found, key=lambda members: int(_around(boxes, members)[0]))


def _join_bodies(boxes: IntArray, bodies: IntArray, length: int) -> IntArray:
    """The digit of each body, as the index of one of its bodies; -1 for all other components.

    Gaps are compared with `length`, the longer side of the main component.
    """
    owner = np.full(len(boxes), -1, dtype=np.intp)
    owner[bodies] = bodies
    for position, first in enumerate(bodies):
        others = bodies[position + 1 :]
        for second in others[_same_digit(boxes[first], boxes[others], length)]:
            owner[owner == owner[second]] = owner[first]
    return owner


def _same_digit(first: IntArray, others: IntArray, length: int) -> BoolArray:
    """Which of the other bodies, boxes of shape (count, 4), belong to the same digit as the first."""
    sides = np.minimum(first[2:] - first[:2], others[:, 2:] - others[:, :2])
    gaps = np.maximum(first[:2], others[:, :2]) - np.minimum(first[2:], others[:, 2:])  # negative: overlap
    beside = (gaps[:, 0] > -ABOVE * sides[:, 0]) & (gaps[:, 1] <= -ABOVE * sides[:, 1])
    same: BoolArray = gaps.max(axis=1) <= np.where(beside, TOUCHING, NEAR) * length
    return same


def _attach(boxes: IntArray, owner: IntArray, possible: BoolArray) -> None:
    """Add the smaller components, in place, to digits near them."""
    changed = True
    while changed:  # again, because a digit with an added component reaches further
        changed = False
        for digit in _owners(owner):
            box = _around(boxes, owner == digit)
            reach = NEAR * (box[2:] - box[:2]).max()
            gaps = np.maximum(boxes[:, :2] - box[2:], box[:2] - boxes[:, 2:]).max(axis=1)
            more = possible & (owner < 0) & (gaps <= reach)
            owner[more] = digit
            changed |= bool(more.any())


def _owners(owner: IntArray) -> list[int]:
    """The digits that own something; `np.unique` would import NumPy's masked arrays to find them."""
    return sorted(set(owner[owner >= 0].tolist()))


def _around(boxes: IntArray, members: BoolArray) -> IntArray:
    """Left, top, right, bottom of several components."""
    return np.concatenate((boxes[members, :2].min(axis=0), boxes[members, 2:].max(axis=0)))
