"""Options that several commands have, and what a value may be, for argparse."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any, TypeVar

from mnist_ocr.errors import one_line
from mnist_ocr.modelfile import MODELS

Number = TypeVar("Number", int, float)

MOST_NODES = 100_000
"""In a hidden layer."""

MOST_PARAMETERS = 50_000_000
"""Of a network that is trained: 440 MB of text, which is nearly as much as is read again."""


def _number(
    kind: Callable[[str], Number], fits: Callable[[Number], bool], expected: str
) -> Callable[[str], Number]:
    """A reader of numbers for argparse, which says what was expected."""

    def read(text: str) -> Number:
        try:
            number = kind(text)
        except ValueError:
            number = None
        if number is None or not fits(number):
            raise argparse.ArgumentTypeError(f"{one_line(text)}: expected {expected}")
        return number

    return read


positive_int = _number(int, lambda number: number >= 1, "a whole number from 1")
natural = _number(int, lambda number: number >= 0, "a whole number from 0")
part = _number(float, lambda number: 0 <= number <= 1, "a number from 0 to 1")
below_one = _number(float, lambda number: 0 <= number < 1, "a number from 0 to below 1")
positive_float = _number(float, lambda number: 0 < number < float("inf"), "a number above 0")
not_negative = _number(float, lambda number: 0 <= number < float("inf"), "a number from 0")
layer_size = _number(
    int, lambda number: 1 <= number <= MOST_NODES, f"a number of nodes such as 128, at most {MOST_NODES:,}"
)


NO_LAYER = "none"


def layer_sizes(text: str) -> tuple[int, ...]:
    """The sizes in a word such as 128 or 256,128,64, or none of them in "none", for argparse."""
    if text == NO_LAYER:
        return ()
    try:
        return tuple(map(layer_size, text.split(",")))
    except argparse.ArgumentTypeError:
        raise argparse.ArgumentTypeError(
            f"{one_line(text)}: expected numbers of nodes such as 128 or 256,128,64, or {NO_LAYER}; each at "
            f"most {MOST_NODES:,}"
        ) from None


class Joined(argparse.Action):
    """Several words of numbers as one list of them: `16 8` and `16,8` are the same."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        """Keep the numbers of all words."""
        setattr(namespace, self.dest, [number for numbers in values for number in numbers])


# Options that several commands have.

FULL = "full"
"""The size of a batch that holds all images."""


def add_model(add: Any) -> None:
    """Which network is asked."""
    add(
        "--model",
        default="default",
        metavar="FILE",
        help=f"the network: a file, or one of the shipped ones, {' or '.join(MODELS)}",
    )


def add_dataset(add: Any) -> None:
    """Which labelled digits are used, and where MNIST is."""
    add(
        "--dataset",
        default="auto",
        metavar="NAME",
        help="auto, mnist, synthetic, or a path: a file or folder of pictures, CSV, IDX, NumPy or Parquet",
    )
    add_transpose(add)
    add_data_dir(add)


def add_transpose(add: Any) -> None:
    """Whether the images of a data set are turned."""
    add(
        "--transpose",
        choices=("auto", "yes", "no"),
        default="auto",
        help="whether rows and columns of the images at a path are exchanged, as EMNIST has them; auto asks "
        "the shipped network",
    )


def add_data_dir(add: Any) -> None:
    """Where MNIST is."""
    add("--data-dir", metavar="FOLDER", help="where the MNIST files are")


def batch_size(text: str) -> int | str:
    """A number of images or "full", for argparse."""
    if text == FULL:
        return text
    try:
        return positive_int(text)
    except argparse.ArgumentTypeError:
        raise argparse.ArgumentTypeError(f"{text}: expected a number of images, or {FULL}") from None


def count_or_fraction(text: str) -> int | float:
    """A whole number of images, or a fraction of them, for argparse."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    raise argparse.ArgumentTypeError(f"{text}: expected a count such as 5000, or a fraction such as 0.1")
