"""Carrying out one run, in whatever process it landed.

Nothing here knows of the other runs. The seed decides everything random, in the same order as in `train.py`:
the images that are set aside, the initial weights, then the order of the images.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from mnist_ocr import __version__
from mnist_ocr.comparison.run import Run
from mnist_ocr.comparison.source import load_source
from mnist_ocr.data import split_dataset
from mnist_ocr.errors import InputError
from mnist_ocr.graph import Network
from mnist_ocr.training import evaluate, train


@dataclass(frozen=True)
class Result:
    """How a run went.

    Attributes:
        accuracies: part of the validation images that was read correctly after each finished epoch, 0 to 1.
        best_epoch: the number of the epoch whose network was kept; None when none was finished.
        seconds: from the first image to the last, without loading them.
        diverged: why it could not go on, or None.
        test: part of the test images that the kept network reads correctly, where the run was to say it.
    """

    accuracies: tuple[float, ...]
    best_epoch: int | None
    seconds: float
    diverged: str | None = None
    test: float | None = None

    @property
    def accuracy(self) -> float | None:
        """That of the best epoch on the validation images."""
        return None if self.best_epoch is None else self.accuracies[self.best_epoch - 1]


@dataclass(frozen=True)
class Failure:
    """A run that came to no result, and why."""

    reason: str


Outcome: TypeAlias = Result | Failure


def carry_out(run: Run) -> Result:
    """Make the network, train it, and say how well it reads.

    Raises:
        InputError: this is another version of the program than the run was described by.
        DataError: the images cannot be loaded, or are others.
        KeyboardInterrupt: Ctrl-C was pressed.
    """
    if run.program != __version__:
        raise InputError(
            f"a worker has mnist_ocr {__version__}, and the comparison was started by {run.program}: "
            "install the same version there"
        )
    generator = np.random.default_rng(run.config.seed)
    parts = split_dataset(load_source(run.source), run.validation, None, generator)
    network = Network(run.sizes, run.activations, seed=generator)
    started = time.perf_counter()
    history = train(network, parts.training, parts.validation, run.config)
    seconds = time.perf_counter() - started
    if history.interrupted:
        raise KeyboardInterrupt
    return Result(
        tuple(epoch.validation.accuracy for epoch in history.epochs),
        history.best.number if history.best else None,
        seconds,
        history.diverged,
        evaluate(network, parts.test).accuracy if run.test and history.best else None,
    )
