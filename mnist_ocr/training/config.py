"""How to train: the choices that are not the network's and not the data's."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral

from mnist_ocr.data.augmentation import AUGMENTATIONS, Augmentation
from mnist_ocr.training.optimizers import OPTIMIZERS
from mnist_ocr.training.schedules import SCHEDULES


@dataclass(frozen=True)
class TrainingConfig:
    """One way to train.

    Attributes:
        epochs: how often every training image is seen.
        batch_size: images per step; None for all of them (full-batch gradient descent).
        optimizer: a key of `OPTIMIZERS`.
        learning_rate: the largest that the schedule gives; None for the optimizer's usual one.
        schedule: a key of `SCHEDULES`.
        momentum: of the optimizers "momentum" and "nesterov", 0 to below 1.
        weight_decay: see `optimizers`; None for the optimizer's usual one.
        label_smoothing: this part of each target, 0 to below 1, is spread over all classes alike (Szegedy et
            al., 2016, section 7). The training loss is then that of the smoothed targets.
        ema: 0 to below 1; above 0, the network that is scored and kept is the exponential moving average of
            all networks since the beginning, of which each step retains this part (Polyak and Juditsky, 1992;
            the exponential form as in Tarvainen and Valpola, 2017). It jitters less than the last step's.
        patience: stop when this many epochs in a row read no more validation images than the best before
            them (early stopping; Prechelt, 1998); None never stops early.
        augment: a key of `AUGMENTATIONS`.
        plain_epochs: the last epochs show the images as they are, so that the network ends on what it
            will be asked to read. An epoch that is the only one is augmented all the same.
        outliers: pictures that show no digit, as a part of the training images; see `data.outliers`.
        seed: decides the order of the images, how each is changed, and which outliers there are.
        threads: of the matrix library. More than one is of use to large networks only, and the last bits may
            then differ from machine to machine.

    Raises:
        ValueError: a number is out of its range, or a name is not in its table.
    """

    epochs: int = 5
    batch_size: int | None = 50
    optimizer: str = "nesterov"
    learning_rate: float | None = None
    schedule: str = "linear"
    momentum: float = 0.9
    weight_decay: float | None = None
    label_smoothing: float = 0.0
    ema: float = 0.0
    patience: int | None = None
    augment: str = "shift"
    plain_epochs: int = 1
    outliers: float = 0.0
    seed: int = 0
    threads: int = 1

    def __post_init__(self) -> None:
        """Check every number and name."""
        for name, table in (
            ("optimizer", OPTIMIZERS),
            ("schedule", SCHEDULES),
            ("augment", AUGMENTATIONS),
        ):
            if getattr(self, name) not in table:
                raise ValueError(f"{name} {getattr(self, name)!r}: expected one of {', '.join(table)}")
        for name, fits, expected in (
            ("epochs", _whole(self.epochs, 1), "a whole number from 1"),
            (
                "batch_size",
                self.batch_size is None or _whole(self.batch_size, 1),
                "a whole number from 1, or None for all",
            ),
            ("learning_rate", 0 < self.peak_rate < float("inf"), "a number above 0"),
            ("momentum", 0 <= self.momentum < 1, "a number from 0 to below 1"),
            ("weight_decay", 0 <= self.decay < float("inf"), "a number from 0"),
            ("label_smoothing", 0 <= self.label_smoothing < 1, "a number from 0 to below 1"),
            ("ema", 0 <= self.ema < 1, "a number from 0 to below 1"),
            ("patience", self.patience is None or _whole(self.patience, 1), "a whole number from 1, or None"),
            ("plain_epochs", _whole(self.plain_epochs, 0), "a whole number from 0"),
            ("threads", _whole(self.threads, 1), "a whole number from 1"),
            ("outliers", 0 <= self.outliers <= 1, "a number from 0 to 1"),
        ):
            if not fits:
                raise ValueError(f"{name} {getattr(self, name)!r}: expected {expected}")

    @property
    def peak_rate(self) -> float:
        """The largest learning rate, of which the schedule takes parts."""
        return OPTIMIZERS[self.optimizer].learning_rate if self.learning_rate is None else self.learning_rate

    @property
    def decay(self) -> float:
        """The weight decay."""
        return OPTIMIZERS[self.optimizer].weight_decay if self.weight_decay is None else self.weight_decay

    def rate(self, progress: float) -> float:
        """The learning rate when this part, 0 to 1, of all steps is done."""
        return self.peak_rate * SCHEDULES[self.schedule](progress)

    def augmentation(self, epoch: int) -> Augmentation:
        """How the images of an epoch, counted from 1, are changed."""
        plain = self.epochs > 1 and epoch > self.epochs - self.plain_epochs
        return AUGMENTATIONS["none" if plain else self.augment]


def _whole(number: object, least: int) -> bool:
    """Whether it is a whole number, Python's or NumPy's, and not below `least`."""
    return isinstance(number, Integral) and int(number) >= least
