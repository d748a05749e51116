"""A layer: the owner of the numbers, and the fast path through them.

All nodes of a layer are computed together. With m nodes in the previous layer and n in this one,

    totals = values of the previous layer @ weights.T + biases        (images, n)
    values = activation(totals)                                       (images, n)

and on the way back, with `gradients` = d loss / d totals, one row per image,

    weight_gradients = gradients.T @ values of the previous layer / images    (n, m), a mean
    bias_gradients   = sum of gradients over the images / images              (n,), a mean
    d loss / d values of the previous layer = gradients @ weights             (images, m), per image

(Rumelhart, Hinton and Williams, 1986.) `weights[j, i]` leads from node i of the previous layer to node j
of this one: row j is all that node j knows, for the first hidden layer a picture. Nodes and edges are
views of these arrays; every array is made once and written into, so nothing that is looked at can be
an old copy.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from mnist_ocr.graph.activations import ACTIVATIONS, Activation, Array
from mnist_ocr.graph.node import Node


class Layer:
    """A row of nodes and everything known about them.

    Attributes:
        name: "input", "hidden", "output", or what a person called it.
        index: its place in the network, 0 for the input.
        size: the number of its nodes.
        activation: what its nodes do with their totals; the input's pass on what they are given.
        previous, next: the layers beside it, or None at the ends.
        node_names: names that a person gave to single nodes, by index.
        totals, values: what the last `forward` computed, (images, size). The input has values only.
        gradients: d loss / d total of each image, (images, size); for the input d loss / d value.
            Without rows until `backward` has computed it for the images of the last `forward`.
    """

    def __init__(self, name: str, size: int, activation: Activation, previous: Layer | None) -> None:
        self.name = name
        self.size = size
        self.activation = activation
        self.previous = previous
        self.next: Layer | None = None
        self.index = 0
        if previous is not None:
            previous.next = self
            self.index = previous.index + 1
        self.node_names: dict[int, str] = {}
        self._nodes: tuple[Node, ...] | None = None

    @property
    def fan_in(self) -> int:
        """The number of edges into each node."""
        return self.previous.size if self.previous else 0

    @property
    def parameter_count(self) -> int:
        """The number of weights and biases."""
        return self.size * (self.fan_in + 1) if self.previous else 0

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The nodes as objects; made on first touch."""
        if self._nodes is None:
            self._nodes = tuple(Node(self, index) for index in range(self.size))
        return self._nodes

    # Assigning to one of these four writes into its cells: another array in their place would leave the
    # network's flat vectors, and so every step, with the old one.

    @property
    def weights(self) -> Array:
        """What each edge multiplies with, (size, size of previous)."""
        return self._weights

    @weights.setter
    def weights(self, numbers: Array) -> None:
        self._weights[...] = numbers

    @property
    def biases(self) -> Array:
        """What each node's total starts from, (size,)."""
        return self._biases

    @biases.setter
    def biases(self, numbers: Array) -> None:
        self._biases[...] = numbers

    @property
    def weight_gradients(self) -> Array:
        """Mean d loss / d weight of the last `backward`, (size, size of previous)."""
        return self._weight_gradients

    @weight_gradients.setter
    def weight_gradients(self, numbers: Array) -> None:
        self._weight_gradients[...] = numbers

    @property
    def bias_gradients(self) -> Array:
        """Mean d loss / d bias of the last `backward`, (size,)."""
        return self._bias_gradients

    @bias_gradients.setter
    def bias_gradients(self, numbers: Array) -> None:
        self._bias_gradients[...] = numbers

    def require_biases(self) -> Array:
        """The biases, or an error for the input layer, which adds nothing up.

        Raises:
            AttributeError: this is the input layer.
        """
        if self.previous is None:
            raise AttributeError(f"the nodes of layer {self.name!r} are inputs: they have no bias")
        return self.biases

    def bind(self, parameters: Array, gradients: Array) -> None:
        """Make the layer's parameters and their gradients views of two flat vectors.

        Args:
            parameters: (parameter_count,), the weights source by source and then the biases.
            gradients: (parameter_count,), in the same order.
        """
        # weights[j, i] as ever, but in memory the weights of one source are neighbours: in that order the
        # largest product of a training step, values @ weights.T, takes a fifth less time.
        shape = (self.fan_in, self.size)
        edges = self.size * self.fan_in
        self._weights: Array = parameters[:edges].reshape(shape).T
        self._biases = parameters[edges:]
        self._weight_gradients: Array = gradients[:edges].reshape(shape).T
        self._bias_gradients = gradients[edges:]
        self._rooms: dict[str, Array] = {}
        self.open(0)

    def initialise(self, generator: np.random.Generator) -> None:
        """Draw the weights from a normal distribution of variance gain / fan-in; biases start at 0."""
        deviation = np.sqrt(self.activation.gain / self.fan_in)
        self.weights = deviation * generator.standard_normal(self.weights.shape)
        self.biases[...] = 0

    def open(self, images: int) -> None:
        """Make `totals` and `values` hold this many images, and forget the gradients of earlier ones."""
        self.totals = self._room("totals", images if self.previous else 0)
        self.values = self._room("values", images)
        self.gradients = self._room("gradients", 0)

    def open_gradients(self) -> None:
        """Make `gradients` hold as many images as `values`."""
        self.gradients = self._room("gradients", len(self.values))

    def forward(self) -> None:
        """Compute totals and values from the previous layer's values."""
        assert self.previous is not None
        self.open(len(self.previous.values))
        np.matmul(self.previous.values, self.weights.T, out=self.totals)
        np.add(self.totals, self.biases, out=self.totals)
        self.activation.apply(self.totals, self.values)

    def answer(self, signals: Array) -> Array:
        """The values for other signals, (images, size of previous) -> (images, size); changes nothing."""
        totals: Array = signals @ self.weights.T
        totals += self.biases
        self.activation.apply(totals, totals)
        return totals

    def backward(self, *, further: bool) -> None:
        """Turn this layer's `gradients` into those of its parameters and of the previous layer.

        Args:
            further: also compute the previous layer's `gradients`.
        """
        assert self.previous is not None
        images = len(self.gradients)
        shares = self._room("shares", images)
        np.multiply(self.gradients, 1 / images, out=shares)
        if images == 1:  # a product without a sum, for which the matrix library is slow
            np.multiply(self.previous.values.T, shares, out=self.weight_gradients.T)
        else:
            np.matmul(self.previous.values.T, shares, out=self.weight_gradients.T)
        np.sum(shares, axis=0, out=self.bias_gradients)
        if further:
            self.previous.open_gradients()
            np.matmul(self.gradients, self.weights, out=self.previous.gradients)
            self.previous.activation.pull_back(self.previous.values, self.previous.gradients)

    def _room(self, what: str, images: int) -> Array:
        """The first `images` rows of a buffer that is made once and grows when more are needed."""
        room = self._rooms.get(what)
        if room is None or len(room) < images:
            room = self._rooms[what] = np.zeros((images, self.size), self._weights.dtype)
        return room[:images]

    def __getstate__(self) -> dict[str, Any]:
        # Nodes and edges hold no number, and following them from one to the next would recurse too deep.
        return {**self.__dict__, "activation": self.activation.name, "_nodes": None, "_rooms": {}}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, activation=ACTIVATIONS[state["activation"]])

    def __len__(self) -> int:
        return self.size

    def __repr__(self) -> str:
        if self.previous is None:
            return f"Layer({self.name}, {self.size} nodes)"
        return f"Layer({self.name}, {self.size} nodes, {self.activation.name}, {self.weights.size} edges)"
