"""What a node does with its total before it passes it on.

A node adds up what its edges bring (its *total*, often written z) and sends on f(total) (its
*value*). One entry of `ACTIVATIONS` is everything the program knows about one such f:

* `apply` and `pull_back` work on whole arrays, in place; the layers use them;
* `plain` and `plain_pull_back` are the same two formulas over lists of Python floats, one image at a
  time; the readable walk of `reference` uses them, and a test holds the two pairs against each other.

"Pull back" is the chain rule through f: it takes d loss / d value and returns d loss / d total. All
five can be written in terms of the *value* alone, so the total need not be looked at again. The sums
run over one image's nodes, because softmax mixes the nodes of a layer; the other four do not.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]
"""A floating-point array of shape (images, nodes) unless a docstring says otherwise."""


@dataclass(frozen=True)
class Activation:
    """One activation function and its derivative, for arrays and for plain lists.

    Attributes:
        name: the word for it in a model file and on the command line.
        formula: what a node's value is, given its total z.
        gain: the variance that initial weights need, times fan-in, for signals to keep their size.
        apply: (totals, out): writes f(totals) into `out`, both (images, nodes).
        pull_back: (values, gradients): `gradients` holds d loss / d value and is overwritten with
            d loss / d total, both (images, nodes).
        plain: totals of one image -> values.
        plain_pull_back: values and d loss / d value of one image -> d loss / d total.
    """

    name: str
    formula: str
    gain: float
    apply: Callable[[Array, Array], None]
    pull_back: Callable[[Array, Array], None]
    plain: Callable[[list[float]], list[float]]
    plain_pull_back: Callable[[list[float], list[float]], list[float]]


def _relu(totals: Array, out: Array) -> None:
    np.maximum(totals, 0, out=out)


def _relu_pull_back(values: Array, gradients: Array) -> None:
    np.multiply(gradients, values > 0, out=gradients)


def _sigmoid(totals: Array, out: Array) -> None:
    # 1 / (1 + exp(-z)) is (1 + tanh(z / 2)) / 2, and tanh overflows nowhere.
    np.multiply(totals, 0.5, out=out)
    np.tanh(out, out=out)
    out += 1
    out *= 0.5


def _sigmoid_pull_back(values: Array, gradients: Array) -> None:
    gradients *= values * (1 - values)


def _tanh(totals: Array, out: Array) -> None:
    np.tanh(totals, out=out)


def _tanh_pull_back(values: Array, gradients: Array) -> None:
    gradients *= 1 - values * values


def _linear(totals: Array, out: Array) -> None:
    np.copyto(out, totals)


def _linear_pull_back(values: Array, gradients: Array) -> None:
    """The derivative of z is 1: nothing changes on the way back."""


def _softmax(totals: Array, out: Array) -> None:
    # Taking the largest total away first changes no quotient and keeps exp from overflowing.
    np.subtract(totals, totals.max(axis=1, keepdims=True), out=out)
    np.exp(out, out=out)
    out /= out.sum(axis=1, keepdims=True)


def _softmax_pull_back(values: Array, gradients: Array) -> None:
    # d loss / d z_j = p_j (g_j - sum_k g_k p_k), g = d loss / d p: Bishop (2006), eq. 4.106.
    gradients -= (gradients * values).sum(axis=1, keepdims=True)
    gradients *= values


def _plain_softmax(totals: list[float]) -> list[float]:
    largest = max(totals)
    exponentials = [math.exp(total - largest) for total in totals]
    whole = math.fsum(exponentials)
    return [exponential / whole for exponential in exponentials]


def _plain_softmax_pull_back(values: list[float], gradients: list[float]) -> list[float]:
    mean = math.fsum(value * gradient for value, gradient in zip(values, gradients, strict=True))
    return [value * (gradient - mean) for value, gradient in zip(values, gradients, strict=True)]


def _each(slope: Callable[[float], float]) -> Callable[[list[float], list[float]], list[float]]:
    """The plain pull-back of a function that looks at one node at a time, given its slope f'(value)."""

    def pull_back(values: list[float], gradients: list[float]) -> list[float]:
        return [gradient * slope(value) for value, gradient in zip(values, gradients, strict=True)]

    return pull_back


# The gains. tanh, linear, softmax: LeCun et al. (1998), section 4.6. sigmoid: its slope is a quarter of
# tanh's, so its weights are four times as wide (Glorot and Bengio, 2010). relu: a quarter of the variance of
# He et al. (2015), eq. 10: beginning small, a network reads 0.1 % more validation images after five epochs.
ACTIVATIONS: dict[str, Activation] = {
    activation.name: activation
    for activation in (
        Activation(
            name="relu",
            formula="max(0, z)",
            gain=0.5,
            apply=_relu,
            pull_back=_relu_pull_back,
            plain=lambda totals: [max(0.0, total) for total in totals],
            plain_pull_back=_each(lambda value: 1.0 if value > 0 else 0.0),
        ),
        Activation(
            name="sigmoid",
            formula="1 / (1 + exp(-z))",
            gain=16.0,
            apply=_sigmoid,
            pull_back=_sigmoid_pull_back,
            plain=lambda totals: [0.5 * (1 + math.tanh(0.5 * total)) for total in totals],
            plain_pull_back=_each(lambda value: value * (1 - value)),
        ),
        Activation(
            name="tanh",
            formula="tanh(z)",
            gain=1.0,
            apply=_tanh,
            pull_back=_tanh_pull_back,
            plain=lambda totals: [math.tanh(total) for total in totals],
            plain_pull_back=_each(lambda value: 1 - value * value),
        ),
        Activation(
            name="linear",
            formula="z",
            gain=1.0,
            apply=_linear,
            pull_back=_linear_pull_back,
            plain=list,
            plain_pull_back=_each(lambda value: 1.0),
        ),
        Activation(
            name="softmax",
            formula="exp(z) / sum of exp(z) over the layer",
            gain=1.0,
            apply=_softmax,
            pull_back=_softmax_pull_back,
            plain=_plain_softmax,
            plain_pull_back=_plain_softmax_pull_back,
        ),
    )
}
