"""How a training goes: what each epoch came to, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass, field

from mnist_ocr.training.scoring import Score


@dataclass(frozen=True)
class Epoch:
    """What one epoch came to.

    Attributes:
        number: 1 for the first.
        loss: mean loss per training image,
        accuracy: and part of the training digits read correctly, each taken when the image was learned from.
        validation: the score on the validation images after the epoch, `NOT_SCORED` where there are none.
        learning_rate: of the epoch's last step.
        seconds: spent learning, without the validation.
        images_per_second: learned from.
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
        out_of_patience: it stopped early, because the validation images were read no better for long.
        diverged: why it could not go on, or None.
    """

    epochs: list[Epoch] = field(default_factory=list)
    best: Epoch | None = None
    interrupted: bool = False
    out_of_patience: bool = False
    diverged: str | None = None

    def is_best(self, epoch: Epoch) -> bool:
        """Whether an epoch is as good as the best before it; without a score each is."""
        return self.best is None or not epoch.validation.accuracy < self.best.validation.accuracy

    def add(self, epoch: Epoch) -> None:
        """Add a finished epoch."""
        if self.is_best(epoch):
            self.best = epoch
        self.epochs.append(epoch)

    def epochs_without_progress(self) -> int:
        """How many epochs there were since the first that read most validation images."""
        accuracies = [epoch.validation.accuracy for epoch in self.epochs]
        return len(self.epochs) - 1 - accuracies.index(max(accuracies)) if self.epochs else 0
