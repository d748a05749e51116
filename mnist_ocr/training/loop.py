"""The training loop: show images, find the gradients, take steps; after every epoch, look how well it goes.

What is kept is the network of the epoch that read the *validation* images best: images that were set aside
and never learned from. The test images play no part here.
"""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from mnist_ocr.data import Dataset
from mnist_ocr.data.outliers import draw_outliers
from mnist_ocr.graph import Network
from mnist_ocr.training.batches import AT_ONCE, Batches
from mnist_ocr.training.centring import centred_on, mean_picture
from mnist_ocr.training.config import TrainingConfig
from mnist_ocr.training.history import Epoch, History
from mnist_ocr.training.optimizers import OPTIMIZERS, Optimizer
from mnist_ocr.training.scoring import NOT_SCORED, evaluate
from mnist_ocr.training.small_batches import IMAGES_IN_A_ROW, SmallBatches, fits
from mnist_ocr.training.state import CheckpointError, TrainingState
from mnist_ocr.training.steps import BatchByBatch, Pace, PieceByPiece
from mnist_ocr.training.table import Table


def train(
    network: Network,
    training: Dataset | Table,
    validation: Dataset | Table | None,
    config: TrainingConfig,
    *,
    optimizer: Optimizer | None = None,
    watch: Callable[[int, int, float], None] = lambda epoch, images, loss: None,
    finished: Callable[[Epoch], None] = lambda epoch: None,
    resume: TrainingState | None = None,
    keep: Callable[[TrainingState], None] | None = None,
    keep_every: int | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> History:
    """Train a network in place and leave it as it was after its best epoch.

    Ctrl-C and a loss that is not finite end the training early; what was best until then is kept. Without any
    finished epoch the network is as it was before.

    Args:
        network: an input for each pixel or feature, and an output node per digit or class.
        training: learned from.
        validation: decides which epoch was best; with None the last one is kept.
        config: how. A table is shown as it is: `augment` has to be "none", and `outliers` 0.
        optimizer: one for the network's parameters, to go on with what it remembers of earlier training; None
            makes that of the config.
        watch: called after each handful of images with the epoch's number, how many they were and their mean
            loss.
        finished: called after each epoch.
        resume: where a training of the same network, images and config stood; it goes on from there, and
            comes to the same as if it had not stopped.
        keep: called with a state after each epoch, and when the training is stopped by `stop`.
        keep_every: call it after this many steps as well.
        stop: asked after each batch whether to end here; what `keep` gets then loses nothing.

    Raises:
        ValueError: the config asks for what cannot be had from this data.
        CheckpointError: the one to resume from is of another training.
    """
    hooks = _Hooks(watch, finished, keep, keep_every, stop)
    return _Training(network, training, validation, config, optimizer).run(hooks, resume)


class _Hooks(NamedTuple):
    """What is called while a training goes on; see `train`."""

    watch: Callable[[int, int, float], None]
    finished: Callable[[Epoch], None]
    keep: Callable[[TrainingState], None] | None
    keep_every: int | None
    stop: Callable[[], bool]


class _Training:
    """One training: what it works with, prepared."""

    def __init__(
        self,
        network: Network,
        training: Dataset | Table,
        validation: Dataset | Table | None,
        config: TrainingConfig,
        optimizer: Optimizer | None,
    ) -> None:
        if config.patience and validation is None:
            raise ValueError(
                f"patience {config.patience}: expected None where there is nothing to validate on"
            )
        if isinstance(training, Table):
            if config.augment != "none" or config.outliers:
                raise ValueError(
                    "only images can be changed or mixed with outliers: expected augment 'none', outliers 0"
                )
            self.table: Table | None = training
            centre, self.scale = training.centre, training.scale
        else:
            self.table = None
            centre, self.scale = mean_picture(training), 1.0
        self.network, self.validation, self.config = network, validation, config
        self.centre = centre.astype(network.dtype)
        self.digits = len(training)
        outliers = draw_outliers(round(config.outliers * self.digits), config.seed)
        if optimizer is None:
            make = OPTIMIZERS[config.optimizer].make
            optimizer = make(network.parameters, config.momentum, config.weight_decay)
        self.optimizer = optimizer
        self.images = self.digits + len(outliers)
        size = min(config.batch_size or self.images, self.images)
        small = fits(optimizer, size, config.peak_rate)
        self.generator = np.random.default_rng([config.seed, 1])
        self.batches = Batches(
            training,
            size,
            network.dtype,
            self.generator,
            network.output.size,
            self.centre / self.centre.dtype.type(self.scale),
            outliers,
            config.label_smoothing,
            together=IMAGES_IN_A_ROW // size if small else 1,
        )
        self.pace: Pace
        if small:
            self.pace = SmallBatches(network, optimizer, self.rate, size)
        elif size > AT_ONCE:
            self.pace = PieceByPiece(network, optimizer, self.rate, size, self.images)
        else:
            self.pace = BatchByBatch(network, optimizer, self.rate)
        self.history = History()
        self.best = network.parameters.copy()
        self.handfuls = 0
        self.loss, self.correct, self.seconds = 0.0, 0, 0.0
        self.epoch_generator = self.generator.bit_generator.state

    def rate(self, step: int) -> float:
        """The learning rate of a step, counted from 0."""
        return self.config.rate(step / (self.config.epochs * len(self.batches)))

    def run(self, hooks: _Hooks, resume: TrainingState | None) -> History:
        """Train; see `train`."""
        if resume:
            self._go_on_from(resume)
        try:
            # The products of a step are too small to share: a second thread of the matrix library costs more
            # in waiting than it computes, and many times more when another program wants the core.
            # Numbers that overflow are found by looking at the loss, and told in words.
            with threadpool_limits(limits=1, user_api="blas"), np.errstate(over="ignore", invalid="ignore"):
                while self._goes_on() and self._learn_an_epoch(hooks) and self._end_epoch():
                    if hooks.keep:
                        hooks.keep(self.state())
                    hooks.finished(self.history.epochs[-1])
        except KeyboardInterrupt:
            self.history.interrupted = True
        finally:
            self.network.parameters[...] = self.best
        return self.history

    def state(self) -> TrainingState:
        """Where the training stands."""
        return TrainingState(
            history=copy.deepcopy(self.history),
            steps=self.pace.steps,
            handfuls=self.handfuls,
            loss=self.loss,
            correct=self.correct,
            seconds=self.seconds,
            generator=copy.deepcopy(self.epoch_generator),
            parameters=self.network.parameters.copy(),
            best=self.best.copy(),
            kept=self.optimizer.kept.copy(),
        )

    def _go_on_from(self, state: TrainingState) -> None:
        arrays = {"parameters": self.network.parameters, "best": self.best, "kept": self.optimizer.kept}
        for name, ours in arrays.items():
            found = getattr(state, name)
            if (found.dtype, found.shape) != (ours.dtype, ours.shape):
                raise CheckpointError(
                    f"{name}: expected {ours.dtype.name} numbers of shape {ours.shape}, found "
                    f"{found.dtype.name} of {found.shape}"
                )
        if (
            len(state.history.epochs) > self.config.epochs
            or state.steps > self.config.epochs * len(self.batches)
            or state.handfuls > self.images
            or state.correct > self.digits
        ):
            raise CheckpointError(f"it stands further on than {self.config.epochs} epochs go")
        self.history = copy.deepcopy(state.history)
        self.pace.steps = self.optimizer.steps = state.steps
        self.handfuls = state.handfuls
        self.loss, self.correct, self.seconds = state.loss, state.correct, state.seconds
        self.epoch_generator = state.generator
        self.generator.bit_generator.state = state.generator
        self.network.parameters[...] = state.parameters
        self.best[...] = state.best
        self.optimizer.kept[...] = state.kept

    def _goes_on(self) -> bool:
        """Whether there is another epoch; says so in the history if only patience is at its end."""
        if len(self.history.epochs) >= self.config.epochs:
            return False
        patience = self.config.patience
        self.history.out_of_patience = bool(patience and self.history.epochs_without_progress() >= patience)
        return not self.history.out_of_patience

    def _learn_an_epoch(self, hooks: _Hooks) -> bool:
        """Learn from every image once, or from those that are left; whether it came to the end."""
        number = len(self.history.epochs) + 1
        learned_before, skipped = self.handfuls, 0
        started = time.perf_counter() - self.seconds
        kept_at = self.pace.steps
        changed = self.table.as_inputs if self.table else self.config.augmentation(number)
        with centred_on(self.network, self.centre, self.scale, already=learned_before > 0):
            for place, handful in enumerate(self.batches.epoch(changed), 1):
                images = len(handful.inputs)
                if place <= learned_before:
                    skipped += images
                    continue
                if place == learned_before + 1:
                    self.pace.begin_epoch(skipped)
                learned = self.pace.learn(handful)
                if not math.isfinite(learned.loss):
                    self.history.diverged = self._diagnosis(self.pace.steps)
                    return False
                self.handfuls = place
                self.loss += learned.loss
                self.correct += learned.correct
                hooks.watch(number, images, learned.loss / images)
                stopped = hooks.stop()
                due = hooks.keep_every is not None and self.pace.steps - kept_at >= hooks.keep_every
                if (stopped or due) and self.pace.between_batches:
                    self.seconds = time.perf_counter() - started
                    kept_at = self.pace.steps
                    if hooks.keep:
                        hooks.keep(self.state())
                    if stopped:
                        self.history.interrupted = True
                        return False
        self.seconds = time.perf_counter() - started
        return True

    def _end_epoch(self) -> bool:
        """Look how well the network reads the validation images; False if its numbers broke."""
        score = NOT_SCORED if self.validation is None else evaluate(self.network, self.validation)
        readable = self.validation is None or math.isfinite(score.loss)
        if not (readable and np.isfinite(self.network.parameters).all()):
            # The very last step of the epoch broke it: no batch came after to show it.
            self.history.diverged = self._diagnosis(self.pace.steps - 1)
            return False
        epoch = Epoch(
            number=len(self.history.epochs) + 1,
            loss=self.loss / self.images,
            accuracy=self.correct / self.digits,
            validation=score,
            learning_rate=self.rate(self.pace.steps - 1),
            seconds=self.seconds,
            images_per_second=self.images / self.seconds,
        )
        if self.history.is_best(epoch):
            # First the parameters: Ctrl-C may come between any two lines.
            self.best[...] = self.network.parameters
        self.history.add(epoch)
        self.handfuls = 0
        self.loss, self.correct, self.seconds = 0.0, 0, 0.0
        self.epoch_generator = self.generator.bit_generator.state
        return True

    def _diagnosis(self, step: int) -> str:
        """Where the numbers stopped being finite: the first layer on the image's way, and what of it."""
        layers = self.network.layers[1:]
        broken = (
            f"the {what} of layer {layer.name!r}"
            for layer in layers
            for what in ("weights", "biases", "totals", "values")
            if not np.isfinite(getattr(layer, what)).all()
        )
        place = next(broken, f"the loss of layer {self.network.output.name!r}")
        epoch, batch = divmod(step, len(self.batches))
        where = f"epoch {epoch + 1}, batch {batch + 1}, learning rate {self.rate(step):.4g}"
        return f"{where}: {place}: no longer finite"
