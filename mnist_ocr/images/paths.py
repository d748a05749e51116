"""Candidates for the digits of a line, and the path through them that is the best.

A candidate is one piece of a line or several neighbouring ones that are joined. A *path* goes through the
line from left to right and uses every piece once, in a digit or as something that is no digit. Its score is
the sum of the scores of its steps, so the best path is found by dynamic programming: the best path to a place
ends with some step, and begins with the best path to where that step starts.

The score of a step is a weighted sum of `FEATURES`: what the network believes, and how the candidate stands
in its line. Where p(path) is proportional to exp(score), every step has a probability, too: the sum over all
paths through it, found by the forward-backward algorithm (a semi-Markov random field: S. Sarawagi and W.
Cohen, 2004). The weights are those of the maximum likelihood of the right numbers on drawn rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mnist_ocr.images.arrays import BoolArray, FloatArray, IntArray, Pixels, around, with_rim
from mnist_ocr.images.belief import Probabilities
from mnist_ocr.images.cuts import straight_stroke
from mnist_ocr.images.lines import Line
from mnist_ocr.images.normalise import normalise_stroke_width, scale_and_centre

Floats = npt.NDArray[np.float64]

MOST_JOINED = 5  # Pieces that are joined to one digit at most
WIDEST = 1.6  # Width of the widest joined candidate, in heights of its line
WIDEST_GAP = 0.3  # Widest gap between two pieces of one digit, in heights of the line
SMALL = 0.35  # What is lower and narrower than this, in heights of the line, is a dot or a comma, no digit

FEATURES = {
    "digit": -0.422,  # each candidate that is taken for a digit ...
    "log of the largest probability": 2.004,
    "log of the doubt": 0.494,  # -log(1 - largest probability)
    "low": -5.100,  # squares of logarithms of the height, in heights of the line
    "tall": -1.202,
    "wide": -5.227,
    "wider": -2.972,
    "gap": -7.842,  # between its pieces, in heights of the line
    "ink cut": -2.226,  # at its ends, in widths of a stroke
    "cuts": -2.377,
    "offset": -0.746,  # from the middle of the line, squared
    "joined": 0.611,  # pieces beyond the first
    "slant of a straight stroke": -1.578,  # a slash?
    "height of a straight stroke": -7.047,
    "straight": -2.222,
    "no digit": -2.225,  # ... and each piece that is taken for none
    "size": -7.833,
    "dash": 4.541,
    "slant": -0.463,
    "height": 7.135,
    "straight stroke": 7.382,
    "cut": -4.052,
}
"""What is known of a step, and the weight of each feature."""

WEIGHTS = np.array(list(FEATURES.values()))


@dataclass(frozen=True)
class Candidates:
    """The steps that a path can take: pieces `start` to `stop` - 1 of a line are one digit, or are none.

    Attributes:
        start, stop: shape (steps,).
        is_digit: shape (steps,); each piece and each component can be no digit, too.
        pixels: what the network sees, uint8 (steps, 28, 28).
        shifts: by how many pixels `pixels` were moved to centre them, shape (steps, 2).
        boxes: left, top, right, bottom in the small picture, shape (steps, 4).
        features: shape (steps, features), as in `FEATURES`; 0 for what the network believes.
    """

    start: IntArray
    stop: IntArray
    is_digit: BoolArray
    pixels: Pixels
    shifts: IntArray
    boxes: IntArray
    features: Floats


def candidates(line: Line, darkness: FloatArray, level: float) -> Candidates:
    """All candidates of a line.

    Args:
        line: its pieces.
        darkness: of the picture, shape (height, width).
        level: the darkness above which a pixel is ink.
    """
    found = []
    # A pixel more on every side, for the soft edge of ink at the border.
    labels, darkness = np.pad(line.labels, 1, constant_values=-1), np.pad(darkness, 1)
    for start, stop in _spans(line):
        box = around(line.boxes[start:stop])
        own = line.ink(start, stop, box)
        left, top, right, bottom = box - np.array([line.left, line.top, line.left, line.top])
        window = labels[top : bottom + 2, left : right + 2]
        values = darkness[box[1] : box[3] + 2, box[0] : box[2] + 2]
        pixels, shift = _normalised(window, values / (2 * level), np.pad(own, 1))
        digit, other = _features(line, start, stop, box, own)
        if (box[2:] - box[:2]).max() >= SMALL * line.height:
            found.append((start, stop, True, pixels, shift, box, digit))
        if stop == start + 1 or _is_whole(line, start, stop):
            found.append((start, stop, False, pixels, shift, box, other))
    return Candidates(*(np.array(column) for column in zip(*found, strict=True)))


def _is_whole(line: Line, start: int, stop: int) -> bool:
    """Whether pieces are all of one component."""
    inside = [(start <= a < stop, start <= b < stop) for a, b, _ in line.seams]
    return sum(map(all, inside)) == stop - start - 1 == sum(map(any, inside))


def _spans(line: Line) -> Iterator[tuple[int, int]]:
    """First and last piece, exclusive, of every candidate."""
    for start in range(len(line.boxes)):
        left, _, right, _ = line.boxes[start]
        yield start, start + 1
        for stop in range(start + 2, min(start + MOST_JOINED, len(line.boxes)) + 1):
            box = line.boxes[stop - 1]
            gap, left, right = box[0] - right, min(left, box[0]), max(right, box[2])
            if gap > WIDEST_GAP * line.height or right - left > WIDEST * line.height:
                break
            yield start, stop


def _normalised(window: IntArray, values: FloatArray, own: BoolArray) -> tuple[Pixels, tuple[int, int]]:
    """What is seen of a candidate, its ink with the soft edge, without the neighbours', and its shift."""
    ink = np.clip(values, 0, 1) * (own | (with_rim(own) & (window < 0)))
    strokes, _ = normalise_stroke_width(ink.astype(np.float32))
    return scale_and_centre(strokes)


def _features(
    line: Line, start: int, stop: int, box: IntArray, own: BoolArray
) -> tuple[list[float], list[float]]:
    """The features of pieces as a digit, and as none; see `FEATURES`."""
    inner = line.boxes[start:stop]
    straight, slant = straight_stroke(own, line.stroke)
    width, height = (box[2:] - box[:2]) / line.height
    low, tall = max(-np.log(height), 0), max(np.log(height), 0)
    offset = ((box[1] + box[3]) / 2 - line.middle[start:stop].mean()) / line.height
    gaps = inner[1:, 0] - np.maximum.accumulate(inner[:, 2])[:-1]
    ends = [ink for a, b, ink in line.seams if (start <= a < stop) != (start <= b < stop)]
    undone = [ink for a, b, ink in line.seams if start <= a < stop and start <= b < stop]
    digit = [
        1, 0, 0, low**2, tall**2, max(width - 0.9, 0) ** 2, max(width - 0.7, 0),
        max(gaps.max(initial=0), 0) / line.height,
        sum(ends) / 2, len(ends) / 2, offset**2, stop - start - 1 - len(undone),
        straight * slant, straight * tall, straight,
    ]  # fmt: skip
    dash = width > 1.5 * height and height < SMALL
    other = [
        1, min(max(width, height), 2), dash, straight * slant, straight * tall, straight,
        (sum(ends) + len(ends)) / 2,
    ]  # fmt: skip
    return digit + [0.0] * len(other), [0.0] * len(digit) + other


# --- the best path -----------------------------------------------------------------------------------


def believed(steps: Candidates, beliefs: Probabilities) -> Floats:
    """The features with what the network believes, shape (steps, features)."""
    features: Floats = steps.features.copy()
    largest = beliefs.max(axis=1)[steps.is_digit]
    features[steps.is_digit, 1] = np.log(largest)
    features[steps.is_digit, 2] = -np.log(1 - largest + 0.002)
    return features


def scores(steps: Candidates, beliefs: Probabilities) -> Floats:
    """The score of each step, shape (steps,)."""
    total: Floats = believed(steps, beliefs) @ WEIGHTS
    return total


def best_path(steps: Candidates, scores: Floats) -> tuple[IntArray, Floats]:
    """The steps of the best path, in order, and the probability of every step, shape (steps,)."""
    count = int(steps.stop.max())
    best, forward, backward = (np.full(count + 1, -np.inf) for _ in range(3))
    best[0] = forward[0] = backward[count] = 0
    came = np.zeros(count + 1, dtype=np.intp)
    for stop in range(1, count + 1):
        ways = np.flatnonzero(steps.stop == stop)
        forward[stop] = np.logaddexp.reduce(forward[steps.start[ways]] + scores[ways])
        totals = best[steps.start[ways]] + scores[ways]
        came[stop], best[stop] = ways[totals.argmax()], totals.max()
    for start in range(count - 1, -1, -1):
        ways = np.flatnonzero(steps.start == start)
        backward[start] = np.logaddexp.reduce(backward[steps.stop[ways]] + scores[ways])
    certainty = np.exp(forward[steps.start] + scores + backward[steps.stop] - forward[count])
    path, place = [], count
    while place:
        path.append(int(came[place]))
        place = int(steps.start[path[-1]])
    return np.array(path[::-1]), np.clip(certainty, 0, 1)
