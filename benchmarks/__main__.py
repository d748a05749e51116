"""How fast, how small, how lean: everything measured in one run, beside others, against targets set before.

    pip install -e .[benchmark]
    python -m benchmarks --write

Whoever is not installed is named and left out; the rest is still measured. Give the machine nothing else
to do meanwhile.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from .edges import measure_edges
from .figures import write as write_figures
from .inference import measure_inference, measure_model_file
from .machine import describe
from .report import Section, verdicts, wrap
from .rounds import SHORT, ContestantError
from .training import measure_epoch, measure_process, measure_single_images

RESULTS = Path(__file__).with_name("results.md")

MEASUREMENTS: dict[str, Callable[[int], Section]] = {
    "epoch": measure_epoch,
    "single": measure_single_images,
    "process": measure_process,
    "inference": measure_inference,
    "file": measure_model_file,
    "edges": measure_edges,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 0 whether or not the targets were met, 1 where something could not be measured."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="turns for everybody (default: 5)")
    parser.add_argument(
        "--only",
        nargs="+",
        choices=MEASUREMENTS,
        default=list(MEASUREMENTS),
        metavar="NAME",
        help=f"some of: {', '.join(MEASUREMENTS)} (default: all)",
    )
    parser.add_argument("--write", action="store_true", help=f"also write benchmarks/{RESULTS.name}")
    options = parser.parse_args(arguments)
    if options.rounds < 1:
        parser.error("--rounds: expected a whole number from 1")
    if options.write and set(options.only) != set(MEASUREMENTS):
        parser.error(f"--write: {RESULTS.name} holds everything from one run; leave --only away")

    machine = describe()  # before there is any load of our own
    sections = []
    for name in options.only:
        print(f"measuring {name}", file=sys.stderr)
        try:
            sections.append(MEASUREMENTS[name](options.rounds))
        except ContestantError as error:
            print(f"error: {name} cannot be measured: {error}", file=sys.stderr)
            return 1
    command = " ".join(["python -m benchmarks", *(sys.argv[1:] if arguments is None else arguments)])
    introduction = wrap(
        f"Written by `{command}`. Everybody takes turns, {options.rounds} of them (where a turn is short, "
        f"{SHORT * options.rounds}), and medians are compared. MB are millions of bytes."
    )
    report = "\n\n".join(
        ["# Benchmarks", introduction, machine, f"## Targets\n\n{verdicts(sections)}"]
        + [section.markdown() for section in sections]
    )
    print(report)
    if options.write:
        RESULTS.write_text(f"{report}\n", encoding="utf-8")
        write_figures()
    return 0


if __name__ == "__main__":
    sys.exit(main())
