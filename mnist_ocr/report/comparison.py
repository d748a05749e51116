"""A comparison of networks: a ranked table for people, one object for programs, and a chart.

The chart shows how well networks read against how large they are. Up is better and left is cheaper, so what
is worth having lies along the upper left edge. Size stands in logarithms: twice the parameters are the same
step everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mnist_ocr.comparison import Failure, Result, Row, Run
from mnist_ocr.report.charts import AGAINST, FOR, FRAME, INK, SMALL, label_axes, legend_above, new_figure
from mnist_ocr.training import OPTIMIZERS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.transforms import Bbox, Transform

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
"""What can differ from row to row, as it is called in `Run.settings`."""

SPREAD = "sample standard deviation"

NONE = "none"


def setting_text(name: str, value: Any) -> str:
    """A setting as a person would type it."""
    if name == "hidden":
        return ",".join(map(str, value)) or NONE
    if name == "batch_size" and value is None:
        return "full"
    if isinstance(value, float):
        return f"{value:g}"
    return NONE if value is None else str(value)


def varying(runs: Sequence[Run]) -> list[str]:
    """The settings that differ between runs, but for networks that cannot have an activation."""
    found = []
    for name in SETTINGS:
        values = {setting_text(name, run.settings[name]) for run in runs}
        if len(values - {NONE} if name == "activation" else values) > 1:
            found.append(name)
    return found


def telling(runs: Sequence[Run]) -> list[str]:
    """The settings that tell runs apart: without learning rates that only follow from the optimizer."""
    pairs = {(run.config.optimizer, run.config.learning_rate) for run in runs}
    follows = len(pairs) == len({optimizer for optimizer, _ in pairs})
    return [name for name in varying(runs) if not (follows and name == "learning_rate")]


def run_line(run: Run, outcome: Result | Failure, names: Sequence[str]) -> str:
    """The line of one run that has ended; `names` are the settings to say."""
    choices = [f"{_plain(name)} {setting_text(name, run.settings[name])}" for name in names]
    said = ", ".join([*choices, f"seed {run.config.seed}"])
    if isinstance(outcome, Failure):
        return f"failed   {said}: {outcome.reason}"
    if outcome.diverged:
        return f"diverged {said}: {outcome.diverged}"
    best = f"epoch {outcome.best_epoch} of {len(outcome.accuracies)}"
    return f"{outcome.accuracy:8.2%} {said}: {best}, {outcome.seconds:.1f} s"


def comparison_text(rows: Sequence[Row]) -> str:
    """The ranked table, what all rows have in common above it, and how to read it below it."""
    runs = [row.runs[0] for row in rows]
    names = varying(runs)
    first = max(runs, key=lambda run: len(run.hidden)).settings  # one that has an activation, if any has
    common = [f"{_plain(name)} {setting_text(name, first[name])}" for name in SETTINGS if name not in names]
    epochs = first["epochs"]
    common.append(f"{epochs} {'epoch' if epochs == 1 else 'epochs'}")
    if first["patience"]:
        common.append(f"patience {first['patience']}")
    seeds = len(rows[0].runs)
    common.append(f"seeds 0 to {seeds - 1}" if seeds > 1 else "seed 0")
    tested = any(row.test is not None for row in rows)
    headings = ["rank", "validation", "parameters", "seconds", *(["test"] if tested else [])]
    lines = [
        [*headings, *map(_plain, names)],
        *(_cells(number, row, names, tested) for number, row in enumerate(rows, 1)),
    ]
    notes = _notes(rows, seeds, tested)
    return "\n".join([f"all: {', '.join(common)}", "", *_table(lines, len(headings)), "", *notes])


def comparison_object(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The ranked rows under their names, ready to be written as JSON; parts are 0 to 1, null of nothing."""
    return [
        {
            "rank": number,
            "settings": {name: row.runs[0].settings[name] for name in SETTINGS},
            "seeds": [run.config.seed for run in row.runs],
            "complete": row.complete,
            "accuracy": {
                "mean": row.mean,
                "deviation": row.deviation,
                "each": {str(run.config.seed): result.accuracy for run, result in row.results.items()},
            },
            "parameters": row.parameters,
            "seconds": row.seconds,
            "diverged": _by_seed({run: result.diverged for run, result in row.results.items()}),
            "failed": _by_seed({run: failure.reason for run, failure in row.failures.items()}),
            "missing": row.missing,
            "test": None
            if row.test is None or row.winner is None
            else {"seed": row.winner.config.seed, "accuracy": row.test},
        }
        for number, row in enumerate(rows, 1)
    ]


def _by_seed(reasons: Mapping[Run, str | None]) -> dict[str, str]:
    return {str(run.config.seed): reason for run, reason in reasons.items() if reason}


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
    """The mean and its spread, or what is missing to one."""
    words = []
    if row.mean is not None:
        words.append(f"{row.mean:.2%}" if row.deviation is None else f"{row.mean:.2%} ± {row.deviation:.2%}")
    for count, what in (
        (len(row.diverged), "diverged"),
        (len(row.failures), "failed"),
        (row.missing, "missing"),
    ):
        if count:
            words.append(what if len(row.runs) == 1 else f"{count} of {len(row.runs)} {what}")
    return ", ".join(words)


def _notes(rows: Sequence[Row], seeds: int, tested: bool) -> list[str]:
    notes = ["validation: part of the validation images read correctly; the ranks follow it"]
    if seeds > 1:
        notes[0] += f". Mean over {seeds} seeds ± {SPREAD}"
        notes.append("rows that differ by less than their ± may as well be the same: more seeds would tell")
    else:
        notes.append(
            "of one seed, without any spread: what chance does to a training, more --seeds would tell"
        )
    if any(not row.complete for row in rows):
        notes.append(
            "rows without a rank lack runs; their mean, if any, is over the others and flatters them"
        )
    if tested:
        notes.append(
            "test: the network of the best seed of each row, trained once more, read the test images once; "
            "nothing was chosen by it"
        )
    return notes


def _table(lines: Sequence[Sequence[str]], numbers: int) -> list[str]:
    """Columns as wide as they need; the first `numbers` of them to the right, the others to the left."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if place < numbers else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    ]


def _plain(name: str) -> str:
    return name.replace("_", " ")


# The chart.

SIZE = 9.0
"""Of a point of the chart, in points."""

BESIDE, MOST_BESIDE = 12.0, 30.0
"""How far apart networks of one size stand, and the first from the last: spreads would hide each other."""

COLOURS = (AGAINST, FOR, "#009e73", "#cc79a7", INK)
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
    optimizers = [name for name in OPTIMIZERS if any(_optimizer(row) == name for row in drawn)]
    legend = len(optimizers) > 1
    seeds = len(drawn[0].runs)
    spread = f": mean of {seeds} seeds ± standard deviation" if seeds > 1 else ""
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
    places = {run: _shifted(axes, shift) for run, shift in _side_by_side(drawn).items()}
    points = {_optimizer(row): _draw_point(axes, row, places[row.runs[0]]) for row in drawn}
    if legend:
        legend_above(axes, [points[name] for name in optimizers], optimizers)
    figure.draw_without_rendering()  # from here on it is known where everything is
    _name_points(axes, drawn, places)
    return figure


def _optimizer(row: Row) -> str:
    return row.runs[0].config.optimizer


def _leave_room(axes: Axes, rows: list[Row]) -> None:
    """Make the axes longer than what they hold, for the words beside the outermost points."""
    counts = [row.parameters for row in rows]
    axes.set_xlim(min(counts) / 1.7, max(counts) * 1.7)
    ends = [(row.mean or 0) + sign * (row.deviation or 0) for row in rows for sign in (1, -1)]
    room = max(0.12 * (max(ends) - min(ends)), 0.002)
    axes.set_ylim(min(ends) - room, max(ends) + room)


def _side_by_side(rows: list[Row]) -> dict[Run, float]:
    """How far to the right of its size each row stands, in points."""
    shifts = {}
    order = list(OPTIMIZERS)
    for size in {row.parameters for row in rows}:
        runs = [row.runs[0] for row in rows if row.parameters == size]
        runs.sort(key=lambda run: order.index(run.config.optimizer))
        beside = min(BESIDE, MOST_BESIDE / max(len(runs) - 1, 1))
        shifts.update({run: beside * (index - (len(runs) - 1) / 2) for index, run in enumerate(runs)})
    return shifts


def _shifted(axes: Axes, shift: float) -> Transform:
    """Where figures are in the chart, some points to the right of it."""
    from matplotlib.transforms import ScaledTranslation

    return axes.transData + ScaledTranslation(shift / 72, 0, axes.figure.dpi_scale_trans)


def _draw_point(axes: Axes, row: Row, place: Transform) -> Any:
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
        transform=place,
    )
    return point.lines[0]


_LABEL_PLACES: tuple[tuple[str, str, float, float], ...] = (
    ("left", "center", 9, 0),
    ("right", "center", -9, 0),
    ("center", "bottom", 0, 9),
    ("center", "top", 0, -9),
    ("left", "bottom", 7, 7),
    ("right", "bottom", -7, 7),
    ("left", "top", 7, -7),
    ("right", "top", -7, -7),
)
"""Where a label may stand, the best place first: its alignment, and how far away, in points."""


def _name_points(axes: Axes, rows: list[Row], places: Mapping[Run, Transform]) -> None:
    """Say beside each point what it is, so that the words hide neither points nor each other.

    The rows come best first: the words of each in turn take the first free place around its point, and are
    left out if there is none; the table has them all. Points that differ in the optimizer only stand close
    together and share their words.
    """
    from matplotlib.transforms import Bbox

    names = [name for name in telling([row.runs[0] for row in rows]) if name != "optimizer"]
    inside = axes.get_window_extent()
    reach = SIZE / 2 * axes.figure.dpi / 72
    points, taken = [], []
    for row in rows:
        mean, deviation = row.mean or 0, row.deviation or 0
        ends = [(row.parameters, mean), (row.parameters, mean + deviation)]
        (x, y), (_, top) = places[row.runs[0]].transform(ends)
        taken.append(Bbox.from_extents(x - reach, 2 * y - top - reach, x + reach, top + reach))
        points.append((x, y, row.parameters, ", ".join(_point_name(row.runs[0], name) for name in names)))
    done = {(parameters, "") for _, _, parameters, _ in points}
    for x, y, parameters, words in points:
        if (parameters, words) in done:
            continue
        for across, upright, right, up in _LABEL_PLACES:
            label = axes.annotate(
                words,
                (x, y),
                (right, up),
                xycoords="figure pixels",
                textcoords="offset points",
                ha=across,
                va=upright,
                size=SMALL,
                color=INK,
            )
            box = label.get_window_extent()
            if _contains(inside, box) and not any(map(box.overlaps, taken)):
                taken.append(box)
                done.add((parameters, words))
                break
            label.remove()


def _contains(outer: Bbox, box: Bbox) -> bool:
    across = outer.x0 <= box.x0 and box.x1 <= outer.x1
    return bool(across and outer.y0 <= box.y0 and box.y1 <= outer.y1)


def _point_name(run: Run, name: str) -> str:
    text = setting_text(name, run.settings[name])
    if name == "hidden":
        return "no hidden layer" if not run.hidden else text.replace(",", "-")
    is_word = isinstance(run.settings[name], str) and text != NONE
    return text if is_word else f"{_plain(name)} {text}"
