"""Train a network of nodes and edges on handwritten digits, and write it as JSON."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from mnist_ocr import __version__
from mnist_ocr.commands.console import DONE, FAILED, INTERRUPTED, run_alone, shown
from mnist_ocr.commands.job import Job, new_job, resumed_job
from mnist_ocr.commands.outputs import free_name
from mnist_ocr.commands.stopping import Lasting, Stop, noting_signals, say
from mnist_ocr.commands.training_images import Images, load_images
from mnist_ocr.commands.training_options import activations_of, add_arguments, command_of, config_of, sizes_of
from mnist_ocr.commands.training_text import (
    checklist,
    conclusion,
    divergence,
    epoch_line,
    going_on,
    how_to_go_on,
    introduction,
)
from mnist_ocr.commands.writing import is_the_same, rescued, write
from mnist_ocr.data import Splits
from mnist_ocr.errors import InputError
from mnist_ocr.graph import Network
from mnist_ocr.report.charts import require_matplotlib
from mnist_ocr.training import Epoch, History, Score, StateError, TrainingConfig, evaluate, train

NEAR_CHANCE = 0.2
"""Reading one image in five of ten kinds: barely better than guessing."""

DECIMALS = 4
"""Of the numbers in the file. More of them change no answer and make the file half as long again to read."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the arguments and run; the exit code."""
    return run_alone("train.py", __doc__, add_arguments, run, arguments)


def run(options: argparse.Namespace) -> int:
    """Load, train, test once, write; or go on with a training that was stopped."""
    if options.resume is not None:
        job = resumed_job(options)
    else:
        config_of(options), activations_of(options)  # refuse what cannot be before anything is made
        job = new_job(options)
    try:
        code = _run(job)
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt) and job.keeper.kept:
            say(how_to_go_on(job.keeper.path, "Ctrl-C", at_once=True), sys.stderr)
        job.keeper.close(done=False)
        raise
    job.keeper.close(done=code in (DONE, FAILED))
    return code


def _run(job: Job) -> int:
    options, keeper = job.options, job.keeper
    if options.curves:
        require_matplotlib()
    config = config_of(options)
    generator = np.random.default_rng(options.seed)
    try:
        images = load_images(options, generator)
    except InputError as error:
        if job.state is None:
            raise
        raise InputError(f"{error}; the training of {shown(keeper.path)} needs it") from None
    parts = images.parts
    network = Network(sizes_of(options), activations_of(options), options.loss, seed=generator)
    job.begin(parts)
    if not options.quiet:
        say(introduction(images.digits, parts, network), sys.stdout)
        if job.state:
            say(going_on(job.state, config, keeper.path), sys.stdout)

    with noting_signals() as stop:  # until the network is written, however it came to its end
        history = _train(network, parts, config, job, stop)
        stop.concluding = True
        if history.diverged:
            say(divergence(history.diverged, config), sys.stderr)
        if history.best is None:
            say("no epoch was finished, so there is no model to keep", sys.stderr)
        else:
            _conclude(job, network, images, history, stop.reason)
            if history.best.validation.accuracy < NEAR_CHANCE:
                say(checklist(options, config), sys.stderr)
        if history.interrupted:
            path = keeper.path if keeper.kept else None
            say(how_to_go_on(path, stop.reason, at_once=stop.at_once or not stop()), sys.stderr)
    if history.interrupted:
        return stop.code if stop() else INTERRUPTED
    return FAILED if history.diverged else DONE


def _conclude(job: Job, network: Network, images: Images, history: History, reason: str) -> None:
    """Test the network of the best epoch, write it, and say so."""
    options, keeper = job.options, job.keeper
    network.parameters[...] = np.round(network.parameters, DECIMALS)
    score = evaluate(network, images.parts.test)
    network.metadata["training"] = _notes(options, images, history, score, reason)
    output = keeper.output
    there = is_the_same(output, network)  # of a training that was killed just after it wrote it
    if not (options.overwrite or there):
        # Somebody may have taken the name meanwhile; what this training itself left at a stop is replaced.
        output = keeper.left() or free_name(output, curves=options.curves)
    try:
        written = write(network, history, output, curves=options.curves)
    except InputError as error:
        if is_the_same(output, network):
            rest = f"the network itself was written to {shown(output)}"
        else:
            rest = how_to_go_on(keeper.path, None) if keeper.kept else rescued(network, output)
        raise InputError(f"{error}\n{rest}") from None
    if history.interrupted:
        keeper.remember(output)
    say(conclusion(history, images, score, written), sys.stdout)


def _train(network: Network, parts: Splits, config: TrainingConfig, job: Job, stop: Stop) -> History:
    carry_out = partial(
        train,
        network,
        parts.training,
        parts.validation,
        config,
        resume=job.state,
        on_checkpoint=job.keeper.keep,
        checkpoint_every=job.options.checkpoint_every,
        should_stop=stop,
    )
    try:
        return carry_out() if job.options.quiet else _with_a_bar(carry_out, parts, config)
    except StateError as error:
        path = shown(job.keeper.path)
        raise InputError(f"{path}: not of the training that its command asks for: {error}") from None


def _with_a_bar(carry_out: Callable[..., History], parts: Splits, config: TrainingConfig) -> History:
    from tqdm import tqdm  # here, because it is only needed for the bar

    # A file that collects stderr gets the beginning and the end of a bar, not a picture of every instant.
    interval = 0.1 if sys.stderr.isatty() else 60
    bar = tqdm(
        file=Lasting(sys.stderr),
        unit=" images",
        dynamic_ncols=True,
        mininterval=interval,
        total=round(len(parts.training) * (1 + config.outliers)),
    )
    score = ""

    def on_batch_end(epoch: int, images: int, loss: float) -> None:
        bar.set_description_str(f"epoch {epoch}/{config.epochs}", refresh=False)
        bar.set_postfix_str(f"loss {loss:.3f}{score}", refresh=False)
        bar.update(images)

    def on_epoch_end(epoch: Epoch) -> None:
        nonlocal score
        score = f", validation {epoch.validation.accuracy:.2%}"
        bar.clear()
        say(epoch_line(epoch, config.epochs), sys.stdout)
        bar.set_postfix_str(f"loss {epoch.loss:.3f}{score}", refresh=epoch.number == config.epochs)
        if epoch.number < config.epochs:
            bar.reset()

    with bar:
        return carry_out(on_batch_end=on_batch_end, on_epoch_end=on_epoch_end)


def _notes(
    options: argparse.Namespace, images: Images, history: History, score: Score, reason: str
) -> dict[str, Any]:
    """What the header of the model file says; nothing that differs between two runs of one command."""
    assert history.best is not None
    counts = dict(zip(images.parts._fields, map(len, images.parts), strict=True))
    if images.tested_and_learned:
        counts["tested and learned from"] = images.tested_and_learned
    return {
        "command": _in_unicode(command_of(options)),
        "program": f"mnist_ocr {__version__}",
        "data": _in_unicode(images.digits.name),
        "images": counts,
        **({"stopped": f"by {reason} in epoch {len(history.epochs) + 1}"} if history.interrupted else {}),
        **({"stopped": history.diverged} if history.diverged else {}),
        **({"stopped": f"out of patience in epoch {len(history.epochs)}"} if history.out_of_patience else {}),
        "best_epoch": history.best.number,
        "accuracy": {"validation": history.best.validation.accuracy, "test": score.accuracy},
    }


def _in_unicode(text: str) -> str:
    """A text that any file can hold: bytes of a file's name that are no characters are shown as numbers."""
    return os.fsencode(text).decode("utf-8", "backslashreplace")
