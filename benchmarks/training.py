"""How fast it learns: one epoch in memory, and five epochs as a whole process."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from statistics import median
from typing import Any

from .contestants.work import OPTIMIZERS
from .field import JAX, OURS, PRODUCTS, PYTORCH, SCIKIT_LEARN, Contestant, mnist_folder
from .report import Section, Target
from .rounds import Process, run_python, take_turns

WARM_UP = 1
STEADY = 2
IMAGES = 60_000
SINGLE_IMAGES = 5_000

TRAIN = ["train.py", "--epochs", "5", "--quiet"]
AS_THE_OTHERS = [*TRAIN, "--augment", "none", "--batch-size", "64"]


def measure_epoch(rounds: int) -> Section:
    """Seconds per epoch, once everything is imported, read, compiled and warm."""
    mnist_folder()  # without the data nobody needs to be tried
    contestants = [OURS, *PYTORCH, *SCIKIT_LEARN, JAX, *PRODUCTS]
    results, failures = take_turns(
        rounds,
        {one.name: lambda one=one: one.run(WARM_UP + STEADY, IMAGES)[1] for one in contestants},
    )
    seconds = {
        name: [epoch for result in values for epoch in result["epochs"][WARM_UP:]]
        for name, values in results.items()
    }
    ours = _fastest([OURS], seconds)
    section = Section(
        "One epoch",
        "Seconds per epoch of 784-128-10 on the 60,000 training images of MNIST in memory: batches of 64, "
        "stochastic gradient descent with momentum 0.9. Ours is `mnist_ocr.training.train` itself without "
        f"augmentation. Each contestant runs in a process of its own, {WARM_UP + STEADY} epochs a round, of "
        f"which the first warms up (JAX compiles in it) and the others count.",
        ["contestant", "median, s", "fastest, s", "slowest, s", "times ours"],
    )
    for one in contestants:
        if one.name in failures:
            section.rows.append([one.name, failures[one.name], "", "", ""])
            continue
        values = seconds[one.name]
        times = f"{median(values) / ours:.2f}" if ours else "–"
        section.rows.append([one.name, *(f"{f(values):.3f}" for f in (median, min, max)), times])
    section.targets = [
        Target("epoch: PyTorch eager / ours", _ratio(_fastest(PYTORCH, seconds), ours), 2.5, "times", True),
        Target("epoch: scikit-learn / ours", _ratio(_fastest(SCIKIT_LEARN, seconds), ours), 2, "times", True),
        Target(
            "epoch: ours / the five products on one thread",
            _ratio(ours, _fastest(PRODUCTS[:1], seconds)),
            1.5,
            "times",
        ),
    ]
    return section


def measure_single_images(rounds: int) -> Section:
    """Microseconds per step of one image, with the optimizers that people use for it."""
    mnist_folder()
    section = Section(
        "One image at a time",
        "Microseconds per image of 784-128-10 where every image is a step of its own, "
        f"{SINGLE_IMAGES:,} of them an epoch. PyTorch with whatever threads are faster; otherwise as "
        "above.",
        ["optimizer", "mnist_ocr", "PyTorch eager", "times ours"],
    )
    for optimizer, learning_rate in OPTIMIZERS.items():
        chosen = {"optimizer": optimizer, "learning_rate": learning_rate}
        results, failures = take_turns(
            rounds,
            {
                one.name: lambda one=one, chosen=chosen: one.run(
                    WARM_UP + STEADY, SINGLE_IMAGES, batch=1, **chosen
                )[1]
                for one in [OURS, *PYTORCH]
            },
        )
        seconds = {
            name: [epoch for result in values for epoch in result["epochs"][WARM_UP:]]
            for name, values in results.items()
        }
        ours, theirs = _fastest([OURS], seconds), _fastest(PYTORCH, seconds)
        times = _ratio(theirs, ours)
        section.rows.append(
            [
                optimizer,
                f"{1e6 * ours / SINGLE_IMAGES:.0f}" if ours else failures[OURS.name],
                f"{1e6 * theirs / SINGLE_IMAGES:.0f}" if theirs else failures[PYTORCH[0].name],
                f"{times:.2f}" if times else "–",
            ]
        )
        section.targets.append(
            Target(f"one image at a time, {optimizer}: PyTorch eager / ours", times, 3, "times", True)
        )
    return section


def measure_process(rounds: int) -> Section:
    """Five epochs from the start of Python to its end: imports, gzip files, compilation and all."""
    mnist_folder()
    others = [*PYTORCH, *SCIKIT_LEARN, JAX]
    with tempfile.TemporaryDirectory() as folder:
        results, failures = take_turns(
            rounds,
            {
                "mnist_ocr": lambda: _train(AS_THE_OTHERS, Path(folder)),
                "mnist_ocr, by default": lambda: _train(TRAIN, Path(folder)),
                **{one.name: lambda one=one: one.run(5, 55_000) for one in others},
            },
        )
    seconds = {name: [process.seconds for process, _ in values] for name, values in results.items()}
    peaks = {name: _peak(process for process, _ in values) for name, values in results.items()}
    ours = median(seconds["mnist_ocr"]) if "mnist_ocr" in seconds else None
    section = Section(
        "Five epochs as a whole process",
        "From the start of Python to its end: imports, reading MNIST's four gzip files, compiling, 5 epochs "
        "of 55,000 images, accuracy on the 10,000 test images. The first row is "
        f"`python {' '.join(AS_THE_OTHERS)}`, the second leaves augmentation and batch size at their "
        "defaults; both also check the data's SHA-256, look ahead (Nesterov), decay the weights, read "
        "5,000 validation images after each epoch and write the model file. The accuracy only shows that "
        "everybody learned: the others have a constant learning rate of 0.05.",
        ["contestant", "median, s", "fastest, s", "slowest, s", "times ours", "peak, MB", "test accuracy"],
    )
    for name in ["mnist_ocr", "mnist_ocr, by default", *(one.name for one in others)]:
        if name in failures:
            section.rows.append([name, failures[name], "", "", "", "", ""])
            continue
        values, peak = seconds[name], peaks[name]
        accuracy = median(result["accuracy"] for _, result in results[name])
        section.rows.append(
            [
                name,
                *(f"{f(values):.2f}" for f in (median, min, max)),
                f"{median(values) / ours:.2f}" if ours else "–",
                f"{peak:.0f}" if peak else "–",
                f"{accuracy:.2%}",
            ]
        )
    fastest = _fastest(others, seconds)
    section.targets = [
        Target("5 epochs, process: fastest of the others / ours", _ratio(fastest, ours), 1, "times", True),
        Target("5 epochs, process: peak memory", peaks.get("mnist_ocr, by default"), 250, "MB"),
    ]
    return section


def _train(arguments: list[str], folder: Path) -> tuple[Process, dict[str, Any]]:
    """Run train.py; the process, and what the model file that it wrote says about its accuracy."""
    model = folder / "model.json"
    paths = ["--data-dir", str(mnist_folder()), "--output", str(model), "--overwrite"]
    process = run_python([*arguments, *paths])
    return process, {"accuracy": json.loads(model.read_text())["training"]["accuracy"]["test"]}


def _fastest(contestants: Iterable[Contestant], seconds: Mapping[str, list[float]]) -> float | None:
    """The lowest median: whoever comes with several numbers of threads is judged by the best."""
    return min((median(seconds[one.name]) for one in contestants if one.name in seconds), default=None)


def _ratio(above: float | None, below: float | None) -> float | None:
    return above / below if above and below else None


def _peak(processes: Iterable[Process]) -> float | None:
    return max((process.peak for process in processes if process.peak is not None), default=None)
