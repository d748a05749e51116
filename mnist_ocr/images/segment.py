"""The digits of a picture: which connected components of its ink are which digit.

Ink is looked for from dark to faint, so that a digit in marker is found before the squares of the paper
that it is on, and pencil is found where there is nothing darker. Once there is a digit, the level moves
half way between its ink and the ground around it, so that faint ends of its strokes come along.

Not every component could be a digit: there are specks, frames, dark corners and the boxes of a form. The
more ink a component has, the more likely it is the digit. One that reaches the edge of the picture has to
have much more, because table edges, shadows and strokes that leave the picture all reach it; but a digit
that was cut out tightly does, too.

A pen is lifted for the bar of a 5 and for the second stroke of a 4, and a weak stroke breaks: one digit is
often several components. Those nearly as tall as the main one are the bodies of digits; two of them are one
digit only if they stand above each other or all but touch. Whatever is smaller goes to the nearest digit,
or to none. In doubt it is one digit: most pictures hold one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mnist_ocr.images.arrays import BoolArray, FloatArray, IntArray
from mnist_ocr.images.components import Components, connected_components, without_ruled_lines

LEVELS = (0.45, 0.3, 0.2, 0.12, 0.07)
"""Darkness at which ink is looked for, from marker down to hard pencil; the first with a digit is taken."""

NOISE_MARGIN = 4.5
"""Ink is darker than this many standard deviations of the paper."""

REFINEMENTS = 2
"""How often the level is moved half way between ink and ground; a third time changes nothing."""

SMALLEST = 0.03
"""Longer side, in short sides of the picture, of the smallest thing taken for a digit."""

SMALLEST_AT_EDGE = 0.25
"""The same for what reaches the edge: a digit cut out tightly is as large as its picture."""

EDGE_HANDICAP = 0.25
"""Ink of a component that reaches the edge counts this much."""

RIM = 0.12
"""Width, in short sides, of the rim along the edge of the picture ..."""

FRAME = 0.9
"""... and the share within the rim that makes a component at the edge a frame or a dark corner."""

INSIDE = 0.25
"""What is drawn inside of a box is at least this share as long as the box ..."""

BOX_SIDE = 0.9
"""... which lies along this share of each of its sides, where a 0 is round."""

BOX_BAND = 0.1
"""Where along its sides a box is looked for, in its own width and height: people hold phones tilted."""

SPECK = 0.01
"""A component with less than this share of the main one's pixels is a speck."""

BODY = 0.55
"""A component at least this share as tall as the tallest is the body of a digit."""

ABOVE = 0.5
"""Bodies stand side by side where they share this much of the lower one's height, but not of the width."""

NEAR = 0.25
"""A component within this share of a digit's longer side belongs to it ..."""

TOUCHING = 0.1
"""... and a body beside it within this share: a 0 that is open above and below."""


@dataclass(frozen=True, eq=False)
class Digit:
    """The ink of one digit.

    Attributes:
        mask: its pixels, shape (height, width).
        components: how many connected components it is made of.
    """

    mask: BoolArray
    components: int


@dataclass(frozen=True)
class Segmentation:
    """The ink of a picture, sorted into digits.

    Attributes:
        digits: from left to right, at least one.
        main: index of the one with the most ink.
        dropped: pixels of ink that belong to none, shape (height, width).
        dropped_components: how many connected components those are.
        level: darkness above which a pixel was taken for ink.
    """

    digits: tuple[Digit, ...]
    main: int
    dropped: BoolArray
    dropped_components: int
    level: float

    def only(self, kept: list[Digit]) -> Segmentation:
        """The same picture with some of its digits, at least one; the ink of the others counts as dropped."""
        gone = [digit for digit in self.digits if digit not in kept]
        if not gone:
            return self
        main = max(range(len(kept)), key=lambda index: int(kept[index].mask.sum()))
        dropped = np.logical_or.reduce([self.dropped, *(digit.mask for digit in gone)])
        components = self.dropped_components + sum(digit.components for digit in gone)
        return Segmentation(tuple(kept), main, dropped, components, self.level)


def segment(darkness: FloatArray, noise: float) -> Segmentation | None:
    """Find the digits of a picture; None where there is no ink.

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
    """The connected components of what is darker than a level, without ruled lines."""
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
    """How much speaks for each component being the digit: its ink, or 0 where it cannot be one.

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
    """The ink of all specks together; where it is more than any digit has, it is the grain of the paper."""
    specks = components.longer_sides() < SMALLEST * min(darkness.shape)
    return float(components.total(darkness)[specks].sum())


def _is_box(components: Components, component: int) -> bool:
    """Whether a component is a frame drawn around something: as on a form, "one digit in each box"."""
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
    """Sort components into digits.

    Args:
        components: all ink of the picture.
        main: the component that is a digit for certain.
        candidates: which components could be digits of their own, shape (count,).

    Returns:
        For each digit, from left to right, which components are its own, shape (count,).
    """
    boxes, at_edge = components.boxes, components.touches_edge()
    possible = (components.areas >= SPECK * components.areas[main]) & (~at_edge | at_edge[main])
    possible[main] = True
    heights = boxes[:, 3] - boxes[:, 1]
    tall = heights >= BODY * heights[possible & candidates].max()
    bodies = possible & tall & candidates
    bodies[main] = True
    possible &= bodies | ~tall  # what is as tall as a digit without being one is a frame or a ruled line
    owner = _join_bodies(boxes, np.flatnonzero(bodies), int(components.longer_sides()[main]))
    _attach(boxes, owner, possible)
    found = [owner == digit for digit in np.unique(owner[owner >= 0])]
    return sorted(found, key=lambda members: int(_around(boxes, members)[0]))


def _join_bodies(boxes: IntArray, bodies: IntArray, length: int) -> IntArray:
    """The digit that each body is part of, named by one of its bodies; -1 for all other components.

    Gaps are measured in `length`, the longer side of the main component.
    """
    owner = np.full(len(boxes), -1, dtype=np.intp)
    owner[bodies] = bodies
    for position, first in enumerate(bodies):
        for second in bodies[position + 1 :]:
            if _same_digit(boxes[first], boxes[second], length):
                owner[owner == owner[second]] = owner[first]
    return owner


def _same_digit(first: IntArray, second: IntArray, length: int) -> bool:
    """Whether two bodies are parts of one digit: not two that stand side by side."""
    sides = np.minimum(first[2:] - first[:2], second[2:] - second[:2])
    gaps = np.maximum(first[:2], second[:2]) - np.minimum(first[2:], second[2:])  # negative: they overlap
    beside = gaps[0] > -ABOVE * sides[0] and gaps[1] <= -ABOVE * sides[1]
    return bool((gaps <= (TOUCHING if beside else NEAR) * length).all())


def _attach(boxes: IntArray, owner: IntArray, possible: BoolArray) -> None:
    """Give the smaller components, in place, to the digits that they lie close to."""
    changed = True
    while changed:  # a digit that has grown reaches further: the parts of a broken stroke form a chain
        changed = False
        for digit in np.unique(owner[owner >= 0]):
            box = _around(boxes, owner == digit)
            reach = NEAR * (box[2:] - box[:2]).max()
            gaps = np.maximum(boxes[:, :2] - box[2:], box[:2] - boxes[:, 2:]).max(axis=1)
            more = possible & (owner < 0) & (gaps <= reach)
            owner[more] = digit
            changed |= bool(more.any())


def _around(boxes: IntArray, members: BoolArray) -> IntArray:
    """The box around several components: left, top, right, bottom."""
    return np.concatenate((boxes[members, :2].min(axis=0), boxes[members, 2:].max(axis=0)))
