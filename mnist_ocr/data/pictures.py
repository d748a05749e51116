"""Pictures of digits that somebody labelled: a list of files in a CSV table, or one folder for each digit.

Only names and labels are read here. A picture that turns out to be missing or damaged is a result, to be
counted; a label that is no digit is a mistake in the list, refused with the line it stands on.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mnist_ocr.data.errors import DataError

DIGIT_NAMES = tuple("0123456789")

NO_PICTURES = ("Thumbs.db", "desktop.ini")
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
        (digits without pictures, other subfolders), or None.

    Raises:
        DataError: there is no such folder, it cannot be read, or no subfolder 0 to 9 holds a file.
    """
    try:
        inside = sorted(folder.iterdir())
        pictures = [
            LabelledPicture(path, f"{part.name}/{path.name}", int(part.name))
            for part in inside
            if part.name in DIGIT_NAMES and part.is_dir()
            for path in sorted(part.iterdir())
            if path.is_file() and not is_none_of_ours(path)
        ]
    except OSError as error:
        raise DataError(
            f"{folder}: expected a folder with the subfolders 0 to 9: {error.strerror or error}"
        ) from error
    if not pictures:
        raise DataError(f"{folder}: expected pictures in the subfolders 0 to 9, found none")
    without = sorted(set(DIGIT_NAMES) - {str(picture.label) for picture in pictures})
    others = [
        part.name
        for part in inside
        if part.is_dir() and part.name not in DIGIT_NAMES and not is_none_of_ours(part)
    ]
    remarks = [
        *([f"no pictures of {', '.join(without)}"] if without else []),
        *([f"not looked into: {', '.join(others)}"] if others else []),
    ]
    return pictures, f"{folder}: {'; '.join(remarks)}" if remarks else None


def is_none_of_ours(path: Path) -> bool:
    """Whether a system put this file or folder there, and not a person."""
    return path.name.startswith(".") or path.name in NO_PICTURES


def read_labels(table: Path) -> list[LabelledPicture]:
    """Read a CSV table with the columns `file` and `label`, and any others.

    Args:
        table: UTF-8, with or without a byte order mark, lines ended in any way; the paths of its `file`
            column start from the folder that the table is in.

    Raises:
        DataError: it cannot be read, a column is missing, or a row is none; the message names the line.
    """
    try:
        with table.open(encoding="utf-8-sig", newline="") as file:
            pictures = list(_rows(file, table))
    except UnicodeDecodeError as error:
        found = error.object[error.start]
        raise DataError(f"{table}: expected text in UTF-8, found the byte {found:#04x}") from None
    except OSError as error:
        raise DataError(f"{table}: cannot be read: {error.strerror or error}") from error
    if not pictures:
        raise DataError(f"{table}: expected a row for each picture below the first line, found none")
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
    for name in ("file", "label"):
        if name not in names:
            raise DataError(
                f"{table}, line 1: expected the columns file and label, separated by commas, "
                f"found {', '.join(names) or 'nothing'}"
            )
    for name in names:
        if names.count(name) > 1:
            raise DataError(f"{table}, line 1: expected each column once, found {name!r} more often")


def _picture(row: dict[str, str], folder: Path, where: str) -> LabelledPicture:
    name, label = row.pop("file").strip(), row.pop("label").strip()
    if not name:
        raise DataError(f"{where}: expected the name of a picture in the column file, found nothing")
    if label not in DIGIT_NAMES:
        raise DataError(f"{where}: label {label!r}: expected a digit from 0 to 9")
    columns = {column: cell.strip() for column, cell in row.items()}
    return LabelledPicture(folder / name, name, int(label), columns)
