"""CSV tables of digits: one image per row, the label first, as Kaggle and many others publish them.

    label,1x1,1x2,…,28x28           MNIST in CSV: mnist_train.csv and mnist_test.csv
    label,pixel0,…,pixel783         the competition "Digit Recognizer": train.csv; its test.csv has no labels
    pixel1,…,pixel784,class         OpenML's mnist_784
    5,0,0,…                         no header at all

A row has the label, 0 to 9, and the 784 pixels of the image, 0 (background) to 255 (ink), line by line from
the top left. The label is in the first or in the last column: the header says where, and without one, the
column that can be no label is seen from its numbers. Cells are separated by commas, semicolons (which
spreadsheets write where decimals have a comma) or tabs. A single table has no test images; in a folder of
tables, the file names say which is for testing.

NumPy's reader takes hundreds of rows at once, but does not say where an error is. Rows that it rejects are
read again cell by cell: that finds the line and column of the error, or accepts what is only unusual,
such as spaces beside a number.

A file can also be something else, such as a renamed picture, or one endless line packed into a few kilobytes.
So the first bytes are compared with those of other kinds of files, and lines have a limit.
"""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mnist_ocr.data.dataset import DataError, Dataset, LoadedDataset, UnlabelledError, loaded_from, reading
from mnist_ocr.data.foreign import refuse_foreign
from mnist_ocr.data.packing import LARGEST, unpacked

PIXELS = 28 * 28
COLUMNS = 1 + PIXELS

LABEL_NAMES = ("label", "labels", "class", "digit", "target", "y")
"""Possible names of the first column, in capital or small letters."""

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}
"""The possible separators, and their names."""

ROWS_AT_ONCE = 512

LONGEST_LINE = 1 << 16
"""Characters; ten times the longest row, so that a header with long names fits, too."""

MOST_LINES = LARGEST // PIXELS
"""Blank lines count, too."""

MOST_CHARACTERS = 4 * LARGEST
"""A pixel takes at most four: three digits and the comma."""

_EXPECTED = "a CSV table of digits"

_ENDINGS = (".csv", ".csv.gz")

_WHOLE = re.compile(r"[0-9]+(\.0*)?")
_NOT_WHOLE = re.compile(r"\.0*[1-9]|(?<![0-9])\.")
"""A point that no whole number has."""

Rows = npt.NDArray[np.uint8]
"""(rows, COLUMNS), the label in the first or the last column; without labels, (rows, PIXELS)."""

Line = tuple[int, str]
"""A line and its number, counted from 1 as editors do."""


def read_csv_file(path: Path) -> LoadedDataset:
    """Read a single table, which has no test images; errors as in `read_table`."""
    digits, form = read_table(path)
    return loaded_from(path, [digits], form, [_suspicion(digits)])


def read_csv_folder(folder: Path) -> LoadedDataset:
    """Read the tables of a folder: the one with "train" in its name and, if there is one, that with "test".

    A single table may have any name. Test tables without labels and tables with other names are not used; the
    notice says so.

    Raises:
        DataError: it is not clear which table is for training, or one of them is wrong.
    """
    tables = list_tables(folder)
    training = [path for path in tables if "train" in path.name.lower() or len(tables) == 1]
    testing = [path for path in tables if "test" in path.name.lower() and path not in training]
    if len(training) != 1 or len(testing) > 1:
        raise DataError(
            f"{folder}: expected one CSV file with train in its name and at most one with test, found "
            f"{', '.join(path.name for path in tables)}: give the path of the table instead"
        )
    unused = [path.name for path in tables if path not in (*training, *testing)]
    train, form = read_table(training[0])
    parts = [train]
    for path in testing:
        try:
            parts.append(read_table(path)[0])
        except UnlabelledError:
            unused.append(f"{path.name}, which has {PIXELS} columns of pixels and no labels")
    names = " and ".join(Path(part.source).name for part in parts)
    remarks = [_suspicion(part) for part in parts]
    if unused:
        remarks.append(f"{folder}: not used: {'; '.join(unused)}")
    return loaded_from(folder, parts, f"{names}, {form}", remarks)


def list_tables(folder: Path) -> list[Path]:
    """The CSV files of a folder, by name.

    Raises:
        DataError: the folder cannot be read.
    """
    with reading(folder):
        return sorted(path for path in folder.iterdir() if path.name.lower().endswith(_ENDINGS))


def _suspicion(digits: Dataset) -> str | None:
    """A remark on a table whose labels are all the same, perhaps because the first column is no label."""
    label = digits.labels[0]
    if len(digits) == 1 or (digits.labels != label).any():
        return None
    return f"{digits.source}: every label is {label}; is the first column the label?"


def read_table(path: Path) -> tuple[Dataset, str]:
    """Read one CSV file, gzipped or not; at its peak this needs about twice the memory of the pixels.

    Returns:
        Its images, and a description of its format.

    Raises:
        UnlabelledError: it has pixels but no labels.
        DataError: it is missing, cannot be read, is damaged or not a table, a row is wrong, or it exceeds
            `LONGEST_LINE`, `MOST_LINES` or `MOST_CHARACTERS`.
    """
    with _opened(path) as (separator, lines):
        first = next(lines, None)
        header, column = _header(first, separator, path) if first else (None, None)
        if header:
            first = next(lines, None)
            if first and separator not in first[1]:  # a header with semicolons over rows with commas
                separator = ","
        rows, numbers = _read_blocks(first, lines, separator, path, COLUMNS)
    if not numbers:
        below = " below the header" if header else ""
        raise DataError(f"{path}: expected a row for each image{below}, found none")
    column = _label_column(rows) if column is None else column
    labels, pixels = rows[:, column], np.delete(rows, column, axis=1) if column else rows[:, 1:]
    if labels.max() > 9:
        row = int(np.argmax(labels > 9))
        where = f"{path}, line {numbers[row]}"
        raise _not_a_number(where, column % COLUMNS + 1, "a label", 9, str(labels[row]))
    form = f"CSV with the header {header}" if header else "CSV without a header"
    form += ", the label in the last column" if column else ""
    if separator != ",":
        form += f", separated by {SEPARATORS[separator]}"
    return Dataset(np.ascontiguousarray(pixels).reshape(-1, 28, 28), labels.copy(), str(path)), form


def read_unlabelled_table(path: Path) -> npt.NDArray[np.uint8]:
    """Read the images of a table without labels, such as a competition's test.csv: (images, 28, 28).

    Raises:
        DataError: as `read_table`; or the rows do not have exactly the 784 pixels.
    """
    with _opened(path) as (separator, lines):
        first = next(lines, None)
        if first and not any(map(_is_number, _split(first[1], separator, f"{path}, line {first[0]}"))):
            first = next(lines, None)  # below the header
        rows, numbers = _read_blocks(first, lines, separator, path, PIXELS)
    if not numbers:
        raise DataError(f"{path}: expected a row for each image, found none")
    return rows.reshape(-1, 28, 28)


@contextmanager
def _opened(path: Path) -> Iterator[tuple[str, Iterator[Line]]]:
    """Open a table: its separator, and its lines that are not blank."""
    with (
        unpacked(path, path, _EXPECTED) as (stream, _),
        # Bytes that are not UTF-8 become surrogates, for the message. Lines may end with \n, \r\n or \r.
        io.TextIOWrapper(stream, "utf-8-sig", errors="surrogateescape") as text,
    ):
        refuse_foreign(stream.read(256), path, _EXPECTED)
        stream.seek(0)
        lines = _lines(text, path)
        first = next(lines, (0, ""))
        separator = next((separator for separator in SEPARATORS if separator in first[1]), ",")
        nothing = separator + " \t\n"  # spreadsheets write empty rows as separators only
        yield separator, (line for line in itertools.chain([first], lines) if line[1].strip(nothing))


def _read_blocks(
    first: Line | None, lines: Iterator[Line], separator: str, path: Path, columns: int
) -> tuple[Rows, list[int]]:
    """All rows, some at a time, and their numbers in the file."""
    blocks: list[Rows] = [np.empty((0, columns), np.uint8)]
    numbers: list[int] = []
    lines = itertools.chain([first] if first else [], lines)
    while block := list(itertools.islice(lines, ROWS_AT_ONCE)):
        blocks.append(read_rows(block, separator, path, columns))
        numbers += [number for number, _ in block]
    return np.concatenate(blocks), numbers


def _label_column(rows: Rows) -> int:
    """Which column of a table without a header has the labels: 0, or -1 for the last.

    A column of labels has different numbers up to 9, most of them not 0. A corner of the image is nearly
    always 0.
    """
    first, last = (
        np.count_nonzero(column) if column.max() <= 9 and column.min() < column.max() else 0
        for column in (rows[:, 0], rows[:, -1])
    )
    return -1 if last > first else 0


def _lines(text: io.TextIOBase, path: Path) -> Iterator[Line]:
    """The lines that are not blank, with their numbers."""
    size = 0
    for number in itertools.count(1):
        line = text.readline(LONGEST_LINE + 1)
        size += len(line)
        if len(line) > LONGEST_LINE:
            raise DataError(
                f"{path}, line {number}: expected a row of {COLUMNS} numbers, "
                f"found a line of more than {LONGEST_LINE:,} characters"
            )
        if number > MOST_LINES or size > MOST_CHARACTERS:
            raise DataError(
                f"{path}: expected at most {MOST_LINES:,} lines and {MOST_CHARACTERS:,} characters, "
                "found more"
            )
        if not line:
            return
        if line.strip(" \t\n"):
            yield number, line


def _header(line: Line, separator: str, path: Path) -> tuple[str | None, int | None]:
    """The first names of a header and the column of the label, 0 or -1; None twice if the line is a row.

    Raises:
        UnlabelledError: there are exactly as many cells as pixels.
        DataError: there are fewer or more cells, or neither the first nor the last name is that of a label.
    """
    where = f"{path}, line {line[0]}"
    cells = _split(line[1], separator, where)
    if len(cells) == PIXELS:
        raise UnlabelledError(
            f"{where}: {PIXELS} columns and no label: expected the label and then {PIXELS} pixels; "
            "without labels a network can be neither trained nor evaluated"
        )
    _check_count(cells, where)
    names = [cell.lower() for cell in cells]
    for column in (0, -1):
        if names[column] in LABEL_NAMES:
            return _shorten(cells), column
    if any(map(_is_number, names)):
        return None, None
    found = next((number for number, name in enumerate(names, 1) if name in LABEL_NAMES), None)
    raise DataError(
        f"{where}: expected the label in the first or last column, named {' or '.join(LABEL_NAMES)}, "
        f"found {_shorten(cells)}" + (f" and {cells[found - 1]} in column {found}" if found else "")
    )


def read_rows(block: list[Line], separator: str, path: Path, columns: int = COLUMNS) -> Rows:
    """Read rows of whole numbers from 0 to 255, with NumPy's reader if possible; (rows, columns).

    Raises:
        DataError: a row is wrong; the message names the line of `path` and the column.
    """
    lines = [line for _, line in block]
    # The reader would also accept +1, 1e2 and nan, and take 1.000000001 for 1.
    text, usual = "".join(lines), b'0123456789." \t\n' + separator.encode()
    if text.encode("ascii", "replace").translate(None, usual) or ("." in text and _NOT_WHOLE.search(text)):
        return read_rows_exactly(block, separator, path, columns)
    try:
        # Not as uint8: NumPy 1.26 reads 256 as 0.
        numbers = np.loadtxt(
            lines, np.float32, comments=None, delimiter=separator, quotechar='"', ndmin=2, encoding=None
        )
    except ValueError:
        return read_rows_exactly(block, separator, path, columns)
    if numbers.shape != (len(lines), columns) or numbers.max() > 255 or (numbers % 1).any():
        return read_rows_exactly(block, separator, path, columns)
    return numbers.astype(np.uint8)


def read_rows_exactly(block: list[Line], separator: str, path: Path, columns: int = COLUMNS) -> Rows:
    """As `read_rows`, but cell by cell."""
    rows = []
    for number, line in block:
        where = f"{path}, line {number}"
        cells = _split(line, separator, where)
        _check_count(cells, where, columns)
        labelled = columns == COLUMNS
        rows.append(
            [_number(cell, number, where, labelled and number == 1) for number, cell in enumerate(cells, 1)]
        )
    return np.array(rows, np.uint8)


def _split(line: str, separator: str, where: str) -> list[str]:
    """The cells of a line, without the spaces around them."""
    if "\0" in line:
        raise DataError(f"{where}: expected text, found a zero byte: the file is damaged or not a table")
    if stray := re.search("[\udc80-\udcff]", line):
        raise DataError(f"{where}: expected text in UTF-8, found the byte {ord(stray[0]) - 0xDC00:#04x}")
    (cells,) = csv.reader([line.rstrip("\n")], delimiter=separator)
    return [cell.strip() for cell in cells]


def _check_count(cells: list[str], where: str, columns: int = COLUMNS) -> None:
    if len(cells) != columns == PIXELS:
        raise DataError(f"{where}: expected {PIXELS} pixels, found {len(cells)} cells")
    if len(cells) != columns:
        raise DataError(
            f"{where}: expected {COLUMNS} cells (the label and {PIXELS} pixels), found {len(cells)}"
        )


def _is_number(cell: str) -> bool:
    """Whether a cell is a whole number such as 5 or, as some programs write it, 5.0."""
    return _WHOLE.fullmatch(cell) is not None


def _number(cell: str, column: int, where: str, label: bool) -> int:
    # Python refuses to convert thousands of digits, even if they are leading zeros.
    digits = cell.split(".")[0].lstrip("0") or "0"
    if not _is_number(cell) or len(digits) > 3 or int(digits) > 255:
        what, most = ("a label", 9) if label else ("a pixel", 255)
        raise _not_a_number(where, column, what, most, cell)
    return int(digits)


def _not_a_number(where: str, column: int, what: str, most: int, cell: str) -> DataError:
    return DataError(
        f"{where}, column {column}: expected {what}, a whole number from 0 to {most}, "
        f"found {_shorten([cell])}"
    )


def _shorten(cells: Iterable[str]) -> str:
    """Cells for a message: the first two, shortened."""
    first, *others = cells
    shown = [cell if len(cell) <= 24 else f"{cell[:24]}…" for cell in (first, *others[:1])]
    return f"{','.join(shown) or 'nothing'}{',…' if len(others) > 1 else ''}"
