"""Who carries out the runs of a comparison: processes of this computer, or the workers of a Dask cluster."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from mnist_ocr.comparison import MOST_RUNS
from mnist_ocr.errors import InputError
from mnist_ocr.processes import process_pools

SECONDS_TO_CONNECT = 10
"""To a scheduler."""

SECONDS_ALONE = 60
"""Without any worker, or without an answer of the scheduler, after which a comparison ends."""

SECONDS_TO_ANSWER = 5
"""For a scheduler that is asked about its workers; it is asked again as long after its answer."""

KEPT = "what is in --output is kept, and the same command goes on from there"


@dataclass(frozen=True)
class Workers:
    """Who carries out the runs.

    Attributes:
        name: for people, such as "2 processes".
        count: how many runs are given to them at a time.
        executor: makes an executor that is given one run at a time.
        lost: the error with which an executor reports that several workers tried a run and all of them died.
        check: called now and then while runs are waited for; raises an InputError where nobody is
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
            raise InputError(f"{reason} for {self._patience:g} s; {KEPT}")
