"""An edge: one connection, from a node to a node of the next layer.

An edge carries the value of the node where it starts, multiplied by its *weight*, into the total of the node
where it ends. Learning is nothing but changing weights, and the edge's *gradient* says how: it is the
derivative of the loss with respect to the weight.

An edge holds no number of its own. Its weight is the cell `weights[target, source]` of the layer it leads
into, so reading an edge reads the numbers that the fast path multiplies with, and writing one changes the
next answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mnist_ocr.graph.checks import Array, Guarded, one_finite

if TYPE_CHECKING:
    from mnist_ocr.graph.node import Node


class Edge(Guarded):
    """The connection from `source` to `target`.

    Two nodes are joined by one Edge object only: `source.outgoing` and `target.incoming` hand out the
    same one.
    """

    __slots__ = ("source", "target")
    _fixed = frozenset(__slots__)

    source: Node
    target: Node

    def __init__(self, source: Node, target: Node) -> None:
        self._fix("source", source)
        self._fix("target", target)

    @property
    def weight(self) -> Any:
        """What the source's value is multiplied with; a NumPy scalar of the network's precision."""
        target = self.target
        return target.layer._weights[target.index, self.source.index]

    @weight.setter
    def weight(self, weight: float) -> None:
        target = self.target
        weights = target.layer._weights
        weights[target.index, self.source.index] = one_finite(weight, f"{self.name}: weight", weights.dtype)

    @property
    def value(self) -> Any:
        """What the edge adds to its target's total: source value times weight (one image)."""
        return self.source.value * self.weight

    @property
    def gradient(self) -> Any:
        """Mean of d loss / d weight over the images of the last `backward`: what a step uses."""
        target = self.target
        return target.layer._weight_gradients[target.index, self.source.index]

    @gradient.setter
    def gradient(self, gradient: float) -> None:
        target = self.target
        target.layer._weight_gradients[target.index, self.source.index] = gradient

    @property
    def gradients(self) -> Array:
        """The d loss / d weight of each image, (images,): source value times the target's gradient.

        Raises:
            AttributeError: there was no backward since the last forward.
        """
        if len(self.target.layer.gradients) == 0:
            raise AttributeError(f"{self.name} has no gradients: no backward since the last forward")
        gradients: Array = self.source.values * self.target.gradients
        return gradients

    @property
    def name(self) -> str:
        """The two ends: `input[406] -> hidden[17]`."""
        return f"{self.source.name} -> {self.target.name}"

    @property
    def path(self) -> str:
        """Where the weight is in a model file, and after `network.`: `layers[1].nodes[17].weights[406]`."""
        return f"{self.target.path}.weights[{self.source.index}]"

    def __repr__(self) -> str:
        return f"Edge({self.name}, weight={self.weight!s}, gradient={self.gradient!s})"
