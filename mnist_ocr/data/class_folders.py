"""Pictures of 28 × 28 pixels in folders that are named after the digit: 0 to 9, or train/0 … and test/0 ….

Any format and depth that the program opens will do, and colours turn into grey as they do for a picture that
is to be read. But nothing is moved or resized here: these are pictures in the form of MNIST's, not photos.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from mnist_ocr.data.dataset import DataError, Dataset, LoadedDataset
from mnist_ocr.data.pictures import DIGIT_NAMES, LabelledPicture, entries, is_none_of_ours, read_class_folders
from mnist_ocr.data.polarity import turn_to_light_ink
from mnist_ocr.data.small_pictures import read_small_pictures
from mnist_ocr.opening import is_folder

TRAIN_NAMES = ("train", "training")
TEST_NAMES = ("test", "testing")
"""What the two parts may be called; capitals do not matter."""


class PartFolders(NamedTuple):
    """The folders that hold 0 to 9.

    Attributes:
        folders: one with all pictures, or the one for training and the one for testing.
        unused: other folders beside them.
    """

    folders: list[Path]
    unused: list[Path]


def find_parts(folder: Path) -> PartFolders:
    """Find out which folders hold the classes; none where this is another layout.

    Raises:
        DataError: a folder cannot be looked into, or there are test pictures and nothing to learn from.
    """
    if not is_folder(folder):
        return PartFolders([], [])
    inside = _folders(folder)
    named = [
        next((part for part in inside if part.name.lower() in names and _has_classes(part)), None)
        for names in (TRAIN_NAMES, TEST_NAMES)
    ]
    found = [part for part in named if part]
    if found:
        if named[0] is None:
            raise DataError(
                f"{folder}: found {found[0].name}/0 … {found[0].name}/9, expected train/0 … beside it"
            )
        return PartFolders(found, [part for part in inside if part not in found])
    if _has_classes(folder):
        return PartFolders([folder], [])  # what else is in there, the list of the pictures tells
    return PartFolders([], [])


def _folders(folder: Path) -> list[Path]:
    try:
        return [path for path in entries(folder) if path.is_dir() and not is_none_of_ours(path)]
    except OSError as error:
        raise DataError(f"{folder}: cannot be read: {error.strerror or error}") from error


def _has_classes(folder: Path) -> bool:
    return any(path.name in DIGIT_NAMES for path in _folders(folder))


def read_picture_folders(folder: Path, *, progress: bool = False) -> LoadedDataset:
    """Read a folder for which `find_parts` found something.

    Args:
        folder: the folder.
        progress: whether to show on stderr how far it is.

    Raises:
        DataError: the part for training lacks a digit, or pictures are damaged, none, or of another size.
    """
    parts = find_parts(folder)
    lists, remarks = [], []
    for part in parts.folders:
        pictures, remark = read_class_folders(part)
        missing = sorted(set(range(10)) - {picture.label for picture in pictures})
        if missing and part != folder and part == parts.folders[0]:
            numbers = ", ".join(map(str, missing))
            raise DataError(
                f"{part}: no pictures of {numbers}: expected some in each of the subfolders 0 to 9"
            )
        lists.append(pictures)
        remarks += [remark] if remark else []
    if parts.unused:
        remarks.append(f"{folder}: not looked into: {', '.join(part.name for part in parts.unused)}")

    everything = [picture for pictures in lists for picture in pictures]
    stack = read_small_pictures([picture.path for picture in everything], progress=progress)
    stacks = np.split(stack, [len(lists[0])])[: len(lists)]
    inverted, odd = turn_to_light_ink(stacks)
    if inverted:
        remarks.append(f"{folder}: dark ink on light, so all pictures were inverted")
    if odd:
        part_number, number = odd[0]
        remarks.append(
            f"{folder}: {len(odd):,} of {len(everything):,} pictures look as if they were "
            f"the other way round, first {lists[part_number][number].path}"
        )
    datasets = [
        Dataset(images, _labels(pictures), str(part))
        for part, images, pictures in zip(parts.folders, stacks, lists, strict=True)
    ]
    test = datasets[1] if len(datasets) == 2 else None
    names = (
        "0 … 9" if parts.folders == [folder] else ", ".join(f"{p.name}/0 … {p.name}/9" for p in parts.folders)
    )
    ink = "dark ink on light, inverted" if inverted else "light ink on dark"
    counts = " + ".join(f"{len(dataset):,}" for dataset in datasets)
    return LoadedDataset(
        datasets[0],
        test,
        source=f"{counts} pictures from {folder} (folders {names}; {ink})",
        name=folder.resolve().name,
        notice="\n".join(remarks) or None,
    )


def _labels(pictures: Sequence[LabelledPicture]) -> npt.NDArray[np.uint8]:
    return np.array([picture.label for picture in pictures], np.uint8)
