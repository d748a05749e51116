"""An edge: one connection, from a node to a node of the next layer.

An edge is nothing but its two ends. Its weight is the cell `weights[target, source]` of the layer it
leads into, so reading an edge reads the numbers that the fast path multiplies with, and writing one
changes the next answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mnist_ocr.graph.activations import Array

if TYPE_CHECKING:
    from mnist_ocr.graph.node import Node


class Edge:
    """The connection from `source` to `target`; a view, it holds no number of its own.

    Two nodes are joined by one Edge object only: `source.outgoing` and `target.incoming` hand out the
    same one.
    """

    __slots__ = ("source", "target")

    def __init__(self, source: Node, target: Node) -> None:
        self.source = source
        self.target = target

    @property
    def weight(self) -> Any:
        """What the source's value is multiplied with; a NumPy scalar of the network's precision."""
        target = self.target
        return target.layer.weights[target.index, self.source.index]

    @weight.setter
    def weight(self, weight: float) -> None:
        target = self.target
        target.layer.weights[target.index, self.source.index] = weight

    @property
    def value(self) -> Any:
        """The signal the edge carries into its target's total: source value times weight (one image)."""
        return self.source.value * self.weight

    @property
    def gradient(self) -> Any:
        """Mean of d loss / d weight over the images of the last `backward`: what a step uses."""
        target = self.target
        return target.layer.weight_gradients[target.index, self.source.index]

    @gradient.setter
    def gradient(self, gradient: float) -> None:
        target = self.target
        target.layer.weight_gradients[target.index, self.source.index] = gradient

    @property
    def gradients(self) -> Array:
        """The d loss / d weight of each image, (images,): source value times the target's gradient."""
        gradients: Array = self.source.values * self.target.gradients
        return gradients

    @property
    def path(self) -> str:
        """Where the weight stands in a model file: `layers[1].nodes[17].weights[406]`."""
        return f"{self.target.path}.weights[{self.source.index}]"

    def __repr__(self) -> str:
        ends = f"{self.source.name} -> {self.target.name}"
        return f"Edge({ends}, weight={self.weight!s}, gradient={self.gradient!s})"
