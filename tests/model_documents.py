"""Model files that tests write, one wrong thing at a time."""

from __future__ import annotations

import json
from pathlib import Path

from mnist_ocr.graph import ACTIVATIONS


def written(folder: Path, document: object) -> Path:
    path = folder / "model.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def change(document: dict, place: str, value: object) -> None:
    *way, last = place.replace("]", "").replace("[", ".").split(".")
    found = document
    for key in way:
        found = found[int(key) if key.isdigit() else key]
    if last.isdigit():
        found[int(last)] = value
    else:
        found[last] = value


def small_document() -> dict:
    """Two inputs and two outputs, as a model file holds them."""
    return {
        "format": "mnist_ocr network",
        "version": 1,
        "about": [],
        "training": {},
        "loss": "cross-entropy",
        "numbers": "float32",
        "layers": [
            {"name": "input", "size": 2},
            {
                "name": "output",
                "size": 2,
                "activation": "softmax",
                "nodes": [
                    {"name": "output[0]", "bias": 0.5, "weights": [1.0, 2.0]},
                    {"name": "output[1]", "bias": -0.5, "weights": [3.0, 4]},
                ],
            },
        ],
    }


NODE = "layers[1].nodes[1]"

BROKEN: list[tuple[str, object, str]] = [
    ("format", "keras", "format: expected 'mnist_ocr network', found \"keras\""),
    ("version", 2, "version: expected 1, found 2 (written by a newer"),
    ("version", "1", 'version: expected 1, found "1"'),
    ("version", True, "version: expected 1, found true"),
    ("sure_above", 1.5, "sure_above: expected a confidence between 0 and 1, found 1.5"),
    ("sure_above", "much", "sure_above: expected a confidence"),
    ("numbers", "int8", "numbers: expected 'float32' or 'float64'"),
    ("loss", "hinge", "loss: expected one of cross-entropy, binary-cross-entropy, squared-error"),
    ("loss", ["hinge"], "loss: expected one of"),
    ("layers", [], "layers: expected a list of at least two layers, input first, found 0"),
    ("layers", {}, "layers: expected a list"),
    ("layers[0].size", 0, "layers[0].size: expected a positive whole number, found 0"),
    ("layers[0].size", 2.0, "layers[0].size: expected a positive whole number, found 2.0"),
    ("layers[0].size", 10**12, "layers[0].size: expected a positive whole number"),
    ("layers[0].size", 10**8, f"{NODE[:-3]}[0].weights: expected 100,000,000 numbers"),
    ("layers[1].size", 10**8, "layers[1].nodes: expected 100,000,000 nodes as its size says, found 2"),
    (
        "layers[1].activation",
        "swish",
        f"layers[1].activation: expected one of {', '.join(ACTIVATIONS)}, found",
    ),
    ("layers[1].activation", ["relu"], "layers[1].activation: expected one of"),
    ("layers[1].activation", "sigmoid", "cross-entropy needs a softmax output layer"),
    ("layers[1].nodes", "none", 'layers[1].nodes: expected 2 nodes as its size says, found "none"'),
    ("layers[1].name", "", "layers[1].name: expected 1 to 100 printable"),
    (f"{NODE}.name", "a\nb", f"{NODE}.name: expected 1 to 100 printable"),
    (f"{NODE}.weights", [1.0], f"{NODE}.weights: expected 2 numbers, one for each node of layers[0]"),
    (f"{NODE}.weights[1]", "4", f'{NODE}.weights[1]: expected a number, found "4"'),
    (f"{NODE}.weights[1]", None, f"{NODE}.weights[1]: expected a number, found null"),
    (f"{NODE}.weights[1]", True, f"{NODE}.weights[1]: expected a number, found true"),
    (f"{NODE}.weights[0]", [1.0], f"{NODE}.weights[0]: expected a number, found a list of 1"),
    (
        f"{NODE}.weights[1]",
        float("nan"),
        f"{NODE}.weights[1]: expected a finite float32 number, found NaN",
    ),
    (f"{NODE}.weights[1]", float("inf"), f"{NODE}.weights[1]: expected a finite float32"),
    (f"{NODE}.weights[1]", 1e39, f"{NODE}.weights[1]: expected a finite float32 number, found 1e+39"),
    (
        f"{NODE}.weights[1]",
        10**400,
        f"{NODE}.weights[1]: expected a finite float32 number, found a number",
    ),
    (f"{NODE}.bias", None, f"{NODE}.bias: expected a number, found null"),
    (f"{NODE}.bias", [0.5], f"{NODE}.bias: expected a number, found a list of 1"),
    (f"{NODE}.bias", 10**400, f"{NODE}.bias: expected a finite float32 number, found a number of over"),
    (f"{NODE}.bias", float("-inf"), f"{NODE}.bias: expected a finite float32 number, found -Infinity"),
    (f"{NODE}.wieghts", [1.0], f"{NODE}: expected only the keys name, bias, weights, found 'wieghts'"),
    (NODE, 5, f"{NODE}: expected an object with name, bias, weights, found 5"),
    ("extra", 1, "the file: expected only the keys format, version"),
]
"""A place in `small_document`, what is put there, and what a refusal has to say."""

UNWRITABLE_NOTES = ['{"a": NaN}', '{"a": [1e999]}', r'"\ud800"']
"""JSON for `training` that can be read, but not saved again."""

NO_MODELS: list[tuple[str, str]] = [
    ("", "the file is empty"),
    ("\n \n", "the file is empty"),
    ("[1, 2]", "expected an object"),
    ("null", "expected an object"),
    ('{"format": "a", "format": "b"}', "key 'format': expected once in an object, found 2 times"),
    ('{"format": }', "line 1, column 12: not JSON"),
    ("[" * 100_000, "nested too deeply"),
    ('{"a": ' + "9" * 10_000 + "}", "not JSON that can be read"),
]
"""Texts that are no model file, and what a refusal has to say."""
