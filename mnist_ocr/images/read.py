"""Reading a picture: from a person's picture to the 28 x 28 pixels that the network sees, and to its answer.

A picture is loaded, all hypotheses about its ink are written down and brought to the form of MNIST, and the
network says how much it believes in each. The gate weighs them. The one that counts most is shown, with a
sentence for every step that led to it; the others are named with what they would have said.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal, NamedTuple, get_args

import numpy as np
import numpy.typing as npt

from mnist_ocr.graph import Network
from mnist_ocr.images.arrays import BoolArray, FloatArray, Pixels, bounding_box
from mnist_ocr.images.belief import default_network
from mnist_ocr.images.closer import closer_look
from mnist_ocr.images.decode import WORKING_SIDE
from mnist_ocr.images.gate import Candidates, Verdict, judge, shipped_gate
from mnist_ocr.images.hypotheses import (
    Hypothesis,
    candidates_of,
    find_hypotheses,
    resized,
    untouched,
)
from mnist_ocr.images.load import BlankPictureError, ImageError, Picture, PictureSource, load_picture
from mnist_ocr.images.normalise import BOX, CENTRE, SIDE, STROKE_WIDTH, is_mnist_like
from mnist_ocr.processes import cores, in_order, process_pools

Invert = Literal["auto", "yes", "no"]

POLARITIES: dict[str, tuple[bool, ...]] = {"auto": (True, False), "yes": (True,), "no": (False,)}
"""Whether ink may be dark: what each value of `invert` leaves open."""

TINY = 24  # Longer side, in pixels of the reduced picture, below which ink deserves a closer look
LIKELY = 0.01  # Alternatives with a smaller weight are not mentioned
WIDEST = 1.6  # Width over height above which one connected component of ink is more than one digit can be
SAME_STROKE = 0.1  # Smaller changes of the stroke width, in pixels, are not mentioned
WORTH_PROCESSES = 200  # Pictures from which other processes save more time than it takes to start them
MOST_PROCESSES = 16  # Each needs about 50 MB, and with more of them the disk limits the speed
_CHUNK = 8  # Pictures that a process is given at a time


class Stages(NamedTuple):
    """What is needed to show the steps from the picture to the 28 x 28 pixels.

    Attributes:
        grey: the small upright picture, or the part of it that was read, shape (height, width), 0 black to
            255 white.
        ink: which pixels of `grey` are the digit's ink, same shape.
        dropped: which pixels of `grey` are ink that belongs to no digit, same shape.
        box: left, top, right, bottom of the digit in the pixels of the upright original.
        scale: pixels of the 28 x 28 picture per pixel of the original.
        shift: columns to the right and rows down, from the middle, that centred the digit's mass.
    """

    grey: FloatArray
    ink: BoolArray
    dropped: BoolArray
    box: tuple[int, int, int, int]
    scale: float
    shift: tuple[int, int]


class Alternative(NamedTuple):
    """A reading of the picture that counted less than the one that is shown.

    Attributes:
        reading: how the ink was found, in words.
        weight: how much it counts, 0 to 1.
        digit: what the network would have said: the index of an output node.
        belief: the probability that it gives to that digit, 0 to 1.
    """

    reading: str
    weight: float
    digit: int
    belief: float


class Reading(NamedTuple):
    """A digit as the network sees it, and what the network says.

    Attributes:
        pixels: uint8 (28, 28), 0 background, 255 full ink: of the reading that counts most.
        stages: the steps that led to them, for drawings.
        decisions: the same steps in sentences.
        digit_count: how many digits there seem to be in the picture.
        probabilities: shape (classes,), of each class, all readings of the picture together.
        several: how much the readings with other digits count together, 0 to 1.
        weight: how much the reading that is shown counts among all, 0 to 1.
        alternatives: the other readings, those that count most first.
    """

    pixels: Pixels
    stages: Stages
    decisions: tuple[str, ...]
    digit_count: int
    probabilities: npt.NDArray[np.float64]
    several: float = 0.0
    weight: float = 1.0
    alternatives: tuple[Alternative, ...] = ()


def read_digit(
    source: PictureSource,
    network: Network | None = None,
    *,
    invert: Invert = "auto",
    preprocess: bool = True,
) -> Reading:
    """Find the digit of a picture, bring it to the form of MNIST, and ask a network.

    Args:
        source: path, bytes, open file, Pillow picture, or array of brightness, shape (height, width).
        network: decides between the readings of the picture; None for the shipped default network.
        invert: "yes" for dark ink on a light ground, "no" for light ink on a dark ground (as MNIST is),
            "auto" to find out which it is.
        preprocess: False to only convert the picture to grey, invert it and resize it.

    Returns:
        The reading that counts most; `digit_count` says whether there are other digits.

    Raises:
        BlankPictureError: there is no ink in the picture.
        ImageError: the picture cannot be used; see `load_picture`.
    """
    picture, found = _found(source, invert, preprocess)
    network = network or default_network()
    return _reading(picture, found, judge(network, [candidates_of(found)])[0])


def _found(
    source: PictureSource, invert: Invert, preprocess: bool = True
) -> tuple[Picture, list[Hypothesis]]:
    """The picture, or the part of it that has ink if that is tiny; and the hypotheses about it."""
    picture = loaded(source, invert)
    try:
        found = _hypotheses(picture, invert, preprocess)
    except BlankPictureError:
        part = closer_look(source, picture, POLARITIES[invert])
        if part is None:
            raise
        return part, _hypotheses(part, invert)
    left, top, right, bottom = bounding_box(found[0].selection.mask)
    if max(right - left, bottom - top) < TINY:
        part = closer_look(source, picture, POLARITIES[invert])
        if part is not None:
            with suppress(BlankPictureError):
                return part, _hypotheses(part, invert)
    return picture, found


def loaded(source: PictureSource, invert: Invert, side: int = WORKING_SIDE) -> Picture:
    """The small picture, if `invert` is known; see `load_picture`."""
    if invert not in get_args(Invert):
        raise ImageError(f"invert is {invert!r}, expected one of {', '.join(get_args(Invert))}")
    return load_picture(source, side)


def _hypotheses(picture: Picture, invert: Invert, preprocess: bool = True) -> list[Hypothesis]:
    if not preprocess:
        return [resized(picture, POLARITIES[invert])]
    if invert != "yes" and is_mnist_like(picture.grey):
        return [untouched(picture)]
    found = find_hypotheses(picture, POLARITIES[invert])
    if not found:
        raise BlankPictureError("no ink found in the picture: it looks blank")
    found = [hypothesis for hypothesis in found if hypothesis.pixels.any()]
    # A user who says which side is ink knows that there is some.
    unlikely = all(shipped_gate().would_refuse(hypothesis.prior) for hypothesis in found)
    if not found or (invert == "auto" and unlikely):
        raise BlankPictureError(
            "no digit found in the picture: it looks blank, or holds only lines, dark edges, or specks or "
            "threads too fine for a digit"
        )
    return found


def _reading(picture: Picture, found: list[Hypothesis], verdict: Verdict) -> Reading:
    """The hypothesis that counts most, in full, and the others by name."""
    shown = found[verdict.shown]
    alternatives = [
        Alternative(in_words(hypothesis), float(weight), int(belief.argmax()), float(belief.max()))
        for hypothesis, weight, belief in zip(found, verdict.weights, verdict.beliefs, strict=True)
        if hypothesis is not shown and weight >= LIKELY
    ]
    return Reading(
        shown.pixels,
        stages_of(picture, shown),
        (*picture.notes, *decisions(picture, shown)),
        max(2, 1 + len(shown.selection.others)) if verdict.digit_count > 1 else 1,
        verdict.probabilities,
        verdict.several,
        float(verdict.weights[verdict.shown]),
        tuple(sorted(alternatives, key=lambda alternative: -alternative.weight)),
    )


def stages_of(picture: Picture, hypothesis: Hypothesis) -> Stages:
    """What is needed to draw the steps to a hypothesis."""
    selection = hypothesis.selection
    box = picture.in_original(bounding_box(selection.mask), selection.mask.shape)
    if selection.finding in ("untouched", "resized"):
        scale = SIDE / max(picture.width, picture.height)
    else:
        scale = BOX / max(box[2] - box[0], box[3] - box[1], 1)
    return Stages(selection.grey, selection.mask, selection.dropped, box, scale, hypothesis.shift)


# --- in words --------------------------------------------------------------------------------------------


def in_words(hypothesis: Hypothesis) -> str:
    """Which reading of the picture a hypothesis is, on one line."""
    selection = hypothesis.selection
    way = FINDINGS[selection.finding]
    taken = PIECES.get(selection.pieces)
    return ", ".join(part for part in (_polarity(selection.dark_ink), way, taken) if part)


FINDINGS = {
    "page": "found on its paper",
    "crop": "filling the picture",
    "untouched": "as it is",
    "resized": "only resized",
}
"""How the ink of a selection was found, for people."""

PIECES = {
    "main": "the largest piece of ink alone",
    "inner": "without the pieces at the edge",
    "all": "all of the digits as one",
    "half": "cut in two, as two digits that touch",
}
"""Which pieces of ink were taken, for people; nothing is said of the usual choice."""


def decisions(picture: Picture, hypothesis: Hypothesis) -> tuple[str, ...]:
    """Every step that led from the picture to the 28 x 28 pixels of a hypothesis, a sentence each."""
    selection = hypothesis.selection
    polarity = _polarity(selection.dark_ink)
    if selection.finding == "untouched":
        return ("already as MNIST has them: left untouched",)
    if selection.finding == "resized":
        return polarity, f"{picture.width} x {picture.height} resized to {SIDE} x {SIDE}, nothing else"
    left, top, right, bottom = picture.in_original(bounding_box(selection.mask), selection.mask.shape)
    steps = [polarity]
    if selection.finding == "crop":
        steps.append("taken as a digit that fills its picture")
    cut = selection.pieces == "half"
    if selection.others and not cut:
        steps.append(f"one of {1 + len(selection.others)} digits: the one with the most ink")
    if selection.components > 1:
        steps.append(f"joined {selection.components} pieces of ink to one digit")
    if selection.dropped_components:
        pieces = "piece" if selection.dropped_components == 1 else "pieces"
        steps.append(f"dropped {selection.dropped_components} {pieces} of ink")
    if cut or right - left > WIDEST * (bottom - top):
        steps.append("wider than one digit: perhaps several that touch")
    across, down = hypothesis.shift
    return (
        *steps,
        _change_of_stroke(hypothesis),
        f"long side {max(right - left, bottom - top, 1)} -> {BOX} pixels",
        f"moved by ({across:+d}, {down:+d}) so that the centre of mass is at {CENTRE}",
    )


def _polarity(dark_ink: bool) -> str:
    return "dark ink on a light ground" if dark_ink else "light ink on a dark ground"


def _change_of_stroke(hypothesis: Hypothesis) -> str:
    before, after = hypothesis.stroke_widths
    if abs(STROKE_WIDTH - before) < SAME_STROKE:
        return f"stroke {before:.1f} pixels wide, as in MNIST"
    if before == after:
        return f"stroke left {before:.1f} pixels wide, because its thin parts would be lost"
    change = "thickened" if before < after else "thinned"
    return f"stroke {change} from {before:.1f} to {after:.1f} pixels"


# --- many pictures -------------------------------------------------------------------------------------


def read_file(path: Path) -> tuple[Candidates | None, str]:
    """The hypotheses about a picture, for `judge`.

    Returns:
        The hypotheses and ""; or None and the reason, as it can be written after the file's name.
    """
    try:
        return candidates_of(_found(path, "auto")[1]), ""
    except ImageError as error:
        name = str(ImageError(str(path)))  # as it is written in messages
        return None, str(error).removeprefix(name).lstrip(": ")


def read_files(paths: Sequence[Path]) -> Iterator[tuple[Candidates | None, str]]:
    """Read pictures as `read_file` does, and yield the results in the given order.

    Many pictures are read by several processes, one per core. Threads would not help, because most of the
    steps hold Python's global lock. Starting the processes takes a moment, so a few pictures are read here.
    """
    processes = min(cores(), MOST_PROCESSES)
    if len(paths) < WORTH_PROCESSES or processes == 1:
        yield from map(read_file, paths)
        return
    with process_pools() as start:  # if the caller stops early, the processes end at once
        yield from in_order(start(processes), read_file, paths, chunk=_CHUNK)
