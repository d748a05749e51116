"""Losses go down here: batches, optimizers, schedules, the training loop."""

from mnist_ocr.training.config import TrainingConfig
from mnist_ocr.training.history import Epoch, History
from mnist_ocr.training.loop import train
from mnist_ocr.training.optimizers import OPTIMIZERS
from mnist_ocr.training.schedules import SCHEDULES
from mnist_ocr.training.scoring import Score, evaluate
from mnist_ocr.training.state import CheckpointError, TrainingState

__all__ = [
    "OPTIMIZERS",
    "SCHEDULES",
    "CheckpointError",
    "Epoch",
    "History",
    "Score",
    "TrainingConfig",
    "TrainingState",
    "evaluate",
    "train",
]
