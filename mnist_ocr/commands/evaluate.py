"""Measure how well a network reads digits that are known: MNIST's test images, or pictures of yours."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import BinaryIO

import numpy as np

from mnist_ocr.commands.console import DONE, shown
from mnist_ocr.commands.options import add_data_dir, add_model, add_transpose, natural
from mnist_ocr.commands.outputs import make_folder, write_file
from mnist_ocr.commands.reading import ask_about_files
from mnist_ocr.data import Dataset, load_dataset
from mnist_ocr.data.pictures import LabelledPicture, few, read_class_folders, read_labels
from mnist_ocr.errors import InputError, one_line, printable
from mnist_ocr.files import is_there
from mnist_ocr.graph import Network
from mnist_ocr.graph.classes import class_name, classes_of
from mnist_ocr.modelfile import find_model
from mnist_ocr.report.answer import ask_all, require_digit_reader
from mnist_ocr.report.charts import (
    draw_confusion,
    draw_reliability,
    require_matplotlib,
    save_chart,
    save_sheet,
)
from mnist_ocr.report.evaluate import (
    Evaluation,
    Prediction,
    evaluation_object,
    evaluation_text,
    prediction_object,
    prediction_text,
    write_predictions,
)
from mnist_ocr.report.pictures import draw_contact_sheet, draw_weights

REPORT: dict[str, Callable[[Evaluation, Network, BinaryIO], None]] = {
    "predictions.csv": lambda evaluation, network, file: write_predictions(evaluation.predictions, file),
    "contact-sheet.png": lambda evaluation, network, file: save_sheet(draw_contact_sheet(evaluation), file),
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
    one_of("--folder", metavar="DIR", help="pictures, in subfolders called 0 to 9, or as the classes")
    one_of("--labels", metavar="FILE.csv", help="pictures: a table with the columns file, label and others")
    add = parser.add_argument
    add_data_dir(add)
    add_transpose(add)
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
    add("--overwrite", action="store_true", help="write the files of --report even where they exist already")
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
    report = None if options.report is None else Path(options.report)
    if report:
        require_matplotlib()
        reads = [model, options.labels or model]
        make_folder("--report", report, REPORT, overwrite=options.overwrite, reads=reads)
    source, predictions = (_of_pictures if from_pictures else _of_dataset)(options, network)
    evaluation = Evaluation(predictions)
    if report:
        pictures = [prediction.path for prediction in predictions if prediction.path]
        for name, write in REPORT.items():
            write_file("--report", report / name, partial(write, evaluation, network), reads=pictures)
    if options.json:
        print(json.dumps({"source": source, "model": str(model), **evaluation_object(evaluation)}))
    else:
        print(f"{printable(source)}: {len(predictions):,} images\nread by {shown(model)}\n")
        print(evaluation_text(evaluation))
        if report:
            print(f"\nwritten: {', '.join(shown(report / name) for name in REPORT)}")
    return DONE


def _show(options: argparse.Namespace, network: Network, model: Path) -> int:
    """Print the images that --index names, and what the network says of each."""
    dataset = _load(options)
    for index in options.index:
        if index >= len(dataset):
            raise InputError(
                f"--index {index}: expected 0 to {len(dataset) - 1:,}, for there are {len(dataset):,} "
                f"images in {dataset.source}"
            )
    predictions = _predict(dataset, options.index, network)
    if options.json:
        images = [
            {"index": index, **prediction_object(prediction)}
            for index, prediction in zip(options.index, predictions, strict=True)
        ]
        print(json.dumps({"source": dataset.source, "model": str(model), "images": images}))
    else:
        print(f"{printable(dataset.source)}\nread by {shown(model)}")
        for prediction in predictions:
            print(f"\n{prediction_text(prediction, sys.stdout)}")
    return DONE


# Images of a data set, which need no reading.


def _load(options: argparse.Namespace) -> Dataset:
    """The test images of a data set, or all of its images where none are set aside for testing."""
    # Nothing is learned here: where digits have to be drawn, one training image will do.
    loaded = load_dataset(options.dataset, options.data_dir, synthetic_count=1, transpose=options.transpose)
    if loaded.notice:
        print(loaded.notice, file=sys.stderr)
    if loaded.test is not None:
        return loaded.test
    print(
        f"note: {printable(loaded.source)}: no images are set aside for testing, so these are all of them; a "
        "network that learned from them reads them better than others",
        file=sys.stderr,
    )
    return loaded.training


def _of_dataset(options: argparse.Namespace, network: Network) -> tuple[str, list[Prediction]]:
    dataset = _load(options)
    _say_unknown(dataset, network)
    return dataset.source, _predict(dataset, range(len(dataset)), network)


def _say_unknown(dataset: Dataset, network: Network) -> None:
    """A line on stderr about labels that are no class of the network, which it can only read wrong."""
    known = [class_name(name) for name in classes_of(network)]
    unknown = [str(label) for label in np.unique(dataset.labels) if str(label) not in known]
    if unknown:
        count = np.isin(dataset.labels, np.array(unknown, int)).sum()
        print(
            f"note: the classes of this network are {one_line(', '.join(known))}; "
            f"the {count:,} images with the label {' or '.join(unknown)} count as read wrong",
            file=sys.stderr,
        )


def _predict(dataset: Dataset, indices: Sequence[int], network: Network) -> list[Prediction]:
    images, labels = dataset.images[indices], dataset.labels[indices].tolist()
    return [
        Prediction(f"image {index}", label, pixels, answer)
        for index, label, pixels, answer in zip(
            indices, labels, images, ask_all(network, images), strict=True
        )
    ]


# Picture files, read the way that `inference` reads one.


def _of_pictures(options: argparse.Namespace, network: Network) -> tuple[str, list[Prediction]]:
    classes = classes_of(network)
    if options.folder is not None:
        pictures, notice = read_class_folders(Path(options.folder), classes)
    else:
        pictures, notice = _existing(read_labels(Path(options.labels), classes), options.labels)
    if notice:
        print(f"note: {notice}", file=sys.stderr)
    return options.folder or options.labels, read_pictures(pictures, network)


def read_pictures(pictures: Sequence[LabelledPicture], network: Network) -> list[Prediction]:
    """What the network says of every picture, its readings weighed; a bar on stderr shows how far it is."""
    outcomes = ask_about_files(network, [picture.path for picture in pictures])
    return [
        Prediction(picture.name, picture.label, *outcome, picture.path, picture.columns)
        for picture, outcome in zip(pictures, outcomes, strict=True)
    ]


def _existing(listed: list[LabelledPicture], table: str) -> tuple[list[LabelledPicture], str | None]:
    """The pictures that are there, and a line about the others: those are a mistake in the list."""
    pictures = [picture for picture in listed if is_there(picture.path)]
    missing = [picture.name for picture in listed if not is_there(picture.path)]
    if not pictures:
        raise InputError(
            f"{table}: none of the pictures that it lists exists: {few(missing)}; their paths start from the "
            "folder of the list"
        )
    if not missing:
        return pictures, None
    what = "1 picture that does not" if len(missing) == 1 else f"{len(missing):,} pictures that do not"
    return pictures, one_line(f"{table}: left out {what} exist: {few(missing)}", most=1000)
