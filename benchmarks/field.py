"""Who takes part in the training benchmarks, and how each of them is run."""

from __future__ import annotations

import functools
import importlib.util
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mnist_ocr.data import find_mnist

from .rounds import ContestantError, Process, run_python

THREADS = sorted({1, os.cpu_count() or 1})
"""One thread, and one for each core: at these sizes nobody knows beforehand which is faster."""


@dataclass(frozen=True)
class Contestant:
    """A script of `benchmarks/contestants` and how many threads it gets.

    Attributes:
        title: whom it stands for; two with the same title are one contestant with two numbers of threads,
            and the faster one counts.
        script: its module.
        needs: the package that has to be installed for it.
        threads: None leaves the choice to the contestant.
    """

    title: str
    script: str
    needs: str
    threads: int | None = None

    @property
    def name(self) -> str:
        """The title and the threads."""
        if self.threads is None:
            return self.title
        return f"{self.title}, {self.threads} thread{'s' if self.threads > 1 else ''}"

    def run(self, epochs: int, images: int, **others: object) -> tuple[Process, dict[str, Any]]:
        """Run the script in a process of its own; the process and the result that it printed.

        Args:
            epochs: how many.
            images: per epoch.
            others: options that not every script has.

        Raises:
            ContestantError: the package is not installed, or the script ended with an error.
        """
        if importlib.util.find_spec(self.needs) is None:
            raise ContestantError("not installed")
        module = f"benchmarks.contestants.{self.script}"
        options = {
            "--data-dir": mnist_folder(),
            "--epochs": epochs,
            "--images": images,
            "--threads": self.threads or 1,
            **{f"--{name.replace('_', '-')}": value for name, value in others.items()},
        }
        words = [str(word) for option in options.items() for word in option]
        process = run_python(["-m", module, *words], threads=self.threads)
        return process, json.loads(process.output.splitlines()[-1])


OURS = Contestant("mnist_ocr", "mnist_ocr_train", "mnist_ocr")
PYTORCH = [Contestant("PyTorch eager", "pytorch_eager", "torch", threads) for threads in THREADS]
SCIKIT_LEARN = [Contestant("scikit-learn", "scikit_learn", "sklearn", threads) for threads in THREADS]
JAX = Contestant("JAX jit", "jax_jit", "jax")
PRODUCTS = [Contestant("five products", "five_products", "numpy", threads) for threads in THREADS]


@functools.cache
def mnist_folder() -> Path:
    """The folder of the MNIST files, which are downloaded if they are nowhere.

    Raises:
        ContestantError: they are nowhere and cannot be downloaded.
    """
    folder = find_mnist()
    if folder is None:
        # Not here: whoever has read the images is too large to measure the memory of its children.
        run_python(["-c", "from mnist_ocr.data import load_mnist; load_mnist()"])
        folder = find_mnist()
        assert folder is not None
    return folder.resolve()
