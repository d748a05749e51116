"""A network as an ONNX model, which runtimes on phones, in browsers and on servers can ask.

ONNX (Open Neural Network Exchange, Bai et al., 2019) writes a network down as a graph of operators that hand
tensors to each other. A layer takes two of them:

    hidden.totals = Gemm(values before it, hidden.weights, hidden.biases)        A @ B.T + C
    hidden.values = Relu(hidden.totals)

Weights and biases stand in the file as they stand in the layer, `weights[j, i]` of the edge from node i of
the layer before. Everything is called as it is here: a viewer such as Netron shows the layers' names of the
model file, and a step is called as the numbers that it makes.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from mnist_ocr import __version__
from mnist_ocr.errors import InputError
from mnist_ocr.files import whole_file
from mnist_ocr.graph import Layer, Network

OPSET = 17
"""The version of the operators: of 2022, old enough for runtimes that nobody updates."""

IR_VERSION = 8
"""The version of the file format that came with `OPSET`; the library would write its own newest."""

LARGEST_MODEL = 2**31 - 2**20
"""Bytes of weights and biases; with what stands around them, the file has to stay below 2 GB."""

OPERATORS: dict[str, tuple[str, dict[str, Any]] | None] = {
    "relu": ("Relu", {}),
    "sigmoid": ("Sigmoid", {}),
    "tanh": ("Tanh", {}),
    "linear": None,
    "softmax": ("Softmax", {"axis": 1}),
}
"""The operator of each activation and its attributes; none where the totals are the values."""

IMAGES, PROBABILITIES, DIGIT = "images", "probabilities", "digit"
"""What goes in and what comes out. No layer's tensor can be called that: theirs have a dot in their names."""


def require_onnx() -> None:
    """Make sure that ONNX models can be written.

    Raises:
        InputError: the library is not installed; the message says how to install it.
    """
    try:
        import onnx  # noqa: F401
    except ImportError:
        raise InputError("export --onnx needs the onnx library: pip install 'onnx>=1.21'") from None


def onnx_model(network: Network, metadata: Mapping[str, Any] | None = None) -> Any:
    """The network as an `onnx.ModelProto`, checked; the same network and metadata give the same bytes.

    The model takes `images`, (N, input size) of the network's own precision, as `Network.forward` does:
    pixels row by row, 0 for paper and 1 for full ink; N is any number of images. It gives

    * `probabilities`, (N, output size) of the same precision, as `Network.predict_proba`;
    * `digit`, (N,) of int64, the output node with the largest value, as `Network.predict`.

    Args:
        network: any; it is not changed.
        metadata: what else the file shall tell, key by key; what is no text is written as JSON.

    Raises:
        InputError: onnx is not installed, or the network is too large for one file.
    """
    require_onnx()
    import onnx
    from onnx import helper

    parameters = network.parameters
    if parameters.nbytes > LARGEST_MODEL:
        raise InputError(
            f"{parameters.size:,} parameters are {parameters.nbytes:,} bytes, and one ONNX file takes "
            f"{LARGEST_MODEL:,}: expected fewer nodes"
        )
    precision = helper.np_dtype_to_tensor_dtype(network.dtype)
    images = helper.make_tensor_value_info(IMAGES, precision, ["N", network.input.size])
    probabilities = helper.make_tensor_value_info(PROBABILITIES, precision, ["N", network.output.size])
    digit = helper.make_tensor_value_info(DIGIT, onnx.TensorProto.INT64, ["N"])
    images.doc_string = "pixels row by row, 0 for paper and 1 for full ink"
    probabilities.doc_string = "what the output layer says of each image"
    digit.doc_string = "the output node with the largest value"

    nodes, initializers = _steps(network)
    graph = helper.make_graph(nodes, "network", [images], [probabilities, digit], initializers)
    graph.doc_string = str(network)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    model.producer_name = "mnist_ocr"
    model.producer_version = __version__
    model.doc_string = f"{network!r}: {IMAGES} in, {PROBABILITIES} and {DIGIT} out"
    for key, value in (metadata or {}).items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        model.metadata_props.add(key=key, value=text)
    onnx.checker.check_model(model, full_check=True)
    return model


def save_onnx(
    network: Network, path: str | os.PathLike[str], metadata: Mapping[str, Any] | None = None
) -> None:
    """Write the model of `onnx_model`; whoever reads the path sees the old file or the new one, never a half.

    Raises:
        InputError: as `onnx_model`.
        OSError: the folder cannot be written to.
    """
    content = onnx_model(network, metadata).SerializeToString(deterministic=True)
    with whole_file(path) as file:
        file.write(content)


def _steps(network: Network) -> tuple[list[Any], list[Any]]:
    """The graph's operators in the order of computing, and the arrays that they need."""
    from onnx import helper, numpy_helper

    nodes, initializers = [], []
    names = _names(network.layers)
    values = IMAGES
    for name, layer in zip(names[1:], network.layers[1:], strict=True):
        weights, biases, totals = f"{name}.weights", f"{name}.biases", f"{name}.totals"
        initializers += [
            numpy_helper.from_array(layer.weights, weights),
            numpy_helper.from_array(layer.biases, biases),
        ]
        made = PROBABILITIES if layer is network.output else f"{name}.values"
        operator = OPERATORS[layer.activation.name]
        if operator is None:
            totals = made
        nodes.append(helper.make_node("Gemm", [values, weights, biases], [totals], name=totals, transB=1))
        if operator is not None:
            kind, attributes = operator
            nodes.append(helper.make_node(kind, [totals], [made], name=made, **attributes))
        values = made
    nodes.append(helper.make_node("ArgMax", [values], [DIGIT], name=DIGIT, axis=1, keepdims=0))
    return nodes, initializers


def _names(layers: list[Layer]) -> list[str]:
    """What to call the layers: as they are called here, or by their places where two have one name."""
    names = [layer.name for layer in layers]
    return names if len(set(names)) == len(names) else [f"layers[{layer.index}]" for layer in layers]
