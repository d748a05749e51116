"""A network as lines of JSON, every number as short as it can be."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator

import numpy as np

from mnist_ocr.files import whole_file
from mnist_ocr.graph import Network
from mnist_ocr.graph.activations import Array
from mnist_ocr.modelfile.form import ABOUT, FORMAT, MOST_LAYERS, NAME, NUMBERS_PER_LINE, VERSION, is_name


def save(network: Network, path: str | os.PathLike[str]) -> None:
    """Write a network as JSON; whoever reads the path sees the old file or the new one, never a half.

    Raises:
        ValueError: a parameter is not finite, and JSON has no word for it; a name cannot be one; or there are
            more layers than `load` takes.
        OSError: the folder cannot be written to.
    """
    if not np.isfinite(network.parameters).all():
        raise ValueError("the network has weights that are not finite numbers: not saved")
    if len(network.layers) > MOST_LAYERS:
        raise ValueError(f"the network has more than {MOST_LAYERS:,} layers: not saved")
    for layer in network.layers:
        for name in (layer.name, *layer.node_names.values()):
            if not is_name(name):
                raise ValueError(f"the name {name!r} is not {NAME}: not saved")
    with whole_file(path) as file:
        for line in _lines(network):
            file.write(line.encode())


def _lines(network: Network) -> Iterator[str]:
    header = {
        "format": FORMAT,
        "version": VERSION,
        "about": network.metadata.get("about", ABOUT),
        "training": network.metadata.get("training", {}),
        **({"sure_above": network.metadata["sure_above"]} if "sure_above" in network.metadata else {}),
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
