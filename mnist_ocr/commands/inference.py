"""Read the digit on a picture, and show how the network came to it."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from mnist_ocr.commands.console import DONE, run_alone, shown
from mnist_ocr.commands.options import add_model, positive_int
from mnist_ocr.commands.outputs import require_new_file, write_file
from mnist_ocr.errors import InputError
from mnist_ocr.graph import Network
from mnist_ocr.images import Reading, read_digit
from mnist_ocr.modelfile import find_model
from mnist_ocr.report.answer import (
    Answer,
    answer_object,
    answer_text,
    answer_to,
    ask,
    require_digit_reader,
    rows_object,
    rows_text,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options."""
    add = parser.add_argument
    add("--image-path", required=True, metavar="FILE", help="the picture: PNG, JPEG, GIF, BMP, TIFF or WebP")
    add_model(add)
    add("--top", type=positive_int, default=3, metavar="N", help="how many candidates to show")
    add("--multi", action="store_true", help="read several digits, line by line")
    add(
        "--invert",
        choices=("auto", "yes", "no"),
        default="auto",
        help="whether dark ink on a light ground has to be turned round; auto sees for itself",
    )
    add(
        "--no-preprocess",
        action="store_true",
        help="only make the picture grey and resize it to 28 x 28: no search for the ink",
    )
    add("--json", action="store_true", help="print one line of JSON for programs")
    add("--explain", metavar="FILE.png", help="draw why the network says so, and print the sums behind it")
    add("--trace", metavar="FILE.json", help="write what every node did, and the strongest edges into it")
    add("--overwrite", action="store_true", help="let --explain and --trace replace files that exist already")


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the arguments and run; the exit code."""
    return run_alone("inference.py", __doc__, add_arguments, run, arguments)


def run(options: argparse.Namespace) -> int:
    """Read one picture and print the answer."""
    model = find_model(options.model)
    _check(options, model)
    network = Network.load(model)
    require_digit_reader(network, str(model))
    print(_several(network, model, options) if options.multi else _one(network, model, options))
    return DONE


def _check(options: argparse.Namespace, model: Path) -> None:
    """Refuse options that do not go together, and files that cannot be written, before anything is read."""
    of_one = {
        "--no-preprocess": options.no_preprocess,
        "--explain": options.explain is not None,
        "--trace": options.trace is not None,
    }
    if options.multi and any(of_one.values()):
        raise InputError(f"--multi finds and reads several digits: not with {', '.join(of_one)}")
    for option, ending in (("--explain", ".png"), ("--trace", ".json")):
        name = getattr(options, option.strip("-"))
        if name is None:
            continue
        path = Path(name)
        if path.suffix.lower() != ending:
            raise InputError(f"{option} {path}: expected a name that ends in {ending}")
        reads = [options.image_path, model]
        require_new_file(option, path, overwrite=options.overwrite, reads=reads)
    if options.explain is not None:
        from mnist_ocr.report.charts import require_matplotlib

        require_matplotlib()


def _one(network: Network, model: Path, options: argparse.Namespace) -> str:
    preprocess = not options.no_preprocess
    reading = read_digit(options.image_path, network, invert=options.invert, preprocess=preprocess)
    answer = answer_to(network, reading)
    if options.explain is not None or options.trace is not None:
        ask(network, reading.pixels)  # leaves in every node what it computed for the reading that is shown
    why = ""
    if options.explain is not None:
        why = _explain(network, reading, answer, Path(options.explain))
    if options.trace is not None:
        why += _trace(network, model, answer, options)
    if options.json:
        record = {**answer_object(reading, answer), "image": options.image_path}
        return json.dumps({**record, "model": str(model), "network": network.sizes})
    text = answer_text(options.image_path, reading, answer, options.top, sys.stdout)
    if reading.digit_count > 1:
        text += f"\n\nAdd --multi to read the {reading.digit_count} digits from left to right."
    return f"{text}\n\nModel: {shown(model)}{why}"


def _several(network: Network, model: Path, options: argparse.Namespace) -> str:
    from mnist_ocr.images.rows import read_rows  # here, because most pictures hold one digit

    rows = read_rows(options.image_path, network, invert=options.invert)
    if options.json:
        record = {**rows_object(rows, network), "image": options.image_path}
        return json.dumps({**record, "model": str(model), "network": network.sizes})
    return f"{rows_text(options.image_path, rows, network)}\n\nModel: {shown(model)}"


def _explain(network: Network, reading: Reading, answer: Answer, path: Path) -> str:
    """Draw the explanation into its file; the same in words."""
    # Imported here: most answers are not asked for their reasons.
    from mnist_ocr.report.charts import save_sheet
    from mnist_ocr.report.explain import explain, explanation_text
    from mnist_ocr.report.explanation_picture import draw_explanation

    explanation = explain(network, answer)
    figure = draw_explanation(explanation, reading)
    write_file("--explain", path, partial(save_sheet, figure))
    return f"\n\n{explanation_text(explanation)}\n\nThe same as a picture: {shown(path)}"


def _trace(network: Network, model: Path, answer: Answer, options: argparse.Namespace) -> str:
    """Write what every node did into its file; where that is."""
    from mnist_ocr.report.trace import trace, write_trace

    path = Path(options.trace)
    document = trace(network, answer, Path(options.image_path).name, model.name)
    write_file("--trace", path, partial(write_trace, document))
    return f"\n\nWhat every node did: {shown(path)}"
