"""Reading many picture files for a network, with a bar on stderr that shows how far it is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from mnist_ocr.data.folders import with_a_bar
from mnist_ocr.graph import Network
from mnist_ocr.images.gate import judge
from mnist_ocr.images.read import read_files
from mnist_ocr.report.answer import Answer, answers_of


class Outcome(NamedTuple):
    """What a network says about a picture file.

    Attributes:
        pixels: what it saw, uint8 (28, 28); None if there was nothing to see.
        answer: what it said; None if it could not be asked.
        reason: why it could not.
    """

    pixels: npt.NDArray[np.uint8] | None
    answer: Answer | None
    reason: str


def ask_about_files(network: Network, paths: Sequence[Path]) -> list[Outcome]:
    """Read each picture the way that `inference` reads one, and ask the network about it."""
    found = list(with_a_bar(read_files(paths), total=len(paths)))
    verdicts = judge(network, [candidates for candidates, _ in found if candidates])
    counts = [verdict.digit_count for verdict in verdicts]
    answers = answers_of(network, [verdict.probabilities for verdict in verdicts], counts)
    answered = iter(zip(verdicts, answers, strict=True))
    outcomes = []
    for candidates, reason in found:
        if candidates is None:
            outcomes.append(Outcome(None, None, reason))
        else:
            verdict, answer = next(answered)
            outcomes.append(Outcome(candidates.pixels[verdict.shown], answer, ""))
    return outcomes
