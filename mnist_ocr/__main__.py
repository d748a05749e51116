"""`python -m mnist_ocr COMMAND`: every command of the program under one name."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence

from mnist_ocr.commands.console import Help, Parser, ends_cleanly

COMMANDS = {
    "train": "train a network on handwritten digits and write it as JSON",
    "compare": "train many networks side by side, and rank them",
    "inference": "read the digit on a picture",
    "predict": "read many pictures, or a data set without labels, into a table",
    "view": "open a network in the browser: draw, look into every node, teach it",
    "explore": "look at a data set before learning from it",
    "evaluate": "measure how well a network reads digits whose answers are known",
    "diff": "tell what differs between two networks, in numbers and in answers",
    "export": "write a network as ONNX, for programs that know nothing of this one",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Hand the arguments to the command that they name; the exit code."""
    return ends_cleanly(_run, list(sys.argv[1:] if arguments is None else arguments))


def _run(argv: list[str]) -> int:
    parser = Parser(prog="mnist_ocr", description="A neural network that you can take in your hands.")
    commands = parser.add_subparsers(title="commands", dest="command", metavar="COMMAND", required=True)
    asked: argparse.ArgumentParser = parser
    for name, summary in COMMANDS.items():
        # Only the command that is asked for is imported: the others cost no time.
        command = commands.add_parser(name, help=summary, formatter_class=Help)
        if argv[:1] == [name]:
            asked = command
            module = importlib.import_module(f"mnist_ocr.commands.{name}")
            module.add_arguments(command)
            command.set_defaults(run=module.run)
    options, unknown = parser.parse_known_args(argv, argparse.Namespace(argv=argv[1:]))
    if unknown:
        asked.error(f"unrecognized arguments: {' '.join(unknown)}")
    code: int = options.run(options)
    return code


if __name__ == "__main__":
    sys.exit(main())
