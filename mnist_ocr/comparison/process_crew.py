"""Processes of this computer as workers: each can die without harm to the others, and none outlives us.

Python's `ProcessPoolExecutor` counts every run as lost that any of its processes was at when one of them
died. Here every process is a pool of its own, so that a death costs the one run that it was busy with, and
shows which one that was. The next run to land there finds a new process.

Every process holds the far end of a pipe, the lifeline, and ends at once when the near end is closed: by us,
because of Ctrl-C, or by the operating system, because we were killed.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, ParamSpec, TypeVar

from mnist_ocr.comparison.crews import Crew
from mnist_ocr.processes import be_deaf_to_interrupts, interrupts_held_back

P = ParamSpec("P")
T = TypeVar("T")

_CONTEXT = multiprocessing.get_context("spawn")
"""Afresh, the same on every system: a copy of a process with threads may wait for ever for one of them."""

_THREADS = (
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OMP_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)
"""What matrix libraries ask when they are loaded, which is too early for `threadpoolctl`."""


@contextmanager
def process_crew(count: int) -> Iterator[Crew]:
    """Some processes of this computer, started as runs come in; gone when the block ends, however it ends."""
    with Workers(count) as workers:
        yield Crew(workers, f"{count} {'process' if count == 1 else 'processes'}", at_once=count)


class Workers(Executor):
    """`count` processes, each of which can be lost alone.

    A `BrokenExecutor` from a future says that the process died that was busy with it. Give them `count` calls
    at a time: those that wait behind another in the same process would be lost with it.
    """

    def __init__(self, count: int) -> None:
        self._workers = [_Worker() for _ in range(count)]

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Give a call to the process that has least to do."""
        return min(self._workers, key=_Worker.load).submit(fn, *args, **kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the processes when they have done what they were given, or at once with `cancel_futures`."""
        for worker in self._workers:
            worker.end(wait=wait, at_once=cancel_futures)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Whoever leaves by an error or Ctrl-C does not wait for the runs that are under way.
        self.shutdown(cancel_futures=error is not None)


class _Worker:
    """The place of one process, with the one that is there now, if any."""

    def __init__(self) -> None:
        self._pool: ProcessPoolExecutor | None = None
        self._lifeline: Connection | None = None
        self._given: list[Future[Any]] = []

    def load(self) -> int:
        """How many calls it has not answered yet."""
        self._given = [future for future in self._given if not future.done()]
        return len(self._given)

    def submit(self, call: Callable[..., T], *args: Any, **kwargs: Any) -> Future[T]:
        if self._pool is not None:
            try:
                return self._give(self._pool, call, *args, **kwargs)
            except BrokenExecutor:  # it died; nobody but this place lost anything by it
                self.end(wait=True, at_once=True)
        far, near = _CONTEXT.Pipe(duplex=False)
        self._lifeline = near
        self._pool = ProcessPoolExecutor(1, _CONTEXT, _begin, (far,))
        with interrupts_held_back(), _one_thread_each():
            future = self._give(self._pool, call, *args, **kwargs)
        far.close()  # the process has its own by now
        return future

    def _give(
        self, pool: ProcessPoolExecutor, call: Callable[..., T], *args: Any, **kwargs: Any
    ) -> Future[T]:
        future = pool.submit(call, *args, **kwargs)
        self._given.append(future)
        return future

    def end(self, *, wait: bool, at_once: bool) -> None:
        if self._pool is None or self._lifeline is None:
            return
        if at_once:
            self._lifeline.close()
        self._pool.shutdown(wait=wait, cancel_futures=at_once)
        self._pool = None


def _begin(far: Connection) -> None:
    """The first thing that a process does: leave Ctrl-C to us, and watch the lifeline."""
    be_deaf_to_interrupts()
    threading.Thread(target=_end_with, args=(far,), daemon=True).start()


def _end_with(far: Connection) -> None:
    try:
        far.recv()  # nothing is ever sent
    except (EOFError, OSError):
        os._exit(0)


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Processes that are started inside compute with one thread: there is one of them for every core."""
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
