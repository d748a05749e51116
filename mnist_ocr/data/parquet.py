"""Parquet files of digits, as Hugging Face publishes MNIST: a column of packed pictures, and one of labels.

    mnist/train-00000-of-00001.parquet      the columns image (a struct of bytes and path) and label
    mnist/test-00000-of-00001.parquet

The file is read by PyArrow, which the extra `parquet` installs. Each picture is a PNG of 28 × 28 pixels.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mnist_ocr.data.dataset import DataError, Dataset, LoadedDataset, loaded_from
from mnist_ocr.data.folders import with_a_bar
from mnist_ocr.data.numpy_files import as_labels
from mnist_ocr.data.packing import LARGEST
from mnist_ocr.errors import InputError

IMAGE_NAMES = ("image", "img", "images")
LABEL_NAMES = ("label", "labels", "digit", "class")
"""Usual names of the two columns."""

_ROWS_AT_ONCE = 1000


def parquet_files(folder: Path) -> list[Path]:
    """The Parquet files of a folder, or of the folders in it, by name."""
    return sorted([*folder.glob("*.parquet"), *folder.glob("*/*.parquet")])


def is_parquet(path: Path) -> bool:
    """Whether a file has the name of a Parquet file, or a folder contains one."""
    return bool(parquet_files(path)) if path.is_dir() else path.suffix.lower() == ".parquet"


def read_parquet(path: Path, *, progress: bool = False) -> LoadedDataset:
    """Read one file, or a folder with the files of the training images and perhaps of the test images.

    Raises:
        DataError: PyArrow is missing, it is not clear which file is which, or a file or picture is wrong.
    """
    if not path.is_dir():
        return loaded_from(path, [_read_file(path, progress)], "Parquet")
    files = parquet_files(path)
    training_files = [file for file in files if file.name.startswith("train")] or files
    test_files = [file for file in files if file.name.startswith("test")]
    if len(training_files) != 1 or len(test_files) > 1:
        names = ", ".join(str(file.relative_to(path)) for file in files)
        raise DataError(
            f"{path}: expected one Parquet file named train… and at most one test…, found {names}"
        )
    parts = [_read_file(file, progress) for file in (*training_files, *test_files)]
    return loaded_from(path, parts, "Parquet")


def _read_file(path: Path, progress: bool) -> Dataset:
    try:
        from pyarrow import ArrowException, parquet
    except ImportError:
        raise DataError(f"{path}: reading Parquet needs PyArrow: pip install 'mnist-ocr[parquet]'") from None
    try:
        with parquet.ParquetFile(path) as file:
            return _read_rows(file, path, progress)
    except (ArrowException, OSError) as error:
        raise DataError(f"{path}: damaged, or no Parquet file: {str(error).splitlines()[0]}") from error


def _read_rows(file: Any, path: Path, progress: bool) -> Dataset:

    names = file.schema_arrow.names
    found = (
        next((name for name in names if name.lower() in usual), None) for usual in (IMAGE_NAMES, LABEL_NAMES)
    )
    columns = [name for name in found if name is not None]
    if len(columns) < 2:
        raise DataError(f"{path}: expected the columns image and label, found {', '.join(names)}")
    count = file.metadata.num_rows
    if not 0 < count <= LARGEST // 784:
        raise DataError(f"{path}: expected 1 to {LARGEST // 784:,} rows, found {count:,}")
    images = np.empty((count, 28, 28), np.uint8)
    labels: list[Any] = []
    with with_a_bar(total=count, progress=progress) as bar:
        for batch in file.iter_batches(_ROWS_AT_ONCE, columns=columns):
            cells = batch.column(columns[0]).to_pylist()
            for row, cell in enumerate(cells, len(labels)):
                images[row] = _picture(cell, f"{path}, row {row}")
            labels += batch.column(columns[1]).to_pylist()
            bar.update(len(cells))
    return Dataset(images, as_labels(np.array(labels), str(path)), str(path))


def _picture(cell: Any, where: str) -> npt.NDArray[np.uint8]:
    """The brightness of one picture, (28, 28), from 0 black to 255 white."""
    from mnist_ocr.images import load_picture

    content = cell.get("bytes") if isinstance(cell, dict) else cell
    if not isinstance(content, bytes):
        raise DataError(f"{where}: expected the bytes of a picture, found {type(content).__name__}")
    try:
        picture = load_picture(content)
    except InputError as error:
        raise DataError(f"{where}: {error}") from error
    if (picture.width, picture.height) != (28, 28):
        raise DataError(f"{where}: expected 28 × 28 pixels, found {picture.width} × {picture.height}")
    return np.rint(picture.grey).astype(np.uint8)
