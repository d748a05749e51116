"""A comparison in words for people, a ranked table, and as one object for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mnist_ocr.comparison import Failure, Result, Row, Run

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
