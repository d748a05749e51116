"""How a network learns: batches, optimizers, schedules, and the training loop."""

from mnist_ocr.training.config import TrainingConfig
from mnist_ocr.training.optimizers import OPTIMIZERS
from mnist_ocr.training.schedules import SCHEDULES
from mnist_ocr.training.train import NOT_SCORED, Epoch, Examples, History, Score, StateError, evaluate, train

__all__ = [
    "NOT_SCORED",
    "OPTIMIZERS",
    "SCHEDULES",
    "Epoch",
    "Examples",
    "History",
    "Score",
    "StateError",
    "TrainingConfig",
    "evaluate",
    "train",
]
