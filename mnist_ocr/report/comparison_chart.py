"""A comparison as a picture: how well networks read against how large they are.

Up is better and left is cheaper, so what is worth having lies along the upper left edge. Size stands in
logarithms: twice the parameters are the same step everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mnist_ocr.comparison import Row, Run
from mnist_ocr.report.canvas import AGAINST, FOR, FRAME, INK, Colour
from mnist_ocr.report.charting import label_axes, legend_above, new_figure, shade
from mnist_ocr.report.comparison_text import NONE, setting_text, telling
from mnist_ocr.report.point_names import Named, put_names
from mnist_ocr.training import OPTIMIZERS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.transforms import Transform

HEIGHT = 6.6

SIZE = 9.0
"""Of a point, in points."""

BESIDE, MOST_BESIDE = 12.0, 30.0
"""How far apart networks of one size stand, and the first from the last: spreads would hide each other."""

COLOURS: tuple[Colour, ...] = (AGAINST, FOR, (0x00, 0x9E, 0x73), (0xCC, 0x79, 0xA7), INK)
MARKERS = "s^oDv"
"""Of the optimizers: colours apart for every kind of colour vision (Okabe and Ito, 2008), and shapes."""


def draw_comparison(rows: Sequence[Row]) -> Figure:
    """Draw a point for each row with a mean, with its spread, and name it where there is room.

    Raises:
        ValueError: no row has one.
    """
    from matplotlib.ticker import LogLocator, NullLocator, PercentFormatter

    drawn = [row for row in rows if row.mean is not None]
    if not drawn:
        raise ValueError("no run came to its end: there is nothing to draw")
    figure = new_figure(HEIGHT)
    axes = figure.add_subplot()
    title = _title(len(drawn[0].runs))
    optimizers = [name for name in OPTIMIZERS if any(_optimizer(row) == name for row in drawn)]
    legend = len(optimizers) > 1
    label_axes(axes, title, "weights and biases", "validation images read correctly", legend=legend)
    axes.grid(color=shade(FRAME))
    axes.set_axisbelow(True)
    axes.set_xscale("log")
    _leave_room(axes, drawn)
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(lambda count, _: f"{count:,.0f}")
    axes.yaxis.set_major_formatter(PercentFormatter(1))
    shifts = _side_by_side(drawn)
    points = [_draw_points(axes, drawn, name, shifts) for name in optimizers]
    if legend:
        legend_above(axes, points, optimizers)
    figure.draw_without_rendering()  # from here on it is known where everything is
    _name_points(axes, drawn, shifts)
    return figure


def _title(seeds: int) -> str:
    return (
        "Accuracy against size"
        if seeds == 1
        else f"Accuracy against size: mean of {seeds} seeds ± standard deviation"
    )


def _optimizer(row: Row) -> str:
    return row.runs[0].config.optimizer


def _side_by_side(rows: list[Row]) -> dict[Run, float]:
    """How far to the right of its size each row stands, in points."""
    shifts = {}
    order = list(OPTIMIZERS)
    for size in {row.parameters for row in rows}:
        runs = [row.runs[0] for row in rows if row.parameters == size]
        runs.sort(key=lambda run: order.index(run.config.optimizer))
        beside = min(BESIDE, MOST_BESIDE / max(len(runs) - 1, 1))
        shifts.update({run: beside * (place - (len(runs) - 1) / 2) for place, run in enumerate(runs)})
    return shifts


def _draw_points(axes: Axes, rows: list[Row], optimizer: str, shifts: Mapping[Run, float]) -> Any:
    """Draw those of one optimizer; a point, for the legend."""
    place = list(OPTIMIZERS).index(optimizer)
    for row in rows:
        if _optimizer(row) == optimizer:
            points = axes.errorbar(
                row.parameters,
                row.mean or 0,
                yerr=row.deviation,
                fmt=MARKERS[place % len(MARKERS)],
                color=shade(COLOURS[place % len(COLOURS)]),
                markersize=SIZE,
                elinewidth=2,
                capsize=SIZE / 2,
                capthick=2,
                zorder=3,
                transform=_shifted(axes, shifts[row.runs[0]]),
            )
    return points.lines[0]


def _shifted(axes: Axes, shift: float) -> Transform:
    """Where figures are in the chart, some points to the right of it."""
    from matplotlib.transforms import ScaledTranslation

    return axes.transData + ScaledTranslation(shift / 72, 0, axes.figure.dpi_scale_trans)


def _leave_room(axes: Axes, rows: list[Row]) -> None:
    """Make the axes longer than what they hold, for the words beside the outermost points."""
    counts = [row.parameters for row in rows]
    axes.set_xlim(min(counts) / 1.7, max(counts) * 1.7)
    ends = [(row.mean or 0) + sign * (row.deviation or 0) for row in rows for sign in (1, -1)]
    room = max(0.12 * (max(ends) - min(ends)), 0.002)
    axes.set_ylim(min(ends) - room, max(ends) + room)


def _name_points(axes: Axes, rows: list[Row], shifts: Mapping[Run, float]) -> None:
    """Say beside each point what it is, the best ones first; the table has those that find no room.

    Points that differ in the optimizer only stand close together and share their words.
    """
    names = [name for name in telling([row.runs[0] for row in rows]) if name != "optimizer"]
    points = []
    for row in rows:
        words = ", ".join(_name(row.runs[0], name) for name in names)
        place = _shifted(axes, shifts[row.runs[0]])
        x, y = place.transform((row.parameters, row.mean or 0))
        _, top = place.transform((row.parameters, (row.mean or 0) + (row.deviation or 0)))
        height = SIZE / 2 + (top - y) / axes.figure.dpi * 72
        points.append(Named(x, y, SIZE / 2, height, words, (row.parameters, words)))
    put_names(axes, points)


def _name(run: Run, name: str) -> str:
    text = setting_text(name, run.settings[name])
    if name == "hidden":
        return "no hidden layer" if not run.hidden else text.replace(",", "-")
    return (
        text if isinstance(run.settings[name], str) and text != NONE else f"{name.replace('_', ' ')} {text}"
    )
