"""Train a network of nodes and edges on handwritten digits, and write it as JSON."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from mnist_ocr import __version__
from mnist_ocr.commands import training_report
from mnist_ocr.commands.console import DONE, FAILED, INTERRUPTED, Stop, noting_signals, run_alone, shown
from mnist_ocr.commands.outputs import free_name, outputs
from mnist_ocr.commands.streams import say
from mnist_ocr.commands.training_images import Images, load_images
from mnist_ocr.commands.training_options import (
    activations_of,
    add_arguments,
    command_of,
    config_of,
    old_part,
    sizes_of,
)
from mnist_ocr.commands.training_runs import TrainingRun, new_run, resumed_run
from mnist_ocr.data import Splits
from mnist_ocr.data.folders import with_a_bar
from mnist_ocr.errors import InputError
from mnist_ocr.files import whole_file
from mnist_ocr.graph import Network
from mnist_ocr.report.charts import draw_curves, require_matplotlib, save_chart, write_history
from mnist_ocr.training import Epoch, History, StateError, TrainingConfig, evaluate, train

DECIMALS = 4
"""Of the numbers in the file. More of them change no answer and make the file half as long again to read."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the arguments and run; the exit code."""
    return run_alone("train.py", __doc__, add_arguments, run, arguments)


def run(options: argparse.Namespace) -> int:
    """Load, train, test once, write; or go on with a training that was stopped."""
    if options.resume is not None:
        training = resumed_run(options)
    else:
        for read in (config_of, activations_of, old_part):
            read(options)  # which refuses what cannot be, before anything is made
        training = new_run(options)
    try:
        code = _run(training)
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt) and training.manager.exists:
            say(training_report.how_to_go_on(training.manager.path, "Ctrl-C", at_once=True), sys.stderr)
        training.manager.close(done=False)
        raise
    training.manager.close(done=code in (DONE, FAILED))
    return code


def _run(training: TrainingRun) -> int:
    options, manager = training.options, training.manager
    if options.curves:
        require_matplotlib()
    config = config_of(options)
    generator = np.random.default_rng(options.seed)
    try:
        images = load_images(options, generator)
    except InputError as error:
        if training.state is None:
            raise
        raise InputError(f"{error}; the training of {shown(manager.path)} needs it") from None
    splits = images.splits
    network = training.origin
    if network is None:
        network = Network(sizes_of(options), activations_of(options), options.loss, seed=generator)
    training.begin(splits)
    before = _origin(training.origin, images)
    if not options.quiet:
        say(training_report.introduction(images, network), sys.stdout)
        if before:
            say(training_report.warm_start(options.origin, config, before), sys.stdout)
        if training.state:
            say(training_report.going_on(training.state, config, manager.path), sys.stdout)

    with noting_signals() as stop:  # until the network is written, however it came to its end
        history = _train(network, splits, config, training, stop)
        stop.concluding = True
        if history.diverged:
            say(training_report.divergence(history.diverged, config), sys.stderr)
        if history.best is None:
            say("no epoch was finished, so there is no model to keep", sys.stderr)
        else:
            _conclude(training, network, images, history, stop.reason, before)
            if history.best.validation.accuracy < training_report.NEAR_CHANCE:
                say(training_report.checklist(options, config), sys.stderr)
        if history.interrupted:
            path = manager.path if manager.exists else None
            say(
                training_report.how_to_go_on(path, stop.reason, at_once=stop.at_once or not stop()),
                sys.stderr,
            )
    if history.interrupted:
        return stop.code if stop() else INTERRUPTED
    return FAILED if history.diverged else DONE


# The training.


def _train(
    network: Network, splits: Splits, config: TrainingConfig, training: TrainingRun, stop: Stop
) -> History:
    carry_out = partial(
        train,
        network,
        splits.training,
        splits.validation,
        config,
        resume=training.state,
        on_checkpoint=training.manager.save,
        checkpoint_every=training.options.checkpoint_every,
        should_stop=stop,
    )
    try:
        return carry_out() if training.options.quiet else _with_a_bar(carry_out, splits, config)
    except StateError as error:
        path = shown(training.manager.path)
        raise InputError(f"{path}: not of the training that its command asks for: {error}") from None


def _with_a_bar(carry_out: Callable[..., History], splits: Splits, config: TrainingConfig) -> History:
    bar = with_a_bar(total=round(len(splits.training) * (1 + config.outliers)), unit="images")
    score = ""

    def on_batch_end(epoch: int, images: int, loss: float) -> None:
        bar.set_description_str(f"epoch {epoch}/{config.epochs}", refresh=False)
        bar.set_postfix_str(f"loss {loss:.3f}{score}", refresh=False)
        bar.update(images)

    def on_epoch_end(epoch: Epoch) -> None:
        nonlocal score
        score = f", validation {epoch.validation.accuracy:.2%}"
        bar.clear()
        say(training_report.epoch_line(epoch, config), sys.stdout)
        bar.set_postfix_str(f"loss {epoch.loss:.3f}{score}", refresh=epoch.number == config.epochs)
        if epoch.number < config.epochs:
            bar.reset()

    with bar:
        return carry_out(on_batch_end=on_batch_end, on_epoch_end=on_epoch_end)


def _origin(network: Network | None, images: Images) -> dict[str, Any]:
    """What the header says of the network that training goes on from: how it read these images, and more."""
    if network is None:
        return {}
    validation = evaluate(network, images.splits.validation).accuracy
    began = {"validation": validation, **_test(network, images)}
    return {"began": began, "from": network.metadata.get("training", {})}


def _test(network: Network, images: Images) -> dict[str, float]:
    """The accuracy on the test images, and on those of the old digits where some were mixed in."""
    tests = {"test": images.splits.test} | ({"old": images.old.test} if images.old else {})
    return {name: evaluate(network, dataset).accuracy for name, dataset in tests.items()}


def _conclude(
    training: TrainingRun,
    network: Network,
    images: Images,
    history: History,
    reason: str,
    before: dict[str, Any],
) -> None:
    """Test the network of the best epoch, write it, and say so."""
    options, manager = training.options, training.manager
    network.parameters[...] = np.round(network.parameters, DECIMALS)
    accuracy = _test(network, images)
    record = _metadata(options, images, history, accuracy, reason)
    if training.lengthened:
        record["lengthened"] = list(training.lengthened)
    network.metadata["training"] = record | before
    output = manager.output
    there = is_the_same(output, network)  # of a training that was killed just after it wrote it
    if not (options.overwrite or there):
        # Somebody may have taken the name meanwhile; what this training itself left at a stop is replaced.
        output = manager.left() or free_name(output, curves=options.curves)
    try:
        written = write(network, history, output, curves=options.curves)
    except InputError as error:
        if is_the_same(output, network):
            rest = f"the network itself was written to {shown(output)}"
        else:
            rest = (
                training_report.how_to_go_on(manager.path, None)
                if manager.exists
                else rescued(network, output)
            )
        raise InputError(f"{error}\n{rest}") from None
    if history.interrupted:
        manager.remember(output)
    say(training_report.conclusion(history, images, accuracy, written, before), sys.stdout)


def _metadata(
    options: argparse.Namespace, images: Images, history: History, accuracy: dict[str, float], reason: str
) -> dict[str, Any]:
    """What the header of the model file says; nothing that differs between two runs of one command."""
    assert history.best is not None
    counts: dict[str, Any] = dict(images.counts)
    if images.old:
        name, training, validation, test, times = images.old
        old = {"data": _in_unicode(name), "training": training, "validation": validation, "test": len(test)}
        counts |= {"times an epoch": times, "old": old}
    if images.tested_and_trained:
        counts["tested and trained on"] = images.tested_and_trained
    return {
        "command": _in_unicode(command_of(options)),
        "program": f"mnist_ocr {__version__}",
        "data": _in_unicode(images.loaded.name),
        "images": counts,
        **({"stopped": f"by {reason} in epoch {len(history.epochs) + 1}"} if history.interrupted else {}),
        **({"stopped": history.diverged} if history.diverged else {}),
        **({"stopped": f"out of patience in epoch {len(history.epochs)}"} if history.out_of_patience else {}),
        "best_epoch": history.best.number,
        "accuracy": {"validation": history.best.validation.accuracy, **accuracy},
    }


def _in_unicode(text: str) -> str:
    """A text that any file can hold: bytes of a file's name that are no characters are shown as numbers."""
    return os.fsencode(text).decode("utf-8", "backslashreplace")


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
