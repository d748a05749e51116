"""How long it takes to read 42,000 images as CSV, and how much memory: `python -m benchmarks.csv_reading`.

The table is the size of the competition "Digit Recognizer", 77 MB of text for 33 MB of pixels, made from the
first images of MNIST; once as it is, once gzipped. Every reading is a process of its own. The memory is what
it held at most, less what one that reads nothing holds.
"""

from __future__ import annotations

import argparse
import gzip
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from mnist_ocr.data import load_dataset, load_mnist

from .field import mnist_folder
from .machine import describe
from .rounds import Process, run_python, take_turns

IMAGES = 42_000
PIXELS = 28 * 28
MOST_SECONDS, MOST_MEMORY = (
    3.0,
    3 * IMAGES * PIXELS / 1e6,
)
"""The targets, set before; MB are millions of bytes."""


def write_tables(mnist: Path, folder: Path) -> None:
    digits = load_mnist(mnist, progress=False).training
    table = np.hstack([digits.labels[:IMAGES, None], digits.images[:IMAGES].reshape(IMAGES, PIXELS)])
    header = ",".join(["label", *(f"pixel{number}" for number in range(PIXELS))])
    np.savetxt(folder / "train.csv", table, "%d", ",", header=header, comments="")
    (folder / "train.csv.gz").write_bytes(gzip.compress((folder / "train.csv").read_bytes(), 6))


def read(path: str) -> None:
    """Print the seconds; with an empty path, do nothing but be here."""
    started = time.perf_counter()
    count = len(load_dataset(path, progress=False).training) if path else IMAGES
    assert count == IMAGES
    print(time.perf_counter() - started)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.csv_reading", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="turns for each (default: 5)")
    parser.add_argument("--write", nargs=2, type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--read", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.write:
        write_tables(*options.write)
        return 0
    if options.read is not None:
        read(options.read)
        return 0
    print(describe())
    command = ["-m", "benchmarks.csv_reading"]
    with tempfile.TemporaryDirectory() as folder:
        # Not here: whoever has read the images is too large to measure the memory of its children.
        run_python([*command, "--write", str(mnist_folder()), folder])
        paths = {"nothing": "", **{name: str(Path(folder, name)) for name in ("train.csv", "train.csv.gz")}}

        def reading(path: str) -> Process:
            return run_python([*command, "--read", path])

        results, failures = take_turns(
            options.rounds, {name: lambda path=path: reading(path) for name, path in paths.items()}
        )
    if failures:
        print(*(f"error: {name}: {why}" for name, why in failures.items()), sep="\n", file=sys.stderr)
        return 1
    print(f"\ntargets: {MOST_SECONDS} s and {MOST_MEMORY:.0f} MB, three times the pixels")
    print(f"{'':<14}{'seconds':>9}{'MB added':>10}{'pixels':>9}")
    idle = statistics.median(process.peak or 0 for process in results.pop("nothing"))
    for name, processes in results.items():
        seconds = statistics.median(float(process.output) for process in processes)
        added = statistics.median(process.peak or 0 for process in processes) - idle
        print(f"{name:<14}{seconds:>9.2f}{added:>10.0f}{added * 1e6 / IMAGES / PIXELS:>8.1f}×")
    return 0


if __name__ == "__main__":
    sys.exit(main())
