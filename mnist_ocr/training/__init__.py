"""Losses go down here: batches, optimizers, the training loop."""

from mnist_ocr.training.loop import Course, Epoch, Recipe, Score, evaluate, train

__all__ = ["Course", "Epoch", "Recipe", "Score", "evaluate", "train"]
