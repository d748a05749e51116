"""Break things for longer than a test run may take: `python -m tests.long NAME [--count N] [--minutes M]`.

Each subject has a short version among the tests of pytest, and a long one here. What a long one came to is
printed as Markdown; the figures of the last run stand in docs/reliability.md.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import time
from collections.abc import Sequence

from benchmarks.machine import describe
from benchmarks.report import table, wrap
from tests.long.outcome import Outcome

SUBJECTS = {
    "kills": "trainings that are killed, stopped, and robbed of their disk",
    "environments": "the test suite without network, home, write permission, plain paths",
    "fuzz": "broken files of every format, or of the one that --format names",
}
"""The modules of this package, each with `run(count, minutes) -> Outcome`, and what they are about."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one subject and print what it came to; 0 where everything held, 1 where something did not."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.long",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="\n".join(f"{name:<14} {about}" for name, about in SUBJECTS.items()),
    )
    parser.add_argument("name", metavar="NAME", choices=SUBJECTS, help="what to break; see below")
    parser.add_argument("--count", type=int, metavar="N", help="how often, where the subject counts")
    parser.add_argument("--minutes", type=float, metavar="M", help="how long, where the subject asks")
    parser.add_argument("--format", metavar="F", help="which files, where the subject has several kinds")
    options = parser.parse_args(arguments)
    machine = describe()  # before there is any load of our own
    started = time.perf_counter()
    run = importlib.import_module(f"tests.long.{options.name}").run
    which = {} if options.format is None else {"format": options.format}
    outcome: Outcome = run(options.count, options.minutes, **which)
    seconds = time.perf_counter() - started
    verdict = "\n".join(f"- **failed**: {failure}" for failure in outcome.failures) or "Everything held."
    rows = table(outcome.columns, outcome.rows, numbers=False)
    print(
        f"## {options.name}\n\n{wrap(outcome.text)}\n\n{rows}\n\n{verdict}\n\n{machine}\n- {seconds:,.0f} s"
    )
    return 1 if outcome.failures else 0


if __name__ == "__main__":
    sys.exit(main())
