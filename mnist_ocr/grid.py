"""Carrying out the runs of a comparison: a loop over `concurrent.futures`, and the file of results.

The order in which runs end does not matter: each has its own random numbers and knows of no other. Every
result is written down as soon as it is there, so that a comparison that was stopped goes on where it was.
"""

from __future__ import annotations

import json
import logging
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mnist_ocr.comparison import MOST_RUNS, Failure, Result, Run, key_of, train_run
from mnist_ocr.errors import InputError, one_line
from mnist_ocr.files import try_lock
from mnist_ocr.processes import process_pools

DIED = Failure("its worker died every time (killed from outside, perhaps for want of memory)")

LISTEN_EVERY = 1.0
"""Seconds. On Windows, Ctrl-C is not heard during a wait."""

SECONDS_TO_CONNECT = 10
"""To a scheduler."""

LARGEST_FILE = 256 << 20
"""Bytes of a file of results that is read: a quarter of a million results."""

_LINE_BEGINS = b'{"key": "'
"""Every line of a file of results."""


@dataclass(frozen=True)
class Workers:
    """Who carries out the runs.

    Attributes:
        name: for people, such as "2 processes".
        count: how many runs they are given at a time.
        executor: makes an executor that is given one run at a time.
        lost: the error by which an executor says that it tried a run on several workers and all of them died.
    """

    name: str
    count: int
    executor: Callable[[], Executor]
    lost: tuple[type[Exception], ...] = ()


@contextmanager
def local_workers(count: int) -> Iterator[Workers]:
    """Processes of this computer, which end when the block does, whatever they are at.

    A `ProcessPoolExecutor` whose process dies is broken as a whole, so each process is an executor of its
    own: a death costs the one run that the process was busy with.
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
def dask_workers(address: str, *, seconds_to_connect: float = SECONDS_TO_CONNECT) -> Iterator[Workers]:
    """The workers of a Dask scheduler (Rocklin, 2015) at an address such as tcp://192.168.1.10:8786.

    The scheduler and the workers need the same version of this program, and the workers load the images for
    themselves. Workers may come and go. When the block ends before the work does, runs that have not begun
    are taken back; those that have begun go on to their end there.

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
    except (OSError, ValueError) as error:
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
            yield Workers(name, MOST_RUNS, lambda: executor, (KilledWorker,))
        finally:
            executor.shutdown(wait=False)


def run_grid(
    runs: Sequence[Run],
    workers: Workers,
    results: ResultsFile | None = None,
    *,
    work: Callable[[Run], Result] = train_run,
    on_outcome: Callable[[Run, Result | Failure], None] = lambda run, outcome: None,
) -> dict[Run, Result | Failure]:
    """Carry out the runs that the file does not have yet.

    Args:
        runs: what to carry out; a run that is there twice is one.
        workers: who does it.
        results: where results are, and where new ones are added.
        work: what to do with a run, where it is carried out.
        on_outcome: called for every run that is carried out, in the order in which they end.

    Returns:
        What became of each run, in the order of `runs`. A run whose worker dies is tried once more, and then
        is a `Failure`; the others go on.

    Raises:
        InputError: a worker cannot do any run, the results cannot be written, or a scheduler gave up.
    """
    outcomes: dict[Run, Result | Failure] = results.outcomes_of(runs) if results else {}
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
                except BrokenExecutor:  # its process is gone
                    executor = workers.executor()
                    future = executor.submit(work, run)
                running[future] = run, executor
            ended, _ = wait(running, timeout=LISTEN_EVERY, return_when=FIRST_COMPLETED)
            for future in [future for future in running if future in ended]:  # in the order they were given
                run, executor = running.pop(future)
                idle.append(executor)
                outcome = _outcome(future, workers.lost)
                if outcome is None and run not in retried:
                    retried.add(run)
                    waiting.append(run)
                    continue
                outcomes[run] = outcome = outcome or DIED
                if isinstance(outcome, Result) and results:
                    results.add(run, outcome)
                on_outcome(run, outcome)
    finally:
        for future in running:
            future.cancel()
    return {run: outcomes[run] for run in runs}


def _outcome(future: Future[Result], lost: tuple[type[Exception], ...]) -> Result | Failure | None:
    """What became of a run; None if its worker died.

    Raises:
        InputError: no run could be carried out there.
    """
    try:
        return future.result()
    except BrokenExecutor:
        return None
    except lost:
        return DIED
    except MemoryError:
        return Failure("it needs more memory than there is: fewer nodes, or a smaller batch")
    except CancelledError:
        raise InputError(
            "the scheduler has gone, and the runs with it; what is in --output is kept, and the same command "
            "goes on from there"
        ) from None
    except Exception as error:
        cause: BaseException | None = error
        while cause and not isinstance(cause, ImportError):
            cause = cause.__cause__
        if cause is None:
            raise  # a mistake of ours
        raise InputError(
            f"a worker, or its scheduler, lacks a part of the program ({cause}): "
            "install the same version there"
        ) from None


class ResultsFile:
    """A file of results, a line of JSON for each finished run; nobody else can add any meanwhile.

    It may hold results of other comparisons: a run is found by its key. A line is forced onto the disk before
    the next one begins. A last line that is incomplete, because the computer stopped there, is cut off, and
    its run is repeated. Any other line that is not a result was not written here: it is reported, and the
    file is left as it was.

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
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.exists() and not path.is_file():
                raise InputError(f"{path}: expected the name of a file for results, and this is not a file")
            self._file = path.open("a+b", buffering=0)
        except OSError as error:
            raise self._not_written(error) from None
        self.cut_off = False
        self.results: dict[str, Result] = {}
        try:
            if not try_lock(self._file):
                raise InputError(
                    f"{path}: another comparison is adding its results; wait for it, or choose another file"
                )
            self.read()
        except BaseException as error:
            self._file.close()
            if isinstance(error, OSError):
                raise self._not_written(error) from None
            raise

    def __enter__(self) -> ResultsFile:
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()  # and with it the lock

    def outcomes_of(self, runs: Sequence[Run]) -> dict[Run, Result | Failure]:
        """The results of those of these runs that have one."""
        return {run: self.results[run.key] for run in runs if run.key in self.results}

    def add(self, run: Run, result: Result) -> None:
        """Write a result down; it is on the disk when this returns.

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
        """Take `results` from the file, and cut an unfinished last line off.

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
        unfinished = _is_unfinished(rest)
        if rest and not unfinished:
            lines.append(rest)  # somebody's editor took away the end of the last line
        self.results = dict(self._parse(number, line) for number, line in enumerate(lines, 1))
        if unfinished:
            self._file.truncate(size - len(rest))
            self.cut_off = True
        elif rest:
            self._append(b"\n")

    def _append(self, line: bytes) -> None:
        try:
            while line:
                line = line[self._file.write(line) :]
            os.fsync(self._file.fileno())
        except OSError as error:
            raise self._not_written(error) from None

    def _not_written(self, error: OSError) -> InputError:
        return InputError(f"{self.path}: cannot be written: {error.strerror or error}")

    def _parse(self, number: int, line: bytes) -> tuple[str, Result]:
        try:
            return _parse_entry(json.loads(line))
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            what = f"{error} is missing" if isinstance(error, KeyError) else error
            raise InputError(
                f"{self.path}, line {number}: expected a result of this program, as JSON: {one_line(what)}; "
                "mend or delete the line (its run is then repeated), or choose another file"
            ) from None


def _is_unfinished(line: bytes) -> bool:
    """Whether it is the beginning of a result, perhaps with zeros behind it that a disk left there."""
    beginning = line.strip(b"\0")
    if not line or not (beginning.startswith(_LINE_BEGINS) or _LINE_BEGINS.startswith(beginning)):
        return False
    try:
        json.loads(line)
    except ValueError:
        return True
    except RecursionError:  # nested too deeply to be one of ours
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
        raise ValueError("the key is not that of the settings")
    accuracies, best, test = entry["accuracies"], entry["best_epoch"], entry["test"]
    if not isinstance(accuracies, list):
        raise ValueError("the accuracies are not a list")
    for accuracy in [*accuracies, *([] if test is None else [test])]:
        if not _is_number(accuracy) or not 0 <= accuracy <= 1:
            raise ValueError(f"the accuracy {accuracy} is not from 0 to 1")
    if not (type(best) is int and 1 <= best <= len(accuracies) if accuracies else best is None):
        raise ValueError(f"of {len(accuracies)} epochs, the best cannot be {best}")
    if not _is_number(entry["seconds"]) or not 0 <= entry["seconds"] < 1e12:
        raise ValueError(f"{entry['seconds']} is not a number of seconds")
    if not isinstance(entry["diverged"], str | None):
        raise ValueError("the reason why it diverged is not a text")
    return entry["key"], Result(tuple(accuracies), best, entry["seconds"], entry["diverged"], test)


def _is_number(found: object) -> bool:
    return isinstance(found, int | float) and not isinstance(found, bool)
