"""CSV tables of digits: one image a row, the label first, as Kaggle and many others publish them.

    label,1x1,1x2,…,28x28           MNIST in CSV: mnist_train.csv and mnist_test.csv
    label,pixel0,…,pixel783         the competition "Digit Recognizer": train.csv; its test.csv has no labels
    5,0,0,…                         no header at all

Where decimals have a comma, spreadsheets write semicolons between the cells; these and tabs are read as well.
A table by itself has no test part. A folder of tables has one if the names say so.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from mnist_ocr.data.csv_lines import Lines, read_lines
from mnist_ocr.data.csv_rows import (
    COMMA,
    PIXELS,
    SEPARATORS,
    check_count,
    find_separator,
    is_filled,
    is_number,
    parse_rows,
    shorten,
    split_cells,
    with_commas,
)
from mnist_ocr.data.dataset import DataError, Dataset, LoadedDataset, UnlabelledError

LABEL_NAMES = ("label", "labels", "class", "digit", "target", "y")
"""What the first column may be called; capitals do not matter."""

_ENDINGS = (".csv", ".csv.gz")


class Table(NamedTuple):
    """A table that was read.

    Attributes:
        digits: its images.
        form: what kind of CSV it is, in words.
    """

    digits: Dataset
    form: str


def read_table(path: Path) -> Table:
    """Read one CSV file, gzipped or not; at its peak this takes about twice the memory of the pixels.

    Raises:
        UnlabelledError: it has pixels and no labels.
        DataError: anything else is wrong with it; the message names the line.
    """
    form, separator = "", None
    labels, pixels = [], []
    for block in read_lines(path):
        separator = separator or find_separator(block.lines)
        if separator:
            block = with_commas(block, separator)
        if not form:
            block, form = _behind_header(block, path)
        rows = parse_rows(block, path)
        labels.append(rows[:, 0].copy())  # copies, for a view would keep what it was taken from
        pixels.append(rows[:, 1:].copy())
    images = np.concatenate(pixels).reshape(-1, 28, 28)
    if not len(images):
        raise DataError(
            f"{path}: expected a row for each image{' below the header' if form else ''}, found none"
        )
    if separator and separator != COMMA:
        form += f", separated by {SEPARATORS[separator]}"
    return Table(Dataset(images, np.concatenate(labels), str(path)), form)


def _behind_header(block: Lines, path: Path) -> tuple[Lines, str]:
    """The lines without the header, if there is one, and words for it; no words while all lines are empty."""
    for at, line in enumerate(block.lines):
        if is_filled(line):
            number = block.first + at
            where = f"{path}, line {number}"
            cells = split_cells(line, where)
            check_count(cells, where)
            if not _is_header(cells, where):
                return block, "CSV without a header"
            return Lines(number + 1, block.lines[at + 1 :]), f"CSV with the header {shorten(cells)}"
    return block, ""


def _is_header(cells: list[str], where: str) -> bool:
    """Whether names stand in a row of the right length, and not an image.

    Raises:
        DataError: they are names, but the label is not the first of them.
    """
    names = [cell.lower() for cell in cells]
    if names[0] in LABEL_NAMES:
        return True
    if any(is_number(name) for name in names):
        return False  # a row, with or without a fault
    found = next((number for number, name in enumerate(names, 1) if name in LABEL_NAMES), None)
    raise DataError(
        f"{where}: expected the label in the first column, named {' or '.join(LABEL_NAMES)}, "
        f"found {shorten(cells)}" + (f" and {cells[found - 1]} in column {found}" if found else "")
    )


def read_csv_file(path: Path) -> LoadedDataset:
    """Read a table by itself; it has no test part. Errors are those of `read_table`."""
    digits, form = read_table(path)
    source = f"{len(digits):,} images from {path} ({form})"
    return LoadedDataset(digits, None, source, path.name, _suspicion(digits))


def _suspicion(digits: Dataset) -> str | None:
    """What to tell of a table whose labels are all the same, as they seem to be where others stand first."""
    label = digits.labels[0]
    if len(digits) == 1 or (digits.labels != label).any():
        return None
    return f"{digits.source}: every label is {label}; is the first column the label?"


def list_tables(folder: Path) -> list[Path]:
    """The CSV files of a folder, by name.

    Raises:
        DataError: it cannot be looked into.
    """
    try:
        return sorted(path for path in folder.iterdir() if path.name.lower().endswith(_ENDINGS))
    except OSError as error:
        raise DataError(f"{folder}: cannot be read: {error.strerror or error}") from error


def read_csv_folder(folder: Path) -> LoadedDataset:
    """Read the tables of a folder: the one with "train" in its name and, if there is one, that with "test".

    A folder with a single table needs no such name. A table for testing without labels is passed over, as are
    tables with other names; the notice says so.

    Raises:
        DataError: it is not clear which table is for what, or one of them is wrong.
    """
    tables = list_tables(folder)
    training = [path for path in tables if "train" in path.name.lower()]
    testing = [path for path in tables if "test" in path.name.lower() and path not in training]
    if len(tables) == 1:
        training, testing = tables, []
    if len(training) != 1 or len(testing) > 1:
        raise DataError(
            f"{folder}: expected one CSV file with train in its name and at most one with test, found "
            f"{', '.join(path.name for path in tables)}: name the one that is meant by its path"
        )
    unused = [path.name for path in tables if path not in (*training, *testing)]
    train, form = read_table(training[0])
    test = None
    try:
        for path in testing:
            test = read_table(path).digits
    except UnlabelledError:
        unused.append(f"{testing[0].name}, which has {PIXELS} columns of pixels and no labels")
        testing = []
    count = f"{len(train):,}" + (f" + {len(test):,}" if test else "")
    names = " and ".join(path.name for path in (*training, *testing))
    remarks = [
        _suspicion(train),
        _suspicion(test) if test else None,
        f"{folder}: not used: {'; '.join(unused)}" if unused else None,
    ]
    return LoadedDataset(
        train,
        test,
        f"{count} images from {folder} ({names}, {form})",
        folder.resolve().name,
        "\n".join(filter(None, remarks)) or None,
    )
