"""How well a network reads digits whose labels are known: accuracy, confusions, calibration.

*Accuracy* is the fraction that was read correctly. A picture that could not be read counts as wrong, because
whoever handed it in got no digit.

*Calibration* asks whether a confidence means what it says: of all answers given with a confidence of 0.8,
eight in ten should be right. The answers are sorted by confidence into 15 bins of equal width. In each bin
the accuracy is compared with the mean confidence, and the mean of the differences, weighted by the number of
answers in the bin, is the *expected calibration error*:

    error = sum over bins of (answers in the bin / all answers) * |its accuracy - its mean confidence|

(Naeini, Cooper and Hauskrecht, 2015; 15 bins, each without its lower and with its upper limit, as in Guo et
al., 2017, equations 2, 3 and 5.) 0 is perfect; always sure and right half of the time is 0.5.
"""

from __future__ import annotations

import csv
import io
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, TextIO, TypeVar

import numpy as np
import numpy.typing as npt

from mnist_ocr.errors import printable
from mnist_ocr.graph.classes import Class, class_name
from mnist_ocr.report.answer import DIGITS, Answer, answer_columns, classes_object, in_words, probability_bars
from mnist_ocr.report.terminal import draw_picture

Key = TypeVar("Key", bound=Class)

BINS = 15

MOST_VALUES = 12
"""A column with more different values than this does not divide the pictures into groups."""

FEWEST_PICTURES = 2
"""Nor does one whose values have fewer pictures than this on average: file names, widths, dates."""

LISTED = 10
"""Confusions, and pictures that could not be read, that are named one by one."""


@dataclass(frozen=True, eq=False)
class Prediction:
    """What the network says about one picture whose label is known.

    Attributes:
        name: what the picture is called: a file as its list names it, or a number in a data set.
        label: the digit that it shows, or the class, as the network or the data call it.
        pixels: what the network saw, uint8 (28, 28); None if there was nothing to see.
        answer: what the network said; None if it could not be asked.
        reason: why it could not.
        path: the picture file, where there is one.
        columns: what else is known about the picture.
    """

    name: str
    label: Class
    pixels: npt.NDArray[np.uint8] | None
    answer: Answer | None
    reason: str = ""
    path: Path | None = None
    columns: Mapping[str, str] = field(default_factory=dict)

    @property
    def correct(self) -> bool:
        """Whether the answer is the label; "7" and 7 are the same."""
        return self.answer is not None and str(self.answer.digit) == str(self.label)

    @property
    def sure(self) -> bool:
        """Whether there is an answer whose confidence reaches the threshold."""
        return self.answer is not None and self.answer.sure


@dataclass(frozen=True)
class Accuracy:
    """How many pictures there are, and how many of them were read correctly."""

    images: int
    correct: int

    @classmethod
    def of(cls, predictions: Iterable[Prediction]) -> Accuracy:
        """Count."""
        verdicts = [prediction.correct for prediction in predictions]
        return cls(len(verdicts), sum(verdicts))

    @property
    def fraction(self) -> float | None:
        """The fraction read correctly, 0 to 1; None of no pictures."""
        return self.correct / self.images if self.images else None


@dataclass(frozen=True)
class Bin:
    """Answers of similar confidence.

    Attributes:
        low: its confidences are above this,
        high: and no higher than this.
        answers: how many there are.
        accuracy: the fraction of them that is right, 0 to 1; 0 if there are none.
        confidence: their mean confidence, 0 to 1; 0 if there are none.
    """

    low: float
    high: float
    answers: int
    accuracy: float
    confidence: float


@dataclass(frozen=True, eq=False)
class Evaluation:
    """All predictions, and every figure that is computed from them."""

    predictions: Sequence[Prediction]

    @property
    def overall(self) -> Accuracy:
        """Of all pictures."""
        return Accuracy.of(self.predictions)

    @property
    def sure(self) -> Accuracy:
        """Of the pictures whose answer is sure."""
        return Accuracy.of(prediction for prediction in self.predictions if prediction.sure)

    @property
    def sure_fraction(self) -> float:
        """The fraction of all pictures whose answer is sure, 0 to 1."""
        return self.sure.images / len(self.predictions)

    @property
    def unreadable(self) -> list[Prediction]:
        """The pictures that the network could not be asked about."""
        return [prediction for prediction in self.predictions if prediction.answer is None]

    @property
    def classes(self) -> tuple[Class, ...]:
        """The network's classes; the digits, if it was asked about nothing."""
        return next((p.answer.classes for p in self.predictions if p.answer), tuple(range(DIGITS)))

    def per_digit(self) -> dict[Class, Accuracy]:
        """Of the pictures of each digit; digits of which there are none are left out."""
        return _accuracy_by(self.predictions, lambda prediction: prediction.label)

    def groups(self) -> dict[str, dict[str, Accuracy]]:
        """For each column with few values: of the pictures of each value, in alphabetical order."""
        columns = dict.fromkeys(name for prediction in self.predictions for name in prediction.columns)
        found = {column: self._group(column) for column in columns}
        return {
            column: group
            for column, group in found.items()
            if len(group) <= MOST_VALUES and len(self.predictions) >= FEWEST_PICTURES * len(group)
        }

    def _group(self, column: str) -> dict[str, Accuracy]:
        return _accuracy_by(self.predictions, lambda prediction: prediction.columns.get(column, ""))

    def confusions(self) -> list[tuple[Class, Class, int]]:
        """What was taken for what: label, digit that was said, how often; the most frequent first."""
        counts = Counter(
            (prediction.label, prediction.answer.digit)
            for prediction in self.predictions
            if prediction.answer and not prediction.correct
        )
        most_first = sorted(counts.items(), key=lambda item: (-item[1], *map(_rank, item[0])))
        return [(*pair, times) for pair, times in most_first]

    def bins(self, count: int = BINS) -> list[Bin]:
        """The answers sorted by confidence into bins between 0 and 1."""
        filled: list[list[tuple[bool, float]]] = [[] for _ in range(count)]
        for prediction in self.predictions:
            if prediction.answer:
                confidence = prediction.answer.confidence
                filled[max(math.ceil(confidence * count), 1) - 1].append((prediction.correct, confidence))
        return [
            Bin(
                low=number / count,
                high=(number + 1) / count,
                answers=len(answers),
                accuracy=sum(correct for correct, _ in answers) / max(len(answers), 1),
                confidence=sum(confidence for _, confidence in answers) / max(len(answers), 1),
            )
            for number, answers in enumerate(filled)
        ]

    @property
    def calibration_error(self) -> float | None:
        """The expected calibration error, 0 to 1, over the pictures that have an answer; None of none."""
        return self.calibration(BINS)

    def calibration(self, count: int) -> float | None:
        """The same in another number of bins."""
        bins = self.bins(count)
        answers = sum(part.answers for part in bins)
        gaps = (part.answers * abs(part.accuracy - part.confidence) for part in bins)
        return sum(gaps) / answers if answers else None


def _accuracy_by(predictions: Iterable[Prediction], key: Callable[[Prediction], Key]) -> dict[Key, Accuracy]:
    groups = defaultdict(list)
    for prediction in predictions:
        groups[key(prediction)].append(prediction)
    return {value: Accuracy.of(groups[value]) for value in sorted(groups, key=_rank)}


def _rank(name: Class) -> tuple[bool, Class]:
    """Numbers by their size, and then texts by the alphabet."""
    return isinstance(name, str), name


def evaluation_text(evaluation: Evaluation) -> str:
    """All figures, several lines, the most important first."""
    overall, sure, error = evaluation.overall, evaluation.sure, evaluation.calibration_error
    lines = [
        f"accuracy     {_percent(overall.fraction)}   "
        f"{overall.correct:,} of {overall.images:,} read correctly",
        f"sure         {_percent(evaluation.sure_fraction)}   {sure.images:,} answers; "
        f"of these right: {_percent(sure.fraction).strip()}",
        f"calibration  {_percent(error)}   expected calibration error in {BINS} bins; 0 is perfect",
        "",
        *_table("digit", evaluation.per_digit()),
    ]
    for column, accuracies in evaluation.groups().items():
        lines += ["", *_table(column, accuracies)]
    confusions = [
        f"{class_name(label)} read as {class_name(digit)}: {times} {'time' if times == 1 else 'times'}"
        for label, digit, times in evaluation.confusions()
    ]
    unread = [printable(f"{prediction.name}: {prediction.reason}") for prediction in evaluation.unreadable]
    lines += _list("most frequent confusions", confusions)
    lines += _list(f"{len(unread)} not readable, counted as wrong", unread)
    return "\n".join(lines)


def evaluation_object(evaluation: Evaluation) -> dict[str, Any]:
    """All figures under their names, ready to be written as JSON; fractions are 0 to 1, null of nothing."""

    def objects(accuracies: Mapping[Any, Accuracy]) -> dict[str, dict[str, Any]]:
        return {
            str(name): {"images": accuracy.images, "accuracy": accuracy.fraction}
            for name, accuracy in accuracies.items()
        }

    return {
        "images": evaluation.overall.images,
        "accuracy": evaluation.overall.fraction,
        "sure": evaluation.sure_fraction,
        "sure_accuracy": evaluation.sure.fraction,
        "ece": evaluation.calibration_error,
        "groups": {column: objects(accuracies) for column, accuracies in evaluation.groups().items()},
        "per_digit": objects(evaluation.per_digit()),
        "confusions": [
            {"label": label, "digit": digit, "times": times}
            for label, digit, times in evaluation.confusions()
        ],
        "unreadable": [
            {"file": prediction.name, "reason": prediction.reason} for prediction in evaluation.unreadable
        ],
    }


def _table(column: str, accuracies: Mapping[Any, Accuracy]) -> list[str]:
    heading, *names = (printable(str(name)) for name in (column, *accuracies))
    width = max(map(len, [heading, *names]))
    rows = [
        f"{name:<{width}}  {accuracy.images:>8,}  {_percent(accuracy.fraction)}"
        for name, accuracy in zip(names, accuracies.values(), strict=True)
    ]
    return [f"{heading:<{width}}  {'images':>8}  accuracy", *rows]


def _list(heading: str, items: list[str]) -> list[str]:
    if not items:
        return []
    more = [f"and {len(items) - LISTED:,} more"] if len(items) > LISTED else []
    return ["", heading, *(f"  {item}" for item in items[:LISTED] + more)]


def _percent(fraction: float | None) -> str:
    """A fraction in percent, 8 characters wide."""
    return "    none" if fraction is None else f"{100 * fraction:6.2f} %"


# Single predictions.


def prediction_text(prediction: Prediction, stream: TextIO) -> str:
    """What the network saw, whether its answer is right, and the probability of each digit.

    Args:
        prediction: one with an answer.
        stream: where the text will be printed; decides which characters and colours can be used.
    """
    answer = prediction.answer
    assert answer is not None
    assert prediction.pixels is not None
    verdict = "right" if prediction.correct else "wrong"
    bars = probability_bars(answer.pairs(), stream)
    names = [str(digit) for digit in answer.classes]
    if str(prediction.label) in names:  # in words: a bar alone does not say which digit it should be
        bars[names.index(str(prediction.label))] += "  <- its label"
    return "\n".join(
        [
            f"{printable(prediction.name)}: a {class_name(prediction.label)}, "
            f"read as {class_name(answer.digit)}: {verdict}",
            draw_picture(prediction.pixels, stream),
            f"The network says: {in_words(answer)}",
            "",
            *bars,
        ]
    )


def prediction_object(prediction: Prediction) -> dict[str, Any]:
    """The same ready to be written as JSON; fractions are 0 to 1, null without an answer."""
    answer = prediction.answer
    return {
        "label": prediction.label,
        "digit": answer.digit if answer else None,
        "right": prediction.correct,
        "sure": prediction.sure,
        "confidence": answer.confidence if answer else None,
        "probabilities": list(answer.probabilities) if answer else None,
        **(classes_object(answer) if answer else {}),
    }


def write_predictions(predictions: Sequence[Prediction], file: BinaryIO) -> None:
    """Write a CSV table, a row for each: columns of ours, then those that were given with the pictures.

    What the network did not say of a picture that it could not see is left empty. A given column that has
    the name of one of ours is replaced: it was made by an earlier evaluation.
    """
    probabilities = (f"probability_{digit}" for digit in Evaluation(predictions).classes)
    own = ("file", "label", "digit", "confidence", "sure", *probabilities, "reason")
    given = dict.fromkeys(
        name for prediction in predictions for name in prediction.columns if name not in own
    )
    # File names that are not UTF-8 exist; the table is UTF-8 all the same.
    text = io.TextIOWrapper(file, encoding="utf-8", errors="backslashreplace", newline="")
    rows = csv.DictWriter(text, [*own, *given], lineterminator="\n")
    rows.writeheader()
    for prediction in predictions:
        own_cells = {
            "file": prediction.name,
            "label": prediction.label,
            "sure": "yes" if prediction.sure else "no",
            "reason": prediction.reason,
            **(answer_columns(prediction.answer) if prediction.answer else {}),
        }
        rows.writerow({**prediction.columns, **dict.fromkeys(own, ""), **own_cells})
    text.detach()
