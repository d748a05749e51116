"""Read the digit on a picture, and show how the network came to it."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from mnist_ocr.commands.console import DONE, run_alone, shown
from mnist_ocr.commands.numbers import positive_int
from mnist_ocr.commands.shared_options import add_model
from mnist_ocr.errors import InputError
from mnist_ocr.graph import Network
from mnist_ocr.images import Reading, read_digit, read_digits
from mnist_ocr.modelfile import find_model
from mnist_ocr.report.answer import (
    Answer,
    answer_object,
    answer_text,
    answers_text,
    ask,
    require_digit_reader,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options."""
    add = parser.add_argument
    add("--image-path", required=True, metavar="FILE", help="the picture: PNG, JPEG, GIF, BMP, TIFF or WebP")
    add_model(add)
    add("--top", type=positive_int, default=3, metavar="N", help="how many candidates to show")
    add("--multi", action="store_true", help="read several digits, from left to right")
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


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the arguments and run; the exit code."""
    return run_alone("inference.py", __doc__, add_arguments, run, arguments)


def run(options: argparse.Namespace) -> int:
    """Read one picture and print the answer."""
    if options.multi and (options.no_preprocess or options.explain is not None):
        raise InputError("--multi finds and reads several digits: not with --no-preprocess or --explain")
    model = find_model(options.model)
    network = Network.load(model)
    require_digit_reader(network, str(model))
    print(_several(network, model, options) if options.multi else _one(network, model, options))
    return DONE


def _one(network: Network, model: Path, options: argparse.Namespace) -> str:
    reading = read_digit(options.image_path, invert=options.invert, preprocess=not options.no_preprocess)
    if reading.digit_count > 1:
        raise InputError(
            f"{options.image_path}: there are {reading.digit_count} digits on this picture; "
            "add --multi to read them from left to right"
        )
    answer = ask(network, reading.pixels)
    why = _explained(network, reading, answer, options) if options.explain is not None else ""
    if options.json:
        record = {**answer_object(reading, answer), "image": options.image_path}
        return json.dumps({**record, "model": str(model), "network": network.sizes})
    text = answer_text(options.image_path, reading, answer, options.top, sys.stdout)
    return f"{text}\n\nModel: {shown(model)}{why}"


def _several(network: Network, model: Path, options: argparse.Namespace) -> str:
    readings = read_digits(options.image_path, invert=options.invert)
    found = [(reading, ask(network, reading.pixels)) for reading in readings]
    if options.json:
        digits = [answer_object(reading, answer) for reading, answer in found]
        record = {"digits": digits, "image": options.image_path}
        return json.dumps({**record, "model": str(model), "network": network.sizes})
    return f"{answers_text(options.image_path, found)}\n\nModel: {shown(model)}"


def _explained(network: Network, reading: Reading, answer: Answer, options: argparse.Namespace) -> str:
    """Draw the explanation into its file; the same in words."""
    # Imported here: most answers are not asked for their reasons.
    from mnist_ocr.report.explanation import explain
    from mnist_ocr.report.explanation_picture import save_picture
    from mnist_ocr.report.explanation_text import explanation_text

    if Path(options.explain).resolve() == Path(options.image_path).resolve():
        raise InputError(f"{options.explain}: this is the picture to be read: choose another name")
    explanation = explain(network, answer)
    save_picture(explanation, reading, options.explain)
    return f"\n\n{explanation_text(explanation)}\n\nThe same as a picture: {shown(Path(options.explain))}"
