"""From a classifier's parameters to a network that learns, and on from there."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning

from mnist_ocr import __version__
from mnist_ocr.graph import Network
from mnist_ocr.graph.checks import Array
from mnist_ocr.training import OPTIMIZERS, Epoch, TrainingConfig, train
from mnist_ocr.training.centring import to_plain_inputs
from mnist_ocr.training.optimizers import Optimizer
from mnist_ocr.training.table import Table

ABOUT = [
    "A neural network. layers[k].nodes[j].weights[i] is the weight of the edge from node i of layer k-1",
    "to node j of layer k. A node's value is activation(bias + sum of weight * value of the edge's source).",
    "The input is a row of the table that it learned from, feature by feature; output node k says how",
    "probable the class is that stands in training.classes at place k, counted from 0.",
]
"""How to read a file that the network is saved in."""


class Progress(NamedTuple):
    """What learning goes on with, besides the network.

    Attributes:
        centre, scale: how the first rows were measured; see `Table`.
        optimizer: with what it remembers of earlier steps.
        random: gives a seed to each call.
    """

    centre: Array
    scale: float
    optimizer: Optimizer
    random: np.random.RandomState


def begin(
    table: Table,
    classes: NDArray[Any],
    hidden: Sequence[int],
    activations: Sequence[str],
    config: TrainingConfig,
    random: np.random.RandomState,
) -> tuple[Network, Progress]:
    """A network that has not learned yet, and what goes with it.

    Raises:
        ValueError: the numbers and names make no network.
    """
    # As NumPy promotes: bytes and float32 stay in single precision, whole numbers of 64 bits cannot.
    dtype = np.float32 if np.result_type(table.rows, np.float32) == np.float32 else np.float64
    sizes = [table.rows.shape[1], *hidden, len(classes)]
    network = Network(sizes, [*activations, "softmax"], dtype=dtype, seed=new_seed(random))
    # What was drawn is a good beginning for rows that lie around 0 and are counted in their own unit.
    to_plain_inputs(network, table.centre, table.scale)
    network.metadata = {
        "about": ABOUT,
        "training": {"program": f"mnist_ocr {__version__}", "classes": classes.tolist()},
    }
    make = OPTIMIZERS[config.optimizer].make
    optimizer = make(network.parameters, config.momentum, config.weight_decay)
    return network, Progress(table.centre, table.scale, optimizer, random)


def learn(
    network: Network, progress: Progress, table: Table, validation: Table | None, config: TrainingConfig
) -> list[Epoch]:
    """Train in place, and turn what went wrong into what scikit-learn's people expect.

    Raises:
        ValueError: the numbers stopped being finite in the first epoch. Later, it is a warning, and the
            epochs before are kept.
        KeyboardInterrupt: in the first epoch; later, it is a warning.
    """
    optimizer = progress.optimizer
    # What was unpickled or copied has vectors of its own, and so has another network put in its place.
    optimizer.parameters = network.parameters
    history = train(network, table, validation, config, optimizer=optimizer)
    if history.diverged:
        optimizer.kept[...] = 0  # what it remembers of such steps would spoil the next
        told = f"{history.diverged}. The steps are too long: try learning_rate={config.peak_rate / 10:g}"
        if history.best is None:
            raise ValueError(told)
        warnings.warn(told, ConvergenceWarning, stacklevel=3)
    if history.interrupted:
        if history.best is None:
            raise KeyboardInterrupt
        warnings.warn("Training interrupted by user.", stacklevel=3)
    return history.epochs


def new_seed(random: np.random.RandomState) -> int:
    """A seed for the project's own generators."""
    return int(random.randint(np.iinfo(np.int32).max))
