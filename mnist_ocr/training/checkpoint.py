"""Where a training stands: as a dictionary of arrays and numbers, and as a file that outlives the computer.

    mnist_ocr checkpoint 2
    sha256 5f3c…              of everything below this line
    {"arrays": […], …}        one line of JSON: what the numbers below are, and everything else
    …                         the arrays' numbers themselves, little-endian, one array after the other

Nothing in it is ever run or unpickled. What a file promises is held against its size before any memory is
taken, and a file that differs by a single bit is refused.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from mnist_ocr.errors import InputError, one_line
from mnist_ocr.files import open_ordinary, whole_file
from mnist_ocr.graph import Network
from mnist_ocr.graph.checks import Array
from mnist_ocr.training.history import NOT_SCORED, Epoch, History, Score
from mnist_ocr.training.optimizers import Optimizer

_FIRST_LINE = b"mnist_ocr checkpoint 2\n"
_DIGEST = len("sha256 ") + 64 + 1

LARGEST = 4 << 30
"""Bytes of a file that is read: four vectors of 250 million numbers."""

_LONGEST_LINE = 64 << 20
"""Bytes of JSON: a quarter of a million epochs."""

_PIECE = 1 << 20


class StateError(ValueError):
    """A state to resume from does not belong to the training that is to go on."""


class DivergedError(ArithmeticError):
    """The numbers of a training are no longer finite.

    Attributes:
        step: of the optimizer, counted from 0, that could not be taken or that broke them.
    """

    def __init__(self, step: int) -> None:
        super().__init__(f"step {step}: not finite")
        self.step = step


class Progress:
    """Where a training stands: everything that has to be kept for it to go on after a stop.

    Within an epoch the order of the images, and how each is changed, come from a generator that is ahead of
    the network, because the next images are prepared while it learns. So the state holds the generator as it
    was at the start of the epoch, and how many batches of that epoch were trained on; whoever goes on
    prepares those again, which takes a moment, and trains on the ones after them.

    Args:
        network: is trained.
        optimizer: moves its parameters.
        generator: decides the order of the images and the changes.
        config: of the training, as a dictionary; its `ema` says how slowly the average follows.

    Attributes:
        history: the finished epochs.
        average: the exponential moving average of the parameters, or None without one.
        best: the parameters of the best of them.
        steps: of the optimizer, since the beginning.
        batches: trained on in the epoch that is under way (of large batches, their parts).
    """

    def __init__(
        self,
        network: Network,
        optimizer: Optimizer,
        generator: np.random.Generator,
        config: Mapping[str, Any],
    ) -> None:
        self._network, self._optimizer, self._generator = network, optimizer, generator
        self._config = dict(config)
        self.history = History()
        self.best = network.parameters.copy()
        self.average = network.parameters.copy() if self._config.get("ema") else None
        self._change = np.empty_like(network.parameters) if self._config.get("ema") else None
        self.steps = 0
        self._begin_epoch()

    def _begin_epoch(self) -> None:
        self.batches, self._correct = 0, 0
        self._loss, self._seconds = 0.0, 0.0
        self._started = time.perf_counter()
        self._epoch_generator = self._generator.bit_generator.state

    @property
    def epoch(self) -> int:
        """The number of the epoch that is under way."""
        return len(self.history.epochs) + 1

    def go_on(self) -> None:
        """Start the clock of the epoch again."""
        self._started = time.perf_counter() - self._seconds

    def count_step(self) -> None:
        """Count a step of the optimizer, and let the average follow the parameters.

        Of the first steps, step t retains at most (1 + t) / (10 + t), so that the random weights of the
        beginning are soon forgotten.
        """
        self.steps += 1
        if self.average is not None and self._change is not None:
            retained = min(self._config["ema"], (1 + self.steps) / (10 + self.steps))
            np.subtract(self._network.parameters, self.average, out=self._change)
            self._change *= 1 - retained
            self.average += self._change

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """Within it, the network has the average as its parameters; without an average nothing changes."""
        if self.average is None:
            yield
            return
        trained = self._network.parameters.copy()
        self._network.parameters[...] = self.average
        try:
            yield
        finally:
            self._network.parameters[...] = trained

    def count(self, labels: Array, loss: float) -> None:
        """Count a batch: its labels, and the mean loss.

        Raises:
            DivergedError: the loss is not finite.
        """
        if not math.isfinite(loss):
            raise DivergedError(self.steps)
        self.batches += 1
        self._loss += loss * len(labels)
        self._correct += int(np.count_nonzero(self._network.output.values.argmax(axis=1) == labels))

    def stop_clock(self) -> None:
        """Note the time that the epoch has taken so far, before something else takes time."""
        self._seconds = time.perf_counter() - self._started

    def end_epoch(self, images: int, digits: int, score: Score, learning_rate: float) -> Epoch:
        """Add the epoch that is under way to the history, and keep its parameters if it is the best.

        Args:
            images: in an epoch,
            digits: and how many of them show a digit.
            score: on the validation images, or `NOT_SCORED`.
            learning_rate: of its first step.

        Raises:
            DivergedError: the last step broke the network: no batch came after it to show it.
        """
        readable = score is NOT_SCORED or math.isfinite(score.loss)
        if not (readable and np.isfinite(self._network.parameters).all()):
            raise DivergedError(self.steps - 1)
        epoch = Epoch(
            number=self.epoch,
            loss=self._loss / images,
            accuracy=self._correct / digits,
            validation=score,
            learning_rate=learning_rate,
            seconds=self._seconds,
            images_per_second=images / self._seconds,
        )
        if self.history.is_best(epoch):
            # First the parameters: Ctrl-C may come between any two lines.
            self.best[...] = self._network.parameters
        self.history.add(epoch)
        self._begin_epoch()
        return epoch

    def state(self) -> dict[str, Any]:
        """Everything as arrays and as numbers that JSON can hold."""
        history = self.history
        return {
            "config": self._config,
            "epochs": [asdict(epoch) for epoch in history.epochs],
            "best_epoch": history.best.number if history.best else None,
            "steps": self.steps,
            "batches": self.batches,
            "loss": self._loss,
            "correct": self._correct,
            "seconds": self._seconds,
            "generator": self._epoch_generator,
            "parameters": self._network.parameters.copy(),
            "best": self.best.copy(),
            "optimizer": self._optimizer.state.copy(),
            **({} if self.average is None else {"average": self.average.copy()}),
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
        ours = {"parameters": self._network.parameters, "best": self.best, "optimizer": self._optimizer.state}
        if self.average is not None:
            ours["average"] = self.average
        try:
            for name, cells in ours.items():
                found = state[name]
                if (found.dtype, found.shape) != (cells.dtype, cells.shape) or not np.isfinite(found).all():
                    raise StateError(
                        f"{name}: expected finite {cells.dtype.name} numbers of shape {cells.shape}, found "
                        f"{found.dtype.name} of {found.shape}"
                    )
            if state["config"] != self._config:
                raise StateError(f"config: expected {self._config}, found {state['config']!r:.500}")
            history = _history(state["epochs"], state["best_epoch"])
            counts = {name: state[name] for name in ("steps", "batches", "correct")}
            sums = {name: float(state[name]) for name in ("loss", "seconds")}
            if not all(type(number) is int and number >= 0 for number in counts.values()):
                raise StateError(f"{counts}: expected whole numbers from 0")
            if len(history.epochs) > epochs or counts["steps"] > steps:
                raise StateError(f"it stands further on than {epochs} epochs go")
            self._generator.bit_generator.state = state["generator"]
        except (KeyError, TypeError, ValueError, OverflowError, AttributeError) as error:
            if isinstance(error, StateError):
                raise
            what = f"{error} is missing" if isinstance(error, KeyError) else str(error)
            raise StateError(f"not the state of a training: {what}") from None
        for name, cells in ours.items():
            cells[...] = state[name]
        self.history, self._epoch_generator = history, self._generator.bit_generator.state
        self.steps, self.batches, self._correct = counts["steps"], counts["batches"], counts["correct"]
        self._loss, self._seconds = sums["loss"], sums["seconds"]
        self._optimizer.steps = self.steps


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


def write_checkpoint(path: Path, state: Mapping[str, Any], about: Mapping[str, Any]) -> None:
    """Write a state, whole or not at all.

    Args:
        path: of the file.
        state: a dictionary of float arrays and of what JSON can hold; see `train`.
        about: whatever is needed to go on, for `read_checkpoint` to hand back; likewise without arrays.

    Raises:
        OSError: it cannot be written; an earlier file of that name is as it was.
    """
    arrays = {name: value for name, value in state.items() if isinstance(value, np.ndarray)}
    header = {
        "arrays": [[name, array.dtype.name, list(array.shape)] for name, array in arrays.items()],
        "about": about,
        "numbers": {name: value for name, value in state.items() if name not in arrays},
    }
    content: list[bytes | memoryview] = [json.dumps(header, default=_plain).encode() + b"\n"]
    for array in arrays.values():
        little = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
        content += [little.data.cast("B")] if little.size else []
    digest = hashlib.sha256()
    for part in content:
        digest.update(part)
    with whole_file(path) as file:
        file.write(_FIRST_LINE + f"sha256 {digest.hexdigest()}\n".encode())
        for part in content:
            file.write(part)


def read_checkpoint(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Read a state, and what was written about it.

    Raises:
        InputError: there is no checkpoint, or it is damaged; the message says what was found.
    """
    try:
        with open_ordinary(path) as file:
            return _read(file, path)
    except IsADirectoryError:
        raise InputError(f"{path}: this is a folder, expected a checkpoint") from None
    except FileNotFoundError:
        raise InputError(f"{path}: expected a checkpoint, found nothing of that name") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from None


def _read(file: BinaryIO, path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    if file.read(len(_FIRST_LINE)) != _FIRST_LINE:
        raise InputError(f"{path}: not a checkpoint of this version of the program")
    if size > LARGEST:
        raise InputError(f"{path}: a file of {size:,} bytes; a checkpoint has at most {LARGEST:,}")
    promised = file.read(_DIGEST)
    # Read a piece at a time first: a file that is not what it was takes no memory.
    start = file.tell()
    pieces = (file.read(min(_PIECE, size - offset)) for offset in range(start, size, _PIECE))
    _verify(pieces, promised, path)
    file.seek(start)
    line = file.readline(min(_LONGEST_LINE, size - start))
    rest = memoryview(file.read(size - start - len(line)))
    _verify((line, rest), promised, path)  # once more: it may have been written to in between
    # From here on it is what this program wrote, unless somebody took the trouble to compute a new SHA-256.
    try:
        header = json.loads(line)
        if not isinstance(header["about"], dict):
            raise ValueError("about: expected an object")
        numbers, arrays = header["numbers"], _arrays(header["arrays"], rest)
        if both := set(numbers) & set(arrays):
            raise ValueError(f"{min(both)}: both a number and an array")
        return {**numbers, **arrays}, header["about"]
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:
        what = f"{error} is missing" if isinstance(error, KeyError) else error
        raise InputError(f"{path}: not written by this program: {one_line(what)}") from None


def _verify(content: Iterable[bytes | memoryview], promised: bytes, path: Path) -> None:
    digest = hashlib.sha256()
    for piece in content:
        digest.update(piece)
    if promised != f"sha256 {digest.hexdigest()}\n".encode():
        raise InputError(f"{path}: damaged: its content is not what was written (the SHA-256 differs)")


def _arrays(promised: Any, content: memoryview) -> dict[str, Array]:
    arrays, start = {}, 0
    for name, kind, shape in promised:
        if name in arrays:
            raise ValueError(f"{name}: there are two arrays of that name")
        if kind not in ("float32", "float64"):
            raise ValueError(f"{name}: expected float32 or float64")
        dtype = np.dtype(kind).newbyteorder("<")
        fits = all(type(length) is int and 0 <= length <= LARGEST for length in shape) and len(shape) <= 2
        end = start + (math.prod(shape) if fits else 0) * dtype.itemsize
        if not fits or end > len(content):
            raise ValueError(f"{name}: shape {shape} does not fit into the file")
        arrays[name] = np.frombuffer(content[start:end], dtype).reshape(shape).astype(kind)
        start = end
    if start != len(content):
        raise ValueError(f"{len(content) - start:,} bytes too many")
    return arrays


def _plain(value: object) -> object:
    """Numbers of NumPy's as JSON has them."""
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} in a checkpoint")
