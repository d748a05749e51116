"""The epochs of a training as a CSV table, a row for each, for a spreadsheet or a program."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import BinaryIO

from mnist_ocr.training import Epoch

COLUMNS = (
    "epoch",
    "loss",
    "accuracy",
    "validation_loss",
    "validation_accuracy",
    "learning_rate",
    "seconds",
    "images_per_second",
)
"""See `Epoch` for what each means; accuracies are 0 to 1."""


def write_history(epochs: Iterable[Epoch], file: BinaryIO) -> None:
    """Write the header and a row for each epoch; every number reads back as it was, to the last bit."""
    text = io.TextIOWrapper(file, encoding="ascii", newline="")
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(COLUMNS)
    rows.writerows(_row(epoch) for epoch in epochs)
    text.detach()


def _row(epoch: Epoch) -> list[object]:
    numbers = (
        epoch.loss,
        epoch.accuracy,
        epoch.validation.loss,
        epoch.validation.accuracy,
        epoch.learning_rate,
        epoch.seconds,
        epoch.images_per_second,
    )
    # A number of NumPy's would bring the name of its type along.
    return [epoch.number, *(repr(float(number)) for number in numbers)]
