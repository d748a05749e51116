"""Tell what differs between two networks: layers, numbers, answers. What did that training change?"""

from __future__ import annotations

import argparse
import json
import sys
from functools import partial
from pathlib import Path

from mnist_ocr.commands.console import DONE, shown
from mnist_ocr.commands.options import add_dataset, positive_int
from mnist_ocr.commands.outputs import require_new_file, write_file
from mnist_ocr.commands.streams import say
from mnist_ocr.data import load_dataset
from mnist_ocr.errors import InputError
from mnist_ocr.graph import Network
from mnist_ocr.modelfile import MODELS, find_model
from mnist_ocr.report import diff
from mnist_ocr.report.answer import require_digit_reader
from mnist_ocr.report.charts import require_matplotlib, save_sheet


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options."""
    add = parser.add_argument
    names = " or ".join(MODELS)
    add("first", metavar="A.json", help=f"the network before: a file, or {names}")
    add("second", metavar="B.json", help="the network after, likewise")
    add("--top", type=positive_int, default=10, metavar="N", help="how many of the largest changes to list")
    add_dataset(add)
    add("--picture", metavar="FILE.png", help="draw the changed nodes and the images that changed sides")
    add("--overwrite", action="store_true", help="write --picture even where it exists already")
    add("--json", action="store_true", help="print one line of JSON for programs")


def run(options: argparse.Namespace) -> int:
    """Load both, compare, print and draw."""
    paths = [find_model(options.first), find_model(options.second)]
    if options.picture is not None:
        require_matplotlib()
        picture = Path(options.picture)
        require_new_file("--picture", picture, overwrite=options.overwrite, reads=paths)
    first, second = map(Network.load, paths)
    sides = _sides(first, second, options)
    if options.json:
        files = {"files": [str(path) for path in paths]}
        print(json.dumps({**files, **diff.difference_object(first, second, sides, options.top)}))
    else:
        print(f"A is {shown(paths[0])}, and B is {shown(paths[1])}\n")
        print(diff.difference_text(first, second, options.top))
        if sides:
            print(f"\n{diff.sides_text(sides)}")
    if options.picture is not None:
        write_file("--picture", picture, partial(save_sheet, diff.draw_difference(first, second, sides)))
        if not options.json:
            print(f"\nThe same as a picture: {shown(picture)}")
    return DONE


def _sides(first: Network, second: Network, options: argparse.Namespace) -> diff.Sides | None:
    """What both say about the images of the data set; None where one of them does not read digits."""
    try:
        require_digit_reader(first, "A")
        require_digit_reader(second, "B")
    except InputError as error:
        say(f"not asked about any image: {error}", sys.stderr)
        return None
    loaded = load_dataset(
        options.dataset, options.data_dir, synthetic_count=1, progress=False, transpose=options.transpose
    )
    if loaded.notice:
        say(loaded.notice, sys.stderr)
    return diff.ask_both(first, second, loaded.training if loaded.test is None else loaded.test)
