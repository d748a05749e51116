"""Processes beside this one: how many are of use, and pools of them that neither outlive nor disturb us.

Ctrl-C goes to all processes of a terminal. The one that was started by hand decides what becomes of the
others; they must not die of it by themselves, each with a traceback.
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
    """Cores that this process may use, which in a container are fewer than there are."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def process_pools() -> Iterator[Callable[[int], ProcessPoolExecutor]]:
    """A function that starts a pool of so many processes; when the block ends, all of them end at once.

    Every process holds the far end of a pipe, the lifeline, and ends when the near end is closed: by us,
    however the block ends, or by the operating system, when this process was killed. Processes are started
    afresh ("spawn"), the same on every system: a copy of a process with threads may wait for ever for one of
    them.
    """
    import multiprocessing  # these two here, because most people read one picture
    from concurrent.futures import ProcessPoolExecutor

    context = multiprocessing.get_context("spawn")
    far, near = context.Pipe(duplex=False)
    pools = []

    def start(count: int) -> ProcessPoolExecutor:
        with _interrupts_held_back():
            pool = ProcessPoolExecutor(count, context, _begin, (far,))
            pools.append(pool)
            for _ in range(count):
                pool.submit(int)  # a pool starts its processes when it is given work
        return pool

    try:
        yield start
    finally:
        near.close()
        for pool in pools:
            pool.shutdown(cancel_futures=True)
        far.close()


def _begin(far: Connection) -> None:
    """The first thing that a process does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one that started it
    threading.Thread(target=_end_with, args=(far,), daemon=True).start()


def _end_with(far: Connection) -> None:
    try:
        far.recv()  # nothing is ever sent
    except (EOFError, OSError):
        os._exit(0)


@contextmanager
def _interrupts_held_back() -> Iterator[None]:
    """Let Ctrl-C wait while processes are started.

    A half-started one would die of it with a traceback, and a half-made pool would leave locks behind, of
    which Python complains when it ends.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # Python raises KeyboardInterrupt in the main thread only
        return
    pressed = threading.Event()
    usual = signal.signal(signal.SIGINT, lambda *_: pressed.set())
    can_block = hasattr(signal, "pthread_sigmask")  # not on Windows
    try:
        if can_block:  # the processes that are started inherit this
            before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
        yield
    finally:
        if can_block:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        signal.signal(signal.SIGINT, usual)
    if pressed.is_set():
        raise KeyboardInterrupt
