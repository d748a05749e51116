"""Data sets of pictures of 28 × 28 pixels, in folders named after the digits: 0 … 9, or train/0 …, test/0 ….

Every format that the program opens can be used, and colours are converted to grey as in every other picture.
But nothing is moved or resized: these are pictures like those of MNIST, not photos.

They may have light ink on a dark background, as in MNIST, or dark ink on a light one: all pictures of a data
set vote on which it is (`orientation`).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mnist_ocr.data.dataset import DataError, Dataset, LoadedDataset
from mnist_ocr.data.orientation import turn_to_light_ink
from mnist_ocr.data.pictures import DIGIT_NAMES, entries, is_ignored, read_class_folders
from mnist_ocr.errors import InputError, one_line
from mnist_ocr.files import is_folder

TRAIN_NAMES = ("train", "training")
TEST_NAMES = ("test", "testing")
"""Names of the folders of the two parts, in capital or small letters."""

FAULTS_SHOWN = 5
"""Faulty pictures after which reading stops: enough to see whether it is one file or all of them."""

LONGEST_FAULT = 500
"""Characters of the message about one picture."""

Pixels = npt.NDArray[np.uint8]


def find_parts(folder: Path) -> list[Path]:
    """The folders that contain 0 to 9: the folder itself, or those of the training and test pictures in it.

    Returns:
        One or two folders, training pictures first; none if the folder has another layout.

    Raises:
        DataError: a folder cannot be read, or there are test pictures but no training pictures.
    """
    if not is_folder(folder):
        return []
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
        return found
    return [folder] if _has_digits(folder) else []


def read_picture_folders(folder: Path, *, progress: bool = False) -> LoadedDataset:
    """Read a folder for which `find_parts` found something.

    Args:
        folder: the folder.
        progress: whether to show a progress bar on stderr.

    Raises:
        DataError: the training pictures lack a digit, or pictures are damaged, missing or of another size.
    """
    parts = find_parts(folder)
    lists, remarks = [], []
    for part in parts:
        pictures, remark = read_class_folders(part)
        missing = sorted(set(range(10)) - {picture.label for picture in pictures})
        if missing and part != folder and part == parts[0]:
            numbers = ", ".join(map(str, missing))
            raise DataError(
                f"{part}: no pictures of {numbers}: expected some in each of the subfolders 0 to 9"
            )
        lists.append(pictures)
        remarks += [remark] if remark else []
    unused = [] if parts == [folder] else [part.name for part in _folders(folder) if part not in parts]
    if unused:
        remarks.append(f"{folder}: not used: {', '.join(unused)}")

    everything = [picture for pictures in lists for picture in pictures]
    images = _read_small_pictures([picture.path for picture in everything], progress=progress)
    inverted, odd = turn_to_light_ink(images)
    if inverted:
        remarks.append(f"{folder}: dark ink on a light background, so all pictures were inverted")
    if odd:
        remarks.append(
            f"{folder}: {len(odd):,} of {len(everything):,} pictures seem to be inverted compared with the "
            f"others, first {everything[odd[0]].path}"
        )
    labels = np.array([picture.label for picture in everything], np.uint8)
    first = slice(len(lists[0]))
    train = Dataset(images[first], labels[first], str(parts[0]))
    test = None
    counts, names = f"{len(train):,}", "0 … 9"
    if len(lists) == 2:
        second = slice(len(lists[0]), None)
        test = Dataset(images[second], labels[second], str(parts[1]))
        counts += f" + {len(test):,}"
    if parts != [folder]:
        names = ", ".join(f"{part.name}/0 … {part.name}/9" for part in parts)
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

    They are read one after the other, each in a tenth of a millisecond, without other processes: these could
    not be started from a person's script that has no `if __name__ == "__main__":`.

    Raises:
        DataError: pictures are missing, damaged or of another size; a line for each of the first ones.
    """
    from tqdm import tqdm  # these two are imported here, because most data sets are not pictures

    from mnist_ocr.images import load_picture

    images = np.empty((len(paths), 28, 28), np.uint8)
    faults: list[str] = []
    # A file that collects stderr gets the first and last state of the bar only.
    interval = 0.1 if sys.stderr.isatty() else 60
    with tqdm(paths, unit=" pictures", dynamic_ncols=True, mininterval=interval, disable=not progress) as bar:
        for number, path in enumerate(bar):
            try:
                picture = load_picture(path)
                if (picture.width, picture.height) != (28, 28):
                    size = f"{picture.width} × {picture.height}"
                    raise DataError(f"{path} is {size} pixels, expected 28 × 28; resize it first")
            except InputError as error:
                faults.append(one_line(error, LONGEST_FAULT))  # the name may contain line breaks
                if len(faults) == FAULTS_SHOWN:
                    break
            else:
                images[number] = np.rint(picture.grey)
    if faults:
        raise DataError("\n".join(faults))
    return images
