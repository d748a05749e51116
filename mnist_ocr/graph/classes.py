"""Which class each output node stands for.

Output node k of most networks here is the digit k. A network that learned other labels, such as 1 to 10 or
letters, says so in the header of its file: `training.classes[k]` is the class of output node k.
"""

from __future__ import annotations

import math
from typing import Any, TypeAlias

from mnist_ocr.errors import InputError, one_line
from mnist_ocr.graph.network import Network

Class: TypeAlias = int | float | str
"""A digit, another number, or a text."""

KEY = "training.classes"


def classes_of(network: Network) -> tuple[Class, ...]:
    """The class of each output node: as the network's metadata name them, or else the node's number.

    Raises:
        InputError: as `named_classes`.
    """
    named = named_classes(network)
    return tuple(range(network.output.size)) if named is None else named


def named_classes(network: Network) -> tuple[Class, ...] | None:
    """The class of each output node as the network's metadata name them; None if they do not.

    Whole numbers are of type `int`, even where the file has 7.0.

    Raises:
        InputError: the metadata do not name a class of its own for each output node.
    """
    size, training = network.output.size, network.metadata.get("training")
    # Numbers that were changed by hand after a training still stand for the classes of that training.
    while isinstance(training, dict) and "from" in training and training.keys() <= {"note", "from"}:
        training = training["from"]
    if not isinstance(training, dict) or "classes" not in training:
        return None
    found: Any = training["classes"]
    if isinstance(found, list) and all(map(_is_class, found)):
        classes = tuple(int(c) if isinstance(c, float) and c.is_integer() else c for c in found)
        if len(classes) == size == len(set(map(str, classes))):
            return classes
    raise InputError(
        f"{KEY}: expected a list of {size} different numbers or texts, one for each output node, "
        f"found {one_line(found)}"
    )


def _is_class(found: object) -> bool:
    return isinstance(found, int | str) or (isinstance(found, float) and math.isfinite(found))


def class_name(found: Class) -> str:
    """A class as text for people: on one line, without invisible characters."""
    return one_line(found, most=40)
