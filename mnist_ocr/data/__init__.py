"""Where labelled digits come from: files, a download, or drawn by the program itself."""

from mnist_ocr.data.dataset import Dataset, Digits, join, split
from mnist_ocr.data.errors import DataError, DownloadError
from mnist_ocr.data.mnist import find_mnist, load_mnist
from mnist_ocr.data.sources import drawn_digits, load_digits

__all__ = [
    "DataError",
    "Dataset",
    "Digits",
    "DownloadError",
    "drawn_digits",
    "find_mnist",
    "join",
    "load_digits",
    "load_mnist",
    "split",
]
