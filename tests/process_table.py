"""Which processes there are: as Linux lists them in /proc, and elsewhere as `ps` does."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_LISTED = Path("/proc")


def is_alive(process: int) -> bool:
    """Whether it is there and not just listed until somebody asks how it ended."""
    return any(number == process and state != "Z" for number, _, state in _processes())


def children_of(process: int) -> list[int]:
    """The processes that it started."""
    return [number for number, parent, _ in _processes() if parent == process]


def _processes() -> Iterator[tuple[int, int, str]]:
    """The number of each, that of its parent, and its state in a letter."""
    if (_LISTED / "self" / "stat").exists():
        for path in _LISTED.glob("[0-9]*/stat"):
            with suppress(OSError):  # it has ended meanwhile
                number, rest = path.read_text(errors="replace").split(" (", 1)
                state, parent = rest.rpartition(")")[2].split()[:2]
                yield int(number), int(parent), state
    else:
        words = ["ps", "-A", "-o", "pid=,ppid=,stat="]
        for line in subprocess.run(words, capture_output=True, text=True, check=True).stdout.splitlines():
            listed, parent, state = line.split()
            yield int(listed), int(parent), state[0]
