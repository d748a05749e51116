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
from mnist_ocr.report.canvas import AGAINST, FOR, FRAME, INK, QUIET, Canvas, in_grey, in_two_colours
from mnist_ocr.report.explanation import Explanation, add_up

MARGIN, SQUARE, GAP = 34.0, 182.0, 28.0
"""Four squares, three gaps and two margins are 880 points, the width of a README; a square is 28 * 6.5."""

WIDTH = 2 * MARGIN + 4 * SQUARE + 3 * GAP
LARGE = 2 * SQUARE + GAP
COLUMNS = [MARGIN + place * (SQUARE + GAP) for place in range(4)]

TITLE, HEADING, NOTE = 32.0, 17.0, 14.0
"""Sizes of letters."""

TOP_ROW, MIDDLE_ROW, BOTTOM_ROW, HEIGHT = 148.0, 412.0, 910.0, 1166.0
"""Where the squares of each row begin, and where the sheet ends."""

ROW = 25.0
"""From one bar to the next."""

FADED = 0.25
"""What is left of the picture's contrast where its ink is marked."""

INK_FROM = 128
"""Grey, 0 to 255, from which a pixel is inside the outline of the ink."""

Colours = npt.NDArray[np.uint8]


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
    _draw_lead(canvas, explanation)
    _draw_probabilities(canvas, explanation)
    _draw_nodes(canvas, explanation, ink)
    return canvas


def _draw_title(canvas: Canvas, explanation: Explanation) -> None:
    answer = explanation.answer
    canvas.text(MARGIN, 62, f"Why {explanation.winner}, and not {explanation.runner_up}?", TITLE)
    says = "and is sure of it" if answer.sure else "but that is a guess"
    behind = answer.probabilities[explanation.runner_up]
    words = (
        f"The network says {answer.digit}, {says}: {_percent(answer.confidence)}. "
        f"Next comes {explanation.runner_up}, with {_percent(behind)}."
    )
    canvas.text(MARGIN, 94, words, HEADING, QUIET)


def _draw_way_in(canvas: Canvas, reading: Reading) -> None:
    grey, kept, dropped = reading.stages.grey, reading.stages.kept, reading.stages.dropped
    marked = in_grey(255 - (255 - grey) * FADED)
    if kept.all():
        found = "not searched for: all was taken"
    else:
        found = "blue: kept, orange: dropped" if dropped.any() else "blue: all of it was kept"
        marked[kept], marked[dropped] = FOR, AGAINST
    rows, columns = np.nonzero(kept.any(axis=1))[0], np.nonzero(kept.any(axis=0))[0]
    cut = grey[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    panels = (
        ("What you gave", "in grey, upright", in_grey(grey)),
        ("The ink that was found", found, marked),
        ("Cut out", "the box around the ink", in_grey(cut)),
        ("What the network saw", "28 x 28 pixels, white is ink", in_grey(reading.pixels)),
    )
    for x, (heading, note, colours) in zip(COLUMNS, panels, strict=True):
        canvas.text(x, TOP_ROW - 12, heading, HEADING)
        canvas.picture(x, TOP_ROW, colours, SQUARE)
        canvas.text(x, TOP_ROW + SQUARE + 20, note, NOTE, QUIET)
        if x != COLUMNS[0]:
            canvas.arrow(x - GAP / 2, TOP_ROW + SQUARE / 2, 14)


def _draw_pixel_shares(canvas: Canvas, explanation: Explanation, ink: npt.NDArray[np.bool_]) -> None:
    winner, runner_up = explanation.winner, explanation.runner_up
    canvas.text(MARGIN, MIDDLE_ROW - 12, "Which pixels spoke", HEADING)
    canvas.picture(MARGIN, MIDDLE_ROW, in_two_colours(explanation.pixel_shares), LARGE)
    canvas.outline(MARGIN, MIDDLE_ROW, ink, LARGE)
    y = MIDDLE_ROW + LARGE + 20
    canvas.box(MARGIN, y - 11, 12, 12, FOR)
    canvas.text(MARGIN + 18, y, f"for {winner}", NOTE, QUIET)
    canvas.box(MARGIN + 80, y - 11, 12, 12, AGAINST)
    canvas.text(MARGIN + 98, y, f"against it, for {runner_up}", NOTE, QUIET)


def _draw_lead(canvas: Canvas, explanation: Explanation) -> None:
    winner, runner_up = explanation.winner, explanation.runner_up
    shares = explanation.pixel_shares
    favourable, contrary = float(shares[shares > 0].sum()), float(shares[shares < 0].sum())
    parts = add_up((favourable, contrary, explanation.constant_share), explanation.lead, 2)
    x, y = COLUMNS[2], MIDDLE_ROW
    canvas.text(x, y - 12, f"What that adds up to: the lead of {winner}", HEADING)
    names = (f"ink for {winner}", f"ink for {runner_up}", "all biases", "the lead")
    # Each bar begins where the one above it ended; the last one begins at 0 again.
    ends = np.cumsum([float(part) for part in parts[:3]])
    bars = [(0.0, ends[0]), (ends[0], ends[1]), (ends[1], ends[2]), (0.0, ends[2])]
    lowest, highest = min(0.0, ends.min()), max(0.0, ends.max())
    scale = 216 / ((highest - lowest) or 1.0)
    for place, (name, part, bar) in enumerate(zip(names, parts, bars, strict=True)):
        base = y + 17 + place * ROW
        canvas.text(x, base, name, NOTE)
        left = x + 98 + (min(bar) - lowest) * scale
        canvas.box(left, base - 13, abs(bar[1] - bar[0]) * scale, 16, FOR if part > 0 else AGAINST)
        canvas.text(x + LARGE, base, f"{part:+.2f}", NOTE, anchor="rs")
    canvas.box(x, y + 17 + 2 * ROW + 7, LARGE, 1, INK)


def _draw_probabilities(canvas: Canvas, explanation: Explanation) -> None:
    x, y = COLUMNS[2], MIDDLE_ROW + 146
    canvas.text(x, y - 12, "How much it believes in each digit", HEADING)
    for digit, probability in enumerate(explanation.answer.probabilities):
        base = y + 17 + digit * ROW
        canvas.text(x, base, f"{digit}", NOTE)
        canvas.box(x + 20, base - 13, 294, 16, FRAME)
        colour = FOR if digit == explanation.winner else AGAINST if digit == explanation.runner_up else QUIET
        canvas.box(x + 20, base - 13, 294 * probability, 16, colour)
        canvas.text(x + LARGE, base, _percent(probability), NOTE, anchor="rs")


def _draw_nodes(canvas: Canvas, explanation: Explanation, ink: npt.NDArray[np.bool_]) -> None:
    heading, captions = _nodes_in_words(explanation)
    canvas.text(MARGIN, BOTTOM_ROW - 36, heading, HEADING)
    canvas.text(
        MARGIN,
        BOTTOM_ROW - 14,
        "Each square holds a node's 784 weights: ink on blue wakes the node, ink on orange quiets it.",
        NOTE,
        QUIET,
    )
    for x, node, (name, effect) in zip(COLUMNS, explanation.picture_nodes, captions, strict=False):
        canvas.picture(x, BOTTOM_ROW, in_two_colours(node.weights), SQUARE)
        canvas.outline(x, BOTTOM_ROW, ink, SQUARE)
        canvas.text(x, BOTTOM_ROW + SQUARE + 20, name, NOTE, room=SQUARE)
        canvas.text(x, BOTTOM_ROW + SQUARE + 40, effect, NOTE, FOR if node.contribution > 0 else AGAINST)


def _nodes_in_words(explanation: Explanation) -> tuple[str, list[tuple[str, str]]]:
    nodes = explanation.picture_nodes[: len(COLUMNS)]
    if nodes[0].node.layer.following is None:
        captions = [(node.node.name, f"total {node.contribution:+.2f}") for node in nodes]
        return "The answers themselves: there is no hidden node between pixels and digits", captions
    captions = [
        (node.node.name, f"value {node.value:.2f}: {node.contribution:+.2f} for {explanation.winner}")
        for node in nodes
    ]
    return f"The nodes of the first hidden layer that counted most for {explanation.winner}", captions


def _percent(part: float) -> str:
    """To a tenth of a percent; what is not quite certain or impossible is not called so."""
    if 0.999 < part < 1:
        return "> 99.9 %"
    if 0 < part < 0.001:
        return "< 0.1 %"
    return f"{100 * part:.1f} %"
