"""Handing the images to the network: shuffled, augmented, scaled, a batch at a time.

The images stay bytes in memory. A few thousand at a time are gathered and turned into floats in one of two
buffers that are made once; while the network learns from one, a second thread fills the other, so that the
preparation costs next to no time. That thread alone draws from the random generator and works through the
images in order: the same seed gives the same batches, bit for bit.

A batch that is larger than memory should hold at once, such as all images, comes in parts; `accumulate` adds
their gradients up, and says when the whole batch is there for a step (gradient accumulation).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, Protocol

import numpy as np

from mnist_ocr.data.augmentation import Augmentation, Pixels
from mnist_ocr.graph import Network
from mnist_ocr.graph.checks import Array
from mnist_ocr.processes import interrupts_delayed
from mnist_ocr.training.config import TrainingConfig

AT_ONCE = 2048
"""Images prepared at once: 6 MB of float32."""


class Examples(Protocol):
    """What a network can learn from: a `Dataset` of images, or rows of numbers with their labels.

    Attributes:
        images: (count, …); bytes of 0 to 255, which are scaled to 0..1, or floats, taken as they are.
        labels: (count,), the output node that each image belongs to.
    """

    @property
    def images(self) -> Array: ...  # noqa: D102

    @property
    def labels(self) -> Array: ...  # noqa: D102


class Batch(NamedTuple):
    """Images to train on next.

    Attributes:
        images: (images, input size), a view of a buffer that is filled again later.
        targets: (images, classes).
        labels: (images,), the class of each; the number of classes for an outlier, which shows no digit.
        part: which part of its batch this is, as a fraction: 1 for all but the largest batches.
        last: whether it is the last part.
    """

    images: Array
    targets: Array
    labels: Array
    part: float = 1.0
    last: bool = True


class Batches:
    """All images of a data set in a new order, again and again.

    Args:
        examples: what to train on.
        config: the size of the batches, and the label smoothing.
        network: for its precision, and the number of its classes.
        generator: decides the order and the changes.
        outliers: (count, 28, 28), pictures of no digit to mix in; their target is each class alike.

    Raises:
        ValueError: the examples do not fit the network, or are no images and are to be augmented.
    """

    def __init__(
        self,
        examples: Examples,
        config: TrainingConfig,
        network: Network,
        generator: np.random.Generator,
        outliers: Pixels | None = None,
    ) -> None:
        self._images, self._labels = examples.images, examples.labels
        if self._images.ndim != 3 and (config.augment != "none" or config.outliers):
            raise ValueError("only images can be augmented or mixed with outliers: expected 'none' and 0")
        classes, dtype = network.output.size, network.dtype
        if len(self._labels) != len(self._images) or len(self._images) == 0:
            counts = f"{len(self._images)} images and {len(self._labels)} labels"
            raise ValueError(f"{counts}: expected at least one, and as many labels as images")
        inputs = self._images[0].size
        if inputs != network.input.size:
            raise ValueError(f"examples of {inputs} numbers: the network takes {network.input.size}")
        for label in (self._labels.min(), self._labels.max()):
            if not 0 <= label < classes:
                raise ValueError(f"label {label}: expected 0 to {classes - 1}, one for each output node")
        if outliers is not None and len(outliers):
            # One more class for the table of targets below.
            self._images = np.concatenate([self._images, outliers])
            self._labels = np.concatenate([self._labels, np.full(len(outliers), classes, np.uint8)])
        self.count = len(self._images)
        self.size = min(config.batch_size or self.count, self.count)
        self._generator = generator
        one_hot = np.vstack([np.eye(classes), np.full(classes, 1 / classes)])
        smoothing = config.label_smoothing
        self._targets = ((1 - smoothing) * one_hot + smoothing / classes).astype(dtype)
        self._gathered: Array | None = None
        # Whole batches only, so that none is spread over two buffers.
        self._chunk = max(1, AT_ONCE // self.size) * self.size
        shape = min(self._chunk, AT_ONCE, self.count), self._images[0].size
        self._buffers = [np.empty(shape, dtype) for _ in range(2)]

    def __len__(self) -> int:
        """The number of batches, and so of steps, in an epoch."""
        return -(-self.count // self.size)

    def epoch(self, augmentation: Augmentation, *, skip: int = 0) -> Iterator[Batch]:
        """Every image once, changed by `augmentation`, in a new order.

        Use a batch before asking for the next. The first `skip` are left out, after all that is random about
        them was drawn: for a training that goes on within an epoch.
        """
        order = self._generator.permutation(self.count)
        chunks = [order[start : start + self._chunk] for start in range(0, self.count, self._chunk)]
        batches = (batch for part in self._ahead(chunks, augmentation) for batch in self._cut(part))
        return itertools.islice(batches, skip, None)

    def _ahead(self, chunks: list[Array], augmentation: Augmentation) -> Iterator[Batch]:
        """The images of the chunks, each prepared while the ones before are in use."""
        # One part for each chunk, but of batches that are larger than a buffer.
        parts = [
            (chosen, len(chosen) / len(chunk), index + 1 == count)
            for chunk in chunks
            for count in [-(-len(chunk) // AT_ONCE)]
            for index, chosen in enumerate(np.array_split(chunk, count))
        ]
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="batches") as worker:
            with interrupts_delayed():
                coming = worker.submit(self._prepare, *parts[0], augmentation, self._buffers[0])
            for index in range(1, len(parts) + 1):
                with interrupts_delayed():
                    prepared = coming.result()
                    if index < len(parts):
                        buffer = self._buffers[index % 2]
                        coming = worker.submit(self._prepare, *parts[index], augmentation, buffer)
                yield prepared

    def _prepare(
        self, chosen: Array, part: float, last: bool, augmentation: Augmentation, buffer: Array
    ) -> Batch:
        images = buffer[: len(chosen)]
        augmentation(self._images[chosen], self._generator, images)
        labels = self._labels[chosen]
        return Batch(images, self._targets[labels], labels, part, last)

    def _cut(self, prepared: Batch) -> Iterator[Batch]:
        images, targets, labels, part, last = prepared
        for start in range(0, len(images), self.size):
            some = slice(start, start + self.size)
            yield Batch(images[some], targets[some], labels[some], part, last)

    def accumulate(self, batch: Batch, gradients: Array) -> bool:
        """Take note of the gradients of a batch; whether all of it has come, so that it is time for a step.

        Args:
            batch: the last one that `epoch` gave.
            gradients: (parameters,), the means over its images. With the last part of a large batch they are
                overwritten by the means over all its parts.
        """
        if batch.part == 1:
            return True
        if self._gathered is None:
            self._gathered = np.zeros_like(gradients)
        gradients *= batch.part
        self._gathered += gradients
        if batch.last:
            gradients[...] = self._gathered
            self._gathered[...] = 0
        return batch.last
