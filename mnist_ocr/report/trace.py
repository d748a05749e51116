"""What every node did with one picture, as JSON that is read beside the model file.

The layers and nodes stand in the order of the model file and have its names. Each node has the total and the
value that it came to, and the few edges that moved its total most, each by its path in the model file; the
rest are added up, so that every total can be checked with a pocket calculator:

    total = bias + sum of the products of "strongest" + the sum of "others"

The total is the network's own, in its precision; products and sums are those of the numbers as printed.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np

from mnist_ocr.graph import Network
from mnist_ocr.graph.checks import Array
from mnist_ocr.report.answer import Answer, classes_object

FORMAT = "mnist_ocr trace"
VERSION = 1

STRONGEST = 5
"""Edges into a node that are named one by one."""

ABOUT = [
    "What every node did with one picture. layers[k].nodes[j] is the node of that path in the model file.",
    "total = bias + sum of the products of 'strongest' + the sum of 'others'; value = activation(total).",
    "'strongest' are the edges whose product, weight * value of the edge's source, is furthest from 0.",
    "The total is the network's own, in the precision of 'numbers'; null is a number that overflowed.",
]


def trace(network: Network, answer: Answer, picture: str, model: str) -> dict[str, Any]:
    """The state that a network is in after it was asked about one picture.

    Args:
        network: the one that saw the picture last.
        answer: what `ask` returned for it.
        picture: what the picture is called.
        model: what the network's file is called.

    Raises:
        ValueError: the network saw no picture, or a batch of them.
    """
    state = network.to_dict(state=True)
    layers = state["layers"]
    sources = [[node["name"] for node in layer["nodes"]] for layer in layers]
    values = [np.array([node["value"] for node in layer["nodes"]]) for layer in layers]
    for index, layer in enumerate(layers[1:], 1):
        for number, node in enumerate(layer["nodes"]):
            weights = np.array(node.pop("weights"))
            path = f"layers[{index}].nodes[{number}]"
            node |= _strongest(path, weights, sources[index - 1], values[index - 1])
    return {
        "format": FORMAT,
        "version": VERSION,
        "about": ABOUT,
        "picture": picture,
        "model": model,
        "answer": {
            "digit": answer.digit,
            "confidence": answer.confidence,
            "sure": answer.sure,
            "confidence_threshold": answer.confidence_threshold,
            "probabilities": list(answer.probabilities),
            **classes_object(answer),
        },
        "loss": state["loss"],
        "numbers": state["numbers"],
        "layers": layers,
    }


def _strongest(path: str, weights: Array, sources: list[str], values: Array) -> dict[str, Any]:
    """The edges into the node at a path that moved its total most, and the sum of the others."""
    with np.errstate(invalid="ignore"):
        products = weights * values
    strongest = np.argsort(-np.abs(products), kind="stable")[:STRONGEST].tolist()
    others = np.delete(products, strongest)
    return {
        "strongest": [
            {
                "path": f"{path}.weights[{source}]",
                "source": sources[source],
                "weight": weights[source].item(),
                "value": values[source].item(),
                "product": products[source].item(),
            }
            for source in strongest
        ],
        "others": {"edges": len(others), "sum": others.sum().item()},
    }


def write_trace(document: dict[str, Any], file: BinaryIO) -> None:
    """Write a trace as JSON: a line for every node of the input, and for every edge that is named."""
    for line in _lines(document):
        file.write(line.encode() + b"\n")


def _lines(document: dict[str, Any]) -> Iterator[str]:
    yield "{"
    for key, value in document.items():
        if key != "layers":
            text = _json(value, indent=2)
            yield f'  "{key}": {text},'.replace("\n", "\n  ")
    yield '  "layers": ['
    last = document["layers"][-1]
    for layer in document["layers"]:
        yield f'    {_json(_without(layer, "nodes"))[:-1]}, "nodes": ['
        for number, node in enumerate(layer["nodes"], 1):
            comma = "," if number < layer["size"] else ""
            if "strongest" in node:
                yield f'      {_json(_without(node, "strongest", "others"))[:-1]}, "strongest": ['
                yield ",\n".join(f"        {_json(edge)}" for edge in node["strongest"])
                yield f'      ], "others": {_json(node["others"])}}}{comma}'
            else:
                yield f"      {_json(node)}{comma}"
        yield "    ]}" + ("," if layer is not last else "")
    yield "  ]"
    yield "}"


def _json(value: Any, indent: int | None = None) -> str:
    return json.dumps(_finite(value), ensure_ascii=False, indent=indent)


def _finite(value: Any) -> Any:
    """The same with None, null in JSON, for numbers that are not finite: JSON has no word for them."""
    if isinstance(value, dict):
        return {key: _finite(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_finite(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _without(record: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in record.items() if key not in keys}
