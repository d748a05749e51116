"""From the JSON object of a model file to a network: every number is looked at, and a wrong one is named."""

from __future__ import annotations

import itertools
import json
import os
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from mnist_ocr.graph import ACTIVATIONS, LOSSES, Network
from mnist_ocr.graph.activations import Array
from mnist_ocr.graph.network import PRECISIONS
from mnist_ocr.modelfile.document import quoted, read_document, refuse, shown
from mnist_ocr.modelfile.form import (
    FORMAT,
    LARGEST_FILE,
    METADATA,
    MOST_LAYERS,
    NAME,
    VERSION,
    ModelFileError,
    is_name,
)


def load(path: str | os.PathLike[str]) -> Network:
    """Read a network from JSON.

    Raises:
        ModelFileError: there is no such file, or something in it is not as it must be; the message names
            the path of what was refused, such as `layers[1].nodes[17].weights[406]`.
    """
    return _Reader(path).network()


class _Reader:
    """Reads one file; every check knows the place it is at, so that a refusal can name it."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)

    def refuse(self, place: str, expected: str, found: str) -> NoReturn:
        refuse(self.path, place, expected, found)

    def network(self) -> Network:
        document = read_document(self.path)
        optional = ("about", "training", "sure_above", "loss", "numbers")
        self.check_keys("the file", document, ("format", "version", *optional, "layers"), optional)
        if document["format"] != FORMAT:
            self.refuse("format", repr(FORMAT), shown(document["format"]))
        version = document["version"]
        if type(version) is not int or not 1 <= version <= VERSION:
            hint = " (written by a newer mnist_ocr: update this one)" if _is_newer(version) else ""
            self.refuse("version", f"{VERSION}", shown(version) + hint)
        precision = document.get("numbers", PRECISIONS[0])
        if precision not in PRECISIONS:
            self.refuse("numbers", " or ".join(map(repr, PRECISIONS)), shown(precision))
        sure_above = document.get("sure_above", 0.5)
        if type(sure_above) not in (int, float) or not 0 <= sure_above <= 1:
            self.refuse("sure_above", "a confidence between 0 and 1", shown(sure_above))
        layers = document["layers"]
        if not isinstance(layers, list) or len(layers) < 2:
            found = f"{len(layers)}" if isinstance(layers, list) else shown(layers)
            self.refuse("layers", "a list of at least two layers, input first", found)
        if len(layers) > MOST_LAYERS:
            self.refuse("layers", f"at most {MOST_LAYERS:,} layers", f"{len(layers):,}")

        # The sizes are held against the lists that are there before anything is made as large as they say.
        sizes = [self.size(place, layer) for place, layer in enumerate(layers)]
        activations = [self.activation(place, layers[place]) for place in range(1, len(layers))]
        loss = document.get("loss")
        if loss == "squared error":  # what files of version 0.1 say
            loss = "squared-error"
        if loss is not None and (not isinstance(loss, str) or loss not in LOSSES):
            self.refuse("loss", f"one of {', '.join(LOSSES)}", shown(loss))
        for place in range(1, len(layers)):
            self.check_nodes(place, layers[place], sizes)
        try:
            network = Network(sizes, activations, loss, dtype=precision, seed=None)
        except ValueError as error:
            raise ModelFileError(f"{self.path}: {error}") from None
        for layer, record in zip(network.layers, layers, strict=True):
            layer.name = self.name(f"layers[{layer.index}]", record)
        for layer, record in zip(network.layers[1:], layers[1:], strict=True):
            for node, node_record in zip(layer.nodes, record["nodes"], strict=True):
                layer.weights[node.index] = self.numbers(
                    node.path + ".weights", node_record["weights"], precision
                )
                layer.biases[node.index] = self.number(node.path + ".bias", node_record["bias"], precision)
                name = self.name(node.path, node_record)
                if name != node.name:
                    node.name = name
        for key in METADATA:
            # What is kept as it stands has to be something that can be written again.
            try:
                json.dumps(document.get(key), allow_nan=False, ensure_ascii=False).encode()
            except ValueError:
                self.refuse(key, "finite numbers and text", "NaN, Infinity or half a character")
        network.metadata = {key: document[key] for key in METADATA if key in document}
        return network

    def check_keys(
        self, place: str, record: Any, keys: tuple[str, ...], optional: tuple[str, ...] = ()
    ) -> None:
        if not isinstance(record, dict):
            self.refuse(place, f"an object with {', '.join(keys)}", shown(record))
        for key in keys:
            if key not in record and key not in optional:
                found = ", ".join(map(quoted, itertools.islice(record, len(keys) + 1))) or "none"
                self.refuse(place, f"the key {key!r}", f"only {found}")
        for key in record:
            if key not in keys:
                self.refuse(place, f"only the keys {', '.join(keys)}", quoted(key))

    def size(self, place: int, layer: Any) -> int:
        keys = ("name", "size", "activation", "nodes") if place else ("name", "size")
        self.check_keys(f"layers[{place}]", layer, keys)
        size = layer["size"]
        # An input needs no list behind its size; as many as the file has bytes can never be used.
        if type(size) is not int or not 1 <= size <= LARGEST_FILE:
            self.refuse(f"layers[{place}].size", "a positive whole number", shown(size))
        return size

    def activation(self, place: int, layer: dict[str, Any]) -> str:
        name = layer["activation"]
        if not isinstance(name, str) or name not in ACTIVATIONS:
            self.refuse(f"layers[{place}].activation", f"one of {', '.join(ACTIVATIONS)}", shown(name))
        return name

    def check_nodes(self, place: int, layer: dict[str, Any], sizes: list[int]) -> None:
        nodes = layer["nodes"]
        if not isinstance(nodes, list) or len(nodes) != sizes[place]:
            found = f"{len(nodes):,}" if isinstance(nodes, list) else shown(nodes)
            self.refuse(f"layers[{place}].nodes", f"{sizes[place]:,} nodes as its size says", found)
        for index, node in enumerate(nodes):
            where = f"layers[{place}].nodes[{index}]"
            self.check_keys(where, node, ("name", "bias", "weights"))
            weights = node["weights"]
            if not isinstance(weights, list) or len(weights) != sizes[place - 1]:
                found = f"{len(weights):,}" if isinstance(weights, list) else shown(weights)
                self.refuse(
                    f"{where}.weights",
                    f"{sizes[place - 1]:,} numbers, one for each node of layers[{place - 1}]",
                    found,
                )

    def name(self, place: str, record: dict[str, Any]) -> str:
        name = record["name"]
        if not is_name(name):
            self.refuse(f"{place}.name", NAME, shown(name))
        return str(name)

    def numbers(self, place: str, found: list[Any], precision: str) -> Array:
        """The list of numbers as an array, or a refusal that names the first wrong one."""
        array = _finite(found, precision)
        if array is None:
            for index, number in enumerate(found):
                self.number(f"{place}[{index}]", number, precision)
            raise AssertionError(place)
        return array

    def number(self, place: str, found: Any, precision: str) -> float:
        if type(found) not in (int, float):
            self.refuse(place, "a number", shown(found))
        array = _finite([found], precision)
        if array is None:
            self.refuse(place, f"a finite {precision} number", shown(found))
        return float(array[0])


def _finite(numbers: list[Any], precision: str) -> Array | None:
    """The numbers as an array, or None if one of them is no number or not finite in this precision."""
    if not set(map(type, numbers)) <= {int, float}:
        return None
    try:
        # Python's integers have no bound; as floats those beyond a double's overflow here.
        with np.errstate(over="ignore"):
            array = np.array(numbers, np.float64).astype(precision)
    except OverflowError:
        return None
    return array if np.isfinite(array).all() else None


def _is_newer(version: Any) -> bool:
    return type(version) is int and version > VERSION
