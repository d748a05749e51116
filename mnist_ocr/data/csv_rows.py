"""From lines of CSV to numbers: a fast way for what is right, and an exact one that finds what is wrong.

A row is the label, 0 to 9, and the 784 pixels of the image, 0 (background) to 255 (ink), line by line from
the top left. The fast way hands many lines to NumPy at once, which says no more about a fault than that there
is one. Lines that it does not take go the exact way, cell by cell: that either finds the fault, with line and
column, or reads what is merely unusual, such as a tab beside a number.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mnist_ocr.data.csv_lines import Lines
from mnist_ocr.data.dataset import DataError, UnlabelledError

PIXELS = 28 * 28
COLUMNS = 1 + PIXELS

Rows = npt.NDArray[np.uint8]
"""(rows, COLUMNS), the label first."""

COMMA = b","
SEPARATORS = {COMMA: "commas", b";": "semicolons", b"\t": "tabs"}
"""What can stand between two cells, and what it is called. A cell itself never holds any of them."""

_NUMBERS = b'0123456789, "\r\n'
_NOTHING = b", \t\r\n"


def parse_rows(block: Lines, path: Path) -> Rows:
    """Read rows; those that hold nothing, or nothing but commas as spreadsheets leave them, are passed over.

    Raises:
        DataError: a row is wrong; the message names the line of `path` and the column.
    """
    filled = [line for line in block.lines if is_filled(line)]
    rows = _parse_fast(filled)
    return parse_exactly(block, path) if rows is None else rows


def find_separator(lines: Iterable[bytes]) -> bytes | None:
    """What stands between the cells of the first line that holds anything; None where no line does."""
    for line in lines:
        if line.strip():
            return next((separator for separator in SEPARATORS if separator in line), COMMA)
    return None


def with_commas(block: Lines, separator: bytes) -> Lines:
    """The lines with commas where the separator was."""
    if separator == COMMA:
        return block
    return Lines(block.first, [line.replace(separator, COMMA) for line in block.lines])


def is_filled(line: bytes) -> bool:
    """Whether there is anything in a line."""
    return bool(line.strip(_NOTHING))


def _parse_fast(lines: list[bytes]) -> Rows | None:
    """The rows, or None where anything at all is unusual."""
    if not lines:
        return np.empty((0, COLUMNS), np.uint8)
    if b"".join(lines).translate(None, _NUMBERS):
        return None
    try:
        # Not as uint8: NumPy 1.26 makes a 0 of 256.
        numbers = np.loadtxt(
            lines, np.float32, comments=None, delimiter=",", quotechar='"', ndmin=2, encoding="ascii"
        )
    except ValueError:
        return None
    if numbers.shape != (len(lines), COLUMNS) or numbers.max() > 255 or numbers[:, 0].max() > 9:
        return None
    return numbers.astype(np.uint8)


def parse_exactly(block: Lines, path: Path) -> Rows:
    """As `parse_rows`, cell by cell."""
    rows = [
        _parse_row(line, f"{path}, line {number}")
        for number, line in enumerate(block.lines, block.first)
        if is_filled(line)
    ]
    return np.array(rows, np.uint8).reshape(-1, COLUMNS)


def split_cells(line: bytes, where: str) -> list[str]:
    """The cells of a line, without the spaces around them.

    Raises:
        DataError: this is no text.
    """
    if b"\0" in line:
        raise DataError(f"{where}: expected text, found a zero byte: the file is damaged or no table")
    try:
        (cells,) = csv.reader([line.decode("utf-8").rstrip("\r\n")])
    except UnicodeDecodeError as error:
        found = error.object[error.start]
        raise DataError(f"{where}: expected text in UTF-8, found the byte {found:#04x}") from None
    return [cell.strip() for cell in cells]


def check_count(cells: list[str], where: str) -> None:
    """See that there is a label and every pixel.

    Raises:
        UnlabelledError: there are exactly as many cells as pixels.
        DataError: there are fewer or more cells.
    """
    if len(cells) == PIXELS:
        raise UnlabelledError(
            f"{where}: {PIXELS} columns and no label: expected the label and then {PIXELS} pixels; "
            "without labels there is nothing to learn from, and nothing to compare answers with"
        )
    if len(cells) != COLUMNS:
        raise DataError(
            f"{where}: expected {COLUMNS} cells (the label and {PIXELS} pixels), found {len(cells)}"
        )


def is_number(cell: str) -> bool:
    """Whether a cell is a whole number of digits alone; no other spelling is accepted."""
    return cell.isascii() and cell.isdigit()


def _parse_row(line: bytes, where: str) -> list[int]:
    cells = split_cells(line, where)
    check_count(cells, where)
    return [_number(cells[0], 9, "a label", where, 1)] + [
        _number(cell, 255, "a pixel", where, column) for column, cell in enumerate(cells[1:], 2)
    ]


def _number(cell: str, most: int, what: str, where: str, column: int) -> int:
    # Python refuses to read numbers of thousands of digits, zeros in front or not.
    digits = cell.lstrip("0") or cell[-1:]
    if not is_number(cell) or len(digits) > 3 or int(digits) > most:
        raise DataError(
            f"{where}, column {column}: expected {what}, a whole number from 0 to {most}, "
            f"found {shorten([cell])}"
        )
    return int(digits)


def shorten(cells: Iterable[str]) -> str:
    """Cells as a message shows them: the first two, neither of them long."""
    first, *others = cells
    shown = [cell if len(cell) <= 24 else f"{cell[:24]}…" for cell in (first, *others[:1])]
    return f"{','.join(shown) or 'nothing'}{',…' if len(others) > 1 else ''}"
