"""What a training says: before it begins, after each epoch, and at its end."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path
from typing import Any

from mnist_ocr.commands.console import shown
from mnist_ocr.commands.options import FULL
from mnist_ocr.commands.training_images import Images
from mnist_ocr.data import Dataset
from mnist_ocr.errors import one_line, printable
from mnist_ocr.graph import Network
from mnist_ocr.training import OPTIMIZERS, Epoch, History, TrainingConfig

NEAR_CHANCE = 0.2
"""Reading one image in five of ten kinds: barely better than guessing."""

FEW_IMAGES = 10
"""Batches smaller than this have gradients so noisy that momentum and usual learning rates diverge."""

SMALL_RATE = 0.001
"""Learning rates below this are written as powers of ten: four decimals would leave nothing of them."""


def introduction(images: Images, network: Network) -> str:
    """Where the images come from, how they are divided, what is mixed in, and what will learn from them."""
    counts = ", ".join(f"{count:,} {name} images" for name, count in images.counts.items())
    old, mixed = images.old, ""
    if old:
        shown_often = f"each new image is shown {old.times} times an epoch, and " if old.times > 1 else ""
        mixed = (
            f"so that nothing old is forgotten: {shown_often}{old.training:,} training and "
            f"{old.validation:,} validation images of {printable(old.name)} are mixed in\n"
        )
    return f"{printable(images.loaded.source)}\n{counts}\n{mixed}\n{network}\n"


def warm_start(origin: str, config: TrainingConfig, before: dict[str, Any]) -> str:
    """Which network training goes on from, and how well it reads to begin with."""
    began = before["began"]
    old = f", and {began['old']:.2%} of the old digits" if "old" in began else ""
    return (
        f"going on from {one_line(origin, 200)}, with a new optimizer ({config.optimizer}, learning rate "
        f"{config.peak_rate:g}): it reads {began['validation']:.2%} of these validation images and "
        f"{began['test']:.2%} of these test images{old}\n"
    )


def going_on(state: dict[str, Any], config: TrainingConfig, path: Path) -> str:
    """Where a training goes on that was stopped."""
    finished = len(state["epochs"])
    where = f"after epoch {finished} of {config.epochs}"
    if state["batches"]:
        where = f"within epoch {finished + 1} of {config.epochs}"
    return f"going on {where}, where {shown(path)} ends\n"


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


def epoch_line(epoch: Epoch, config: TrainingConfig) -> str:
    """What an epoch came to."""
    width = len(str(config.epochs))
    rate = epoch.learning_rate
    shown_rate = f"{rate:.4f}" if rate >= SMALL_RATE else f"{rate:.1e}"
    return (
        f"epoch {epoch.number:>{width}}/{config.epochs}   loss {epoch.loss:.4f}   "
        f"validation {epoch.validation.accuracy:.2%}   learning rate {shown_rate}   "
        f"{epoch.seconds:.1f} s   {epoch.images_per_second:,.0f} images/s"
    )


def conclusion(
    history: History, images: Images, accuracy: dict[str, float], written: list[Path], before: dict[str, Any]
) -> str:
    """Which epoch was kept, how it reads the test images, what was written, and what to do with it."""
    assert history.best is not None
    tested, trained = len(images.splits.test), images.tested_and_trained
    which = f", {trained:,} of which are training images, too" if trained else " that were never trained on"
    wrong = round((1 - accuracy["test"]) * tested)
    last = history.epochs[-1].number
    early = f"\nstopped  after epoch {last}: out of patience" if history.out_of_patience else ""
    return (
        f"{early}\nkept     epoch {history.best.number}, the best on the validation images "
        f"({history.best.validation.accuracy:.2%})\n"
        f"test     {accuracy['test']:.2%} of {tested:,} images{which} ({wrong:,} wrong)\n"
        f"{_change(images, before, accuracy)}"
        f"written  {', '.join(shown(path) for path in written)}\n"
        f"try it   python inference.py --image-path YOUR-DIGIT.png --model {shlex.quote(shown(written[0]))}"
    )


def _change(images: Images, before: dict[str, Any], accuracy: dict[str, float]) -> str:
    """What became of the network that training went on from, on the same images."""
    if not before:
        return ""
    began = before["began"]
    now = _fewer(began, accuracy, "test", images.splits.test)
    lines = f"before   {began['test']:.2%} of the same images: now {now}\n"
    if images.old:
        tests = images.old.test
        lines += (
            f"old      {accuracy['old']:.2%} of {len(tests):,} test images of {images.old.name}, before "
            f"{began['old']:.2%}: {_fewer(began, accuracy, 'old', tests)}\n"
        )
    return lines


def _fewer(began: dict[str, float], accuracy: dict[str, float], what: str, tests: Dataset) -> str:
    fewer = round((accuracy[what] - began[what]) * len(tests))
    return "as many wrong" if not fewer else f"{abs(fewer):,} {'fewer' if fewer > 0 else 'more'} wrong"


def divergence(reason: str, config: TrainingConfig) -> str:
    """Why it could not go on, and what to try."""
    few = config.batch_size is not None and config.batch_size < FEW_IMAGES
    smaller = "--optimizer sgd --learning-rate 0.01" if few else f"--learning-rate {_smaller_rate(config):g}"
    return f"error: {reason}\n       the learning rate is too large: try {smaller}"


def _smaller_rate(config: TrainingConfig) -> float:
    """A learning rate to try: the optimizer's usual one, or a tenth where it was no larger than that."""
    usual = OPTIMIZERS[config.optimizer].learning_rate
    return usual if config.peak_rate > usual else config.peak_rate / 10


def checklist(options: argparse.Namespace, config: TrainingConfig) -> str:
    """What to look at when a network hardly learned anything."""
    lines = [
        "This network hardly does better than guessing. What to look at, most likely first:",
        f"  - the learning rate is too large: try --learning-rate {_smaller_rate(config):g}",
        "  - or far too small, or there were too few steps: try more --epochs, or a larger --learning-rate",
    ]
    if options.batch_size == FULL:
        lines.append(
            "  - a full batch is one step an epoch: try a smaller --batch-size, or many more --epochs"
        )
    lines.append("  - the labels do not belong to the images (--dataset of your own)")
    return "\n".join(lines)
