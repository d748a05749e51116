"""How a network learns: batches, optimizers, schedules, and the training loop."""

from mnist_ocr.training.batches import Examples
from mnist_ocr.training.checkpoint import StateError
from mnist_ocr.training.config import TrainingConfig
from mnist_ocr.training.history import NOT_SCORED, Epoch, History, Score
from mnist_ocr.training.optimizers import OPTIMIZERS
from mnist_ocr.training.schedules import SCHEDULES
from mnist_ocr.training.train import evaluate, train

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
