"""Open a network in the browser: draw a digit, see every node and edge, teach it."""

from __future__ import annotations

import argparse
import os
import tempfile
import webbrowser
from pathlib import Path

from mnist_ocr.commands.console import DONE, shown
from mnist_ocr.commands.outputs import require_new_file, write_file
from mnist_ocr.graph import Network
from mnist_ocr.modelfile import MODELS, find_model
from mnist_ocr.report.answer import require_digit_reader
from mnist_ocr.viewer import page


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
    add("--output", metavar="FILE.html", help="where to write the page; else into a temporary folder")
    add("--overwrite", action="store_true", help="write the file even where it exists already")
    add("--no-open", action="store_true", help="write the page, and open no browser")


def run(options: argparse.Namespace) -> int:
    """Put the model into the page, write it, and open it."""
    model = find_model(options.model)
    # What the page would refuse is refused here, by its path in the file.
    require_digit_reader(Network.load(model), str(model))
    # The name of a file may hold bytes that are no text.
    name = os.fsencode(model.name).decode(errors="replace")
    content = page(model.read_text(encoding="utf-8-sig"), name).encode()
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
