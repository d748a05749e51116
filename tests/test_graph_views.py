"""Nodes and edges are views: they read and write the numbers that the fast path computes with."""

from __future__ import annotations

import copy
import gc
import pickle

import numpy as np
import pytest

from mnist_ocr import Edge, Network


@pytest.fixture
def network() -> Network:
    return Network([4, 3, 2], seed=3)


def test_an_edge_is_one_object_at_both_of_its_ends(network: Network) -> None:
    for below, above in zip(network.layers, network.layers[1:], strict=False):
        for i, source in enumerate(below.nodes):
            for j, target in enumerate(above.nodes):
                edge = source.outgoing[j]
                assert edge is target.incoming[i]
                assert (edge.source, edge.target) == (source, target)


def test_edges_at_the_ends_of_the_network_are_none(network: Network) -> None:
    assert network.input.nodes[0].incoming == ()
    assert network.output.nodes[0].outgoing == ()


def test_setting_a_weight_changes_the_next_answer_and_the_flat_vector(network: Network) -> None:
    before = network.predict_proba([1, 2, 3, 4])
    edge = network.layers[1].nodes[1].incoming[2]
    edge.weight = 0.75
    assert network.layers[1].weights[1, 2] == 0.75
    assert np.count_nonzero(network.parameters == 0.75) == 1
    assert not np.array_equal(before, network.predict_proba([1, 2, 3, 4]))


def test_cutting_every_edge_into_a_node_leaves_its_bias(network: Network) -> None:
    node = network.layers[1].nodes[0]
    node.bias = 0.5
    for edge in node.incoming:
        edge.weight = 0
    network.forward([9, 9, 9, 9])
    assert node.total == node.value == 0.5


def test_values_and_gradients_can_be_written_too(network: Network) -> None:
    network.forward([1, 2, 3, 4])
    network.backward([0])
    node = network.layers[1].nodes[0]
    edge = node.outgoing[1]
    node.value, node.total, node.gradient, node.bias_gradient, edge.gradient = 2, 3, 4, 5, 6
    layer = network.layers[1]
    assert (layer.values[0, 0], layer.totals[0, 0], layer.gradients[0, 0]) == (2, 3, 4)
    assert (layer.bias_gradients[0], network.output.weight_gradients[1, 0]) == (5, 6)
    assert edge.value == 2 * edge.weight


def test_edge_values_and_the_bias_add_up_to_the_total(network: Network) -> None:
    network.forward([0.1, 0.2, 0.3, 0.4])
    for layer in network.layers[1:]:
        for node in layer.nodes:
            total = sum(float(edge.value) for edge in node.incoming) + float(node.bias)
            assert total == pytest.approx(float(node.total), abs=1e-6)


def test_assigning_a_layers_array_writes_into_it(network: Network) -> None:
    layer = network.output
    edge = layer.nodes[1].incoming[2]
    layer.weights = np.arange(6).reshape(2, 3)
    assert edge.weight == 5
    assert network.parameters[-3] == 5  # two biases follow


def test_after_a_batch_a_node_has_no_single_value(network: Network) -> None:
    node = network.layers[1].nodes[2]
    network.forward(np.ones((5, 4)))
    with pytest.raises(AttributeError, match=r"hidden\[2\] saw 5 images .* node\.values"):
        _ = node.value
    assert node.values.shape == (5,)
    network.backward([0] * 5)
    with pytest.raises(AttributeError, match=r"node\.gradients"):
        _ = node.gradient
    network.forward([1, 1, 1, 1])
    assert node.value == node.values[0]


def test_two_images_are_a_batch_already(network: Network) -> None:
    network.forward(np.ones((2, 4)))
    said = "hidden[2] saw 2 images and has a value for each: use node.values, or run one image"
    with pytest.raises(AttributeError) as error:
        _ = network.layers[1].nodes[2].value
    assert str(error.value) == said


def test_a_node_and_an_edge_can_be_sent_to_another_process(network: Network) -> None:
    network.forward([1, 2, 3, 4])
    node = network.layers[1].nodes[2]
    sent = pickle.loads(pickle.dumps(node))  # noqa: S301
    assert (sent.name, sent.index, sent.bias) == (node.name, 2, node.bias)
    assert [edge.weight for edge in sent.incoming] == [edge.weight for edge in node.incoming]
    edge = node.incoming[1]
    other = pickle.loads(pickle.dumps(edge))  # noqa: S301
    assert (other.path, other.weight) == (edge.path, edge.weight)
    assert other.target.incoming[1].weight == edge.weight


def test_a_gradient_of_earlier_images_is_not_shown_for_new_ones(network: Network) -> None:
    network.forward([1, 2, 3, 4])
    network.backward([1])
    assert network.layers[1].nodes[0].gradient is not None
    network.forward([4, 3, 2, 1])
    with pytest.raises(AttributeError, match="no backward since the last forward"):
        _ = network.layers[1].nodes[0].gradient


def test_nodes_say_what_they_cannot_have(network: Network) -> None:
    pixel = network.input.nodes[0]
    with pytest.raises(AttributeError, match="no forward yet"):
        _ = pixel.value
    with pytest.raises(AttributeError, match="no bias"):
        _ = pixel.bias
    with pytest.raises(AttributeError, match="no bias"):
        pixel.bias_gradient = 1
    network.forward([1, 2, 3, 4])
    with pytest.raises(AttributeError, match="an input"):
        _ = pixel.total


def test_backward_overwrites(network: Network) -> None:
    network.forward([1, 2, 3, 4])
    network.backward([1])
    once = network.gradients.copy()
    network.backward([1])
    assert np.array_equal(once, network.gradients)
    assert np.any(once != 0)


def test_predicting_leaves_every_node_as_it_is(network: Network) -> None:
    network.forward([1, 2, 3, 4])
    before = [layer.values.copy() for layer in network.layers]
    network.predict(np.ones((2000, 4)))
    assert all(np.array_equal(a, layer.values) for a, layer in zip(before, network.layers, strict=True))


def test_the_callers_image_is_not_written_into(network: Network) -> None:
    image = np.ones(4, np.float32)
    network.forward(image)
    network.input.nodes[0].value = 7
    assert image[0] == 1


def test_reprs_tell_the_ends_and_the_numbers(network: Network) -> None:
    edge = network.layers[1].nodes[1].incoming[2]
    edge.weight = 0.1  # float32 has no 0.1; what is shown is the text that stands in the file
    assert repr(edge) == "Edge(input[2] -> hidden[1], weight=0.1, gradient=0.0)"
    assert repr(edge.target) == "Node(hidden[1], bias=0.0, 4 in, 2 out)"
    network.forward([1, 0, 0, 0])
    assert repr(network.input.nodes[0]) == "Node(input[0], value=1.0, 0 in, 3 out)"
    network.backward([0])
    assert "gradient=" in repr(edge.target)
    assert repr(network.output.nodes[0]).endswith(", 3 in, 0 out)")
    assert repr(network.layers[0]) == "Layer(input, 4 nodes)"
    assert repr(network.layers[1]) == "Layer(hidden, 3 nodes, relu, 12 edges)"
    assert edge.path == "layers[1].nodes[1].weights[2]"


def test_printing_a_network_is_a_table() -> None:
    assert str(Network([784, 128, 10])).splitlines() == [
        "Network(784-128-10, relu, softmax, cross-entropy, float32)",
        "layer   nodes  activation    edges  parameters",
        "input     784",
        "hidden    128  relu        100,352     100,480",
        "output     10  softmax       1,280       1,290",
        "total     922              101,632     101,770",
    ]


def test_a_node_can_be_given_a_name(network: Network) -> None:
    other = copy.deepcopy(network)
    network.layers[1].nodes[1].name = "upper loop"
    assert network.layers[1].nodes[1].outgoing[0].source.name == "upper loop"
    assert network != other


def pickled(network: Network) -> Network:
    return pickle.loads(pickle.dumps(network))  # noqa: S301


@pytest.mark.parametrize("clone", [copy.deepcopy, copy.copy, pickled, Network.copy])
def test_copies_are_equal_and_independent(clone) -> None:
    network = Network([784, 128, 10], seed=1)
    _ = [edge for layer in network.layers for node in layer.nodes for edge in node.incoming]
    network.forward(np.linspace(0, 1, 784))
    network.backward([3])
    other = clone(network)
    assert other == network
    assert np.array_equal(other.gradients, network.gradients)
    assert other.predict([0.5] * 784) == network.predict([0.5] * 784)
    other.layers[1].nodes[0].incoming[0].weight = 42
    assert other != network
    assert 42 in other.parameters
    assert 42 not in network.parameters
    assert 42 not in network.layers[1].weights
    other.step(0.1)
    assert isinstance(other.layers[2].nodes[0].incoming[0], Edge)


def test_what_is_sent_holds_no_images_and_no_objects_of_nodes() -> None:
    used, fresh = Network([4, 3, 2], seed=1), Network([4, 3, 2], seed=1)
    used.forward(np.ones((1000, 4)))
    assert len(used.layers[1].nodes) == 3
    assert len(pickle.dumps(used)) == len(pickle.dumps(fresh))


def test_networks_differ_by_anything_that_matters() -> None:
    same = Network([2, 3, 2], seed=1)
    assert same == Network([2, 3, 2], seed=1)
    for other in (
        Network([2, 3, 2], seed=2),
        Network([2, 3, 2], "tanh", seed=1),
        Network([2, 3, 2], seed=1, dtype="float64"),
        Network([2, 3, 2], loss="squared-error", seed=1),
        Network([2, 4, 2], seed=1),
        "a network",
    ):
        assert same != other


def test_one_hundred_thousand_edges_are_cheap_to_hold() -> None:
    import tracemalloc

    network = Network([784, 128, 10])
    gc.collect()
    tracemalloc.start()
    edges = sum(len(node.incoming) for layer in network.layers for node in layer.nodes)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert edges == 101_632
    assert held < 7_000_000
