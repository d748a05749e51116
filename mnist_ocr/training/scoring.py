"""How well a network reads a data set."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from mnist_ocr.data import Dataset
from mnist_ocr.data.augmentation import as_inputs
from mnist_ocr.graph import Network
from mnist_ocr.training.table import Table

_AT_ONCE = 1000


@dataclass(frozen=True)
class Score:
    """How a network reads a data set: part read correctly, 0 to 1, and mean loss per image."""

    accuracy: float
    loss: float


NOT_SCORED = Score(math.nan, math.nan)
"""Where there is nothing to read."""


def evaluate(network: Network, dataset: Dataset | Table) -> Score:
    """Read a whole data set and count."""
    correct, loss = 0, 0.0
    one_hot = np.eye(network.output.size, dtype=network.dtype)
    for start in range(0, len(dataset), _AT_ONCE):
        some = slice(start, start + _AT_ONCE)
        labels = dataset.labels[some]
        inputs = dataset.rows[some] if isinstance(dataset, Table) else as_inputs(dataset.images[some])
        network.forward_from(inputs.astype(network.dtype, copy=False))
        output = network.output
        correct += int((output.values.argmax(axis=1) == labels).sum())
        loss += float(network.loss.per_image(output.totals, output.values, one_hot[labels]).sum())
    return Score(correct / len(dataset), loss / len(dataset))
