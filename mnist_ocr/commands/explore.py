"""Look at a data set before learning from it: what is in it, how it looks, and what would spoil a result."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import BinaryIO

from mnist_ocr.commands.console import DONE, shown
from mnist_ocr.commands.options import add_dataset, natural
from mnist_ocr.commands.outputs import make_folder, write_file
from mnist_ocr.data import load_dataset
from mnist_ocr.errors import printable
from mnist_ocr.report.charts import draw_classes, draw_ink, require_matplotlib, save_chart
from mnist_ocr.report.explore import Exploration, exploration_object, exploration_text, explore
from mnist_ocr.report.pictures import draw_means, draw_samples

PICTURES: dict[str, Callable[[Exploration, int, BinaryIO], None]] = {
    "classes.png": lambda exploration, seed, file: save_chart(draw_classes(exploration), file),
    "means.png": lambda exploration, seed, file: save_chart(draw_means(exploration), file),
    "samples.png": lambda exploration, seed, file: save_chart(draw_samples(exploration, seed), file),
    "ink.png": lambda exploration, seed, file: save_chart(draw_ink(exploration), file),
}
"""The files in the folder that --output names, and what draws each."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options."""
    add = parser.add_argument
    add_dataset(add)
    add("--seed", type=natural, default=0, metavar="N", help="decides which images are shown, and drawn")
    add(
        "--output",
        metavar="FOLDER",
        help="draw the images of each digit into FOLDER: how many, their mean, some of them, their ink",
    )
    add("--overwrite", action="store_true", help="write the files in FOLDER even where they exist already")
    add("--json", action="store_true", help="print one line of JSON for programs")


def run(options: argparse.Namespace) -> int:
    """Load, count, print, draw."""
    folder = None if options.output is None else Path(options.output)
    if folder:
        require_matplotlib()
        make_folder("--output", folder, PICTURES, overwrite=options.overwrite)
    digits = load_dataset(options.dataset, options.data_dir, seed=options.seed, transpose=options.transpose)
    if digits.notice:
        print(digits.notice, file=sys.stderr)
    exploration = explore(digits)
    if folder:
        for name, draw in PICTURES.items():
            write_file("--output", folder / name, partial(draw, exploration, options.seed))
    if options.json:
        print(json.dumps({"source": digits.source, "parts": exploration_object(exploration.splits)}))
    else:
        print(f"{printable(digits.source)}\n\n{exploration_text(exploration.splits)}")
        if folder:
            print(f"\nwritten: {', '.join(shown(folder / name) for name in PICTURES)}")
    return DONE
