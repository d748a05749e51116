"""How a training went, drawn: loss and accuracy over the epochs, on training and on validation images.

The two kinds of images are not measured alike. A training image counts at the moment when it is learned from:
changed at random, by a network that gets better during the epoch. The validation images are read after the
epoch, as they are. So validation may well look better; what tells that a network only learns by heart is
validation that gets worse while training still gets better.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mnist_ocr.report.canvas import AGAINST, FOR, FRAME, INK
from mnist_ocr.report.charting import label_axes, legend_above, new_figure, shade
from mnist_ocr.training import Epoch

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_POINTS = 30
"""Epochs that have a point each on the line; more of them would run together."""

HEIGHT = 7.4

LINES: dict[str, Any] = {
    "validation, after the epoch": {"color": shade(FOR), "marker": "o", "zorder": 3},
    "training, while learning, as augmented": {
        "color": shade(AGAINST),
        "marker": "s",
        "linestyle": "--",
    },
}
"""What is drawn and how: apart by colour, by the kind of line, and by the points."""


def draw_curves(epochs: Sequence[Epoch], kept: int | None) -> Figure:
    """Draw both curves of both figures, and mark the epoch whose network was kept.

    Args:
        epochs: the finished ones, at least one.
        kept: the number of that epoch, or None if none was.

    Raises:
        ValueError: there are no epochs, or none of the number `kept`.
    """
    from matplotlib.ticker import MaxNLocator, PercentFormatter

    if not epochs:
        raise ValueError("no epoch was finished: there is nothing to draw")
    numbers = [epoch.number for epoch in epochs]
    if kept is not None and kept not in numbers:
        raise ValueError(f"epoch {kept} was kept, but is not among those from {numbers[0]} to {numbers[-1]}")
    losses = [[epoch.validation.loss for epoch in epochs], [epoch.loss for epoch in epochs]]
    accuracies = [[epoch.validation.accuracy for epoch in epochs], [epoch.accuracy for epoch in epochs]]

    figure = new_figure(HEIGHT)
    upper, lower = figure.subplots(2, 1, sharex=True)
    label_axes(upper, "Loss: how wrong, on average", "", "loss", legend=True)
    lines = _draw_lines(upper, numbers, losses)
    legend_above(upper, lines, list(LINES))
    upper.set_ylim(0, 1.05 * max(_settled(losses)) or 1)
    label_axes(lower, "Accuracy: part read correctly", "epoch", "accuracy", legend=True)
    _draw_lines(lower, numbers, accuracies)
    lowest = min(*_settled(accuracies), 0.99)  # a line at 100 % needs some room below it, too
    room = 0.06 * (1 - lowest)
    lower.set_ylim(max(lowest - room, 0), 1 + room)
    lower.yaxis.set_major_formatter(PercentFormatter(1))
    lower.set_xlim(numbers[0] - 0.5, numbers[-1] + 0.5)
    lower.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    if kept is not None:
        _mark(upper, lower, epochs[numbers.index(kept)])
    return figure


def _draw_lines(axes: Axes, numbers: list[int], series: list[list[float]]) -> list[Any]:
    """Draw a line for each of `LINES`, the validation images' in front."""
    axes.grid(axis="y", color=shade(FRAME))
    axes.set_axisbelow(True)
    size = 5 if len(numbers) <= MOST_POINTS else 0
    return [
        axes.plot(numbers, values, markersize=size, linewidth=2, **style)[0]
        for values, style in zip(series, LINES.values(), strict=True)
    ]


def _settled(series: list[list[float]]) -> list[float]:
    """All values but those of the first tenth of the epochs.

    The axes need not hold the first ones: so far from all others, they would press those into a line.
    """
    return [value for values in series for value in values[len(values) // 10 :]]


def _mark(upper: Axes, lower: Axes, kept: Epoch) -> None:
    """A line through both charts at the epoch that was kept, rings around its figures, and words."""
    for axes, value in ((upper, kept.validation.loss), (lower, kept.validation.accuracy)):
        axes.axvline(kept.number, color=shade(INK), linestyle=":", zorder=1)
        (ring,) = axes.plot(
            kept.number,
            value,
            marker="o",
            linestyle="",
            markersize=12,
            markeredgewidth=2,
            markerfacecolor="none",
            markeredgecolor=shade(INK),
            zorder=4,
        )
    # Above the chart, because there is no place in it that no curve may need.
    words = f"kept: epoch {kept.number}, reads {kept.validation.accuracy:.2%} of the validation images"
    legend_above(lower, [ring], [words])
