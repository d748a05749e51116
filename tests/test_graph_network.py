"""The verbs of a network, the shapes it takes, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest

from mnist_ocr import Network


@pytest.mark.parametrize(
    ("sizes", "parameters"),
    [([784, 10], 7850), ([784, 128, 10], 101_770), ([784, 256, 128, 64, 10], 242_762), ([2, 3, 1], 13)],
)
def test_any_depth(sizes: list[int], parameters: int) -> None:
    network = Network(sizes, seed=0)
    assert network.sizes == sizes
    assert network.parameters.size == parameters
    answer = network.forward(np.ones((3, sizes[0])))
    assert answer.shape == (3, sizes[-1])
    assert np.isfinite(network.backward(np.eye(sizes[-1])[[0, 0, 0]]))


@pytest.mark.parametrize(
    ("activation", "rate"), [("tanh", 0.5), ("sigmoid", 2.0), ("relu", 0.3)], ids=["tanh", "sigmoid", "relu"]
)
def test_it_learns_xor(activation: str, rate: float) -> None:
    inputs, targets = [[0, 0], [0, 1], [1, 0], [1, 1]], [[0.0], [1.0], [1.0], [0.0]]
    network = Network([2, 8, 1], [activation, "sigmoid"], seed=4)
    network.forward(inputs)
    first = network.backward(targets)
    for _ in range(5000):
        network.forward(inputs)
        last = network.backward(targets)
        network.step(rate)
    assert network.predict_proba(inputs).round().ravel().tolist() == [0, 1, 1, 0]
    assert last < first / 10


def test_layers_are_named_by_their_place() -> None:
    assert [layer.name for layer in Network([2, 3, 2]).layers] == ["input", "hidden", "output"]
    names = [layer.name for layer in Network([2, 3, 3, 2]).layers]
    assert names == ["input", "hidden1", "hidden2", "output"]


def test_the_same_seed_gives_the_same_bits() -> None:
    assert Network([4, 3]) != Network([4, 3])  # without a seed they are drawn at random
    assert not Network.zeros([4, 3]).parameters.any()
    assert np.array_equal(Network([9, 8, 7], seed=5).parameters, Network([9, 8, 7], seed=5).parameters)
    assert not np.array_equal(Network([9, 8, 7], seed=5).parameters, Network([9, 8, 7], seed=6).parameters)


@pytest.mark.parametrize(
    ("activation", "variance"),
    # He et al. (2015), eq. 10: 2 / fan-in. Glorot and Bengio (2010), eq. 12: 2 / (fan-in + fan-out).
    [("relu", 2 / 1000), ("tanh", 2 / 1500), ("sigmoid", 2 / 1500), ("linear", 2 / 1500)],
)
def test_initial_weights_are_those_of_the_books(activation: str, variance: float) -> None:
    network = Network([1000, 500, 10], activation, seed=0)
    assert network.layers[1].weights.std() == pytest.approx(np.sqrt(variance), rel=0.01)
    assert network.layers[2].weights.std() == pytest.approx(np.sqrt(2 / 510), rel=0.05)
    assert not network.layers[1].biases.any()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_predict_and_forward_agree_and_keep_the_precision(dtype: str) -> None:
    network = Network([20, 7, 5], dtype=dtype, seed=2)
    images = np.random.default_rng(0).random((3000, 20))
    forward = network.forward(images)
    assert forward.dtype == dtype
    assert np.allclose(network.predict_proba(images), forward, atol=1e-6)
    assert np.array_equal(network.predict(images), forward.argmax(axis=1))
    assert forward.sum(axis=1) == pytest.approx(np.ones(3000), abs=1e-5)


def test_one_image_may_have_any_shape_of_the_right_size() -> None:
    network = Network([784, 10], seed=0)
    image = np.random.default_rng(1).random((28, 28))
    assert np.array_equal(network.forward(image), network.forward(image.reshape(1, 784)))
    assert network.forward(np.stack([image, image])).shape == (2, 10)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([784],), "at least two"),
        (([784, 0, 10],), "positive whole numbers"),
        (([784, 1.5, 10],), "positive whole numbers"),
        (([2, 2], "reul"), "unknown activation 'reul'.*relu, sigmoid"),
        (([2, 2, 2], ["relu"]), "1 activations for 2 layers"),
        (([2, 2], ["sigmoid"], "cross-entropy"), "needs a softmax output layer"),
        (
            ([2, 2], "relu", "hinge"),
            "unknown loss 'hinge': expected one of cross-entropy, binary-cross-entropy, squared-error$",
        ),
    ],
)
def test_what_makes_no_network_is_refused(arguments, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Network(*arguments)


def test_other_precisions_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^dtype float16: expected float32 or float64$"):
        Network([2, 2], dtype="float16")


@pytest.mark.parametrize(
    ("images", "message"),
    [
        ([1, 2, 3], r"shape \(3,\) for layer 'input': expected \(4,\)"),
        (np.ones((2, 5)), r"shape \(2, 5\)"),
        (np.ones((0, 4)), r"shape \(0, 4\)"),
        (3.0, r"shape \(\)"),
        ([1, 2, float("nan"), 4], "image 0, input 2 is nan"),
        ([[1, 2, 3, 4], [1, 2, 3, float("inf")]], "image 1, input 3 is inf"),
        (
            np.ones(4, np.uint8),
            r"^images of whole numbers \(uint8\), such as bytes of 0 to 255: .* divide by 255$",
        ),
    ],
)
def test_images_that_do_not_fit_are_refused(images, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Network([4, 2]).forward(images)


@pytest.mark.parametrize(
    ("targets", "message"),
    [
        ([2, 0], "label 2: expected 0 to 1"),
        ([-1, 0], "label -1"),
        ([0, 7], "label 7"),
        ([[0], [1]], r"shape \(2, 1\) for layer 'output': expected 2 whole numbers"),
        ([0], r"shape \(1,\) for layer 'output': expected 2 whole numbers"),
        ([0.5, 0.5], r"shape \(2,\)"),
        ([[0.5, 0.2], [1, 0]], "add up to 1"),
        ([[float("nan"), 0], [1, 0]], "finite"),
    ],
)
def test_targets_that_do_not_fit_are_refused(targets, message: str) -> None:
    network = Network([4, 2])
    network.forward(np.ones((2, 4)))
    with pytest.raises(ValueError, match=message):
        network.backward(targets)


def test_whole_numbers_are_the_values_of_a_single_output_and_not_labels() -> None:
    network = Network([2, 3, 1], seed=1)
    inputs = [[0, 0], [0, 1], [1, 0], [1, 1]]
    network.forward(inputs)
    assert network.backward([0, 1, 1, 0]) == network.backward([[0.0], [1.0], [1.0], [0.0]])
    said = float(network.output.values[0, 0])
    assert network.losses([0, 1, 1, 0])[0] == pytest.approx(-np.log(1 - said), rel=1e-5)
    assert network.predict(inputs).tolist() == [int(value >= 0.5) for value in network.output.values[:, 0]]


def test_assigning_all_parameters_at_once_reaches_every_edge() -> None:
    network = Network([2, 3, 2], seed=1)
    network.parameters = np.arange(network.parameters.size)
    assert network.output.nodes[1].bias == network.parameters.size - 1
    network.gradients = np.ones_like(network.parameters)
    network.step(1)
    assert network.output.nodes[1].bias == network.parameters.size - 2


def test_backward_before_forward_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^backward needs a forward first: there is no answer to compare"):
        Network([4, 2]).backward([0])


def test_losses_are_what_backward_takes_the_mean_of() -> None:
    network = Network([4, 3], seed=1)
    network.forward(np.random.default_rng(2).random((6, 4)))
    labels = [0, 1, 2, 0, 1, 2]
    assert network.losses(labels).mean() == pytest.approx(network.backward(labels))


def test_cross_entropy_survives_totals_that_overflow_exp() -> None:
    network = Network([1, 2], seed=0)
    network.output.weights = [[1e4], [-1e4]]
    network.forward([1])
    assert network.backward([1]) == pytest.approx(2e4)
    assert network.output.nodes[0].gradient == pytest.approx(1)


def test_without_checks_the_images_are_looked_at_in_place() -> None:
    network = Network([3, 4, 2], dtype="float64", seed=2)
    images = np.random.default_rng(0).random((5, 3))
    expected = network.predict_proba(images)
    network.forward(images, check=False)
    assert network.input.values is images
    assert network.output.values == pytest.approx(expected, abs=1e-12)
    network.backward(np.eye(2)[[0, 1, 1, 0, 1]], check=False, to_input=False)
    gradients = network.gradients.copy()
    assert len(network.input.gradients) == 0  # nobody asked for them
    network.forward(images)
    network.backward([0, 1, 1, 0, 1])
    assert gradients == pytest.approx(network.gradients, abs=1e-12)
    assert network.input.gradients.shape == (5, 3)


def test_losses_of_a_batch_are_those_of_its_images() -> None:
    network = Network([3, 4, 3], dtype="float64", seed=2)
    network.parameters *= 9  # far apart, so that one image's largest total is not another's
    images = 30 * np.random.default_rng(0).standard_normal((6, 3))
    labels = [0, 1, 2, 2, 1, 0]
    each = []
    for image, label in zip(images, labels, strict=True):
        network.forward(image)
        each.append(network.backward([label]))
    network.forward(images)
    assert network.losses(labels) == pytest.approx(each, rel=1e-12, abs=1e-12)


def test_many_images_are_answered_some_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    network = Network([2, 3, 2], seed=1)
    images = np.random.default_rng(0).random((10, 2)).astype("float32")
    whole = network.predict_proba(images)
    seen = []
    propagate = type(network.layers[1]).propagate

    def noted(layer, signals, totals, values):
        seen.append(len(signals))
        propagate(layer, signals, totals, values)

    monkeypatch.setattr("mnist_ocr.graph.network._IMAGES_AT_ONCE", 4)
    monkeypatch.setattr(type(network.layers[1]), "propagate", noted)
    assert network.predict_proba(images) == pytest.approx(whole, abs=1e-6)
    assert seen == [4, 4, 4, 4, 2, 2]  # two layers each time
    assert network.predict_proba(images.astype("float64")).dtype == np.float32


def test_labels_are_told_from_rows_by_their_shape_and_type() -> None:
    network = Network([2, 2], seed=1)
    network.forward([[0, 1]])
    loss = network.backward([1])
    assert network.backward([[0, 1]]) == loss  # one-hot
    assert network.backward([[0.0, 1.0]]) == loss
    with pytest.raises(ValueError, match=r"^label 2: expected 0 to 1, one for each output node$"):
        network.backward([2])
    with pytest.raises(ValueError, match=r"^label -1: expected 0 to 1"):
        network.backward([-1])
    with pytest.raises(ValueError, match=r"^targets for cross-entropy: expected rows that add up to 1$"):
        network.backward([[0.5, 0.6]])
    with pytest.raises(ValueError, match=r"^targets: expected finite numbers$"):
        network.backward([[np.nan, 1]])
    with pytest.raises(ValueError, match=r"^targets of shape \(1, 1, 2\)"):
        network.backward([[[0, 1]]])


def test_targets_need_not_add_up_to_1_to_the_last_digit() -> None:
    network = Network([2, 3], seed=1)
    network.forward([0, 1])
    network.backward(np.array([0.3, 0.3, 0.39995]))
    with pytest.raises(ValueError, match="add up to 1"):
        network.backward(np.array([0.3, 0.3, 0.3995]))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_gradients_have_the_networks_precision_before_there_are_any(dtype: str) -> None:
    assert Network([2, 3], dtype=dtype).gradients.dtype == dtype


def test_the_second_batch_is_computed_where_the_first_one_was() -> None:
    network = Network([2, 3], seed=1)
    network.forward(np.ones((5, 2)))
    first = network.output.values
    for images in (5, 3):
        network.forward(np.ones((images, 2)))
        assert network.output.values.shape == (images, 3)
        assert np.shares_memory(first, network.output.values)


def test_a_false_alarm_of_the_matrix_library_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library sometimes reports an invalid number where there is none, depending on what is in memory."""
    exact = np.matmul

    def with_an_alarm(*arrays, **options):
        np.multiply(np.array([np.inf]), 0)
        return exact(*arrays, **options)

    network = Network([5, 6, 2], "tanh", seed=1)
    monkeypatch.setattr(np, "matmul", with_an_alarm)
    with pytest.warns(RuntimeWarning, match="invalid"):
        np.matmul(np.eye(2), np.eye(2))
    network.forward(np.ones(5))  # a warning would be an error here
    network.backward([1])
    network.predict(np.ones((3, 5)))


def test_an_overflow_is_told() -> None:
    network = Network.zeros([5, 6, 2])
    network.parameters[...] = 3e38
    with pytest.warns(RuntimeWarning, match="overflow"):
        network.forward(np.ones(5))
