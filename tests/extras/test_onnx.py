"""The ONNX model gives another program's runtime the answers that the network gives itself."""

from __future__ import annotations

import errno
import json
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import numpy_helper

from mnist_ocr import InputError, Network
from mnist_ocr.__main__ import main
from mnist_ocr.data import load_mnist
from mnist_ocr.data.synthetic import draw_digits
from mnist_ocr.graph import ACTIVATIONS
from mnist_ocr.modelfile import MODELS, find_model
from mnist_ocr.onnx import OPERATORS, onnx_model, save_onnx

CLOSE = {"float32": 4e-6, "float64": 1e-12}
"""How near two programs come that add up the same numbers in another order.

Single precision rounds each sum of 784 products: our own answers to one image, asked alone and among 10,000,
differ by up to 1.0e-6. Double precision shows that nothing but rounding is different.
"""


def ask(model: Any, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What the runtime says: probabilities and digits."""
    content = model.read_bytes() if isinstance(model, Path) else model.SerializeToString()
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    probabilities, digits = session.run(["probabilities", "digit"], {"images": images})
    return probabilities, digits


def in_doubles(network: Network) -> Network:
    """The same network in double precision."""
    twin = Network.zeros(network.sizes, network.activations, dtype="float64")
    twin.parameters = network.parameters
    return twin


def assert_same_answers(network: Network, images: np.ndarray) -> None:
    for asked in (network, in_doubles(network)):
        pixels = images.reshape(len(images), -1).astype(asked.dtype) / asked.dtype.type(255)
        for some in (pixels, pixels[:1]):
            probabilities, digits = ask(onnx_model(asked), some)
            assert probabilities.dtype == asked.dtype
            assert digits.dtype == np.int64
            np.testing.assert_allclose(
                probabilities, asked.predict_proba(some), rtol=0, atol=CLOSE[asked.dtype.name]
            )
            assert digits.tolist() == asked.predict(some).tolist()


@pytest.mark.parametrize("name", MODELS)
def test_the_shipped_networks_answer_alike_on_synthetic_digits(name: str) -> None:
    images, labels = draw_digits(500, seed=4)
    network = Network.load(find_model(name))
    assert_same_answers(network, images)
    _, digits = ask(onnx_model(network), images.reshape(500, 784).astype(np.float32) / 255)
    assert np.mean(digits == labels) > 0.9


@pytest.mark.parametrize("name", MODELS)
def test_the_shipped_networks_answer_alike_on_mnist(name: str, mnist_dir: Path) -> None:
    assert_same_answers(Network.load(find_model(name)), load_mnist(mnist_dir).test.images)


def test_the_network_of_the_readme_gives_the_numbers_worked_out_by_hand() -> None:
    network = Network([2, 2, 2], ["relu", "softmax"], dtype="float64")
    hidden, output = network.layers[1:]
    hidden.weights, hidden.biases = [[1, 2], [-1, 1]], [0.5, 0.5]
    output.weights, output.biases = [[1, -2], [0.5, 3]], [0.25, 0]
    # Hidden: 0.5 + 3 + 2 = 5.5 and relu(0.5 - 3 + 1) = 0. Output: 0.25 + 5.5 = 5.75 and 0.5 * 5.5 = 2.75.
    # Softmax of totals that are 3 apart: 1 / (1 + exp(-3)) and the rest.
    first = 1 / (1 + np.exp(-3))
    probabilities, digits = ask(onnx_model(network), np.array([[3.0, 1.0]]))
    assert probabilities[0].tolist() == pytest.approx([first, 1 - first], abs=1e-15)
    assert digits.tolist() == [0]


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_network_answers_alike(data: st.DataObject) -> None:
    sizes = data.draw(st.lists(st.integers(1, 9), min_size=2, max_size=5), label="sizes")
    activations = data.draw(st.tuples(*[st.sampled_from(list(OPERATORS))] * (len(sizes) - 1)), label="names")
    dtype = data.draw(st.sampled_from(list(CLOSE)), label="dtype")
    generator = np.random.default_rng(data.draw(st.integers(0, 2**32), label="seed"))
    network = Network.zeros(sizes, activations, "squared-error", dtype=dtype)
    network.parameters = generator.standard_normal(network.parameters.size)
    images = generator.standard_normal((data.draw(st.integers(1, 4), label="images"), sizes[0])).astype(dtype)
    expected = network.predict_proba(images)
    probabilities, digits = ask(onnx_model(network), images)
    # Without a bound as softmax has one, an error is measured by the largest number there is.
    tolerance = CLOSE[dtype] * max(1.0, float(np.abs(expected).max()))
    np.testing.assert_allclose(probabilities, expected, rtol=0, atol=tolerance)
    said = probabilities[:, 0] >= 0.5 if sizes[-1] == 1 else probabilities.argmax(axis=1)
    assert digits.tolist() == said.tolist()


def test_a_network_with_binary_cross_entropy_answers_alike() -> None:
    network = Network([4, 3, 2], ["tanh", "sigmoid"], "binary-cross-entropy", seed=1)
    images = np.random.default_rng(0).standard_normal((5, 4)).astype(np.float32)
    probabilities, _ = ask(onnx_model(network), images)
    np.testing.assert_allclose(probabilities, network.predict_proba(images), rtol=0, atol=1e-6)


def test_operators_are_of_activations_that_there_are() -> None:
    assert {"relu", "sigmoid", "tanh", "linear", "softmax"} <= set(OPERATORS) <= set(ACTIVATIONS)


def test_an_activation_without_an_operator_is_refused_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(ACTIVATIONS, "swish", ACTIVATIONS["tanh"]._replace(name="swish"))
    Network([784, 3, 10], ["swish", "softmax"]).save(tmp_path / "model.json")
    words = ["export", "--model", str(tmp_path / "model.json"), "--onnx", str(tmp_path / "m.onnx")]
    assert main(words) == 2
    assert capsys.readouterr().err == (
        "error: layer 'hidden' has the activation 'swish', which cannot be exported to ONNX: expected one of "
        "relu, sigmoid, tanh, linear, softmax\n"
    )
    assert not (tmp_path / "m.onnx").exists()


def test_totals_far_from_zero_do_not_overflow() -> None:
    for activation in OPERATORS:
        network = Network.zeros([1, 2], [activation], "squared-error")
        network.output.weights = [[10_000], [-10_000]]
        expected = network.predict_proba([[1.0]])
        assert np.array_equal(ask(onnx_model(network), np.ones((1, 1), np.float32))[0], expected), activation


def test_it_reads_like_the_model_file() -> None:
    network = Network([784, 16, 12, 10], ["tanh", "linear", "softmax"], seed=3)
    model = onnx_model(network, {"source": "mine.json", "sure_above": 0.9, "training": {"data": "drawn"}})
    graph = model.graph
    assert [(node.name, node.op_type) for node in graph.node] == [
        ("hidden1.totals", "Gemm"),
        ("hidden1.values", "Tanh"),
        ("hidden2.totals", "Gemm"),
        ("hidden2.values", "Identity"),
        ("output.totals", "Gemm"),
        ("probabilities", "Softmax"),
        ("digit", "ArgMax"),
    ]
    arrays = {array.name: numpy_helper.to_array(array) for array in graph.initializer}
    assert list(arrays) == [
        f"{name}.{what}" for name in ("hidden1", "hidden2", "output") for what in ("weights", "biases")
    ]
    assert np.array_equal(arrays["hidden2.weights"], network.layers[2].weights)
    assert arrays["hidden2.weights"].dtype == np.float32
    edge = network.layers[2].nodes[11].incoming[15]
    assert arrays["hidden2.weights"][11, 15] == edge.weight
    shapes = {
        value.name: [size.dim_param or size.dim_value for size in value.type.tensor_type.shape.dim]
        for value in (*graph.input, *graph.output)
    }
    assert shapes == {"images": ["N", 784], "probabilities": ["N", 10], "digit": ["N"]}
    told = {pair.key: pair.value for pair in model.metadata_props}
    assert told == {"source": "mine.json", "sure_above": "0.9", "training": '{"data": "drawn"}'}
    assert (model.ir_version, model.opset_import[0].version, model.producer_name) == (8, 17, "mnist_ocr")


@pytest.mark.parametrize(
    ("node_names", "expected"),
    [
        (["images", "probabilities", "digit"], ["images", "probabilities"]),
        (["a", "a.values", "a.values.values"], ["a", "a.values"]),
        (["same", "same", "other"], ["layers[1]", "layers[2]"]),
        (["Eingabe", "große Schleife ☺", "x" * 100], ["Eingabe", "große Schleife ☺"]),
    ],
)
def test_any_names_of_layers_make_a_model(node_names: list[str], expected: list[str]) -> None:
    network = Network([3, 4, 4, 2], seed=2)
    for layer, name in zip(network.layers[1:], node_names, strict=True):
        layer.name = name
    model = onnx_model(network)
    weights = [array.name for array in model.graph.initializer if array.name.endswith(".weights")]
    assert weights[:2] == [f"{name}.weights" for name in expected]
    image = np.ones((1, 3), np.float32)
    assert np.allclose(ask(model, image)[0], network.predict_proba(image), atol=1e-6)


def test_the_same_network_gives_the_same_bytes(tmp_path: Path) -> None:
    for number in range(2):
        save_onnx(Network([784, 20, 10], seed=5), tmp_path / f"{number}.onnx", {"b": 1, "a": 2})
    assert (tmp_path / "0.onnx").read_bytes() == (tmp_path / "1.onnx").read_bytes()
    onnx.checker.check_model(onnx.load(tmp_path / "0.onnx"), full_check=True)


def test_a_network_too_large_for_one_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mnist_ocr.onnx.LARGEST_MODEL", 4 * 7 - 1)
    assert onnx_model(Network([2, 2]))  # six parameters
    with pytest.raises(InputError, match="8 parameters are 32 bytes, and one ONNX file takes 27"):
        onnx_model(Network([3, 2]))


def test_the_command_writes_what_it_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "new folder" / "digits.onnx"
    words = ["export", "--onnx", str(path)]
    assert main(words) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(f"written  {path} (0.4 MB), Network(784-128-10")
    assert lines[1].startswith("takes    images, (N, 784) float32")
    told = {pair.key: pair.value for pair in onnx.load(path).metadata_props}
    network = Network.load(find_model("default"))
    assert told["source"] == "mnist-784-128-10.json"
    assert told["sure_above"] == str(network.metadata["sure_above"])
    assert json.loads(told["training"]) == network.metadata["training"]
    images = draw_digits(20, seed=1)[0].reshape(20, 784).astype(np.float32) / 255
    assert ask(path, images)[1].tolist() == network.predict(images).tolist()

    before = path.read_bytes()
    assert main(words) == 2
    assert "exists already; choose another name, or add --overwrite" in capsys.readouterr().err
    path.write_bytes(b"mine")
    assert main([*words, "--overwrite"]) == 0
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--onnx", "file/model.onnx"], "--onnx file/model.onnx: cannot be written"),
        (["--onnx", "."], "--onnx .: this is a folder"),
        (["--onnx", "x" * 300], "cannot be written"),
        (["--onnx", "m.onnx", "--model", "missing.json"], "missing.json: there is no such model file"),
        (["--onnx", "m.onnx", "--model", "file"], "file: the file is empty"),
    ],
)
def test_what_cannot_be_is_refused_on_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file").touch()
    assert main(["export", *words]) == 2
    refusal = capsys.readouterr()
    assert refusal.out == ""
    assert message in refusal.err
    assert refusal.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == [tmp_path / "file"]


def test_a_full_disk_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    path = tmp_path / "m.onnx"
    assert main(["export", "--onnx", str(path)]) == 2
    assert (
        capsys.readouterr().err == f"error: --onnx {path}: cannot be written: {os.strerror(errno.ENOSPC)}\n"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="only there may a file's name be no text")
def test_a_model_whose_name_is_no_text_is_written(tmp_path: Path) -> None:
    source = os.fsdecode(os.fsencode(tmp_path) + b"/\xff.json")
    Network([784, 10]).save(source)
    assert main(["export", "--model", source, "--onnx", str(tmp_path / "m.onnx")]) == 0
    told = {pair.key: pair.value for pair in onnx.load(tmp_path / "m.onnx").metadata_props}
    assert told["source"] == "\ufffd.json"


def test_a_single_output_node_says_0_or_1() -> None:
    network = Network([3, 4, 1], seed=1)
    images = np.random.default_rng(0).standard_normal((50, 3)).astype(np.float32)
    session = onnxruntime.InferenceSession(onnx_model(network).SerializeToString())
    probabilities, digits = session.run(["probabilities", "digit"], {"images": images})
    assert probabilities == pytest.approx(network.predict_proba(images), abs=1e-6)
    assert digits.tolist() == network.predict(images).tolist()
    assert set(digits) == {0, 1}


@pytest.mark.parametrize(
    ("classes", "kind"),
    [
        ([1, 2, 3], np.int64),
        ([0.5, 1, 2], np.float64),
        (["Ä", "B", "C"], np.object_),
        (["10", 2, "x"], np.object_),
    ],
)
def test_the_answer_is_the_class(classes: list[Any], kind: type) -> None:
    network = Network([4, 3], ["softmax"], seed=1)
    network.metadata = {"training": {"classes": classes}}
    images = np.random.default_rng(0).random((20, 4), np.float32) * 4
    model = onnx_model(network, {"source": "mine.json"})
    _, digits = ask(model, images)
    names = list(map(str, classes)) if kind is np.object_ else classes
    assert digits.dtype == kind
    assert digits.tolist() == [names[index] for index in network.predict(images)]
    assert len(set(digits)) > 1
    told = {pair.key: pair.value for pair in model.metadata_props}
    assert json.loads(told["classes"]) == classes


def test_classes_that_are_the_numbers_of_the_nodes_need_no_table() -> None:
    network = Network([4, 3], ["softmax"], seed=1)
    plain = onnx_model(network)
    network.metadata = {"training": {"classes": [0, 1, 2]}}
    assert onnx_model(network) == plain
