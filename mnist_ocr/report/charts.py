"""The two charts of an evaluation: which digit is taken for which, and whether a confidence can be trusted.

Blue is what is right and orange what is wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mnist_ocr.report.answer import DIGITS
from mnist_ocr.report.canvas import AGAINST, FOR, INK, PAPER, QUIET
from mnist_ocr.report.charting import LARGE, SMALL, label_axes, legend_above, new_figure, shade
from mnist_ocr.report.evaluate import BINS, Bin, Evaluation

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BAR = 0.9 / BINS
"""Width of a bar, as a part of the axis: a little less than that of a bin."""

DEEPEST = 0.75
"""How much of the orange the most frequent confusion gets: its number has to stay readable."""


def draw_confusion(evaluation: Evaluation) -> Figure:
    """The confusion matrix: a row for each digit that was shown, a column for each that was said."""
    counts = np.zeros((DIGITS, DIGITS + 1), int)
    for prediction in evaluation.predictions:
        counts[prediction.label, prediction.answer.digit if prediction.answer else DIGITS] += 1
    names = [str(digit) for digit in range(DIGITS)]
    said = [*names, "not\nreadable"] if counts[:, DIGITS].any() else names
    counts = counts[:, : len(said)]

    figure = new_figure(height=7.6)
    axes = figure.add_subplot()
    axes.imshow(_confusion_colours(counts), aspect="auto")
    for (label, digit), count in np.ndenumerate(counts):
        if count or label == digit:
            axes.text(
                digit, label, f"{count:,}", ha="center", va="center_baseline", color=shade(INK), size=LARGE
            )
    axes.set_xticks(range(len(said)), said)
    axes.set_yticks(range(DIGITS), names)
    overall = evaluation.overall
    label_axes(
        axes, f"{overall.correct:,} of {overall.images:,} right", "the network said", "the picture shows"
    )
    return figure


def _confusion_colours(counts: npt.NDArray[np.int_]) -> npt.NDArray[np.float64]:
    """Pale blue on the diagonal, and the stronger orange the more often a digit is taken for another."""
    mistakes = counts.copy()
    np.fill_diagonal(mistakes, 0)
    strength = DEEPEST * mistakes / max(mistakes.max(), 1)
    paper, orange, blue = (np.array(colour) / 255 for colour in (PAPER, AGAINST, FOR))
    colours = paper + strength[..., np.newaxis] * (orange - paper)
    diagonal = np.arange(DIGITS)
    colours[diagonal, diagonal] = paper + 0.3 * (blue - paper)
    return np.asarray(colours, float)


def draw_reliability(evaluation: Evaluation) -> Figure:
    """The reliability diagram: how often answers of a confidence are right, and how many there are.

    Where a bar ends at the orange mark, confidence means what it says; where it ends below, the network
    believes too much in itself.
    """
    bins = [part for part in evaluation.bins() if part.answers]
    figure = new_figure(height=6.6)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    error = evaluation.calibration_error
    title = "No answers" if error is None else f"Expected calibration error: {100 * error:.2f} %"
    label_axes(upper, title, "", "part that is right", legend=True)
    label_axes(lower, "", "confidence", "answers")
    _draw_accuracies(upper, bins)
    _draw_counts(lower, bins, most=len(evaluation.predictions))
    return figure


def _draw_accuracies(axes: Axes, bins: list[Bin]) -> None:
    right = axes.bar(_middles(bins), [part.accuracy for part in bins], BAR, color=shade(FOR))
    lefts = [middle - BAR / 2 for middle in _middles(bins)]
    rights = [middle + BAR / 2 for middle in _middles(bins)]
    confidences = [part.confidence for part in bins]
    believed = axes.hlines(confidences, lefts, rights, color=shade(AGAINST), linewidth=4)
    (ideal,) = axes.plot([0, 1], [0, 1], "--", color=shade(INK))
    legend_above(
        axes,
        [right, believed, ideal],
        ["part that is right", "mean confidence", "confidence that means what it says"],
    )
    axes.set_ylim(0, 1.02)
    axes.yaxis.set_major_formatter("{x:.0%}")


def _draw_counts(axes: Axes, bins: list[Bin], most: int) -> None:
    bars = axes.bar(_middles(bins), [part.answers for part in bins], BAR, color=shade(QUIET))
    axes.bar_label(bars, [f"{part.answers:,}" for part in bins], size=SMALL, color=shade(INK), padding=2)
    # In logarithms: most answers are in the last bin, and the others are what is to be seen.
    axes.set_yscale("log")
    axes.set_ylim(0.5, 5 * most)
    axes.set_yticks([])
    axes.set_yticks([], minor=True)
    axes.set_xlim(0, 1)
    axes.xaxis.set_major_formatter("{x:.0%}")


def _middles(bins: list[Bin]) -> list[float]:
    return [(part.low + part.high) / 2 for part in bins]
