"""Export of a network as an ONNX model, for runtimes on phones, in browsers and on servers.

ONNX (Open Neural Network Exchange, Bai et al., 2019) describes a network as a graph of operators that pass
tensors to each other. Each layer becomes two of them:

    hidden.totals = Gemm(values of the layer before, hidden.weights, hidden.biases)        A @ B.T + C
    hidden.values = Relu(hidden.totals)

Weights and biases are stored as they are in the layer: `weights[j, i]` belongs to the edge from node i of
the layer before to node j. The tensors are named after the layers of the model file, so that a viewer such as
Netron shows the same names.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mnist_ocr import __version__
from mnist_ocr.errors import InputError
from mnist_ocr.files import whole_file
from mnist_ocr.graph import Network
from mnist_ocr.graph.classes import Class, classes_of

OPERATORS = {
    "relu": "Relu",
    "sigmoid": "Sigmoid",
    "tanh": "Tanh",
    "linear": "Identity",
    "softmax": "Softmax",  # over the last axis, which is the nodes of one image
}
"""The ONNX operator of each activation."""

OPSET = 17
"""Version of the operators, from 2022: old enough for runtimes that are rarely updated."""

IR_VERSION = 8
"""Version of the file format that belongs to `OPSET`; by default, the library writes its newest."""

LARGEST_MODEL = 2**31 - 2**20
"""Bytes of weights and biases: the whole file has to be smaller than 2 GB."""


def require_onnx() -> None:
    """Check that ONNX models can be written.

    Raises:
        InputError: the library is not installed; the message says how to install it.
    """
    try:
        import onnx  # noqa: F401
    except ImportError:
        raise InputError("export --onnx needs the onnx library: pip install 'onnx>=1.21'") from None


def onnx_model(network: Network, metadata: Mapping[str, Any] | None = None) -> Any:
    """The network as a checked `onnx.ModelProto`; the same network and metadata give the same bytes.

    The model takes `images`, (N, input size) in the network's precision: pixels row by row, 0 for background
    and 1 for full ink; N is any number of images. It gives

    * `probabilities`, (N, output size) in the same precision, as `Network.predict_proba`;
    * `digit`, (N,) int64, the answer: the class of the output node with the largest value. Where the network
      was trained on other classes than 0, 1, 2, … they are in the file's metadata as `classes`, in the order
      of the nodes; `digit` is of type string where one of them is a text, double where one is not whole.

    Args:
        network: any network.
        metadata: further entries for the file; a value that is not text is written as JSON.

    Raises:
        InputError: onnx is not installed, an activation has no ONNX operator here, or the network is too
            large for one file.
    """
    require_onnx()
    from onnx import TensorProto, checker, helper, numpy_helper

    for layer in network.layers[1:]:
        if layer.activation.name not in OPERATORS:
            raise InputError(
                f"layer {layer.name!r} has the activation {layer.activation.name!r}, which cannot be "
                f"exported to ONNX: expected one of {', '.join(OPERATORS)}"
            )
    size = network.parameters.nbytes
    if size > LARGEST_MODEL:
        raise InputError(
            f"{network.parameters.size:,} parameters are {size:,} bytes, and one ONNX file takes "
            f"{LARGEST_MODEL:,}: expected fewer nodes"
        )

    # Layers may have the same name, tensors may not. All names of tensors have a dot, so that none of them is
    # "images", "probabilities" or "digit".
    names = [layer.name for layer in network.layers]
    if len(set(names)) < len(names):
        names = [f"layers[{layer.index}]" for layer in network.layers]
    nodes, arrays, values = [], [], "images"
    for name, layer in zip(names[1:], network.layers[1:], strict=True):
        weights, biases, totals = f"{name}.weights", f"{name}.biases", f"{name}.totals"
        arrays.append(numpy_helper.from_array(layer.weights, weights))
        arrays.append(numpy_helper.from_array(layer.biases, biases))
        nodes.append(helper.make_node("Gemm", [values, weights, biases], [totals], name=totals, transB=1))
        values = "probabilities" if layer is network.output else f"{name}.values"
        nodes.append(helper.make_node(OPERATORS[layer.activation.name], [totals], [values], name=values))
    classes = classes_of(network)
    numbered = network.output.size == 1 or classes == tuple(range(network.output.size))
    index = "digit" if numbered else "digit.index"
    if network.output.size > 1:
        nodes.append(helper.make_node("ArgMax", [values], [index], name=index, axis=1, keepdims=0))
    else:  # a single node says 1 from 0.5
        arrays.append(numpy_helper.from_array(np.array(0.5, network.dtype), "digit.threshold"))
        arrays.append(numpy_helper.from_array(np.array([1]), "digit.axis"))
        nodes.append(helper.make_node("GreaterOrEqual", [values, "digit.threshold"], ["digit.is_1"]))
        nodes.append(helper.make_node("Cast", ["digit.is_1"], ["digit.column"], to=TensorProto.INT64))
        nodes.append(helper.make_node("Squeeze", ["digit.column", "digit.axis"], [index]))
    kind = np.dtype(np.int64 if numbered else answer_type(classes))
    if not numbered:
        named = np.array(list(map(str, classes)) if kind.hasobject else classes, kind)
        arrays.append(numpy_helper.from_array(named, "digit.classes"))
        nodes.append(helper.make_node("Gather", ["digit.classes", index], ["digit"], name="digit"))
        metadata = {"classes": list(classes), **(metadata or {})}

    precision = helper.np_dtype_to_tensor_dtype(network.dtype)
    # Name, type, shape and meaning of each input and output.
    ends = [
        ("images", precision, ["N", network.input.size], "pixels row by row, 0 for paper and 1 for full ink"),
        ("probabilities", precision, ["N", network.output.size], "the output layer's values for each image"),
        ("digit", helper.np_dtype_to_tensor_dtype(kind), ["N"], "what the largest of them stands for"),
    ]
    images, *answers = (helper.make_tensor_value_info(*end) for end in ends)
    model = helper.make_model(
        helper.make_graph(nodes, "network", [images], answers, arrays, doc_string=str(network)),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="mnist_ocr",
        producer_version=__version__,
        doc_string=f"{network!r}: images in, probabilities and digit out",
    )
    for key, value in (metadata or {}).items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        model.metadata_props.add(key=key, value=text)
    checker.check_model(model, full_check=True)
    return model


def answer_type(classes: Sequence[Class]) -> str:
    """The type of a model's answers, in NumPy's words: int64, float64, or object for text."""
    if any(isinstance(name, str) for name in classes):
        return "object"
    return "float64" if any(isinstance(name, float) for name in classes) else "int64"


def save_onnx(
    network: Network, path: str | os.PathLike[str], metadata: Mapping[str, Any] | None = None
) -> None:
    """Write the model of `onnx_model`; the file is replaced at once, never half-written.

    Raises:
        InputError: as `onnx_model`.
        OSError: the file cannot be written.
    """
    content = onnx_model(network, metadata).SerializeToString(deterministic=True)
    with whole_file(path) as file:
        file.write(content)
