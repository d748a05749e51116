"""From a handful of images to steps of the optimizer, at the pace that the size of a batch asks for.

Usually a handful is a batch: forward, backward, one step. A batch that is larger than memory should hold at
once comes in pieces, whose gradients are added up before the step. Several small batches come together and
are learned from in a row; see `small_batches`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple, Protocol

import numpy as np

from mnist_ocr.graph import Network
from mnist_ocr.training.batches import Handful
from mnist_ocr.training.optimizers import Optimizer

Rate = Callable[[int], float]
"""The learning rate of a step, counted from 0."""


class Learned(NamedTuple):
    """What the network said to a handful of images while it learned from them.

    Attributes:
        loss: the sum over the images.
        correct: how many of the digits it read correctly.
    """

    loss: float
    correct: int


class Pace(Protocol):
    """One way to get from handfuls to steps.

    Attributes:
        steps: how many were taken.
    """

    steps: int

    def begin_epoch(self, learned: int) -> None:
        """Begin an epoch, or go on with one of which this many images were learned from."""

    @property
    def between_batches(self) -> bool:
        """Whether the last handful was the end of a batch."""

    def learn(self, handful: Handful) -> Learned:
        """Learn from the images; where the loss is not finite nothing is learned and no step counted."""


class BatchByBatch:
    """A handful is a batch, and a batch is a step."""

    def __init__(self, network: Network, optimizer: Optimizer, rate: Rate) -> None:
        self.steps = 0
        self._network = network
        self._optimizer = optimizer
        self._rate = rate

    def begin_epoch(self, learned: int) -> None:
        """Nothing to do: every handful is a batch of its own."""

    @property
    def between_batches(self) -> bool:
        """Always."""
        return True

    def learn(self, handful: Handful) -> Learned:
        """Forward, backward, step."""
        network = self._network
        network.forward_from(handful.inputs)
        loss = network.backward_from(handful.targets)
        if math.isfinite(loss):
            self._optimizer.step(network.gradients, self._rate(self.steps))
            self.steps += 1
        correct = int(np.count_nonzero(network.output.values.argmax(axis=1) == handful.labels))
        return Learned(loss * len(handful.inputs), correct)


class PieceByPiece:
    """Batches that are too large to look at at once: the gradient of the whole is gathered from its pieces.

    Args:
        network: learns.
        optimizer: moves its parameters.
        rate: the learning rate of each step.
        size: images per batch,
        images: and per epoch.
    """

    def __init__(self, network: Network, optimizer: Optimizer, rate: Rate, size: int, images: int) -> None:
        self.steps = 0
        self._network = network
        self._optimizer = optimizer
        self._rate = rate
        self._size = size
        self._images = images
        self._gathered = np.zeros_like(network.gradients)
        self._left_of_epoch = self._left_of_batch = 0

    def begin_epoch(self, learned: int) -> None:
        """Begin with a new batch."""
        self._left_of_epoch = self._images - learned
        self._left_of_batch = 0

    @property
    def between_batches(self) -> bool:
        """Whether all of the last batch has come."""
        return self._left_of_batch == 0

    def learn(self, handful: Handful) -> Learned:
        """Forward and backward; a step if this was the last piece of a batch."""
        network = self._network
        if self._left_of_batch == 0:
            self._batch = self._left_of_batch = min(self._size, self._left_of_epoch)
            self._gathered[...] = 0
        images = len(handful.inputs)
        network.forward_from(handful.inputs)
        loss = network.backward_from(handful.targets)
        # Each piece's gradients are a mean over its own images; the batch's mean weighs them by their number.
        network.gradients *= images / self._batch
        self._gathered += network.gradients
        self._left_of_batch -= images
        self._left_of_epoch -= images
        if self._left_of_batch == 0 and math.isfinite(loss):
            network.gradients[...] = self._gathered
            self._optimizer.step(network.gradients, self._rate(self.steps))
            self.steps += 1
        correct = int(np.count_nonzero(network.output.values.argmax(axis=1) == handful.labels))
        return Learned(loss * images, correct)
