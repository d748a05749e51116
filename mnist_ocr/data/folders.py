"""Pictures of 28 × 28 pixels in folders that are named after the digit: 0 to 9, or train/0 … and test/0 ….

Any format that the program opens will do, and colours turn into grey as they do for a picture that is to be
read. But nothing is moved or resized here: these are pictures in the form of MNIST's, not photos.

They may have light ink on dark ground, as in MNIST, or dark ink on light ground. A data set is one or the
other, so all of its pictures decide together. A digit rarely reaches the border, so the border is ground, and
ground that is lighter than the picture as a whole has dark ink on it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from mnist_ocr.data.dataset import DataError, Dataset, LoadedDataset
from mnist_ocr.data.pictures import DIGIT_NAMES, entries, is_ignored, read_class_folders
from mnist_ocr.errors import InputError, one_line
from mnist_ocr.files import is_folder

TRAIN_NAMES = ("train", "training")
TEST_NAMES = ("test", "testing")
"""What the two parts may be called; capitals do not matter."""

FAULTS_SHOWN = 5
"""Pictures named before the rest is left unread: enough to see whether it is one file or all of them."""

LONGEST_FAULT = 500
"""Characters of the line about one."""

Pixels = npt.NDArray[np.uint8]


class PartFolders(NamedTuple):
    """The folders that hold 0 to 9.

    Attributes:
        folders: one with all pictures, or the one for training and the one for testing.
        unused: other folders beside them.
    """

    folders: list[Path]
    unused: list[Path]


def find_parts(folder: Path) -> PartFolders:
    """Find out which folders hold the digits' folders; none where this is another layout.

    Raises:
        DataError: a folder cannot be looked into, or there are test pictures and nothing to learn from.
    """
    if not is_folder(folder):
        return PartFolders([], [])
    inside = _folders(folder)
    named = [
        next((part for part in inside if part.name.lower() in names and _has_digits(part)), None)
        for names in (TRAIN_NAMES, TEST_NAMES)
    ]
    found = [part for part in named if part]
    if found:
        if named[0] is None:
            raise DataError(
                f"{folder}: found {found[0].name}/0 … {found[0].name}/9, expected train/0 … beside it"
            )
        return PartFolders(found, [part for part in inside if part not in found])
    return PartFolders([folder] if _has_digits(folder) else [], [])


def read_picture_folders(folder: Path, *, progress: bool = False) -> LoadedDataset:
    """Read a folder for which `find_parts` found something.

    Args:
        folder: the folder.
        progress: whether to show on stderr how far it is.

    Raises:
        DataError: the part for training lacks a digit, or pictures are damaged, of another size or missing.
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
    images = _read_small_pictures([picture.path for picture in everything], progress=progress)
    inverted, odd = turn_to_light_ink(images)
    if inverted:
        remarks.append(f"{folder}: dark ink on light, so all pictures were inverted")
    if odd:
        remarks.append(
            f"{folder}: {len(odd):,} of {len(everything):,} pictures look as if they were "
            f"the other way round, first {everything[odd[0]].path}"
        )
    labels = np.array([picture.label for picture in everything], np.uint8)
    first = slice(len(lists[0]))
    train = Dataset(images[first], labels[first], str(parts.folders[0]))
    test = None
    counts, names = f"{len(train):,}", "0 … 9"
    if len(lists) == 2:
        second = slice(len(lists[0]), None)
        test = Dataset(images[second], labels[second], str(parts.folders[1]))
        counts += f" + {len(test):,}"
    if parts.folders != [folder]:
        names = ", ".join(f"{part.name}/0 … {part.name}/9" for part in parts.folders)
    ink = "dark ink on light, inverted" if inverted else "light ink on dark"
    return LoadedDataset(
        train,
        test,
        source=f"{counts} pictures from {folder} (folders {names}; {ink})",
        name=folder.resolve().name,
        notice="\n".join(remarks) or None,
    )


def _folders(folder: Path) -> list[Path]:
    try:
        return [path for path in entries(folder) if path.is_dir() and not is_ignored(path)]
    except OSError as error:
        raise DataError(f"{folder}: cannot be read: {error.strerror or error}") from error


def _has_digits(folder: Path) -> bool:
    return any(path.name in DIGIT_NAMES for path in _folders(folder))


def _read_small_pictures(paths: Sequence[Path], *, progress: bool) -> Pixels:
    """The brightness of pictures of 28 × 28 pixels, 0 black to 255 white: (pictures, 28, 28).

    They are read one after the other, each in a tenth of a millisecond. Photos are read on all cores; but
    processes must not be started from a script that a person wrote without a thought of them, and data sets
    are read there.

    Raises:
        DataError: pictures are missing, damaged or of another size; a line for each of the first ones.
    """
    from tqdm import tqdm  # these two here, because most data sets are not pictures

    from mnist_ocr.images import load_picture

    images = np.empty((len(paths), 28, 28), np.uint8)
    faults: list[str] = []
    # A file that collects stderr gets the beginning and the end of a bar, not a picture of every instant.
    interval = 0.1 if sys.stderr.isatty() else 60
    with tqdm(paths, unit=" pictures", dynamic_ncols=True, mininterval=interval, disable=not progress) as bar:
        for number, path in enumerate(bar):
            try:
                picture = load_picture(path)
                if (picture.width, picture.height) != (28, 28):
                    size = f"{picture.width} × {picture.height}"
                    raise DataError(f"{path} is {size} pixels, expected 28 × 28; resize it first")
            except InputError as error:
                faults.append(one_line(error, LONGEST_FAULT))  # a name may have several
                if len(faults) == FAULTS_SHOWN:
                    break
            else:
                images[number] = np.rint(picture.grey)
    if faults:
        raise DataError("\n".join(faults))
    return images


def turn_to_light_ink(images: Pixels) -> tuple[bool, list[int]]:
    """Invert all images, in place, if most of them have dark ink.

    Args:
        images: brightness, (count, 28, 28); the training and test images of one data set.

    Returns:
        Whether they were inverted, and the numbers of the images that seemed to be the other way round.
    """
    votes = dark_on_light(images)
    inverted = int(votes.sum(dtype=np.int64)) > 0
    if inverted:
        np.subtract(255, images, out=images)
    return inverted, np.flatnonzero(votes == (-1 if inverted else 1)).tolist()


def dark_on_light(images: Pixels) -> npt.NDArray[np.int8]:
    """What each picture says by itself.

    Args:
        images: brightness, (count, 28, 28).

    Returns:
        (count,): 1 for dark ink on light ground, -1 for the opposite, 0 where there is no telling.
    """
    lines = (images[:, 0], images[:, -1], images[:, 1:-1, 0], images[:, 1:-1, -1])
    border_total = sum(line.sum(axis=1, dtype=np.int64) for line in lines)
    border_count = sum(line.shape[1] for line in lines)
    total = images.sum(axis=(1, 2), dtype=np.int64)
    difference = border_total * images[0].size - total * border_count
    votes: npt.NDArray[np.int8] = np.sign(difference).astype(np.int8)
    return votes
