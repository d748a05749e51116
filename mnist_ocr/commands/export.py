"""Write a network in a form that other programs can ask: ONNX."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from mnist_ocr.commands.console import DONE, shown
from mnist_ocr.commands.options import add_model
from mnist_ocr.commands.outputs import require_new_file
from mnist_ocr.errors import InputError
from mnist_ocr.graph import Network
from mnist_ocr.graph.classes import classes_of
from mnist_ocr.modelfile import find_model
from mnist_ocr.onnx import answer_type, require_onnx, save_onnx
from mnist_ocr.report.answer import CONFIDENCE_THRESHOLD


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options."""
    add = parser.add_argument
    add_model(add)
    add("--onnx", required=True, metavar="FILE.onnx", help="where to write the ONNX model")
    add("--overwrite", action="store_true", help="write the file even where it exists already")


def run(options: argparse.Namespace) -> int:
    """Load, translate, write, and say how to ask what was written."""
    require_onnx()
    model = find_model(options.model)
    network = Network.load(model)
    path = Path(options.onnx)
    require_new_file("--onnx", path, overwrite=options.overwrite, reads=[model])
    metadata = {
        # Where it lies is nobody's business; and a name may hold bytes that are no text.
        "source": os.fsencode(model.name).decode(errors="replace"),
        "sure_above": network.metadata.get("sure_above", CONFIDENCE_THRESHOLD),
        "training": network.metadata.get("training", {}),
    }
    try:
        save_onnx(network, path, metadata)
    except OSError as error:
        raise InputError(f"--onnx {path}: cannot be written: {error.strerror}") from None
    kind = answer_type(classes_of(network)).replace("object", "text")
    print(
        f"written  {shown(path)} ({path.stat().st_size / 1e6:.1f} MB), {network!r}\n"
        f"takes    images, (N, {network.input.size}) {network.dtype}: pixels row by row, 0 paper to 1 ink\n"
        f"gives    probabilities, (N, {network.output.size}) {network.dtype}; digit, (N,) {kind}"
    )
    return DONE
