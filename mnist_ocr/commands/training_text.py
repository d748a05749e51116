"""What a training says: before it begins, after each epoch, and at its end."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path
from typing import Any

from mnist_ocr.commands.console import shown
from mnist_ocr.commands.shared_options import FULL
from mnist_ocr.commands.training_images import Images
from mnist_ocr.data import LoadedDataset, Splits
from mnist_ocr.graph import Network
from mnist_ocr.training import Epoch, History, Score, TrainingConfig

FEW_IMAGES = 10
"""Batches smaller than this have gradients so noisy that momentum and usual learning rates diverge."""


def introduction(digits: LoadedDataset, parts: Splits, network: Network) -> str:
    """Where the images come from, how they are divided, and what will learn from them."""
    counts = (
        f"{len(parts.training):,} to learn from, {len(parts.validation):,} to choose by, "
        f"{len(parts.test):,} to test on"
    )
    return f"{digits.source}\n{counts}\n\n{network}\n"


def going_on(state: dict[str, Any], config: TrainingConfig, path: Path) -> str:
    """Where a training goes on that was stopped."""
    finished = len(state["epochs"])
    place = f"after epoch {finished} of {config.epochs}"
    if state["batches"]:
        place = f"within epoch {finished + 1} of {config.epochs}"
    return f"going on {place}, where {shown(path)} ends\n"


def how_to_go_on(path: Path | None, reason: str | None, *, at_once: bool = False) -> str:
    """What to type to go on with a training, after it was stopped by something.

    Args:
        path: of its checkpoint, if there is one.
        reason: what stopped it, if that is not told elsewhere.
        at_once: what was learned since that checkpoint is gone.
    """
    stopped = f"stopped by {reason}; " if reason else ""
    if path is None:
        return f"{stopped}there is no checkpoint to go on from"
    lost = "what was learned since the last checkpoint is lost" if at_once else "nothing is lost"
    return f"{stopped}{lost}: go on with python train.py --resume {shlex.quote(shown(path))}"


def epoch_line(epoch: Epoch, epochs: int) -> str:
    """The line of one epoch out of so many."""
    width = len(str(epochs))
    return (
        f"epoch {epoch.number:>{width}}/{epochs}   loss {epoch.loss:.4f}   "
        f"validation {epoch.validation.accuracy:.2%}   learning rate {epoch.learning_rate:.4f}   "
        f"{epoch.seconds:.1f} s   {epoch.images_per_second:,.0f} images/s"
    )


def conclusion(history: History, images: Images, score: Score, written: list[Path]) -> str:
    """Which epoch was kept, how it reads the test images, what was written, and how to go on.

    Args:
        history: how it went.
        images: what it worked with.
        score: how the test images were read.
        written: the network's file, and others.
    """
    assert history.best is not None
    tested, learned = len(images.parts.test), images.tested_and_learned
    which = f", {learned:,} of which were learned from, too" if learned else " that were never learned from"
    wrong = round((1 - score.accuracy) * tested)
    last = history.epochs[-1].number
    early = f"\nstopped  after epoch {last}: out of patience" if history.out_of_patience else ""
    return (
        f"{early}\nkept     epoch {history.best.number}, the best on the validation images "
        f"({history.best.validation.accuracy:.2%})\n"
        f"test     {score.accuracy:.2%} of {tested:,} images{which} ({wrong:,} wrong)\n"
        f"written  {', '.join(shown(path) for path in written)}\n"
        f"try it   python inference.py --image-path YOUR-DIGIT.png --model {shlex.quote(shown(written[0]))}"
    )


def divergence(reason: str, config: TrainingConfig) -> str:
    """Why it could not go on, and what to try."""
    few = config.batch_size is not None and config.batch_size < FEW_IMAGES
    shorter = "--optimizer sgd --learning-rate 0.01" if few else f"--learning-rate {config.peak_rate / 10:g}"
    return f"error: {reason}\n       the steps are too long: try {shorter}"


def checklist(options: argparse.Namespace, config: TrainingConfig) -> str:
    """What to look at when a network hardly learned anything."""
    lines = [
        "This network hardly does better than guessing. What to look at, most likely first:",
        f"  - the steps are too long: try --learning-rate {config.peak_rate / 10:g}",
        "  - or far too short, or too few: try more --epochs, or a larger --learning-rate",
    ]
    if options.batch_size == FULL:
        lines.append(
            "  - a full batch is one step an epoch: try a smaller --batch-size, or many more --epochs"
        )
    lines.append("  - the labels do not belong to the images (--dataset of your own)")
    return "\n".join(lines)
