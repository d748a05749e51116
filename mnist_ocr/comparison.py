"""Comparing many trainings: the list of runs, what a run does, and the ranking of the results.

One training says little: another seed gives another network, a little better or worse. So every combination
of choices is trained with several seeds, and their means are compared; the spread shows how reliable a mean
is. `grid` carries the runs out.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import math
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from mnist_ocr import __version__
from mnist_ocr.data import (
    DataError,
    LoadedDataset,
    concatenate,
    fingerprint,
    load_dataset,
    split_dataset,
    synthetic_digits,
)
from mnist_ocr.data.orientation import Transpose
from mnist_ocr.errors import InputError
from mnist_ocr.graph import Network
from mnist_ocr.training import TrainingConfig, evaluate, train

MOST_RUNS = 10_000
"""More than that is probably a mistake: somebody added a choice without counting."""


@dataclass(frozen=True)
class DatasetReference:
    """The name of a data set, and a fingerprint of its images.

    A run holds this instead of the images: each process loads them once, and the fingerprint makes sure that
    a process on another computer, or a week later, does not train on different ones unnoticed.

    Attributes:
        dataset: "mnist", "synthetic" or a path.
        data_dir: where MNIST is; None looks into the usual folders.
        fingerprint: of all images and labels, 16 hexadecimal digits.
        transpose: whether rows and columns of the images are exchanged; see `load_dataset`.
    """

    dataset: str
    data_dir: str | None
    fingerprint: str
    transpose: Transpose = "auto"


def refer_to(
    dataset: str, data_dir: str | None = None, *, progress: bool = False, transpose: Transpose = "auto"
) -> tuple[DatasetReference, LoadedDataset]:
    """Load what `--dataset` and `--data-dir` name, and make a reference with which other processes find it.

    Raises:
        DataError: it cannot be used; see `load_dataset`.
    """
    digits = load_dataset(dataset, data_dir, progress=progress, transpose=transpose)
    if dataset == "auto":  # decided once, here, so that all processes use the same images
        dataset = "mnist" if digits.name == "MNIST" else "synthetic"
    elif dataset not in ("mnist", "synthetic"):
        dataset = str(Path(dataset).resolve())
    folder = data_dir and str(Path(data_dir).resolve())
    return DatasetReference(dataset, folder, _fingerprint(digits), transpose), digits


@lru_cache(maxsize=1)
def _load(reference: DatasetReference) -> LoadedDataset:
    digits = load_dataset(
        reference.dataset, reference.data_dir, progress=False, transpose=reference.transpose
    )
    if _fingerprint(digits) != reference.fingerprint:
        raise DataError(
            f"{digits.source}: these are not the images that the comparison was started with: "
            "the files were changed meanwhile, or differ from computer to computer"
        )
    return digits


def _fingerprint(digits: LoadedDataset) -> str:
    return fingerprint(*(part for part in (digits.training, digits.test) if part is not None))


@dataclass(frozen=True)
class Run:
    """One training, described completely: two runs with the same settings give the same network.

    Attributes:
        data: the images.
        config: how to train. As in `train`, its seed also decides the initial weights and the validation
            images; unlike there, it does not decide which digits `--dataset synthetic` draws.
        hidden: nodes of each hidden layer.
        activation: of all hidden layers; None where there are none.
        synthetic: how many synthetic digits are added to the training images; see `synthetic_digits`.
        validation: number of validation images, a count or a fraction; None is `default_validation`.
        test: whether the trained network is also evaluated on the test images.
        program: the version of the program, which has to be the same on every worker.
    """

    data: DatasetReference
    config: TrainingConfig
    hidden: tuple[int, ...] = (128,)
    activation: str | None = "relu"
    synthetic: int = 0
    validation: int | float | None = None
    test: bool = False
    program: str = __version__

    @property
    def sizes(self) -> list[int]:
        """The number of nodes of each layer, input first."""
        return [28 * 28, *self.hidden, 10]

    @property
    def parameters(self) -> int:
        """How many weights and biases the network has."""
        return sum((inputs + 1) * nodes for inputs, nodes in itertools.pairwise(self.sizes))

    @property
    def settings(self) -> dict[str, Any]:
        """Everything that the result depends on, ready for JSON; not where the images are stored."""
        return {
            "data": self.data.fingerprint,
            "hidden": list(self.hidden),
            "activation": self.activation,
            **asdict(self.config),
            "synthetic": self.synthetic,
            "validation": self.validation,
            "test": self.test,
        }

    @property
    def key(self) -> str:
        """16 hexadecimal digits that no run with other settings has."""
        return key_of(self.settings, self.program)


def key_of(settings: Mapping[str, Any], program: str) -> str:
    """The key of a run by its settings and the version of the program."""
    text = json.dumps([program, settings], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def make_grid(base: Run, choices: Mapping[str, Sequence[Any]], seeds: int = 1) -> list[Run]:
    """Every combination of the choices with every seed; the seeds of a combination are consecutive.

    Combinations that mean the same training are listed once: activations where there is no hidden layer, or
    the optimizer's default learning rate beside None.

    Args:
        base: what all runs have in common.
        choices: the values to try for fields of `Run` or of its config, by their names.
        seeds: how many of them, from 0.

    Raises:
        InputError: there are too many combinations, or a value is out of its range.
    """
    counts = [*map(len, choices.values()), seeds]
    if math.prod(counts) > MOST_RUNS:
        raise InputError(
            f"{math.prod(counts):,} runs ({' × '.join(map(str, counts))}): "
            f"expected at most {MOST_RUNS:,}; fewer choices, or fewer --seeds"
        )
    runs: dict[Run, None] = {}  # a set that keeps its order
    for values in itertools.product(*choices.values(), range(seeds)):
        chosen = dict(zip([*choices, "seed"], values, strict=True))
        for_config = {name: chosen.pop(name) for name in asdict(base.config) if name in chosen}
        try:
            config = replace(base.config, **for_config)
        except ValueError as error:
            raise InputError(str(error)) from None
        run = replace(base, config=replace(config, learning_rate=config.peak_rate), **chosen)
        runs[run if run.hidden else replace(run, activation=None)] = None
    return list(runs)


@dataclass(frozen=True)
class Result:
    """What a run gave.

    Attributes:
        accuracies: on the validation images, after each finished epoch, 0 to 1.
        best_epoch: the number of the epoch with the best of them; None if no epoch was finished.
        seconds: of training, without loading the images.
        diverged: why the training had to end early, or None.
        test: accuracy of the best epoch's network on the test images, if the run asks for it.
        failed: why there is no result at all, or None.
    """

    accuracies: tuple[float, ...] = ()
    best_epoch: int | None = None
    seconds: float = 0.0
    diverged: str | None = None
    test: float | None = None
    failed: str | None = None

    @property
    def accuracy(self) -> float | None:
        """The accuracy on the validation images after the best epoch."""
        return None if self.best_epoch is None else self.accuracies[self.best_epoch - 1]


def train_run(run: Run) -> Result:
    """Make the network, train it and evaluate it.

    The seed decides everything random, in the same order as in `train`: the validation images, the initial
    weights, then the order of the training images.

    Raises:
        InputError: the comparison was started by another version of the program.
        DataError: the images cannot be loaded, or have changed.
        KeyboardInterrupt: Ctrl-C was pressed.
    """
    if run.program != __version__:
        raise InputError(
            f"a worker has mnist_ocr {__version__}, and the comparison was started by {run.program}: "
            "install the same version there"
        )
    generator = np.random.default_rng(run.config.seed)
    splits = split_dataset(_load(run.data), run.validation, None, generator)
    training = splits.training
    if run.synthetic:
        training = concatenate(training, synthetic_digits(run.synthetic, run.config.seed))
    network = Network(run.sizes, run.activation or "relu", seed=generator)
    started = time.perf_counter()
    history = train(network, training, splits.validation, run.config)
    seconds = time.perf_counter() - started
    if history.interrupted:
        raise KeyboardInterrupt
    return Result(
        tuple(epoch.validation.accuracy for epoch in history.epochs),
        history.best.number if history.best else None,
        seconds,
        history.diverged,
        evaluate(network, splits.test).accuracy if run.test and history.best else None,
    )


@dataclass(frozen=True)
class Row:
    """Runs that differ only in the seed, and their outcomes.

    Attributes:
        runs: all of them, by seed.
        outcomes: of those that were carried out.
        accuracies: on the validation images, 0 to 1, of each run that was trained to its end.
        winner: the run with the best of these accuracies; of several, the one with the smallest seed.
        test: accuracy of the winner on the test images, if it was evaluated on them.
    """

    runs: tuple[Run, ...]
    outcomes: Mapping[Run, Result]
    accuracies: Mapping[Run, float]
    winner: Run | None
    test: float | None

    @property
    def mean(self) -> float | None:
        """Of the accuracies; None if there are none."""
        return statistics.fmean(self.accuracies.values()) if self.accuracies else None

    @property
    def deviation(self) -> float | None:
        """The sample standard deviation of the accuracies, of which it takes two."""
        return statistics.stdev(self.accuracies.values()) if len(self.accuracies) > 1 else None

    @property
    def seconds(self) -> float | None:
        """The mean duration of the runs that were trained to their end."""
        seconds = [self.outcomes[run].seconds for run in self.accuracies]
        return statistics.fmean(seconds) if seconds else None

    @property
    def complete(self) -> bool:
        """Whether every run was trained to its end."""
        return len(self.accuracies) == len(self.runs)

    @property
    def parameters(self) -> int:
        """How many weights and biases the network has."""
        return self.runs[0].parameters


def rank(runs: Sequence[Run], outcomes: Mapping[Run, Result]) -> list[Row]:
    """Group runs into rows and sort them by their mean validation accuracy.

    Complete rows come first, and of two equal ones the smaller network. Incomplete rows follow, because a
    mean over only those runs that happened to succeed would flatter them.

    Args:
        runs: all runs of the comparison.
        outcomes: of those that were carried out, and of the winners that were evaluated on the test images.
    """
    groups: dict[Run, list[Run]] = {}
    for run in runs:
        groups.setdefault(replace(run, config=replace(run.config, seed=0)), []).append(run)
    rows = [_row(group, outcomes) for group in groups.values()]
    return sorted(rows, key=lambda row: (not row.complete, -(row.mean or 0), row.parameters))


def _row(runs: Sequence[Run], outcomes: Mapping[Run, Result]) -> Row:
    found = {run: outcomes[run] for run in runs if run in outcomes}
    accuracies = {
        run: outcome.accuracy
        for run, outcome in found.items()
        if outcome.accuracy is not None and not outcome.diverged
    }
    winner = max(accuracies, key=accuracies.__getitem__, default=None)
    tested = outcomes.get(replace(winner, test=True)) if winner else None
    return Row(tuple(runs), found, accuracies, winner, tested.test if tested else None)
