"""Read the digit on a picture, and show how the network came to it."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from mnist_ocr.commands.console import DONE, SHIPPED_MODEL, ends_cleanly, models_folder, positive_int, shown
from mnist_ocr.errors import InputError
from mnist_ocr.graph import Network
from mnist_ocr.images import Reading, read_digit
from mnist_ocr.report.answer import Answer, ask, require_digit_reader
from mnist_ocr.report.terminal import draw_bar, draw_picture

BAR = 40


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options."""
    parser.add_argument(
        "--image-path", required=True, metavar="FILE", help="the picture: PNG, JPEG, GIF, BMP, TIFF or WebP"
    )
    parser.add_argument("--model", metavar="FILE", help=f"the network (default: the shipped {SHIPPED_MODEL})")
    parser.add_argument(
        "--top", type=positive_int, default=3, metavar="N", help="how many candidates to show (default: 3)"
    )
    parser.add_argument("--json", action="store_true", help="print one line of JSON for programs")
    parser.add_argument(
        "--explain", metavar="FILE.png", help="draw why the network says so, and print the sums behind it"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the arguments and run; the exit code."""
    parser = argparse.ArgumentParser(prog="inference.py", description=__doc__)
    add_arguments(parser)
    return ends_cleanly(run, parser.parse_args(arguments))


def run(options: argparse.Namespace) -> int:
    """Read one picture and print the answer."""
    model = Path(options.model) if options.model else models_folder() / SHIPPED_MODEL
    network = Network.load(model)
    require_digit_reader(network, str(model))
    reading = read_digit(options.image_path)
    answer = ask(network, reading.pixels)
    why = _explained(network, reading, answer, options) if options.explain is not None else ""
    if options.json:
        print(_as_json(options.image_path, model, network, reading, answer))
    else:
        print(_as_text(options.image_path, model, reading, answer, options.top) + why)
    return DONE


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


def _as_json(image: str, model: Path, network: Network, reading: Reading, answer: Answer) -> str:
    return json.dumps(
        {
            "digit": answer.digit,
            "confidence": answer.confidence,
            "probabilities": answer.probabilities,
            "image": image,
            "model": str(model),
            "network": network.sizes,
            "decisions": reading.decisions,
            "digits_in_picture": reading.digit_count,
        }
    )


def _as_text(image: str, model: Path, reading: Reading, answer: Answer, top: int) -> str:
    lines = [f"{image}: {answer.digit}, with a confidence of {_percent(answer.confidence)}", ""]
    for digit, probability in answer.ranking()[:top]:
        bar = draw_bar(probability, BAR, sys.stdout)
        lines.append(f"  {digit}  {_percent(probability):>8}  {bar}".rstrip())
    lines += ["", "What the network saw (28 x 28):", draw_picture(reading.pixels, sys.stdout), ""]
    lines += ["How the picture became that:", *(f"  - {decision}" for decision in reading.decisions), ""]
    if reading.digit_count > 1:
        lines += [f"The picture seems to hold {reading.digit_count} digits; only one was read.", ""]
    lines.append(f"Model: {shown(model)}")
    return "\n".join(lines)


def _percent(part: float) -> str:
    # 99.96 % must not be shown as a certainty.
    return f"{min(part, 0.999):.1%}".replace("%", " %") if part < 1 else "100.0 %"
