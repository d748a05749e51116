"""Learning from pixels as they differ from the mean picture, and keeping a network that takes plain pixels.

A node's total is bias + sum of weight * pixel. With all pixels above zero, the gradients of a node's weights
share their sign and the steps zigzag; pixels that lie around zero learn faster (LeCun, Bottou, Orr and
Müller, 1998, "Efficient BackProp", section 4.3). Taking the mean picture m away from the pixels x changes
no answer as long as the bias takes it up, because

    bias + weights . x  =  (bias + weights . m) + weights . (x - m)

So the biases move over before an epoch and back after it, and nobody outside ever sees another network.
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
def centred_on(network: Network, centre: Array) -> Iterator[None]:
    """Make the network one for inputs with `centre` taken away, and back again when the block is done.

    Args:
        network: changed in place, in the biases of its first layer above the input.
        centre: (input size,).
    """
    first = network.layers[1]
    first.biases += first.weights @ centre
    try:
        yield
    finally:
        first.biases -= first.weights @ centre
