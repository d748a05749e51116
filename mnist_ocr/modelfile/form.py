"""What a model file is made of, for the one who writes it and the one who reads it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mnist_ocr.errors import InputError

FORMAT = "mnist_ocr network"
VERSION = 1

SCHEMA = Path(__file__).with_name("model.schema.json")
"""The same as JSON Schema (draft 2020-12), for editors and for programs in other languages."""

METADATA = ("about", "training", "sure_above")
"""What of the header is no part of the network, and is kept with it as it stands."""

NUMBERS_PER_LINE = 28

LARGEST_FILE = 512 * 2**20
"""Bytes; a larger file is refused before it is read. 784-1000-500-10 needs 11 MB."""

MOST_PARTS = 10_000_000
"""Lists, objects and keys, five for each node; they take up to 25 times the room that they have in a file."""

MOST_LAYERS = 1000
"""Each is more than its numbers, and so an endless row of tiny ones is no network that anybody trained."""

NAME = "1 to 100 printable characters"

ABOUT = [
    "A neural network. layers[k].nodes[j].weights[i] is the weight of the edge from node i of layer k-1",
    "to node j of layer k. A node's value is activation(bias + sum of weight * value of the edge's source).",
    "The input is a picture, row by row: 0 is background, 1 is full ink. The weights of a node above a",
    "28x28 picture stand in 28 rows of 28: row r, column c belongs to pixel (r, c).",
    "Edit a number, load the file, and the network has it.",
]


class ModelFileError(InputError):
    """A model file that cannot be used; the message names the file, the place in it and what was expected."""


def is_name(name: Any) -> bool:
    """Whether a layer or a node may be called that; `NAME` says it in words."""
    return isinstance(name, str) and 1 <= len(name) <= 100 and name.isprintable()
