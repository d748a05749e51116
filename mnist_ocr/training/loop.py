"""The training loop: show images, find the gradients, take steps; after every epoch, look how well it goes.

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
from mnist_ocr.data.augmentation import Augmentation
from mnist_ocr.data.strangers import draw_strangers
from mnist_ocr.graph import Network
from mnist_ocr.training.batches import AT_ONCE, Batches
from mnist_ocr.training.centring import centred_on, mean_picture
from mnist_ocr.training.optimizers import OPTIMIZERS, Optimizer
from mnist_ocr.training.recipe import Recipe
from mnist_ocr.training.scoring import NOT_SCORED, Score, evaluate
from mnist_ocr.training.small_batches import IMAGES_IN_A_ROW, SmallBatches, fits
from mnist_ocr.training.steps import BatchByBatch, Pace, PieceByPiece
from mnist_ocr.training.table import Table


@dataclass(frozen=True)
class Epoch:
    """What one epoch came to.

    Attributes:
        number: 1 for the first.
        loss: mean loss per training image,
        accuracy: and part of the training digits read correctly, each taken when the image was learned from.
        validation: the score on the validation images after the epoch, `NOT_SCORED` where there are none.
        learning_rate: of the epoch's last step.
        seconds: spent learning, without the validation.
        images_per_second: learned from.
    """

    number: int
    loss: float
    accuracy: float
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
        out_of_patience: it stopped early, because the validation images were read no better for long.
        diverged: why it could not go on, or None.
    """

    epochs: list[Epoch] = field(default_factory=list)
    best: Epoch | None = None
    interrupted: bool = False
    out_of_patience: bool = False
    diverged: str | None = None


def train(
    network: Network,
    training: Dataset | Table,
    validation: Dataset | Table | None,
    recipe: Recipe,
    *,
    optimizer: Optimizer | None = None,
    watch: Callable[[int, int, float], None] = lambda epoch, images, loss: None,
    finished: Callable[[Epoch], None] = lambda epoch: None,
) -> Course:
    """Train a network in place and leave it as it was after its best epoch.

    Ctrl-C and a loss that is not finite end the training early; what was best until then is kept. Without any
    finished epoch the network is as it was before.

    Args:
        network: an input for each pixel or feature, and an output node per digit or class.
        training: learned from.
        validation: decides which epoch was best; with None the last one is kept.
        recipe: how. A table is shown as it is: `augment` has to be "none", and `strangers` 0.
        optimizer: one for the network's parameters, to go on with what it remembers of earlier training; None
            makes that of the recipe.
        watch: called after each handful of images with the epoch's number, how many they were and their mean
            loss.
        finished: called after each epoch.

    Raises:
        ValueError: the recipe asks for what cannot be had from this data.
    """
    if recipe.patience and validation is None:
        raise ValueError(f"patience {recipe.patience}: expected None where there is nothing to validate on")
    if isinstance(training, Table):
        if recipe.augment != "none" or recipe.strangers:
            raise ValueError(
                "only images can be changed or mixed with strangers: expected augment 'none', strangers 0"
            )
        centre, scale = training.centre, training.scale
    else:
        centre, scale = mean_picture(training), 1.0
    centre = centre.astype(network.dtype)
    course = Course()
    strangers = draw_strangers(round(recipe.strangers * len(training)), recipe.seed)
    if optimizer is None:
        make = OPTIMIZERS[recipe.optimizer].make
        optimizer = make(network.parameters, recipe.momentum, recipe.weight_decay)
    images = len(training) + len(strangers)
    size = min(recipe.batch_size or images, images)
    small = fits(optimizer, size, recipe.peak_rate)
    batches = Batches(
        training,
        size,
        network.dtype,
        np.random.default_rng([recipe.seed, 1]),
        network.output.size,
        centre / centre.dtype.type(scale),
        strangers,
        recipe.label_smoothing,
        together=IMAGES_IN_A_ROW // size if small else 1,
    )
    steps = recipe.epochs * len(batches)

    def rate(step: int) -> float:
        return recipe.rate(step / steps)

    def shown(epoch: int) -> Augmentation:
        return training.as_inputs if isinstance(training, Table) else recipe.augmentation(epoch)

    pace: Pace
    if small:
        pace = SmallBatches(network, optimizer, rate, size)
    elif size > AT_ONCE:
        pace = PieceByPiece(network, optimizer, rate, size, images)
    else:
        pace = BatchByBatch(network, optimizer, rate)

    best = network.parameters.copy()
    try:
        # The products of a step are too small to share: a second thread of the matrix library costs more
        # in waiting than it computes, and many times more when another program wants the core.
        # Numbers that overflow are found by looking at the loss, and told in words.
        with threadpool_limits(limits=1, user_api="blas"), np.errstate(over="ignore", invalid="ignore"):
            for number in range(1, recipe.epochs + 1):
                started = time.perf_counter()
                total_loss, correct = 0.0, 0
                with centred_on(network, centre, scale):
                    for handful in batches.epoch(shown(number)):
                        learned = pace.learn(handful)
                        if not math.isfinite(learned.loss):
                            course.diverged = _diagnosis(network, pace.steps, len(batches), rate)
                            return course
                        total_loss += learned.loss
                        correct += learned.correct
                        watch(number, len(handful.inputs), learned.loss / len(handful.inputs))
                seconds = time.perf_counter() - started
                epoch = Epoch(
                    number=number,
                    loss=total_loss / images,
                    accuracy=correct / len(training),
                    validation=NOT_SCORED if validation is None else evaluate(network, validation),
                    learning_rate=rate(pace.steps - 1),
                    seconds=seconds,
                    images_per_second=images / seconds,
                )
                readable = validation is None or math.isfinite(epoch.validation.loss)
                if not (readable and np.isfinite(network.parameters).all()):
                    # The very last step of the epoch broke it: no batch came after to show it.
                    course.diverged = _diagnosis(network, pace.steps - 1, len(batches), rate)
                    return course
                course.epochs.append(epoch)
                if _is_best(epoch, course.best):
                    course.best = epoch
                    best[...] = network.parameters
                finished(epoch)
                if recipe.patience and _epochs_without_progress(course.epochs) >= recipe.patience:
                    course.out_of_patience = True
                    break
    except KeyboardInterrupt:
        course.interrupted = True
    finally:
        network.parameters[...] = best
    return course


def _is_best(epoch: Epoch, best: Epoch | None) -> bool:
    """Whether an epoch is as good as the best before it; without a score each is."""
    return best is None or not epoch.validation.accuracy < best.validation.accuracy


def _epochs_without_progress(epochs: list[Epoch]) -> int:
    """How many epochs there were since the first that read most validation images."""
    accuracies = [epoch.validation.accuracy for epoch in epochs]
    return len(epochs) - 1 - accuracies.index(max(accuracies))


def _diagnosis(network: Network, step: int, batches: int, rate: Callable[[int], float]) -> str:
    """Where the numbers stopped being finite: the first layer on the image's way, and what of it."""
    broken = (
        f"the {what} of layer {layer.name!r}"
        for layer in network.layers[1:]
        for what in ("weights", "biases", "totals", "values")
        if not np.isfinite(getattr(layer, what)).all()
    )
    place = next(broken, f"the loss of layer {network.output.name!r}")
    where = f"epoch {step // batches + 1}, batch {step % batches + 1}, learning rate {rate(step):.4g}"
    return f"{where}: {place}: no longer finite"
