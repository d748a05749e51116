"""Losses go down here: batches, optimizers, schedules, the training loop."""

from mnist_ocr.training.loop import Course, Epoch, train
from mnist_ocr.training.optimizers import OPTIMIZERS
from mnist_ocr.training.recipe import Recipe
from mnist_ocr.training.schedules import SCHEDULES
from mnist_ocr.training.scoring import Score, evaluate

__all__ = [
    "OPTIMIZERS",
    "SCHEDULES",
    "Course",
    "Epoch",
    "Recipe",
    "Score",
    "evaluate",
    "train",
]
