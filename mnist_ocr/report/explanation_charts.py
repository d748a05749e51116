"""The two bar charts of an explanation's picture: how the lead adds up, and how sure the network is.

Places and sizes are in points; see `canvas`.
"""

from __future__ import annotations

import numpy as np

from mnist_ocr.report.answer import percent
from mnist_ocr.report.canvas import ABOVE, AGAINST, FOR, FRAME, HEADING, INK, NOTE, QUIET, Canvas
from mnist_ocr.report.explanation import Explanation

ROW, THICKNESS = 25.0, 16.0
"""From one bar to the next, and how thick a bar is."""

BASE = 13.0
"""From the top of a bar to the base line of its words: they stand in its middle."""

FIGURE = 92.0
"""Room right of the bars, for the number that each one stands for."""

DECIMALS = 6
"""Digits after the point of a share of the lead: as many as the words show, so that both show the same."""

NAME, DIGIT = 98.0, 20.0
"""Room left of the bars, for what each one is."""


def draw_lead(canvas: Canvas, explanation: Explanation, x: float, y: float, width: float) -> None:
    """Four bars, each beginning where the one above ended: ink for, ink against, biases, the lead."""
    winner, runner_up = explanation.winner, explanation.runner_up
    canvas.text(x, y - ABOVE, f"What that adds up to: the lead of {winner} over {runner_up}", HEADING)
    parts = explanation.printed_lead(DECIMALS)
    others = "all biases" if explanation.piecewise_linear else "biases, f(0)"
    names = f"ink for {winner}", f"ink for {runner_up}", others, "the lead"
    ends = np.cumsum([float(part) for part in parts[:-1]])
    bars = [(0.0, ends[0]), (ends[0], ends[1]), (ends[1], ends[2]), (0.0, ends[2])]
    lowest, highest = min(0.0, ends.min()), max(0.0, ends.max())
    scale = (width - NAME - FIGURE) / ((highest - lowest) or 1.0)
    for place, (name, part, bar) in enumerate(zip(names, parts, bars, strict=True)):
        top = y + place * ROW
        left, length = NAME + (min(bar) - lowest) * scale, (max(bar) - min(bar)) * scale
        canvas.text(x, top + BASE, name, NOTE)
        canvas.box(x + left, top, length, THICKNESS, FOR if part > 0 else AGAINST)
        canvas.text(x + width, top + BASE, f"{part:+f}", NOTE, anchor="rs")
    canvas.box(x, y + 3 * ROW - (ROW - THICKNESS) / 2, width, 1, INK)  # as above a sum on paper


def draw_probabilities(canvas: Canvas, explanation: Explanation, x: float, y: float, width: float) -> None:
    """A bar for each of the ten digits."""
    canvas.text(x, y - ABOVE, "How much it believes in each digit", HEADING)
    whole = width - DIGIT - FIGURE
    colours = {explanation.winner: FOR, explanation.runner_up: AGAINST}
    for digit, probability in enumerate(explanation.answer.probabilities):
        top = y + digit * ROW
        canvas.text(x, top + BASE, f"{digit}", NOTE)
        canvas.box(x + DIGIT, top, whole, THICKNESS, FRAME)
        canvas.box(x + DIGIT, top, whole * probability, THICKNESS, colours.get(digit, QUIET))
        canvas.text(x + width, top + BASE, percent(probability), NOTE, anchor="rs")
