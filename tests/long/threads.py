"""The same training with other numbers of threads of the matrix library.

`train` keeps that library to one thread, so that the number makes no difference at all. Without that limit it
would: sums are added up in another order. Both are measured, on MNIST.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from mnist_ocr import Network
from tests.long.outcome import Outcome
from tests.trainings import ROOT

WITHIN = 0.001
"""Accuracies may differ by this much."""

_UNLIMITED = (
    "import contextlib, sys; from mnist_ocr.commands.train import main; from mnist_ocr.training import loop; "
    "loop.threadpool_limits = lambda **_: contextlib.nullcontext(); sys.exit(main(sys.argv[1:]))"
)


class Result(NamedTuple):
    """What a training came to.

    Attributes:
        accuracy: on the test images.
        digest: of the model file.
    """

    accuracy: float
    digest: str


def trained(threads: int, epochs: int, *, limited: bool) -> Result:
    """Train with train.py where the matrix library was told to use so many threads."""
    variables = {f"{library}_NUM_THREADS": str(threads) for library in ("OPENBLAS", "OMP", "MKL", "VECLIB")}
    program = ["train.py"] if limited else ["-c", _UNLIMITED]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.json"
        words = ["--dataset", "mnist", "--epochs", str(epochs), "--quiet", "--output", str(path)]
        subprocess.run(
            [sys.executable, *program, *words],
            cwd=ROOT,
            env={**os.environ, **variables},
            check=True,
            stdout=subprocess.DEVNULL,
        )
        accuracy = Network.load(path).metadata["training"]["accuracy"]["test"]
        return Result(accuracy, hashlib.sha256(path.read_bytes()).hexdigest())


def run(count: int | None, minutes: float | None) -> Outcome:
    """Train on MNIST for `count` epochs (5) each time."""
    epochs = count or 5
    outcome = Outcome(
        f"MNIST, 784-128-10, {epochs} epochs, the same seed. The model files are compared byte for byte.",
        ["threads of the matrix library", "as it is", "model file", "without the limit", "model file"],
    )
    first: Result | None = None
    for threads in (1, 1, 2, 4):
        limited, unlimited = (trained(threads, epochs, limited=limit) for limit in (True, False))
        first = first or limited
        row = [str(threads)]
        for result in (limited, unlimited):
            same = "the same bytes" if result.digest == first.digest else "other bytes"
            row += [f"{result.accuracy:.2%}", same]
        outcome.rows.append(row)
        if limited.digest != first.digest:
            outcome.failures.append(f"{threads} threads: other bytes")
        if abs(limited.accuracy - first.accuracy) > WITHIN:
            outcome.failures.append(f"{threads} threads: {limited.accuracy:.2%}, not {first.accuracy:.2%}")
    return outcome
