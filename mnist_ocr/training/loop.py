"""The training loop: show a batch, find the gradients, take a step; after every epoch, look how well it goes.

What is kept is the network of the epoch that read the *validation* images best: images that were set aside
and never learned from. The test images play no part here.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from threadpoolctl import threadpool_limits

from mnist_ocr.data import Dataset
from mnist_ocr.data.augmentation import AUGMENTATIONS, Augmentation, as_inputs
from mnist_ocr.data.strangers import draw_strangers
from mnist_ocr.graph import Network
from mnist_ocr.training.batches import Batches
from mnist_ocr.training.centring import centred_on, mean_picture
from mnist_ocr.training.optimizers import Momentum

_EVALUATED_AT_ONCE = 1000


@dataclass(frozen=True)
class Recipe:
    """How to train: the choices that are not the network's and not the data's.

    Attributes:
        epochs: how often every training image is seen.
        batch_size: images per step.
        learning_rate: of the first step; it falls in a straight line to 0.
        momentum: of the optimizer, which looks ahead (Nesterov) if `nesterov` is set.
        nesterov: see `optimizers.Momentum`.
        weight_decay: likewise.
        augment: a key of `AUGMENTATIONS`.
        plain_epochs: the last epochs show the images as they are, so that the network ends on what it
            will be asked to read. An epoch that is the only one is augmented all the same.
        strangers: pictures that show no digit, as a part of the training images; see `data.strangers`.
        seed: decides the order of the images, how each is changed, and which strangers there are.
    """

    epochs: int = 5
    batch_size: int = 50
    learning_rate: float = 0.1
    momentum: float = 0.9
    nesterov: bool = True
    weight_decay: float = 1e-4
    augment: str = "shift"
    plain_epochs: int = 1
    strangers: float = 0.0
    seed: int = 0

    def rate(self, progress: float) -> float:
        """The learning rate when this part, 0 to 1, of all steps is done."""
        return self.learning_rate * (1 - progress)

    def augmentation(self, epoch: int) -> Augmentation:
        """How the images of an epoch, counted from 1, are changed."""
        plain = self.epochs > 1 and epoch > self.epochs - self.plain_epochs
        return AUGMENTATIONS["none" if plain else self.augment]


@dataclass(frozen=True)
class Score:
    """How a network reads a data set: part read correctly, 0 to 1, and mean loss per image."""

    accuracy: float
    loss: float


@dataclass(frozen=True)
class Epoch:
    """What one epoch came to.

    Attributes:
        number: 1 for the first.
        loss: mean loss per training image, each taken when the image was learned from.
        validation: the score on the validation images after the epoch.
        learning_rate: of the epoch's last step.
        seconds: spent learning, without the validation.
        images_per_second: learned from.
    """

    number: int
    loss: float
    validation: Score
    learning_rate: float
    seconds: float
    images_per_second: float


@dataclass
class Course:
    """How a training went.

    Attributes:
        epochs: the finished epochs.
        best: the one whose network was kept, or None when none was finished.
        interrupted: it was stopped by Ctrl-C.
        diverged: why it could not go on, or None.
    """

    epochs: list[Epoch] = field(default_factory=list)
    best: Epoch | None = None
    interrupted: bool = False
    diverged: str | None = None


def train(
    network: Network,
    training: Dataset,
    validation: Dataset,
    recipe: Recipe,
    *,
    watch: Callable[[int, int, float], None] = lambda epoch, images, loss: None,
    finished: Callable[[Epoch], None] = lambda epoch: None,
) -> Course:
    """Train a network in place and leave it as it was after its best epoch.

    Ctrl-C and a loss that is not finite end the training early; what was best until then is kept. Without any
    finished epoch the network is as it was before.

    Args:
        network: 784 inputs and an output node per digit.
        training: learned from.
        validation: decides which epoch was best.
        recipe: how.
        watch: called after each batch with the epoch's number, the images of the batch and their mean loss.
        finished: called after each epoch.
    """
    course = Course()
    generator = np.random.default_rng([recipe.seed, 1])
    centre = mean_picture(training).astype(network.dtype)
    strangers = draw_strangers(round(recipe.strangers * len(training)), recipe.seed)
    batches = Batches(
        training, recipe.batch_size, network.dtype, generator, network.output.size, centre, strangers
    )
    optimizer = Momentum(
        network.parameters, recipe.momentum, nesterov=recipe.nesterov, weight_decay=recipe.weight_decay
    )
    best = network.parameters.copy()
    steps = recipe.epochs * len(batches)
    step = 0
    try:
        # The products of a step are too small to share: a second thread of the matrix library costs more
        # in waiting than it computes, and many times more when another program wants the core.
        # Numbers that overflow are found by looking at the loss, and told in words.
        with threadpool_limits(limits=1, user_api="blas"), np.errstate(over="ignore", invalid="ignore"):
            for number in range(1, recipe.epochs + 1):
                started = time.perf_counter()
                total_loss = 0.0
                with centred_on(network, centre):
                    for batch, (inputs, targets) in enumerate(batches.epoch(recipe.augmentation(number)), 1):
                        learning_rate = recipe.rate(step / steps)
                        network.forward_from(inputs)
                        loss = network.backward_from(targets)
                        if not math.isfinite(loss):
                            course.diverged = _diagnosis(network, number, batch, learning_rate)
                            return course
                        optimizer.step(network.gradients, learning_rate)
                        step += 1
                        total_loss += loss * len(inputs)
                        watch(number, len(inputs), loss)
                seconds = time.perf_counter() - started
                epoch = Epoch(
                    number=number,
                    loss=total_loss / batches.images,
                    validation=evaluate(network, validation),
                    learning_rate=learning_rate,
                    seconds=seconds,
                    images_per_second=batches.images / seconds,
                )
                if not (math.isfinite(epoch.validation.loss) and np.isfinite(network.parameters).all()):
                    # The very last step of the epoch broke it: no batch came after to show it.
                    course.diverged = _diagnosis(network, number, len(batches), learning_rate)
                    return course
                course.epochs.append(epoch)
                if course.best is None or epoch.validation.accuracy >= course.best.validation.accuracy:
                    course.best = epoch
                    best[...] = network.parameters
                finished(epoch)
    except KeyboardInterrupt:
        course.interrupted = True
    finally:
        network.parameters[...] = best
    return course


def evaluate(network: Network, dataset: Dataset) -> Score:
    """Read a whole data set and count."""
    correct, loss = 0, 0.0
    one_hot = np.eye(network.output.size, dtype=network.dtype)
    for start in range(0, len(dataset), _EVALUATED_AT_ONCE):
        labels = dataset.labels[start : start + _EVALUATED_AT_ONCE]
        inputs = as_inputs(dataset.images[start : start + _EVALUATED_AT_ONCE])
        network.forward_from(inputs.astype(network.dtype, copy=False))
        output = network.output
        correct += int((output.values.argmax(axis=1) == labels).sum())
        loss += float(network.loss.per_image(output.totals, output.values, one_hot[labels]).sum())
    return Score(correct / len(dataset), loss / len(dataset))


def _diagnosis(network: Network, epoch: int, batch: int, learning_rate: float) -> str:
    """Where the numbers stopped being finite: the first layer on the image's way, and what of it."""
    broken = (
        f"the {what} of layer {layer.name!r}"
        for layer in network.layers[1:]
        for what in ("weights", "biases", "totals", "values")
        if not np.isfinite(getattr(layer, what)).all()
    )
    place = next(broken, f"the loss of layer {network.output.name!r}")
    return f"epoch {epoch}, batch {batch}, learning rate {learning_rate:.4g}: {place}: no longer finite"
