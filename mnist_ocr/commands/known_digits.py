"""What a network is measured by: images of a data set or people's pictures, and what it says of each."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mnist_ocr.data import Dataset, load_dataset
from mnist_ocr.data.pictures import LabelledPicture, read_class_folders, read_labels
from mnist_ocr.graph import Network
from mnist_ocr.images.many import Outcome, read_all
from mnist_ocr.report.answer import ask_all
from mnist_ocr.report.evaluation import Case


def images_to_read(options: argparse.Namespace) -> Dataset:
    """The test images of a data set, or all of its images where none are set aside for testing."""
    # Nothing is learned here: where digits have to be drawn, one to learn from will do.
    digits = load_dataset(options.dataset, options.data_dir, synthetic_count=1)
    if digits.notice:
        print(digits.notice, file=sys.stderr)
    if digits.test is not None:
        return digits.test
    print(
        f"note: {digits.source}: no images are set aside for testing, so these are all of them; a network "
        "that learned from them reads them better than others",
        file=sys.stderr,
    )
    return digits.train


def cases_of_arrays(options: argparse.Namespace, network: Network) -> tuple[str, list[Case]]:
    """The images of a data set, which need no reading: where they are from, and each with its answer."""
    dataset = images_to_read(options)
    return dataset.source, cases_at(dataset, range(len(dataset)), network)


def cases_at(dataset: Dataset, places: Sequence[int], network: Network) -> list[Case]:
    """What the network says of the images at these places of a data set."""
    images, labels = dataset.images[places], dataset.labels[places].tolist()
    return [
        Case(f"image {place}", label, pixels, answer)
        for place, label, pixels, answer in zip(places, labels, images, ask_all(network, images), strict=True)
    ]


def cases_of_pictures(options: argparse.Namespace, network: Network) -> tuple[str, list[Case]]:
    """Picture files, read the way that `inference` reads one: what lists them, and each with its answer."""
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
