"""What a node does with its total before it passes it on.

A node adds up what its edges bring (its *total*, often written z) and sends on f(total) (its *value*).
Without such a bend between them, many layers could do no more than one. One entry of `ACTIVATIONS` is
everything the program knows about one such f:

* `forward` and `backward` work on whole arrays; the layers use them;
* `reference` and `reference_backward` are the same two formulas over lists of Python floats, one image at a
  time; the readable walk of `reference.py` uses them, and a test holds the two pairs against each other.

"Backward" is the chain rule through f: it takes d loss / d value and gives d loss / d total (the product of a
vector and the Jacobian of f). For all of them it can be written in terms of the *value* alone, so the total
need not be looked at again. The sums run over one image's nodes, because softmax mixes the nodes of a layer;
the others do not.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from mnist_ocr.graph.checks import Array

Variance = Callable[[int, int], float]
"""(fan-in, fan-out) of a layer -> the variance of its initial weights."""


def he(fan_in: int, fan_out: int) -> float:
    """Keeps the size of the signals from layer to layer of relu nodes (He et al., 2015, equation 10)."""
    return 2 / fan_in


def glorot(fan_in: int, fan_out: int) -> float:
    """A compromise between the way there and the way back (Glorot and Bengio, 2010, equation 12)."""
    return 2 / (fan_in + fan_out)


class Activation(NamedTuple):
    """One activation function and its derivative, for arrays and for plain lists.

    Attributes:
        name: the word for it in a model file and on the command line.
        formula: what a node's value is, given its total z.
        initial_variance: of the weights of a layer before it has learned, `he` or `glorot`.
        forward: (totals, out): writes f(totals) into `out`, both (images, nodes); they may be the same array.
        backward: (values, value_gradients, out): writes d loss / d total into `out`, given d loss / d value;
            all (images, nodes).
        reference: totals of one image -> values.
        reference_backward: values and d loss / d value of one image -> d loss / d total.
    """

    name: str
    formula: str
    initial_variance: Variance
    forward: Callable[[Array, Array], None]
    backward: Callable[[Array, Array, Array], None]
    reference: Callable[[list[float]], list[float]]
    reference_backward: Callable[[list[float], list[float]], list[float]]


def _relu(totals: Array, out: Array) -> None:
    np.maximum(totals, 0, out=out)


def _relu_backward(values: Array, value_gradients: Array, out: Array) -> None:
    np.multiply(value_gradients, values > 0, out=out)


def _sigmoid(totals: Array, out: Array) -> None:
    # 1 / (1 + exp(-z)) is (1 + tanh(z / 2)) / 2, and tanh overflows nowhere.
    np.multiply(totals, 0.5, out=out)
    np.tanh(out, out=out)
    out += 1
    out *= 0.5


def _sigmoid_backward(values: Array, value_gradients: Array, out: Array) -> None:
    np.multiply(value_gradients, values * (1 - values), out=out)


def _tanh(totals: Array, out: Array) -> None:
    np.tanh(totals, out=out)


def _tanh_backward(values: Array, value_gradients: Array, out: Array) -> None:
    np.multiply(value_gradients, 1 - values * values, out=out)


def _linear(totals: Array, out: Array) -> None:
    np.copyto(out, totals)


def _linear_backward(values: Array, value_gradients: Array, out: Array) -> None:
    np.copyto(out, value_gradients)  # the derivative of z is 1


def _softmax(totals: Array, out: Array) -> None:
    # Taking the largest total away first changes no quotient and keeps exp from overflowing.
    np.subtract(totals, totals.max(axis=1, keepdims=True), out=out)
    np.exp(out, out=out)
    out /= out.sum(axis=1, keepdims=True)


def _softmax_backward(values: Array, value_gradients: Array, out: Array) -> None:
    # d loss / d z_j = p_j (g_j - sum_k g_k p_k), g = d loss / d p: Bishop (2006), eq. 4.106.
    np.subtract(value_gradients, (value_gradients * values).sum(axis=1, keepdims=True), out=out)
    out *= values


def _reference_softmax(totals: list[float]) -> list[float]:
    largest = max(totals)
    exponentials = [math.exp(total - largest) for total in totals]
    whole = math.fsum(exponentials)
    return [exponential / whole for exponential in exponentials]


def _reference_softmax_backward(values: list[float], gradients: list[float]) -> list[float]:
    mean = math.fsum(value * gradient for value, gradient in zip(values, gradients, strict=True))
    return [value * (gradient - mean) for value, gradient in zip(values, gradients, strict=True)]


def node_by_node(slope: Callable[[float], float]) -> Callable[[list[float], list[float]], list[float]]:
    """The `reference_backward` of a function that looks at one node at a time, given its slope f'(value)."""

    def backward(values: list[float], gradients: list[float]) -> list[float]:
        return [gradient * slope(value) for value, gradient in zip(values, gradients, strict=True)]

    return backward


ACTIVATIONS: dict[str, Activation] = {
    activation.name: activation
    for activation in (
        Activation(
            name="relu",
            formula="max(0, z)",
            initial_variance=he,
            forward=_relu,
            backward=_relu_backward,
            reference=lambda totals: [max(0.0, total) for total in totals],
            reference_backward=node_by_node(lambda value: 1.0 if value > 0 else 0.0),
        ),
        Activation(
            name="sigmoid",
            formula="1 / (1 + exp(-z))",
            initial_variance=glorot,
            forward=_sigmoid,
            backward=_sigmoid_backward,
            reference=lambda totals: [0.5 * (1 + math.tanh(0.5 * total)) for total in totals],
            reference_backward=node_by_node(lambda value: value * (1 - value)),
        ),
        Activation(
            name="tanh",
            formula="tanh(z)",
            initial_variance=glorot,
            forward=_tanh,
            backward=_tanh_backward,
            reference=lambda totals: [math.tanh(total) for total in totals],
            reference_backward=node_by_node(lambda value: 1 - value * value),
        ),
        Activation(
            name="linear",
            formula="z",
            initial_variance=glorot,
            forward=_linear,
            backward=_linear_backward,
            reference=list,
            reference_backward=node_by_node(lambda value: 1.0),
        ),
        Activation(
            name="softmax",
            formula="exp(z) / sum of exp(z) over the layer",
            initial_variance=glorot,
            forward=_softmax,
            backward=_softmax_backward,
            reference=_reference_softmax,
            reference_backward=_reference_softmax_backward,
        ),
    )
}
