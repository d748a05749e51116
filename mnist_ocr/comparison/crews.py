"""Who carries out the runs: an executor, and what has to be known about how it takes work."""

from __future__ import annotations

from concurrent.futures import BrokenExecutor, Executor
from dataclasses import dataclass


@dataclass(frozen=True)
class Crew:
    """Workers that are ready.

    Attributes:
        executor: takes the runs.
        name: of the crew, for people, such as "2 processes".
        at_once: how many runs it is given at a time; None for all of them.
        tries: how often a run is started whose worker dies of it.
        lost: the errors by which the executor says that a worker died.
    """

    executor: Executor
    name: str
    at_once: int | None = None
    tries: int = 2
    lost: tuple[type[Exception], ...] = (BrokenExecutor,)
