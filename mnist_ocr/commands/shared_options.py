"""Options that several commands have, described once."""

from __future__ import annotations

import argparse
from typing import Any

from mnist_ocr.commands.numbers import positive_int
from mnist_ocr.modelfile import MODELS

FULL = "full"
"""The size of a batch that holds all images."""


def add_model(add: Any) -> None:
    """Which network is asked."""
    add(
        "--model",
        default="default",
        metavar="FILE",
        help=f"the network: a file, or one of the shipped ones, {' or '.join(MODELS)}",
    )


def add_dataset(add: Any) -> None:
    """Which labelled digits are used, and where MNIST is."""
    add(
        "--dataset",
        default="auto",
        metavar="NAME",
        help="auto, mnist, synthetic, or a path: a CSV file, or a folder with pictures, IDX or CSV files",
    )
    add_data_dir(add)


def add_data_dir(add: Any) -> None:
    """Where MNIST is."""
    add("--data-dir", metavar="FOLDER", help="where the MNIST files are")


def batch_size(text: str) -> int | str:
    """A number of images or "full", for argparse."""
    if text == FULL:
        return text
    try:
        return positive_int(text)
    except argparse.ArgumentTypeError:
        raise argparse.ArgumentTypeError(f"{text}: expected a number of images, or {FULL}") from None


def count_or_fraction(text: str) -> int | float:
    """A whole number of images, or a fraction of them, for argparse."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    raise argparse.ArgumentTypeError(f"{text}: expected a count such as 5000, or a fraction such as 0.1")
