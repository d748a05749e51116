"""What a network believes about images of 28 x 28: ten probabilities each.

A network that has seen what no digit looks like is not sure of a wrong reading of a picture: of a photo's
negative, of half a digit, of the shadow in its corner. This makes its belief the best judge between several
readings of one picture.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from mnist_ocr.errors import InputError
from mnist_ocr.graph import Network

Probabilities = npt.NDArray[np.float64]
"""Shape (images, classes), each row adding up to 1."""

_BATCH = 1000  # Images at a time; each takes 6 kB while the network looks at it


@cache
def default_network() -> Network:
    """The shipped network that judges where no other one is given; loaded once, not to be changed."""
    return Network.load("default")


def probabilities(network: Network, images: npt.NDArray[np.uint8]) -> Probabilities:
    """What the network says of every image; its nodes keep nothing of it.

    Args:
        network: with 784 inputs.
        images: (images, 28, 28), 0 background, 255 full ink.

    Returns:
        (images, classes). Output values that are no probabilities (of sigmoid or linear nodes) are cut off
        at 0 and divided by their sum.

    Raises:
        InputError: the network's numbers overflow.
    """
    values = np.empty((len(images), network.output.size))
    with np.errstate(over="ignore", invalid="ignore"):
        for start in range(0, len(images), _BATCH):
            batch = images[start : start + _BATCH]
            values[start : start + _BATCH] = network.predict_proba(batch.reshape(len(batch), -1) / 255)
    return as_probabilities(network, values)


def as_probabilities(network: Network, values: npt.NDArray[np.floating]) -> Probabilities:
    """The output values of a network, (images, classes), as probabilities; see `probabilities`."""
    found: Probabilities = values.astype(np.float64)
    if not np.isfinite(found).all():
        raise InputError("the network's weights are so large that its answer is no number any more")
    if network.output.activation.name != "softmax":
        found = np.clip(found, 0, None)
        sums = found.sum(axis=1, keepdims=True)
        undecided = np.full_like(found, 1 / found.shape[1])  # where no output is above 0
        found = np.divide(found, sums, out=undecided, where=sums > 0)
    return found
