"""A node: adds up what its incoming edges bring, bends the total, passes the value on.

    total = bias + sum over the incoming edges of weight * value of the edge's source
    value = activation(total)

Its *gradient* is d loss / d total: how the loss changes if the total grows. That one number is all that its
bias and its incoming edges need in order to learn.

Like an edge, a node holds no number: it is its layer and its index there. Value, bias and gradient are cells
of the layer's arrays. A layer that has seen one image has one value per node; after a batch there are as many
as images, and asking for *the* value is an error that says where all of them are.
"""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING, Any

from mnist_ocr import modelfile
from mnist_ocr.graph.checks import Array, CheckedArray, Guarded, assign, one_finite
from mnist_ocr.graph.edge import Edge

if TYPE_CHECKING:
    from mnist_ocr.graph.layer import Layer


class Node(Guarded):
    """Node number `index` of `layer`."""

    __slots__ = ("_incoming", "index", "layer")
    _fixed = frozenset(("index", "layer"))

    layer: Layer
    index: int

    def __init__(self, layer: Layer, index: int) -> None:
        self._fix("layer", layer)
        self._fix("index", index)
        self._incoming: tuple[Edge, ...] | None = None

    def __getstate__(self) -> tuple[None, dict[str, Any]]:
        # Edges lead to nodes that lead to edges: a copy remakes them on first touch instead of following.
        return None, {"layer": self.layer, "index": self.index, "_incoming": None}

    @property
    def name(self) -> str:
        """What people call the node: `hidden[17]`, or the name that somebody gave it."""
        return self.layer.node_names.get(self.index) or f"{self.layer.name}[{self.index}]"

    @name.setter
    def name(self, name: str) -> None:
        if not modelfile.is_name(name):
            raise ValueError(f"the name {name!r:.60} of a node: expected {modelfile.NAME}")
        self.layer.node_names.pop(self.index, None)
        if name != self.name:
            self.layer.node_names[self.index] = name

    @property
    def path(self) -> str:
        """Where the node is in a model file, and after `network.`: `layers[1].nodes[17]`."""
        return f"layers[{self.layer.index}].nodes[{self.index}]"

    @property
    def incoming(self) -> tuple[Edge, ...]:
        """The edges that end here, in the order of their sources; made on first touch."""
        if self._incoming is None:
            previous = self.layer.previous
            self._incoming = tuple(map(Edge, previous.nodes, repeat(self))) if previous else ()
        return self._incoming

    @property
    def outgoing(self) -> tuple[Edge, ...]:
        """The edges that start here: the very objects in the `incoming` of the next layer's nodes."""
        above = self.layer.next
        return tuple(node.incoming[self.index] for node in above.nodes) if above else ()

    @property
    def weights(self) -> CheckedArray:
        """The weights of the incoming edges, (size of the previous layer,): the node's row of the layer."""
        return CheckedArray.over(self.layer.require_weights()[self.index], f"{self.name}.weights")

    @weights.setter
    def weights(self, weights: Any) -> None:
        assign(self.layer.require_weights()[self.index], weights, f"{self.name}.weights")

    @property
    def bias(self) -> Any:
        """What the node's total starts from, before any edge adds to it."""
        return self.layer.require_biases()[self.index]

    @bias.setter
    def bias(self, bias: float) -> None:
        biases = self.layer.require_biases()
        biases[self.index] = one_finite(bias, f"{self.name}.bias", biases.dtype)

    @property
    def bias_gradient(self) -> Any:
        """Mean of d loss / d bias over the images of the last `backward`: what a step uses."""
        self.layer.require_biases()
        return self.layer._bias_gradients[self.index]

    @bias_gradient.setter
    def bias_gradient(self, gradient: float) -> None:
        self.layer.require_biases()
        self.layer._bias_gradients[self.index] = gradient

    @property
    def total(self) -> Any:
        """The bias plus what the incoming edges carry, before the activation (one image)."""
        return self._one("total", self.layer.totals)[self.index]

    @total.setter
    def total(self, total: float) -> None:
        self._one("total", self.layer.totals)[self.index] = total

    @property
    def value(self) -> Any:
        """What the node passes on: the activation of its total; for an input node, the pixel (one image)."""
        return self._one("value", self.layer.values)[self.index]

    @value.setter
    def value(self, value: float) -> None:
        self._one("value", self.layer.values)[self.index] = value

    @property
    def gradient(self) -> Any:
        """The d loss / d total of one image, often called delta; for an input node d loss / d value."""
        return self._one("gradient", self.layer.gradients)[self.index]

    @gradient.setter
    def gradient(self, gradient: float) -> None:
        self._one("gradient", self.layer.gradients)[self.index] = gradient

    @property
    def value_gradient(self) -> Any:
        """The d loss / d value of one image: what comes back to the node before its activation's slope."""
        return self._one("value_gradient", self.layer.value_gradients)[self.index]

    @value_gradient.setter
    def value_gradient(self, gradient: float) -> None:
        self._one("value_gradient", self.layer.value_gradients)[self.index] = gradient

    @property
    def totals(self) -> Array:
        """The node's total for each image of the last `forward`, (images,)."""
        return self.layer.totals[:, self.index]

    @property
    def values(self) -> Array:
        """The node's value for each image of the last `forward`, (images,)."""
        return self.layer.values[:, self.index]

    @property
    def gradients(self) -> Array:
        """The node's d loss / d total for each image of the last `backward`, (images,)."""
        return self.layer.gradients[:, self.index]

    @property
    def value_gradients(self) -> Array:
        """The node's d loss / d value for each image of the last `backward`, (images,)."""
        return self.layer.value_gradients[:, self.index]

    def _one(self, what: str, cells: Array) -> Array:
        """The row of the only image, or an error that says why there is not exactly one."""
        if len(cells) == 1:
            row: Array = cells[0]
            return row
        if len(cells) > 1:
            raise AttributeError(
                f"{self.name} saw {len(cells)} images and has a {what} for each: use node.{what}s, or "
                "run one image"
            )
        if what == "total" and self.layer.previous is None:
            raise AttributeError(f"{self.name} is an input: nothing is added up there; it has a value only")
        verb = "backward since the last forward" if what.endswith("gradient") else "forward yet"
        raise AttributeError(f"{self.name} has no {what}: there was no {verb}")

    def __repr__(self) -> str:
        parts = [self.name]
        if len(self.layer.values) == 1:
            parts.append(f"value={self.value!s}")
        if self.layer.previous is not None:
            parts.append(f"bias={self.bias!s}")
        if len(self.layer.gradients) == 1:
            parts.append(f"gradient={self.gradient!s}")
        sources = self.layer.previous.size if self.layer.previous else 0
        targets = self.layer.next.size if self.layer.next else 0
        return f"Node({', '.join(parts)}, {sources} in, {targets} out)"
