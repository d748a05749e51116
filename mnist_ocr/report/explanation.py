"""Why a network gave its answer, in numbers that add up.

A node's total is its bias plus what its edges bring, weight times value each. That sum is the whole reason
for the total, and `NodeSum` lays it open. To look further back, through the activations, write what a
node passes on as a line through what it did with this one picture:

    value = constant + slope * total        constant = f(0), slope = (f(total) - f(0)) / total

For relu the constant is 0, and the slope is 1 where the node is awake and 0 where it sleeps. Put line into
line, from the answer back to the pixels, and the whole network is a single sum:

    total = sum of multiplier * pixel + what the biases and constants add

Nothing is left over, whatever the activation. Where all hidden nodes are relu or linear, the multiplier is
the derivative of the total, and a pixel's share is "gradient times input" (Shrikumar et al., 2016), exact
because such a network is made of flat pieces. For the others it is layer-wise relevance propagation, which
is the same with f(total) / total in place of f' (Ancona et al., 2018, proposition 1).

A pixel without ink has the value 0 and so no share, though a network does learn from where ink is missing:
what it makes of that is hidden in its biases.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from mnist_ocr.graph import Layer, Network, Node
from mnist_ocr.report.answer import Answer

DoubleArray: TypeAlias = npt.NDArray[np.float64]
Lines: TypeAlias = list[tuple[DoubleArray, DoubleArray]]
"""Constant and slope of every node, (size,) each, for every layer after the input."""

ASLEEP = 1e-9
"""A total closer to 0 than this says nothing about its sources: the value is a constant then."""


@dataclass(frozen=True)
class NodeSum:
    """One node's total, laid open: bias plus weight times value of each edge, in double precision.

    Attributes:
        node: whose total it is; its number when it was explained is `total`.
        weights: (fan-in,), as they stand in the model file.
        values: (fan-in,), what arrived at the far end of each edge.
        bias: what the sum starts from.
        own_total: what the network itself, in its own precision, came to.
    """

    node: Node
    weights: DoubleArray
    values: DoubleArray
    bias: float
    own_total: float

    @property
    def contributions(self) -> DoubleArray:
        """What each edge brought: weight times value, (fan-in,)."""
        return self.weights * self.values

    @property
    def total(self) -> float:
        """The bias and all contributions, added up."""
        return self.bias + float(self.contributions.sum())

    def strongest(self, count: int) -> list[int]:
        """The edges that moved the total most, up or down, strongest first."""
        order = np.argsort(-np.abs(self.contributions), kind="stable")
        return [int(place) for place in order[:count]]


@dataclass(frozen=True)
class PictureNode:
    """A node right above the pixels, whose 784 weights are a picture.

    Attributes:
        node: the node.
        weights: (28, 28), row r and column c belong to the pixel there.
        value: what it passed on; for an output node, its total.
        contribution: how much of the winner's total came through it; for an output node, its total.
    """

    node: Node
    weights: DoubleArray
    value: float
    contribution: float


@dataclass(frozen=True)
class Explanation:
    """Why the winner won.

    Attributes:
        answer: what the network said.
        winner, runner_up: the digits with the largest and the second largest total.
        totals: (10,), of the output nodes, before the activation: the logits.
        pixel_shares: (28, 28), what each pixel added to the lead of the winner over the runner-up.
        constant_share: what the biases and constants added; with all pixel shares it is the lead.
        sums: the winner's output node, then down to the pixels, always the node whose edge moved the
            one above most.
        picture_nodes: the nodes of the first hidden layer, those that moved the winner's total most
            first; without a hidden layer the output nodes, largest total first.
        piecewise_linear: whether pixel shares are gradient times input: all hidden nodes relu or linear.
    """

    answer: Answer
    winner: int
    runner_up: int
    totals: DoubleArray
    pixel_shares: DoubleArray
    constant_share: float
    sums: tuple[NodeSum, ...]
    picture_nodes: tuple[PictureNode, ...]
    piecewise_linear: bool

    @property
    def lead(self) -> float:
        """The winner's total minus the runner-up's."""
        return float(self.totals[self.winner] - self.totals[self.runner_up])


def explain(network: Network, answer: Answer) -> Explanation:
    """Take apart the answer to the picture that the network saw last.

    Args:
        network: 784 inputs and ten outputs, of any depth and activation; only looked at.
        answer: what `ask` returned for that picture.

    Raises:
        ValueError: the network saw no picture, or a batch of them.
    """
    if len(network.output.values) != 1:
        raise ValueError(f"the network saw {len(network.output.values)} pictures last: expected one")
    totals, values = _in_double_precision(network)
    lines = [_lines(layer, totals[layer.index], values[layer.index]) for layer in network.layers[1:]]
    ranking = [digit for digit in np.argsort(-totals[-1], kind="stable").tolist() if digit != answer.digit]
    winner, runner_up = answer.digit, ranking[0]

    one = np.eye(len(totals[-1]))
    multipliers, constant = _multipliers(network, lines, one[winner] - one[runner_up], down_to=0)
    first = network.layers[1]
    if first is network.output:
        order, brought = [winner, *ranking], totals[-1]
    else:
        brought = values[1] * _multipliers(network, lines, one[winner], down_to=1)[0]
        order = np.argsort(-np.abs(brought), kind="stable").tolist()
    shown = totals[1] if first is network.output else values[1]
    pictures = first.weights.astype(np.float64).reshape(-1, 28, 28)
    return Explanation(
        answer=answer,
        winner=winner,
        runner_up=runner_up,
        totals=totals[-1],
        pixel_shares=(multipliers * values[0]).reshape(28, 28),
        constant_share=constant,
        sums=_way_down(network.output.nodes[winner], values),
        picture_nodes=tuple(
            PictureNode(first.nodes[index], pictures[index], float(shown[index]), float(brought[index]))
            for index in order
        ),
        piecewise_linear=all(layer.activation.name in ("relu", "linear") for layer in network.layers[1:-1]),
    )


def add_up(parts: Sequence[float | Decimal], total: float, decimals: int) -> list[Decimal]:
    """Round parts for print so that they add up to the rounded total, to the last digit.

    Args:
        parts: numbers whose sum is the total; the last one takes what rounding leaves.
        total: their sum.
        decimals: digits after the point.

    Returns:
        The parts and, behind them, the total.
    """
    *first, whole = [Decimal(f"{part:.{decimals}f}") for part in (*parts[:-1], total)]
    return [*first, whole - sum(first), whole]


def _in_double_precision(network: Network) -> tuple[list[DoubleArray], list[DoubleArray]]:
    """Totals and values of every layer for the picture seen last, from the very numbers of the file."""
    values = [network.input.values[0].astype(np.float64)]
    totals = [values[0]]
    for layer in network.layers[1:]:
        totals.append(layer.weights.astype(np.float64) @ values[-1] + layer.biases)
        value = np.empty((1, layer.size))
        layer.activation.apply(totals[-1][np.newaxis], value)
        values.append(value[0])
    return totals, values


def _lines(layer: Layer, totals: DoubleArray, values: DoubleArray) -> tuple[DoubleArray, DoubleArray]:
    constants = np.empty((1, layer.size))
    layer.activation.apply(np.zeros((1, layer.size)), constants)
    asleep = np.abs(totals) < ASLEEP
    slopes = np.where(asleep, 0, (values - constants[0]) / np.where(asleep, 1, totals))
    return np.where(asleep, values, constants[0]), slopes


def _multipliers(
    network: Network, lines: Lines, direction: DoubleArray, *, down_to: int
) -> tuple[DoubleArray, float]:
    """Write direction @ output totals as multipliers @ values of layer `down_to` + constant.

    Returns:
        The multipliers, (size of that layer,), and the constant.
    """
    constant = 0.0
    for layer in network.layers[:down_to:-1]:
        assert layer.previous is not None
        constant += float(direction @ layer.biases)
        multipliers: DoubleArray = direction @ layer.weights.astype(np.float64)
        if layer.previous.index > down_to:
            constants, slopes = lines[layer.previous.index - 1]
            constant += float(multipliers @ constants)
            direction = multipliers * slopes
    return multipliers, constant


def _way_down(node: Node, values: list[DoubleArray]) -> tuple[NodeSum, ...]:
    sums: list[NodeSum] = []
    while node.layer.previous is not None:
        weights = node.layer.weights[node.index].astype(np.float64)
        arrived = values[node.layer.previous.index]
        sums.append(NodeSum(node, weights, arrived, float(node.bias), float(node.total)))
        node = node.layer.previous.nodes[sums[-1].strongest(1)[0]]
    return tuple(sums)
