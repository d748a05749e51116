"""A comparison as a picture: how well networks read against how large they are.

Up is better and left is cheaper, so what is worth having lies along the upper left edge. Size stands in
logarithms: twice the parameters are the same step everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mnist_ocr.comparison import Row, Run
from mnist_ocr.report.canvas import AGAINST, FOR, FRAME, INK, Colour
from mnist_ocr.report.charting import SMALL, label_axes, legend_above, new_figure, shade
from mnist_ocr.report.comparison_text import setting_text, telling
from mnist_ocr.training import OPTIMIZERS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.transforms import Bbox

HEIGHT = 6.6

COLOURS: tuple[Colour, ...] = (AGAINST, FOR, (0x00, 0x9E, 0x73), (0xCC, 0x79, 0xA7), INK)
MARKERS = "s^oDv"
"""Of the optimizers: colours apart for every kind of colour vision (Okabe and Ito, 2008), and shapes."""

_PLACES: tuple[tuple[str, str, float, float], ...] = (
    ("left", "center", 9, 0),
    ("right", "center", -9, 0),
    ("center", "bottom", 0, 9),
    ("center", "top", 0, -9),
    ("left", "bottom", 7, 7),
    ("right", "bottom", -7, 7),
    ("left", "top", 7, -7),
    ("right", "top", -7, -7),
)
"""Where words may stand beside a point, the best place first: alignment, and how far away in points."""


def draw_comparison(rows: Sequence[Row]) -> Figure:
    """Draw a point for each row with a mean, with its spread, and name it where there is room.

    Raises:
        ValueError: no row has one.
    """
    from matplotlib.ticker import NullLocator, PercentFormatter

    drawn = [row for row in rows if row.mean is not None]
    if not drawn:
        raise ValueError("no run came to its end: there is nothing to draw")
    figure = new_figure(HEIGHT)
    axes = figure.add_subplot()
    seeds = len(drawn[0].runs)
    label_axes(axes, _title(seeds), "weights and biases", "validation images read correctly", legend=True)
    axes.grid(color=shade(FRAME))
    axes.set_axisbelow(True)
    used = [name for name in OPTIMIZERS if any(_optimizer(row) == name for row in drawn)]
    points = [_draw_points(axes, [row for row in drawn if _optimizer(row) == name], name) for name in used]
    if len(used) > 1:
        legend_above(axes, points, used)
    axes.set_xscale("log")
    _leave_room(axes, drawn)
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(lambda count, _: f"{count:,.0f}")
    axes.yaxis.set_major_formatter(PercentFormatter(1))
    figure.draw_without_rendering()  # from here on it is known where everything is
    _name_points(axes, drawn)
    return figure


def _title(seeds: int) -> str:
    return (
        "Accuracy against size"
        if seeds == 1
        else f"Accuracy against size: mean of {seeds} seeds ± standard deviation"
    )


def _optimizer(row: Row) -> str:
    return row.runs[0].recipe.optimizer


def _draw_points(axes: Axes, rows: list[Row], optimizer: str) -> Any:
    place = list(OPTIMIZERS).index(optimizer)
    return axes.errorbar(
        [row.parameters for row in rows],
        [row.mean or 0 for row in rows],
        yerr=[row.deviation or 0 for row in rows],
        fmt=MARKERS[place % len(MARKERS)],
        color=shade(COLOURS[place % len(COLOURS)]),
        markersize=9,
        elinewidth=2,
        capsize=5,
        capthick=2,
        zorder=3,
    )


def _leave_room(axes: Axes, rows: list[Row]) -> None:
    """Make the axes longer than what they hold, for the words beside the outermost points."""
    counts = [row.parameters for row in rows]
    axes.set_xlim(min(counts) / 1.7, max(counts) * 1.7)
    ends = [(row.mean or 0) + sign * (row.deviation or 0) for row in rows for sign in (1, -1)]
    room = max(0.12 * (max(ends) - min(ends)), 0.002)
    axes.set_ylim(min(ends) - room, max(ends) + room)


def _name_points(axes: Axes, rows: list[Row]) -> None:
    """Say beside each point what it is, the best ones first; the table has those that find no room."""
    from matplotlib.transforms import Bbox

    names = [name for name in telling([row.runs[0] for row in rows]) if name != "optimizer"]
    if not names:
        return
    inside = axes.get_window_extent()
    dot = axes.figure.dpi / 72
    taken = []
    for row in rows:
        x, y = axes.transData.transform((row.parameters, row.mean or 0))
        low, high = (
            axes.transData.transform((row.parameters, (row.mean or 0) + sign * (row.deviation or 0)))[1]
            for sign in (-1, 1)
        )
        taken.append(
            Bbox.from_extents(x - 6 * dot, min(low, y - 6 * dot), x + 6 * dot, max(high, y + 6 * dot))
        )
    for row in rows:
        words = ", ".join(_name(row.runs[0], name) for name in names)
        for across, upright, right, up in _PLACES:
            label = axes.annotate(
                words,
                (row.parameters, row.mean or 0),
                (right, up),
                textcoords="offset points",
                ha=across,
                va=upright,
                size=SMALL,
                color=shade(INK),
                annotation_clip=False,
            )
            box = label.get_window_extent()
            if _fits(box, inside, taken):
                taken.append(box)
                break
            label.remove()


def _fits(box: Bbox, inside: Bbox, taken: list[Bbox]) -> bool:
    contained = inside.x0 <= box.x0 and box.x1 <= inside.x1 and inside.y0 <= box.y0 and box.y1 <= inside.y1
    return contained and not any(box.overlaps(other) for other in taken)


def _name(run: Run, name: str) -> str:
    text = setting_text(name, run.settings[name])
    if name == "hidden":
        return "no hidden layer" if not run.hidden else text.replace(",", "-")
    return text if isinstance(run.settings[name], str) else f"{name.replace('_', ' ')} {text}"
