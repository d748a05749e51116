"""Carrying out many runs on any `concurrent.futures.Executor`, so that nothing that is done is done again.

The order in which they end does not matter: a run has its own random numbers and knows of no other. Every
result is written down as soon as it is there, and a run whose worker died is tried again.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, Future, wait

from mnist_ocr.comparison.results_file import ResultsFile
from mnist_ocr.comparison.run import Run
from mnist_ocr.comparison.work import Failure, Outcome, Result, carry_out
from mnist_ocr.errors import InputError

_LISTEN_EVERY = 1.0
"""Seconds. On Windows, Ctrl-C is not heard during a wait."""


def run_grid(
    runs: Sequence[Run],
    executor: Executor,
    results_file: ResultsFile | None = None,
    *,
    at_once: int | None = None,
    tries: int = 2,
    lost: tuple[type[Exception], ...] = (BrokenExecutor,),
    work: Callable[[Run], Result] = carry_out,
    finished: Callable[[Run, Outcome], None] = lambda run, outcome: None,
) -> dict[Run, Outcome]:
    """Carry out the runs that the file does not have yet.

    Args:
        runs: what to carry out; a run that is there twice is one.
        executor: who does it; it is left open.
        results_file: where results are, and where new ones are added.
        at_once: how many runs the executor is given at a time; None for all of them.
        tries: how often a run is started whose worker dies; then it is a `Failure`, and the others go on.
        lost: the errors by which the executor says that a worker died.
        work: what to do with a run, where it is carried out.
        finished: called for every run that is carried out, in the order in which they end.

    Returns:
        The outcome of each run, in the order of `runs`.

    Raises:
        InputError: a worker cannot do any run, the results cannot be written, or the executor gave up.
        BrokenExecutor: an executor that does not replace its workers broke.
    """
    outcomes: dict[Run, Outcome] = {}
    for run in runs:
        known = results_file and results_file.results.get(run.key)
        if known:
            outcomes[run] = known
    waiting = deque(run for run in dict.fromkeys(runs) if run not in outcomes)
    under_way: dict[Future[Result], Run] = {}
    starts: Counter[Run] = Counter()
    try:
        while waiting or under_way:
            while waiting and (at_once is None or len(under_way) < at_once):
                run = waiting.popleft()
                starts[run] += 1
                under_way[executor.submit(work, run)] = run
            ended, _ = wait(under_way, timeout=_LISTEN_EVERY, return_when=FIRST_COMPLETED)
            for future in [each for each in under_way if each in ended]:  # in the order they were given
                run = under_way.pop(future)
                outcome = _outcome(future, lost)
                if outcome is None and starts[run] < tries:
                    waiting.append(run)
                    continue
                if isinstance(outcome, Result) and results_file:
                    results_file.add(run, outcome)
                outcomes[run] = outcome or Failure(
                    f"its worker died{'' if tries == 1 else f', {tries} times'} "
                    "(killed from outside, perhaps for want of memory)"
                )
                finished(run, outcomes[run])
    finally:
        for future in under_way:
            future.cancel()
    return {run: outcomes[run] for run in runs}


def _outcome(future: Future[Result], lost: tuple[type[Exception], ...]) -> Outcome | None:
    """What came of a run; None if its worker died.

    Raises:
        InputError: no run could be carried out there.
    """
    try:
        return future.result()
    except lost:
        return None
    except MemoryError:
        return Failure("it needs more memory than there is: fewer nodes, or a smaller batch")
    except CancelledError:
        raise InputError(
            "the runs were taken back by their scheduler, which may have ended; start the same again to go on"
        ) from None
    except Exception as error:
        cause: BaseException | None = error
        while cause and not isinstance(cause, ImportError):
            cause = cause.__cause__
        if cause:
            raise InputError(
                f"a worker, or its scheduler, lacks a part of the program ({cause}): "
                "install the same version there"
            ) from None
        raise  # a mistake of ours
