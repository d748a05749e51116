"""A whole network as one sum, for one picture.

What a node passes on is not in proportion to its total, but for one picture it is one number, and a line
leads there from what the node would pass on for a total of 0:

    value = constant + slope * total        constant = f(0), slope = (f(total) - f(0)) / total

For relu the constant is 0, and the slope is 1 where the node is awake and 0 where it sleeps. Put line into
line, from the answer back to the pixels, and the network is a single sum:

    total = sum of multiplier * pixel + what the biases and constants add

Nothing is left over, whatever the activation. Where all hidden nodes are relu or linear, the multiplier is
the derivative of the total, and a pixel's share is "gradient times input" (Shrikumar et al., 2016), exact
because such a network is made of flat pieces. For the others it is layer-wise relevance propagation, which
is the same with f(total) / total in place of f' (Ancona et al., 2018, proposition 1).
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from mnist_ocr.graph import Layer, Network

DoubleArray: TypeAlias = npt.NDArray[np.float64]

ASLEEP = 1e-9
"""A total closer to 0 than this says nothing about its sources: the value is a constant then."""


class Unrolled:
    """The network, and the picture that it saw last, in double precision.

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

    def down_to(self, index: int, direction: DoubleArray) -> tuple[DoubleArray, float]:
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
