"""What can be chosen about a training, and what the choices mean."""

from __future__ import annotations

import argparse
import io
import shlex
from collections.abc import Callable, Container, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import asdict, fields
from itertools import pairwise
from pathlib import Path
from typing import Any

from mnist_ocr.commands.options import (
    FULL,
    MOST_PARAMETERS,
    NO_LAYER,
    Joined,
    add_dataset,
    batch_size,
    below_one,
    count_or_fraction,
    layer_sizes,
    natural,
    not_negative,
    part,
    positive_float,
    positive_int,
)
from mnist_ocr.data.augmentation import AUGMENTATIONS
from mnist_ocr.errors import InputError, one_line
from mnist_ocr.graph import ACTIVATIONS, LOSSES
from mnist_ocr.modelfile import MODELS
from mnist_ocr.report.answer import DIGITS
from mnist_ocr.training import OPTIMIZERS, SCHEDULES, TrainingConfig

_NOT_REPEATED = (
    *("help", "epochs", "data_dir", "output", "overwrite"),
    *("curves", "quiet", "resume", "checkpoint_every"),
)
"""Options that change nothing in the network, and --epochs, which is named in any case."""

_NAMES = {"dataset": ("auto", "mnist", "synthetic"), "origin": tuple(MODELS)}
"""Options whose value is a file or folder or one of these names."""

_PATHS = ("dataset", "origin", "data_dir", "output")
"""Options whose value is a file or folder, or can be one."""

_DEFAULTS = {**asdict(TrainingConfig()), "synthetic": 0}

KEEP_OLD = 0.95
"""The part of the training images that are old digits, where a finished network learns from new pictures."""

WARM = 0.1
"""The part of the usual learning rate for a network that has learned already: longer steps would undo it."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options."""
    add_learning(parser.add_argument_group("how it learns").add_argument)
    _add_network(parser.add_argument_group("the network").add_argument)
    add_images(parser.add_argument_group("what it learns from").add_argument)
    _add_results(parser.add_argument_group("what is left of it").add_argument)


def _add(add: Any, usage: str, values: Any, text: str) -> None:
    """Describe an option with one value, whose default is that of the config where it has one.

    Args:
        add: adds it to the parser.
        usage: its names and what its value is called, such as "--learning-rate --lr R".
        values: what reads the value, or the words of which it is one.
        text: what it does, for the help.
    """
    names = usage.split()
    described = {"type": values, "metavar": names.pop()} if callable(values) else {"choices": values}
    default = _DEFAULTS.get(names[0].strip("-").replace("-", "_"))
    add(*names, **described, default=default, help=text)


def add_learning(add: Any) -> None:
    """Describe how it learns; `compare` has these options, too."""
    rates = ", ".join(f"{choice.learning_rate:g} for {name}" for name, choice in OPTIMIZERS.items())
    decays = ", ".join(f"{choice.weight_decay:g} for {name}" for name, choice in OPTIMIZERS.items())
    for usage, values, text in (
        ("--epochs N", positive_int, "times every image is seen"),
        ("--batch-size N", batch_size, f"images per step, from 1 to {FULL}"),
        ("--optimizer", OPTIMIZERS, "how gradients become steps"),
        (
            "--learning-rate --lr R",
            positive_float,
            f"the largest that the schedule gives; without it, {rates}",
        ),
        ("--schedule", SCHEDULES, "how the steps get shorter"),
        ("--momentum M", below_one, "of the optimizers momentum and nesterov"),
        (
            "--weight-decay D",
            not_negative,
            f"part of each weight, times the learning rate, that every step takes away; without it, {decays}",
        ),
        (
            "--label-smoothing PART",
            below_one,
            "part of each target that is spread over all digits, such as 0.1",
        ),
        (
            "--ema M",
            below_one,
            "score and keep the exponential moving average of the weights, of which every step retains this "
            "part, such as 0.999",
        ),
        (
            "--patience N",
            positive_int,
            "stop when N epochs in a row read no more validation images than before",
        ),
        (
            "--threads N",
            positive_int,
            "threads of the matrix library; more than one helps large networks only, and the last bits of "
            "the result may then differ between machines",
        ),
        ("--seed N", int, "the same seed gives the same network to the bit"),
    ):
        _add(add, usage, values, text)


def _add_network(add: Any) -> None:
    models = " or ".join(MODELS)
    add(
        "--from",
        dest="origin",
        metavar="MODEL",
        help=f"go on from a finished network, a file or {models}, with a new optimizer; without "
        f"--learning-rate, its steps are {WARM:g} times as long as usual",
    )
    add(
        "--keep-old",
        type=below_one,
        metavar="PART",
        help="with --from and a data set of your own: make this part of the training images old digits, of "
        f"MNIST or drawn, so that the network does not forget them (without it {KEEP_OLD:g}; 0 for none)",
    )
    add(
        "--hidden",
        type=layer_sizes,
        nargs="*",
        action=Joined,
        default=[128],
        metavar="N",
        help=f"nodes of each hidden layer, such as 128 64 or 128,64; no number, or {NO_LAYER}, for a network "
        "without",
    )
    add(
        "--activation",
        nargs="+",
        choices=ACTIVATIONS,
        default=["relu"],
        metavar="NAME",
        help=f"of the hidden layers, one for all or one for each: {', '.join(ACTIVATIONS)}",
    )
    add("--output-activation", choices=ACTIVATIONS, default="softmax", help="of the ten output nodes")
    add(
        "--loss",
        choices=LOSSES,
        help="what training makes small; the default is cross-entropy for a softmax output, "
        "binary-cross-entropy for a sigmoid output, and squared-error for any other",
    )


def add_images(add: Any) -> None:
    """Describe what it learns from; `compare` has these options, too."""
    for usage, values, text in (
        ("--augment", AUGMENTATIONS, "how images are changed each time"),
        ("--plain-epochs N", natural, "last epochs that show the images unchanged"),
        (
            "--synthetic N",
            natural,
            "digits that the program draws itself, added to the training images: more ways of writing",
        ),
        (
            "--outliers PART",
            part,
            "pictures of no digit to learn doubt from, as a part of the training images, such as 0.1",
        ),
        (
            "--validation N",
            _number_or_file,
            "images to choose the best epoch by: a count or a fraction of the training images, such as 0.1, "
            "or a file of others; without it 5,000, or a tenth of fewer than 50,000",
        ),
        ("--test N", _number_or_file, "images to test on, likewise, for a data set that has none of its own"),
    ):
        _add(add, usage, values, text)
    add_dataset(add)


def _add_results(add: Any) -> None:
    add(
        "--output", metavar="FILE", help="where to write the network; without it, under a new name in models/"
    )
    add("--overwrite", action="store_true", help="write the network even where --output exists already")
    add(
        "--curves",
        action="store_true",
        help="also write loss and accuracy of every epoch beside the network: a picture and a table",
    )
    add(
        "--checkpoint-every",
        type=positive_int,
        metavar="N",
        help="keep a checkpoint after every N batches too, and not only after every epoch",
    )
    add(
        "--resume",
        nargs="?",
        const="",
        metavar="FILE",
        help="go on with a training that was stopped: that of this checkpoint, or of the latest in models/",
    )
    add("--quiet", action="store_true", help="no progress, only the result")


def config_of(options: argparse.Namespace) -> TrainingConfig:
    """How to train."""
    if not 0 <= options.seed < 2**63:
        raise InputError(f"--seed {options.seed}: expected a whole number from 0 to 2^63 - 1")
    rate = options.learning_rate
    if rate is None and options.origin is not None:
        rate = WARM * OPTIMIZERS[options.optimizer].learning_rate
    size = None if options.batch_size == FULL else options.batch_size
    chosen = {field.name: getattr(options, field.name) for field in fields(TrainingConfig)}
    return TrainingConfig(**{**chosen, "batch_size": size, "learning_rate": rate})


def old_part(options: argparse.Namespace) -> float:
    """The part of the training images, 0 to below 1, that are old digits."""
    forgetful = options.origin is not None and options.dataset not in _NAMES["dataset"]
    if options.keep_old is None:
        return KEEP_OLD if forgetful else 0.0
    if options.keep_old and not forgetful:
        raise InputError(
            "--keep-old: mixes old digits into a --dataset of your own for the network of --from: name both"
        )
    return float(options.keep_old)


def activations_of(options: argparse.Namespace) -> list[str]:
    """The activation of every layer after the input."""
    names, layers = options.activation, len(options.hidden)
    if len(names) == 1:
        names = names * layers
    if len(names) != layers:
        raise InputError(
            f"--activation: {len(names)} names for {layers} hidden layers, expected one or {layers}"
        )
    needed = LOSSES[options.loss].needs if options.loss else None
    if needed not in (None, options.output_activation):
        raise InputError(
            f"--loss {options.loss}: needs --output-activation {needed}, not {options.output_activation}"
        )
    return [*names, options.output_activation]


def command_of(options: argparse.Namespace) -> str:
    """The command that makes this network again, without the options that change nothing in it."""
    argv = argv_of(options, lambda path: path.name)  # where a file lies is nobody's business
    return shlex.join(["python", "train.py", "--epochs", str(options.epochs), *argv])


def argv_of(
    options: argparse.Namespace, name: Callable[[Path], str], but: Container[str] = _NOT_REPEATED
) -> list[str]:
    """The options that are not at their defaults, as arguments; `name` says what to call a file."""
    argv: list[str] = []
    for action in _parser()._actions:
        value = getattr(options, action.dest, None)
        if action.dest in but or value == action.default:
            continue
        argv.append(action.option_strings[0])
        if action.nargs != 0:
            argv += words_of(action.dest, value, name)
    return argv


def words_of(dest: str, value: Any, name: Callable[[Path], str]) -> list[str]:
    """The value of the option at `dest` as the words of a command; `name` says what to call a file."""
    if dest in _PATHS and isinstance(value, str) and value not in _NAMES.get(dest, ()):
        value = Path(value)
    values: Sequence[Any] = value if isinstance(value, list) else [value]
    return [name(value) if isinstance(value, Path) else str(value) for value in values]


def options_of(argv: Sequence[str]) -> argparse.Namespace:
    """Parse arguments such as those of `argv_of`."""
    said = io.StringIO()
    try:
        with redirect_stdout(said), redirect_stderr(said):
            return _parser().parse_args(argv)
    except SystemExit:
        raise InputError(one_line(said.getvalue().rpartition("error: ")[2].strip())) from None


def named_options(argv: Sequence[str]) -> dict[str, str]:
    """The options in the arguments of a command, as `--learning-rate` for `--lr`, by their `dest`."""
    parser = _parser()
    for action in parser._actions:
        action.default = argparse.SUPPRESS
    named = vars(parser.parse_args(argv))
    return {action.dest: action.option_strings[0] for action in parser._actions if action.dest in named}


def sizes_of(options: argparse.Namespace) -> list[int]:
    """The sizes of all layers."""
    sizes = [784, *options.hidden, DIGITS]
    parameters = sum((sources + 1) * targets for sources, targets in pairwise(sizes))
    if parameters > MOST_PARAMETERS:
        raise InputError(
            f"--hidden {' '.join(map(str, options.hidden))}: a network of {parameters:,} weights and biases; "
            f"expected at most {MOST_PARAMETERS:,}, of which the file can be read again"
        )
    return sizes


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="train.py")
    add_arguments(parser)
    return parser


def _number_or_file(text: str) -> int | float | Path:
    try:
        return count_or_fraction(text)
    except argparse.ArgumentTypeError:
        return Path(text)
