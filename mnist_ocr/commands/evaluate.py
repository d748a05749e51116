"""Measure how well a network reads digits that are known: MNIST's test images, or pictures of yours."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import BinaryIO

from mnist_ocr.commands.console import DONE, find_model, shown
from mnist_ocr.commands.known_digits import cases_at, cases_of_arrays, cases_of_pictures, images_to_read
from mnist_ocr.commands.numbers import natural
from mnist_ocr.commands.report_folder import make_report_folder, write_report
from mnist_ocr.commands.shared_options import add_data_dir, add_model
from mnist_ocr.errors import InputError
from mnist_ocr.graph import Network
from mnist_ocr.report.answer import require_digit_reader
from mnist_ocr.report.case_text import case_object, case_text
from mnist_ocr.report.charting import save_chart
from mnist_ocr.report.charts import draw_confusion, draw_reliability
from mnist_ocr.report.contact_sheet import draw_contact_sheet
from mnist_ocr.report.evaluation import Evaluation
from mnist_ocr.report.evaluation_text import evaluation_object, evaluation_text
from mnist_ocr.report.predictions import write_predictions
from mnist_ocr.report.weights import draw_weights

REPORT: dict[str, Callable[[Evaluation, Network, BinaryIO], None]] = {
    "predictions.csv": lambda evaluation, network, file: write_predictions(evaluation.cases, file),
    "contact-sheet.png": lambda evaluation, network, file: draw_contact_sheet(evaluation).save(file),
    "confusion.png": lambda evaluation, network, file: save_chart(draw_confusion(evaluation), file),
    "reliability.png": lambda evaluation, network, file: save_chart(draw_reliability(evaluation), file),
    "weights.png": lambda evaluation, network, file: save_chart(draw_weights(network), file),
}
"""The files of a report, and what writes each."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options."""
    one_of = parser.add_mutually_exclusive_group().add_argument
    one_of(
        "--dataset",
        default="mnist",
        metavar="NAME",
        help="the test images of mnist, auto, synthetic, or of a path of your own",
    )
    one_of("--folder", metavar="DIR", help="pictures, sorted into the subfolders 0 to 9")
    one_of("--labels", metavar="FILE.csv", help="pictures: a table with the columns file, label and others")
    add = parser.add_argument
    add_data_dir(add)
    add_model(add)
    add(
        "--index",
        type=natural,
        nargs="+",
        metavar="N",
        help="show single images of the --dataset, counted from 0, and what the network says of each",
    )
    add(
        "--report",
        metavar="DIR",
        help="write every answer, a sheet of the misses, two charts and the nodes' weights into DIR",
    )
    add("--json", action="store_true", help="print one line of JSON for programs")


def run(options: argparse.Namespace) -> int:
    """Read everything, count, print, and write the report; or show single images."""
    from_pictures = options.folder is not None or options.labels is not None
    if options.index is not None and (from_pictures or options.report is not None):
        raise InputError("--index shows images of a --dataset: not with --folder, --labels or --report")
    model = find_model(options.model)
    network = Network.load(model)
    require_digit_reader(network, str(model))
    if options.index is not None:
        return _show(options, network, model)
    report = make_report_folder(options.report, "--report")
    source, cases = (cases_of_pictures if from_pictures else cases_of_arrays)(options, network)
    evaluation = Evaluation(cases)
    if report:
        write_report(report, {name: partial(write, evaluation, network) for name, write in REPORT.items()})
    if options.json:
        print(json.dumps({"source": source, "model": str(model), **evaluation_object(evaluation)}))
    else:
        print(f"{source}: {len(cases):,} images\nread by {shown(model)}\n\n{evaluation_text(evaluation)}")
        if report:
            print(f"\nwritten: {', '.join(shown(report / name) for name in REPORT)}")
    return DONE


def _show(options: argparse.Namespace, network: Network, model: Path) -> int:
    """Print the images that --index names, and what the network says of each."""
    dataset = images_to_read(options)
    for index in options.index:
        if index >= len(dataset):
            raise InputError(
                f"--index {index}: expected 0 to {len(dataset) - 1:,}, for there are {len(dataset):,} "
                f"images in {dataset.source}"
            )
    cases = cases_at(dataset, options.index, network)
    if options.json:
        images = [
            {"index": index, **case_object(case)} for index, case in zip(options.index, cases, strict=True)
        ]
        print(json.dumps({"source": dataset.source, "model": str(model), "images": images}))
    else:
        print(f"{dataset.source}\nread by {shown(model)}")
        for case in cases:
            print(f"\n{case_text(case, sys.stdout)}")
    return DONE
