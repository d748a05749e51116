"""Images without labels: what a network is asked about when nobody knows the answers yet.

A table of 784 columns (the test.csv of a competition), a file of IDX images, an `.npy` file; or a data set
with labels in any of the known layouts, whose labels are then not looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mnist_ocr.data.csv import read_unlabelled_table
from mnist_ocr.data.dataset import DataError, UnlabelledError
from mnist_ocr.data.idx import IMAGES, is_idx_name, read_idx
from mnist_ocr.data.numpy_files import read_numpy_images
from mnist_ocr.data.orientation import turn_to_light_ink
from mnist_ocr.data.sources import read_path


@dataclass(frozen=True)
class Unlabelled:
    """Images as they were read.

    Attributes:
        images: uint8, (count, 28, 28); 0 is background, 255 is full ink.
        source: where they came from, in words.
        notice: what a person should know about them, or None.
    """

    images: npt.NDArray[np.uint8]
    source: str
    notice: str | None = None


def read_unlabelled(path: Path, *, progress: bool = False) -> Unlabelled:
    """Read the images of a file or folder; of a data set with test images, those.

    Raises:
        DataError: it cannot be read, or is none of the known layouts.
    """
    if is_idx_name(path) and "idx3" in path.name:
        return _light_ink(read_idx(path, IMAGES), path)
    if path.suffix.lower() == ".npy" and path.is_file():
        return _light_ink(read_numpy_images(path), path)
    try:
        loaded = read_path(path, progress=progress)
    except UnlabelledError:
        return _light_ink(read_unlabelled_table(path), path)
    part = loaded.training if loaded.test is None else loaded.test
    return Unlabelled(part.images, part.source, loaded.notice)


def _light_ink(images: npt.NDArray[np.uint8], path: Path) -> Unlabelled:
    if len(images) == 0:
        raise DataError(f"{path}: expected at least one image, found none")
    images = images.copy()
    inverted, _ = turn_to_light_ink(images)
    notice = f"{path}: dark ink on a light background, so all images were inverted" if inverted else None
    return Unlabelled(images, f"{len(images):,} images from {path}", notice)
