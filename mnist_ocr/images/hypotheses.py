"""Hypotheses: the readings that a picture may have, before the network decides between them.

Ink is dark or light. The picture is a page with a digit somewhere on it, or a digit that fills its picture.
All pieces of ink belong to the digit, or some are dirt or the neighbour's. No statistic of the pixels answers
these questions for every picture. So each combination is a hypothesis: a selection of the ink, from which
28 x 28 pixels are made.

What speaks for a hypothesis before the network has seen it is written down as a few numbers, its *features*.
How much each of them counts was fitted on pictures whose labels are known, see `gate`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from mnist_ocr.images.arrays import BoolArray, FloatArray, Pixels, bounding_box, with_rim
from mnist_ocr.images.components import connected_components
from mnist_ocr.images.gate import CERTAIN, Candidates, Indices, shipped_gate
from mnist_ocr.images.ink import (
    LEVELS,
    Threshold,
    find_darkness,
    is_outline_of_a_shape,
    otsu,
    reduced,
    skewness,
)
from mnist_ocr.images.load import Picture
from mnist_ocr.images.normalise import (
    BOX,
    SIDE,
    STROKE_WIDTH,
    area_average,
    normalise_stroke_width,
    scale_and_centre,
)
from mnist_ocr.images.segment import segment

SPECK = 0.02  # Pieces with a smaller share of the largest piece's pixels are left out of a crop
SEPARABLE = 0.8  # Otsu's measure for a crop at least: an even change from black to white has 0.75, ink more
COARSE = 160  # Longer side, in pixels, of the copy in which ink of the unlikely polarity is searched
SMALL = 64  # Shorter side, in pixels, of a picture in which there is hardly any paper around a digit
WIDE_FOR_ONE, WIDEST_FOR_TWO = 0.75, 4  # Width over height of ink that may be two digits that touch
LONGEST = 4.0  # Strokes of one digit are hardly longer, in longer sides of it: more is a pattern or rough ink
FLAT, WIDE = 0.2, 0.7  # A line below a digit is so flat at most and so wide at least, as shares of the width
HOPELESS = 12.0  # A hypothesis with this much less weight, as a logarithm, is dropped at once
FRAMED = 0.9  # Largest share of the border of a crop that is ink
CONTRAST = 8.0  # Least difference, of 255, between the means of ink and ground in a crop


class Selection(NamedTuple):
    """Ink of a picture that may be one digit.

    Attributes:
        grey: the picture, (height, width), perhaps reduced.
        dark_ink: whether the ink is darker than its ground.
        finding: "page" or "crop".
        pieces: which of the pieces of ink were taken: "joined", "main", "all", "inner" or "half".
        ink: how much ink every pixel of the picture has, 0 to 1, shape (height, width); outside of `mask`
            only the soft edge of the strokes has any.
        mask: its pixels, shape (height, width).
        dropped: which pixels are ink that was left out, shape (height, width).
        components: how many connected components it consists of.
        dropped_components: how many were left out.
        others: the other digits of the picture, if it has several.
        features: what speaks for it before the network has seen it, by name.
    """

    grey: FloatArray
    dark_ink: bool
    finding: str
    pieces: str
    ink: FloatArray
    mask: BoolArray
    dropped: BoolArray
    components: int
    dropped_components: int
    others: tuple[Selection, ...] = ()
    features: Mapping[str, float] = MappingProxyType({})


class Hypothesis(NamedTuple):
    """A selection of ink as the network would see it.

    Attributes:
        selection: of the picture's ink.
        pixels: uint8 (28, 28), 0 background, 255 full ink.
        stroke_widths: before and after, in pixels of the 28 x 28.
        shift: columns to the right and rows down, from the middle, that centred the digit's mass.
        prior: the logarithm of its weight by these features.
    """

    selection: Selection
    pixels: Pixels
    stroke_widths: tuple[float, float]
    shift: tuple[int, int]
    prior: float


def selections(picture: Picture, polarities: tuple[bool, ...]) -> Iterator[Selection]:
    """All ways to see the ink of a picture as one digit, for ink that is dark (True) or light (False)."""
    threshold = otsu(picture.grey)
    evidence = _polarity_evidence(picture.grey, threshold)
    for dark in polarities:
        sign = 1 if dark else -1
        polarity = {name: sign * value for name, value in evidence.items()}
        polarity["dark"] = float(dark)
        # A small copy is enough for what is unlikely.
        given = len(polarities) == 1
        unlikely = not given and sum(evidence.values()) * sign < 0
        grey = reduced(picture.grey, COARSE) if unlikely else picture.grey
        for found in (_on_a_page(grey, dark, given), _filling_the_picture(grey, dark, threshold)):
            for selection in found:
                features = {**polarity, **_shape_features(selection, min(picture.grey.shape))}
                yield selection._replace(features=features)


def _polarity_evidence(grey: FloatArray, threshold: Threshold) -> dict[str, float]:
    """What speaks for dark ink if positive, for light ink if negative, each from -1 to 1."""
    ground = border_of(grey > threshold.value)
    return {
        "skewness": -skewness(grey),
        "ground at the border": float(ground.mean()) * 2 - 1,
        "rare": 1 - 2 * threshold.dark_share,
    }


def border_of(mask: BoolArray) -> BoolArray:
    """The outermost pixels of a mask, (height, width)."""
    return np.concatenate((mask[0], mask[-1], mask[:, 0], mask[:, -1]))


class _Ink(NamedTuple):
    """All ink of a picture, of which selections are parts; attributes as of `Selection`."""

    grey: FloatArray
    dark_ink: bool
    finding: str
    ink: FloatArray
    mask: BoolArray
    components: int
    features: dict[str, float]

    def select(
        self, pieces: str, mask: BoolArray, components: int, others: tuple[Selection, ...] = ()
    ) -> Selection:
        return Selection(
            self.grey,
            self.dark_ink,
            self.finding,
            pieces,
            (np.clip(self.ink, 0, 1) * with_rim(mask)).astype(np.float32),
            mask,
            self.mask & ~mask,
            components,
            self.components - components,
            others,
            self.features,
        )


# --- a page with a digit on it --------------------------------------------------------------------------


def _on_a_page(grey: FloatArray, dark: bool, given: bool) -> Iterator[Selection]:
    darkness = find_darkness(grey, dark_ink=dark)
    found = segment(darkness.values, darkness.noise)
    if found is None:
        return
    light = grey if dark else 255 - grey
    # A user who says which side is ink may want the outline of a shape.
    strokes = [digit for digit in found.digits if given or not is_outline_of_a_shape(light, digit.mask)]
    if not strokes:
        return
    soft = darkness.values / (2 * found.level)  # twice the level is full ink
    features = {"page": 1.0, "page faint": math.log(LEVELS[0] / found.level)}
    ink = _Ink(grey, dark, "page", soft, found.ink, found.components, features)
    main = max(strokes, key=lambda digit: int(digit.mask.sum()))
    others = tuple(
        ink.select("joined", digit.mask, digit.components) for digit in strokes if digit is not main
    )
    joined = ink.select("joined", main.mask, main.components, others)
    yield joined
    if not others:
        yield from _halves(joined)
    if main.components > 1:
        parts = connected_components(main.mask)
        yield ink.select("main", parts.labels == np.argmax(parts.areas), 1)
    if others:
        all_digits = np.logical_or.reduce([digit.mask for digit in strokes])
        components = sum(digit.components for digit in strokes)
        yield ink.select("all", all_digits, components)


def _halves(whole: Selection) -> Iterator[Selection]:
    """Wide ink cut in two where it is thinnest: perhaps these are two digits that touch."""
    left, top, right, bottom = bounding_box(whole.mask)
    width, height = right - left, bottom - top
    if not WIDE_FOR_ONE * height <= width <= WIDEST_FOR_TWO * height or width < 3:
        return
    start = left + width // 3
    crossing = whole.mask[top:bottom, start : right - width // 3].sum(axis=0)
    cut = start + int(np.argmin(crossing))
    sides = np.arange(whole.mask.shape[1]) < cut
    features = {
        **whole.features,
        "cut": float(crossing.min()) / height,
        "width of both": math.log(width / height),
    }
    first, second = (
        whole._replace(pieces="half", ink=whole.ink * side, mask=whole.mask & side, features=features)
        for side in (sides, ~sides)
    )
    yield first._replace(others=(second,))
    yield second._replace(others=(first,))


# --- a digit that fills its picture ---------------------------------------------------------------------


def _filling_the_picture(grey: FloatArray, dark: bool, threshold: Threshold) -> Iterator[Selection]:
    contrast = threshold.light - threshold.dark
    if contrast < CONTRAST or threshold.separability < SEPARABLE:
        return
    mask = (grey < threshold.value) == dark
    if border_of(mask).mean() > FRAMED:
        return  # what surrounds the picture is its ground
    parts = connected_components(mask)
    soft = (threshold.light - grey if dark else grey - threshold.dark) / contrast
    features = {"crop": 1.0, "crop separability": threshold.separability - 0.9}
    ink = _Ink(grey, dark, "crop", soft, mask, parts.number, features)
    joined = parts.areas >= SPECK * parts.areas.max()
    inner = joined & ~parts.touches_edge()
    main = np.arange(parts.number) == np.argmax(parts.areas)
    seen: list[BoolArray] = []
    for pieces, members in (("joined", joined), ("inner", inner), ("main", main)):
        if members.any() and not any((members == other).all() for other in seen):
            yield ink.select(pieces, parts.mask(members), int(members.sum()))
        seen.append(members)


# --- features ---------------------------------------------------------------------------------------------


def _shape_features(selection: Selection, short: int) -> dict[str, float]:
    """What the ink itself says about how likely it is one digit.

    Args:
        selection: of ink; the features that it has are kept.
        short: the shorter side of the picture.
    """
    height, width = selection.mask.shape
    left, top, right, bottom = bounding_box(selection.mask)
    box = slice(top, bottom), slice(left, right)
    mask, longer = selection.mask[box], max(right - left, bottom - top)
    area, left_out = int(mask.sum()), int(selection.dropped.sum())
    length = _stroke_length(mask)
    thickness = math.log(area / length / longer * BOX / STROKE_WIDTH)
    across, down = (left == 0) + (right == width), (top == 0) + (bottom == height)
    finding = selection.finding
    return {
        **selection.features,
        f"{finding} {selection.pieces}": 1.0,
        f"{finding} edges": (across + down) / 4,
        f"{finding} fills": float(max(across, down) == 2),
        f"{finding} size": math.log2(longer / max(height, width)),
        f"{finding} small": max(math.log2(SMALL / short), 0.0),
        "solid": max(area / mask.size - 0.4, 0.0),
        "thick": max(thickness, 0.0),
        "thin": max(-thickness, 0.0),
        "long": max(math.log(length / longer / LONGEST), 0.0),
        "wide": max(math.log((right - left) / (bottom - top)), 0.0),
        "dropped": left_out / (area + left_out),
        "dropped inside": min(int(selection.dropped[box].sum()) / area, 1.0),
        "pieces": math.log(selection.components),
        "line below": float(selection.components > 1 and _has_line_below(mask)),
        "others": float(bool(selection.others)),
    }


def _stroke_length(mask: BoolArray) -> float:
    """Half the length of the outline, in pixels: right for a long stroke."""
    padded = np.pad(mask, 1)
    outline = np.count_nonzero(padded[1:] != padded[:-1]) + np.count_nonzero(padded[:, 1:] != padded[:, :-1])
    return int(outline) / 2


def _has_line_below(mask: BoolArray) -> bool:
    """Whether the lowest ink is a separate line that is as wide as all other ink, as if underlined."""
    rows = mask.any(axis=1)
    gaps = np.flatnonzero(~rows)
    if gaps.size == 0:
        return False
    lowest = mask[gaps[-1] :].any(axis=0)
    flat = len(mask) - gaps[-1] < FLAT * mask.shape[1]
    return bool(flat and np.count_nonzero(lowest) > WIDE * mask.shape[1])


# --- what the network would see ---------------------------------------------------------------------------


def find_hypotheses(picture: Picture, polarities: tuple[bool, ...]) -> list[Hypothesis]:
    """All hypotheses about a picture that have a chance.

    Args:
        picture: upright, grey and small.
        polarities: whether ink is dark (True), light (False), or perhaps either.

    Returns:
        Those with the largest prior first; none if no ink was found. Where ink is too thin for 28 x 28
        pixels, they are all 0.
    """
    gate = shipped_gate()
    chosen = [(gate.prior(selection.features), selection) for selection in selections(picture, polarities)]
    least = max((prior for prior, _ in chosen), default=0.0) - HOPELESS
    found: list[Hypothesis] = []
    for prior, selection in sorted(chosen, key=lambda pair: -pair[0]):
        if prior < least:
            break
        found.append(as_seen(selection, prior))
    return found


def as_seen(selection: Selection, prior: float = CERTAIN) -> Hypothesis:
    """A selection of ink in the form of MNIST; its pixels are all 0 if it is too thin for them."""
    left, top, right, bottom = bounding_box(selection.mask)
    strokes, widths = normalise_stroke_width(selection.ink[top:bottom, left:right])
    pixels, shift = scale_and_centre(strokes)
    return Hypothesis(selection, pixels, widths, shift, prior)


def candidates_of(found: list[Hypothesis]) -> Candidates:
    """The hypotheses about one picture, as far as the decision needs them."""
    return Candidates(
        np.array([hypothesis.pixels for hypothesis in found]),
        np.array([hypothesis.prior for hypothesis in found]),
        np.array([bool(hypothesis.selection.others) for hypothesis in found]),
        partners_of([hypothesis.selection.features for hypothesis in found]),
    )


def partners_of(features: Sequence[Mapping[str, float]]) -> Indices:
    """For each hypothesis with these features, the index of the other half of its cut, or its own."""
    partners = np.arange(len(features))
    for dark in (0.0, 1.0):  # ink of each polarity is cut once
        halves = [place for place, own in enumerate(features) if "page half" in own and own["dark"] == dark]
        if len(halves) == 2:
            partners[halves] = halves[::-1]
    return partners


# --- pictures that are not searched ------------------------------------------------------------------------


def untouched(picture: Picture) -> Hypothesis:
    """The only hypothesis about a picture that is as in MNIST already."""
    return _certain("untouched", False, np.rint(picture.grey).astype(np.uint8), picture.grey, picture.grey)


def resized(picture: Picture, polarities: tuple[bool, ...]) -> Hypothesis:
    """The only hypothesis about a picture whose ink is not to be searched for."""
    dark = skewness(picture.grey) < 0 if len(polarities) > 1 else polarities[0]
    light = 255 - picture.grey if dark else picture.grey
    pixels = np.rint(area_average(light, SIDE, SIDE)).astype(np.uint8)
    return _certain("resized", dark, pixels, picture.grey, np.ones_like(light))


def _certain(finding: str, dark: bool, pixels: Pixels, grey: FloatArray, ink: FloatArray) -> Hypothesis:
    nothing = np.zeros(grey.shape, dtype=bool)
    selection = Selection(grey, dark, finding, "joined", ink, ink > 0, nothing, 1, 0)
    return Hypothesis(selection, pixels, (STROKE_WIDTH, STROKE_WIDTH), (0, 0), CERTAIN)
