"""How wrong an answer is, as one number, and which way that number grows.

A loss compares the output layer with what should have been said, the *targets*: one row per image,
one column per output node, a single 1 in the right column (one-hot) or any other distribution.
As with the activations, one entry of `LOSSES` holds the arithmetic for arrays and, in plain Python,
for one image. Losses are per image; the mean over the images is what training reports and descends.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from mnist_ocr.graph.activations import Activation
from mnist_ocr.graph.checks import Array


class Loss(NamedTuple):
    """One loss and its derivatives at the output layer.

    Attributes:
        name: the word for it in a model file and on the command line.
        formula: the loss of one image, a = value, t = target, z = total of an output node.
        needs: the activation that the output layer must have, or None when any will do.
        targets: what a row of targets has to be: "distribution" (it adds up to 1), "probabilities" (each
            from 0 to 1), or "numbers".
        per_image: (totals, values, targets), each (images, nodes) -> loss of each image, (images,).
        backward: (activation, values, targets, out): writes d loss / d total into `out`, (images, nodes).
        value_gradients: (values, targets) -> d loss / d value, (images, nodes).
        reference: (totals, values, targets) of one image -> its loss.
        reference_backward: (activation, values, targets) of one image -> d loss / d total.
        reference_value_gradients: (values, targets) of one image -> d loss / d value.
    """

    name: str
    formula: str
    needs: str | None
    targets: str
    per_image: Callable[[Array, Array, Array], Array]
    backward: Callable[[Activation, Array, Array, Array], None]
    value_gradients: Callable[[Array, Array], Array]
    reference: Callable[[list[float], list[float], list[float]], float]
    reference_backward: Callable[[Activation, list[float], list[float]], list[float]]
    reference_value_gradients: Callable[[list[float], list[float]], list[float]]


def _cross_entropy(totals: Array, values: Array, targets: Array) -> Array:
    # From the totals and not from the values: log(softmax) would take the log of a zero as soon as
    # one total is 104 below another in float32; log-sum-exp does not.
    shifted = totals - totals.max(axis=1, keepdims=True)
    log_sums = np.log(np.exp(shifted).sum(axis=1))
    losses: Array = log_sums - (shifted * targets).sum(axis=1)
    return losses


def _differences_backward(activation: Activation, values: Array, targets: Array, out: Array) -> None:
    # Through softmax or sigmoid and the logarithm at once, everything cancels but a - t: Bishop (2006),
    # equations 4.109 and 4.91.
    np.subtract(values, targets, out=out)


def _quotient(above: Array, below: Array) -> Array:
    """The array above / below, and 0 where both are 0: a node that rightly says nothing."""
    with np.errstate(divide="ignore", over="ignore"):
        return np.divide(above, below, out=np.zeros_like(above), where=above != 0)


def _reference_quotient(above: float, below: float) -> float:
    if above == 0:
        return 0.0
    return above / below if below else math.copysign(math.inf, above)


def _reference_cross_entropy(totals: list[float], values: list[float], targets: list[float]) -> float:
    largest = max(totals)
    log_sum = math.log(math.fsum(math.exp(total - largest) for total in totals))
    expected = math.fsum(t * (total - largest) for t, total in zip(targets, totals, strict=True))
    return log_sum - expected


def _binary_cross_entropy(totals: Array, values: Array, targets: Array) -> Array:
    # Again from the totals: -log(sigmoid(z)) = max(-z, 0) + log(1 + exp(-|z|)) overflows nowhere.
    losses = np.maximum(totals, 0) - targets * totals + np.log1p(np.exp(-np.abs(totals)))
    summed: Array = losses.sum(axis=1)
    return summed


def _reference_binary_cross_entropy(totals: list[float], values: list[float], targets: list[float]) -> float:
    return math.fsum(
        max(z, 0) - t * z + math.log1p(math.exp(-abs(z))) for z, t in zip(totals, targets, strict=True)
    )


def _squared_error(totals: Array, values: Array, targets: Array) -> Array:
    losses: Array = 0.5 * ((values - targets) ** 2).sum(axis=1)
    return losses


def _squared_error_backward(activation: Activation, values: Array, targets: Array, out: Array) -> None:
    activation.backward(values, values - targets, out)


def _differences(values: list[float], targets: list[float]) -> list[float]:
    return [value - target for value, target in zip(values, targets, strict=True)]


LOSSES: dict[str, Loss] = {
    loss.name: loss
    for loss in (
        Loss(
            name="cross-entropy",
            formula="-sum of t log(a), computed as log(sum of exp(z)) - sum of t z",
            needs="softmax",
            targets="distribution",
            per_image=_cross_entropy,
            backward=_differences_backward,
            value_gradients=lambda values, targets: _quotient(-targets, values),
            reference=_reference_cross_entropy,
            reference_backward=lambda activation, values, targets: _differences(values, targets),
            reference_value_gradients=lambda values, targets: [
                _reference_quotient(-t, a) for a, t in zip(values, targets, strict=True)
            ],
        ),
        Loss(
            name="binary-cross-entropy",
            formula="-sum of t log(a) + (1 - t) log(1 - a), computed from z",
            needs="sigmoid",
            targets="probabilities",
            per_image=_binary_cross_entropy,
            backward=_differences_backward,
            value_gradients=lambda values, targets: _quotient(values - targets, values * (1 - values)),
            reference=_reference_binary_cross_entropy,
            reference_backward=lambda activation, values, targets: _differences(values, targets),
            reference_value_gradients=lambda values, targets: [
                _reference_quotient(a - t, a * (1 - a)) for a, t in zip(values, targets, strict=True)
            ],
        ),
        Loss(
            name="squared-error",
            formula="1/2 sum of (a - t)^2",
            needs=None,
            targets="numbers",
            per_image=_squared_error,
            backward=_squared_error_backward,
            value_gradients=lambda values, targets: values - targets,
            reference=lambda totals, values, targets: (
                0.5 * math.fsum(d * d for d in _differences(values, targets))
            ),
            reference_backward=lambda activation, values, targets: activation.reference_backward(
                values, _differences(values, targets)
            ),
            reference_value_gradients=_differences,
        ),
    )
}


def usual_loss(output_activation: str) -> str:
    """The name of the loss that goes with an output layer where nobody names one."""
    matching = (loss.name for loss in LOSSES.values() if loss.needs == output_activation)
    return next(matching, "squared-error")
