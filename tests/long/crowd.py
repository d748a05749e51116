"""Fifty readers of a model at once, while it is replaced a thousand times."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.crowd import crowded
from tests.long.outcome import Outcome

READERS = 50


def run(count: int | None, minutes: float | None) -> Outcome:
    """Replace the model `count` times (1,000)."""
    with tempfile.TemporaryDirectory() as folder:
        answers, right, replaced = crowded(Path(folder), READERS, count or 1000)
    outcome = Outcome(
        f"{READERS} `inference.py` at once on one model, and new ones as they end, while another process "
        f"replaced it {replaced:,} times by a network that answers differently.",
        ["answer", "times"],
        [["of a whole network, the first", str(answers[sorted(right)[0]])]],
        [f"neither the one nor the other: {answer[:300]}" for answer in answers if answer not in right],
    )
    outcome.rows.append(["of a whole network, the second", str(answers[sorted(right)[1]])])
    wrong = sum(number for answer, number in answers.items() if answer not in right)
    outcome.rows.append(["another, or an error", str(wrong)])
    return outcome
