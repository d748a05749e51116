"""Pools of processes that end with this process.

Ctrl-C is sent to all processes of a terminal. The main process handles it and ends the others, which ignore
it: otherwise each of them would print a traceback.
"""

from __future__ import annotations

import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing.connection import Connection

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")

POLL_SECONDS = 0.2
"""How long a wait for other processes lasts before Ctrl-C, which is delayed meanwhile, is looked for."""

SECONDS_TO_HAND_OVER = 5.0
"""How long a process that is to end may take to send a result that it has begun to send."""

_handing_over = threading.Lock()
"""Held in a process of a pool from the end of one task to the beginning of the next."""


def cores() -> int:
    """The number of cores that this process may use; in a container, not all of them."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def process_pools() -> Iterator[Callable[[int], ProcessPoolExecutor]]:
    """A function that starts a pool of a given number of processes; all of them end with the block.

    Every process has one end of a pipe, and ends itself when the other end is closed: by us, however the
    block ends, or by the operating system, if this process is killed. New processes are started ("spawn"),
    not copies of this one ("fork"): a copy of a process with threads may wait for one of them forever.
    """
    import multiprocessing  # these two are imported here, because reading one picture does not need them
    from concurrent.futures import Future, ProcessPoolExecutor

    class Pool(ProcessPoolExecutor):
        def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
            return super().submit(_compute, fn, *args, **kwargs)

    context = multiprocessing.get_context("spawn")
    far, near = context.Pipe(duplex=False)
    pools = []

    def start(count: int) -> ProcessPoolExecutor:
        with interrupts_delayed():
            pool = Pool(count, context, _begin, (far,))
            pools.append(pool)
            for _ in range(count):
                pool.submit(int)  # a pool starts its processes only when it is given work
        return pool

    try:
        yield start
    finally:
        with interrupts_delayed():
            near.close()
            for pool in pools:
                pool.shutdown(cancel_futures=True)
            far.close()


def in_order(
    pool: ProcessPoolExecutor, function: Callable[[Item], Outcome], items: Sequence[Item], *, chunk: int
) -> Iterator[Outcome]:
    """What `function` returns for each of the items, in their order.

    This is `pool.map`, but Ctrl-C always ends it.

    Args:
        pool: the processes that call the function.
        function: one that the processes can import.
        items: what it is called with.
        chunk: how many items are given to a process at a time.
    """
    from concurrent.futures import wait

    with interrupts_delayed():
        chunks = (items[begin : begin + chunk] for begin in range(0, len(items), chunk))
        coming = deque(pool.submit(_of_each, function, few) for few in chunks)
    while coming:
        with interrupts_delayed():
            ended, _ = wait([coming[0]], timeout=POLL_SECONDS)
            results = coming.popleft().result() if ended else []
        yield from results


def _of_each(function: Callable[[Item], Outcome], items: Sequence[Item]) -> list[Outcome]:
    return [function(item) for item in items]


def _begin(far: Connection) -> None:
    """What a new process does first."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the main process handles Ctrl-C
    threading.Thread(target=_end_with, args=(far,), daemon=True).start()


def _end_with(far: Connection) -> None:
    """End this process when the main one closes the pipe, but not in the middle of a result.

    The main process would wait for the rest of it forever.
    """
    try:
        far.recv()  # nothing is ever sent
    except (EOFError, OSError):
        _handing_over.acquire(timeout=SECONDS_TO_HAND_OVER)
        os._exit(0)


def _compute(function: Callable[..., Outcome], *args: Any, **kwargs: Any) -> Outcome:
    """Call the function in a process of a pool, which can be ended until it returns."""
    if _handing_over.locked():  # the last result has been sent
        _handing_over.release()
    try:
        return function(*args, **kwargs)
    finally:
        _handing_over.acquire()


@contextmanager
def interrupts_delayed() -> Iterator[None]:
    """Delay Ctrl-C while this thread starts processes, or calls the methods of a pool or its futures.

    A process that is just starting would print a traceback. And KeyboardInterrupt can be raised between any
    two operations of Python, so also just after a method has taken a lock, which nobody would give back: the
    threads of the pool would wait for it forever. Afterwards, Ctrl-C has its usual effect.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread gets KeyboardInterrupt
        return
    pressed = threading.Event()
    usual = signal.signal(signal.SIGINT, lambda *_: pressed.set())
    can_block = hasattr(signal, "pthread_sigmask")  # not on Windows
    try:
        if can_block:  # new processes inherit this
            before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
        yield
    finally:
        if can_block:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        signal.signal(signal.SIGINT, usual)
    if pressed.is_set():
        signal.raise_signal(signal.SIGINT)
