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

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from mnist_ocr.graph.activations import ACTIVATIONS, Activation
from mnist_ocr.graph.checks import Array, CheckedArray, Guarded, assign
from mnist_ocr.graph.node import Node

_CACHE_LINE = 64
"""Bytes that a processor moves at once."""


def zeros(count: int, dtype: DTypeLike) -> Array:
    """A vector of zeros, (count,), that begins where a line of the processor's cache does.

    A core then calculates with a long vector in three quarters of the time.
    """
    memory = np.zeros(count * np.dtype(dtype).itemsize + _CACHE_LINE, np.uint8)
    start = -memory.ctypes.data % _CACHE_LINE
    return memory[start : start + count * np.dtype(dtype).itemsize].view(dtype)


def no_false_alarm(check: bool = True) -> AbstractContextManager[object]:
    """Say nothing of invalid numbers in a product of matrices, for whoever wants the checks.

    On a small matrix, the library behind NumPy sometimes reports one where every number is finite (numpy
    issue 24067). What goes in is finite, so a true one only follows an overflow, which is still told.
    """
    return np.errstate(invalid="ignore") if check else nullcontext()


class Layer(Guarded):
    """A row of nodes and everything known about them.

    Args:
        name: what to call it.
        size: the number of its nodes.
        activation: what its nodes do with their totals.
        previous: the layer below, or None for the input.
        parameters, gradients: the stretches of the network's two flat vectors that hold this layer's numbers,
            (size * (size of previous + 1),) each: the weights source by source, and then the biases. Without
            them, the layer has vectors of its own, of zeros.
        dtype: the precision where it has vectors of its own.

    Attributes:
        name: "input", "hidden", "output", or what a person called it.
        index: its place in the network, 0 for the input.
        size: the number of its nodes.
        activation: an entry of `ACTIVATIONS`; the input's nodes pass on what they are given.
        previous, next: the layers beside it, or None at the ends.
        node_names: names that a person gave to single nodes, by index.
        totals, values: what the last `forward` computed, (images, size). The input has values only.
        gradients: d loss / d total of each image, (images, size); for the input d loss / d value.
            Without rows until `backward` has computed it for the images of the last `forward`.
        value_gradients: d loss / d value of each image, (images, size). At both ends of the network only
            where it was asked for.
    """

    __slots__ = (
        "_bias_gradients",
        "_biases",
        "_buffers",
        "_no_rows",
        "_nodes",
        "_weight_gradients",
        "_weights",
        "activation",
        "gradients",
        "index",
        "name",
        "next",
        "node_names",
        "previous",
        "size",
        "totals",
        "value_gradients",
        "values",
    )

    _fixed = frozenset(("activation", "index", "next", "previous", "size"))

    size: int
    activation: Activation
    previous: Layer | None
    next: Layer | None
    index: int

    def __init__(
        self,
        name: str,
        size: int,
        activation: Activation,
        previous: Layer | None = None,
        parameters: Array | None = None,
        gradients: Array | None = None,
        *,
        dtype: DTypeLike = "float32",
    ) -> None:
        self.name = name
        self._fix("size", size)
        self._fix("activation", activation)
        self._fix("previous", previous)
        self._fix("next", None)
        self._fix("index", previous.index + 1 if previous else 0)
        if previous is not None:
            previous._fix("next", self)
        self.node_names: dict[int, str] = {}
        self._nodes: tuple[Node, ...] | None = None
        if parameters is None:
            parameters = np.zeros(self.parameter_count, dtype)
        if gradients is None:
            gradients = np.zeros_like(parameters)
        # weights[j, i] as ever, but in memory the weights of one source are neighbours: in that order the
        # largest product of a training step, values @ weights.T, takes a fifth less time.
        edges = size * self.fan_in
        self._weights: Array = parameters[:edges].reshape(self.fan_in, size).T
        self._biases: Array = parameters[edges:]
        self._weight_gradients: Array = gradients[:edges].reshape(self.fan_in, size).T
        self._bias_gradients: Array = gradients[edges:]
        self._buffers: dict[str, Array] = {}
        self._no_rows: Array = np.zeros((0, size), parameters.dtype)
        self.allocate(0)

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
    def weights(self) -> CheckedArray:
        """What each edge multiplies with, (size, size of previous)."""
        return CheckedArray.over(self._weights, f"{self.name}.weights")

    @weights.setter
    def weights(self, numbers: Any) -> None:
        assign(self.require_weights(), numbers, f"{self.name}.weights")

    @property
    def biases(self) -> CheckedArray:
        """What each node's total starts from, (size,)."""
        return CheckedArray.over(self._biases, f"{self.name}.biases")

    @biases.setter
    def biases(self, numbers: Any) -> None:
        assign(self.require_biases(), numbers, f"{self.name}.biases")

    @property
    def weight_gradients(self) -> Array:
        """Mean d loss / d weight of the last `backward`, (size, size of previous)."""
        return self._weight_gradients

    @weight_gradients.setter
    def weight_gradients(self, numbers: Any) -> None:
        self._weight_gradients[...] = numbers

    @property
    def bias_gradients(self) -> Array:
        """Mean d loss / d bias of the last `backward`, (size,)."""
        return self._bias_gradients

    @bias_gradients.setter
    def bias_gradients(self, numbers: Any) -> None:
        self._bias_gradients[...] = numbers

    def require_weights(self) -> Array:
        """The weights, or an error for the input layer, into which no edges lead.

        Raises:
            AttributeError: this is the input layer.
        """
        if self.previous is None:
            raise AttributeError(f"the nodes of layer {self.name!r} are inputs: no edges lead into them")
        return self._weights

    def require_biases(self) -> Array:
        """The biases, or an error for the input layer, which adds nothing up.

        Raises:
            AttributeError: this is the input layer.
        """
        if self.previous is None:
            raise AttributeError(f"the nodes of layer {self.name!r} are inputs: they have no bias")
        return self._biases

    def initialise(self, generator: np.random.Generator) -> None:
        """Draw the weights from a normal distribution of the activation's variance; biases start at 0."""
        deviation = np.sqrt(self.activation.initial_variance(self.fan_in, self.size))
        self._weights[...] = deviation * generator.standard_normal(self._weights.shape)
        self._biases[...] = 0

    def allocate(self, images: int) -> None:
        """Make `totals` and `values` hold this many images, and forget the gradients of earlier ones."""
        self.totals = self._buffer("totals", images if self.previous else 0)
        self.values = self._buffer("values", images)
        self.forget_gradients()

    def forget_gradients(self) -> None:
        """Leave `gradients` and `value_gradients` without rows."""
        self.gradients = self.value_gradients = self._no_rows

    def allocate_gradients(self, *, of_values: bool = True) -> None:
        """Make `gradients`, and with `of_values` also `value_gradients`, hold as many images as `values`."""
        images = len(self.values)
        self.gradients = self._buffer("gradients", images)
        self.value_gradients = self._buffer("value_gradients", images) if of_values else self._no_rows

    def forward(self) -> None:
        """Compute totals and values from the previous layer's values."""
        assert self.previous is not None
        if len(self.values) == len(self.previous.values):
            self.forget_gradients()
        else:
            self.allocate(len(self.previous.values))
        self.propagate(self.previous.values, self.totals, self.values)

    def propagate(self, signals: Array, totals: Array, values: Array) -> None:
        """Compute the totals and values for any signals; the layer itself does not change.

        Args:
            signals: (images, size of previous).
            totals: (images, size), written into.
            values: likewise; it may be the same array.
        """
        np.matmul(signals, self._weights.T, out=totals)
        totals += self._biases
        self.activation.forward(totals, values)

    def backward(self, *, propagate: bool) -> None:
        """Turn this layer's `gradients` into those of its parameters and of the previous layer.

        Args:
            propagate: also compute the previous layer's `gradients`.
        """
        assert self.previous is not None
        images = len(self.gradients)
        deltas = self._buffer("deltas", images)
        np.multiply(self.gradients, 1 / images, out=deltas)
        # Not matmul, which takes five times as long where there is only one image.
        np.dot(self.previous.values.T, deltas, out=self._weight_gradients.T)
        deltas.sum(axis=0, out=self._bias_gradients)
        if propagate:
            previous = self.previous
            previous.allocate_gradients()
            np.matmul(self.gradients, self._weights, out=previous.value_gradients)
            previous.activation.backward(previous.values, previous.value_gradients, previous.gradients)

    def _buffer(self, what: str, images: int) -> Array:
        """The first `images` rows of a buffer that is made once and grows when more are needed."""
        buffer = self._buffers.get(what)
        if buffer is None or len(buffer) < images:
            buffer = self._buffers[what] = np.zeros((images, self.size), self._weights.dtype)
        return buffer[:images]

    def __getstate__(self) -> dict[str, Any]:
        # Nodes and edges hold no number, and following them from one to the next would recurse too deep.
        state = {name: getattr(self, name) for name in Layer.__slots__}
        return {**state, "activation": self.activation.name, "_nodes": None, "_buffers": {}}

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, value in state.items():
            self._fix(name, ACTIVATIONS[value] if name == "activation" else value)

    def __len__(self) -> int:
        return self.size

    def __repr__(self) -> str:
        if self.previous is None:
            return f"Layer({self.name}, {self.size} nodes)"
        return f"Layer({self.name}, {self.size} nodes, {self.activation.name}, {self._weights.size} edges)"
