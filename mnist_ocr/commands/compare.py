"""Train many networks side by side, and rank them: what a choice is worth, and what it costs."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from mnist_ocr.commands.compare_options import add_arguments, grid_of, train_command
from mnist_ocr.commands.console import DONE, FAILED, INTERRUPTED, shown
from mnist_ocr.commands.outputs import require_new_file
from mnist_ocr.comparison import (
    Crew,
    Failure,
    Outcome,
    ResultsFile,
    Row,
    Run,
    dask_crew,
    open_source,
    process_crew,
    rank,
    run_grid,
    with_test,
)
from mnist_ocr.data import LoadedDataset
from mnist_ocr.errors import InputError
from mnist_ocr.files import whole_file
from mnist_ocr.processes import cores
from mnist_ocr.report.charting import require_matplotlib, save_chart
from mnist_ocr.report.comparison_chart import draw_comparison
from mnist_ocr.report.comparison_text import SPREAD, comparison_object, comparison_text, run_line, telling

__all__ = ["add_arguments", "run"]


def run(options: argparse.Namespace) -> int:
    """Carry out the runs that are missing, rank, print, draw."""
    if options.picture:
        require_matplotlib()
        require_new_file("--picture", Path(options.picture), overwrite=options.overwrite)
    source, digits = open_source(options.dataset, options.data_dir, progress=not options.quiet)
    if digits.notice:
        print(digits.notice, file=sys.stderr)
    runs = grid_of(options, source)
    outcomes: dict[Run, Outcome] = {}
    interrupted = False
    with ResultsFile(Path(options.output)) if options.output else nullcontext() as results:
        say = _silence if options.quiet else _say
        _tell_what_is_there(runs, results, say)
        try:
            with _crew(options) as crew:
                say(f"{digits.source}\nat work: {crew.name}")
                _carry_out(crew, runs, results, outcomes, say)
                if options.test:
                    winners = [row.winner for row in rank(runs, outcomes)]
                    _carry_out(crew, [with_test(run) for run in winners if run], results, outcomes, say)
        except KeyboardInterrupt:
            interrupted = True
            if results:
                results.read_again()  # what counts is what the file holds
            outcomes.update(_written(runs, results))
    rows = rank(runs, outcomes)
    failed = any(isinstance(outcome, Failure) for outcome in outcomes.values())
    if outcomes or not interrupted:
        _print(options, digits, rows)
    if interrupted:
        _tell_how_to_go_on(options, sum(run in outcomes for run in runs), len(runs))
        return INTERRUPTED
    if options.picture:
        _draw(Path(options.picture), rows, say)
    return FAILED if failed else DONE


def _crew(options: argparse.Namespace) -> AbstractContextManager[Crew]:
    return dask_crew(options.dask) if options.dask else process_crew(options.workers or cores())


def _carry_out(
    crew: Crew,
    runs: Sequence[Run],
    results: ResultsFile | None,
    outcomes: dict[Run, Outcome],
    say: Callable[[str], None],
) -> None:
    """Carry out the missing runs, with a bar and a line for each; `outcomes` has all that there are."""
    from tqdm import tqdm  # here, because it is only needed for the bar

    known = _written(runs, results)
    outcomes.update(known)
    names = telling(runs)
    # A file that collects stderr gets the beginning and the end of a bar, not a picture of every instant.
    interval = 0.1 if sys.stderr.isatty() else 60
    bar = tqdm(
        unit=" runs",
        total=len(runs) - len(known),
        dynamic_ncols=True,
        mininterval=interval,
        disable=say is _silence or len(known) == len(runs),
    )

    def finished(run: Run, outcome: Outcome) -> None:
        outcomes[run] = outcome
        bar.clear()
        say(run_line(run, outcome, names))
        bar.update()

    with bar:
        run_grid(
            runs,
            crew.executor,
            results,
            at_once=crew.at_once,
            tries=crew.tries,
            lost=crew.lost,
            finished=finished,
        )


def _written(runs: Sequence[Run], results: ResultsFile | None) -> dict[Run, Outcome]:
    """What the file holds of these runs."""
    return {run: results.results[run.key] for run in runs if results and run.key in results.results}


def _tell_what_is_there(runs: Sequence[Run], results: ResultsFile | None, say: Callable[[str], None]) -> None:
    if results is None:
        return
    if results.cut_off:
        say(f"{shown(results.path)}: the last line was not written to its end; its run is repeated")
    known = len(_written(runs, results))
    others = len(results.results) - known
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


def _print(options: argparse.Namespace, digits: LoadedDataset, rows: Sequence[Row]) -> None:
    if options.json:
        print(json.dumps({"source": digits.source, "spread": SPREAD, "rows": comparison_object(rows)}))
        return
    print(f"{digits.source}\n{comparison_text(rows)}")
    best = rows[0].winner
    if best and rows[0].complete:
        # Drawn digits are the same for all runs of a comparison; train.py draws others for each seed.
        drawn = best.source.dataset == "synthetic" and best.config.seed
        like = "much like the best" if drawn else "the best"
        print(f"\n{like} of the first row, as a model of yours: {train_command(best, options)}")


def _draw(path: Path, rows: Sequence[Row], say: Callable[[str], None]) -> None:
    if all(row.mean is None for row in rows):
        print(f"{shown(path)}: not drawn, because no run came to its end", file=sys.stderr)
        return
    try:
        with whole_file(path) as file:
            save_chart(draw_comparison(rows), file)
    except OSError as error:
        raise InputError(f"--picture {path}: cannot be written: {error.strerror}") from None
    say(f"written: {shown(path)}")


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _silence(line: str) -> None:
    """What --quiet says."""
