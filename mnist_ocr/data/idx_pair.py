"""One IDX file of images by itself, with the file of its labels beside it.

`t10k-images-idx3-ubyte` goes with `t10k-labels-idx1-ubyte`: the same name but for these two words. So a part
of a data set can be named alone, and so can sets whose files begin with another word (EMNIST's do).
"""

from __future__ import annotations

from pathlib import Path

from mnist_ocr.data.dataset import DataError, Dataset, LoadedDataset
from mnist_ocr.data.folder import ExpectedFile
from mnist_ocr.data.idx import IMAGES, LABELS, read_idx


def is_idx_name(path: Path) -> bool:
    """Whether a file is called what IDX files are called."""
    return path.is_file() and any(word in path.name for word in ("idx3-ubyte", "idx1-ubyte"))


def read_idx_pair(path: Path) -> LoadedDataset:
    """Read the images of `path` and the labels that belong to them; there is no test part.

    Raises:
        DataError: `path` holds labels, there are no labels beside it, or one of the files is wrong.
    """
    name = path.name.removesuffix(".gz")
    labels_name = name.replace("images", "labels").replace("idx3", "idx1")
    if labels_name == name:
        raise DataError(f"{path}: expected a file of images, named …images-idx3-ubyte, found one of labels")
    labels = ExpectedFile(labels_name.replace(".idx1", "-idx1"), LABELS).locate(path.parent)
    if labels is None:
        raise DataError(
            f"{path}: expected the labels of these images beside it, in {labels_name} or {labels_name}.gz"
        )
    digits = Dataset(
        read_idx(path, IMAGES).values, read_idx(labels, LABELS).values, f"{path} with {labels.name}"
    )
    return LoadedDataset(
        digits, None, source=f"{len(digits):,} images from {path} (IDX with {labels.name})", name=path.name
    )
