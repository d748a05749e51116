"""Train many networks side by side, and rank them: what a choice is worth, and what it costs."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from mnist_ocr.commands import training_options
from mnist_ocr.commands.console import DONE, FAILED, INTERRUPTED, shown
from mnist_ocr.commands.options import FULL, MOST_NODES, count_or_fraction, layer_size, positive_int
from mnist_ocr.commands.outputs import require_new_file, write_file
from mnist_ocr.comparison import DatasetReference, Failure, Result, Row, Run, make_grid, rank, refer_to
from mnist_ocr.graph import ACTIVATIONS
from mnist_ocr.grid import ResultsFile, Workers, dask_workers, local_workers, run_grid
from mnist_ocr.processes import cores
from mnist_ocr.report.charts import require_matplotlib, save_chart
from mnist_ocr.report.comparison import (
    SPREAD,
    comparison_object,
    comparison_text,
    draw_comparison,
    run_line,
    telling,
)
from mnist_ocr.training import OPTIMIZERS, TrainingConfig

NO_LAYER = "none"

CHOICES = (
    "optimizer",
    "learning_rate",
    "batch_size",
    "schedule",
    "momentum",
    "weight_decay",
    "label_smoothing",
    "augment",
    "outliers",
    "synthetic",
)
"""Options of `train` that take several values here."""

DIFFERENT = ("seed", "validation", "test")
"""Options of `train` that are others here."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the options, most of them as `train` does."""
    choice = parser.add_argument_group("what to compare: every combination is trained").add_argument
    common = parser.add_argument_group("what all trainings have in common").add_argument

    def add(*names: str, **described: Any) -> None:
        name = names[0].removeprefix("--").replace("-", "_")
        if name in CHOICES:
            default = described.get("default")
            choice(*names, nargs="+", **{**described, "default": None if default is None else [default]})
        elif name not in DIFFERENT:
            common(*names, **described)

    choice(
        "--hidden",
        type=_layers,
        nargs="*",
        action="append",
        metavar="N",
        help="nodes of each hidden layer of a network, such as 128 64 or 128,64; no number at all, or "
        f"{NO_LAYER}, for a network without; once for each network to compare (default: 128)",
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
        help="training images set aside, to choose the best epoch by and to rank by: a count or a fraction "
        "such as 0.1; without it 5,000, or a tenth of fewer than 50,000",
    )
    _add_results(parser.add_argument_group("who trains, and what is left of it"))


def _add_results(group: Any) -> None:
    who = group.add_mutually_exclusive_group()
    who.add_argument(
        "--workers", type=positive_int, metavar="N", help="processes on this computer (default: its cores)"
    )
    who.add_argument(
        "--dask",
        metavar="ADDRESS",
        help="the workers of this Dask scheduler, such as tcp://127.0.0.1:8786; both need this program, too",
    )
    add = group.add_argument
    add(
        "--output",
        metavar="FILE.jsonl",
        help="write every result there as soon as it is there; what the file has already is not done again",
    )
    add(
        "--test",
        action="store_true",
        help="at the end, train the winner of each row once more and let it read the test images once",
    )
    add("--picture", metavar="FILE.png", help="draw accuracy against size")
    add("--overwrite", action="store_true", help="write the picture even where it exists already")
    add("--json", action="store_true", help="print one line of JSON for programs")
    add("--quiet", action="store_true", help="no progress, only the result")


def _layers(text: str) -> tuple[int, ...]:
    if text == NO_LAYER:
        return ()
    try:
        return tuple(map(layer_size, text.split(",")))
    except argparse.ArgumentTypeError:
        raise argparse.ArgumentTypeError(
            f"{text}: expected numbers of nodes such as 128 or 256,128,64, or {NO_LAYER}; each at most "
            f"{MOST_NODES:,}"
        ) from None


def run(options: argparse.Namespace) -> int:
    """Carry out the runs that are missing, rank, print, draw."""
    if options.picture:
        require_matplotlib()
        reads = [options.output] if options.output else []
        require_new_file("--picture", Path(options.picture), overwrite=options.overwrite, reads=reads)
    data, digits = refer_to(options.dataset, options.data_dir, progress=not options.quiet)
    if digits.notice:
        print(digits.notice, file=sys.stderr)
    runs = _runs_of(options, data)
    say = _silence if options.quiet else _say
    outcomes: dict[Run, Result | Failure] = {}
    interrupted = False
    with ResultsFile(Path(options.output)) if options.output else nullcontext() as results:
        _tell_what_is_there(runs, results, say)
        try:
            with (
                dask_workers(options.dask)
                if options.dask
                else local_workers(options.workers or cores()) as workers
            ):
                say(f"{digits.source}\nat work: {workers.name}")
                _carry_out(runs, workers, results, outcomes, say)
                if options.test:
                    winners = [row.winner for row in rank(runs, outcomes)]
                    tests = [replace(winner, test=True) for winner in winners if winner]
                    _carry_out(tests, workers, results, outcomes, say)
        except KeyboardInterrupt:
            interrupted = True
            if results:  # what counts is what is in the file: Ctrl-C can come just after a line was written
                results.read()
                outcomes.update(results.outcomes_of(runs))
    rows = rank(runs, outcomes)
    if outcomes or not interrupted:
        _print(options, digits.source, rows)
    if interrupted:
        _tell_how_to_go_on(options, sum(run in outcomes for run in runs), len(runs))
        return INTERRUPTED
    if options.picture:
        _draw(Path(options.picture), rows, say)
    return FAILED if any(isinstance(outcome, Failure) for outcome in outcomes.values()) else DONE


def _runs_of(options: argparse.Namespace, data: DatasetReference) -> list[Run]:
    """The runs that the options ask for.

    Raises:
        InputError: there are too many, or an option has no such value.
    """
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
    outcomes: dict[Run, Result | Failure],
    say: Callable[[str], None],
) -> None:
    """Carry out the missing runs, with a bar and a line for each; `outcomes` gets all that there are."""
    from tqdm import tqdm  # here, because it is only needed for the bar

    known = results.outcomes_of(runs) if results else {}
    outcomes.update(known)
    names = telling(runs)
    bar = tqdm(
        unit=" runs",
        total=len(runs) - len(known),
        dynamic_ncols=True,
        # A file that collects stderr gets the beginning and the end of a bar, not a picture of every instant.
        mininterval=0.1 if sys.stderr.isatty() else 60,
        disable=say is _silence or len(known) == len(runs),
    )

    def tell(run: Run, outcome: Result | Failure) -> None:
        outcomes[run] = outcome
        bar.clear()
        say(run_line(run, outcome, names))
        bar.update()

    with bar:
        run_grid(runs, workers, results, on_outcome=tell)


def _tell_what_is_there(runs: Sequence[Run], results: ResultsFile | None, say: Callable[[str], None]) -> None:
    if results is None:
        return
    if results.cut_off:
        say(f"{shown(results.path)}: the last line was not written to its end; its run is repeated")
    known = len(results.outcomes_of(runs))
    tests = len(results.outcomes_of([replace(run, test=True) for run in runs]))
    others = len(results.results) - known - tests
    if known:
        say(f"{shown(results.path)}: {known} of {len(runs)} runs are there already")
    if others:
        say(f"{shown(results.path)}: {others} results of other settings are kept, and not shown")


def _tell_how_to_go_on(options: argparse.Namespace, ended: int, count: int) -> None:
    """The last words after Ctrl-C."""
    if options.output:
        words = f"{ended} of {count} runs are in {options.output}; the same command goes on from there"
    else:
        words = f"{ended} of {count} runs were finished and are not kept; with --output FILE they would be"
    print(f"stopped: {words}", file=sys.stderr)


def _print(options: argparse.Namespace, source: str, rows: Sequence[Row]) -> None:
    if options.json:
        print(json.dumps({"source": source, "spread": SPREAD, "rows": comparison_object(rows)}))
        return
    print(f"{source}\n{comparison_text(rows)}")
    best = rows[0].winner
    if best and rows[0].complete:
        # Synthetic digits are the same for all runs of a comparison; train.py draws others for each seed.
        drawn = best.data.dataset == "synthetic" and best.config.seed
        like = "much like the best" if drawn else "the best"
        print(f"\n{like} of the first row, as a model of yours: {_train_command(best, options)}")


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
    words = [training_options.command_of(choices)]
    # That command hides where files are stored, because a model is passed on; this one is for who knows it.
    for option, value, default in (
        ("--dataset", options.dataset, "auto"),
        ("--data-dir", options.data_dir, None),
    ):
        words += [option, shlex.quote(value)] if value != default else []
    return " ".join(words)


def _draw(path: Path, rows: Sequence[Row], say: Callable[[str], None]) -> None:
    if all(row.mean is None for row in rows):
        print(f"{shown(path)}: not drawn, because no run came to its end", file=sys.stderr)
        return
    figure = draw_comparison(rows)
    write_file("--picture", path, lambda file: save_chart(figure, file))
    say(f"written: {shown(path)}")


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _silence(line: str) -> None:
    """What --quiet says."""
