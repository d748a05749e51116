"""Files that people have and that are no data set which can be read: each is named for what it is.

A pickle is a program: opening one can do anything that its author wants. So pickles are never opened, nor are
the formats that contain them; the message has the lines of Python with which a person who trusts the file
converts it.
"""

from __future__ import annotations

import codecs
import zipfile
from pathlib import Path

from mnist_ocr.data.dataset import DataError

_ZIP = b"PK\x03\x04"

_KINDS = (
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"%PDF", "a PDF document"),
    (b"\x1f\x8b", "gzip data that is packed twice"),
    (b"\0\0\x08", "an IDX file, whose name should end with -idx3-ubyte or -idx1-ubyte"),
    (b"\x93NUMPY", "a NumPy array: name it x_train.npy, with its labels beside it in y_train.npy"),
    (b"PAR1", "a Parquet file: its name should end with .parquet"),
    (codecs.BOM_UTF16_LE, "text in UTF-16: save it as UTF-8 first"),
    (codecs.BOM_UTF16_BE, "text in UTF-16: save it as UTF-8 first"),
    (_ZIP, "a ZIP archive or an Excel workbook: unpack it, or save it as CSV, first"),
)
"""The first bytes of files that are mistaken for tables, or that programs save under such a name."""

_TEXTS = ((b"<", "a web page or XML"), (b"{", "JSON"), (b"[", "JSON"))

_PICKLES = tuple(bytes([0x80, protocol]) for protocol in range(2, 6))
"""The first bytes since protocol 2 (Python 2.3); older pickles are text, and known by their names only."""

_PICKLE = (
    "a Python pickle, which can run any program when it is opened, so it is not opened here",
    "import gzip, numpy, pickle; train, _, test = pickle.load(gzip.open({name!r}), encoding='latin1')",
    "numpy.savez('mnist.npz', x_train=train[0], y_train=train[1], x_test=test[0], y_test=test[1])",
)
_MATLAB = (
    "a MATLAB file",
    "import numpy, scipy.io; table = scipy.io.loadmat({name!r})",
    "numpy.savez('digits.npz', images=table['X'], labels=table['y'] % 10)",
)
_HDF5 = (
    "an HDF5 file",
    "import h5py, numpy; file = h5py.File({name!r})",
    "numpy.savez('digits.npz', images=file['images'], labels=file['labels'])",
)
_TORCH = (
    "a file of PyTorch, which contains a pickle and is not opened here",
    "import numpy, torch; images, labels = torch.load({name!r}, weights_only=True)[:2]",
    "numpy.savez('digits.npz', images=images.numpy(), labels=labels.numpy())",
)
"""What it is, and the two lines that convert it. The names inside of such files differ; these are usual."""


def refuse_foreign(start: bytes, path: Path, expected: str) -> None:
    """Refuse a file whose first bytes or name show that it is of another kind.

    Args:
        start: the first 256 bytes, unpacked if they were gzipped; fewer where the file is shorter.
        path: the file, for its name.
        expected: what it should be, such as "a CSV table of digits".

    Raises:
        DataError: what it is, and how to convert it where that is possible.
    """
    if not start:
        raise DataError(f"{path}: expected {expected}, found an empty file")
    convertible = _convertible(start, path)
    if convertible is not None:
        kind, *lines = (line.format(name=str(path)) for line in convertible)
        found = f"{path}: expected {expected}, found {kind}. Where you trust it, convert it:"
        raise DataError("\n  ".join([found, *lines]))
    for beginning, kind in _KINDS:
        if start.startswith(beginning):
            raise DataError(f"{path}: expected {expected}, found {kind}")
    text = start.removeprefix(codecs.BOM_UTF8)
    for beginning, kind in _TEXTS:
        if text.lstrip().startswith(beginning):
            raise DataError(f"{path}: expected {expected}, found {kind} (it starts with {text[:15]!r})")


def _convertible(start: bytes, path: Path) -> tuple[str, str, str] | None:
    endings = path.name.lower().split(".")[1:]
    if start.startswith(b"\x89HDF\r\n"):
        return _HDF5
    if start.startswith(b"MATLAB 5.0 MAT-file"):
        return _MATLAB
    if start.startswith(_ZIP) and _holds_pickle(path):
        return _TORCH
    if start.startswith(_PICKLES) or "pkl" in endings or "pickle" in endings:
        return _TORCH if {"pt", "pth"} & set(endings) else _PICKLE
    return None


def _holds_pickle(path: Path) -> bool:
    """Whether a ZIP archive is one that PyTorch writes."""
    try:
        with zipfile.ZipFile(path) as archive:
            return any(name.endswith("data.pkl") for name in archive.namelist())
    except (OSError, zipfile.BadZipFile, ValueError):
        return False
