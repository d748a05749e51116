"""Handing the images to the network: shuffled, augmented, scaled, a batch at a time.

The images stay bytes in memory. A few thousand at a time are gathered and turned into floats in one of two
buffers that are made once; while the network learns from one, a second thread fills the other, so that
the preparation costs next to no time. That thread alone draws from the random generator and works through
the chunks in order: the same seed gives the same batches, bit for bit.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from mnist_ocr.data import Dataset
from mnist_ocr.data.augmentation import Augmentation, Pixels
from mnist_ocr.graph.activations import Array

_CHUNK = 2048
"""Images prepared at once: 6 MB of float32."""


class Batches:
    """All images of a data set in a new order, again and again.

    Args:
        dataset: what to learn from.
        size: images per batch; the last batch of an epoch holds what is left.
        dtype: the network's precision.
        generator: decides the order and the changes.
        classes: the number of output nodes.
        centre: (784,), taken away from every image; see `centring`.
        strangers: (count, 28, 28), pictures of no digit to mix in; their target is each class alike.
    """

    def __init__(
        self,
        dataset: Dataset,
        size: int,
        dtype: np.dtype[np.floating],
        generator: np.random.Generator,
        classes: int = 10,
        centre: Array | None = None,
        strangers: Pixels | None = None,
    ) -> None:
        self._images, self._labels = dataset.images, dataset.labels
        if strangers is not None and len(strangers):
            # One more class for the table of targets below.
            self._images = np.concatenate([self._images, strangers])
            self._labels = np.concatenate([self._labels, np.full(len(strangers), classes, np.uint8)])
        self.images = len(self._images)
        self.size = min(size, self.images)
        self._generator = generator
        self._centre = centre
        self._targets = np.vstack([np.eye(classes), np.full(classes, 1 / classes)]).astype(dtype)
        # Whole batches only, so that no batch is spread over two buffers.
        self._chunk = max(1, _CHUNK // self.size) * self.size
        self._buffers = [np.empty((self._chunk, 784), dtype) for _ in range(2)]

    def __len__(self) -> int:
        """The number of batches in an epoch."""
        return -(-self.images // self.size)

    def epoch(self, augmentation: Augmentation) -> Iterator[tuple[Array, Array]]:
        """Every image once, changed by `augmentation`, in a new order.

        Yields pairs of inputs (images, 784) and targets (images, classes).
        The inputs are a view of a buffer that is filled again later: use them before the next pair.
        """
        order = self._generator.permutation(self.images)
        chunks = [order[start : start + self._chunk] for start in range(0, len(order), self._chunk)]
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="batches") as worker:
            coming = worker.submit(self._prepare, chunks[0], augmentation, self._buffers[0])
            for place in range(len(chunks)):
                inputs, targets = coming.result()
                if place + 1 < len(chunks):
                    buffer = self._buffers[(place + 1) % 2]
                    coming = worker.submit(self._prepare, chunks[place + 1], augmentation, buffer)
                for start in range(0, len(inputs), self.size):
                    yield inputs[start : start + self.size], targets[start : start + self.size]

    def _prepare(self, chosen: Array, augmentation: Augmentation, buffer: Array) -> tuple[Array, Array]:
        inputs = buffer[: len(chosen)]
        augmentation(self._images[chosen], self._generator, inputs)
        if self._centre is not None:
            inputs -= self._centre
        return inputs, self._targets[self._labels[chosen]]
