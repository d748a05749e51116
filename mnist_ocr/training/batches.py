"""Handing the images to the network: shuffled, augmented, scaled, a handful at a time.

The images stay bytes in memory, and the rows of a table what they are. A few thousand at a time are gathered
and turned into floats in one of two buffers that are made once; while the network learns from one, a second
thread fills the other, so that the preparation costs next to no time. That thread alone draws from the random
generator and works through the chunks in order: the same seed gives the same batches, bit for bit.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from mnist_ocr.data import Dataset
from mnist_ocr.data.augmentation import Augmentation, Pixels
from mnist_ocr.graph.activations import Array
from mnist_ocr.training.table import Table

AT_ONCE = 2048
"""Images prepared at once: 6 MB of float32."""


class Handful(NamedTuple):
    """Images to learn from next.

    Attributes:
        inputs: (images, input size), a view of a buffer that is filled again later.
        targets: (images, classes).
        labels: (images,), the digit of each; the number of classes for a picture of no digit.
    """

    inputs: Array
    targets: Array
    labels: npt.NDArray[np.integer]


class Batches:
    """All images of a data set in a new order, again and again.

    Args:
        dataset: what to learn from: images, or the rows of a table.
        size: images per batch, None for all; the last batch of an epoch holds what is left.
        dtype: the network's precision.
        generator: decides the order and the changes.
        classes: the number of output nodes.
        centre: (input size,), taken away from every image; see `centring`.
        outliers: (count, 28, 28), pictures of no digit to mix in; their target is each class alike.
        smoothing: this part of every target is spread over all classes.
        together: how many batches to hand over at once. Batches of more than `AT_ONCE` images come in
            pieces instead, one at a time.
    """

    def __init__(
        self,
        dataset: Dataset | Table,
        size: int | None,
        dtype: np.dtype[np.floating],
        generator: np.random.Generator,
        classes: int = 10,
        centre: Array | None = None,
        outliers: Pixels | None = None,
        smoothing: float = 0.0,
        together: int = 1,
    ) -> None:
        self._images: Array = dataset.rows if isinstance(dataset, Table) else dataset.images
        self._labels: npt.NDArray[np.integer] = dataset.labels
        if outliers is not None and len(outliers):
            # One more class for the table of targets below.
            self._images = np.concatenate([self._images, outliers])
            self._labels = np.concatenate([self._labels, np.full(len(outliers), classes, np.uint8)])
        self.images = len(self._images)
        self.size = self.images if size is None else min(size, self.images)
        self._handful = self.size * together
        self._generator = generator
        self._centre = centre
        one_hot = np.vstack([np.eye(classes), np.full(classes, 1 / classes)])
        self._targets = ((1 - smoothing) * one_hot + smoothing / classes).astype(dtype)
        # Whole handfuls only, so that none is spread over two buffers.
        self._chunk = max(1, AT_ONCE // self._handful) * self._handful
        room = min(self._chunk, AT_ONCE, self.images), self._images[0].size
        self._buffers = [np.empty(room, dtype) for _ in range(2)]

    def __len__(self) -> int:
        """The number of batches in an epoch."""
        return -(-self.images // self.size)

    def epoch(self, augmentation: Augmentation) -> Iterator[Handful]:
        """Every image once, changed by `augmentation`, in a new order.

        Use a handful before asking for the next.
        """
        order = self._generator.permutation(self.images)
        chunks = [
            piece
            for start in range(0, len(order), self._chunk)
            for piece in _pieces(order[start : start + self._chunk])
        ]
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="batches") as worker:
            coming = worker.submit(self._prepare, chunks[0], augmentation, self._buffers[0])
            for place in range(len(chunks)):
                inputs, targets, labels = coming.result()
                if place + 1 < len(chunks):
                    buffer = self._buffers[(place + 1) % 2]
                    coming = worker.submit(self._prepare, chunks[place + 1], augmentation, buffer)
                for start in range(0, len(inputs), self._handful):
                    some = slice(start, start + self._handful)
                    yield Handful(inputs[some], targets[some], labels[some])

    def _prepare(self, chosen: Array, augmentation: Augmentation, buffer: Array) -> Handful:
        inputs = buffer[: len(chosen)]
        augmentation(self._images[chosen], self._generator, inputs)
        if self._centre is not None:
            inputs -= self._centre
        labels = self._labels[chosen]
        return Handful(inputs, self._targets[labels], labels)


def _pieces(chunk: Array) -> list[Array]:
    """A chunk that fits into a buffer as it is, and a larger one in the fewest pieces of about one size."""
    return np.array_split(chunk, -(-len(chunk) // AT_ONCE))
