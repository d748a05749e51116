"""Why a network gave its answer, in numbers that add up.

A node's total is its bias plus what its edges bring, weight times value each. That sum is the whole reason
for the total, and `NodeSum` lays it open; from the winner's output node it is followed back along the edge
that moved it most, node by node, down to the pixels.

How much each single pixel counted is another question, because it acts through all nodes at once: `unrolled`
answers that. A pixel without ink has the value 0 and so no share, though a network does learn from where
ink is missing: what it makes of that is hidden in its biases.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from mnist_ocr.graph import Network, Node
from mnist_ocr.report.answer import Answer
from mnist_ocr.report.unrolled import DoubleArray, Unrolled


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
        return _largest_first(np.abs(self.contributions))[:count]


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

    def printed_lead(self, decimals: int) -> list[Decimal]:
        """What made the lead, rounded so that it adds up: ink for, ink against, constants, the lead."""
        shares = self.pixel_shares
        favourable, contrary = float(shares[shares > 0].sum()), float(shares[shares < 0].sum())
        return add_up((favourable, contrary, self.constant_share), self.lead, decimals)


def explain(network: Network, answer: Answer) -> Explanation:
    """Take apart the answer to the picture that the network saw last.

    Args:
        network: 784 inputs and ten outputs, of any depth and activation; only looked at.
        answer: what `ask` returned for that picture.

    Raises:
        ValueError: the network saw no picture, or a batch of them.
    """
    unrolled = Unrolled(network)
    totals = unrolled.totals[-1]
    winner = answer.digit
    ranking = [winner, *(digit for digit in _largest_first(totals) if digit != winner)]
    one = np.eye(len(totals))
    multipliers, constant_share = unrolled.down_to(0, one[winner] - one[ranking[1]])
    return Explanation(
        answer=answer,
        winner=winner,
        runner_up=ranking[1],
        totals=totals,
        pixel_shares=(multipliers * unrolled.values[0]).reshape(28, 28),
        constant_share=constant_share,
        sums=_way_down(network.output.nodes[winner], unrolled.values),
        picture_nodes=_picture_nodes(network, unrolled, ranking),
        piecewise_linear=unrolled.piecewise_linear,
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


def _largest_first(numbers: DoubleArray) -> list[int]:
    return [int(place) for place in np.argsort(-numbers, kind="stable")]


def _picture_nodes(network: Network, unrolled: Unrolled, ranking: list[int]) -> tuple[PictureNode, ...]:
    layer = network.layers[1]
    if layer is network.output:
        order, values = ranking, unrolled.totals[1]
        brought = values
    else:
        values = unrolled.values[1]
        # Adding 0 turns the -0.0 of a sleeping node into 0.
        brought = 0 + values * unrolled.down_to(1, np.eye(network.output.size)[ranking[0]])[0]
        order = _largest_first(np.abs(brought))
    pictures = layer.weights.astype(np.float64).reshape(-1, 28, 28)
    return tuple(
        PictureNode(layer.nodes[place], pictures[place], float(values[place]), float(brought[place]))
        for place in order
    )


def _way_down(node: Node, values: list[DoubleArray]) -> tuple[NodeSum, ...]:
    sums: list[NodeSum] = []
    while node.layer.previous is not None:
        weights = node.layer.weights[node.index].astype(np.float64)
        arrived = values[node.layer.previous.index]
        sums.append(NodeSum(node, weights, arrived, float(node.bias), float(node.total)))
        node = node.layer.previous.nodes[sums[-1].strongest(1)[0]]
    return tuple(sums)
