"""An evaluation in words for people, and as one object for programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mnist_ocr.report.evaluation import BINS, Evaluation, Tally

LISTED = 10
"""Confusions, and pictures that could not be read, that are named one by one."""


def evaluation_text(evaluation: Evaluation) -> str:
    """All figures, several lines, the most important first."""
    every, sure, error = evaluation.all, evaluation.sure, evaluation.calibration_error
    lines = [
        f"accuracy     {_percent(every.accuracy)}   {every.right:,} of {every.images:,} read correctly",
        f"sure         {_percent(evaluation.sure_part)}   {sure.images:,} answers; "
        f"of these right: {_percent(sure.accuracy).strip()}",
        f"calibration  {_percent(error)}   expected calibration error in {BINS} bins; 0 is perfect",
        "",
        *_table("digit", {str(digit): tally for digit, tally in evaluation.per_digit().items()}),
    ]
    for column, tallies in evaluation.groups().items():
        lines += ["", *_table(column, tallies)]
    confusions = [
        f"{label} read as {digit}: {times} {'time' if times == 1 else 'times'}"
        for label, digit, times in evaluation.confusions()
    ]
    unreadable = [f"{case.name}: {case.reason}" for case in evaluation.unreadable]
    lines += _list("most frequent confusions", confusions)
    lines += _list(f"{len(unreadable)} not readable, counted as wrong", unreadable)
    return "\n".join(lines)


def evaluation_object(evaluation: Evaluation) -> dict[str, Any]:
    """All figures under their names, ready to be written as JSON; parts are 0 to 1, null of nothing."""
    return {
        "images": evaluation.all.images,
        "accuracy": evaluation.all.accuracy,
        "sure": evaluation.sure_part,
        "sure_accuracy": evaluation.sure.accuracy,
        "ece": evaluation.calibration_error,
        "groups": {column: _objects(tallies) for column, tallies in evaluation.groups().items()},
        "per_digit": _objects(evaluation.per_digit()),
        "confusions": [
            {"label": label, "digit": digit, "times": times}
            for label, digit, times in evaluation.confusions()
        ],
        "unreadable": [{"file": case.name, "reason": case.reason} for case in evaluation.unreadable],
    }


def _objects(tallies: Mapping[Any, Tally]) -> dict[str, dict[str, Any]]:
    return {
        str(name): {"images": tally.images, "accuracy": tally.accuracy} for name, tally in tallies.items()
    }


def _table(heading: str, tallies: Mapping[str, Tally]) -> list[str]:
    width = max(map(len, [heading, *tallies]))
    return [
        f"{heading:<{width}}  {'images':>8}  accuracy",
        *(
            f"{name:<{width}}  {tally.images:>8,}  {_percent(tally.accuracy)}"
            for name, tally in tallies.items()
        ),
    ]


def _list(heading: str, items: list[str]) -> list[str]:
    if not items:
        return []
    more = [f"and {len(items) - LISTED:,} more"] if len(items) > LISTED else []
    return ["", heading, *(f"  {item}" for item in items[:LISTED] + more)]


def _percent(part: float | None) -> str:
    """A part of 1 in percent, 8 characters wide."""
    return "    none" if part is None else f"{100 * part:6.2f} %"
