"""Labelled digits: read from files, downloaded, or drawn by the program."""

from mnist_ocr.data.dataset import DataError, Dataset, DownloadError, LoadedDataset, concatenate, fingerprint
from mnist_ocr.data.mnist import find_mnist, load_mnist
from mnist_ocr.data.sources import load_dataset, read_part, synthetic_digits
from mnist_ocr.data.splits import Splits, default_validation, leaks, overlap, split, split_dataset

__all__ = [
    "DataError",
    "Dataset",
    "DownloadError",
    "LoadedDataset",
    "Splits",
    "concatenate",
    "default_validation",
    "find_mnist",
    "fingerprint",
    "leaks",
    "load_dataset",
    "load_mnist",
    "overlap",
    "read_part",
    "split",
    "split_dataset",
    "synthetic_digits",
]
