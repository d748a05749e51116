"""A training as it stands between two steps: enough to go on as if it had never stopped, to the last bit.

Within an epoch the order of the images, and how each is changed, come from a generator that is ahead of the
network, because the next images are prepared while it learns. So a state holds the generator as it was at
the start of the epoch, and how many handfuls of that epoch were learned from; whoever goes on prepares those
again, which takes a moment, and learns from the one after them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mnist_ocr.graph.activations import Array
from mnist_ocr.training.history import History


class CheckpointError(ValueError):
    """A state is not one of the training that is to go on from it."""


@dataclass(frozen=True, eq=False)
class TrainingState:
    """Everything that a training is between two steps.

    Attributes:
        history: the finished epochs.
        steps: of the optimizer, since the beginning.
        handfuls: of the epoch that is under way, learned from; 0 between two epochs.
        loss: the sum over the images of that epoch so far,
        correct: how many of them were read correctly,
        seconds: and the time it took.
        generator: the state of the random generator at the start of that epoch.
        parameters: of the network. Within an epoch they suit pixels as they differ from the mean picture; see
            `centring`.
        best: the parameters of the best epoch.
        kept: what the optimizer remembers, (vectors, parameters).
    """

    history: History
    steps: int
    handfuls: int
    loss: float
    correct: int
    seconds: float
    generator: Mapping[str, Any]
    parameters: Array
    best: Array
    kept: Array
