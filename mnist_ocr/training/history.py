"""How a training went: the score of a network, what each epoch came to, and how it ended."""

from __future__ import annotations

import math
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Score:
    """How well a network reads a data set.

    Attributes:
        accuracy: the part of the images that it reads correctly, 0 to 1.
        loss: the mean loss per image.
    """

    accuracy: float
    loss: float


NOT_SCORED = Score(math.nan, math.nan)
"""Where there are no validation images."""


@dataclass(frozen=True)
class Epoch:
    """What one epoch came to.

    Attributes:
        number: 1 for the first.
        loss: mean loss per training image, taken when the image was trained on,
        accuracy: and the part of the training digits that were read correctly then.
        validation: the score on the validation images after the epoch, or `NOT_SCORED`.
        learning_rate: of the epoch's first step.
        seconds: spent on training, without the validation.
        images_per_second: trained on.
    """

    number: int
    loss: float
    accuracy: float
    validation: Score
    learning_rate: float
    seconds: float
    images_per_second: float


@dataclass
class History:
    """How a training went.

    Attributes:
        epochs: the finished epochs.
        best: the one whose network was kept, or None when none was finished.
        interrupted: it was stopped from outside.
        out_of_patience: it stopped early, because the validation accuracy had not risen for long.
        diverged: why it could not go on, or None.
    """

    epochs: list[Epoch] = field(default_factory=list)
    best: Epoch | None = None
    interrupted: bool = False
    out_of_patience: bool = False
    diverged: str | None = None

    def is_best(self, epoch: Epoch) -> bool:
        """Whether an epoch is as good as the best before it; without validation images each is."""
        return self.best is None or not epoch.validation.accuracy < self.best.validation.accuracy

    def add(self, epoch: Epoch) -> None:
        """Add a finished epoch."""
        if self.is_best(epoch):
            self.best = epoch
        self.epochs.append(epoch)

    def goes_on(self, epochs: int, patience: int | None) -> bool:
        """Whether another epoch follows: neither are all done, nor has patience run out (early stopping)."""
        if len(self.epochs) >= epochs:
            return False
        accuracies = [epoch.validation.accuracy for epoch in self.epochs]
        since_best = len(accuracies) - 1 - accuracies.index(max(accuracies)) if accuracies else 0
        self.out_of_patience = bool(patience and since_best >= patience)
        return not self.out_of_patience
