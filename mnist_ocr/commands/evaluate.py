"""Measure how well a network reads digits that are known: MNIST's test images, or pictures of yours."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np

from mnist_ocr.commands.console import DONE, MODELS, find_model, shown
from mnist_ocr.data import load_digits
from mnist_ocr.data.pictures import LabelledPicture, read_class_folders, read_labels
from mnist_ocr.errors import InputError
from mnist_ocr.files import whole_file
from mnist_ocr.graph import Network
from mnist_ocr.images.many import Outcome, read_all
from mnist_ocr.report.answer import ask_all, require_digit_reader
from mnist_ocr.report.charts import draw_confusion, draw_reliability, require_matplotlib, save_chart
from mnist_ocr.report.contact_sheet import draw_contact_sheet
from mnist_ocr.report.evaluation import Case, Evaluation
from mnist_ocr.report.evaluation_text import evaluation_object, evaluation_text
from mnist_ocr.report.predictions import write_predictions

REPORT: dict[str, Callable[[Evaluation, BinaryIO], None]] = {
    "predictions.csv": lambda evaluation, file: write_predictions(evaluation.cases, file),
    "contact-sheet.png": lambda evaluation, file: draw_contact_sheet(evaluation).save(file),
    "confusion.png": lambda evaluation, file: save_chart(draw_confusion(evaluation), file),
    "reliability.png": lambda evaluation, file: save_chart(draw_reliability(evaluation), file),
}
"""The files of a report, and what writes each."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options."""
    one_of = parser.add_mutually_exclusive_group().add_argument
    one_of(
        "--dataset",
        default="mnist",
        metavar="NAME",
        help="the test images of mnist, auto, synthetic, or the path of a folder",
    )
    one_of("--folder", metavar="DIR", help="pictures, sorted into the subfolders 0 to 9")
    one_of("--labels", metavar="FILE.csv", help="pictures: a table with the columns file, label and others")
    add = parser.add_argument
    add("--data-dir", metavar="FOLDER", help="where the MNIST files are")
    add(
        "--model",
        default="default",
        metavar="FILE",
        help=f"the network: a file, or one of the shipped ones, {' or '.join(MODELS)}",
    )
    add("--report", metavar="DIR", help="write every answer, a sheet of the misses and two charts into DIR")
    add("--json", action="store_true", help="print one line of JSON for programs")


def run(options: argparse.Namespace) -> int:
    """Read everything, count, print, and write the report."""
    model = find_model(options.model)
    network = Network.load(model)
    require_digit_reader(network, str(model))
    report = _report_folder(options.report)
    if options.folder is None and options.labels is None:
        source, cases = _cases_of_arrays(options, network)
    else:
        source, cases = _cases_of_pictures(options, network)
    evaluation = Evaluation(cases)
    if report:
        _write_report(evaluation, report)
    if options.json:
        print(json.dumps({"source": source, "model": str(model), **evaluation_object(evaluation)}))
    else:
        print(f"{source}: {len(cases):,} images\nread by {shown(model)}\n\n{evaluation_text(evaluation)}")
        if report:
            print(f"\nwritten: {', '.join(shown(report / name) for name in REPORT)}")
    return DONE


def _cases_of_arrays(options: argparse.Namespace, network: Network) -> tuple[str, list[Case]]:
    """The test images of a data set, which need no reading."""
    digits = load_digits(options.dataset, options.data_dir)
    if digits.notice:
        print(digits.notice, file=sys.stderr)
    test = digits.test
    answers = ask_all(network, test.images)
    return test.source, [
        Case(f"image {number}", label, pixels, answer)
        for number, (label, pixels, answer) in enumerate(
            zip(test.labels.tolist(), test.images, answers, strict=True)
        )
    ]


def _cases_of_pictures(options: argparse.Namespace, network: Network) -> tuple[str, list[Case]]:
    """Picture files, read the way that `inference` reads one."""
    if options.folder is not None:
        pictures, notice = read_class_folders(Path(options.folder))
        if notice:
            print(f"note: {notice}", file=sys.stderr)
    else:
        pictures = read_labels(Path(options.labels))
    outcomes = _read(pictures)
    readable = [pixels for pixels, _ in outcomes if pixels is not None]
    answers = iter(ask_all(network, np.array(readable, np.uint8).reshape(-1, 28, 28)))
    cases = []
    for picture, (pixels, reason) in zip(pictures, outcomes, strict=True):
        answer = None if pixels is None else next(answers)
        cases.append(Case(picture.name, picture.label, pixels, answer, reason, picture.path, picture.columns))
    return options.folder or options.labels, cases


def _read(pictures: Sequence[LabelledPicture]) -> list[Outcome]:
    """The digit of each picture, or why there is none; a bar on stderr shows how far it is."""
    from tqdm import tqdm  # here, because arrays need no bar

    # A file that collects stderr gets the beginning and the end of a bar, not a picture of every instant.
    interval = 0.1 if sys.stderr.isatty() else 60
    paths = [picture.path for picture in pictures]
    return list(
        tqdm(read_all(paths), total=len(paths), unit=" pictures", dynamic_ncols=True, mininterval=interval)
    )


def _report_folder(name: str | None) -> Path | None:
    """Make the folder and see that charts can be drawn, before any work is done that would be lost."""
    if name is None:
        return None
    require_matplotlib()
    folder = Path(name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise InputError(f"--report {folder}: this is a file, expected the name of a folder") from None
    except OSError as error:
        raise InputError(f"--report {folder}: cannot be made: {error.strerror}") from None
    return folder


def _write_report(evaluation: Evaluation, folder: Path) -> None:
    """Write the files of a report, each whole or not at all; earlier ones are replaced."""
    for name, write in REPORT.items():
        try:
            with whole_file(folder / name) as file:
                write(evaluation, file)
        except OSError as error:
            raise InputError(f"{folder / name}: cannot be written: {error.strerror}") from None
