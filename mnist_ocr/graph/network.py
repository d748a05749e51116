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
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from mnist_ocr import modelfile
from mnist_ocr.graph.activations import ACTIVATIONS
from mnist_ocr.graph.checks import Array, Guarded, as_images, as_sizes, as_targets, assign, one_finite
from mnist_ocr.graph.layer import Layer, no_false_alarm, zeros
from mnist_ocr.graph.losses import LOSSES, Loss, usual_loss
from mnist_ocr.modelfile import PRECISIONS, LayerData, ModelData, ModelFileError

# More images than this at once gain no speed and only cost memory.
_IMAGES_AT_ONCE = 1024


class Network(Guarded):
    """A feed-forward network of fully connected layers.

    Args:
        sizes: the number of nodes of each layer, input first: `[784, 128, 10]`.
        activation: one name for all hidden layers (the output layer then gets softmax, or sigmoid if it
            is a single node), or a sequence with a name for every layer after the input. Names:
            `relu`, `sigmoid`, `tanh`, `linear`, `softmax`.
        loss: `cross-entropy` (needs a softmax output layer), `binary-cross-entropy` (needs a sigmoid one) or
            `squared-error`; without it, the first of them that can be had.
        dtype: `float32` or `float64`.
        seed: a seed or a `numpy.random.Generator` for the initial weights; the same seed gives the same
            network, bit for bit. None draws other weights each time. How wide they are drawn is the
            activation's `initial_variance`: He for relu, Glorot for the others. Biases start at 0.

    Attributes:
        layers: the layers, input first.
        parameters: (parameters,), every weight and bias; layer by layer, weights before biases.
        gradients: (parameters,), mean d loss / d parameter over the images of the last `backward`.
        metadata: what a model file's header tells about this network (see `mnist_ocr.modelfile`). What is in
            "training" is true of these numbers: once they have changed, it stands in "from" instead, as that
            of the network that this one came from.

    Raises:
        ValueError: sizes, names or their combination make no network; the message says what would.
    """

    __slots__ = ("_described", "_gradients", "_loss", "_metadata", "_parameters", "layers")
    _fixed = frozenset(("layers",))

    layers: tuple[Layer, ...]

    def __init__(
        self,
        sizes: Sequence[int],
        activation: str | Sequence[str] = "relu",
        loss: str | None = None,
        *,
        dtype: DTypeLike = "float32",
        seed: int | np.random.Generator | None = None,
    ) -> None:
        self._build(as_sizes(sizes), activation, loss, dtype)
        generator = np.random.default_rng(seed)
        for layer in self.layers[1:]:
            layer.initialise(generator)

    @classmethod
    def zeros(
        cls,
        sizes: Sequence[int],
        activation: str | Sequence[str] = "relu",
        loss: str | None = None,
        *,
        dtype: DTypeLike = "float32",
    ) -> Network:
        """A network whose every weight and bias is 0, to be filled in by hand; the arguments are the same."""
        network = cls.__new__(cls)
        network._build(as_sizes(sizes), activation, loss, dtype)
        return network

    def _build(
        self, sizes: list[int], activation: str | Sequence[str], loss: str | None, dtype: DTypeLike
    ) -> None:
        """Make the layers over two flat vectors of zeros."""
        names = _activation_names(activation, sizes)
        precision = np.dtype(dtype).name
        if dtype is None or precision not in PRECISIONS:
            raise ValueError(f"dtype {precision}: expected {' or '.join(PRECISIONS)}")
        if loss is None:
            loss = usual_loss(names[-1])
        self._loss = _loss_for(loss, names[-1])
        count = sum((sources + 1) * targets for sources, targets in pairwise(sizes))
        self._parameters: Array = zeros(count, precision)
        self._metadata: dict[str, Any] = {}
        self._described: Array | None = None
        self._gradients: Array = zeros(count, precision)
        nothing = self._parameters[:0]
        layers = [Layer("input", sizes[0], ACTIVATIONS["linear"], None, nothing, nothing)]
        start = 0
        for size, name in zip(sizes[1:], names, strict=True):
            index = len(layers)
            title = "output" if index == len(names) else "hidden" if len(names) == 2 else f"hidden{index}"
            part = slice(start, start + (sizes[index - 1] + 1) * size)
            numbers = self._parameters[part], self._gradients[part]
            layers.append(Layer(title, size, ACTIVATIONS[name], layers[-1], *numbers))
            start = part.stop
        self._fix("layers", tuple(layers))

    # As with a layer's arrays, assigning writes into the cells that everybody looks at.

    @property
    def parameters(self) -> Array:
        """Every weight and bias, (parameters,)."""
        return self._parameters

    @parameters.setter
    def parameters(self, numbers: Any) -> None:
        assign(self._parameters, numbers, "parameters")

    @property
    def gradients(self) -> Array:
        """The mean d loss / d parameter of each, (parameters,)."""
        return self._gradients

    @gradients.setter
    def gradients(self, numbers: Any) -> None:
        self._gradients[...] = numbers

    # Anybody may write into the parameters, so nobody could be told to withdraw what was said of them.
    # Instead, whoever asks for it compares the numbers with those that it was said of.

    @property
    def metadata(self) -> dict[str, Any]:
        """What a model file's header tells; a record in "training" is one of these very numbers."""
        known = self._described
        if known is None or not np.array_equal(known, self._parameters):
            if known is not None and "training" in self._metadata:
                self._metadata["training"] = modelfile.as_origin(self._metadata["training"])
            self._described = self._parameters.copy()
        return self._metadata

    @metadata.setter
    def metadata(self, metadata: dict[str, Any]) -> None:
        self._metadata, self._described = metadata, self._parameters.copy()

    @property
    def loss(self) -> Loss:
        """The entry of `LOSSES` in use; its name can be assigned."""
        return self._loss

    @loss.setter
    def loss(self, loss: str) -> None:
        self._loss = _loss_for(loss, self.output.activation.name)

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
        dtype: np.dtype[Any] = self._parameters.dtype
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

    def forward(self, images: ArrayLike, *, check: bool = True) -> Array:
        """Send images through the network; every node keeps its total and value of each of them.

        Args:
            images: one image, (input size,) or (28, 28), or several, (images, input size) or
                (images, 28, 28).
            check: False for a loop that owns its arrays and NumPy's warnings: `images` is then an array
                (images, input size) of the network's dtype, and the input layer looks at it in place.

        Returns:
            The output layer's values, (images, output size): a copy, or without `check` the layer's own.

        Raises:
            ValueError: the shape does not fit, or a number is not finite.
        """
        if check:
            rows = as_images(images, self.input.size, self.dtype)
            self.input.allocate(len(rows))
            self.input.values[...] = rows
        else:
            assert isinstance(images, np.ndarray)
            self.input.forget_gradients()
            self.input.values = images
        with no_false_alarm(check):
            for layer in self.layers[1:]:
                layer.forward()
        values = self.output.values
        return values.copy() if check else values

    def backward(self, targets: ArrayLike, *, check: bool = True, to_input: bool = True) -> float:
        """Find d loss / d everything for the images of the last `forward`; overwrites what was there.

        Args:
            targets: what should have been said: a label for each image, (images,) whole numbers, or a
                row for each, (images, output size), such as one-hot.
            check: False for a loop that owns its arrays and NumPy's warnings: `targets` is then an array
                (images, output size) of the network's dtype.
            to_input: also find d loss / d value of the nodes at both ends, the pixels and the answers, which
                a step does not need.

        Returns:
            The mean loss over the images, the number that the gradients are the derivative of.

        Raises:
            ValueError: no `forward` yet, or targets that do not fit.
        """
        output = self.output
        if len(output.values) == 0:
            raise ValueError("backward needs a forward first: there is no answer to compare with the targets")
        rows = self._as_targets(targets) if check else np.asarray(targets)
        output.allocate_gradients(of_values=to_input)
        if to_input:
            output.value_gradients[...] = self.loss.value_gradients(output.values, rows)
        self.loss.backward(output.activation, output.values, rows, output.gradients)
        with no_false_alarm(check):
            for layer in self.layers[:0:-1]:
                layer.backward(propagate=to_input or layer.index > 1)
        return float(self.loss.per_image(output.totals, output.values, rows).sum()) / len(rows)

    def step(self, learning_rate: float) -> None:
        """Move every parameter against its gradient: parameter -= learning rate * gradient.

        Raises:
            ValueError: the learning rate is not a finite number.
        """
        self._parameters -= one_finite(learning_rate, "learning_rate", self.dtype) * self._gradients

    def predict_proba(self, images: ArrayLike) -> Array:
        """The output values for each image, (images, output size); leaves every node as it is.

        Raises:
            ValueError: the shape does not fit, or a number is not finite.
        """
        rows = as_images(images, self.input.size, self.dtype)
        answers = np.empty((len(rows), self.output.size), self.dtype)
        for start in range(0, len(rows), _IMAGES_AT_ONCE):
            values = rows[start : start + _IMAGES_AT_ONCE]
            for layer in self.layers[1:]:
                totals = np.empty((len(values), layer.size), self.dtype)
                with no_false_alarm():
                    layer.propagate(values, totals, totals)
                values = totals
            answers[start : start + _IMAGES_AT_ONCE] = values
        return answers

    def predict(self, images: ArrayLike) -> NDArray[np.intp]:
        """The label of each image, (images,); leaves every node as it is.

        That is the output node with the largest value; of a single output node, 1 from a value of 0.5 and
        else 0.
        """
        answers = self.predict_proba(images)
        if self.output.size == 1:
            return (answers[:, 0] >= 0.5).astype(np.intp)
        labels: NDArray[np.intp] = np.argmax(answers, axis=1)
        return labels

    def losses(self, targets: ArrayLike) -> Array:
        """The loss of each image of the last `forward`, (images,); targets as for `backward`."""
        output = self.output
        if len(output.values) == 0:
            raise ValueError("losses need a forward first: there is no answer to compare with the targets")
        losses: Array = self.loss.per_image(output.totals, output.values, self._as_targets(targets))
        return losses

    def _as_targets(self, targets: ArrayLike) -> Array:
        output = self.output
        rows = as_targets(targets, len(output.values), output.size, self.dtype)
        if self.loss.targets == "distribution" and not np.allclose(rows.sum(axis=1), 1, atol=1e-4):
            raise ValueError(f"targets for {self.loss.name}: expected rows that add up to 1")
        if self.loss.targets == "probabilities" and not ((rows >= 0) & (rows <= 1)).all():
            raise ValueError(f"targets for {self.loss.name}: expected numbers from 0 to 1")
        return rows

    # The network as a file, a dictionary, a copy.

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the network as JSON; see `mnist_ocr.modelfile`.

        Raises:
            ValueError: a parameter is not finite, or a name cannot be written.
            OSError: the folder cannot be written to; an earlier file is as it was.
        """
        modelfile.write(self._data(), path)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Network:
        """Read a network from JSON: a file, or a shipped network by its name, "default" or "strong".

        Raises:
            ModelFileError: there is no such file, or something in it is not as it must be; the message
                names its path, such as `layers[1].nodes[17].weights[406]`.
        """
        file = modelfile.find_model(path) if path in modelfile.MODELS else Path(path)
        data = modelfile.read(file, ACTIVATIONS, LOSSES)
        try:
            return cls._of(data)
        except ValueError as error:
            raise ModelFileError(f"{file}: {error}") from None

    def to_dict(self, *, state: bool = False) -> dict[str, Any]:
        """The network as the JSON object of a model file: plain lists, numbers and texts.

        Args:
            state: add what the nodes have of the last image: "total", "value", and after a `backward`
                "gradient" (d loss / d total). The input layer then has "nodes" as well.

        Raises:
            ValueError: a parameter is not finite; or with `state`, there was not exactly one image.
        """
        document = modelfile.as_dict(self._data())
        if state:
            if len(self.output.values) != 1:
                raise ValueError(
                    f"the state of {len(self.output.values)} images: expected one; run forward on one image"
                )
            document["layers"][0]["nodes"] = [{"name": node.name} for node in self.input.nodes]
            for layer, record in zip(self.layers, document["layers"], strict=True):
                for what in ("totals", "values", "gradients"):
                    for row in getattr(layer, what):
                        for node, number in zip(record["nodes"], modelfile.as_floats(row), strict=True):
                            node[what.removesuffix("s")] = number
        return document

    @classmethod
    def from_dict(cls, document: dict[str, Any]) -> Network:
        """The network of such a dictionary (without state).

        Raises:
            ModelFileError: something in it is not as it must be; the message names its path.
        """
        try:
            return cls._of(modelfile.check(document, ACTIVATIONS, LOSSES))
        except ModelFileError:
            raise
        except ValueError as error:
            raise ModelFileError(str(error)) from None

    def _data(self) -> ModelData:
        layers = [
            LayerData(
                layer.name,
                layer.size,
                layer.activation.name if layer.previous else None,
                [node.name for node in layer.nodes] if layer.previous else [],
                layer._biases,
                layer._weights,
            )
            for layer in self.layers
        ]
        return ModelData(self.metadata, self.loss.name, self.dtype.name, layers)

    @classmethod
    def _of(cls, data: ModelData) -> Network:
        activations = [layer.activation or "" for layer in data.layers[1:]]
        # Where a file does not name its loss, this is what it always meant.
        loss = data.loss or ("cross-entropy" if activations[-1] == "softmax" else "squared-error")
        network = cls.zeros([layer.size for layer in data.layers], activations, loss, dtype=data.numbers)
        for layer, found in zip(network.layers, data.layers, strict=True):
            layer.name = found.name
            layer._biases[...] = found.biases
            if layer.previous:
                layer._weights[...] = found.weights
            names = {j: name for j, name in enumerate(found.node_names) if name != f"{found.name}[{j}]"}
            layer.node_names.update(names)
        network.metadata = copy.deepcopy(data.metadata)
        return network

    def copy(self) -> Network:
        """A network of its own with the same numbers and names, and nothing of the last `forward`."""
        twin = type(self).__new__(type(self))
        twin.__setstate__(self.__getstate__())
        return twin

    def __copy__(self) -> Network:
        # Two networks with the same layers would be two owners of the same numbers.
        return self.copy()

    def __deepcopy__(self, memo: dict[int, Any]) -> Network:
        return self.copy()

    def __getstate__(self) -> dict[str, Any]:
        return {
            "plan": (self.sizes, self.activations, self.loss.name, self.dtype.name),
            "names": [(layer.name, dict(layer.node_names)) for layer in self.layers],
            "metadata": copy.deepcopy(self.metadata),
            "parameters": self._parameters.copy(),
            "gradients": self._gradients.copy(),
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._build(*state["plan"])
        for layer, (name, node_names) in zip(self.layers, state["names"], strict=True):
            layer.name, layer.node_names = name, node_names
        self._parameters[...] = state["parameters"]
        self._gradients[...] = state["gradients"]
        self.metadata = state["metadata"]

    # Looking at it.

    def __str__(self) -> str:
        rows = [("layer", "nodes", "activation", "edges", "parameters")]
        for layer in self.layers:
            if layer.previous is None:
                rows.append((layer.name, f"{layer.size:,}", "", "", ""))
            else:
                counts = f"{layer.size * layer.fan_in:,}", f"{layer.parameter_count:,}"
                rows.append((layer.name, f"{layer.size:,}", layer.activation.name, *counts))
        edges = sum(layer.size * layer.fan_in for layer in self.layers)
        rows.append(("total", f"{sum(self.sizes):,}", "", f"{edges:,}", f"{self._parameters.size:,}"))
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [repr(self)]
        for row in rows:
            cells = [
                cell.ljust(width) if column in (0, 2) else cell.rjust(width)
                for column, (cell, width) in enumerate(zip(row, widths, strict=True))
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
        return self._plan() == other._plan() and bool(np.array_equal(self._parameters, other._parameters))

    __hash__ = None  # type: ignore[assignment]  # a network changes while it learns

    def _plan(self) -> tuple[Any, ...]:
        layers = [(layer.name, layer.size, layer.activation.name, layer.node_names) for layer in self.layers]
        return layers, self.loss.name, self.dtype


def _loss_for(name: str, output_activation: str) -> Loss:
    """The loss of this name, or an error where it does not go with the output layer."""
    if not isinstance(name, str) or name not in LOSSES:
        raise ValueError(f"unknown loss {name!r}: expected one of {', '.join(LOSSES)}")
    loss = LOSSES[name]
    if loss.needs not in (None, output_activation):
        raise ValueError(f"{name} needs a {loss.needs} output layer, and this one is {output_activation}")
    return loss


def _activation_names(activation: str | Sequence[str], sizes: list[int]) -> list[str]:
    """The name of the activation of every layer after the input."""
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
