"""Train many networks side by side and rank them: how accurate they are, and how large."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from mnist_ocr.commands import training_options
from mnist_ocr.commands.console import DONE, FAILED, INTERRUPTED, shown
from mnist_ocr.commands.options import FULL, NO_LAYER, count_or_fraction, layer_sizes, positive_int
from mnist_ocr.commands.outputs import require_new_file, write_file
from mnist_ocr.commands.streams import say
from mnist_ocr.comparison import DatasetReference, Result, Row, Run, make_grid, rank, refer_to
from mnist_ocr.data.folders import with_a_bar
from mnist_ocr.errors import printable
from mnist_ocr.graph import ACTIVATIONS
from mnist_ocr.grid import ResultsFile, run_grid
from mnist_ocr.processes import cores
from mnist_ocr.report import comparison
from mnist_ocr.report.charts import require_matplotlib, save_chart
from mnist_ocr.training import OPTIMIZERS, TrainingConfig
from mnist_ocr.workers import Workers, dask_workers, local_workers

CHOICES = tuple(name for name in comparison.SETTINGS if name not in ("hidden", "activation"))
"""Options of `train` that take several values here."""

DIFFERENT = ("seed", "validation", "test")
"""Options of `train` that have another meaning here."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options, most of which are those of `train`."""
    choice = parser.add_argument_group("what to compare: every combination is trained").add_argument
    common = parser.add_argument_group("what all trainings share").add_argument

    def add(*names: str, **described: Any) -> None:
        name = names[0].removeprefix("--").replace("-", "_")
        if name in CHOICES:
            default = described.get("default")
            choice(*names, nargs="+", **{**described, "default": None if default is None else [default]})
        elif name not in DIFFERENT:
            common(*names, **described)

    choice(
        "--hidden",
        type=layer_sizes,
        nargs="*",
        action="append",
        metavar="N",
        help="nodes of each hidden layer of a network, such as 128 64 or 128,64; no number, or "
        f"{NO_LAYER}, for a network without hidden layers; repeat it for each network (default: 128)",
    )
    choice("--activation", nargs="+", choices=ACTIVATIONS, default=["relu"], help="of the hidden layers")
    training_options.add_learning(add)
    training_options.add_images(add)
    choice(
        "--seeds",
        type=positive_int,
        default=3,
        metavar="N",
        help="trainings of every combination, with the seeds 0 to N-1",
    )
    common(
        "--validation",
        type=count_or_fraction,
        metavar="N",
        help="number of training images set aside for validation, by which the best epoch is chosen and the "
        "networks are ranked: a count or a fraction such as 0.1 (default: 5,000, or a tenth of fewer than "
        "50,000)",
    )
    _add_results(parser.add_argument_group("who trains, and what is written"))


def _add_results(group: Any) -> None:
    who = group.add_mutually_exclusive_group()
    who.add_argument(
        "--workers", type=positive_int, metavar="N", help="processes on this computer (default: its cores)"
    )
    who.add_argument(
        "--dask",
        metavar="ADDRESS",
        help="use the workers of this Dask scheduler, such as tcp://127.0.0.1:8786; they need this program",
    )
    add = group.add_argument
    add(
        "--output",
        metavar="FILE.jsonl",
        help="write every result there as soon as it is known; runs that are in the file are not repeated",
    )
    add(
        "--test",
        action="store_true",
        help="at the end, train the winner of each row once more and evaluate it on the test images",
    )
    add("--picture", metavar="FILE.png", help="draw accuracy against size")
    add("--overwrite", action="store_true", help="replace the picture if it exists already")
    add("--json", action="store_true", help="print one line of JSON for programs")
    add("--quiet", action="store_true", help="no progress, only the result")


def run(options: argparse.Namespace) -> int:
    """Carry out the runs that are missing, rank them, print and draw."""
    if options.picture:
        require_matplotlib()
        reads = [options.dataset, *filter(None, [options.output])]
        require_new_file("--picture", Path(options.picture), overwrite=options.overwrite, reads=reads)
    data, digits = refer_to(
        options.dataset, options.data_dir, progress=not options.quiet, transpose=options.transpose
    )
    if digits.notice:
        print(digits.notice, file=sys.stderr)
    runs = _runs_of(options, data)
    outcomes: dict[Run, Result] = {}
    interrupted = False
    with ResultsFile(Path(options.output)) if options.output else nullcontext() as results:
        if results and not options.quiet:
            _report_known(runs, results)
        try:
            with (
                dask_workers(options.dask)
                if options.dask
                else local_workers(options.workers or cores()) as workers
            ):
                if not options.quiet:
                    say(f"{printable(digits.source)}\nat work: {printable(workers.name)}", sys.stderr)
                _carry_out(runs, workers, results, outcomes, quiet=options.quiet)
                if options.test:
                    winners = [row.winner for row in rank(runs, outcomes)]
                    tests = [replace(winner, test=True) for winner in winners if winner]
                    _carry_out(tests, workers, results, outcomes, quiet=options.quiet)
        except KeyboardInterrupt:
            interrupted = True
            if results:  # only the file counts: Ctrl-C can come just after a line was written
                results.read()
                outcomes.update(results.outcomes_of(runs))
    rows = rank(runs, outcomes)
    if outcomes or not interrupted:
        _print(options, digits.source, rows)
    if interrupted:
        ended = f"stopped: {sum(run in outcomes for run in runs)} of {len(runs)} runs"
        if options.output:
            say(
                f"{ended} are in {printable(options.output)}; the same command goes on from there", sys.stderr
            )
        else:
            say(f"{ended} were finished and are lost; --output FILE would have saved them", sys.stderr)
        return INTERRUPTED
    if options.picture:
        path = Path(options.picture)
        if any(row.mean is not None for row in rows):
            figure = comparison.draw_comparison(rows)
            write_file("--picture", path, lambda file: save_chart(figure, file))
            if not options.quiet:
                say(f"written: {shown(path)}", sys.stderr)
        else:
            say(f"{shown(path)}: not drawn, because no run was trained to its end", sys.stderr)
    return FAILED if any(outcome.failed for outcome in outcomes.values()) else DONE


def _runs_of(options: argparse.Namespace, data: DatasetReference) -> list[Run]:
    """The runs that the options ask for."""
    common = {
        name: getattr(options, name) for name in asdict(TrainingConfig()) if name not in CHOICES + DIFFERENT
    }
    choices = {name: getattr(options, name) or [None] for name in ("activation", *CHOICES)}
    choices["batch_size"] = [None if size == FULL else size for size in options.batch_size]
    networks = [tuple(sum(sizes, ())) for sizes in options.hidden or [[(128,)]]]
    base = Run(data, TrainingConfig(**common), validation=options.validation)
    return make_grid(base, {"hidden": networks, **choices}, options.seeds)


def _carry_out(
    runs: Sequence[Run],
    workers: Workers,
    results: ResultsFile | None,
    outcomes: dict[Run, Result],
    *,
    quiet: bool,
) -> None:
    """Carry out the missing runs, with a progress bar and a line for each; add all results to `outcomes`."""
    known = results.outcomes_of(runs) if results else {}
    outcomes.update(known)
    names = comparison.distinguishing(runs)
    missing = len(runs) - len(known)
    bar = with_a_bar(total=missing, progress=missing > 0 and not quiet, unit="runs")

    def report(run: Run, outcome: Result) -> None:
        outcomes[run] = outcome
        if not quiet:
            bar.clear()
            say(comparison.run_line(run, outcome, names), sys.stderr)
        bar.update()

    with bar:
        run_grid(runs, workers, results, on_outcome=report)


def _report_known(runs: Sequence[Run], results: ResultsFile) -> None:
    path = shown(results.path)
    if results.cut_off:
        say(f"{path}: the last line is incomplete; its run is repeated", sys.stderr)
    known = len(results.outcomes_of(runs))
    tests = len(results.outcomes_of([replace(run, test=True) for run in runs]))
    others = len(results.results) - known - tests
    if known:
        say(f"{path}: {known} of {len(runs)} runs are there already", sys.stderr)
    if others:
        say(f"{path}: {others} results of other settings stay there, and are not shown", sys.stderr)


def _print(options: argparse.Namespace, source: str, rows: Sequence[Row]) -> None:
    if options.json:
        ranked = comparison.comparison_object(rows)
        print(json.dumps({"source": source, "spread": comparison.SPREAD, "rows": ranked}))
        return
    print(f"{printable(source)}\n{comparison.comparison_text(rows)}")
    best = rows[0].winner
    if best and rows[0].complete:
        # All runs of a comparison use the same synthetic digits; train.py makes others for each seed.
        differs = best.data.dataset == "synthetic" and best.config.seed
        like = "a network much like the best" if differs else "the best network"
        print(f"\nto train {like} of the first row: {printable(_train_command(best, options))}")


def _train_command(run: Run, options: argparse.Namespace) -> str:
    """The command that trains the network of a run and writes it as a model."""
    choices = training_options.options_of([])
    for name, value in asdict(run.config).items():
        setattr(choices, name, value)
    if run.config.batch_size is None:
        choices.batch_size = FULL
    if run.config.learning_rate == OPTIMIZERS[run.config.optimizer].learning_rate:
        choices.learning_rate = None
    choices.hidden, choices.validation, choices.synthetic = list(run.hidden), run.validation, run.synthetic
    choices.activation = [run.activation] if run.activation else choices.activation
    command = training_options.command_of(choices)
    # `command_of` leaves paths out, because it is stored in models; here the person needs them.
    if options.dataset != "auto":
        command += f" --dataset {shlex.quote(options.dataset)}"
    if options.data_dir is not None:
        command += f" --data-dir {shlex.quote(options.data_dir)}"
    return command
