"""An explanation in words: sums that a person can check with a pocket calculator and the model file.

Every product and every column is computed from the numbers as they are printed, so what is on the screen is
right to its last digit; what rounding leaves, a few millionths, goes to "the other edges".
"""

from __future__ import annotations

from decimal import Decimal

from mnist_ocr.modelfile import shortest
from mnist_ocr.report.explanation import Explanation, NodeSum, add_up

LISTED = 6
"""Edges that are named for each node; the others are added up."""

DECIMALS = 6
"""Digits after the point of a contribution: about what float32 knows of a total near 10."""

VALUE_DECIMALS = 8
"""Two more for a value, so that weight times value is right to the last of the six."""


def explanation_text(explanation: Explanation) -> str:
    """Why the winner won: the lead, what ink and biases did for it, and the strongest edges."""
    winner, runner_up = explanation.winner, explanation.runner_up
    ahead, behind = (explanation.totals[digit] for digit in (winner, runner_up))
    second, lead, first = add_up((behind, ahead - behind), ahead, DECIMALS)
    lines = [
        f"Why {winner}, and not {runner_up}?",
        f"  The runner-up is {runner_up}. The total of {winner} is {first}, that of {runner_up} is {second}: "
        f"a lead of {lead}.",
        *_by_pixels(explanation),
    ]
    for place, node_sum in enumerate(explanation.sums):
        lines += ["", _heading(explanation.sums, place), *_table(node_sum)]
    return "\n".join(lines)


def _by_pixels(explanation: Explanation) -> list[str]:
    if explanation.piecewise_linear:
        how, others = "each pixel times the derivative of the lead", "the biases of the nodes"
    else:
        how = "each activation f taken as the line from f(0) to where it was"
        others = "the biases of the nodes, and f(0)"
    names = (
        f"ink that speaks for {explanation.winner}",
        f"ink that speaks against it, for {explanation.runner_up}",
        others,
        "the lead",
    )
    parts = [f"{part:+f}" for part in explanation.printed_lead(DECIMALS)]
    width = max(map(len, parts))
    rows = (f"    {part:>{width}}  {name}" for part, name in zip(parts, names, strict=True))
    return [f"  Where it comes from, {how}:", *rows]


def _heading(sums: tuple[NodeSum, ...], place: int) -> str:
    node = sums[place].node
    if place == 0:
        return f"How {node.name} ({node.path}) came to its total:"
    return f"And {node.name} ({node.path}), the strongest of these:"


def _table(node_sum: NodeSum) -> list[str]:
    node, layer = node_sum.node, node_sum.node.layer
    places = node_sum.strongest(LISTED)
    weights = shortest(layer.weights[node.index][places])
    bias = shortest(layer.biases[node.index : node.index + 1])[0]
    numbers = _at_the_point([bias, *weights])
    values = [f"{node_sum.values[place]:.{VALUE_DECIMALS}f}" for place in places]
    products = [Decimal(weight) * Decimal(value) for weight, value in zip(weights, values, strict=True)]
    others = len(node_sum.values) - len(places)
    bias_part, *parts, rest, total = add_up((Decimal(bias), *products, 0), node_sum.total, DECIMALS)

    rows = [(f"{node.path}.bias", numbers[0], "", "", bias_part, "")]
    for place, weight, value, part in zip(places, numbers[1:], values, parts, strict=True):
        rows.append((f"{node.path}.weights[{place}]", weight, "x", value, part, _source(node_sum, place)))
    if others or rest:
        name = f"the other {others:,} edges" if others > 1 else "the other edge" if others else "rounding"
        rows.append((name, "", "", "", rest, ""))
    rows.append(("total", "", "", "", total, ""))
    widths = [max(len(str(cell)) for cell in column) for column in zip(*rows, strict=True)]
    lines = []
    for path, weight, times, value, part, source in rows:
        line = f"  {path:<{widths[0]}}  {weight:>{widths[1]}} {times:1} {value:>{widths[3]}}"
        lines.append(f"{line}  = {part:>+{widths[4] + 1}f}  {source}".rstrip())
    difference = node_sum.own_total - node_sum.total
    precision = layer.weights.dtype.name
    lines.append(
        f"  The network itself, in {precision}, came to {node_sum.own_total:.9g} ({difference:+.1e})."
    )
    return lines


def _at_the_point(numbers: list[str]) -> list[str]:
    """Fill up at the right, so that the points stand below each other once the left is filled up too."""
    digits = [len(number.partition(".")[2]) for number in numbers]
    return [number + " " * (max(digits) - count) for number, count in zip(numbers, digits, strict=True)]


def _source(node_sum: NodeSum, place: int) -> str:
    """What is at the far end of an edge: a node's name, or the pixel's row and column."""
    previous = node_sum.node.layer.previous
    assert previous is not None
    if previous.previous is not None:
        return f"from {previous.nodes[place].name}"
    row, column = divmod(place, 28)
    return f"from the pixel in row {row}, column {column}"
