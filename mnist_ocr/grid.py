"""Carrying out the runs of a comparison on many workers, and the file of results.

The order in which runs end does not matter: each has its own random numbers and is independent of the others.
Every result is written to the file as soon as it is known, so a comparison that was stopped can continue.
"""

from __future__ import annotations

import json
import logging
import os
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mnist_ocr.comparison import MOST_RUNS, Result, Run, key_of, train_run
from mnist_ocr.errors import InputError, one_line
from mnist_ocr.files import lock, unlock
from mnist_ocr.processes import process_pools

DIED = Result(failed="its worker died every time (killed from outside, perhaps for lack of memory)")

POLL_SECONDS = 1.0
"""How often a wait is interrupted: on Windows, Ctrl-C has no effect during one."""

SECONDS_TO_CONNECT = 10
"""To a scheduler."""

SECONDS_ALONE = 60
"""Without any worker, or without an answer of the scheduler, after which a comparison ends."""

SECONDS_TO_ANSWER = 5
"""For a scheduler that is asked about its workers; it is asked again as long after its answer."""

LARGEST_FILE = 256 << 20
"""Bytes of a results file that is read: a quarter of a million results."""

_KEPT = "what is in --output is kept, and the same command goes on from there"

_LINE_BEGINS = b'{"key": "'
"""Every line of a results file."""


# --- workers -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Workers:
    """Who carries out the runs.

    Attributes:
        name: for people, such as "2 processes".
        count: how many runs are given to them at a time.
        executor: makes an executor that is given one run at a time.
        lost: the error with which an executor reports that several workers tried a run and all of them died.
        check: called about once a second while runs are waited for; raises an InputError where nobody is
            left to carry them out.
    """

    name: str
    count: int
    executor: Callable[[], Executor]
    lost: tuple[type[Exception], ...] = ()
    check: Callable[[], None] = lambda: None


@contextmanager
def local_workers(count: int) -> Iterator[Workers]:
    """Processes of this computer; all of them end with the block, even in the middle of a run.

    When one process of a `ProcessPoolExecutor` dies, the whole executor is broken. So each process has an
    executor of its own, and a death affects only the run that the process was working on.
    """
    with process_pools() as start_pool:

        def start() -> Executor:
            try:
                return start_pool(1)
            except OSError as error:
                raise InputError(
                    f"--workers {count}: this computer cannot start so many processes ({error.strerror})"
                ) from None

        yield Workers(f"{count} {'process' if count == 1 else 'processes'}", count, start)


@contextmanager
def dask_workers(
    address: str, *, seconds_to_connect: float = SECONDS_TO_CONNECT, seconds_alone: float = SECONDS_ALONE
) -> Iterator[Workers]:
    """The workers of a Dask scheduler (Rocklin, 2015) at an address such as tcp://192.168.1.10:8786.

    The scheduler and the workers need the same version of this program, and each worker loads the images
    itself. Workers may join and leave; when there has been none for `seconds_alone`, or no answer of the
    scheduler, the comparison ends. When the block ends early, runs that have not begun are cancelled; those
    that have begun are finished by their workers.

    Raises:
        InputError: the library is missing, or there is no scheduler.
    """
    try:
        from distributed import Client, KilledWorker
    except ImportError:
        raise InputError("--dask needs the distributed library: pip install 'distributed>=2024.8'") from None
    for log in ("distributed", "distributed.client"):  # which show a traceback for every lost connection
        logging.getLogger(log).setLevel(logging.CRITICAL)
    try:
        client = Client(address, timeout=seconds_to_connect, set_as_default=False)
    except (OSError, ValueError, AssertionError) as error:
        # AssertionError: on a very busy computer, the thread of the library did not begin within ten seconds.
        reason = str(error) or "no answer"
        raise InputError(
            f"--dask {address}: no scheduler found within {seconds_to_connect:g} s ({reason}); "
            "expected an address such as tcp://127.0.0.1:8786, where `dask scheduler` is running"
        ) from None
    with client:
        threads = client.nthreads()
        name = f"Dask at {address}, now with {len(threads)} workers and {sum(threads.values())} threads"
        executor = client.get_executor(pure=False)
        try:
            check = _Attendance(client, seconds_alone)
            yield Workers(name, MOST_RUNS, lambda: executor, (KilledWorker,), check)
        finally:
            executor.shutdown(wait=False)


class _Attendance:
    """Asks a Dask scheduler now and then whether it has workers.

    Args:
        client: of the scheduler.
        patience: seconds without workers, or without an answer, that are borne.

    Raises:
        InputError: when called, if they are over.
    """

    def __init__(self, client: Any, patience: float) -> None:
        self._client, self._patience = client, patience
        self._last = self._asked = time.monotonic()

    def __call__(self) -> None:
        interval = min(SECONDS_TO_ANSWER, self._patience / 2)
        if time.monotonic() - self._asked < interval:
            return
        reason = "there has been no worker"
        try:
            workers = self._client.sync(self._client.scheduler.ncores, callback_timeout=interval)
        except Exception:  # of many kinds; a scheduler that is dead cancels its runs, which tells it, too
            workers, reason = {}, "the scheduler has not answered"
        self._asked = time.monotonic()
        if workers:
            self._last = self._asked
        if self._asked - self._last > self._patience:
            raise InputError(f"{reason} for {self._patience:g} s; {_KEPT}")


# --- runs ----------------------------------------------------------------------------------------------


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
        raise InputError(f"the scheduler has gone, and the runs with it; {_KEPT}") from None
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
