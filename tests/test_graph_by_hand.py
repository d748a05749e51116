"""A network small enough for pencil and paper: two inputs, two hidden nodes, two answers."""

from __future__ import annotations

import math

import pytest

from mnist_ocr import Network
from mnist_ocr.graph import reference


def small_network() -> Network:
    network = Network.zeros([2, 2, 2], ["relu", "softmax"], dtype="float64")
    hidden, output = network.layers[1:]
    hidden.weights = [[1.0, 2.0], [-1.0, 1.0]]
    hidden.biases = [0.5, 0.5]
    output.weights = [[1.0, -2.0], [0.5, 3.0]]
    output.biases = [0.25, 0.0]
    return network


# The image is (3, 1) and the right answer is node 1.
#
#   hidden[0]: total = 0.5 + 1*3 + 2*1  =  5.5      relu ->  5.5
#   hidden[1]: total = 0.5 - 1*3 + 1*1  = -1.5      relu ->  0
#   output[0]: total = 0.25 + 1*5.5 - 2*0 = 5.75
#   output[1]: total = 0.5*5.5 + 3*0      = 2.75
#   softmax:   e^5.75 / (e^5.75 + e^2.75) = 1 / (1 + e^-3) = p,   1 - p
#   loss = -log(1 - p) = log(1 + e^3)
#
# and back:
#   output gradients  = (p, (1 - p) - 1) = (p, -p)
#   output weights    : (p * 5.5, p * 0), (-p * 5.5, -p * 0);  biases (p, -p)
#   hidden[0] gradient = 1*p + 0.5*(-p) = p / 2          (relu is open)
#   hidden[1] gradient = (-2*p + 3*(-p)) * 0 = 0         (relu is shut)
#   hidden weights    : (p/2 * 3, p/2 * 1), (0, 0);      biases (p/2, 0)
#   input gradients   = (1 * p/2 - 1*0, 2 * p/2 + 1*0) = (p/2, p)
P = 1 / (1 + math.exp(-3))


@pytest.mark.parametrize("path", ["fast", "reference"])
def test_every_number_of_a_small_network_is_the_one_worked_out_on_paper(path: str) -> None:
    network = small_network()
    if path == "fast":
        answer = network.forward([3, 1])[0].tolist()
        loss = network.backward([1])
    else:
        answer = reference.forward(network, [3, 1])
        loss = reference.backward(network, [0, 1], to_input=True)

    near = pytest.approx
    assert answer == near([P, 1 - P], abs=1e-15)
    assert loss == near(math.log(1 + math.exp(3)), abs=1e-14)
    inputs, hidden, output = network.layers
    assert [node.total for node in hidden.nodes] == near([5.5, -1.5])
    assert [node.value for node in hidden.nodes] == near([5.5, 0])
    assert [node.total for node in output.nodes] == near([5.75, 2.75])
    assert [node.gradient for node in output.nodes] == near([P, -P])
    assert [node.bias_gradient for node in output.nodes] == near([P, -P])
    assert [[edge.gradient for edge in node.incoming] for node in output.nodes] == [
        near([5.5 * P, 0]),
        near([-5.5 * P, 0]),
    ]
    assert [node.gradient for node in hidden.nodes] == near([P / 2, 0])
    assert [[edge.gradient for edge in node.incoming] for node in hidden.nodes] == [
        near([1.5 * P, 0.5 * P]),
        near([0, 0]),
    ]
    assert [node.gradient for node in inputs.nodes] == near([P / 2, P])


def test_a_step_moves_each_weight_against_its_gradient() -> None:
    network = small_network()
    network.forward([3, 1])
    network.backward([1])
    network.step(0.1)
    hidden, output = network.layers[1:]
    assert hidden.nodes[0].incoming[0].weight == pytest.approx(1 - 0.1 * 1.5 * P)
    assert output.nodes[1].incoming[0].weight == pytest.approx(0.5 + 0.1 * 5.5 * P)
    assert output.nodes[1].bias == pytest.approx(0.1 * P)
    assert hidden.nodes[1].incoming[0].weight == -1


def test_the_gradient_of_a_batch_is_the_mean_over_its_images() -> None:
    network = small_network()
    network.forward([[3, 1], [0, 0]])
    network.backward([1, 1])
    edge = network.output.nodes[1].incoming[0]
    # The second image: hidden totals (0.5, 0.5), both open; output totals 0.25 + 0.5 - 1 = -0.25 and
    # 0.25 + 1.5 = 1.75, so the probability of node 0 is q = 1 / (1 + e^2) and the edge brings -q * 0.5.
    q = 1 / (1 + math.exp(2))
    assert edge.gradients.tolist() == pytest.approx([-5.5 * P, -0.5 * q])
    assert edge.gradient == pytest.approx((-5.5 * P - 0.5 * q) / 2)


def test_squared_error_is_half_the_sum_of_squares() -> None:
    network = Network([1, 1], ["linear"], dtype="float64")
    edge = network.output.nodes[0].incoming[0]
    edge.weight = 2
    network.forward([3])
    # (6 - 4)^2 / 2 = 2; d/d weight = (6 - 4) * 3 = 6
    assert network.backward([[4.0]]) == 2
    assert edge.gradient == 6
