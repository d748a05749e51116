"""The model file: a network as JSON that a person reads in an editor and a loader checks to the last number.

    {
      "format": "mnist_ocr network",
      "version": 1,
      "about": ["how to read this file", ...],
      "training": {"...": "what it was trained on, how, and how it scored"},
      "sure_above": 0.9,
      "loss": "cross-entropy",
      "numbers": "float32",
      "layers": [
        {"name": "input", "size": 784},
        {"name": "hidden", "size": 128, "activation": "relu", "nodes": [
          {"name": "hidden[0]", "bias": 0.1, "weights": [784 numbers, 28 a line]},
          ...

`layers[k].nodes[j].weights[i]` is the weight of the edge from node i of layer k-1 to node j of layer k, and
that path is how messages name a number. At 28 numbers a line, a node above the image is written as 28 rows
of 28: row r, column c is the weight from pixel (r, c).

A number is written as the shortest text that reads back to the same float, so that loading what was saved
gives the same network to the bit, and saving what was loaded gives the same bytes.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from mnist_ocr.errors import InputError
from mnist_ocr.files import whole_file
from mnist_ocr.graph import ACTIVATIONS, LOSSES, Network
from mnist_ocr.graph.activations import Array
from mnist_ocr.graph.network import PRECISIONS

FORMAT = "mnist_ocr network"
VERSION = 1

NOTES = ("about", "training", "sure_above")
"""What of the header is no part of the network, and is kept with it as it stands."""

NUMBERS_PER_LINE = 28
_NAME = "1 to 100 printable characters"

LARGEST_FILE = 512 * 2**20
"""Bytes; a larger file is refused before it is read. 784-800-10 needs 9 MB."""

ABOUT = [
    "A neural network. layers[k].nodes[j].weights[i] is the weight of the edge from node i of layer k-1",
    "to node j of layer k. A node's value is activation(bias + sum of weight * value of the edge's source).",
    "The input is a picture, row by row: 0 is background, 1 is full ink. The weights of a node above a",
    "28x28 picture stand in 28 rows of 28: row r, column c belongs to pixel (r, c).",
    "Edit a number, load the file, and the network has it.",
]


class ModelFileError(InputError):
    """A model file that cannot be used; the message names the file, the place in it and what was expected."""


def save(network: Network, path: str | os.PathLike[str]) -> None:
    """Write a network as JSON; whoever reads the path sees the old file or the new one, never a half.

    Raises:
        ValueError: a parameter is not finite, and JSON has no word for it; or a name cannot be one.
        OSError: the folder cannot be written to.
    """
    if not np.isfinite(network.parameters).all():
        raise ValueError("the network has weights that are not finite numbers: not saved")
    for layer in network.layers:
        for name in (layer.name, *layer.given_names.values()):
            if not _is_name(name):
                raise ValueError(f"the name {name!r} is not {_NAME}: not saved")
    with whole_file(path) as file:
        for line in _lines(network):
            file.write(line.encode())


def load(path: str | os.PathLike[str]) -> Network:
    """Read a network from JSON.

    Raises:
        ModelFileError: there is no such file, or something in it is not as it must be; the message names
            the path of what was refused, such as `layers[1].nodes[17].weights[406]`.
    """
    return _Reader(path).network()


# Writing.


def _lines(network: Network) -> Iterator[str]:
    header = {
        "format": FORMAT,
        "version": VERSION,
        "about": network.notes.get("about", ABOUT),
        "training": network.notes.get("training", {}),
        **({"sure_above": network.notes["sure_above"]} if "sure_above" in network.notes else {}),
        "loss": network.loss.name,
        "numbers": network.dtype.name,
    }
    yield "{\n"
    for key, value in header.items():
        text = json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False).replace("\n", "\n  ")
        yield f'  "{key}": {text},\n'
    yield '  "layers": [\n'
    yield f'    {{"name": {_text(network.input.name)}, "size": {network.input.size}}}'
    for layer in network.layers[1:]:
        yield (
            f',\n    {{"name": {_text(layer.name)}, "size": {layer.size}, '
            f'"activation": {_text(layer.activation.name)}, "nodes": [\n'
        )
        biases = shortest(layer.biases)
        for place, node in enumerate(layer.nodes):
            yield f'      {{"name": {_text(node.name)}, "bias": {biases[place]}, "weights": [\n'
            weights = shortest(layer.weights[place])
            rows = [
                ", ".join(weights[start : start + NUMBERS_PER_LINE])
                for start in range(0, len(weights), NUMBERS_PER_LINE)
            ]
            yield "        " + ",\n        ".join(rows)
            yield "\n      ]}" + (",\n" if place + 1 < layer.size else "\n")
        yield "    ]}"
    yield "\n  ]\n}\n"


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def shortest(numbers: Array) -> list[str]:
    """The shortest text of each number that reads back to the same float of the same precision.

    Readers of JSON turn the text into a double first and round that to a float32; for a text that lies
    all but halfway between two float32 the detour could end at the other one. Those few are written as
    the double that they are.
    """
    texts = [str(number) for number in numbers]
    back = np.array([float(text) for text in texts]).astype(numbers.dtype)
    for place in np.flatnonzero(back != numbers):
        texts[place] = repr(float(numbers[place]))
    return texts


# Reading.


class _Reader:
    """Reads one file; every check knows the place it is at, so that a refusal can name it."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)

    def refuse(self, place: str, expected: str, found: str) -> NoReturn:
        raise ModelFileError(f"{self.path}: {place}: expected {expected}, found {found}")

    def network(self) -> Network:
        document = self.document()
        optional = ("about", "training", "sure_above", "loss", "numbers")
        self.check_keys("the file", document, ("format", "version", *optional, "layers"), optional)
        if document["format"] != FORMAT:
            self.refuse("format", repr(FORMAT), _shown(document["format"]))
        version = document["version"]
        if type(version) is not int or not 1 <= version <= VERSION:
            hint = " (written by a newer mnist_ocr: update this one)" if _is_newer(version) else ""
            self.refuse("version", f"{VERSION}", _shown(version) + hint)
        precision = document.get("numbers", PRECISIONS[0])
        if precision not in PRECISIONS:
            self.refuse("numbers", " or ".join(map(repr, PRECISIONS)), _shown(precision))
        sure_above = document.get("sure_above", 0.5)
        if type(sure_above) not in (int, float) or not 0 <= sure_above <= 1:
            self.refuse("sure_above", "a confidence between 0 and 1", _shown(sure_above))
        layers = document["layers"]
        if not isinstance(layers, list) or len(layers) < 2:
            found = f"{len(layers)}" if isinstance(layers, list) else _shown(layers)
            self.refuse("layers", "a list of at least two layers, input first", found)

        # The sizes are held against the lists that are there before anything is made as large as they say.
        sizes = [self.size(place, layer) for place, layer in enumerate(layers)]
        activations = [self.activation(place, layers[place]) for place in range(1, len(layers))]
        loss = document.get("loss")
        if loss is not None and (not isinstance(loss, str) or loss not in LOSSES):
            self.refuse("loss", f"one of {', '.join(LOSSES)}", _shown(loss))
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
                layer.biases[node.index] = self.numbers(node.path + ".bias", node_record["bias"], precision)
                name = self.name(node.path, node_record)
                if name != node.name:
                    node.name = name
        for key in NOTES:
            # What is kept as it stands has to be something that can be written again.
            try:
                json.dumps(document.get(key), allow_nan=False, ensure_ascii=False).encode()
            except ValueError:
                self.refuse(key, "finite numbers and text", "NaN, Infinity or half a character")
        network.notes = {key: document[key] for key in NOTES if key in document}
        return network

    def document(self) -> dict[str, Any]:
        try:
            if self.path.stat().st_size > LARGEST_FILE:
                self.refuse("size", f"at most {LARGEST_FILE:,} bytes", f"{self.path.stat().st_size:,}")
            text = self.path.read_text(encoding="utf-8-sig")
        except FileNotFoundError:
            raise ModelFileError(f"{self.path}: there is no such model file") from None
        except IsADirectoryError:
            raise ModelFileError(f"{self.path}: this is a folder, expected a model file (JSON)") from None
        except UnicodeDecodeError as error:
            raise ModelFileError(
                f"{self.path}: byte {error.start:,} is no UTF-8 text: not a model file (JSON)"
            ) from None
        except OSError as error:
            raise ModelFileError(f"{self.path}: cannot be read: {error.strerror}") from None
        if not text.strip():
            raise ModelFileError(f"{self.path}: the file is empty, expected a model file (JSON)")
        try:
            document = json.loads(text, object_pairs_hook=self.unique)
        except json.JSONDecodeError as error:
            cut = " (the file seems to be cut off)" if not text[error.pos :].strip() else ""
            raise ModelFileError(
                f"{self.path}: line {error.lineno}, column {error.colno}: not JSON: {error.msg}{cut}"
            ) from None
        except RecursionError:
            raise ModelFileError(f"{self.path}: nested too deeply for a model file") from None
        except ModelFileError:
            raise
        except ValueError as error:  # a whole number of thousands of digits
            raise ModelFileError(f"{self.path}: not JSON that can be read: {error}") from None
        if not isinstance(document, dict):
            self.refuse("the file", 'an object {"format": …}', _shown(document))
        return document

    def unique(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        record = dict(pairs)
        if len(record) < len(pairs):
            keys = [key for key, _ in pairs]
            twice = next(key for key in keys if keys.count(key) > 1)
            self.refuse(f"key {twice!r}", "once in an object", f"{keys.count(twice)} times")
        return record

    def check_keys(
        self, place: str, record: Any, keys: tuple[str, ...], optional: tuple[str, ...] = ()
    ) -> None:
        if not isinstance(record, dict):
            self.refuse(place, f"an object with {', '.join(keys)}", _shown(record))
        for key in keys:
            if key not in record and key not in optional:
                self.refuse(place, f"the key {key!r}", f"only {', '.join(map(repr, record)) or 'none'}")
        for key in record:
            if key not in keys:
                self.refuse(place, f"only the keys {', '.join(keys)}", repr(key))

    def size(self, place: int, layer: Any) -> int:
        keys = ("name", "size", "activation", "nodes") if place else ("name", "size")
        self.check_keys(f"layers[{place}]", layer, keys)
        size = layer["size"]
        # An input needs no list behind its size; as many as the file has bytes can never be used.
        if type(size) is not int or not 1 <= size <= LARGEST_FILE:
            self.refuse(f"layers[{place}].size", "a positive whole number", _shown(size))
        return size

    def activation(self, place: int, layer: dict[str, Any]) -> str:
        name = layer["activation"]
        if not isinstance(name, str) or name not in ACTIVATIONS:
            self.refuse(f"layers[{place}].activation", f"one of {', '.join(ACTIVATIONS)}", _shown(name))
        return name

    def check_nodes(self, place: int, layer: dict[str, Any], sizes: list[int]) -> None:
        nodes = layer["nodes"]
        if not isinstance(nodes, list) or len(nodes) != sizes[place]:
            found = f"{len(nodes):,}" if isinstance(nodes, list) else _shown(nodes)
            self.refuse(f"layers[{place}].nodes", f"{sizes[place]:,} nodes as its size says", found)
        for index, node in enumerate(nodes):
            where = f"layers[{place}].nodes[{index}]"
            self.check_keys(where, node, ("name", "bias", "weights"))
            weights = node["weights"]
            if not isinstance(weights, list) or len(weights) != sizes[place - 1]:
                found = f"{len(weights):,}" if isinstance(weights, list) else _shown(weights)
                self.refuse(
                    f"{where}.weights",
                    f"{sizes[place - 1]:,} numbers, one for each node of layers[{place - 1}]",
                    found,
                )

    def name(self, place: str, record: dict[str, Any]) -> str:
        name = record["name"]
        if not _is_name(name):
            self.refuse(f"{place}.name", _NAME, _shown(name))
        return str(name)

    def numbers(self, place: str, found: Any, precision: str) -> Array:
        """The number or list of numbers as an array, or a refusal that names the first wrong one."""
        numbers = found if isinstance(found, list) else [found]
        if set(map(type, numbers)) <= {int, float}:
            try:
                # Python's integers have no bound; as floats those beyond a double's overflow here.
                with np.errstate(over="ignore"):
                    array = np.array(numbers, np.float64).astype(precision)
            except OverflowError:
                array = np.array([np.inf])
            if np.isfinite(array).all():
                return array if isinstance(found, list) else array[0]
        for index, number in enumerate(numbers):
            where = f"{place}[{index}]" if isinstance(found, list) else place
            if type(number) not in (int, float):
                self.refuse(where, "a number", _shown(number))
            if not abs(number) <= float(np.finfo(precision).max):
                self.refuse(where, f"a finite {precision} number", _shown(number))
        raise AssertionError(place)


def _is_name(name: Any) -> bool:
    return isinstance(name, str) and 1 <= len(name) <= 100 and name.isprintable()


def _is_newer(version: Any) -> bool:
    return type(version) is int and version > VERSION


def _shown(value: Any) -> str:
    """A value from a file as it may appear in a message: on one line, and not long."""
    if isinstance(value, dict | list):
        return f"{'an object' if isinstance(value, dict) else 'a list'} of {len(value):,}"
    text = (
        json.dumps(value)
        if not isinstance(value, int) or abs(value) < 10**20
        else "a number of over 20 digits"
    )
    return text if len(text) <= 40 else text[:37] + "..."
