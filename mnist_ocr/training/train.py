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

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from mnist_ocr.data.augmentation import as_inputs
from mnist_ocr.data.outliers import draw_outliers
from mnist_ocr.graph import Network
from mnist_ocr.graph.layer import no_false_alarm
from mnist_ocr.training.batches import Batches, Examples
from mnist_ocr.training.checkpoint import DivergedError, Progress
from mnist_ocr.training.config import TrainingConfig
from mnist_ocr.training.history import NOT_SCORED, Epoch, History, Score
from mnist_ocr.training.optimizers import OPTIMIZERS, Optimizer

_IMAGES_AT_ONCE = 1000


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
            from there, and ends with the same bits as one that never stopped. It is a dictionary of arrays
            and of numbers that JSON can hold.

    Raises:
        ValueError: the config asks for what cannot be had from this data.
        StateError: the state to resume from belongs to another training.
    """
    if config.patience and validation is None:
        raise ValueError(f"patience {config.patience}: expected None where there is nothing to validate on")
    digits = len(training.labels)
    outliers = draw_outliers(round(config.outliers * digits), config.seed)
    generator = np.random.default_rng([config.seed, 1])
    batches = Batches(training, config, network, generator, outliers)
    steps = config.epochs * len(batches)
    if optimizer is None:
        make = OPTIMIZERS[config.optimizer].make
        optimizer = make(network.parameters, config.momentum, config.decay)
    progress = Progress(network, optimizer, generator, asdict(config))
    if resume is not None:
        progress.restore(resume, config.epochs, steps)
    history = progress.history
    hooks = _Hooks(progress, on_batch_end, on_epoch_end, on_checkpoint, checkpoint_every, should_stop)

    try:
        # Numbers that overflow are found by looking at the loss, and told in words.
        with threadpool_limits(config.threads, user_api="blas"), np.errstate(over="ignore", invalid="ignore"):
            while history.goes_on(config.epochs, config.patience):
                hooks.epoch_begin()
                for batch in batches.epoch(config.augmentation(progress.epoch), skip=progress.batches):
                    network.forward(batch.images, check=False)
                    loss = network.backward(batch.targets, check=False, to_input=False)
                    progress.count(batch.labels, loss)
                    whole = batches.accumulate(batch, network.gradients)
                    if whole:
                        optimizer.step(network.gradients, config.rate(progress.steps / steps))
                        progress.count_step()
                    hooks.batch_end(len(batch.labels), loss, whole=whole)
                progress.stop_clock()
                first_rate = config.rate((progress.epoch - 1) / config.epochs)  # the last is all but 0
                with progress.averaged():
                    score = evaluate(network, validation) if validation is not None else NOT_SCORED
                    epoch = progress.end_epoch(batches.count, digits, score, first_rate)
                hooks.epoch_end(epoch)
    except DivergedError as error:
        history.diverged = _diagnosis(network, config, error.step, len(batches))
    except (KeyboardInterrupt, _Stopped):
        history.interrupted = True
    finally:
        network.parameters[...] = progress.best
    return history


def evaluate(network: Network, dataset: Examples) -> Score:
    """Read a whole data set and count."""
    correct, loss = 0, 0.0
    one_hot = np.eye(network.output.size, dtype=network.dtype)
    for start in range(0, len(dataset.labels), _IMAGES_AT_ONCE):
        some = slice(start, start + _IMAGES_AT_ONCE)
        labels = dataset.labels[some]
        inputs = as_inputs(dataset.images[some]).astype(network.dtype, copy=False)
        with no_false_alarm():
            values = network.forward(inputs, check=False)
        correct += int((values.argmax(axis=1) == labels).sum())
        loss += float(network.loss.per_image(network.output.totals, values, one_hot[labels]).sum())
    return Score(correct / len(dataset.labels), loss / len(dataset.labels))


class _Stopped(Exception):  # noqa: N818 - nothing went wrong
    """`should_stop` asked for an end."""


@dataclass
class _Hooks:
    """What is called while the loop runs; see `train`."""

    progress: Progress
    on_batch_end: Callable[[int, int, float], None] | None
    on_epoch_end: Callable[[Epoch], None] | None
    on_checkpoint: Callable[[dict[str, Any]], None] | None
    checkpoint_every: int | None
    should_stop: Callable[[], bool] | None

    def epoch_begin(self) -> None:
        """Start the clock."""
        self.progress.go_on()
        self.checkpoint_at = self.progress.steps

    def batch_end(self, images: int, loss: float, *, whole: bool) -> None:
        """After a batch; `whole` is False for all but the last part of a large one, which end no step."""
        progress = self.progress
        if self.on_batch_end:
            self.on_batch_end(progress.epoch, images, loss)
        if not whole:
            return
        stop = self.should_stop is not None and self.should_stop()
        due = self.checkpoint_every and progress.steps - self.checkpoint_at >= self.checkpoint_every
        if stop or due:
            progress.stop_clock()
            self.checkpoint_at = progress.steps
            self._checkpoint()
        if stop:
            raise _Stopped

    def epoch_end(self, epoch: Epoch) -> None:
        """After an epoch."""
        self._checkpoint()
        if self.on_epoch_end:
            with self.progress.averaged():
                self.on_epoch_end(epoch)

    def _checkpoint(self) -> None:
        if self.on_checkpoint:
            self.on_checkpoint(self.progress.state())


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
