"""The pieces of which rows of digits are made: lines of writing, divided at gaps and at thin places.

A component that may hold two digits is cut along *seams*: paths from top to bottom that cross as little ink
as possible (S. Avidan and A. Shamir, "Seam carving", 2007, found by the same dynamic programming). A seam
follows the valleys of the outline and the gap between overlapping digits, where a straight cut would go
through both. For every column in the middle of the component there is a best seam; those are kept that are
better than their neighbours. Whether a cut is right is not decided here.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from mnist_ocr.images.arrays import BoolArray, FloatArray, IntArray, median
from mnist_ocr.images.components import Components, connected_components, without_ruled_lines
from mnist_ocr.images.forms import without_lines

LEVELS = (0.45, 0.3, 0.2, 0.12, 0.07)
"""Thresholds of darkness, from marker to hard pencil; the first above which there is writing is used."""

NOISE_MARGIN = 4.5
"""Ink is darker than this many standard deviations of the paper."""

Box = tuple[int, int, int, int]
"""Left, top, right, bottom in the small picture, right and bottom exclusive."""

SMALLEST = 3
"""Longer side, in pixels, of the smallest piece of ink that is looked at."""

SPECK = 0.03
"""Longer side of a speck, as a share of the shorter side of the picture ..."""

SPECK_IN_LINE = 0.08
"""... and as a share of the height of the line of writing."""

BODY = 0.4
"""What is at least this share of the height of a line forms the line; smaller pieces are added to it."""

TALLEST = 2.5
"""What is taller than this many heights of a line is no digit of it."""

SIDE_BY_SIDE = 0.15
"""Two bodies are in one line if they overlap vertically by this share of the lower one."""

FLAT = 6
"""What is this many times as wide as high, and wider than a digit is high, is a line."""

MOST_PIECES = 200
"""Components that are looked at, the largest; a page full of specks has a hundred thousand."""

CUTTABLE = 0.55
"""A component is cut if its width is at least this share of the height of its line ..."""

THICKEST_CUT = 2.3
"""... where a seam crosses ink of at most this many widths of a stroke."""

THINNEST_PIECE = 0.12
"""Cuts are this far apart at least, in heights of the line."""

BEND = 0.1
"""A step of a seam to the side costs as much as this many pixels of ink."""


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
    left_out: list[tuple[str, Box, bool]] = field(default_factory=list)


def find_writing(darkness: FloatArray, noise: float) -> Writing | None:
    """Find the lines of writing and their pieces; None if there is no ink.

    Args:
        darkness: shape (height, width), 0 paper to 1 black.
        noise: standard deviation of the paper's darkness.
    """
    level = _level(darkness, NOISE_MARGIN * noise)
    if level is None:
        return None
    ink = without_ruled_lines(darkness > level)
    components = connected_components(ink)
    large = _heights(components) >= SPECK * min(darkness.shape)
    if large.any():
        components = connected_components(without_lines(ink, _typical(_heights(components)[large])))
    sizes = components.boxes[:, 2:] - components.boxes[:, :2]
    left_out: list[tuple[str, Box, bool]] = []

    def leave_out(words: str, members: IntArray, may_be_digit: bool) -> None:
        left_out.extend((words, _box(components.boxes[member]), may_be_digit) for member in members)

    kept = np.flatnonzero(sizes.max(axis=1, initial=0) >= SMALLEST)
    frames = _frames(components)[kept]
    leave_out("an edge or a shadow", kept[frames], False)
    kept = kept[~frames]
    if not kept.size:
        return None
    height = _typical(sizes[kept, 1].astype(np.float64))
    kept = kept[sizes[kept].max(axis=1) >= SPECK_IN_LINE * height]
    tall = sizes[kept, 1] > TALLEST * height
    flat = (sizes[kept, 0] > FLAT * sizes[kept, 1]) & (sizes[kept, 0] > height)
    leave_out("something much taller than the digits", kept[tall], True)
    leave_out("a line", kept[flat & ~tall], False)
    kept = kept[~tall & ~flat]
    if len(kept) > MOST_PIECES:
        order = np.argsort(-components.areas[kept], kind="stable")
        kept, rest = kept[order[:MOST_PIECES]], kept[order[MOST_PIECES:]]
        words = f"{len(rest)} more pieces of ink than can be read at once"
        left_out.append((words, _box(around(components.boxes[rest])), True))
    lines, far = _lines_of(components.boxes, kept, height)
    leave_out("a mark far from the digits", far, False)
    return Writing([_line(components, members, height) for members in lines], level, left_out)


def around(boxes: IntArray) -> IntArray:
    """Left, top, right, bottom of all boxes, (boxes, 4), together."""
    return np.concatenate((boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)))


def _box(box: IntArray) -> Box:
    left, top, right, bottom = box.tolist()
    return left, top, right, bottom


def _level(darkness: FloatArray, faintest: float) -> float | None:
    """The darkness half way between the ink and the paper; None if there is no ink."""
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
    values = darkness[components.mask(~specks)]
    return max(float(np.mean(values)) / 2, faintest)


def _frames(components: Components) -> BoolArray:
    """Components in a corner, or from edge to edge: shadows, the edge of the paper, frames."""
    height, width = components.labels.shape
    left, top, right, bottom = components.boxes.T
    across, down = (left == 0) | (right == width), (top == 0) | (bottom == height)
    sizes = components.boxes[:, 2:] - components.boxes[:, :2]
    long = sizes.max(axis=1) >= 0.5 * max(height, width)
    frames: BoolArray = across & down & long
    return frames


def _heights(components: Components) -> npt.NDArray[np.float64]:
    heights: npt.NDArray[np.float64] = (components.boxes[:, 3] - components.boxes[:, 1]).astype(np.float64)
    return heights


def _typical(heights: npt.NDArray[np.float64]) -> float:
    """The median height, where a component counts as often as it is high, so that dots do not."""
    order = np.sort(heights)
    half = np.searchsorted(np.cumsum(order), order.sum() / 2)
    return float(order[min(half, len(order) - 1)])


# --- lines -------------------------------------------------------------------------------------------


def _lines_of(boxes: IntArray, kept: IntArray, height: float) -> tuple[list[IntArray], IntArray]:
    """The components of each line, from top to bottom, and those that are far from all lines."""
    tall = boxes[kept, 3] - boxes[kept, 1] >= BODY * height
    bodies, small = kept[tall], kept[~tall]
    lines: list[list[int]] = []
    for body in bodies[np.argsort(boxes[bodies, 0], kind="stable")].tolist():
        best, place = SIDE_BY_SIDE, None
        for number, line in enumerate(lines):
            overlap = max(_overlap(boxes[body], boxes[other]) for other in line[-2:])
            if overlap > best:
                best, place = overlap, number
        if place is None:
            lines.append([body])
        else:
            lines[place].append(body)
    extra: list[list[int]] = [[] for _ in lines]
    far: list[int] = []
    for piece in small.tolist():
        left, top, right, bottom = boxes[piece]
        away = []
        for line in lines:
            others = boxes[line]
            beside = np.maximum(np.maximum(others[:, 0] - right, left - others[:, 2]), 0)
            nearest = int(beside.argmin())
            y = (top + bottom) / 2
            outside = max(others[nearest, 1] - y, y - others[nearest, 3], 0)
            away.append(beside[nearest] / 2 + 2 * outside)
        near = int(np.argmin(away)) if away else 0
        (extra[near] if away and away[near] < height else far).append(piece)
    found = [np.array(line + more) for line, more in zip(lines, extra, strict=True)]
    found.sort(key=lambda line: float(boxes[line][:, 1::2].mean()))
    return found, np.array(far, dtype=np.intp)


def _overlap(first: IntArray, second: IntArray) -> float:
    """By which share of the lower one two boxes overlap vertically."""
    shared = min(first[3], second[3]) - max(first[1], second[1])
    return float(shared / min(first[3] - first[1], second[3] - second[1]))


def _line(components: Components, members: IntArray, height: float) -> Line:
    """Cut the components of a line into pieces."""
    boxes = components.boxes[members]
    heights = (boxes[:, 3] - boxes[:, 1]).astype(np.float64)
    tall = heights >= BODY * height
    if tall.any():
        height = _typical(heights[tall])
    left, top = boxes[:, :2].min(axis=0)
    right, bottom = boxes[:, 2:].max(axis=0)
    numbers = np.full(components.count, -1, dtype=np.intp)
    numbers[members] = np.arange(len(members))
    labels = np.append(numbers, -1)[components.labels[top:bottom, left:right]]
    stroke = stroke_of(labels >= 0)
    seams, count = [], len(members)
    for number in range(len(members)):
        x0, y0, x1, y1 = boxes[number] - np.array([left, top, left, top])
        if x1 - x0 < CUTTABLE * height or y1 - y0 < max(BODY * height, 4):
            continue
        window = labels[y0:y1, x0:x1]
        ink = window == number
        last = number
        for cost, side in _cuts(ink, height, stroke):
            window[ink & side] = count
            seams.append((last, count, cost))
            last, count = count, count + 1
    return _in_order(labels, (int(left), int(top)), height, stroke, seams, count)


def _in_order(
    labels: IntArray,
    corner: tuple[int, int],
    height: float,
    stroke: float,
    seams: list[tuple[int, int, float]],
    count: int,
) -> Line:
    """Number the `count` pieces in `labels` from left to right, by their middles."""
    left, top = corner
    rows, columns = np.nonzero(labels >= 0)
    piece = labels[rows, columns]
    boxes = np.empty((count, 4), dtype=np.intp)
    boxes[:, :2], boxes[:, 2:] = max(labels.shape), 0
    np.minimum.at(boxes[:, 0], piece, columns)
    np.minimum.at(boxes[:, 1], piece, rows)
    np.maximum.at(boxes[:, 2], piece, columns + 1)
    np.maximum.at(boxes[:, 3], piece, rows + 1)
    boxes += np.array([left, top, left, top])
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
    found = [pair for pair in pairs if min(pair[:2]) >= 0]
    return Line(number[labels], left, top, boxes, height, middle.astype(np.float32), stroke, found)


def stroke_of(ink: BoolArray) -> float:
    """Width of the strokes: a band of width w and length l has w * l pixels, 2 * l of them at its edge."""
    padded = np.pad(ink, 1)
    inside = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    edge = np.count_nonzero(ink & ~inside)
    return max(1.0, 2 * int(np.count_nonzero(ink)) / max(int(edge), 1))


# --- cuts --------------------------------------------------------------------------------------------


def _cuts(ink: BoolArray, height: float, stroke: float) -> list[tuple[float, BoolArray]]:
    """Seams through a component, from left to right: ink that is crossed, and what is to the right of it."""
    rows, width = ink.shape
    middle = (rows - 1) // 2
    down, turns = _seams(ink[: middle + 1])
    up, turns_up = _seams(ink[:middle:-1])
    cost = down + _best_of_three(up)[0]
    margin = max(2, round(THINNEST_PIECE * height))
    order = np.argsort(cost, kind="stable")
    chosen: list[int] = []
    most = 1 + int(3 * width / height)
    for column in order.tolist():
        if cost[column] > THICKEST_CUT * stroke or len(chosen) >= most:
            break
        if not margin <= column < width - margin or any(abs(column - other) < margin for other in chosen):
            continue
        nearby = cost[max(column - margin // 2, 0) : column + margin // 2 + 1]
        if cost[column] <= nearby.min():
            chosen.append(column)
    found = []
    index = np.arange(width)
    for column in sorted(chosen):
        path = np.empty(rows, dtype=np.intp)
        place = column
        for row in range(middle, -1, -1):
            path[row] = place
            if row:
                place += turns[row - 1][place]
        place = column + _best_of_three(up)[1][column]
        for row in range(middle + 1, rows):
            path[row] = place
            if row + 1 < rows:
                place += turns_up[rows - 2 - row][place]
        found.append((float(cost[column] / stroke), index >= path[:, None]))
    return found


def _best_of_three(cost: FloatArray) -> tuple[FloatArray, IntArray]:
    """The cheapest of the neighbours at the left, here and at the right of each column, and which it is."""
    wide = np.pad(cost, 1, constant_values=np.inf)
    three: FloatArray = np.stack((wide[1:-1], wide[:-2] + BEND, wide[2:] + BEND))
    best = three.argmin(axis=0)
    return np.take_along_axis(three, best[None], axis=0)[0], np.array([0, -1, 1])[best]


def _seams(ink: BoolArray) -> tuple[FloatArray, list[IntArray]]:
    """The cost of the best seam from the first row to each pixel of the last, and its turns, row by row."""
    cost: FloatArray = ink[0].astype(np.float32)
    turns = []
    for row in ink[1:].astype(np.float32):
        cost, turn = _best_of_three(cost)
        cost += row
        turns.append(turn)
    return cost, turns
