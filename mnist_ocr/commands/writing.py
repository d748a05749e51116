"""Writing what came of a training: the network, what goes beside it, and what to do where nothing fits."""

from __future__ import annotations

import tempfile
from pathlib import Path

from mnist_ocr.commands.console import shown
from mnist_ocr.commands.outputs import free_name, outputs
from mnist_ocr.errors import InputError
from mnist_ocr.files import whole_file
from mnist_ocr.graph import Network
from mnist_ocr.report.charts import draw_curves, save_chart, write_history
from mnist_ocr.training import History


def write(network: Network, history: History, output: Path, *, curves: bool) -> list[Path]:
    """Write the network and what was asked for beside it, each whole or not at all; the files.

    Raises:
        InputError: one of them cannot be written; those before it are there.
    """
    written = outputs(output, curves=curves)
    path = output
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        network.save(path)
        if curves:
            _, path, picture = written
            with whole_file(path) as file:
                write_history(history.epochs, file)
            path = picture
            with whole_file(path) as file:
                save_chart(draw_curves(history.epochs, history.best.number if history.best else None), file)
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror or error}") from None
    return written


def is_the_same(path: Path, network: Network) -> bool:
    """Whether a file holds this very network already."""
    try:
        other = Network.load(path)
    except (InputError, OSError):
        return False
    return (
        repr(other) == repr(network)
        and other.metadata.get("training") == network.metadata["training"]
        and other.parameters.tobytes() == network.parameters.tobytes()
    )


def rescued(network: Network, output: Path) -> str:
    """Write a network that is nowhere else to where there is room; where that was."""
    for folder in ("", tempfile.gettempdir()):
        try:
            path = free_name(Path(folder, output.name).absolute())
            network.save(path)
        except OSError:
            continue
        return f"it was written to {shown(path)} instead"
    return "nor anywhere else: this network is lost"
