"""Carrying out the runs of a comparison on many workers, and the file of results.

The order in which runs end does not matter: each has its own random numbers and is independent of the others.
Every result is written to the file as soon as it is known, so a comparison that was stopped can continue.
"""

from __future__ import annotations

import json
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, Future, wait
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mnist_ocr.comparison import Result, Run, key_of, train_run
from mnist_ocr.errors import InputError, one_line
from mnist_ocr.files import lock, unlock
from mnist_ocr.processes import POLL_SECONDS, interrupts_delayed
from mnist_ocr.workers import KEPT, Workers

DIED = Result(failed="its worker died every time (killed from outside, perhaps for lack of memory)")

LARGEST_FILE = 256 << 20
"""Bytes of a results file that is read: a quarter of a million results."""

_LINE_BEGINS = b'{"key": "'
"""Every line of a results file."""


def run_grid(
    runs: Sequence[Run],
    workers: Workers,
    results: ResultsFile | None = None,
    *,
    work: Callable[[Run], Result] = train_run,
    on_outcome: Callable[[Run, Result], None] = lambda run, outcome: None,
) -> dict[Run, Result]:
    """Carry out the runs that are not in the results file yet.

    Args:
        runs: what to carry out; duplicates are carried out once.
        workers: who does it.
        results: the file with earlier results, to which new ones are added.
        work: what a worker does with a run.
        on_outcome: called for every run that is carried out, in the order in which they end.

    Returns:
        The outcome of each run, in the order of `runs`. A run whose worker dies is tried once more, and then
        counts as failed; the others continue.

    Raises:
        InputError: a worker cannot do any run, the results cannot be written, or the scheduler is gone.
    """
    outcomes: dict[Run, Result] = results.outcomes_of(runs) if results else {}
    waiting = deque(run for run in dict.fromkeys(runs) if run not in outcomes)
    idle = [workers.executor() for _ in range(min(workers.count, len(waiting)))]
    running: dict[Future[Result], tuple[Run, Executor]] = {}
    retried: set[Run] = set()
    try:
        while waiting or running:
            with interrupts_delayed():
                while waiting and idle:
                    run, executor = waiting.popleft(), idle.pop(0)
                    try:
                        future = executor.submit(work, run)
                    except BrokenExecutor:  # its process has died
                        executor = workers.executor()
                        future = executor.submit(work, run)
                    running[future] = run, executor
                ended, _ = wait(running, timeout=POLL_SECONDS, return_when=FIRST_COMPLETED)
            for future in [future for future in running if future in ended]:  # in the order of submission
                run, executor = running.pop(future)
                idle.append(executor)
                outcome = _outcome(future, workers.lost)
                if outcome is None and run not in retried:
                    retried.add(run)
                    waiting.append(run)
                    continue
                outcomes[run] = outcome = outcome or DIED
                if results and not outcome.failed:
                    results.add(run, outcome)
                on_outcome(run, outcome)
            if running:
                workers.check()
    finally:
        for future in running:
            future.cancel()
    return {run: outcomes[run] for run in runs}


def _outcome(future: Future[Result], lost: tuple[type[Exception], ...]) -> Result | None:
    """The outcome of a run that has ended; None if its worker died.

    Raises:
        InputError: the worker could not carry out any run.
    """
    try:
        return future.result()
    except BrokenExecutor:
        return None
    except lost:
        return DIED
    except MemoryError:
        return Result(failed="it needs more memory than there is: fewer nodes, or a smaller batch")
    except CancelledError:
        raise InputError(f"the scheduler has gone, and the runs with it; {KEPT}") from None
    except Exception as error:
        cause: BaseException | None = error
        while cause and not isinstance(cause, ImportError):
            cause = cause.__cause__
        if cause is None:
            raise  # an error in this program
        raise InputError(
            f"a worker, or its scheduler, lacks a part of the program ({cause}): "
            "install the same version there"
        ) from None


# --- the file of results -------------------------------------------------------------------------------


class ResultsFile:
    """A file with one line of JSON for each finished run, locked against other comparisons while it is open.

    It may hold results of other comparisons: a run is found by its key. Each line is forced onto the disk
    before the next one begins. An incomplete last line, left by a computer that stopped while writing it, is
    cut off, and its run is repeated. Any other line that is not a result is an error, and the file is left
    unchanged.

    Args:
        path: of the file; it and its folder are made when needed.

    Attributes:
        path: as given.
        results: all of them, by the keys of their runs.
        cut_off: whether the last line was incomplete.

    Raises:
        InputError: it cannot be written, another program is adding results, or a line is not a result.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.cut_off = False
        self.results: dict[str, Result] = {}
        with self._writing():
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.exists() and not path.is_file():
                raise InputError(f"{path}: expected the name of a file for results, and this is not a file")
            held = lock(path.with_name(f".{path.name}.lock"))
        if held is None:
            raise InputError(
                f"{path}: another comparison is adding its results; wait for it, or choose another file"
            )
        self._lock = held
        try:
            with self._writing():
                self._file = path.open("a+b", buffering=0)
                self.read()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> ResultsFile:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file and let other comparisons use it."""
        if hasattr(self, "_file"):
            self._file.close()
        unlock(self._lock)

    def outcomes_of(self, runs: Sequence[Run]) -> dict[Run, Result]:
        """The results of those of these runs that have one."""
        return {run: self.results[run.key] for run in runs if run.key in self.results}

    def add(self, run: Run, result: Result) -> None:
        """Add a result; it is on the disk when this returns.

        Raises:
            InputError: it cannot be written; the results before it are safe.
        """
        entry = {
            "key": run.key,
            "program": run.program,
            "accuracy": result.accuracy,
            "best_epoch": result.best_epoch,
            "accuracies": result.accuracies,
            "diverged": result.diverged,
            "test": result.test,
            "parameters": run.parameters,
            "seconds": round(result.seconds, 3),
            "settings": run.settings,
        }
        self._append(json.dumps(entry, allow_nan=False).encode() + b"\n")
        self.results[run.key] = result

    def read(self) -> None:
        """Take `results` from the file, and cut off an incomplete last line.

        Raises:
            InputError: a line is not a result.
        """
        size = self._file.seek(0, os.SEEK_END)
        if size > LARGEST_FILE:
            raise InputError(
                f"{self.path}: expected at most {LARGEST_FILE:,} bytes of results, found {size:,}"
            )
        self._file.seek(0)
        *lines, rest = self._file.read().split(b"\n")
        incomplete = _is_incomplete(rest)
        if rest and not incomplete:
            lines.append(rest)  # an editor removed the end of the last line
        self.results = dict(self._parse(number, line) for number, line in enumerate(lines, 1))
        if incomplete:
            self._file.truncate(size - len(rest))
            self.cut_off = True
        elif rest:
            self._append(b"\n")

    def _append(self, line: bytes) -> None:
        with self._writing():
            while line:
                line = line[self._file.write(line) :]
            os.fsync(self._file.fileno())

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise InputError(f"{self.path}: cannot be written: {error.strerror or error}") from None

    def _parse(self, number: int, line: bytes) -> tuple[str, Result]:
        try:
            return _parse_entry(json.loads(line))
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            what = f"{error} is missing" if isinstance(error, KeyError) else error
            raise InputError(
                f"{self.path}, line {number}: expected a result of this program, as JSON: {one_line(what)}; "
                "correct or delete the line (its run is then repeated), or choose another file"
            ) from None


def _is_incomplete(line: bytes) -> bool:
    """Whether it is the beginning of a result, perhaps followed by zeros from a disk that was interrupted."""
    beginning = line.strip(b"\0")
    if not line or not (beginning.startswith(_LINE_BEGINS) or _LINE_BEGINS.startswith(beginning)):
        return False
    try:
        json.loads(line)
    except ValueError:
        return True
    except RecursionError:  # nested too deeply to be a result
        return False
    return False


def _parse_entry(entry: Any) -> tuple[str, Result]:
    """Key and result of a line.

    Raises:
        ValueError, KeyError, TypeError: it is not a result; the message says what is wrong.
    """
    if not isinstance(entry, dict):
        raise ValueError("this is not an object")
    if entry["key"] != key_of(entry["settings"], entry["program"]):
        raise ValueError("the key does not match the settings")
    accuracies, best, test = entry["accuracies"], entry["best_epoch"], entry["test"]
    if not isinstance(accuracies, list):
        raise ValueError("the accuracies are not a list")
    for accuracy in [*accuracies, *([] if test is None else [test])]:
        if type(accuracy) not in (int, float) or not 0 <= accuracy <= 1:
            raise ValueError(f"the accuracy {accuracy} is not from 0 to 1")
    if not (type(best) is int and 1 <= best <= len(accuracies) if accuracies else best is None):
        raise ValueError(f"of {len(accuracies)} epochs, the best cannot be {best}")
    if type(entry["seconds"]) not in (int, float) or not 0 <= entry["seconds"] < 1e12:
        raise ValueError(f"{entry['seconds']} is not a number of seconds")
    if not isinstance(entry["diverged"], str | None):
        raise ValueError("the reason why it diverged is not text")
    return entry["key"], Result(tuple(accuracies), best, entry["seconds"], entry["diverged"], test)
