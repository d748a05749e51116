"""Open a network in the browser: draw a digit, see every node and edge, watch it learn."""

from __future__ import annotations

import argparse
import os
import tempfile
import webbrowser
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnist_ocr.commands.console import DONE, shown
from mnist_ocr.commands.outputs import require_new_file, write_file
from mnist_ocr.data.dataset import DataError
from mnist_ocr.data.mnist import load_mnist
from mnist_ocr.graph import Network
from mnist_ocr.images import read_digit
from mnist_ocr.modelfile import MODELS, find_model
from mnist_ocr.page import page, reading_object
from mnist_ocr.report.answer import require_digit_reader

MOST_DIGITS = 6000
"""Of MNIST's 60,000 training images, those that go into the page: 1.4 MB."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options."""
    add = parser.add_argument
    add(
        "model",
        nargs="?",
        default="default",
        metavar="MODEL",
        help=f"the network: a file, or one of the shipped ones, {' or '.join(MODELS)}",
    )
    add("--image-path", metavar="FILE", help="open the page on what is read on this picture, with the steps")
    add("--output", metavar="FILE.html", help="where to write the page; else into a temporary folder")
    add("--overwrite", action="store_true", help="write the file even where it exists already")
    add("--no-open", action="store_true", help="write the page, and open no browser")


def run(options: argparse.Namespace) -> int:
    """Put the model into the page, write it, and open it."""
    model = find_model(options.model)
    # What the page would refuse is refused here, by its path in the file.
    network = Network.load(model)
    require_digit_reader(network, str(model))
    # The name of a file may hold bytes that are no text.
    name = os.fsencode(model.name).decode(errors="replace")
    reading = None
    if options.image_path is not None:
        reading = reading_object(read_digit(options.image_path), Path(options.image_path).name)
    text = model.read_text(encoding="utf-8-sig")
    content = page(text, name, reading=reading, digits=_real_digits()).encode()
    if options.output is None:
        path = Path(tempfile.mkdtemp(prefix="mnist_ocr-")) / "viewer.html"
    else:
        path = Path(options.output)
        require_new_file("--output", path, overwrite=options.overwrite, reads=[model])
    write_file("--output", path, lambda file: file.write(content))
    print(f"written  {shown(path)} ({len(content) / 1e6:.1f} MB): one page, works without a network")
    if options.no_open or not webbrowser.open(path.resolve().as_uri()):
        print("open it in a browser")
    return DONE


def _real_digits() -> tuple[NDArray[np.uint8], NDArray[np.uint8]] | None:
    """Some of MNIST's training images and their labels, where they are at hand."""
    try:
        digits = load_mnist(download=False)
    except DataError:
        return None  # the page has digits of its own
    chosen = np.random.default_rng(0).permutation(len(digits.training.labels))[:MOST_DIGITS]
    return digits.training.images[chosen], digits.training.labels[chosen]
