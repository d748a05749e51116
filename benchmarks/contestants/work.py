"""What the contestants share: the work, the reader of MNIST's files, and the line of JSON at the end.

It stands on NumPy alone, so that nobody's start is slowed down by what only another one needs.
"""

from __future__ import annotations

import argparse
import gzip
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

SIZES = 784, 128, 10
BATCH = 64
LEARNING_RATE = 0.05
MOMENTUM = 0.9
OPTIMIZERS = {"sgd": 0.05, "momentum": 0.005, "adam": 0.001}
"""And learning rates with which each of them learns from one image at a time."""


def parse_options(description: str | None) -> argparse.Namespace:
    """Read the command line that all contestants understand."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--data-dir", type=Path, required=True, help="folder of the four MNIST files")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--images", type=int, default=60_000, help="images to learn from in each epoch")
    parser.add_argument("--threads", type=int, default=1, help="where the library can be told")
    parser.add_argument("--batch", type=int, default=BATCH, help="images per step")
    parser.add_argument("--optimizer", choices=OPTIMIZERS, default="momentum")
    parser.add_argument("--learning-rate", type=float, default=LEARNING_RATE)
    return parser.parse_args()


def read_mnist(folder: Path, part: str, count: int | None = None) -> tuple[NDArray[Any], NDArray[Any]]:
    """Read MNIST's "train" or "t10k" images as float32 (count, 784) of 0..1, and their labels."""
    pixels = _read_bytes(folder, f"{part}-images-idx3-ubyte", header=16).reshape(-1, SIZES[0])[:count]
    labels = _read_bytes(folder, f"{part}-labels-idx1-ubyte", header=8)[:count]
    return np.divide(pixels, 255, dtype=np.float32), labels


def _read_bytes(folder: Path, name: str, header: int) -> NDArray[np.uint8]:
    plain = folder / name
    content = plain.read_bytes() if plain.exists() else gzip.decompress((folder / f"{name}.gz").read_bytes())
    return np.frombuffer(content, np.uint8, offset=header)


def time_epochs(epochs: int, epoch: Callable[[], object]) -> list[float]:
    """Call `epoch` again and again; the seconds of each call."""
    seconds = []
    for _ in range(epochs):
        started = time.perf_counter()
        epoch()
        seconds.append(time.perf_counter() - started)
    return seconds


def print_result(epochs: list[float], accuracy: float | None = None) -> None:
    """End a contestant: the seconds of each epoch, and the part of the test images read correctly."""
    print(json.dumps({"epochs": epochs, "accuracy": accuracy}))
