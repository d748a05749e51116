"""What can be compared: the choices of `train`, each with several values, and what all have in common."""

from __future__ import annotations

import argparse
import shlex
from dataclasses import asdict
from typing import Any

from mnist_ocr.commands import training_options
from mnist_ocr.commands.numbers import (
    MOST_NODES,
    below_one,
    layer_size,
    not_negative,
    positive_float,
    positive_int,
)
from mnist_ocr.commands.shared_options import FULL, add_dataset, batch_size, count_or_fraction
from mnist_ocr.comparison import Run, Source, make_grid
from mnist_ocr.data.augmentation import AUGMENTATIONS
from mnist_ocr.graph import ACTIVATIONS
from mnist_ocr.training import OPTIMIZERS, SCHEDULES, TrainingConfig

NO_LAYER = "none"

CHOICES = (
    "optimizer",
    "learning_rate",
    "batch_size",
    "schedule",
    "augment",
    "weight_decay",
    "label_smoothing",
)
"""The fields of a config that are options with several values."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options."""
    _add_choices(parser.add_argument_group("what to compare: every combination is trained").add_argument)
    _add_common(parser.add_argument_group("what all trainings have in common").add_argument)
    _add_carrying_out(parser.add_argument_group("who does it, and what is left of it"))


def _add_choices(add: Any) -> None:
    default = TrainingConfig()
    add(
        "--hidden",
        type=_layers,
        action="append",
        metavar="N,N,…",
        help=f"nodes of each hidden layer of a network, or {NO_LAYER}; once for each network to compare "
        "(default: 128)",
    )
    add("--activation", nargs="+", choices=ACTIVATIONS, default=["relu"], help="of the hidden layers")
    add(
        "--optimizer",
        nargs="+",
        choices=OPTIMIZERS,
        default=[default.optimizer],
        help="how gradients become steps",
    )
    add(
        "--learning-rate",
        "--lr",
        nargs="+",
        type=positive_float,
        metavar="R",
        help="length of the longest steps; without it, "
        + ", ".join(f"{choice.learning_rate:g} for {name}" for name, choice in OPTIMIZERS.items()),
    )
    add(
        "--batch-size",
        nargs="+",
        type=_batch_size,
        default=[default.batch_size],
        metavar="N",
        help=f"images per step, from 1 to {FULL}",
    )
    add(
        "--schedule",
        nargs="+",
        choices=SCHEDULES,
        default=[default.schedule],
        help="how the steps get shorter",
    )
    add(
        "--augment",
        nargs="+",
        choices=AUGMENTATIONS,
        default=[default.augment],
        help="how images are changed each time",
    )
    add(
        "--weight-decay",
        nargs="+",
        type=not_negative,
        default=[default.weight_decay],
        metavar="D",
        help="part of each weight, times the learning rate, that every step takes away",
    )
    add(
        "--label-smoothing",
        nargs="+",
        type=below_one,
        default=[default.label_smoothing],
        metavar="PART",
        help="part of each target that is spread over all digits, such as 0.1",
    )
    add(
        "--seeds",
        type=positive_int,
        default=3,
        metavar="N",
        help="trainings of every combination, with the seeds 0 to N-1",
    )


def _add_common(add: Any) -> None:
    default = TrainingConfig()
    add("--epochs", type=positive_int, default=default.epochs, metavar="N", help="times every image is seen")
    add(
        "--patience",
        type=positive_int,
        metavar="N",
        help="stop when N epochs in a row read no more validation images than before",
    )
    add(
        "--validation",
        type=count_or_fraction,
        metavar="N",
        help="training images set aside, to choose the best epoch by and to rank by: a count or a fraction "
        "such as 0.1; without it 5,000, or a tenth of fewer than 50,000",
    )
    add_dataset(add)


def _add_carrying_out(group: Any) -> None:
    who = group.add_mutually_exclusive_group()
    who.add_argument(
        "--workers", type=positive_int, metavar="N", help="processes on this computer (default: its cores)"
    )
    who.add_argument(
        "--dask",
        metavar="ADDRESS",
        help="the workers of this Dask scheduler, such as tcp://127.0.0.1:8786; both need this program, too",
    )
    add = group.add_argument
    add(
        "--output",
        metavar="FILE.jsonl",
        help="write every result there as soon as it is there; what the file has already is not done again",
    )
    add(
        "--test",
        action="store_true",
        help="at the end, train the winner of each row once more and let it read the test images once",
    )
    add("--picture", metavar="FILE.png", help="draw accuracy against size")
    add("--overwrite", action="store_true", help="write the picture even where it exists already")
    add("--json", action="store_true", help="print one line of JSON for programs")
    add("--quiet", action="store_true", help="no progress, only the result")


def grid_of(options: argparse.Namespace, source: Source) -> list[Run]:
    """The runs that the options ask for.

    Raises:
        InputError: they are too many.
    """
    return make_grid(
        source,
        options.hidden or [(128,)],
        options.activation,
        TrainingConfig(epochs=options.epochs, patience=options.patience),
        {name: getattr(options, name) or [None] for name in CHOICES},
        seeds=options.seeds,
        validation=options.validation,
    )


def train_command(run: Run, options: argparse.Namespace) -> str:
    """The command that trains the network of a run and writes it as a model."""
    choices = training_options.options_of([])
    for name, value in asdict(run.config).items():
        setattr(choices, name, value)
    if run.config.batch_size is None:
        choices.batch_size = FULL
    if run.config.learning_rate == OPTIMIZERS[run.config.optimizer].learning_rate:
        choices.learning_rate = None
    choices.hidden, choices.validation = list(run.hidden), options.validation
    choices.activation = [run.activation] if run.activation else choices.activation
    words = [training_options.command_of(choices)]
    # That command hides where files lie, for a model goes round; this one is for whoever knows it.
    for option, value, default in (
        ("--dataset", options.dataset, "auto"),
        ("--data-dir", options.data_dir, None),
    ):
        words += [option, shlex.quote(value)] if value != default else []
    return " ".join(words)


def _layers(text: str) -> tuple[int, ...]:
    if text == NO_LAYER:
        return ()
    try:
        return tuple(map(layer_size, text.split(",")))
    except argparse.ArgumentTypeError:
        raise argparse.ArgumentTypeError(
            f"{text}: expected numbers of nodes such as 128 or 256,128,64, or {NO_LAYER}; each at most "
            f"{MOST_NODES:,}"
        ) from None


def _batch_size(text: str) -> int | str | None:
    """As a config has it: None for all images."""
    return None if text == FULL else batch_size(text)
