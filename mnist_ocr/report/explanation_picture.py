"""An explanation as one picture: from what somebody gave to why the network said what it said.

Four squares show the preprocessing, a large one which pixels spoke for the answer and which against it, and
four more the hidden nodes that counted most. All columns are those of four squares; see `pictures` for the
sheet that they are drawn on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from mnist_ocr.graph.classes import class_name
from mnist_ocr.images import Reading
from mnist_ocr.report.answer import percent
from mnist_ocr.report.charts import AGAINST, FOR, FRAME, INK, QUIET
from mnist_ocr.report.explain import DoubleArray, Explanation
from mnist_ocr.report.pictures import EDGE, HEADING, NOTE, TITLE, for_and_against, new_sheet, put, write

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Mask = npt.NDArray[np.bool_]

FADED = 0.25
"""What is left of the picture's contrast where its ink is marked."""

INK_FROM = 128
"""Grey, 0 to 255, from which a pixel is inside the outline of the ink."""

SQUARE, SPACE = 182, 28
"""Four squares, three spaces between them and two edges are the width of the sheet; a square is 28 * 6.5."""

LARGE = 2 * SQUARE + SPACE
COLUMNS = [EDGE + number * (SQUARE + SPACE) for number in range(4)]

TOP, MIDDLE, BOTTOM, HEIGHT = 148, 412, 910, 1166
"""Where the squares of each row begin, and where the sheet ends."""

ABOVE, BELOW = 12, 20
"""From a square to the base line of the words above it, and of those below it."""

ROW, THICKNESS, BASE = 25, 16, 13
"""From one bar to the next, how thick a bar is, and from its top to the base line of its words."""

BARS = 10
"""Of probabilities."""

FIGURE = 92
"""To the right of the bars, for the number that each stands for."""


class Step(NamedTuple):
    """A picture of what preprocessing did.

    Attributes:
        heading: what it shows.
        note: how to look at it.
        colours: its pixels, (height, width, 3), uint8.
    """

    heading: str
    note: str
    colours: npt.NDArray[np.uint8]


def preprocessing_steps(reading: Reading) -> tuple[Step, ...]:
    """What was given, the ink that was found, the box around it, and the 28 x 28 pixels.

    Where an answer is wrong, one of them shows why: ink that was taken for paper, a smudge that was taken
    for ink, a box around half of a digit.
    """
    grey, ink, dropped = reading.stages.grey, reading.stages.ink, reading.stages.dropped
    marked = _as_colours(255 - (255 - grey) * FADED)
    box = "the box around the ink"
    if ink.all():
        found, box = "not searched for", "the whole picture"
    else:
        found = "blue: kept, orange: dropped" if dropped.any() else "blue: all of it was kept"
        for mask, colour in ((ink, FOR), (dropped, AGAINST)):
            marked[mask] = list(bytes.fromhex(colour[1:]))
    rows, columns = np.nonzero(ink.any(axis=1))[0], np.nonzero(ink.any(axis=0))[0]
    cut = grey[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return (
        Step("What you gave", "in grey, upright", _as_colours(grey)),
        Step("The ink that was found", found, marked),
        Step("Cut out", box, _as_colours(cut)),
        Step("What the network saw", "28 x 28 pixels, white is ink", _as_colours(reading.pixels)),
    )


def _as_colours(brightness: npt.NDArray[np.generic]) -> npt.NDArray[np.uint8]:
    """(height, width), 0 to 255 -> the same in three equal colours, (height, width, 3)."""
    grey = np.rint(brightness).astype(np.uint8)
    return np.stack([grey, grey, grey], axis=-1)


def draw_explanation(explanation: Explanation, reading: Reading) -> Figure:
    """Draw everything on one sheet."""
    figure, axes = new_sheet(HEIGHT)
    answer, (winner, runner_up) = explanation.answer, explanation.names
    write(axes, EDGE, 62, f"Why {winner}, and not {runner_up}?", TITLE)
    says = "and is sure of it" if answer.sure else "but that is a guess"
    words = (
        f"The network says {winner}, {says}: {percent(answer.confidence)}. "
        f"Next comes {runner_up}, with {percent(answer.probabilities[explanation.runner_up])}."
    )
    write(axes, EDGE, 94, words, HEADING, QUIET)
    for x, (heading, note, colours) in zip(COLUMNS, preprocessing_steps(reading), strict=True):
        write(axes, x, TOP - ABOVE, heading, HEADING)
        put(axes, x, TOP, SQUARE, colours)
        write(axes, x, TOP + SQUARE + BELOW, note, NOTE, QUIET)
        if x != COLUMNS[0]:
            axes.plot(x - SPACE / 2, TOP + SQUARE / 2, ">", color=QUIET, markersize=9)
    ink = reading.pixels >= INK_FROM
    _draw_pixel_shares(axes, explanation, ink)
    _draw_lead(axes, explanation, COLUMNS[2], MIDDLE)
    # The last of the ten bars ends where the large square does.
    _draw_probabilities(axes, explanation, COLUMNS[2], MIDDLE + LARGE - (BARS - 1) * ROW - THICKNESS)
    _draw_nodes(axes, explanation, ink)
    return figure


def _draw_pixel_shares(axes: Axes, explanation: Explanation, ink: Mask) -> None:
    write(axes, EDGE, MIDDLE - ABOVE, "Which pixels spoke", HEADING)
    _put_signed(axes, EDGE, MIDDLE, LARGE, explanation.pixel_shares, ink)
    y = MIDDLE + LARGE + BELOW
    winner, runner_up = explanation.names
    speakers = f"for {winner}", f"against it, for {runner_up}"
    for number, words in enumerate(speakers):
        x = EDGE + number * SQUARE / 2
        axes.barh(y, 12, -12, left=x, align="edge", color=(FOR, AGAINST)[number])
        write(axes, x + 18, y, words, NOTE, QUIET)
    write(axes, EDGE + LARGE, y, "without ink: no share", NOTE, QUIET, end=True)


def _put_signed(axes: Axes, x: float, y: float, side: float, numbers: DoubleArray, ink: Mask) -> None:
    """Put numbers as colours into a square, the one furthest from 0 in full colour, and the ink's outline."""
    from matplotlib.collections import LineCollection

    largest = float(np.abs(numbers).max()) or 1.0
    scale = {"vmin": -largest, "vmax": largest}
    put(axes, x, y, side, numbers, cmap=for_and_against(), interpolation="nearest", **scale)
    padded = np.pad(ink, 1)
    across = np.argwhere(padded[1:] != padded[:-1])  # row and column, each line to the left of its column
    upright = np.argwhere(padded[:, 1:] != padded[:, :-1])  # and above its row
    lines = [((column - 1, row), (column, row)) for row, column in across]
    lines += [((column, row - 1), (column, row)) for row, column in upright]
    scaled = [[(x + side * a / len(ink), y + side * b / len(ink)) for a, b in line] for line in lines]
    axes.add_collection(LineCollection(scaled, colors=INK, linewidths=0.72, capstyle="projecting", zorder=3))


def _draw_lead(axes: Axes, explanation: Explanation, x: float, y: float) -> None:
    """Four bars, each beginning where the one above ended: ink for, ink against, biases, the lead."""
    winner, runner_up = explanation.names
    write(axes, x, y - ABOVE, f"What that adds up to: the lead of {winner} over {runner_up}", HEADING)
    parts = explanation.printed_lead()
    others = "all biases" if explanation.piecewise_linear else "biases, f(0)"
    names = f"ink for {winner}", f"ink for {runner_up}", others, "the lead"
    ends = np.cumsum([float(part) for part in parts[:-1]])
    begins = [0.0, *ends[:-1], 0.0]
    lowest, highest = min(0.0, ends.min()), max(0.0, ends.max())
    beside = 98  # for the names
    scale = (LARGE - beside - FIGURE) / ((highest - lowest) or 1.0)
    for number, (name, part, begin) in enumerate(zip(names, parts, begins, strict=True)):
        top, left = y + number * ROW, x + beside + (begin - lowest) * scale
        colour = FOR if part > 0 else AGAINST
        axes.barh(top, float(part) * scale, THICKNESS, left=left, align="edge", color=colour)
        write(axes, x, top + BASE, name, NOTE)
        write(axes, x + LARGE, top + BASE, f"{part:+f}", NOTE, end=True)
    line = y + 3 * ROW - (ROW - THICKNESS) / 2  # as above a sum on paper
    axes.hlines(line, x, x + LARGE, color=INK, linewidth=0.72)


def _draw_probabilities(axes: Axes, explanation: Explanation, x: float, y: float) -> None:
    """A bar for each of the ten digits; of more classes, for the ten that it believes in most."""
    write(axes, x, y - ABOVE, "How much it believes in each digit", HEADING)
    answer = explanation.answer
    names = [class_name(digit) for digit in answer.classes]
    beside = 20 if max(map(len, names)) == 1 else 98
    colours = {explanation.winner: FOR, explanation.runner_up: AGAINST}
    most = sorted(range(len(names)), key=lambda index: -answer.probabilities[index])[:BARS]
    for number, index in enumerate(sorted(most)):
        top, probability = y + number * ROW, answer.probabilities[index]
        for part, colour in ((1.0, FRAME), (probability, colours.get(index, QUIET))):
            length = part * (LARGE - beside - FIGURE)
            axes.barh(top, length, THICKNESS, left=x + beside, align="edge", color=colour)
        write(axes, x, top + BASE, names[index], NOTE, room=beside)
        write(axes, x + LARGE, top + BASE, percent(probability), NOTE, end=True)


def _draw_nodes(axes: Axes, explanation: Explanation, ink: Mask) -> None:
    nodes, (winner, _) = explanation.picture_nodes[: len(COLUMNS)], explanation.names
    if nodes[0].node.layer.next is None:
        heading = "The answers themselves: there is no hidden node between pixels and digits"
        effects = [f"total {node.contribution:+.2f}" for node in nodes]
    else:
        heading = f"The nodes of the first hidden layer that moved the total of {winner} most"
        effects = [f"value {node.value:.2f}: {node.contribution:+.2f} for {winner}" for node in nodes]
    write(axes, EDGE, BOTTOM - ABOVE - BELOW, heading, HEADING)
    words = "Each square holds a node's 784 weights: ink on blue wakes the node, ink on orange quiets it."
    write(axes, EDGE, BOTTOM - ABOVE, words, NOTE, QUIET)
    for x, node, effect in zip(COLUMNS, nodes, effects, strict=False):
        _put_signed(axes, x, BOTTOM, SQUARE, node.weights, ink)
        write(axes, x, BOTTOM + SQUARE + BELOW, node.node.name, NOTE, room=SQUARE)
        colour = AGAINST if node.contribution < 0 else FOR
        write(axes, x, BOTTOM + SQUARE + 2 * BELOW, effect, NOTE, colour, room=SQUARE)
