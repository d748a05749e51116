"""Every answer of an evaluation as a row of a CSV table, for a spreadsheet or a program."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import BinaryIO

from mnist_ocr.report.answer import DIGITS
from mnist_ocr.report.evaluation import Case

OWN_COLUMNS = (
    *("file", "label", "digit", "confidence", "sure"),
    *(f"probability_{digit}" for digit in range(DIGITS)),
    "reason",
)


def write_predictions(cases: Iterable[Case], file: BinaryIO) -> None:
    """Write a row for each case: `OWN_COLUMNS`, then the further ones that were given with the pictures.

    What the network did not say of a picture that it could not see is left empty. A further column that
    has the name of one of ours gives way: it was made by an earlier evaluation.
    """
    cases = list(cases)
    further = dict.fromkeys(name for case in cases for name in case.columns if name not in OWN_COLUMNS)
    # File names that are not UTF-8 exist; the table is UTF-8 all the same.
    text = io.TextIOWrapper(file, encoding="utf-8", errors="backslashreplace", newline="")
    rows = csv.DictWriter(text, [*OWN_COLUMNS, *further], extrasaction="ignore", lineterminator="\n")
    rows.writeheader()
    rows.writerows({**case.columns, **_own(case)} for case in cases)
    text.detach()


def _own(case: Case) -> dict[str, object]:
    row: dict[str, object] = dict.fromkeys(OWN_COLUMNS, "")
    row.update(file=case.name, label=case.label, sure=_yes_or_no(case.sure), reason=case.reason)
    if case.answer:
        row.update(digit=case.answer.digit, confidence=_short(case.answer.confidence))
        row.update({f"probability_{d}": _short(p) for d, p in enumerate(case.answer.probabilities)})
    return row


def _yes_or_no(verdict: bool) -> str:
    return "yes" if verdict else "no"


def _short(probability: float) -> str:
    return f"{probability:.6g}"
