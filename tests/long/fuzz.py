"""Many broken files of each format, guided by coverage; needs Linux and `pip install -e '.[fuzz]'`."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tests.fuzzing.formats import FORMATS
from tests.long.outcome import Outcome

COUNT = 100_000
"""Inputs of each format."""

SLICE = 1000
"""Inputs of one process: atheris never lets go of the arrays that it has seen compared."""

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
        minutes: after which 1,000 inputs that are not done count as some that hang.
        format: its name in `FORMATS`; None means all of them.
    """
    outcome = Outcome(
        "Each input was read and compared with what a second, slow reader finds in it, or refused by one "
        "error of printable words; a hook saw that nothing outside of a folder was touched. The edges are "
        "those of the program's own code that libFuzzer counts; memory is the most that one input took.",
        COLUMNS,
    )
    if format not in (None, *FORMATS):
        raise SystemExit(f"--format {format}: expected one of {', '.join(FORMATS)}")
    if not find_spec("atheris"):
        raise SystemExit("atheris is missing: pip install -e '.[fuzz]'")
    for name in [format] if format else FORMATS:
        _fuzz(name, count or COUNT, minutes, outcome)
    return outcome


def _fuzz(name: str, count: int, minutes: float | None, outcome: Outcome) -> None:
    found: dict[str, Any] = {"inputs": 0, "accepted": 0, "seconds": 0.0, "peak": 0, "slowest": 0.0}
    failures: list[str] = []
    edges: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder, "corpus")
        corpus.mkdir()
        while found["inputs"] < count and not failures:
            inputs = min(SLICE, count - found["inputs"])
            said, report = _slice(name, inputs, found["inputs"] + 1, corpus, minutes)
            edges += re.findall(r"cov: (\d+)", said)
            if report is None:
                failures.append(f"ended before its time: {said[-2000:]}")
                break
            failures += report["failures"]
            for key in ("inputs", "accepted", "seconds"):
                found[key] += report[key]
            for key in ("peak", "slowest"):
                found[key] = max(found[key], report[key])
    outcome.failures += [f"{name}: {failure}" for failure in failures]
    outcome.rows.append(
        [
            name,
            f"{found['inputs']:,}",
            f"{found['accepted']:,}",
            f"{found['inputs'] - found['accepted'] - len(failures):,}",
            f"{len(failures)}",
            f"{edges[0]} → {max(edges, key=int)}" if edges else "?",
            f"{found['slowest'] * 1000:,.0f} ms",
            f"{found['peak'] / 2**20:,.0f} MB",
            f"{found['seconds']:,.0f} s",
        ]
    )


def _slice(
    name: str, count: int, number: int, corpus: Path, minutes: float | None
) -> tuple[str, dict[str, Any] | None]:
    """What one process said, and its report, if it lived to write one."""
    report = corpus.parent / "report.json"
    report.unlink(missing_ok=True)
    command = [sys.executable, "-m", "tests.fuzzing", name, str(count), str(report), str(corpus), str(number)]
    with (corpus.parent / "log").open("w+b") as log:
        try:
            subprocess.run(command, stdout=log, stderr=log, check=False, timeout=minutes and minutes * 60)
        except subprocess.TimeoutExpired:
            log.write(f"not done after {minutes:g} minutes".encode())
        log.seek(0)
        said = re.sub(r"INFO: Instrumenting .*\n", "", log.read().decode(errors="replace"))
    return said, json.loads(report.read_text(encoding="utf-8")) if report.exists() else None
