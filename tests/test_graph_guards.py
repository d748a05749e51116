"""The objects protect the person who plays with them: a slip is an error that names its place."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_ocr import Network
from mnist_ocr.graph import ACTIVATIONS, LOSSES, Layer
from mnist_ocr.images import read_digit
from mnist_ocr.modelfile import ModelFileError

NO_NUMBERS = [float("nan"), float("inf"), -np.inf, None, "0.5", "much", 1e39, [1, "x"], 1j, 10**400]


@pytest.fixture
def network() -> Network:
    return Network([4, 3, 2], seed=3)


@pytest.mark.parametrize("number", NO_NUMBERS, ids=lambda number: repr(number)[:8])
def test_what_is_no_finite_number_becomes_no_weight_and_no_bias(network: Network, number: object) -> None:
    before = network.parameters.copy()
    node, layer = network.layers[1].nodes[2], network.layers[1]
    with pytest.raises(ValueError, match=r"^input\[1\] -> hidden\[2\]: weight = .*: expected a"):
        node.incoming[1].weight = number
    with pytest.raises(ValueError, match=r"^hidden\[2\]\.bias = .*: expected a"):
        node.bias = number
    with pytest.raises(ValueError, match=r"^hidden\[2\]\.weights\[1\] = "):
        node.weights[1] = number
    with pytest.raises(ValueError, match=r"^hidden\.weights\[2, 1\] = "):
        layer.weights[2, 1] = number
    with pytest.raises(ValueError, match=r"^hidden\.biases\[0\] = "):
        layer.biases[0] = number
    with pytest.raises(ValueError, match=r"^hidden\.weights"):
        layer.weights = number
    with pytest.raises(ValueError, match=r"^learning_rate = "):
        network.step(number)
    assert np.array_equal(before, network.parameters)


def test_an_array_of_another_shape_is_refused_by_the_layers_name(network: Network) -> None:
    with pytest.raises(
        ValueError, match=r"^hidden\.weights: expected numbers of shape \(3, 4\), found \(4, 3\)"
    ):
        network.layers[1].weights = np.zeros((4, 3))
    with pytest.raises(ValueError, match=r"^output\.biases: expected numbers of shape \(2,\), found \(3,\)"):
        network.output.biases = [1, 2, 3]
    with pytest.raises(ValueError, match=r"^hidden\[0\]\.weights: expected numbers of shape \(4,\)"):
        network.layers[1].nodes[0].weights = [1, 2]
    network.layers[1].weights = 0.5  # one number is for all cells
    assert (network.layers[1].weights == 0.5).all()


@pytest.mark.parametrize(
    ("what", "name", "likely"),
    [
        (lambda n: n.layers[1], "bias", "biases"),
        (lambda n: n, "wieghts", None),
        (lambda n: n, "parameter", "parameters"),
        (lambda n: n.layers[1], "wieghts", "weights"),
        (lambda n: n.layers[1].nodes[0], "baias", "bias"),
        (lambda n: n.layers[1].nodes[0].incoming[0], "wieght", "weight"),
    ],
)
def test_an_unknown_attribute_is_refused_and_the_likely_one_named(network, what, name, likely) -> None:
    found = what(network)
    hint = f"; did you mean '{likely}'?" if likely else ""
    with pytest.raises(AttributeError) as error:
        setattr(found, name, 1)
    assert str(error.value) == f"{type(found).__name__} has no attribute {name!r}{hint}"


@pytest.mark.parametrize("dtype", ["uint8", "int8", "uint16", "int32", "int64", "uint64"])
def test_pixels_of_any_whole_number_type_are_refused(dtype: str) -> None:
    image = np.zeros(784, dtype)
    image[400] = 100
    for found in (image, image.reshape(28, 28), image.reshape(1, 28, 28), image.tolist()):
        with pytest.raises(ValueError, match="divide by 255"):
            Network([784, 2]).forward(found)
    Network([784, 2]).forward(image / 255)
    if dtype != "uint8":
        Network([784, 2]).forward(np.minimum(image, 1))  # black and white


def test_a_file_name_points_at_the_function_that_reads_it(network: Network) -> None:
    with pytest.raises(ValueError, match=r"'digit.png'; to read a picture file: .*read_digit"):
        network.forward("digit.png")
    with pytest.raises(ValueError, match="expected numbers"):
        network.forward(None)
    network.forward([0, 0, 1, 0])
    with pytest.raises(ValueError, match="expected numbers"):
        network.backward("7")
    with pytest.raises(ValueError, match="expected numbers"):
        network.forward([[1, 2], [3]])
    with pytest.raises(ValueError, match=r"shape \(3,\) for layer 'input': expected \(784,\)"):
        Network([784, 2]).forward([7, 8, 9])  # the length is what is wrong


def test_a_reading_is_not_an_image_but_its_pixels_are() -> None:
    reading = read_digit(np.pad(np.full((60, 8), 200, np.uint8), 30))
    with pytest.raises(ValueError, match="found Reading; its pixels / 255 are one"):
        Network([784, 2]).forward(reading)
    Network([784, 2]).forward(reading.pixels / 255)


@pytest.mark.parametrize(
    ("what", "name"),
    [
        (lambda n: n, "layers"),
        (lambda n: n.layers[1], "size"),
        (lambda n: n.layers[1], "activation"),
        (lambda n: n.layers[1], "previous"),
        (lambda n: n.layers[1].nodes[0], "index"),
        (lambda n: n.layers[1].nodes[0].incoming[0], "source"),
    ],
)
def test_the_structure_is_fixed(network: Network, what: Any, name: str) -> None:
    found = what(network)
    before = getattr(found, name)
    with pytest.raises(AttributeError, match=f"^{name} of .* cannot be changed"):
        setattr(found, name, 3)
    assert getattr(found, name) is before
    with pytest.raises((TypeError, AttributeError)):
        network.layers.append(network.layers[0])


def test_the_loss_is_chosen_by_its_name(network: Network) -> None:
    network.loss = "squared-error"
    assert network.loss is LOSSES["squared-error"]
    with pytest.raises(ValueError, match="binary-cross-entropy needs a sigmoid output layer"):
        network.loss = "binary-cross-entropy"
    with pytest.raises(ValueError, match="unknown loss 3"):
        network.loss = 3


def test_an_edge_has_no_gradients_of_other_images(network: Network) -> None:
    network.forward(np.ones((2, 4)))
    edge = network.layers[1].nodes[0].incoming[1]
    with pytest.raises(AttributeError, match="no backward since the last forward"):
        _ = edge.gradients
    network.backward([0, 1])
    assert edge.gradients.shape == (2,)


@pytest.mark.parametrize(
    "change",
    [
        "network.layers[1].weights += np.nan",
        "network.layers[1].weights[0] += np.inf",
        "network.layers[1].weights *= 1e39",
        "network.layers[1].biases /= 0",
        "network.layers[1].nodes[0].weights *= 1e39",
        "weights = network.layers[1].weights; weights += np.nan",
        "np.add(network.layers[1].weights, np.inf, out=network.layers[1].weights)",
    ],
)
def test_a_change_in_place_that_is_refused_is_not_carried_out(network: Network, change: str) -> None:
    before = network.parameters.copy()
    with pytest.raises(ValueError, match="expected a finite float32 number"):
        exec(change, {"network": network, "np": np})  # noqa: S102
    assert np.array_equal(network.parameters, before)


def test_a_change_in_place_is_carried_out(network: Network) -> None:
    weights = network.layers[1].weights.copy()
    network.layers[1].weights *= 2
    network.layers[1].weights[0] += 1
    expected = np.asarray(weights) * 2
    expected[0] += 1
    assert np.array_equal(network.layers[1].weights, expected)


def test_the_input_layer_has_no_weights_to_assign(network: Network) -> None:
    with pytest.raises(AttributeError, match="no edges lead into them"):
        network.input.weights = 1
    with pytest.raises(AttributeError, match="they have no bias"):
        network.input.biases = 1


def test_a_dictionary_shares_nothing_with_its_network(network: Network) -> None:
    network.metadata["training"] = {"notes": [1]}
    document = network.to_dict()
    document["about"].append("x")
    document["training"]["notes"].append(2)
    twin = Network.from_dict(document)
    document["training"]["notes"].append(3)
    assert "x" not in network.to_dict()["about"]
    assert network.metadata["training"] == {"notes": [1]}
    assert twin.metadata["training"] == {"notes": [1, 2]}


def test_what_could_not_be_loaded_is_not_saved(tmp_path: Path, network: Network) -> None:
    network.metadata["sure_above"] = 3
    with pytest.raises(ValueError, match="sure_above: expected a confidence between 0 and 1, found 3"):
        network.save(tmp_path / "model.json")
    network.metadata = {}
    with pytest.raises(ValueError, match="the name '' of a node: expected 1 to 100 printable characters"):
        network.layers[1].nodes[0].name = ""
    network.layers[1].nodes[0].name = "hidden[0]"  # as it is called anyway
    network.save(tmp_path / "model.json")
    assert Network.load(tmp_path / "model.json") == network
    for broken in ({"training": {1, 2}}, {"about": object()}, {3: 1}):
        with pytest.raises(ModelFileError):
            Network.from_dict({**network.to_dict(), **broken})


def test_several_numbers_are_no_weight(network: Network) -> None:
    edge = network.layers[1].nodes[0].incoming[1]
    with pytest.raises(ValueError, match=r"weight = \[1, 2\]: expected one number"):
        edge.weight = [1, 2]
    with pytest.raises(ValueError, match=r"sizes \[784\]: expected at least two"):
        Network(784)


def test_a_path_can_be_typed_and_gives_and_takes_the_number(network: Network) -> None:
    edge = network.layers[2].nodes[1].incoming[2]
    exec(f"network.{edge.path} = 0.625")  # noqa: S102
    assert edge.weight == 0.625
    assert eval(f"network.{edge.path}") == 0.625  # noqa: S307
    row = network.layers[2].nodes[1].weights
    assert np.shares_memory(row, network.parameters)
    network.layers[2].nodes[1].weights = [1, 2, 3]
    assert row.tolist() == [1, 2, 3]
    with pytest.raises(AttributeError, match="no edges lead into them"):
        _ = network.input.nodes[0].weights


def test_what_is_computed_from_weights_is_an_ordinary_array(network: Network) -> None:
    doubled = network.layers[1].weights * 2
    assert type(doubled) is np.ndarray
    doubled[0, 0] = np.nan
    assert type(network.layers[1].weights.sum()) is np.float32
    assert repr(network.output.biases) == "array([0., 0.], dtype=float32)"
    network.layers[1].weights *= 2
    with pytest.raises(ValueError, match=r"^hidden\.weights"):
        network.layers[1].weights = doubled


def test_a_layer_is_whole_as_soon_as_it_is_made() -> None:
    below = Layer("input", 2, ACTIVATIONS["linear"])
    above = Layer("output", 3, ACTIVATIONS["tanh"], below, dtype="float64")
    assert below.next is above
    assert above.previous is below
    assert (above.index, above.weights.shape, above.biases.dtype) == (1, (3, 2), np.float64)
    above.weights[1] = [0.5, -1]
    below.values = np.array([[2.0, 0.25]])
    above.forward()
    assert above.values.tolist() == [[0, np.tanh(0.75), 0]]


@pytest.mark.parametrize(
    ("hidden", "last"), [("relu", "softmax"), ("tanh", "sigmoid"), ("sigmoid", "linear")]
)
def test_a_nodes_value_gradient_is_the_slope_of_the_loss(hidden: str, last: str) -> None:
    network = Network([3, 4, 2], [hidden, last], dtype="float64", seed=5)
    network.forward([0.2, 0.7, 0.4])
    network.backward([1])
    for layer in network.layers:
        expected = np.empty_like(layer.gradients)
        layer.activation.backward(layer.values, layer.value_gradients, expected)
        assert layer.gradients == pytest.approx(expected, abs=1e-12)
    # d loss / d value of a hidden node: nudge its value and go on from there.
    node, nudge = network.layers[1].nodes[2], 1e-6
    losses = []
    for change in (nudge, -nudge):
        values = network.layers[1].values.copy()
        values[0, 2] += change
        totals, out = np.empty((1, 2)), np.empty((1, 2))
        network.output.propagate(values, totals, out)
        losses.append(network.loss.per_image(totals, out, np.array([[0.0, 1.0]]))[0])
    assert node.value_gradient == pytest.approx((losses[0] - losses[1]) / (2 * nudge), rel=1e-6)
    assert node.value_gradients.tolist() == [node.value_gradient]


def test_binary_cross_entropy_is_the_usual_loss_of_a_sigmoid_and_survives_large_totals() -> None:
    network = Network.zeros([1, 1], dtype="float64")
    assert network.loss is LOSSES["binary-cross-entropy"]
    network.output.weights = 3
    network.forward([1.0])
    # sigmoid(3) = 1 / (1 + e^-3); for the target 0, -log(1 - a) = log(1 + e^3); d / d total = a - 0
    assert network.backward([[0]]) == pytest.approx(np.log1p(np.exp(3)), rel=1e-12)
    assert network.output.nodes[0].gradient == pytest.approx(1 / (1 + np.exp(-3)), rel=1e-12)
    assert network.predict([[1.0], [-1.0]]).tolist() == [1, 0]
    network.output.weights = 1e4
    network.forward([1.0])
    assert network.backward([[0]]) == pytest.approx(1e4)
    with pytest.raises(ValueError, match="expected numbers from 0 to 1"):
        network.backward([[1.5]])


def test_one_picture_with_black_pixels_goes_the_same_way_as_many() -> None:
    network = Network([784, 128, 10], dtype="float64", seed=1)
    images = np.random.default_rng(0).random((3, 784)) * (np.random.default_rng(1).random((3, 784)) < 0.2)
    together = network.forward(images)
    gradients = []
    for image, expected in zip(images, together, strict=True):
        network.layers[1].weight_gradients = 99  # what earlier images left is overwritten
        assert network.forward(image)[0] == pytest.approx(expected, abs=1e-12)
        network.backward([4])
        gradients.append(network.gradients.copy())
    network.forward(images)
    network.backward([4, 4, 4])
    assert np.mean(gradients, axis=0) == pytest.approx(network.gradients, abs=1e-12)


def test_the_dictionary_is_the_model_file_and_on_request_the_state(tmp_path: Path, network: Network) -> None:
    network.metadata["training"] = {"epochs": 3}
    network.layers[1].nodes[0].name = "upper loop"
    document = network.to_dict()
    network.save(tmp_path / "model.json")
    assert document == json.loads((tmp_path / "model.json").read_text(encoding="utf-8"))
    twin = Network.from_dict(json.loads(json.dumps(document)))
    assert twin == network
    assert twin.metadata["training"] == {"epochs": 3}
    with pytest.raises(ValueError, match="the state of 0 images: expected one"):
        network.to_dict(state=True)
    network.forward([0.1, 0.2, 0.3, 0.4])
    node = network.to_dict(state=True)["layers"][1]["nodes"][0]
    assert node["name"] == "upper loop"
    assert node["total"] == pytest.approx(float(network.layers[1].nodes[0].total))
    assert "gradient" not in node
    network.backward([1])
    state = network.to_dict(state=True)
    assert np.float32(state["layers"][2]["nodes"][1]["gradient"]) == network.output.nodes[1].gradient
    assert np.float32(state["layers"][0]["nodes"][3]["value"]) == np.float32(0.4)
    json.dumps(state, allow_nan=False)
    broken = {
        **document,
        "layers": [*document["layers"][:2], {**document["layers"][2], "activation": "reul"}],
    }
    with pytest.raises(ValueError, match=r"layers\[2\]\.activation: expected one of relu"):
        Network.from_dict(broken)


def test_shipped_networks_load_by_their_names(tmp_path: Path) -> None:
    assert Network.load("default").sizes == [784, 128, 10]
    code = "from mnist_ocr import Network; print(Network.load('strong').sizes)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parent.parent,
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.split() == ["[784,", "1000,", "500,", "10]"]
    with pytest.raises(ValueError, match="no such model file; the shipped ones are default and strong"):
        Network.load(tmp_path / "mine.json")


def test_a_file_of_an_earlier_version_says_squared_error(tmp_path: Path) -> None:
    document = Network([2, 1], ["sigmoid"], "squared-error", seed=1).to_dict()
    document["loss"] = "squared error"
    assert Network.from_dict(document).loss.name == "squared-error"
    del document["loss"]  # what such a file always meant
    assert Network.from_dict(document).loss.name == "squared-error"


def test_a_deep_network_is_copied(tmp_path: Path) -> None:
    network = Network([2] * 900, "tanh", seed=1)
    assert network.copy() == network
