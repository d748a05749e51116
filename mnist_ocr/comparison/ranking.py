"""What a comparison comes to: a row for each combination of choices, the best first.

A row is judged by the validation images alone. Its figure is the mean over its seeds, and the spread is the
sample standard deviation: how far a single training is from that mean, as a rule.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from mnist_ocr.comparison.run import Run
from mnist_ocr.comparison.work import Failure, Outcome, Result


@dataclass(frozen=True)
class Row:
    """Trainings that differ in nothing but the seed.

    Attributes:
        runs: all of them, by seed.
        results: of those that came to one, in whatever way.
        failures: of those that did not.
        test: of the winner, the part of the test images that it reads correctly; None if nobody asked.
    """

    runs: tuple[Run, ...]
    results: Mapping[Run, Result]
    failures: Mapping[Run, Failure]
    test: float | None = None

    @property
    def accuracies(self) -> list[float]:
        """Of the runs that went to their end, by seed."""
        return list(self._ended.values())

    @property
    def diverged(self) -> list[str]:
        """Why runs could not go on, for each that could not."""
        return [result.diverged for result in self.results.values() if result.diverged]

    @property
    def missing(self) -> int:
        """How many runs were not carried out."""
        return len(self.runs) - len(self.results) - len(self.failures)

    @property
    def complete(self) -> bool:
        """Whether every run went to its end."""
        return len(self.accuracies) == len(self.runs)

    @property
    def mean(self) -> float | None:
        """The mean validation accuracy, 0 to 1."""
        return statistics.fmean(self.accuracies) if self.accuracies else None

    @property
    def deviation(self) -> float | None:
        """The sample standard deviation of the validation accuracies; a single one has none."""
        return statistics.stdev(self.accuracies) if len(self.accuracies) > 1 else None

    @property
    def seconds(self) -> float | None:
        """The mean time that a training took."""
        times = [result.seconds for result in self.results.values() if not result.diverged]
        return statistics.fmean(times) if times else None

    @property
    def parameters(self) -> int:
        """Weights and biases of a network."""
        return self.runs[0].parameters

    @property
    def winner(self) -> Run | None:
        """The run that read most validation images; of several the one with the smallest seed."""
        return max(self._ended, key=self._ended.__getitem__, default=None)

    @property
    def _ended(self) -> dict[Run, float]:
        return {
            run: result.accuracy
            for run, result in self.results.items()
            if result.accuracy is not None and not result.diverged
        }


def rank(runs: Sequence[Run], outcomes: Mapping[Run, Outcome]) -> list[Row]:
    """Gather runs into rows and sort them.

    First the rows of which every run went to its end, by their mean; of two equal ones the smaller network
    first. Then the others: a mean over the runs that happened to succeed would flatter them.

    Args:
        runs: all that belong to the comparison.
        outcomes: of those that were carried out, and of the winners that read the test images.
    """
    groups: dict[Run, list[Run]] = {}
    for run in runs:
        groups.setdefault(run.without_seed, []).append(run)
    rows = [_row(group, outcomes) for group in groups.values()]
    return sorted(rows, key=lambda row: (not row.complete, -(row.mean or 0), row.parameters))


def with_test(run: Run) -> Run:
    """The same training, which also reads the test images at its end."""
    return replace(run, test=True)


def _row(runs: Sequence[Run], outcomes: Mapping[Run, Outcome]) -> Row:
    results, failures = {}, {}
    for run in runs:
        outcome = outcomes.get(run)
        if isinstance(outcome, Result):
            results[run] = outcome
        elif isinstance(outcome, Failure):
            failures[run] = outcome
    row = Row(tuple(runs), results, failures)
    tested = outcomes.get(with_test(row.winner)) if row.winner else None
    return replace(row, test=tested.test) if isinstance(tested, Result) else row
