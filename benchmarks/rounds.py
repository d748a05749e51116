"""Measuring side by side: A B C, A B C, … and never A A A, B B B.

A computer is not equally fast all the time: it warms up, it gets other work. Taken in turns, everybody gets
their share of the good and the bad minutes, and the median of the rounds lets a single bad one fall away.
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).resolve().parents[1]

SHORT = 5
"""What takes a fraction of a second is measured so many times as often."""

_THREAD_VARIABLES = "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"

Result = TypeVar("Result")


class ContestantError(Exception):
    """Somebody cannot take part; the message says why."""


@dataclass(frozen=True)
class Process:
    """What a finished process cost, and what it printed.

    Attributes:
        seconds: from its start to its end, with everything that Python does before and after.
        peak: the most memory it held at one time, in MB of 10^6 bytes; None where the system does not tell.
        output: its stdout.
    """

    seconds: float
    peak: float | None
    output: str


def take_turns(
    rounds: int, contestants: Mapping[str, Callable[[], Result]]
) -> tuple[dict[str, list[Result]], dict[str, str]]:
    """Call everybody once a round; all results by name, and for those that failed, why.

    Progress goes to stderr. Who fails is not called again.
    """
    results: dict[str, list[Result]] = {name: [] for name in contestants}
    failures: dict[str, str] = {}
    for number in range(1, rounds + 1):
        for name, contestant in contestants.items():
            if name in failures:
                continue
            print(f"\r\033[K  round {number}/{rounds}: {name}", end="", file=sys.stderr, flush=True)
            try:
                results[name].append(contestant())
            except ContestantError as error:
                print(f"\r\033[K  {name}: {error}", file=sys.stderr)
                failures[name] = textwrap.shorten(str(error), 60, placeholder="…")
    print("\r\033[K", end="", file=sys.stderr, flush=True)
    return {name: values for name, values in results.items() if name not in failures}, failures


def milliseconds(call: Callable[[], object]) -> float:
    """How long a call takes in this process."""
    gc.collect()  # what the one before left behind is not this one's work
    started = time.perf_counter()
    call()
    return (time.perf_counter() - started) * 1e3


def run_python(arguments: Sequence[str], *, threads: int | None = None) -> Process:
    """Run this Python with other arguments, in the project's folder.

    The peak is what the kernel counted for that one process. Linux lets a child begin with its parent's peak,
    so whoever calls this has to stay smaller than what is measured: no data set is read in this process.

    Args:
        arguments: what follows `python`.
        threads: how many threads the libraries below NumPy and PyTorch get; None leaves it to them.

    Raises:
        ContestantError: it ended with an error.
    """
    # Everybody's modules are kept compiled, as Python does unless it is told otherwise.
    left_out = *_THREAD_VARIABLES, "PYTHONDONTWRITEBYTECODE"
    environment = {name: value for name, value in os.environ.items() if name not in left_out}
    if threads is not None:
        environment |= dict.fromkeys(_THREAD_VARIABLES, str(threads))
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        started = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, *arguments], cwd=ROOT, env=environment, stdout=output, stderr=errors
        )
        peak = _wait(process)
        seconds = time.perf_counter() - started
        output.seek(0)
        errors.seek(0)
        if process.returncode:
            lines = errors.read().strip().splitlines()
            raise ContestantError(lines[-1] if lines else f"ended with code {process.returncode}")
        return Process(seconds, peak, output.read())


def _wait(process: subprocess.Popen[bytes]) -> float | None:
    """Wait for the end; the peak memory in MB where the system tells."""
    if not hasattr(os, "wait4"):  # Windows
        process.wait()
        return None
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6
