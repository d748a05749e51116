"""Pools of processes that end with this process.

Ctrl-C is sent to all processes of a terminal. The main process handles it and ends the others, which ignore
it: otherwise each of them would print a traceback.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing.connection import Connection


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
        with _interrupts_delayed():
            pool = ProcessPoolExecutor(count, context, _begin, (far,))
            pools.append(pool)
            for _ in range(count):
                pool.submit(int)  # a pool starts its processes only when it is given work
        return pool

    try:
        yield start
    finally:
        near.close()
        for pool in pools:
            pool.shutdown(cancel_futures=True)
        far.close()


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
def _interrupts_delayed() -> Iterator[None]:
    """Delay Ctrl-C while processes are started.

    A process that is just starting would print a traceback, and an unfinished pool would leave locks behind,
    about which Python warns when it exits.
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
        raise KeyboardInterrupt
