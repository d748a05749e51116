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

What is in "training" is true of the numbers below it. Once they have changed, by hand or by further training,
the record of the earlier training stands in its "from": `training.from.accuracy` is that of the network which
these numbers came from.

`model.schema.json` beside this file (`SCHEMA` is its path) says the same as JSON Schema: an editor that is
pointed at it explains every key, and underlines what would be refused.

This module knows names, lists and numbers, and nothing of nodes and edges: `Network.load`, `Network.save`,
`Network.from_dict` and `Network.to_dict` stand on it.
"""

from __future__ import annotations

import copy
import io
import itertools
import json
import os
from collections import Counter
from collections.abc import Container, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import numpy as np
from numpy.typing import NDArray

from mnist_ocr.errors import InputError
from mnist_ocr.files import IS_ADDRESS, TooLargeError, is_address, is_there, read_ordinary, whole_file

FORMAT = "mnist_ocr network"
VERSION = 1

SCHEMA = Path(__file__).with_name("model.schema.json")
"""The same as JSON Schema (draft 2020-12), for editors and for programs in other languages."""

MODELS = {"default": "mnist-784-128-10.json", "strong": "mnist-784-1000-500-10.json"}
"""The shipped networks: the name that people use, and the file."""

_SHIPPED = " and ".join(MODELS)

METADATA = ("about", "training", "sure_above")
"""What of the header is no part of the network, and is kept with it as it stands."""

PRECISIONS = ("float32", "float64")

NUMBERS_PER_LINE = 28

LARGEST_FILE = 512 * 2**20
"""Bytes; a larger file is refused before it is read. 784-1000-500-10 needs 11 MB."""

MOST_PARTS = 10_000_000
"""Lists, objects and keys, five for each node; in memory they take up to 25 times the space of the file."""

MOST_LAYERS = 1000
"""A network that somebody trained has fewer; each layer costs memory beyond its numbers."""

NAME = "1 to 100 printable characters"

ABOUT = [
    "A neural network. layers[k].nodes[j].weights[i] is the weight of the edge from node i of layer k-1",
    "to node j of layer k. A node's value is activation(bias + sum of weight * value of the edge's source).",
    "The input is a picture, row by row: 0 is background, 1 is full ink. The weights of a node above a",
    "28x28 picture stand in 28 rows of 28: row r, column c belongs to pixel (r, c).",
    "Edit a number, load the file, and the network has it.",
]

CHANGED = 'The numbers below were changed after the training in "from": its accuracy is not theirs.'
"""In "training", where nothing is known of the numbers but what they came from."""

Array = NDArray[Any]


class ModelFileError(InputError):
    """A model that cannot be used; the message names the file, the place in it and what was expected."""


class LayerData(NamedTuple):
    """What a model file holds of a layer; of the input only its name and size.

    Attributes:
        name: of the layer.
        size: the number of its nodes.
        activation: its name, or None for the input.
        node_names: of all nodes.
        biases: (size,).
        weights: (size, size of the layer before).
    """

    name: str
    size: int
    activation: str | None
    node_names: list[str]
    biases: Array
    weights: Array


class ModelData(NamedTuple):
    """What a model file holds.

    Attributes:
        metadata: the entries of `METADATA` that are there.
        loss: its name, or None where the file does not say.
        numbers: the precision, one of `PRECISIONS`.
        layers: input first.
    """

    metadata: dict[str, Any]
    loss: str | None
    numbers: str
    layers: list[LayerData]


def models_folder() -> Path:
    """Where the shipped models are: beside train.py in a checkout, inside the package once installed."""
    package = Path(__file__).resolve().parent
    beside = package.parent / "models"
    return beside if (package.parent / "train.py").exists() else package / "models"


def find_model(name: str | os.PathLike[str]) -> Path:
    """The file of a model: a shipped one by its name, or a person's own by its path.

    Raises:
        ModelFileError: there is neither.
    """
    if name in MODELS:
        return models_folder() / MODELS[str(name)]
    if not is_there(name):
        what = IS_ADDRESS if is_address(name) else "there is no such model file"
        raise ModelFileError(f"{os.fspath(name)}: {what}; the shipped ones are {_SHIPPED}")
    return Path(name)


# Reading.


def read(path: Path, activations: Container[str], losses: Container[str]) -> ModelData:
    """Read a model file whose activations and loss have names that are known.

    Raises:
        ModelFileError: there is no such file, or something in it is not as it must be; the message names
            the path of what was refused, such as `layers[1].nodes[17].weights[406]`.
    """
    try:
        return check(_parse(_text_of(path)), activations, losses)
    except ModelFileError as error:
        raise ModelFileError(f"{path}: {error}") from None


def _text_of(path: Path) -> str:
    try:
        content = io.BytesIO(read_ordinary(path, LARGEST_FILE))
        return io.TextIOWrapper(content, encoding="utf-8-sig").read()
    except TooLargeError as error:
        _refuse("size", f"at most {LARGEST_FILE:,} bytes", f"{error.size:,}")
    except FileNotFoundError:
        raise ModelFileError(f"there is no such model file; the shipped ones are {_SHIPPED}") from None
    except IsADirectoryError:
        raise ModelFileError("this is a folder, expected a model file (JSON)") from None
    except UnicodeDecodeError as error:
        raise ModelFileError(f"byte {error.start:,} is no UTF-8 text: not a model file (JSON)") from None
    except OSError as error:
        raise ModelFileError(f"cannot be read: {error.strerror}") from None


def _parse(text: str) -> Any:
    if not text.strip():
        raise ModelFileError("the file is empty, expected a model file (JSON)")
    parts = sum(map(text.count, "[{:"))
    if parts > MOST_PARTS:
        _refuse("size", f"at most {MOST_PARTS:,} lists, objects and keys", f"{parts:,}")
    try:
        return json.loads(text, object_pairs_hook=_unique)
    except json.JSONDecodeError as error:
        cut = " (the file seems to be cut off)" if not text[error.pos :].strip() else ""
        where = f"line {error.lineno}, column {error.colno}"
        raise ModelFileError(f"{where}: not JSON: {error.msg}{cut}") from None
    except RecursionError:
        raise ModelFileError("nested too deeply for a model file") from None
    except ModelFileError:
        raise
    except ValueError as error:  # a whole number of thousands of digits
        raise ModelFileError(f"not JSON that can be read: {error}") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) < len(pairs):
        times = Counter(key for key, _ in pairs)
        twice = next(key for key in times if times[key] > 1)
        _refuse(f"key {quoted(twice)}", "once in an object", f"{times[twice]} times")
    return record


def check(document: Any, activations: Container[str], losses: Container[str]) -> ModelData:
    """Look at everything in the JSON object of a model file, and take the numbers out.

    Raises:
        ModelFileError: something is not as it must be; the message names its path.
    """
    if not isinstance(document, dict):
        _refuse("the file", 'an object {"format": …}', shown(document))
    optional = ("about", "training", "sure_above", "loss", "numbers")
    _check_keys("the file", document, ("format", "version", *optional, "layers"), optional)
    if document["format"] != FORMAT:
        _refuse("format", repr(FORMAT), shown(document["format"]))
    version = document["version"]
    if type(version) is not int or not 1 <= version <= VERSION:
        newer = type(version) is int and version > VERSION
        hint = " (written by a newer mnist_ocr: update this one)" if newer else ""
        _refuse("version", f"{VERSION}", shown(version) + hint)
    precision = document.get("numbers", PRECISIONS[0])
    if precision not in PRECISIONS:
        _refuse("numbers", " or ".join(map(repr, PRECISIONS)), shown(precision))
    _check_confidence(document)
    loss = document.get("loss")
    if loss == "squared error":  # how files of version 0.1 of the program have it
        loss = "squared-error"
    if loss is not None:
        _check_word("loss", loss, losses)
    for key in METADATA:
        # What is kept as it stands has to be something that can be written again.
        try:
            json.dumps(document.get(key), allow_nan=False, ensure_ascii=False).encode()
        except ValueError:
            _refuse(key, "finite numbers and text", "NaN, Infinity or half a character")
        except (TypeError, RecursionError):
            _refuse(key, "finite numbers and text", "what JSON has no form for")
    metadata = {key: document[key] for key in METADATA if key in document}
    layers = document["layers"]
    if not isinstance(layers, list) or len(layers) < 2:
        found = f"{len(layers)}" if isinstance(layers, list) else shown(layers)
        _refuse("layers", "a list of at least two layers, input first", found)
    if len(layers) > MOST_LAYERS:
        _refuse("layers", f"at most {MOST_LAYERS:,} layers", f"{len(layers):,}")
    # The sizes are held against the lists that are there before anything is made as large as they say.
    sizes = [_checked_size(index, layer) for index, layer in enumerate(layers)]
    for index in range(1, len(layers)):
        _check_word(f"layers[{index}].activation", layers[index]["activation"], activations)
        _check_nodes(index, layers[index], sizes)
    data = [LayerData(_checked_name("layers[0]", layers[0]), sizes[0], None, [], np.zeros(0), np.zeros(0))]
    data += [_layer(index, layers[index], precision) for index in range(1, len(layers))]
    return ModelData(metadata, loss, precision, data)


def _layer(index: int, layer: dict[str, Any], precision: str) -> LayerData:
    place, nodes = f"layers[{index}]", layer["nodes"]
    places = [f"{place}.nodes[{j}]" for j in range(len(nodes))]
    name = _checked_name(place, layer)
    names = [_checked_name(where, node) for where, node in zip(places, nodes, strict=True)]
    biases = _finite([[node["bias"] for node in nodes]], precision)
    weights = _finite([node["weights"] for node in nodes], precision)
    if biases is None or weights is None:  # then look for the number that is wrong
        for where, node in zip(places, nodes, strict=True):
            _check_number(f"{where}.bias", node["bias"], precision)
            for i, number in enumerate(node["weights"]):
                _check_number(f"{where}.weights[{i}]", number, precision)
        raise AssertionError(place)
    return LayerData(name, len(nodes), layer["activation"], names, biases[0], weights)


def _check_keys(place: str, record: Any, keys: tuple[str, ...], optional: tuple[str, ...] = ()) -> None:
    if not isinstance(record, dict):
        _refuse(place, f"an object with {', '.join(keys)}", shown(record))
    for key in keys:
        if key not in record and key not in optional:
            found = ", ".join(map(quoted, itertools.islice(record, len(keys) + 1))) or "none"
            _refuse(place, f"the key {key!r}", f"only {found}")
    for key in record:
        if key not in keys:
            _refuse(place, f"only the keys {', '.join(keys)}", quoted(key))


def _check_confidence(metadata: dict[str, Any]) -> None:
    confidence = metadata.get("sure_above", 0.5)
    if type(confidence) not in (int, float) or not 0 <= confidence <= 1:
        _refuse("sure_above", "a confidence between 0 and 1", shown(confidence))


def _check_word(place: str, word: Any, known: Container[str]) -> None:
    if not isinstance(word, str) or word not in known:
        assert isinstance(known, Iterable)
        _refuse(place, f"one of {', '.join(known)}", shown(word))


def _checked_size(index: int, layer: Any) -> int:
    keys = ("name", "size", "activation", "nodes") if index else ("name", "size")
    _check_keys(f"layers[{index}]", layer, keys)
    size = layer["size"]
    # An input needs no list behind its size; as many as the file has bytes can never be used.
    if type(size) is not int or not 1 <= size <= LARGEST_FILE:
        _refuse(f"layers[{index}].size", "a positive whole number", shown(size))
    return size


def _check_nodes(index: int, layer: dict[str, Any], sizes: list[int]) -> None:
    nodes = layer["nodes"]
    if not isinstance(nodes, list) or len(nodes) != sizes[index]:
        found = f"{len(nodes):,}" if isinstance(nodes, list) else shown(nodes)
        _refuse(f"layers[{index}].nodes", f"{sizes[index]:,} nodes as its size says", found)
    for j, node in enumerate(nodes):
        place = f"layers[{index}].nodes[{j}]"
        _check_keys(place, node, ("name", "bias", "weights"))
        weights = node["weights"]
        if not isinstance(weights, list) or len(weights) != sizes[index - 1]:
            found = f"{len(weights):,}" if isinstance(weights, list) else shown(weights)
            expected = f"{sizes[index - 1]:,} numbers, one for each node of layers[{index - 1}]"
            _refuse(f"{place}.weights", expected, found)


def as_origin(training: Any) -> Any:
    """What a record of a training becomes once the numbers below it have changed.

    Its accuracy and its command are those of the network that these numbers came from, and are kept as that.
    """
    if not training or (isinstance(training, dict) and training.keys() <= {"note", "from"}):
        return training
    return {"note": CHANGED, "from": training}


def is_name(name: Any) -> bool:
    """Whether a layer or a node may be called that; `NAME` says it in words."""
    return isinstance(name, str) and 1 <= len(name) <= 100 and name.isprintable()


def _checked_name(place: str, record: dict[str, Any]) -> str:
    name = record["name"]
    if not is_name(name):
        _refuse(f"{place}.name", NAME, shown(name))
    return str(name)


def _check_number(place: str, found: Any, precision: str) -> None:
    if type(found) not in (int, float):
        _refuse(place, "a number", shown(found))
    if _finite([[found]], precision) is None:
        _refuse(place, f"a finite {precision} number", shown(found))


def _finite(rows: list[list[Any]], precision: str) -> Array | None:
    """The numbers as an array, or None if one of them is no number or not finite in this precision."""
    if not all(set(map(type, row)) <= {int, float} for row in rows):
        return None
    try:
        # Python's integers have no bound; as floats those beyond a double's overflow here.
        with np.errstate(over="ignore"):
            array = np.array(rows, np.float64).astype(precision)
    except OverflowError:
        return None
    return array if np.isfinite(array).all() else None


def _refuse(place: str, expected: str, found: str) -> NoReturn:
    raise ModelFileError(f"{place}: expected {expected}, found {found}")


def quoted(text: str) -> str:
    """A key from a file as it may appear in a message."""
    text = str(text)
    return repr(text) if len(text) <= 40 else f"{text[:37]!r}..."


def shown(value: Any) -> str:
    """A value from a file as it may appear in a message: on one line, and not long."""
    if isinstance(value, dict | list):
        return f"{'an object' if isinstance(value, dict) else 'a list'} of {len(value):,}"
    if isinstance(value, int) and abs(value) >= 10**20:
        return "a number of over 20 digits"
    text = json.dumps(value, default=repr)
    return text if len(text) <= 40 else text[:37] + "..."


# Writing.


def write(model: ModelData, path: str | os.PathLike[str]) -> None:
    """Write a model file; whoever reads the path sees the old file or the new one, never a half.

    Raises:
        ValueError: a parameter is not finite, and JSON has no word for it; a name cannot be one; or there are
            more layers than `read` takes.
        OSError: the folder cannot be written to.
    """
    _check_writable(model)
    with whole_file(path) as file:
        for line in _lines(model):
            file.write(line.encode())


def as_dict(model: ModelData) -> dict[str, Any]:
    """A model as the JSON object that its file holds: plain lists, numbers and texts.

    The numbers are the ones that the file shows: 0.1 for the float32 that is nearest to it.

    Raises:
        ValueError: as `write`.
    """
    _check_writable(model)
    document: dict[str, Any] = json.loads("".join(_lines(model)))
    return document


def _check_writable(model: ModelData) -> None:
    if not all(
        np.isfinite(layer.weights).all() and np.isfinite(layer.biases).all() for layer in model.layers
    ):
        raise ValueError("the network has weights that are not finite numbers: not saved")
    _check_confidence(model.metadata)
    if len(model.layers) > MOST_LAYERS:
        raise ValueError(f"the network has more than {MOST_LAYERS:,} layers: not saved")
    for layer in model.layers:
        for name in (layer.name, *layer.node_names):
            if not is_name(name):
                raise ValueError(f"the name {name!r} is not {NAME}: not saved")


def _header(model: ModelData) -> dict[str, Any]:
    metadata = copy.deepcopy(model.metadata)
    return {
        "format": FORMAT,
        "version": VERSION,
        "about": metadata.get("about", list(ABOUT)),
        "training": metadata.get("training", {}),
        **({"sure_above": metadata["sure_above"]} if "sure_above" in metadata else {}),
        "loss": model.loss,
        "numbers": model.numbers,
    }


def _lines(model: ModelData) -> Iterator[str]:
    yield "{\n"
    for key, value in _header(model).items():
        text = json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False).replace("\n", "\n  ")
        yield f'  "{key}": {text},\n'
    yield '  "layers": [\n'
    yield f'    {{"name": {_text(model.layers[0].name)}, "size": {model.layers[0].size}}}'
    for layer in model.layers[1:]:
        yield (
            f',\n    {{"name": {_text(layer.name)}, "size": {layer.size}, '
            f'"activation": {_text(layer.activation)}, "nodes": [\n'
        )
        biases = shortest(layer.biases)
        for j, name in enumerate(layer.node_names):
            yield f'      {{"name": {_text(name)}, "bias": {biases[j]}, "weights": [\n'
            weights = shortest(layer.weights[j])
            rows = [
                ", ".join(weights[start : start + NUMBERS_PER_LINE])
                for start in range(0, len(weights), NUMBERS_PER_LINE)
            ]
            yield "        " + ",\n        ".join(rows)
            yield "\n      ]}" + (",\n" if j + 1 < layer.size else "\n")
        yield "    ]}"
    yield "\n  ]\n}\n"


def _text(text: str | None) -> str:
    return json.dumps(text, ensure_ascii=False)


def as_floats(numbers: Array) -> list[float]:
    """Numbers as Python's floats that print as the model file shows them."""
    return [float(text) for text in shortest(numbers)]


def shortest(numbers: Array) -> list[str]:
    """The shortest text of each number that reads back to the same float of the same precision.

    Readers of JSON turn the text into a double first and round that to a float32; for a text that lies
    all but halfway between two float32 the detour could end at the other one. Those few are written as
    the double that they are.
    """
    texts = [str(number) for number in numbers]
    back = np.array([float(text) for text in texts]).astype(numbers.dtype)
    for index in np.flatnonzero(back != numbers):
        texts[index] = repr(float(numbers[index]))
    return texts
