"""Learning from pixels as they differ from the mean picture, and keeping a network that takes plain pixels.

A node's total is bias + sum of weight * pixel. With all pixels above zero, the gradients of a node's weights
share their sign and the steps zigzag; pixels that lie around zero learn faster (LeCun, Bottou, Orr and
Müller, 1998, "Efficient BackProp", section 4.3). Taking the mean picture m away from the pixels x changes
no answer as long as the bias takes it up, because

    bias + weights . x  =  (bias + weights . m) + weights . (x - m)

So the biases move over before an epoch and back after it, and nobody outside ever sees another network.

How long the steps may be depends on how large the inputs are. Pixels are brought to 0..1 beforehand; a
`Table` is counted in a unit s, which the weights take up as the biases do the mean:

    weights . (x - m)  =  (s weights) . ((x - m) / s)
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from mnist_ocr.data import Dataset
from mnist_ocr.data.augmentation import as_inputs
from mnist_ocr.graph import Network
from mnist_ocr.graph.activations import Array

_AT_ONCE = 5000


def mean_picture(dataset: Dataset) -> Array:
    """The mean of each pixel, (784,) in 0..1."""
    sums = np.zeros(784)
    for start in range(0, len(dataset), _AT_ONCE):
        sums += as_inputs(dataset.images[start : start + _AT_ONCE]).sum(axis=0)
    return sums / len(dataset)


@contextmanager
def centred_on(
    network: Network, centre: Array, scale: float = 1.0, *, already: bool = False
) -> Iterator[None]:
    """Make the network one for inputs with `centre` taken away, and back again when the block is done.

    Args:
        network: changed in place, in the weights and biases of its first layer above the input.
        centre: (input size,), in the inputs' own unit.
        scale: the unit to count the inputs in.
        already: it is such a network, and only has to be turned back.
    """
    first = network.layers[1]
    if not already:
        first.biases += first.weights @ centre
        if scale != 1:
            first.weights *= scale
    try:
        yield
    finally:
        to_plain_inputs(network, centre, scale)


def to_plain_inputs(network: Network, centre: Array, scale: float) -> None:
    """Make a network for (inputs - centre) / scale one that gives the same answers to the plain inputs."""
    first = network.layers[1]
    if scale != 1:
        first.weights /= scale
    first.biases -= first.weights @ centre
