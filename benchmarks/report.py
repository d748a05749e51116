"""What a measurement comes to, and how it is printed: tables that read well in a terminal and as Markdown."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median


@dataclass(frozen=True)
class Target:
    """A limit that was set before measuring.

    Attributes:
        what: the quantity.
        measured: its value; None where it could not be measured, which is then no success.
        limit: the largest value that meets the target, or the smallest where `at_least`.
        unit: of both.
        at_least: whether more is better.
    """

    what: str
    measured: float | None
    limit: float
    unit: str
    at_least: bool = False

    @property
    def verdict(self) -> str:
        """One of `met`, `missed` and `not measured`."""
        if self.measured is None:
            return "not measured"
        met = self.measured >= self.limit if self.at_least else self.measured <= self.limit
        return "met" if met else "missed"

    def row(self) -> list[str]:
        """Quantity, target, measurement, verdict."""
        bound = "at least" if self.at_least else "at most"
        measured = "–" if self.measured is None else f"{self.measured:.3g} {self.unit}"
        return [self.what, f"{bound} {self.limit:g} {self.unit}", measured, self.verdict]


@dataclass
class Section:
    """One measurement: what was compared, a row for everybody who took part, and the targets.

    Attributes:
        title: of the section.
        text: what was measured, and why that is fair.
        columns: heads of the table.
        rows: the first cell is a name; the others are numbers as text.
        targets: what the numbers are held against.
    """

    title: str
    text: str
    columns: list[str]
    rows: list[list[str]] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)

    def markdown(self) -> str:
        """The section as Markdown."""
        return f"## {self.title}\n\n{wrap(self.text)}\n\n{table(self.columns, self.rows)}"


def wrap(text: str) -> str:
    """A paragraph in lines of a readable length; commands stay whole."""
    return textwrap.fill(text, 100, break_long_words=False, break_on_hyphens=False)


def spreads(
    results: Mapping[str, Sequence[float]], failures: Mapping[str, str], form: str
) -> list[list[str]]:
    """A row of name, median, lowest and highest for each; who failed is named with the reason."""
    rows = [
        [name, *(format(of(values), form) for of in (median, min, max))] for name, values in results.items()
    ]
    return rows + [[name, why, "", ""] for name, why in failures.items()]


def verdicts(sections: Sequence[Section]) -> str:
    """All targets in one table."""
    rows = [target.row() for section in sections for target in section.targets]
    return table(["quantity", "target", "measured", "verdict"], rows, numbers=False)


def table(columns: list[str], rows: Sequence[list[str]], *, numbers: bool = True) -> str:
    """A Markdown table, padded so that the columns stand below each other in a terminal too.

    Args:
        columns: the heads.
        rows: the cells.
        numbers: every column but the first holds numbers and is aligned to the right.
    """
    widths = [max(map(len, column)) for column in zip(columns, *rows, strict=True)]

    def line(cells: Sequence[str]) -> str:
        padded = [
            cell.rjust(width) if numbers and place else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        return f"| {' | '.join(padded)} |"

    rules = [
        f"{'-' * (width - 1)}:" if numbers and place else "-" * width for place, width in enumerate(widths)
    ]
    return "\n".join([line(columns), line(rules), *map(line, rows)])


def filled(page: str, name: str, text: str) -> str:
    """A page with a text between the two marks of that name."""
    begin, end = f"<!-- {name}: begin -->\n", f"\n<!-- {name}: end -->"
    before, found, rest = page.partition(begin)
    _, closed, after = rest.partition(end)
    if not (found and closed):
        raise ValueError(f"expected {begin.strip()} and {end.strip()}")
    return f"{before}{begin}{text}{end}{after}"


def fill(page: Path, name: str, text: str) -> None:
    """Put what a command came to between its two marks in a page."""
    page.write_text(filled(page.read_text(encoding="utf-8"), name, text), encoding="utf-8")
