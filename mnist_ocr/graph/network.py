"""A network: layers in a row, and the verbs that people use on them.

    >>> network = Network([2, 3, 1], ["tanh", "sigmoid"], seed=1)
    >>> network.forward([0, 1])             # an answer
    >>> network.backward([[1]])             # how wrong it was, and which way each weight should go
    >>> network.step(learning_rate=0.5)     # one small move of every weight against its gradient

All parameters live in one vector and all their gradients in another; the layers' arrays are views of
the two, so a step is an operation on two vectors however deep the network is.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from mnist_ocr.graph.activations import ACTIVATIONS, Array
from mnist_ocr.graph.layer import Layer
from mnist_ocr.graph.losses import LOSSES

PRECISIONS = ("float32", "float64")

# More images than this at once gain no speed and only cost memory.
_IMAGES_AT_ONCE = 1024


class Network:
    """A feed-forward network of fully connected layers.

    Args:
        sizes: the number of nodes of each layer, input first: `[784, 128, 10]`.
        activation: one name for all hidden layers (the output layer then gets softmax, or sigmoid if it
            is a single node), or a sequence with a name for every layer after the input. Names:
            `relu`, `sigmoid`, `tanh`, `linear`, `softmax`.
        loss: `cross-entropy` (needs a softmax output layer) or `squared-error`; by default the first
            where it can be had.
        dtype: `float32` or `float64`.
        seed: a seed or a `numpy.random.Generator` for the initial weights; the same seed gives the same
            network, bit for bit. None draws nothing and leaves every parameter at 0, to be filled in.

    Attributes:
        layers: the layers, input first.
        parameters: (parameters,), every weight and bias; layer by layer, weights before biases.
        gradients: (parameters,), mean d loss / d parameter over the images of the last `backward`.
        loss: the entry of `LOSSES` in use.
        metadata: what a model file's header tells about this network (see `mnist_ocr.modelfile`).

    Raises:
        ValueError: sizes, names or their combination make no network; the message says what would.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        activation: str | Sequence[str] = "relu",
        loss: str | None = None,
        *,
        dtype: DTypeLike = "float32",
        seed: int | np.random.Generator | None = 0,
    ) -> None:
        sizes = _checked_sizes(sizes)
        names = _checked_activations(activation, sizes)
        if np.dtype(dtype).name not in PRECISIONS:
            raise ValueError(f"dtype {np.dtype(dtype).name}: expected {' or '.join(PRECISIONS)}")
        if loss is None:
            loss = "cross-entropy" if names[-1] == "softmax" else "squared-error"
        if loss not in LOSSES:
            raise ValueError(f"unknown loss {loss!r}: expected one of {', '.join(LOSSES)}")
        self.loss = LOSSES[loss]
        if self.loss.needs not in (None, names[-1]):
            raise ValueError(f"{loss} needs a {self.loss.needs} output layer, and this one is {names[-1]}")

        self.layers: list[Layer] = [Layer("input", sizes[0], ACTIVATIONS["linear"], None)]
        for size, name in zip(sizes[1:], names, strict=True):
            place = len(self.layers)
            title = "output" if place == len(names) else "hidden" if len(names) == 2 else f"hidden{place}"
            self.layers.append(Layer(title, size, ACTIVATIONS[name], self.layers[-1]))
        self.metadata: dict[str, Any] = {}
        self._bind(np.dtype(dtype))
        if seed is not None:
            generator = np.random.default_rng(seed)
            for layer in self.layers[1:]:
                layer.initialise(generator)

    def _bind(self, dtype: np.dtype[Any]) -> None:
        """Make the two flat vectors and hand each layer its stretch of them."""
        count = sum(layer.parameter_count for layer in self.layers)
        self._parameters: Array = np.zeros(count, dtype)
        self._gradients: Array = np.zeros(count, dtype)
        start = 0
        for layer in self.layers:
            stretch = slice(start, start + layer.parameter_count)
            layer.bind(self.parameters[stretch], self.gradients[stretch])
            start = stretch.stop

    # As with a layer's arrays, assigning writes into the cells that everybody looks at.

    @property
    def parameters(self) -> Array:
        """Every weight and bias, (parameters,)."""
        return self._parameters

    @parameters.setter
    def parameters(self, numbers: Array) -> None:
        self._parameters[...] = numbers

    @property
    def gradients(self) -> Array:
        """The mean d loss / d parameter of each, (parameters,)."""
        return self._gradients

    @gradients.setter
    def gradients(self, numbers: Array) -> None:
        self._gradients[...] = numbers

    @property
    def sizes(self) -> list[int]:
        """The number of nodes of each layer, input first."""
        return [layer.size for layer in self.layers]

    @property
    def activations(self) -> list[str]:
        """The name of the activation of every layer after the input."""
        return [layer.activation.name for layer in self.layers[1:]]

    @property
    def dtype(self) -> np.dtype[Any]:
        """The precision of every number: float32 or float64."""
        dtype: np.dtype[Any] = self.parameters.dtype
        return dtype

    @property
    def input(self) -> Layer:
        """The layer that takes the image."""
        return self.layers[0]

    @property
    def output(self) -> Layer:
        """The layer that answers."""
        return self.layers[-1]

    # The verbs.

    def forward(self, images: ArrayLike) -> Array:
        """Send images through the network; every node keeps its total and value of each of them.

        Args:
            images: one image, (input size,) or any shape of that many numbers, or several, (images, …).

        Returns:
            A copy of the output layer's values, (images, output size).

        Raises:
            ValueError: the shape does not fit, or a number is not finite.
        """
        rows = self._as_rows(images)
        self.input.open(len(rows))
        self.input.values[...] = rows
        for layer in self.layers[1:]:
            layer.forward()
        answers: Array = self.output.values.copy()
        return answers

    def backward(self, targets: ArrayLike) -> float:
        """Find d loss / d everything for the images of the last `forward`; overwrites what was there.

        Args:
            targets: what should have been said: a label for each image, (images,) whole numbers, or a
                row for each, (images, output size), such as one-hot.

        Returns:
            The mean loss over the images, the number that the gradients are the derivative of.

        Raises:
            ValueError: no `forward` yet, or targets that do not fit.
        """
        if len(self.output.values) == 0:
            raise ValueError("backward needs a forward first: there is no answer to compare with the targets")
        rows = self._as_targets(targets, len(self.output.values))
        return self.backward_from(rows, to_input=True)

    def step(self, learning_rate: float) -> None:
        """Move every parameter against its gradient: parameter -= learning rate * gradient."""
        self._parameters -= self.dtype.type(learning_rate) * self._gradients

    def predict_proba(self, images: ArrayLike) -> Array:
        """The output values for each image, (images, output size); leaves every node as it is.

        Raises:
            ValueError: the shape does not fit, or a number is not finite.
        """
        rows = self._as_rows(images)
        answers = np.empty((len(rows), self.output.size), self.dtype)
        for start in range(0, len(rows), _IMAGES_AT_ONCE):
            values = rows[start : start + _IMAGES_AT_ONCE]
            for layer in self.layers[1:]:
                values = layer.answer(values)
            answers[start : start + _IMAGES_AT_ONCE] = values
        return answers

    def predict(self, images: ArrayLike) -> NDArray[np.intp]:
        """The output node with the largest value for each image, (images,); leaves every node as it is."""
        labels: NDArray[np.intp] = np.argmax(self.predict_proba(images), axis=1)
        return labels

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the network as JSON; see `mnist_ocr.modelfile.save`."""
        # The file's room stands on this one: it is named here, where people look for it, and only here.
        from mnist_ocr import modelfile

        modelfile.save(self, path)

    @staticmethod
    def load(path: str | os.PathLike[str]) -> Network:
        """Read a network from JSON; see `mnist_ocr.modelfile.load`."""
        from mnist_ocr import modelfile

        return modelfile.load(path)

    # The same without checks and copies, for loops that own their arrays.

    def forward_from(self, images: Array) -> None:
        """`forward` on (images, input size) of the network's dtype; the input looks at them in place."""
        self.input.open(0)
        self.input.values = images
        for layer in self.layers[1:]:
            layer.forward()

    def backward_from(self, targets: Array, *, to_input: bool = False) -> float:
        """`backward` on (images, output size) of the network's dtype; the mean loss.

        Args:
            targets: (images, output size).
            to_input: also find d loss / d input, which no step needs.
        """
        output = self.output
        output.open_gradients()
        self.loss.pull_back(output.activation, output.values, targets, output.gradients)
        for layer in self.layers[:0:-1]:
            layer.backward(further=to_input or layer.index > 1)
        return float(self.loss.per_image(output.totals, output.values, targets).sum()) / len(targets)

    # Looking at it.

    def losses(self, targets: ArrayLike) -> Array:
        """The loss of each image of the last `forward`, (images,); targets as for `backward`."""
        output = self.output
        rows = self._as_targets(targets, len(output.values))
        losses: Array = self.loss.per_image(output.totals, output.values, rows)
        return losses

    def __str__(self) -> str:
        rows = [("layer", "nodes", "activation", "edges", "parameters")]
        for layer in self.layers:
            if layer.previous is None:
                rows.append((layer.name, f"{layer.size:,}", "", "", ""))
            else:
                counts = f"{layer.weights.size:,}", f"{layer.parameter_count:,}"
                rows.append((layer.name, f"{layer.size:,}", layer.activation.name, *counts))
        edges = sum(layer.weights.size for layer in self.layers)
        rows.append(("total", f"{sum(self.sizes):,}", "", f"{edges:,}", f"{self.parameters.size:,}"))
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [repr(self)]
        for row in rows:
            cells = [
                cell.ljust(width) if place in (0, 2) else cell.rjust(width)
                for place, (cell, width) in enumerate(zip(row, widths, strict=True))
            ]
            lines.append("  ".join(cells).rstrip())
        return "\n".join(lines)

    def __repr__(self) -> str:
        sizes = "-".join(map(str, self.sizes))
        return f"Network({sizes}, {', '.join(self.activations)}, {self.loss.name}, {self.dtype.name})"

    def __eq__(self, other: object) -> bool:
        """Same layers, names, activations, loss and precision, and every parameter the same number."""
        if not isinstance(other, Network):
            return NotImplemented
        return self._plan() == other._plan() and bool(np.array_equal(self.parameters, other.parameters))

    __hash__ = None  # type: ignore[assignment]  # a network changes while it learns

    def _plan(self) -> tuple[Any, ...]:
        layers = [(layer.name, layer.size, layer.activation.name, layer.node_names) for layer in self.layers]
        return layers, self.loss.name, self.dtype

    def __copy__(self) -> Network:
        # Two networks with the same layers would be two owners of the same numbers.
        return copy.deepcopy(self)

    def __getstate__(self) -> dict[str, Any]:
        state = {"layers": self.layers, "loss": self.loss.name, "metadata": self.metadata}
        return {**state, "parameters": self.parameters, "gradients": self.gradients}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.layers = state["layers"]
        self.loss = LOSSES[state["loss"]]
        self.metadata = state["metadata"]
        self._bind(state["parameters"].dtype)
        self.parameters[...] = state["parameters"]
        self.gradients[...] = state["gradients"]

    # Refused at the door.

    def _as_rows(self, images: ArrayLike) -> Array:
        array = np.asarray(images)
        if array.dtype == np.uint8:
            raise ValueError("images are bytes of 0 to 255, and the network takes numbers: divide by 255")
        rows = np.ascontiguousarray(array, self.dtype)
        size = self.input.size
        if rows.size == size:
            rows = rows.reshape(1, size)
        elif rows.size:
            rows = rows.reshape(len(rows), -1)
        if rows.ndim != 2 or rows.shape[1] != size or len(rows) == 0:
            raise ValueError(
                f"images of shape {array.shape}: expected ({size},) for one image or (images, {size})"
            )
        if not np.isfinite(rows).all():
            row, column = np.argwhere(~np.isfinite(rows))[0]
            raise ValueError(f"image {row}, input {column} is {rows[row, column]}: expected a finite number")
        return rows

    def _as_targets(self, targets: ArrayLike, images: int) -> Array:
        array = np.asarray(targets)
        size = self.output.size
        # A single output node has no labels to choose from: 0 and 1 are then the values it should have.
        if size > 1 and array.ndim < 2 and np.issubdtype(array.dtype, np.integer) and array.size == images:
            labels = array.reshape(-1)
            if labels.size and (labels.min() < 0 or labels.max() >= size):
                wrong = next(label for label in labels.tolist() if not 0 <= label < size)
                raise ValueError(f"label {wrong}: expected 0 to {size - 1}, one for each output node")
            one_hot: Array = np.eye(size, dtype=self.dtype)[labels]
            return one_hot
        rows = np.asarray(array, self.dtype)
        if rows.size != images * size or rows.ndim > 2:
            raise ValueError(
                f"targets of shape {array.shape}: expected {images} whole numbers below {size}, or "
                f"({images}, {size})"
            )
        if not np.isfinite(rows).all():
            raise ValueError("targets: expected finite numbers")
        rows = rows.reshape(images, size)
        if self.loss.needs == "softmax" and not np.allclose(rows.sum(axis=1), 1, atol=1e-4):
            raise ValueError("targets for cross-entropy: expected rows that add up to 1")
        return rows


def _checked_sizes(sizes: Sequence[int]) -> list[int]:
    numbers = list(sizes)
    if len(numbers) < 2 or not all(isinstance(n, int | np.integer) and n > 0 for n in numbers):
        raise ValueError(
            f"sizes {numbers}: expected at least two positive whole numbers, as in [784, 128, 10]"
        )
    return [int(n) for n in numbers]


def _checked_activations(activation: str | Sequence[str], sizes: list[int]) -> list[str]:
    layers = len(sizes) - 1
    if isinstance(activation, str):
        names = [activation] * (layers - 1) + ["softmax" if sizes[-1] > 1 else "sigmoid"]
    else:
        names = list(activation)
    if len(names) != layers:
        raise ValueError(
            f"{len(names)} activations for {layers} layers after the input: expected one for each"
        )
    for name in [*names, activation] if isinstance(activation, str) else names:
        if name not in ACTIVATIONS:
            raise ValueError(f"unknown activation {name!r}: expected one of {', '.join(ACTIVATIONS)}")
    return names
