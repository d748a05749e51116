"""Why a network gave its answer, in numbers that add up.

A node's total is its bias plus what its edges bring, weight times value each. That sum is the whole reason
for the total, and `NodeSum` lays it open; from the winner's output node it is followed back along the edge
that moved it most, node by node, down to the pixels.

How much each single pixel counted is another question, because it acts through all nodes at once. What a node
passes on is not in proportion to its total, but for one picture it is one number, and a line leads there from
what the node would pass on for a total of 0:

    value = constant + slope * total        constant = f(0), slope = (f(total) - f(0)) / total

For relu the constant is 0, and the slope is 1 where the node is awake and 0 where it sleeps. Put line into
line, from the answer back to the pixels, and the network is a single sum:

    total = sum of multiplier * pixel + what the biases and constants add

Nothing is left over, whatever the activation: this is the *attribution* of the answer to the pixels. Where
all hidden nodes are relu or linear, the multiplier is the derivative of the total, and a pixel's share is
"gradient times input" (Shrikumar et al., 2016), exact because such a network is made of flat pieces. For the
others it is layer-wise relevance propagation, which is the same with f(total) / total in place of f' (Ancona
et al., 2018, proposition 1). A pixel without ink has the value 0 and so no share, though a network does learn
from where ink is missing: what it makes of that is hidden in its biases.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from mnist_ocr.graph import Layer, Network, Node
from mnist_ocr.graph.classes import class_name
from mnist_ocr.modelfile import shortest
from mnist_ocr.report.answer import Answer

DoubleArray: TypeAlias = npt.NDArray[np.float64]

ASLEEP = 1e-9
"""A total closer to 0 than this says nothing about its sources: the value is a constant then."""

LISTED = 6
"""Edges that the text names for each node; the others are added up."""

DECIMALS = 6
"""Digits after the point of a contribution: about what float32 knows of a total near 10."""

VALUE_DECIMALS = 8
"""Two more for a value, so that weight times value is right to the last of the six."""


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
        winner, runner_up: the output nodes with the largest and the second largest total, by their indices.
        totals: (classes,), of the output nodes, before the activation: the logits.
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
    def names(self) -> tuple[str, str]:
        """What the winner and the runner-up stand for: the digits."""
        classes = self.answer.classes
        return class_name(classes[self.winner]), class_name(classes[self.runner_up])

    @property
    def lead(self) -> float:
        """The winner's total minus the runner-up's."""
        return float(self.totals[self.winner] - self.totals[self.runner_up])

    def printed_lead(self) -> list[Decimal]:
        """What made the lead, rounded so that it adds up: ink for, ink against, constants, the lead."""
        shares = self.pixel_shares
        favourable, contrary = float(shares[shares > 0].sum()), float(shares[shares < 0].sum())
        return add_up((favourable, contrary, self.constant_share), self.lead)


def explain(network: Network, answer: Answer) -> Explanation:
    """Take apart the answer to the picture that the network saw last.

    Args:
        network: 784 inputs and an output for each digit, of any depth and activation; only looked at.
        answer: what `ask` returned for that picture.

    Raises:
        ValueError: the network saw no picture, or a batch of them.
    """
    attribution = Attribution(network)
    totals = attribution.totals[-1]
    winner = answer.node_index
    ranking = [winner, *(digit for digit in _largest_first(totals) if digit != winner)]
    one = np.eye(len(totals))
    multipliers, constant_share = attribution.multipliers(0, one[winner] - one[ranking[1]])
    return Explanation(
        answer=answer,
        winner=winner,
        runner_up=ranking[1],
        totals=totals,
        pixel_shares=(multipliers * attribution.values[0]).reshape(28, 28),
        constant_share=constant_share,
        sums=_path_to_the_pixels(network.output.nodes[winner], attribution.values),
        picture_nodes=_picture_nodes(network, attribution, ranking),
        piecewise_linear=attribution.piecewise_linear,
    )


class Attribution:
    """A network as one sum, for the picture that it saw last, in double precision.

    Attributes:
        totals: (size,) for each layer; the input's are its values.
        values: (size,) for each layer.
        piecewise_linear: whether multipliers are derivatives: every hidden node is relu or linear.

    Raises:
        ValueError: the network saw no picture, or a batch of them.
    """

    def __init__(self, network: Network) -> None:
        if len(network.output.values) != 1:
            raise ValueError(f"the network saw {len(network.output.values)} pictures last: expected one")
        self._layers = network.layers
        self.piecewise_linear = all(
            layer.activation.name in ("relu", "linear") for layer in network.layers[1:-1]
        )
        self.values = [network.input.values[0].astype(np.float64)]
        self.totals = [self.values[0]]
        for layer in network.layers[1:]:
            self.totals.append(layer.weights.astype(np.float64) @ self.values[-1] + layer.biases)
            self.values.append(_activated(layer, self.totals[-1]))

    def multipliers(self, index: int, direction: DoubleArray) -> tuple[DoubleArray, float]:
        """Write direction @ output totals as multipliers @ values of layer `index` + constant.

        Args:
            index: of the layer, 0 for the pixels; not the output layer.
            direction: (output size,), such as 1 for the winner and -1 for the runner-up.

        Returns:
            The multipliers, (size of that layer,), and the constant.
        """
        constant = 0.0
        for layer in self._layers[:index:-1]:
            assert layer.previous is not None
            constant += float(direction @ layer.biases)
            multipliers: DoubleArray = direction @ layer.weights.astype(np.float64)
            if layer.previous.index > index:
                constants, slopes = self._lines(layer.previous)
                constant += float(multipliers @ constants)
                direction = multipliers * slopes
        return multipliers, constant

    def _lines(self, layer: Layer) -> tuple[DoubleArray, DoubleArray]:
        """Constant and slope of each node, (size,) each."""
        totals, values = self.totals[layer.index], self.values[layer.index]
        constants = _activated(layer, np.zeros(layer.size))
        asleep = np.abs(totals) < ASLEEP
        slopes = np.where(asleep, 0, (values - constants) / np.where(asleep, 1, totals))
        return np.where(asleep, values, constants), slopes


def _activated(layer: Layer, totals: DoubleArray) -> DoubleArray:
    values = np.empty((1, layer.size))
    layer.activation.forward(totals[np.newaxis], values)
    row: DoubleArray = values[0]
    return row


def _picture_nodes(network: Network, attribution: Attribution, ranking: list[int]) -> tuple[PictureNode, ...]:
    layer = network.layers[1]
    if layer is network.output:
        order, values = ranking, attribution.totals[1]
        brought = values
    else:
        values = attribution.values[1]
        # Adding 0 turns the -0.0 of a sleeping node into 0.
        brought = 0 + values * attribution.multipliers(1, np.eye(network.output.size)[ranking[0]])[0]
        order = _largest_first(np.abs(brought))
    pictures = layer.weights.astype(np.float64).reshape(-1, 28, 28)
    return tuple(
        PictureNode(layer.nodes[index], pictures[index], float(values[index]), float(brought[index]))
        for index in order
    )


def _path_to_the_pixels(node: Node, values: list[DoubleArray]) -> tuple[NodeSum, ...]:
    sums: list[NodeSum] = []
    while node.layer.previous is not None:
        weights = node.layer.weights[node.index].astype(np.float64)
        arrived = values[node.layer.previous.index]
        sums.append(NodeSum(node, weights, arrived, float(node.bias), float(node.total)))
        node = node.layer.previous.nodes[sums[-1].strongest(1)[0]]
    return tuple(sums)


def _largest_first(numbers: DoubleArray) -> list[int]:
    return [int(index) for index in np.argsort(-numbers, kind="stable")]


# The explanation in words: sums that a person can check with a pocket calculator and the model file. Every
# product and every column is computed from the numbers as they are printed, so what is on the screen is right
# to its last digit; what rounding leaves, a few millionths, goes to "the other edges".


def explanation_text(explanation: Explanation) -> str:
    """Why the winner won: the lead, what ink and biases did for it, and the strongest edges."""
    winner, runner_up = explanation.names
    *parts, lead = explanation.printed_lead()
    first = _rounded(explanation.totals[explanation.winner])
    if explanation.piecewise_linear:
        how, others = "each pixel times the derivative of the lead", "the biases of the nodes"
    else:
        how = "each activation f taken as the line from f(0) to where it was"
        others = "the biases of the nodes, and f(0)"
    rows = {
        f"ink that speaks for {winner}": parts[0],
        f"ink that speaks against it, for {runner_up}": parts[1],
        others: parts[2],
        "the lead": lead,
    }
    width = max(len(f"{part:+f}") for part in rows.values())
    lines = [
        f"Why {winner}, and not {runner_up}?",
        f"  The runner-up is {runner_up}. The total of {winner} is {first}, that of {runner_up} is "
        f"{first - lead}: a lead of {lead}.",
        f"  Where it comes from, {how}:",
        *(f"    {part:>+{width}f}  {name}" for name, part in rows.items()),
    ]
    for number, node_sum in enumerate(explanation.sums):
        where = f"{node_sum.node.name} ({node_sum.node.path})"
        heading = f"And {where}, the strongest of these:" if number else f"How {where} came to its total:"
        lines += ["", heading, *_table(node_sum)]
    return "\n".join(lines)


def _table(node_sum: NodeSum) -> list[str]:
    node, layer = node_sum.node, node_sum.node.layer
    indices = node_sum.strongest(LISTED)
    weights = shortest(layer.weights[node.index][indices])
    bias = shortest(layer.biases[node.index : node.index + 1])[0]
    numbers = _at_the_point([bias, *weights])
    values = [f"{node_sum.values[index]:.{VALUE_DECIMALS}f}" for index in indices]
    products = [Decimal(weight) * Decimal(value) for weight, value in zip(weights, values, strict=True)]
    others = len(node_sum.values) - len(indices)
    bias_part, *parts, rest, total = add_up((Decimal(bias), *products, 0), node_sum.total)

    rows = [(f"{node.path}.bias", numbers[0], "", "", bias_part, "")]
    for index, weight, value, part in zip(indices, numbers[1:], values, parts, strict=True):
        rows.append((f"{node.path}.weights[{index}]", weight, "x", value, part, _source(node_sum, index)))
    if others or rest:
        name = f"the other {others:,} edges" if others > 1 else "the other edge" if others else "rounding"
        rows.append((name, "", "", "", rest, ""))
    rows.append(("total", "", "", "", total, ""))
    widths = [max(len(str(cell)) for cell in column) for column in zip(*rows, strict=True)]
    lines = []
    for path, weight, times, value, part, source in rows:
        line = f"  {path:<{widths[0]}}  {weight:>{widths[1]}} {times:1} {value:>{widths[3]}}"
        lines.append(f"{line}  = {part:>+{widths[4] + 1}f}  {source}".rstrip())
    own = Decimal(f"{node_sum.own_total:.9g}")
    precision = layer.weights.dtype.name
    lines.append(f"  The network itself, in {precision}, came to {own:f} ({own - total:+f}).")
    return lines


def _at_the_point(numbers: list[str]) -> list[str]:
    """Fill up at the right, so that the points stand below each other once the left is filled up too."""
    digits = [len(number.partition(".")[2]) for number in numbers]
    return [number + " " * (max(digits) - count) for number, count in zip(numbers, digits, strict=True)]


def _source(node_sum: NodeSum, index: int) -> str:
    """What is at the far end of an edge: a node's name, or the pixel's row and column."""
    previous = node_sum.node.layer.previous
    assert previous is not None
    if previous.previous is not None:
        return f"from {previous.nodes[index].name}"
    row, column = divmod(index, 28)
    return f"from the pixel in row {row}, column {column}"


def add_up(parts: Sequence[float | Decimal], total: float, decimals: int = DECIMALS) -> list[Decimal]:
    """Round parts for print so that they add up to the rounded total, to the last digit.

    Args:
        parts: numbers whose sum is the total; the last one takes what rounding leaves.
        total: their sum.
        decimals: digits after the point.

    Returns:
        The parts and, behind them, the total.
    """
    *first, whole = [_rounded(part, decimals) for part in (*parts[:-1], total)]
    return [*first, whole - sum(first), whole]


def _rounded(number: float | Decimal, decimals: int = DECIMALS) -> Decimal:
    return Decimal(f"{number:.{decimals}f}")
