"""Where labelled digits come from: files, a download, or drawn by the program itself."""

from mnist_ocr.data.dataset import Dataset, Digits, fingerprint, join
from mnist_ocr.data.errors import DataError, DownloadError
from mnist_ocr.data.mnist import find_mnist, load_mnist
from mnist_ocr.data.parts import Parts, choose_parts, default_validation, leaks
from mnist_ocr.data.sources import drawn_digits, load_digits, read_part
from mnist_ocr.data.splitting import overlap, split

__all__ = [
    "DataError",
    "Dataset",
    "Digits",
    "DownloadError",
    "Parts",
    "choose_parts",
    "default_validation",
    "drawn_digits",
    "find_mnist",
    "fingerprint",
    "join",
    "leaks",
    "load_digits",
    "load_mnist",
    "overlap",
    "read_part",
    "split",
]
