"""Pictures of digits that somebody labelled: a folder for each digit, or a list of files in a CSV table.

Only names and labels are read here. A picture that turns out to be missing or damaged is a result, to be
counted; a label that is not a digit is a mistake in the list, refused with the line it stands on.
"""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mnist_ocr.data.dataset import DataError
from mnist_ocr.data.packing import LARGEST
from mnist_ocr.errors import one_line
from mnist_ocr.files import IS_ADDRESS, is_address, read_ordinary

DIGIT_NAMES = tuple("0123456789")

MOST_PICTURES = LARGEST // 784
"""In a list or a folder: as many images as there may be in any other data set."""

LARGEST_LIST = 32 << 20
"""Bytes of a list; a row takes some thirty of them."""

MOST_COLUMNS = 100
"""Of a list."""

PICTURE_ENDINGS = (
    *(".png", ".jpg", ".jpeg", ".jfif", ".mpo", ".gif", ".bmp", ".tif", ".tiff", ".webp"),
    *(".ppm", ".pgm", ".pbm", ".pnm", ".heic", ".heif", ".avif", ""),
)
"""How the names of pictures in a folder end; what to do with HEIC and AVIF is said when they are read."""

NAMED = 3
"""Files that are left out and named one by one."""

IGNORED_NAMES = ("Thumbs.db", "desktop.ini")
"""What Windows leaves in folders of pictures; names that begin with a dot are passed over as well."""


@dataclass(frozen=True)
class LabelledPicture:
    """A file, and the digit that it shows according to whoever labelled it.

    Attributes:
        path: where the file is, or should be.
        name: what it is called in the list, or in the folder of folders.
        label: 0 to 9.
        columns: what else the list says about it, by the column's name.
    """

    path: Path
    name: str
    label: int
    columns: dict[str, str] = field(default_factory=dict)


def read_class_folders(folder: Path) -> tuple[list[LabelledPicture], str | None]:
    """List the pictures of a folder with subfolders 0 to 9, named after the digit that is in them.

    Returns:
        The pictures, digit by digit and by name; and a line about what the person may not expect
        (digits without pictures, other subfolders, files that are no pictures), or None.

    Raises:
        DataError: there is no such folder, it cannot be read, or no subfolder 0 to 9 holds a file.
    """
    try:
        inside = entries(folder)
        files = [
            LabelledPicture(path, f"{part.name}/{path.name}", int(part.name))
            for part in inside
            if part.name in DIGIT_NAMES and part.is_dir()
            for path in entries(part)
            if path.is_file() and not is_ignored(path)
        ]
    except OSError as error:
        what = IS_ADDRESS if is_address(folder) else error.strerror or error
        raise DataError(f"{folder}: expected a folder with the subfolders 0 to 9: {what}") from error
    pictures = [file for file in files if file.path.suffix.lower() in PICTURE_ENDINGS]
    strays = [file.name for file in files if file.path.suffix.lower() not in PICTURE_ENDINGS]
    if not pictures:
        raise DataError(f"{folder}: expected pictures in the subfolders 0 to 9, found none")
    _check_number(len(pictures), folder)
    without = sorted(set(DIGIT_NAMES) - {str(picture.label) for picture in pictures})
    others = [
        part.name
        for part in inside
        if part.is_dir() and part.name not in DIGIT_NAMES and not is_ignored(part)
    ]
    remarks = [
        *([f"no pictures of {', '.join(without)}"] if without else []),
        *([f"not looked into: {', '.join(others)}"] if others else []),
        *([f"left out, as no pictures: {few(strays)}"] if strays else []),
    ]
    return pictures, one_line(f"{folder}: {'; '.join(remarks)}", most=1000) if remarks else None


def few(names: list[str]) -> str:
    """The first names of some, and how many more there are."""
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def entries(folder: Path) -> list[Path]:
    """What is in a folder, by name.

    Raises:
        OSError: it cannot be looked into.
        DataError: there is more in it than can be used.
    """
    found = list(itertools.islice(folder.iterdir(), MOST_PICTURES + 1))
    _check_number(len(found), folder)
    return sorted(found)


def _check_number(found: int, where: Path) -> None:
    if found > MOST_PICTURES:
        raise DataError(f"{where}: expected at most {MOST_PICTURES:,} pictures, found more")


def is_ignored(path: Path) -> bool:
    """Whether a system put this file or folder there, and not a person."""
    return path.name.startswith(".") or path.name in IGNORED_NAMES


def read_labels(table: Path) -> list[LabelledPicture]:
    """Read a list of pictures: a CSV table with the columns `file` and `label`, and any others.

    Args:
        table: UTF-8, with or without a byte order mark, lines ended in any way; the paths of its `file`
            column start from the folder that the table is in. They may lead anywhere: whoever hands in a
            table says which pictures are to be read, and none of them is ever written to.

    Raises:
        DataError: it cannot be read, is too large, a column is missing, or a row cannot be used; the message
            names the line.
    """
    try:
        content = io.BytesIO(read_ordinary(table, LARGEST_LIST))
        with io.TextIOWrapper(content, encoding="utf-8-sig", newline="") as file:
            pictures = list(itertools.islice(_rows(file, table), MOST_PICTURES + 1))
    except UnicodeDecodeError as error:
        found = error.object[error.start]
        raise DataError(f"{table}: expected text in UTF-8, found the byte {found:#04x}") from None
    except OSError as error:
        raise DataError(f"{table}: cannot be read: {error.strerror or error}") from error
    if not pictures:
        raise DataError(f"{table}: expected a row for each picture below the first line, found none")
    _check_number(len(pictures), table)
    return pictures


def _rows(lines: Iterable[str], table: Path) -> Iterator[LabelledPicture]:
    rows = csv.reader(lines, strict=True)
    try:
        names = [name.strip() for name in next(rows, [])]
        _check_names(names, table)
        for cells in rows:
            where = f"{table}, line {rows.line_num}"
            if not any(cells):
                continue  # spreadsheets end a table with rows of nothing but commas
            if len(cells) != len(names):
                raise DataError(
                    f"{where}: expected {len(names)} cells, as many as there are columns, found {len(cells)}"
                )
            yield _picture(dict(zip(names, cells, strict=True)), table.parent, where)
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
                f"{table}, line 1: expected each column once, found {one_line(repr(name))} more often"
            )


def _picture(row: dict[str, str], folder: Path, where: str) -> LabelledPicture:
    name, label = row.pop("file").strip(), row.pop("label").strip()
    if not name:
        raise DataError(f"{where}: expected the name of a picture in the column file, found nothing")
    if label not in DIGIT_NAMES:
        raise DataError(f"{where}: label {one_line(repr(label))}: expected a digit from 0 to 9")
    columns = {column: cell.strip() for column, cell in row.items()}
    return LabelledPicture(folder / name, name, int(label), columns)
