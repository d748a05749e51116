"""How wrong an answer is, as one number, and which way that number grows.

A loss compares the output layer with what should have been said, the *targets*: one row per image,
one column per output node, a single 1 in the right column (one-hot) or any other distribution.
As with the activations, one entry of `LOSSES` holds the arithmetic for arrays and, in plain Python,
for one image. Losses are per image; the mean over the images is what training reports and descends.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mnist_ocr.graph.activations import Activation, Array


@dataclass(frozen=True)
class Loss:
    """One loss and its derivative with respect to the output layer's totals.

    Attributes:
        name: the word for it in a model file.
        formula: the loss of one image, a = value, t = target, z = total of an output node.
        needs: the activation that the output layer must have, or None when any will do.
        per_image: (totals, values, targets), each (images, nodes) -> loss of each image, (images,).
        pull_back: (activation, values, targets, out): writes d loss / d total into `out`.
        plain: (totals, values, targets) of one image -> its loss.
        plain_pull_back: (activation, values, targets) of one image -> d loss / d total.
    """

    name: str
    formula: str
    needs: str | None
    per_image: Callable[[Array, Array, Array], Array]
    pull_back: Callable[[Activation, Array, Array, Array], None]
    plain: Callable[[list[float], list[float], list[float]], float]
    plain_pull_back: Callable[[Activation, list[float], list[float]], list[float]]


def _cross_entropy(totals: Array, values: Array, targets: Array) -> Array:
    # From the totals and not from the values: log(softmax) would take the log of a zero as soon as
    # one total is 104 below another in float32; log-sum-exp does not.
    shifted = totals - totals.max(axis=1, keepdims=True)
    log_sums = np.log(np.exp(shifted).sum(axis=1))
    losses: Array = log_sums - (shifted * targets).sum(axis=1)
    return losses


def _cross_entropy_pull_back(activation: Activation, values: Array, targets: Array, out: Array) -> None:
    # Through softmax and the logarithm at once, everything cancels but p - t: Bishop (2006), eq. 4.109.
    np.subtract(values, targets, out=out)


def _plain_cross_entropy(totals: list[float], values: list[float], targets: list[float]) -> float:
    largest = max(totals)
    log_sum = math.log(math.fsum(math.exp(total - largest) for total in totals))
    expected = math.fsum(t * (total - largest) for t, total in zip(targets, totals, strict=True))
    return log_sum - expected


def _squared_error(totals: Array, values: Array, targets: Array) -> Array:
    losses: Array = 0.5 * ((values - targets) ** 2).sum(axis=1)
    return losses


def _squared_error_pull_back(activation: Activation, values: Array, targets: Array, out: Array) -> None:
    np.subtract(values, targets, out=out)
    activation.pull_back(values, out)


def _differences(values: list[float], targets: list[float]) -> list[float]:
    return [value - target for value, target in zip(values, targets, strict=True)]


LOSSES: dict[str, Loss] = {
    loss.name: loss
    for loss in (
        Loss(
            name="cross-entropy",
            formula="-sum of t log(a), computed as log(sum of exp(z)) - sum of t z",
            needs="softmax",
            per_image=_cross_entropy,
            pull_back=_cross_entropy_pull_back,
            plain=_plain_cross_entropy,
            plain_pull_back=lambda activation, values, targets: _differences(values, targets),
        ),
        Loss(
            name="squared-error",
            formula="1/2 sum of (a - t)^2",
            needs=None,
            per_image=_squared_error,
            pull_back=_squared_error_pull_back,
            plain=lambda totals, values, targets: (
                0.5 * math.fsum(d * d for d in _differences(values, targets))
            ),
            plain_pull_back=lambda activation, values, targets: activation.plain_pull_back(
                values, _differences(values, targets)
            ),
        ),
    )
}
