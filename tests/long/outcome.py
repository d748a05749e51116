"""What a long run came to."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Outcome:
    """One long run.

    Attributes:
        text: what was done.
        columns: heads of the table.
        rows: what it came to, as text.
        failures: what did not hold, each in a line; empty where everything did.
    """

    text: str
    columns: list[str]
    rows: list[list[str]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
