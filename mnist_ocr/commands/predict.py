"""Read many pictures, or a data set without labels, and write the answers as a table."""

from __future__ import annotations

import argparse
import csv
import io
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mnist_ocr.commands.console import DONE
from mnist_ocr.commands.options import add_model
from mnist_ocr.commands.outputs import require_new_file, write_file
from mnist_ocr.commands.reading import Outcome, ask_about_files
from mnist_ocr.commands.streams import say
from mnist_ocr.data.dataset import reading
from mnist_ocr.data.pictures import PICTURE_ENDINGS, entries, is_ignored
from mnist_ocr.data.sources import read_unlabelled
from mnist_ocr.errors import InputError, printable
from mnist_ocr.files import IS_ADDRESS, is_address, is_there
from mnist_ocr.graph import Network
from mnist_ocr.modelfile import find_model
from mnist_ocr.report.answer import answer_columns, ask_all, require_digit_reader

NOT_PICTURES = (".csv", ".gz", ".npy", ".npz", ".parquet", "")
"""Endings of files that are data sets. IDX files have none, and pictures rarely."""

NAMED = 20
"""Pictures that could not be read and are named on stderr; all of them are in the table."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options."""
    add = parser.add_argument
    add(
        "inputs",
        nargs="+",
        metavar="PATH",
        help="picture files and folders of pictures; or one data set: CSV of 784 columns, IDX, NumPy or "
        "Parquet, with or without labels, which are not looked at",
    )
    add_model(add)
    add(
        "--format",
        choices=("csv", "kaggle"),
        default="csv",
        help="csv: the answer, its confidence, and the probability of each digit; kaggle: ImageId,Label",
    )
    add("--output", metavar="FILE.csv", help="write the table there; without it, on the standard output")
    add("--overwrite", action="store_true", help="write --output even where it exists already")


def run(options: argparse.Namespace) -> int:
    """Read everything, ask, and write the table."""
    model = find_model(options.model)
    paths = [_existing(name) for name in options.inputs]
    if options.output is not None:
        output = Path(options.output)
        require_new_file("--output", output, overwrite=options.overwrite, reads=[model, *paths])
    network = Network.load(model)
    require_digit_reader(network, str(model))
    pictures = _pictures(paths)
    outcomes = ask_about_files(network, pictures) if pictures else _of_a_dataset(paths, network)
    names = list(map(str, pictures)) or [f"image {number}" for number in range(len(outcomes))]
    table = [_row(name, outcome) for name, outcome in zip(names, outcomes, strict=True)]
    unread = [f"{row['file']}: {row['reason']}" for row in table if row["reason"]]
    for fault in unread[:NAMED]:
        say(f"not read: {printable(fault)}", sys.stderr)
    if len(unread) > NAMED:
        say(f"not read: {len(unread) - NAMED:,} more", sys.stderr)
    if unread and options.format == "kaggle":
        raise InputError(
            f"{len(unread):,} of {len(names):,} pictures have no answer, and kaggle needs one for each"
        )
    if options.format == "kaggle":  # whose images are counted from 1
        table = [{"ImageId": number, "Label": row["digit"]} for number, row in enumerate(table, 1)]
    text = io.StringIO(newline="")
    columns = max(map(list, table), key=len)  # an image that could not be read has no probabilities
    rows = csv.DictWriter(text, columns, lineterminator="\n")
    rows.writeheader()
    rows.writerows(table)
    content = text.getvalue()
    if options.output is None:
        sys.stdout.write(content)
    else:
        write_file("--output", output, lambda file: file.write(content.encode("utf-8", "backslashreplace")))
        say(f"{len(names):,} answers written to {printable(options.output)}", sys.stderr)
    return DONE


def _existing(name: str) -> Path:
    if not is_there(name):
        raise InputError(f"{name}: {IS_ADDRESS if is_address(name) else 'nothing of that name is there'}")
    return Path(name)


def _pictures(paths: Sequence[Path]) -> list[Path]:
    """All picture files that are meant, folder by folder; none where a data set is."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = _inside(path)
            inside += [file for folder in _inside(path) if folder.is_dir() for file in _inside(folder)]
            found += [
                file for file in inside if file.is_file() and file.suffix.lower() in PICTURE_ENDINGS[:-1]
            ]
        elif path.suffix.lower() not in NOT_PICTURES and "idx3-ubyte" not in path.name:
            found.append(path)
        elif len(paths) > 1:
            raise InputError(f"{path}: a data set goes alone: expected pictures, or one data set")
    return found


def _inside(folder: Path) -> list[Path]:
    with reading(folder):
        return [path for path in entries(folder) if not is_ignored(path)]


def _of_a_dataset(paths: Sequence[Path], network: Network) -> list[Outcome]:
    if len(paths) > 1:
        raise InputError(f"{paths[0]}: no picture is in it, and a data set goes alone")
    images, source, notice = read_unlabelled(paths[0], progress=True)
    if notice:
        say(notice, sys.stderr)
    say(printable(source), sys.stderr)
    return [Outcome(None, answer, "") for answer in ask_all(network, images)]


def _row(name: str, outcome: Outcome) -> dict[str, Any]:
    """The row of an image; of one that could not be read, why."""
    cells: dict[str, Any] = {"digit": None, "confidence": None, "sure": None}
    if answer := outcome.answer:
        cells |= {**answer_columns(answer), "sure": "yes" if answer.sure else "no"}
    return {"file": name, **cells, "reason": outcome.reason}
