"""Train a network of nodes and edges on handwritten digits, and write it as JSON."""

from __future__ import annotations

import argparse
import contextlib
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mnist_ocr import __version__
from mnist_ocr.commands.console import (
    DONE,
    FAILED,
    INTERRUPTED,
    layer_size,
    natural,
    part,
    positive_float,
    positive_int,
    run_alone,
    shown,
)
from mnist_ocr.commands.outputs import choose_output, free_name
from mnist_ocr.data import Dataset, Digits, drawn_digits, join, load_digits, split
from mnist_ocr.data.augmentation import AUGMENTATIONS
from mnist_ocr.errors import InputError
from mnist_ocr.graph import ACTIVATIONS, Network
from mnist_ocr.report.answer import DIGITS
from mnist_ocr.training import Course, Epoch, Recipe, Score, evaluate, train

NEAR_CHANCE = 0.2
"""Reading one image in five of ten kinds: barely better than guessing."""

DECIMALS = 4
"""Of the numbers in the file. More of them change no answer and make the file half as long again to read."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options."""
    default = Recipe()
    add = parser.add_argument
    add("--epochs", type=positive_int, default=default.epochs, metavar="N", help="times every image is seen")
    add("--batch-size", type=positive_int, default=default.batch_size, metavar="N", help="images per step")
    add(
        "--learning-rate",
        "--lr",
        type=positive_float,
        default=default.learning_rate,
        metavar="R",
        help="length of the first steps; falls to 0 in a straight line",
    )
    add(
        "--hidden",
        type=layer_size,
        nargs="*",
        default=[128],
        metavar="N",
        help="nodes of each hidden layer; no number at all for a network without",
    )
    add(
        "--activation",
        nargs="+",
        choices=ACTIVATIONS,
        default=["relu"],
        metavar="NAME",
        help=f"of the hidden layers, one for all or one for each: {', '.join(ACTIVATIONS)}",
    )
    add("--augment", choices=AUGMENTATIONS, default=default.augment, help="how images are changed each time")
    add(
        "--plain-epochs",
        type=natural,
        default=default.plain_epochs,
        metavar="N",
        help="last epochs that show the images unchanged",
    )
    add(
        "--drawn",
        type=natural,
        default=0,
        metavar="N",
        help="digits that the program draws itself, added to the training images: more ways of writing",
    )
    add(
        "--strangers",
        type=part,
        default=default.strangers,
        metavar="PART",
        help="pictures of no digit to learn doubt from, as a part of the training images, such as 0.1",
    )
    add("--seed", type=int, default=0, metavar="N", help="the same seed gives the same network to the bit")
    add(
        "--validation",
        type=_count_or_fraction,
        default=5000,
        metavar="N",
        help="training images set aside to choose the best epoch: a count, or a fraction such as 0.1",
    )
    add("--dataset", default="auto", metavar="NAME", help="auto, mnist, synthetic, or the path of a folder")
    add("--data-dir", metavar="FOLDER", help="where the MNIST files are")
    add(
        "--output", metavar="FILE", help="where to write the network; without it, under a new name in models/"
    )
    add("--overwrite", action="store_true", help="write the network even where --output exists already")
    add("--quiet", action="store_true", help="no progress, only the result")


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the arguments and run; the exit code."""
    return run_alone("train.py", __doc__, add_arguments, run, arguments)


def run(options: argparse.Namespace) -> int:
    """Load, train, test once, write."""
    sizes = [784, *options.hidden, DIGITS]
    output = choose_output(options.output, sizes, overwrite=options.overwrite)
    activations = _activations(options)
    recipe = Recipe(
        epochs=options.epochs,
        batch_size=options.batch_size,
        learning_rate=options.learning_rate,
        augment=options.augment,
        plain_epochs=options.plain_epochs,
        strangers=options.strangers,
        seed=options.seed,
    )
    if not 0 <= options.seed < 2**63:
        raise InputError(f"--seed {options.seed}: expected a whole number from 0 to 2^63 - 1")
    digits = load_digits(options.dataset, options.data_dir, seed=options.seed, progress=not options.quiet)
    generator = np.random.default_rng(options.seed)
    training, validation = split(digits.train, options.validation, generator)
    if options.drawn:
        training = join(training, drawn_digits(options.drawn, options.seed))
    network = Network(sizes, activations, seed=generator)
    if digits.notice:
        # On stderr, and in spite of --quiet: whoever keeps the result has to know what it was learned from.
        print(f"{'!' * 78}\n{digits.notice}\n{'!' * 78}\n", file=sys.stderr)
    if not options.quiet:
        _say(_introduction(digits, training, validation, network))

    course = _train(network, training, validation, recipe, quiet=options.quiet)
    if course.diverged:
        print(f"error: {course.diverged}", file=sys.stderr)
        print(
            f"       the steps are too long: try --learning-rate {options.learning_rate / 10:g}",
            file=sys.stderr,
        )
    if course.best is None:
        print("no epoch was finished, so there is no model to keep", file=sys.stderr)
        return FAILED if course.diverged else INTERRUPTED
    network.parameters[...] = np.round(network.parameters, DECIMALS)
    test = evaluate(network, digits.test)
    network.notes["training"] = _notes(options, digits, training, validation, course, test)
    if not options.overwrite:
        output = free_name(output)  # another training may have taken the name meanwhile
    try:
        network.save(output)
    except OSError as error:
        raise InputError(f"{output}: cannot be written: {error.strerror}") from None
    _say(_conclusion(digits, course, test, output))
    if course.best.validation.accuracy < NEAR_CHANCE:
        print(_checklist(options), file=sys.stderr)
    return FAILED if course.diverged else INTERRUPTED if course.interrupted else DONE


def _count_or_fraction(text: str) -> int | float:
    try:
        return float(text) if "." in text else int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text}: expected a count such as 5000, or a fraction such as 0.1"
        ) from None


def _activations(options: argparse.Namespace) -> list[str]:
    names, layers = options.activation, len(options.hidden)
    if len(names) == 1:
        names = names * layers
    if len(names) != layers:
        raise InputError(
            f"--activation: {len(names)} names for {layers} hidden layers, expected one or {layers}"
        )
    return [*names, "softmax"]


def _introduction(digits: Digits, training: Dataset, validation: Dataset, network: Network) -> str:
    counts = (
        f"{len(training):,} to learn from, {len(validation):,} to choose by, {len(digits.test):,} to test on"
    )
    return f"{digits.source}\n{counts}\n\n{network}\n"


def _train(
    network: Network, training: Dataset, validation: Dataset, recipe: Recipe, *, quiet: bool
) -> Course:
    if quiet:
        return train(network, training, validation, recipe)
    from tqdm import tqdm  # here, because it is only needed for the bar

    # A file that collects stderr gets the beginning and the end of a bar, not a picture of every instant.
    interval = 0.1 if sys.stderr.isatty() else 60
    bar = tqdm(
        unit=" images",
        dynamic_ncols=True,
        mininterval=interval,
        total=round(len(training) * (1 + recipe.strangers)),
    )
    score = ""

    def watch(epoch: int, images: int, loss: float) -> None:
        bar.set_description_str(f"epoch {epoch}/{recipe.epochs}", refresh=False)
        bar.set_postfix_str(f"loss {loss:.3f}{score}", refresh=False)
        bar.update(images)

    def finished(epoch: Epoch) -> None:
        nonlocal score
        score = f", validation {epoch.validation.accuracy:.2%}"
        width = len(str(recipe.epochs))
        bar.clear()
        _say(
            f"epoch {epoch.number:>{width}}/{recipe.epochs}   loss {epoch.loss:.4f}   "
            f"validation {epoch.validation.accuracy:.2%}   learning rate {epoch.learning_rate:.4f}   "
            f"{epoch.seconds:.1f} s   {epoch.images_per_second:,.0f} images/s"
        )
        bar.set_postfix_str(f"loss {epoch.loss:.3f}{score}", refresh=epoch.number == recipe.epochs)
        if epoch.number < recipe.epochs:
            bar.reset()

    with bar:
        return train(network, training, validation, recipe, watch=watch, finished=finished)


def _say(line: str) -> None:
    """Print a line; where nobody reads any more, the training goes on for the sake of its file."""
    with contextlib.suppress(BrokenPipeError):
        print(line, flush=True)


def _notes(
    options: argparse.Namespace,
    digits: Digits,
    training: Dataset,
    validation: Dataset,
    course: Course,
    test: Score,
) -> dict[str, Any]:
    """What the header of the model file says; nothing that differs between two runs of one command."""
    assert course.best is not None
    return {
        "command": _command(options),
        "program": f"mnist_ocr {__version__}",
        "data": digits.name,
        "images": {"training": len(training), "validation": len(validation), "test": len(digits.test)},
        **({"stopped": f"by Ctrl-C in epoch {len(course.epochs) + 1}"} if course.interrupted else {}),
        **({"stopped": course.diverged} if course.diverged else {}),
        "best_epoch": course.best.number,
        "accuracy": {"validation": course.best.validation.accuracy, "test": test.accuracy},
    }


def _command(options: argparse.Namespace) -> str:
    """The command that makes this network again, without the options that change nothing in it."""
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    words = ["python", "train.py", "--epochs", str(options.epochs)]
    for action in parser._actions:
        value = getattr(options, action.dest, None)
        if action.dest == "dataset" and options.dataset not in ("auto", "mnist", "synthetic"):
            value = Path(options.dataset).name  # where it lies is nobody's business
        if action.dest in ("help", "epochs", "data_dir", "output", "overwrite", "quiet"):
            continue
        if value != action.default:
            values = value if isinstance(value, list) else [value]
            words += [action.option_strings[0], *map(str, values)]
    return shlex.join(words)


def _conclusion(digits: Digits, course: Course, test: Score, output: Path) -> str:
    assert course.best is not None
    wrong = round((1 - test.accuracy) * len(digits.test))
    return (
        f"\nkept     epoch {course.best.number}, the best on the validation images "
        f"({course.best.validation.accuracy:.2%})\n"
        f"test     {test.accuracy:.2%} of {len(digits.test):,} images that were never learned from "
        f"({wrong:,} wrong)\n"
        f"written  {shown(output)}\n"
        f"try it   python inference.py --image-path YOUR-DIGIT.png --model {shlex.quote(shown(output))}"
    )


def _checklist(options: argparse.Namespace) -> str:
    return (
        "This network hardly does better than guessing. What to look at, most likely first:\n"
        f"  - the steps are too long: try --learning-rate {options.learning_rate / 10:g}\n"
        "  - or far too short, or too few: try more --epochs, or a larger --learning-rate\n"
        "  - the labels do not belong to the images (--dataset of your own)"
    )
