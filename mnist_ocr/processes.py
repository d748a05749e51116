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
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing.connection import Connection

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")

POLL_SECONDS = 0.2
"""How long a single wait for other processes lasts: Ctrl-C, delayed meanwhile, takes effect after it."""


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
    from concurrent.futures import ProcessPoolExecutor

    context = multiprocessing.get_context("spawn")
    far, near = context.Pipe(duplex=False)
    pools = []

    def start(count: int) -> ProcessPoolExecutor:
        # In two parts, because the first pool also starts a process of Python's own, which ends the delay.
        with interrupts_delayed():
            pool = ProcessPoolExecutor(count, context, _begin, (far,))
            pools.append(pool)
        with interrupts_delayed():
            for _ in range(count):
                pool.submit(int)  # a pool starts its processes only when it is given work
        return pool

    try:
        yield start
    finally:
        with interrupts_delayed():
            near.close()
            for pool in pools:
                # A process may have ended in the middle of a result. The pool's thread waits for the rest of
                # it as long as anybody could send it, and so could we.
                pool._result_queue._writer.close()  # type: ignore[attr-defined]
            for pool in pools:
                pool.shutdown(cancel_futures=True)
            far.close()


def in_order(
    pool: ProcessPoolExecutor, function: Callable[[Item], Outcome], items: Sequence[Item], *, chunk: int
) -> Iterator[Outcome]:
    """What `function` returns for each of the items, in their order.

    This is `pool.map` for a pool that Ctrl-C can interrupt at any time; see `interrupts_delayed`.

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
    try:
        far.recv()  # nothing is ever sent
    except (EOFError, OSError):
        os._exit(0)


@contextmanager
def interrupts_delayed() -> Iterator[None]:
    """Delay Ctrl-C while processes are started, or methods of a pool or its futures are called.

    A process that gets Ctrl-C while it starts would print a traceback. And KeyboardInterrupt may be raised in
    a method that has just taken a lock, before it can promise to give it back: then the threads of the pool
    would wait for that lock forever. Afterwards, Ctrl-C has its usual effect.

    Windows cannot keep Ctrl-C from processes that are starting.
    """
    pressed: list[int] = []
    is_main = threading.current_thread() is threading.main_thread()  # no other gets KeyboardInterrupt
    can_block = hasattr(signal, "pthread_sigmask")  # not on Windows
    if is_main:
        usual = signal.signal(signal.SIGINT, lambda number, _: pressed.append(number))
    try:
        if can_block:  # new processes inherit this
            before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
        yield
    finally:
        if can_block:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        if is_main:
            signal.signal(signal.SIGINT, usual)
        if pressed:
            signal.raise_signal(signal.SIGINT)
