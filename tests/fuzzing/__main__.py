"""Fuzz one format in a process of its own: `python -m tests.fuzzing FORMAT COUNT REPORT CORPUS NUMBER`.

libFuzzer, by way of atheris, keeps every input that reached a line no other one did, and breaks it further.
What went wrong is written down with the input, once for each place, and the run goes on: COUNT inputs are
always looked at. REPORT is JSON; CORPUS is the folder with what reached new lines, of earlier processes too,
and NUMBER begins the row of random numbers. The lines on stderr are libFuzzer's.
"""

from __future__ import annotations

import base64
import json
import os
import re
import resource
import shutil
import sys
import time
import traceback
from pathlib import Path
from random import Random
from typing import NoReturn

import atheris

with atheris.instrument_imports(include=["mnist_ocr"]):
    from tests.fuzzing.formats import FORMATS, LONGEST, scratch

HANGING = 120
"""Seconds after which an input counts as one that never ends, on a machine that is busy too."""

ROOF = 2 << 30
"""Bytes of memory that may be asked for on top of what the process has; whoever wants more gets an error."""

GENERIC = 0.25
"""Share of the inputs that libFuzzer breaks in its own way, which knows nothing of formats."""


class Run:
    """One format's inputs, counted."""

    def __init__(self, name: str, count: int, report: Path, folder: Path) -> None:
        self.name, self.count, self.report, self.folder = name, count, report, folder
        self.inputs = self.accepted = self.peak = 0
        self.slowest = 0.0
        self.failures: dict[str, str] = {}
        self.started = time.perf_counter()

    def look_at(self, content: bytes) -> None:
        """Judge an input and count it; the process ends with the last one."""
        resident = _memory("VmRSS", forget_peak=True)
        began = time.process_time()
        try:
            self.accepted += FORMATS[self.name].judge(content, self.folder)
        except Exception as error:
            last = traceback.extract_tb(error.__traceback__)[-1]
            place = f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno}: {error!s:.200}"
            self._failed(f"{type(error).__name__} {last.filename}:{last.lineno}", place, content)
        self.slowest = max(self.slowest, time.process_time() - began)
        peak = _memory("VmHWM") - resident
        if peak > FORMATS[self.name].bound << 20:
            self._failed("memory", f"took {peak >> 20} MB", content)
        self.peak = max(self.peak, peak)
        self.inputs += 1
        if self.inputs == self.count:
            self._end()

    def _failed(self, kind: str, what: str, content: bytes) -> None:
        if kind not in self.failures:
            self.failures[kind] = f"{what}; input: {base64.b64encode(content[:3000]).decode()}"

    def _end(self) -> NoReturn:
        found = {name: getattr(self, name) for name in ("inputs", "accepted", "peak", "slowest")}
        found["failures"] = list(self.failures.values())
        found["seconds"] = time.perf_counter() - self.started
        self.report.write_text(json.dumps(found), encoding="utf-8")
        shutil.rmtree(self.folder, ignore_errors=True)
        os._exit(0)  # libFuzzer would go on


def _memory(what: str, *, forget_peak: bool = False) -> int:
    """Bytes that the process has (VmRSS), or had at most since it was last asked to forget (VmHWM)."""
    if forget_peak:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    status = Path("/proc/self/status").read_text(encoding="ascii")
    found = re.search(rf"{what}:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) << 10


def main() -> None:
    """Read the arguments, and fuzz."""
    name, count, report, corpus, number = sys.argv[1:]
    with scratch() as folder:
        fuzz(Run(name, int(count), Path(report), Path(folder)), Path(corpus), int(number))


def fuzz(run: Run, corpus: Path, number: int) -> None:
    """Hand the seeds to libFuzzer, which breaks them until enough inputs were looked at."""
    kind = FORMATS[run.name]
    for place, seed in enumerate(kind.seeds(run.folder)):
        kind.judge(seed, run.folder)  # what is imported late is imported now
        (corpus / f"seed{place}").write_bytes(seed)
    address_space = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    roof = address_space * resource.getpagesize() + ROOF
    resource.setrlimit(resource.RLIMIT_AS, (roof, roof))

    def mutate(content: bytes, most: int, chance: int) -> bytes:
        random = Random(chance)  # noqa: S311
        if random.random() < GENERIC:
            return atheris.Mutate(content, most)
        return kind.mutate(content, random)[:most]

    options = [
        f"-seed={number}",
        f"-max_len={LONGEST}",
        f"-timeout={HANGING}",
        f"-artifact_prefix={run.folder}/",
        "-rss_limit_mb=0",
        "-len_control=0",
        "-mutate_depth=2",
    ]
    atheris.Setup([sys.argv[0], str(corpus), *options], run.look_at, custom_mutator=mutate)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
