"""The training loop: show images, find the gradients, take a step; after every epoch, see how well it goes.

    for each epoch:
        for each batch of images:
            network.forward(images)             what does the network say?
            loss = network.backward(targets)    how wrong is that, and which way is down for every weight?
            optimizer.step(gradients, rate)     one step down

(stochastic gradient descent: Robbins and Monro, 1951; with backpropagation: Rumelhart, Hinton and Williams,
1986). `train` below is that loop with what a person needs around it: a score on the *validation* images after
every epoch, hooks that are called while it runs, an early end, and a state from which it can go on after a
stop. What is kept is the network of the epoch that read the validation images best: images that were set
aside and never trained on. The test images play no part here.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

import numpy as np
from threadpoolctl import threadpool_limits

from mnist_ocr.data.augmentation import as_inputs
from mnist_ocr.data.outliers import draw_outliers
from mnist_ocr.graph import Network
from mnist_ocr.graph.checks import Array
from mnist_ocr.training.batches import Batches
from mnist_ocr.training.config import TrainingConfig
from mnist_ocr.training.optimizers import OPTIMIZERS, Optimizer

_IMAGES_AT_ONCE = 1000


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


@dataclass(frozen=True)
class Score:
    """How well a network reads a data set.

    Attributes:
        accuracy: the part of the images that it reads correctly, 0 to 1.
        loss: the mean loss per image.
    """

    accuracy: float
    loss: float


NOT_SCORED = Score(math.nan, math.nan)
"""Where there are no validation images."""


@dataclass(frozen=True)
class Epoch:
    """What one epoch came to.

    Attributes:
        number: 1 for the first.
        loss: mean loss per training image, taken when the image was trained on,
        accuracy: and the part of the training digits that were read correctly then.
        validation: the score on the validation images after the epoch, or `NOT_SCORED`.
        learning_rate: of the epoch's last step.
        seconds: spent on training, without the validation.
        images_per_second: trained on.
    """

    number: int
    loss: float
    accuracy: float
    validation: Score
    learning_rate: float
    seconds: float
    images_per_second: float


@dataclass
class History:
    """How a training went.

    Attributes:
        epochs: the finished epochs.
        best: the one whose network was kept, or None when none was finished.
        interrupted: it was stopped from outside.
        out_of_patience: it stopped early, because the validation images were read no better for long.
        diverged: why it could not go on, or None.
    """

    epochs: list[Epoch] = field(default_factory=list)
    best: Epoch | None = None
    interrupted: bool = False
    out_of_patience: bool = False
    diverged: str | None = None

    def is_best(self, epoch: Epoch) -> bool:
        """Whether an epoch is as good as the best before it; without a score each is."""
        return self.best is None or not epoch.validation.accuracy < self.best.validation.accuracy

    def add(self, epoch: Epoch) -> None:
        """Add a finished epoch."""
        if self.is_best(epoch):
            self.best = epoch
        self.epochs.append(epoch)

    def epochs_without_progress(self) -> int:
        """How many epochs there were since the first that read most validation images."""
        accuracies = [epoch.validation.accuracy for epoch in self.epochs]
        return len(self.epochs) - 1 - accuracies.index(max(accuracies)) if self.epochs else 0


class StateError(ValueError):
    """A state to resume from does not belong to the training that is to go on."""


def train(
    network: Network,
    training: Examples,
    validation: Examples | None,
    config: TrainingConfig,
    *,
    optimizer: Optimizer | None = None,
    on_batch_end: Callable[[int, int, float], None] | None = None,
    on_epoch_end: Callable[[Epoch], None] | None = None,
    on_checkpoint: Callable[[dict[str, Any]], None] | None = None,
    checkpoint_every: int | None = None,
    should_stop: Callable[[], bool] | None = None,
    resume: Mapping[str, Any] | None = None,
) -> History:
    """Train a network in place and leave it as it was after its best epoch.

    Ctrl-C and a loss that is not finite end the training early; what was best until then is kept. Without any
    finished epoch the network is as it was before.

    Args:
        network: an input for each pixel or feature, and an output node per digit or class.
        training: trained on.
        validation: decides which epoch was best; with None the last one is kept.
        config: how.
        optimizer: one for the network's parameters, to go on with what it remembers of earlier training; None
            makes that of the config.
        on_batch_end: called after each batch with the epoch's number, the images in it and their mean loss.
        on_epoch_end: called after each epoch; the network is then the one of that epoch.
        on_checkpoint: called with the state (see `resume`) after each epoch, and when the training is stopped
            by `should_stop`.
        checkpoint_every: call it after this many steps as well.
        should_stop: asked after each step whether to end here.
        resume: a state that `on_checkpoint` got, of the same network, images and config: the training goes on
            from there, and comes to the same bits as one that never stopped. It is a dictionary of arrays
            and of numbers that JSON can hold.

    Raises:
        ValueError: the config asks for what cannot be had from this data.
        StateError: the state to resume from belongs to another training.
    """
    if config.patience and validation is None:
        raise ValueError(f"patience {config.patience}: expected None where there is nothing to validate on")
    count = len(training.labels)
    outliers = draw_outliers(round(config.outliers * count), config.seed)
    generator = np.random.default_rng([config.seed, 1])
    batches = Batches(training, config, network, generator, outliers)
    steps = config.epochs * len(batches)
    if optimizer is None:
        make = OPTIMIZERS[config.optimizer].make
        optimizer = make(network.parameters, config.momentum, config.weight_decay)
    run = _Run(network, optimizer, generator)
    if resume is not None:
        run.restore(resume, config.epochs, steps)
    history = run.history

    try:
        # Numbers that overflow are found by looking at the loss, and told in words.
        with threadpool_limits(config.threads, user_api="blas"), np.errstate(over="ignore", invalid="ignore"):
            while len(history.epochs) < config.epochs:
                if config.patience and history.epochs_without_progress() >= config.patience:
                    history.out_of_patience = True
                    break
                number = len(history.epochs) + 1
                started = time.perf_counter() - run.seconds
                checkpoint_at = run.steps + (checkpoint_every or 0)
                for batch in batches.epoch(config.augmentation(number), skip=run.batches):
                    network.forward(batch.images, check=False)
                    loss = network.backward(batch.targets, check=False, to_input=False)
                    if not math.isfinite(loss):
                        history.diverged = _diagnosis(network, config, run.steps, len(batches))
                        return history
                    run.count(batch.labels, loss)
                    whole = batches.accumulate(batch, network.gradients)
                    if whole:
                        optimizer.step(network.gradients, config.rate(run.steps / steps))
                        run.steps += 1
                    if on_batch_end:
                        on_batch_end(number, len(batch.labels), loss)
                    if not whole:
                        continue
                    stop = should_stop is not None and should_stop()
                    if stop or (checkpoint_every and run.steps >= checkpoint_at):
                        run.seconds = time.perf_counter() - started
                        checkpoint_at = run.steps + (checkpoint_every or 0)
                        if on_checkpoint:
                            on_checkpoint(run.state())
                    if stop:
                        history.interrupted = True
                        return history
                run.seconds = time.perf_counter() - started

                score = NOT_SCORED if validation is None else evaluate(network, validation)
                readable = validation is None or math.isfinite(score.loss)
                if not (readable and np.isfinite(network.parameters).all()):
                    # The very last step of the epoch broke it: no batch came after to show it.
                    history.diverged = _diagnosis(network, config, run.steps - 1, len(batches))
                    return history
                images = count + len(outliers)
                epoch = Epoch(
                    number=number,
                    loss=run.loss / images,
                    accuracy=run.correct / count,
                    validation=score,
                    learning_rate=config.rate((run.steps - 1) / steps),
                    seconds=run.seconds,
                    images_per_second=images / run.seconds,
                )
                run.end_epoch(epoch)
                if on_checkpoint:
                    on_checkpoint(run.state())
                if on_epoch_end:
                    on_epoch_end(epoch)
    except KeyboardInterrupt:
        history.interrupted = True
    finally:
        network.parameters[...] = run.best
    return history


def evaluate(network: Network, dataset: Examples) -> Score:
    """Read a whole data set and count."""
    correct, loss = 0, 0.0
    one_hot = np.eye(network.output.size, dtype=network.dtype)
    for start in range(0, len(dataset.labels), _IMAGES_AT_ONCE):
        some = slice(start, start + _IMAGES_AT_ONCE)
        labels = dataset.labels[some]
        inputs = as_inputs(dataset.images[some]).astype(network.dtype, copy=False)
        values = network.forward(inputs, check=False)
        correct += int((values.argmax(axis=1) == labels).sum())
        loss += float(network.loss.per_image(network.output.totals, values, one_hot[labels]).sum())
    return Score(correct / len(dataset.labels), loss / len(dataset.labels))


class _Run:
    """Where a training stands: everything that has to be kept for it to go on after a stop.

    Within an epoch the order of the images, and how each is changed, come from a generator that is ahead of
    the network, because the next images are prepared while it learns. So the state holds the generator as it
    was at the start of the epoch, and how many batches of that epoch were trained on; whoever goes on
    prepares those again, which takes a moment, and trains on the ones after them.

    Attributes:
        history: the finished epochs.
        best: the parameters of the best of them.
        steps: of the optimizer, since the beginning.
        batches: trained on in the epoch that is under way,
        loss: the sum over their images,
        correct: how many of their digits were read correctly,
        seconds: and the time it took.
    """

    def __init__(self, network: Network, optimizer: Optimizer, generator: np.random.Generator) -> None:
        self.network, self.optimizer, self.generator = network, optimizer, generator
        self.history = History()
        self.best = network.parameters.copy()
        self.steps = 0
        self._begin_epoch()

    def _begin_epoch(self) -> None:
        self.batches, self.correct = 0, 0
        self.loss, self.seconds = 0.0, 0.0
        self.epoch_generator = self.generator.bit_generator.state

    def count(self, labels: Array, loss: float) -> None:
        """Count a batch: the labels, and the mean loss."""
        self.batches += 1
        self.loss += loss * len(labels)
        self.correct += int(np.count_nonzero(self.network.output.values.argmax(axis=1) == labels))

    def end_epoch(self, epoch: Epoch) -> None:
        """Add a finished epoch, and keep its parameters if it is as good as the best before it."""
        if self.history.is_best(epoch):
            # First the parameters: Ctrl-C may come between any two lines.
            self.best[...] = self.network.parameters
        self.history.add(epoch)
        self._begin_epoch()

    def state(self) -> dict[str, Any]:
        """Everything as arrays and as numbers that JSON can hold."""
        history = self.history
        return {
            "epochs": [asdict(epoch) for epoch in history.epochs],
            "best_epoch": history.best.number if history.best else None,
            "steps": self.steps,
            "batches": self.batches,
            "loss": self.loss,
            "correct": self.correct,
            "seconds": self.seconds,
            "generator": self.epoch_generator,
            "parameters": self.network.parameters.copy(),
            "best": self.best.copy(),
            "optimizer": self.optimizer.state.copy(),
        }

    def restore(self, state: Mapping[str, Any], epochs: int, steps: int) -> None:
        """Stand where that state was taken.

        Args:
            state: what `state` gave.
            epochs: of the whole training,
            steps: and of the optimizer.

        Raises:
            StateError: it belongs to another training, or was not written by this program.
        """
        ours = {"parameters": self.network.parameters, "best": self.best, "optimizer": self.optimizer.state}
        try:
            for name, cells in ours.items():
                found = state[name]
                if (found.dtype, found.shape) != (cells.dtype, cells.shape) or not np.isfinite(found).all():
                    raise StateError(
                        f"{name}: expected finite {cells.dtype.name} numbers of shape {cells.shape}, found "
                        f"{found.dtype.name} of {found.shape}"
                    )
            history = _history(state["epochs"], state["best_epoch"])
            counts = {name: state[name] for name in ("steps", "batches", "correct")}
            sums = {name: float(state[name]) for name in ("loss", "seconds")}
            if not all(type(number) is int and number >= 0 for number in counts.values()):
                raise StateError(f"{counts}: expected whole numbers from 0")
            if len(history.epochs) > epochs or counts["steps"] > steps:
                raise StateError(f"it stands further on than {epochs} epochs go")
            self.generator.bit_generator.state = state["generator"]
        except (KeyError, TypeError, ValueError, OverflowError, AttributeError) as error:
            if isinstance(error, StateError):
                raise
            what = f"{error} is missing" if isinstance(error, KeyError) else str(error)
            raise StateError(f"not the state of a training: {what}") from None
        for name, cells in ours.items():
            cells[...] = state[name]
        self.history, self.epoch_generator = history, self.generator.bit_generator.state
        self.steps, self.batches, self.correct = counts["steps"], counts["batches"], counts["correct"]
        self.loss, self.seconds = sums["loss"], sums["seconds"]
        self.optimizer.steps = self.steps


def _history(found: list[dict[str, Any]], best: int | None) -> History:
    """The history in a state."""
    epochs = [Epoch(**epoch | {"validation": Score(**epoch["validation"])}) for epoch in found]
    for number, epoch in enumerate(epochs, 1):
        numbers = [*asdict(epoch.validation).values(), *list(asdict(epoch).values())[1:3]]
        numbers += [epoch.learning_rate, epoch.seconds, epoch.images_per_second]
        if epoch.number != number or not all(type(n) in (int, float) for n in numbers):
            raise StateError(f"epoch {number} is not one: {epoch}")
    if best not in (range(1, len(epochs) + 1) if epochs else [None]):
        raise StateError(f"best_epoch: of {len(epochs)} epochs, the best cannot be {best}")
    return History(epochs, epochs[best - 1] if best else None)


def _diagnosis(network: Network, config: TrainingConfig, step: int, steps_per_epoch: int) -> str:
    """Where the numbers stopped being finite: the first layer on the image's way, and what of it."""
    broken = (
        f"the {what} of layer {layer.name!r}"
        for layer in network.layers[1:]
        for what in ("weights", "biases", "totals", "values")
        if not np.isfinite(getattr(layer, what)).all()
    )
    place = next(broken, f"the loss of layer {network.output.name!r}")
    epoch, batch = divmod(step, steps_per_epoch)
    rate = config.rate(step / (config.epochs * steps_per_epoch))
    return f"epoch {epoch + 1}, batch {batch + 1}, learning rate {rate:.4g}: {place}: no longer finite"
