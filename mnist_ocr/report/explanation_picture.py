"""An explanation as one picture: from what somebody gave to why the network said what it said.

Four squares show the way in, one large square which pixels spoke for the winner and which against it, and
four more the hidden nodes that counted most. Sizes are in points; all columns are those of four squares.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mnist_ocr.errors import InputError
from mnist_ocr.files import whole_file
from mnist_ocr.images import Reading
from mnist_ocr.report.answer import percent
from mnist_ocr.report.canvas import (
    ABOVE,
    AGAINST,
    BELOW,
    FOR,
    HEADING,
    NOTE,
    QUIET,
    TITLE,
    Canvas,
    in_two_colours,
)
from mnist_ocr.report.explanation import Explanation
from mnist_ocr.report.explanation_charts import ROW, THICKNESS, draw_lead, draw_probabilities
from mnist_ocr.report.way_in import way_in

MARGIN, SQUARE, GAP = 34.0, 182.0, 28.0
"""Four squares, three gaps and two margins are 880 points, the width of a README; a square is 28 * 6.5."""

WIDTH = 2 * MARGIN + 4 * SQUARE + 3 * GAP
LARGE = 2 * SQUARE + GAP
COLUMNS = [MARGIN + place * (SQUARE + GAP) for place in range(4)]

TITLE_BASE, SUBTITLE_BASE = 62.0, 94.0
TOP_ROW, MIDDLE_ROW, BOTTOM_ROW, HEIGHT = 148.0, 412.0, 910.0, 1166.0
"""The base lines of the first words, where the squares of each row begin, and where the sheet ends."""

INK_FROM = 128
"""Grey, 0 to 255, from which a pixel is inside the outline of the ink."""

ARROW, KEY = 14.0, 12.0
"""Sizes of the arrows between the squares, and of the coloured boxes that say what a colour means."""


def save_picture(explanation: Explanation, reading: Reading, path: str | os.PathLike[str]) -> None:
    """Draw the explanation into a PNG file, whole or not at all; a file of that name is replaced.

    Raises:
        InputError: the name does not end in .png, or nothing can be written there.
    """
    if Path(path).suffix.lower() != ".png":
        raise InputError(f"{path}: the explanation is a PNG picture: expected a name that ends in .png")
    canvas = draw_explanation(explanation, reading)
    try:
        with whole_file(path) as file:
            canvas.save(file)
    except OSError as error:
        raise InputError(f"{path}: the explanation cannot be written there: {error.strerror}") from None


def draw_explanation(explanation: Explanation, reading: Reading) -> Canvas:
    """Draw everything on one sheet."""
    canvas = Canvas(WIDTH, HEIGHT)
    _draw_title(canvas, explanation)
    _draw_way_in(canvas, reading)
    ink = reading.pixels >= INK_FROM
    _draw_pixel_shares(canvas, explanation, ink)
    draw_lead(canvas, explanation, COLUMNS[2], MIDDLE_ROW, LARGE)
    # The last of the ten bars ends where the large square does.
    first_bar = MIDDLE_ROW + LARGE - 9 * ROW - THICKNESS
    draw_probabilities(canvas, explanation, COLUMNS[2], first_bar, LARGE)
    _draw_nodes(canvas, explanation, ink)
    return canvas


def _draw_title(canvas: Canvas, explanation: Explanation) -> None:
    answer = explanation.answer
    canvas.text(MARGIN, TITLE_BASE, f"Why {explanation.winner}, and not {explanation.runner_up}?", TITLE)
    says = "and is sure of it" if answer.sure else "but that is a guess"
    behind = answer.probabilities[explanation.runner_up]
    words = (
        f"The network says {answer.digit}, {says}: {percent(answer.confidence)}. "
        f"Next comes {explanation.runner_up}, with {percent(behind)}."
    )
    canvas.text(MARGIN, SUBTITLE_BASE, words, HEADING, QUIET)


def _draw_way_in(canvas: Canvas, reading: Reading) -> None:
    for x, (heading, note, colours) in zip(COLUMNS, way_in(reading), strict=True):
        canvas.text(x, TOP_ROW - ABOVE, heading, HEADING)
        canvas.picture(x, TOP_ROW, colours, SQUARE)
        canvas.text(x, TOP_ROW + SQUARE + BELOW, note, NOTE, QUIET)
        if x != COLUMNS[0]:
            canvas.arrow(x - GAP / 2, TOP_ROW + SQUARE / 2, ARROW)


def _draw_pixel_shares(canvas: Canvas, explanation: Explanation, ink: npt.NDArray[np.bool_]) -> None:
    winner, runner_up = explanation.winner, explanation.runner_up
    canvas.text(MARGIN, MIDDLE_ROW - ABOVE, "Which pixels spoke", HEADING)
    canvas.picture(MARGIN, MIDDLE_ROW, in_two_colours(explanation.pixel_shares), LARGE)
    canvas.outline(MARGIN, MIDDLE_ROW, ink, LARGE)
    y = MIDDLE_ROW + LARGE + BELOW
    for x, colour, words in (
        (COLUMNS[0], FOR, f"for {winner}"),
        (COLUMNS[0] + SQUARE / 2, AGAINST, f"against it, for {runner_up}"),
    ):
        canvas.box(x, y - KEY, KEY, KEY, colour)
        canvas.text(x + 1.5 * KEY, y, words, NOTE, QUIET)
    canvas.text(MARGIN + LARGE, y, "without ink: no share", NOTE, QUIET, anchor="rs")


def _draw_nodes(canvas: Canvas, explanation: Explanation, ink: npt.NDArray[np.bool_]) -> None:
    heading, captions = _nodes_in_words(explanation)
    canvas.text(MARGIN, BOTTOM_ROW - ABOVE - BELOW, heading, HEADING)
    words = "Each square holds a node's 784 weights: ink on blue wakes the node, ink on orange quiets it."
    canvas.text(MARGIN, BOTTOM_ROW - ABOVE, words, NOTE, QUIET)
    for x, node, (name, effect) in zip(COLUMNS, explanation.picture_nodes, captions, strict=False):
        canvas.picture(x, BOTTOM_ROW, in_two_colours(node.weights), SQUARE)
        canvas.outline(x, BOTTOM_ROW, ink, SQUARE)
        canvas.text(x, BOTTOM_ROW + SQUARE + BELOW, name, NOTE, room=SQUARE)
        colour = AGAINST if node.contribution < 0 else FOR
        canvas.text(x, BOTTOM_ROW + SQUARE + 2 * BELOW, effect, NOTE, colour, room=SQUARE)


def _nodes_in_words(explanation: Explanation) -> tuple[str, list[tuple[str, str]]]:
    nodes = explanation.picture_nodes[: len(COLUMNS)]
    if nodes[0].node.layer.next is None:
        captions = [(node.node.name, f"total {node.contribution:+.2f}") for node in nodes]
        return "The answers themselves: there is no hidden node between pixels and digits", captions
    captions = [
        (node.node.name, f"value {node.value:.2f}: {node.contribution:+.2f} for {explanation.winner}")
        for node in nodes
    ]
    heading = f"The nodes of the first hidden layer that moved the total of {explanation.winner} most"
    return heading, captions
