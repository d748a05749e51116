"""Losses go down here: batches, optimizers, schedules, the training loop."""

from mnist_ocr.training.course import Course, Epoch
from mnist_ocr.training.loop import train
from mnist_ocr.training.optimizers import OPTIMIZERS
from mnist_ocr.training.recipe import Recipe
from mnist_ocr.training.schedules import SCHEDULES
from mnist_ocr.training.scoring import Score, evaluate
from mnist_ocr.training.snapshot import Snapshot, SnapshotError

__all__ = [
    "OPTIMIZERS",
    "SCHEDULES",
    "Course",
    "Epoch",
    "Recipe",
    "Score",
    "Snapshot",
    "SnapshotError",
    "evaluate",
    "train",
]
