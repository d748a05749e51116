"""Lines of writing: the ink of a picture, line by line, and the pieces of which its digits are made.

A threshold of darkness tells ink from paper, lines that are no writing are removed (`forms`), and the
connected components are put into lines: two neighbours are in one line if they overlap vertically. A
component that may hold two digits is cut (`cuts`). There are more pieces than digits then; which of them are
joined is decided later, by the network.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from mnist_ocr.images.arrays import (
    BoolArray,
    FloatArray,
    IntArray,
    around,
    median,
    percentiles,
    weighted_median,
)
from mnist_ocr.images.components import Components, boxes_of, connected_components, without_ruled_lines
from mnist_ocr.images.cuts import cuts, straight_stroke, stroke_of
from mnist_ocr.images.forms import SPECK, without_lines
from mnist_ocr.images.ink import LEVELS, NOISE_MARGIN

FULL_INK = 75  # This percentile of darkness is full ink: edges of strokes are lighter, and printed lines
HALF_WAY = 0.45  # Where ink begins, as a share of the darkness of full ink
SMALLEST = 3  # Longer side, in pixels, of the smallest piece of ink that is looked at
MOSTLY_RIM = 0.9  # The share of a frame or of a dark edge that lies in the rim of the picture ...
LONGER_THAN_A_DIGIT = 1.4  # ... if it is longer than this, in heights of the writing
LOWEST = 6  # Height, in pixels, of the lowest line that can be read
SPECK_IN_LINE = 0.08  # Longer side of a speck, as a share of the height of the line of writing
BODY = 0.4  # What has this share of the height of a line forms the line; smaller pieces are added to it
TALLEST = 2.5  # What is taller than this many heights of a line is no digit of it
SIDE_BY_SIDE = 0.15  # Two bodies are in one line if they overlap vertically by this share of the lower one
FLAT = 6  # What is this many times as wide as high ...
LONG = 0.8  # ... and as wide as this, in heights of the writing, is a line
SAME_COLUMN = 0.5  # A body that is above another by this share of its width ...
HIGHEST = 1.3  # ... belongs to the same digit if the two are not higher than this, in heights of the writing
SLIMMEST = 30  # A 1 in a thin pen is this many times as high as wide at most
THREAD = 0.1  # What has less than this share of the usual ink per length is thinner than the strokes
MOST_PIECES = 200  # Components that are looked at, the largest; a page full of specks has a hundred thousand
CUTTABLE = 0.55  # A component is cut if its width is at least this share of the height of its line ...


@dataclass(frozen=True)
class Line:
    """The pieces of one line of writing, from left to right.

    Attributes:
        labels: shape (height, width) of the box around the line: the number of the piece, -1 for the ground.
        left, top: where that box begins in the picture.
        boxes: left, top, right, bottom of every piece in the picture, shape (pieces, 4).
        height: the typical height of a digit.
        middle: the vertical middle of the line at the middle of each piece, shape (pieces,).
        stroke: width of the strokes in pixels.
        seams: (first piece, second piece, widths of a stroke that the cut between them crosses).
    """

    labels: IntArray
    left: int
    top: int
    boxes: IntArray
    height: float
    middle: FloatArray
    stroke: float
    seams: list[tuple[int, int, float]]

    def ink(self, start: int, stop: int, box: IntArray) -> BoolArray:
        """The pixels in a box of the picture that belong to the pieces `start` to `stop` - 1."""
        left, top, right, bottom = box - np.array([self.left, self.top, self.left, self.top])
        window = self.labels[top:bottom, left:right]
        return (window >= start) & (window < stop)


@dataclass(frozen=True)
class Writing:
    """All lines of a picture, from top to bottom.

    Attributes:
        lines: at least one piece in each.
        level: the threshold of darkness above which a pixel is ink.
        left_out: what belongs to no line: what it looks like, its box, whether it may be a digit.
    """

    lines: list[Line]
    level: float
    left_out: list[tuple[str, list[int], bool]] = field(default_factory=list)


def find_writing(darkness: FloatArray, noise: float) -> Writing | None:
    """Find the lines of writing and their pieces; None if there is no ink.

    Args:
        darkness: shape (height, width), 0 paper to 1 black.
        noise: standard deviation of the paper's darkness.
    """
    level = _level(darkness, NOISE_MARGIN * noise)
    if level is None:
        return None
    components = connected_components(without_lines(without_ruled_lines(darkness > level)))
    sizes = components.boxes[:, 2:] - components.boxes[:, :2]
    left_out: list[tuple[str, list[int], bool]] = []

    def leave_out(words: str, members: IntArray, may_be_digit: bool) -> None:
        left_out.extend((words, box, may_be_digit) for box in components.boxes[members].tolist())

    kept = np.flatnonzero(sizes.max(axis=1, initial=0) >= SMALLEST)
    if not kept.size:
        return None
    frames = _in_corners(components)[kept]
    heights = sizes[kept, 1].astype(np.float64)
    large = heights >= SPECK * min(darkness.shape)
    inside = next(some for some in (large & ~frames, large, heights > 0) if some.any())
    height = weighted_median(heights[inside], heights[inside])
    frames &= sizes[kept].max(axis=1) > LONGER_THAN_A_DIGIT * height
    leave_out("an edge or a shadow", kept[frames], False)
    kept = kept[~frames]
    kept = kept[sizes[kept].max(axis=1) >= SPECK_IN_LINE * height]
    tall = sizes[kept, 1] > TALLEST * height
    flat = (sizes[kept, 0] > FLAT * sizes[kept, 1]) & (sizes[kept, 0] > LONG * height)
    # The rest of a ruled line is straight and thinner than a stroke: it has little ink for its length.
    density = components.areas[kept] / sizes[kept].max(axis=1, initial=1)
    typical = weighted_median(density, components.areas[kept]) if kept.size else 0
    flat |= sizes[kept].max(axis=1) > SLIMMEST * sizes[kept].min(axis=1)
    flat |= (density < THREAD * typical) & (sizes[kept].max(axis=1) > BODY * height)
    leave_out("something much taller than the digits", kept[tall & ~flat], True)
    like_a_one = (sizes[kept, 1] > sizes[kept, 0]) & (sizes[kept, 1] > BODY * height)
    leave_out("a thin stroke", kept[flat & like_a_one], True)
    leave_out("a line", kept[flat & ~like_a_one], False)
    kept = kept[~tall & ~flat]
    if not kept.size:
        return None
    if len(kept) > MOST_PIECES:
        order = np.argsort(-components.areas[kept], kind="stable")
        kept, rest = kept[order[:MOST_PIECES]], kept[order[MOST_PIECES:]]
        words = f"{len(rest)} more pieces of ink than can be read at once"
        left_out.append((words, around(components.boxes[rest]).tolist(), True))
    lines, far = _lines_of(components.boxes, kept, height)
    leave_out("a mark far from the digits", far, False)
    read = []
    for members in lines:
        if sizes[members, 1].max() >= LOWEST:
            read.append(_line(components, members, height))
        else:
            leave_out("a mark too small to be read", members, False)
    return Writing(read, level, left_out)


def _level(darkness: FloatArray, faintest: float) -> float | None:
    """The darkness about half way from the paper to the ink; None if there is no ink."""
    smallest = SPECK * min(darkness.shape)
    for level in LEVELS:
        if level < faintest:
            return None
        components = connected_components(darkness > level)
        ink, specks = components.total(darkness), components.longer_sides() < smallest
        if ink[~specks].sum() > ink[specks].sum():
            break
    else:
        return None
    full = percentiles(darkness[components.mask(~specks)], (FULL_INK,))[0]
    return max(HALF_WAY * float(full), faintest)


def _in_corners(components: Components) -> BoolArray:
    """Components that run along the rim of the picture around a corner: its frame, or a dark edge."""
    height, width = components.labels.shape
    left, top, right, bottom = components.boxes.T
    corner = ((left == 0) | (right == width)) & ((top == 0) | (bottom == height))
    along: BoolArray = corner & (components.share_in_rim() >= MOSTLY_RIM)
    return along


# --- lines -------------------------------------------------------------------------------------------


def _lines_of(boxes: IntArray, kept: IntArray, height: float) -> tuple[list[IntArray], IntArray]:
    """The components of each line, from top to bottom, and those that are far from all lines."""
    tall = boxes[kept, 3] - boxes[kept, 1] >= BODY * height
    bodies, small = kept[tall], kept[~tall]
    lines: list[list[int]] = []
    for body in bodies[np.argsort(boxes[bodies, 0], kind="stable")].tolist():
        best, place = SIDE_BY_SIDE, None
        for number, line in enumerate(lines):
            overlap = max(_overlap(boxes[body], boxes[other], height) for other in line[-3:])
            if overlap > best:
                best, place = overlap, number
        if place is None:
            lines.append([body])
        else:
            lines[place].append(body)
    groups: list[list[int]] = [[] for _ in ("far", *lines)]
    for piece in small.tolist():
        away = [_distance(boxes[piece], boxes[line]) for line in lines]
        groups[int(np.argmin([height, *away]))].append(piece)
    found = [np.array(line + more) for line, more in zip(lines, groups[1:], strict=True)]
    found.sort(key=lambda line: float(boxes[line][:, 1::2].mean()))
    return found, np.array(groups[0], dtype=np.intp)


def _distance(piece: IntArray, line: IntArray) -> float:
    """How far a small piece is from the boxes of a line, (bodies, 4); above and below count twice."""
    beside = np.maximum(np.maximum(line[:, 0] - piece[2], piece[0] - line[:, 2]), 0)
    nearest = int(beside.argmin())
    y = (piece[1] + piece[3]) / 2
    return float(beside[nearest] / 2 + 2 * max(line[nearest, 1] - y, y - line[nearest, 3], 0))


def _overlap(first: IntArray, second: IntArray, height: float) -> float:
    """By which share of the lower one two boxes overlap vertically; 1 if together they are one digit."""
    shared = np.minimum(first[2:], second[2:]) - np.maximum(first[:2], second[:2])
    sides = np.minimum(first[2:] - first[:2], second[2:] - second[:2])
    both = max(first[3], second[3]) - min(first[1], second[1])
    if shared[0] > SAME_COLUMN * sides[0] and both < HIGHEST * height:
        return 1.0
    return float(shared[1] / sides[1])


def _line(components: Components, members: IntArray, height: float) -> Line:
    """Cut the components of a line into pieces, and number these from left to right, by their middles."""
    boxes = components.boxes[members]
    heights = (boxes[:, 3] - boxes[:, 1]).astype(np.float64)
    tall = heights >= BODY * height
    if tall.any():
        height = weighted_median(heights[tall], heights[tall])
    left, top, right, bottom = around(boxes).tolist()
    numbers = np.full(components.number, -1, dtype=np.intp)
    numbers[members] = np.arange(len(members))
    labels = np.append(numbers, -1)[components.labels[top:bottom, left:right]]
    stroke = stroke_of(labels >= 0)
    seams = _cut(labels, boxes - np.array([left, top, left, top]), height, stroke)
    count = len(members) + len(seams)
    rows, columns = np.nonzero(labels >= 0)
    piece = labels[rows, columns]
    boxes = boxes_of(piece, count, columns + left, rows + top, columns + left + 1)
    there = np.flatnonzero(np.bincount(piece, minlength=count))
    order = there[np.argsort(boxes[there, 0] + boxes[there, 2], kind="stable")]
    number = np.full(count + 1, -1, dtype=np.intp)
    number[order] = np.arange(len(order))
    boxes = boxes[order]
    x, y = boxes[:, [0, 2]].mean(axis=1), boxes[:, [1, 3]].mean(axis=1)
    tall = boxes[:, 3] - boxes[:, 1] >= BODY * height
    middle = np.full(len(order), median(y[tall] if tall.any() else y))
    if tall.sum() > 2:  # a line may rise or fall
        slope, start = np.polyfit(x[tall], y[tall], 1)
        middle = start + slope * x
    pairs = [(int(number[a]), int(number[b]), cost) for a, b, cost in seams]
    pairs = [pair for pair in pairs if min(pair[:2]) >= 0]
    return Line(number[labels], left, top, boxes, height, middle.astype(np.float32), stroke, pairs)


def _cut(labels: IntArray, boxes: IntArray, height: float, stroke: float) -> list[tuple[int, int, float]]:
    """Give what is to the right of each cut a new number, in place; the seams, as of `Line`."""
    seams: list[tuple[int, int, float]] = []
    for number, (left, top, right, bottom) in enumerate(boxes):
        if right - left < CUTTABLE * height or bottom - top < max(BODY * height, 4):
            continue
        window = labels[top:bottom, left:right]
        ink = window == number
        if straight_stroke(ink, stroke)[0]:
            continue
        last = number
        for cost, side in cuts(ink, height, stroke):
            new = len(boxes) + len(seams)
            window[ink & side] = new
            seams.append((last, new, cost))
            last = new
    return seams
