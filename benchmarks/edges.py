"""The readable path: nodes and edges as Python objects, one at a time."""

from __future__ import annotations

from statistics import median

import numpy as np

from mnist_ocr.graph import Network, reference

from .report import Section, Target, spreads
from .rounds import SHORT, milliseconds, take_turns

SIZES = [784, 128, 10]


def measure_edges(rounds: int) -> Section:
    """Making every edge of a network, and sending one image there and back along them."""
    image = np.random.default_rng(0).random(SIZES[0]).tolist()
    seven = [0.0] * 7 + [1.0] + [0.0] * 2
    walked = Network(SIZES)
    count = _touch_edges(walked)

    def walk() -> None:
        reference.forward(walked, image)
        reference.backward(walked, seven)

    def make() -> float:
        fresh = Network(SIZES)  # edges are made once: the next time they would be there already
        return milliseconds(lambda: _touch_edges(fresh))

    making, walking = f"making all {count:,} edges", "one image forward and backward"
    results, failures = take_turns(rounds * SHORT, {making: make, walking: lambda: milliseconds(walk)})
    section = Section(
        "Node by node, edge by edge",
        "784-128-10 as objects: the edges of a fresh network made, and one image sent there and back by "
        "`mnist_ocr.graph.reference`, plain Python that reads and writes every edge, on a network that has "
        "its edges already.",
        ["call", "median, ms", "fastest, ms", "slowest, ms"],
        spreads(results, failures, ".1f"),
    )
    section.targets = [
        Target(f"edges: {making}", median(results[making]) / 1e3, 0.1, "s"),
        Target(f"edges: {walking}", median(results[walking]) / 1e3, 0.1, "s"),
    ]
    return section


def _touch_edges(network: Network) -> int:
    """Make every edge; how many there are."""
    return sum(len(node.incoming) for layer in network.layers for node in layer.nodes)
