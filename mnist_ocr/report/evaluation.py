"""How well a network reads digits whose answers are known: what is right, what is mixed up, what is believed.

*Accuracy* is the part that was read correctly. A picture that could not be read counts as wrong, because
whoever handed it in got no digit.

*Calibration* asks whether a confidence means what it says: of all answers given with a confidence of 0.8,
eight in ten should be right. The answers are sorted by confidence into 15 bins of equal width; in each, the
part that is right is compared with the mean confidence, and the mean of the differences, weighted by the
answers in the bin, is the *expected calibration error*:

    error = sum over bins of (answers in the bin / all answers) * |right in the bin - confidence in the bin|

(Naeini, Cooper and Hauskrecht, 2015; 15 bins, each without its lower and with its upper limit, as in Guo et
al., 2017, equations 2, 3 and 5.) 0 is perfect; always sure and right half of the time is 0.5.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mnist_ocr.report.answer import DIGITS, Answer

BINS = 15

MOST_VALUES = 12
"""A column with more different values than this does not divide the pictures into groups."""

FEWEST_PICTURES = 2
"""Nor does one whose values have fewer pictures than this on average: file names, widths, dates."""


@dataclass(frozen=True, eq=False)
class Case:
    """One picture whose digit is known, and what came of it.

    Attributes:
        name: what it is called: a file as its list names it, or a number in a data set.
        label: the digit that it shows.
        pixels: what the network saw, uint8 (28, 28); None if there was nothing to see.
        answer: what the network said; None if it could not be asked.
        reason: why it could not.
        path: the picture file, where there is one.
        columns: what else is known about it.
    """

    name: str
    label: int
    pixels: npt.NDArray[np.uint8] | None
    answer: Answer | None
    reason: str = ""
    path: Path | None = None
    columns: Mapping[str, str] = field(default_factory=dict)

    @property
    def right(self) -> bool:
        """Whether the digit was read correctly."""
        return self.answer is not None and self.answer.digit == self.label

    @property
    def sure(self) -> bool:
        """Whether there is an answer that is to be believed."""
        return self.answer is not None and self.answer.sure


@dataclass(frozen=True)
class Tally:
    """How many pictures there are, and how many of them were read correctly."""

    images: int
    right: int

    @classmethod
    def of(cls, cases: Iterable[Case]) -> Tally:
        """Count."""
        verdicts = [case.right for case in cases]
        return cls(len(verdicts), sum(verdicts))

    @property
    def accuracy(self) -> float | None:
        """The part read correctly, 0 to 1; None of no pictures."""
        return self.right / self.images if self.images else None


@dataclass(frozen=True)
class Bin:
    """Answers of similar confidence.

    Attributes:
        low: its confidences are above this,
        high: and no higher than this.
        answers: how many there are.
        accuracy: the part of them that is right, 0 to 1; 0 if there are none.
        confidence: their mean confidence, 0 to 1; 0 if there are none.
    """

    low: float
    high: float
    answers: int
    accuracy: float
    confidence: float


@dataclass(frozen=True, eq=False)
class Evaluation:
    """All cases, and every figure that is drawn from them."""

    cases: Sequence[Case]

    @property
    def all(self) -> Tally:
        """Every picture."""
        return Tally.of(self.cases)

    @property
    def sure(self) -> Tally:
        """The pictures with an answer that was called sure."""
        return Tally.of(case for case in self.cases if case.sure)

    @property
    def sure_part(self) -> float:
        """The part of all pictures whose answer was called sure, 0 to 1."""
        return self.sure.images / len(self.cases)

    @property
    def unreadable(self) -> list[Case]:
        """The pictures that the network could not be asked about."""
        return [case for case in self.cases if case.answer is None]

    def per_digit(self) -> dict[int, Tally]:
        """The pictures of each digit; digits of which there are none are left out."""
        return {
            digit: Tally.of(cases)
            for digit in range(DIGITS)
            if (cases := [case for case in self.cases if case.label == digit])
        }

    def groups(self) -> dict[str, dict[str, Tally]]:
        """For each column with few values: the pictures of each value, in alphabetical order."""
        found = {}
        for column in dict.fromkeys(name for case in self.cases for name in case.columns):
            parts = defaultdict(list)
            for case in self.cases:
                parts[case.columns.get(column, "")].append(case)
            if len(parts) <= MOST_VALUES and len(self.cases) >= FEWEST_PICTURES * len(parts):
                found[column] = {value: Tally.of(parts[value]) for value in sorted(parts)}
        return found

    def confusions(self) -> list[tuple[int, int, int]]:
        """What was taken for what: label, digit that was said, how often; the most frequent first."""
        counts = Counter(
            (case.label, case.answer.digit) for case in self.cases if case.answer and not case.right
        )
        return [
            (*pair, times) for pair, times in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        ]

    def bins(self) -> list[Bin]:
        """The answers sorted by confidence into `BINS` bins between 0 and 1."""
        filled: list[list[tuple[bool, float]]] = [[] for _ in range(BINS)]
        for case in self.cases:
            if case.answer:
                confidence = case.answer.confidence
                filled[max(math.ceil(confidence * BINS), 1) - 1].append((case.right, confidence))
        return [
            Bin(
                low=number / BINS,
                high=(number + 1) / BINS,
                answers=len(answers),
                accuracy=sum(right for right, _ in answers) / max(len(answers), 1),
                confidence=sum(confidence for _, confidence in answers) / max(len(answers), 1),
            )
            for number, answers in enumerate(filled)
        ]

    @property
    def calibration_error(self) -> float | None:
        """The expected calibration error, 0 to 1, over the pictures that have an answer; None of none."""
        bins = self.bins()
        answers = sum(part.answers for part in bins)
        gaps = (part.answers * abs(part.accuracy - part.confidence) for part in bins)
        return sum(gaps) / answers if answers else None
