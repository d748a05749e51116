"""Many broken files of each format, guided by coverage; needs Linux and `pip install -e '.[fuzz]'`."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.fuzzing.formats import FORMATS
from tests.long.outcome import Outcome

COUNT = 100_000
"""Inputs of each format."""

COLUMNS = [
    "format",
    "inputs",
    "read",
    "refused",
    "failures",
    "edges, seeds → end",
    "slowest",
    "memory",
    "time",
]


def run(count: int | None, minutes: float | None, format: str | None = None) -> Outcome:
    """Fuzz one format or all of them, one after the other.

    Args:
        count: inputs of each.
        minutes: after which a format that is not done counts as one that hangs.
        format: its name in `FORMATS`; None means all of them.
    """
    outcome = Outcome(
        "Each input was read and compared with what a second, slow reader finds in it, or refused by one "
        "error of printable words; a hook saw that nothing outside of a folder was touched. The edges are "
        "those of the program's own code that libFuzzer counts; memory is the most that one input took.",
        COLUMNS,
    )
    for name in [format] if format else FORMATS:
        _fuzz(name, count or COUNT, minutes, outcome)
    return outcome


def _fuzz(name: str, count: int, minutes: float | None, outcome: Outcome) -> None:
    with tempfile.TemporaryDirectory() as folder:
        report, log = Path(folder, "report.json"), Path(folder, "log")
        with log.open("wb") as file:
            command = [sys.executable, "-m", "tests.fuzzing", name, str(count), str(report)]
            try:
                subprocess.run(
                    command, stdout=file, stderr=file, check=False, timeout=minutes and minutes * 60
                )
            except subprocess.TimeoutExpired:
                outcome.failures.append(f"{name}: not done after {minutes:g} minutes")
        said = re.sub(r"INFO: Instrumenting .*\n", "", log.read_text(errors="replace"))
        if not report.exists():
            outcome.failures.append(f"{name}: ended before its time: {said[-2000:]}")
            return
        found = json.loads(report.read_text(encoding="utf-8"))
    edges = re.findall(r"cov: (\d+)", said) or ["?"]
    outcome.failures += [f"{name}: {failure}" for failure in found["failures"]]
    outcome.rows.append(
        [
            name,
            f"{found['inputs']:,}",
            f"{found['accepted']:,}",
            f"{found['inputs'] - found['accepted'] - len(found['failures']):,}",
            f"{len(found['failures'])}",
            f"{edges[0]} → {edges[-1]}",
            f"{found['slowest'] * 1000:,.0f} ms",
            f"{found['peak'] / 2**20:,.0f} MB",
            f"{found['seconds']:,.0f} s",
        ]
    )
