"""Lists of labelled pictures: a folder for each digit, or a CSV table of files and labels.

Only names and labels are read here, not the pictures. A wrong label is an error, with the line of the table.
"""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from mnist_ocr.data.dataset import DataError, reading
from mnist_ocr.data.packing import LARGEST
from mnist_ocr.errors import one_line
from mnist_ocr.files import IS_ADDRESS, is_address, read_ordinary

DIGIT_NAMES = tuple("0123456789")

Label: TypeAlias = int | float | str
DIGIT_LABELS: tuple[Label, ...] = tuple(range(10))

MOST_PICTURES = LARGEST // 784
"""In a list or a folder: the same limit as for every other data set."""

LARGEST_LIST = 32 << 20
"""Bytes of a CSV table; a row has about thirty."""

MOST_COLUMNS = 100
"""Of a list."""

PICTURE_ENDINGS = (
    *(".png", ".jpg", ".jpeg", ".jfif", ".mpo", ".gif", ".bmp", ".tif", ".tiff", ".webp"),
    *(".ppm", ".pgm", ".pbm", ".pnm", ".heic", ".heif", ".avif", ""),
)
"""Of pictures in a folder; for HEIC and AVIF, reading them fails with a message that says what to do."""

NAMED = 3
"""How many of the files that are left out are named."""

IGNORED_NAMES = ("Thumbs.db", "desktop.ini")
"""Files that Windows puts into folders of pictures; names that begin with a dot are ignored, too."""


@dataclass(frozen=True)
class LabelledPicture:
    """A picture file and its label.

    Attributes:
        path: of the file, which may be missing.
        name: of the file as it is in the table, or with the name of its folder.
        label: the digit 0 to 9 that it shows, or the class.
        columns: the other columns of the table, by their names.
    """

    path: Path
    name: str
    label: Label
    columns: dict[str, str] = field(default_factory=dict)


def read_class_folders(
    folder: Path, classes: Sequence[Label] = DIGIT_LABELS
) -> tuple[list[LabelledPicture], str | None]:
    """List the pictures of a folder with subfolders that are named after the digits, or after other classes.

    Args:
        folder: with the subfolders.
        classes: the labels that there may be; a subfolder is called as its label is written.

    Returns:
        The pictures, sorted by subfolder and name; and a line about anything unexpected (digits without
        pictures, other subfolders, other files), or None.

    Raises:
        DataError: there is no such folder, it cannot be read, or no subfolder of a class holds a file.
    """
    labels = {str(label): label for label in classes}
    expected = _in_words(classes)
    try:
        inside = entries(folder)
        files = [
            LabelledPicture(path, f"{part.name}/{path.name}", labels[part.name])
            for part in inside
            if part.name in labels and part.is_dir()
            for path in entries(part)
            if not is_ignored(path)
        ]
    except OSError as error:
        what = IS_ADDRESS if is_address(folder) else error.strerror or error
        raise DataError(f"{folder}: expected a folder with the subfolders {expected}: {what}") from error
    pictures = [file for file in files if _may_be_a_picture(file.path)]
    strays = [file.name for file in files if not _may_be_a_picture(file.path)]
    if not pictures:
        raise DataError(f"{folder}: expected pictures in the subfolders {expected}, found none")
    _check_number(len(pictures), folder)
    shown = {picture.label for picture in pictures}
    without = [str(label) for label in classes if label not in shown]
    others = [
        part.name for part in inside if part.is_dir() and part.name not in labels and not is_ignored(part)
    ]
    remarks = [
        *([f"no pictures of {', '.join(without)}"] if without else []),
        *([f"not used: {', '.join(others)}"] if others else []),
        *([f"left out because they are not pictures: {few(strays)}"] if strays else []),
    ]
    return pictures, one_line(f"{folder}: {'; '.join(remarks)}", most=1000) if remarks else None


def _in_words(classes: Sequence[Label]) -> str:
    return "0 to 9" if tuple(classes) == DIGIT_LABELS else one_line(", ".join(map(str, classes)), most=100)


def _may_be_a_picture(path: Path) -> bool:
    """Whether it is an ordinary file, or a link to one, and no folder, pipe or device, and its name fits."""
    return path.suffix.lower() in PICTURE_ENDINGS and path.is_file()


def few(names: list[str]) -> str:
    """The first names, and how many more there are."""
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def entries(folder: Path) -> list[Path]:
    """The files and folders in a folder, by name.

    Raises:
        OSError: it cannot be read.
        DataError: there are too many.
    """
    found = list(itertools.islice(folder.iterdir(), MOST_PICTURES + 1))
    _check_number(len(found), folder)
    return sorted(found)


def _check_number(found: int, where: Path) -> None:
    if found > MOST_PICTURES:
        raise DataError(f"{where}: expected at most {MOST_PICTURES:,} pictures, found more")


def is_ignored(path: Path) -> bool:
    """Whether a file or folder was made by the operating system and not by a person."""
    return path.name.startswith(".") or path.name in IGNORED_NAMES


def read_labels(table: Path, classes: Sequence[Label] = DIGIT_LABELS) -> list[LabelledPicture]:
    """Read a list of pictures: a CSV table with the columns `file` and `label`, and any others.

    Args:
        table: UTF-8, with or without a byte order mark, with any line ends. The paths in its `file` column
            are relative to the folder of the table, and may lead anywhere: the files are only read.
        classes: the labels that there may be.

    Raises:
        DataError: it cannot be read, is too large, or a column or row is wrong; the message names the line.
    """
    with reading(table):
        content = io.BytesIO(read_ordinary(table, LARGEST_LIST))
    try:
        with io.TextIOWrapper(content, encoding="utf-8-sig", newline="") as file:
            pictures = list(itertools.islice(_rows(file, table, classes), MOST_PICTURES + 1))
    except UnicodeDecodeError as error:
        found = error.object[error.start]
        raise DataError(f"{table}: expected text in UTF-8, found the byte {found:#04x}") from None
    if not pictures:
        raise DataError(f"{table}: expected a row for each picture below the first line, found none")
    _check_number(len(pictures), table)
    return pictures


def _rows(lines: Iterable[str], table: Path, classes: Sequence[Label]) -> Iterator[LabelledPicture]:
    rows = csv.reader(lines, strict=True)
    labels = {str(label): label for label in classes}
    try:
        names = [name.strip() for name in next(rows, [])]
        _check_names(names, table)
        for cells in rows:
            where = f"{table}, line {rows.line_num}"
            if not any(cells):
                continue  # spreadsheets end a table with rows of commas only
            if len(cells) != len(names):
                raise DataError(
                    f"{where}: expected {len(names)} cells, as many as there are columns, found {len(cells)}"
                )
            yield _picture(dict(zip(names, cells, strict=True)), table.parent, where, labels)
    except csv.Error as error:
        raise DataError(f"{table}, line {rows.line_num}: not CSV: {error}") from None


def _check_names(names: list[str], table: Path) -> None:
    if len(names) > MOST_COLUMNS:
        raise DataError(f"{table}, line 1: expected at most {MOST_COLUMNS} columns, found {len(names):,}")
    for name in ("file", "label"):
        if name not in names:
            raise DataError(
                f"{table}, line 1: expected the columns file and label, separated by commas, "
                f"found {one_line(', '.join(names)) or 'nothing'}"
            )
    for name in names:
        if names.count(name) > 1:
            raise DataError(
                f"{table}, line 1: expected each column once, found {one_line(repr(name))} several times"
            )


def _picture(row: dict[str, str], folder: Path, where: str, labels: dict[str, Label]) -> LabelledPicture:
    name, label = row.pop("file").strip(), row.pop("label").strip()
    if not name:
        raise DataError(f"{where}: expected the name of a picture in the column file, found nothing")
    if label not in labels:
        words = _in_words(list(labels.values()))
        expected = f"a digit from {words}" if words == "0 to 9" else f"one of {words}"
        raise DataError(f"{where}: label {one_line(repr(label))}: expected {expected}")
    columns = {column: cell.strip() for column, cell in row.items()}
    return LabelledPicture(folder / name, name, labels[label], columns)
