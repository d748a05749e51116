"""Memory and open files of a training, after ten epochs and after two hundred."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.growth import FROM, MOST, held_by_command, held_in_train
from tests.long.outcome import Outcome


def run(count: int | None, minutes: float | None) -> Outcome:
    """Train for `count` epochs (200), in this process and with train.py."""
    epochs = count or 200
    with tempfile.TemporaryDirectory() as folder:
        measured = {
            "train()": held_in_train(epochs, lambda state: None),
            "train.py, a checkpoint after every 10 batches": held_by_command(epochs, Path(folder)),
        }
    outcome = Outcome(
        f"Digits drawn by the program, 784-128-10, every augmentation, {epochs} epochs. At most "
        f"{MOST >> 20} MB more than after epoch {FROM}, and no more open files.",
        ["", f"memory after {FROM}", f"after {epochs}", f"open files after {FROM}", f"after {epochs}"],
    )
    for name, (first, last) in measured.items():
        memory = [f"{held.memory / 2**20:.1f} MB" for held in (first, last)]
        outcome.rows.append([name, *memory, str(first.files), str(last.files)])
        if last.memory - first.memory >= MOST or last.files > first.files:
            outcome.failures.append(f"{name} grew")
    return outcome
