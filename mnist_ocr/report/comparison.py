"""The report of a comparison: a ranked table for people, an object for programs, and a chart.

The chart shows accuracy against the number of parameters. Up is better and left is cheaper, so the networks
worth having lie along the upper left edge. The number of parameters is on a logarithmic axis: doubling it is
the same step everywhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mnist_ocr.comparison import Result, Row, Run
from mnist_ocr.report.charts import AGAINST, FOR, FRAME, INK, SMALL, label_axes, legend_above, new_figure
from mnist_ocr.training import OPTIMIZERS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.transforms import Transform

SETTINGS = (
    "hidden",
    "activation",
    "optimizer",
    "learning_rate",
    "batch_size",
    "schedule",
    "momentum",
    "weight_decay",
    "label_smoothing",
    "augment",
    "outliers",
    "synthetic",
)
"""What can differ from row to row, by its name in `Run.settings`."""

SPREAD = "sample standard deviation"

NONE = "none"


# --- text ----------------------------------------------------------------------------------------------


def setting_text(name: str, value: Any) -> str:
    """A setting as a person would type it."""
    if name == "hidden":
        return ",".join(map(str, value)) or NONE
    if name == "batch_size" and value is None:
        return "full"
    if isinstance(value, float):
        return f"{value:g}"
    return NONE if value is None else str(value)


def _named(run: Run, name: str) -> str:
    return f"{_spaced(name)} {setting_text(name, run.settings[name])}"


def _spaced(name: str) -> str:
    return name.replace("_", " ")


def varying(runs: Sequence[Run]) -> list[str]:
    """The settings that differ between runs; networks without an activation do not count as a difference."""
    found = []
    for name in SETTINGS:
        values = {setting_text(name, run.settings[name]) for run in runs}
        if len(values - {NONE} if name == "activation" else values) > 1:
            found.append(name)
    return found


def distinguishing(runs: Sequence[Run]) -> list[str]:
    """The settings that tell runs apart: those that vary, but no learning rate that the optimizer implies."""
    pairs = {(run.config.optimizer, run.config.learning_rate) for run in runs}
    implied = len(pairs) == len({optimizer for optimizer, _ in pairs})
    return [name for name in varying(runs) if not (implied and name == "learning_rate")]


def run_line(run: Run, outcome: Result, names: Sequence[str]) -> str:
    """The line about a run that has ended; `names` are the settings to mention."""
    what = ", ".join([*(_named(run, name) for name in names), f"seed {run.config.seed}"])
    if outcome.failed:
        return f"failed   {what}: {outcome.failed}"
    if outcome.diverged:
        return f"diverged {what}: {outcome.diverged}"
    best = f"epoch {outcome.best_epoch} of {len(outcome.accuracies)}"
    return f"{outcome.accuracy:8.2%} {what}: {best}, {outcome.seconds:.1f} s"


def comparison_text(rows: Sequence[Row]) -> str:
    """The ranked table, below the settings that all rows share and above the notes on how to read it."""
    runs = [row.runs[0] for row in rows]
    names = varying(runs)
    first = max(runs, key=lambda run: len(run.hidden))  # a run with an activation, if there is one
    common = [_named(first, name) for name in SETTINGS if name not in names]
    common.append(f"{first.config.epochs} {'epoch' if first.config.epochs == 1 else 'epochs'}")
    if first.config.patience:
        common.append(f"patience {first.config.patience}")
    seeds = len(rows[0].runs)
    common.append(f"seeds 0 to {seeds - 1}" if seeds > 1 else "seed 0")
    tested = any(row.test is not None for row in rows)
    numbers = ["rank", "validation", "parameters", "seconds", *(["test"] if tested else [])]
    lines = [
        [*numbers, *map(_spaced, names)],
        *(_cells(number, row, names, tested) for number, row in enumerate(rows, 1)),
    ]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    table = [
        "  ".join(
            cell.rjust(width) if column < len(numbers) else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    ]
    return "\n".join([f"all: {', '.join(common)}", "", *table, "", *_notes(rows, seeds, tested)])


def _cells(number: int, row: Row, names: Sequence[str], tested: bool) -> list[str]:
    test = "" if row.test is None or row.winner is None else f"{row.test:.2%} (seed {row.winner.config.seed})"
    return [
        str(number) if row.complete else "-",
        _accuracy(row),
        f"{row.parameters:,}",
        "" if row.seconds is None else f"{row.seconds:.1f}",
        *([test] if tested else []),
        *(setting_text(name, row.runs[0].settings[name]) for name in names),
    ]


def _accuracy(row: Row) -> str:
    """The mean and its spread, and how many runs are not in it."""
    parts = []
    if row.mean is not None:
        parts.append(f"{row.mean:.2%}" if row.deviation is None else f"{row.mean:.2%} ± {row.deviation:.2%}")
    counts = Counter(_problem(row.outcomes.get(run)) for run in row.runs)
    for what in ("diverged", "failed", "missing"):
        if counts[what]:
            parts.append(what if len(row.runs) == 1 else f"{counts[what]} of {len(row.runs)} {what}")
    return ", ".join(parts)


def _problem(outcome: Result | None) -> str:
    if outcome is None:
        return "missing"
    if outcome.failed:
        return "failed"
    return "diverged" if outcome.diverged else ""


def _notes(rows: Sequence[Row], seeds: int, tested: bool) -> list[str]:
    notes = ["validation: share of the validation images that were read correctly; rows are ranked by it"]
    if seeds > 1:
        notes[0] += f". Mean over {seeds} seeds ± {SPREAD}"
        notes.append("rows that differ by less than their ± may be equally good: more seeds would tell")
    else:
        notes.append("one seed only, so there is no spread: more --seeds would show how much is chance")
    if any(not row.complete for row in rows):
        notes.append("rows without a rank lack runs; a mean over the other runs flatters them")
    if tested:
        notes.append(
            "test: the network of the best seed of each row, trained once more, read the test images once; "
            "nothing was chosen by it"
        )
    return notes


def comparison_object(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The ranked rows with named fields, ready to be written as JSON; accuracies are 0 to 1."""
    return [_row_object(number, row) for number, row in enumerate(rows, 1)]


def _row_object(number: int, row: Row) -> dict[str, Any]:
    outcomes = {str(run.config.seed): outcome for run, outcome in row.outcomes.items()}
    return {
        "rank": number,
        "settings": {name: row.runs[0].settings[name] for name in SETTINGS},
        "seeds": [run.config.seed for run in row.runs],
        "complete": row.complete,
        "accuracy": {
            "mean": row.mean,
            "deviation": row.deviation,
            "each": {seed: outcome.accuracy for seed, outcome in outcomes.items() if not outcome.failed},
        },
        "parameters": row.parameters,
        "seconds": row.seconds,
        "diverged": {seed: outcome.diverged for seed, outcome in outcomes.items() if outcome.diverged},
        "failed": {seed: outcome.failed for seed, outcome in outcomes.items() if outcome.failed},
        "missing": len(row.runs) - len(outcomes),
        "test": None
        if row.winner is None or row.test is None
        else {"seed": row.winner.config.seed, "accuracy": row.test},
    }


# --- chart ---------------------------------------------------------------------------------------------

SIZE = 9.0
"""Diameter of a point, in typographic points."""

BESIDE, MOST_BESIDE = 12.0, 30.0
"""Distance, in points, between networks of one size, and at most between the first and the last of them."""

COLOURS = (AGAINST, FOR, "#009e73", "#cc79a7", INK)
MARKERS = "s^oDvP*X"
"""One of each per optimizer; the colours differ for every kind of colour vision (Okabe and Ito, 2008)."""

LABEL_OFFSETS = (
    ("left", "center", 9, 0),
    ("right", "center", -9, 0),
    ("center", "bottom", 0, 9),
    ("center", "top", 0, -9),
    ("left", "bottom", 7, 7),
    ("right", "bottom", -7, 7),
    ("left", "top", 7, -7),
    ("right", "top", -7, -7),
)
"""Where a label may stand, the best position first: its alignment, and the distance in points."""


def draw_comparison(rows: Sequence[Row]) -> Figure:
    """Draw a point with its spread for each row that has a mean, of which there is one at least."""
    from matplotlib.ticker import LogLocator, NullLocator, PercentFormatter

    drawn = [row for row in rows if row.mean is not None]
    optimizers = [name for name in OPTIMIZERS if any(_optimizer(row) == name for row in drawn)]
    seeds = len(drawn[0].runs)
    spread = f": mean of {seeds} seeds ± standard deviation" if seeds > 1 else ""
    legend = len(optimizers) > 1
    figure = new_figure(height=6.6)
    axes = figure.add_subplot()
    title = f"Accuracy against size{spread}"
    label_axes(axes, title, "weights and biases", "validation images read correctly", legend=legend)
    axes.grid(color=FRAME)
    axes.set_axisbelow(True)
    axes.set_xscale("log")
    _leave_room(axes, drawn)
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(lambda count, _: f"{count:,.0f}")
    axes.yaxis.set_major_formatter(PercentFormatter(1))
    positions = [_position(axes, row, drawn) for row in drawn]
    points = {
        _optimizer(row): _draw_point(axes, row, position)
        for row, position in zip(drawn, positions, strict=True)
    }
    if legend:
        legend_above(axes, [points[name] for name in optimizers], optimizers)
    figure.draw_without_rendering()  # settles where everything is, which the labels depend on
    _label_points(axes, drawn, positions)
    return figure


def _optimizer(row: Row) -> str:
    return row.runs[0].config.optimizer


def _leave_room(axes: Axes, rows: Sequence[Row]) -> None:
    """Make the axes longer than the data needs, for the labels of the outermost points."""
    counts = [row.parameters for row in rows]
    axes.set_xlim(min(counts) / 1.7, max(counts) * 1.7)
    ends = [(row.mean or 0) + sign * (row.deviation or 0) for row in rows for sign in (1, -1)]
    room = max(0.12 * (max(ends) - min(ends)), 0.002)
    axes.set_ylim(min(ends) - room, max(ends) + room)


def _position(axes: Axes, row: Row, rows: Sequence[Row]) -> Transform:
    """From the data of a row to the figure: rows of the same size are drawn beside each other."""
    from matplotlib.transforms import ScaledTranslation

    order = list(OPTIMIZERS)
    same_size = [other for other in rows if other.parameters == row.parameters]
    same_size.sort(key=lambda other: order.index(_optimizer(other)))
    beside = min(BESIDE, MOST_BESIDE / max(len(same_size) - 1, 1))
    shift = beside * (same_size.index(row) - (len(same_size) - 1) / 2)
    return axes.transData + ScaledTranslation(shift / 72, 0, axes.figure.dpi_scale_trans)


def _draw_point(axes: Axes, row: Row, position: Transform) -> Any:
    index = list(OPTIMIZERS).index(_optimizer(row))
    point = axes.errorbar(
        row.parameters,
        row.mean or 0,
        yerr=row.deviation,
        fmt=MARKERS[index % len(MARKERS)],
        color=COLOURS[index % len(COLOURS)],
        markersize=SIZE,
        elinewidth=2,
        capsize=SIZE / 2,
        capthick=2,
        zorder=3,
        transform=position,
    )
    return point.lines[0]


def _label_points(axes: Axes, rows: Sequence[Row], positions: Sequence[Transform]) -> None:
    """Write beside each point what it is, the best rows first, without hiding points or other labels.

    A label goes to the first free position around its point and is left out if there is none; the table has
    all of them. Points that differ only in the optimizer stand close together and share one label.
    """
    from matplotlib.transforms import Bbox

    names = [name for name in distinguishing([row.runs[0] for row in rows]) if name != "optimizer"]
    radius = SIZE / 2 * axes.figure.dpi / 72
    centres, occupied = [], []
    for row, position in zip(rows, positions, strict=True):
        x, y = position.transform((row.parameters, row.mean or 0))
        _, top = position.transform((row.parameters, (row.mean or 0) + (row.deviation or 0)))
        centres.append((x, y))
        occupied.append(Bbox.from_extents(x - radius, 2 * y - top - radius, x + radius, top + radius))
    inside = axes.get_window_extent()
    done = set()
    for row, centre in zip(rows, centres, strict=True):
        text = ", ".join(_label(row.runs[0], name) for name in names)
        if not text or (row.parameters, text) in done:
            continue
        for across, upright, right, up in LABEL_OFFSETS:
            label = axes.annotate(
                text,
                centre,
                (right, up),
                xycoords="figure pixels",
                textcoords="offset points",
                ha=across,
                va=upright,
                size=SMALL,
                color=INK,
            )
            box = label.get_window_extent()
            contained = inside.containsx(box.x0) and inside.containsx(box.x1)
            contained &= inside.containsy(box.y0) and inside.containsy(box.y1)
            if contained and not any(box.overlaps(other) for other in occupied):
                occupied.append(box)
                done.add((row.parameters, text))
                break
            label.remove()


def _label(run: Run, name: str) -> str:
    text = setting_text(name, run.settings[name])
    if name == "hidden":
        return "no hidden layer" if not run.hidden else text.replace(",", "-")
    is_word = isinstance(run.settings[name], str) and text != NONE
    return text if is_word else _named(run, name)
