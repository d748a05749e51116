"""Processes beside this one: how many are of use, and how to start them while somebody may press Ctrl-C.

Ctrl-C goes to all processes of a terminal. The one that was started by hand decides what becomes of the
others; they shall not die of it by themselves, each with a traceback, half-started ones least of all.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


def cores() -> int:
    """Cores that this process may use, which in a container are fewer than there are."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def be_deaf_to_interrupts() -> None:
    """For a process that was started by another: leave Ctrl-C to that one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextmanager
def interrupts_held_back() -> Iterator[None]:
    """Let Ctrl-C wait while processes are started: a half-started one would die of it with a traceback."""
    if threading.current_thread() is not threading.main_thread():
        yield  # Python raises KeyboardInterrupt in the main thread only
        return
    pressed = threading.Event()
    usual = signal.signal(signal.SIGINT, lambda *_: pressed.set())
    try:
        with _interrupts_blocked():
            yield
    finally:
        signal.signal(signal.SIGINT, usual)
    if pressed.is_set():
        raise KeyboardInterrupt


@contextmanager
def _interrupts_blocked() -> Iterator[None]:
    """Processes that are started inside do not get any until they can say that they do not want any."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
