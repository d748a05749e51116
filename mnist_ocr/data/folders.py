"""Data sets of pictures in folders named after the digits: 0 … 9, or train/0 …, test/0 ….

Every format that the program opens can be used, and colours are converted to grey as in every other picture.
A picture that cannot be read is left out, and the data set's notice says which it was and why.

Where all pictures have 28 × 28 pixels, they are taken for a data set like MNIST: nothing is moved or resized.
They may have light ink on a dark background, as in MNIST, or dark ink on a light one: all pictures of a data
set vote on which it is (`orientation`).

Where a picture has another size, all of them are photos, scans or drawings, and each is read as `inference`
reads one: its ink is found, and brought to the size, the place and the width of stroke that MNIST has.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mnist_ocr.data.dataset import DataError, Dataset, LoadedDataset, loaded_from, reading
from mnist_ocr.data.orientation import turn_to_light_ink
from mnist_ocr.data.pictures import DIGIT_NAMES, LabelledPicture, entries, is_ignored, read_class_folders
from mnist_ocr.errors import InputError, one_line
from mnist_ocr.files import is_folder

TRAIN_NAMES = ("train", "training")
TEST_NAMES = ("test", "testing")
"""Names of the folders of the two parts, in capital or small letters."""

FAULTS_SHOWN = 20
"""Pictures that could not be read and are named one by one; of the others, only how many there are."""

SEVERAL = 0.8
"""How likely a picture that is left out shows several digits. Its folder says one, so a doubt is not
enough."""

LONGEST_FAULT = 500
"""Characters of the message about one picture."""

Pixels = npt.NDArray[np.uint8]

_Read = tuple[Pixels | None, str]
"""What was read from a picture, or why nothing was."""


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

    Raises:
        DataError: the training pictures lack a digit, or none of the pictures can be read.
    """
    parts = find_parts(folder)
    lists: list[list[LabelledPicture]] = []
    remarks: list[str | None] = []
    for part in parts:
        pictures, remark = read_class_folders(part)
        missing = sorted(set(range(10)) - {picture.label for picture in pictures})
        if missing and part != folder and part == parts[0]:
            numbers = ", ".join(map(str, missing))
            raise DataError(
                f"{part}: no pictures of {numbers}: expected some in each of the subfolders 0 to 9"
            )
        lists.append(pictures)
        remarks.append(remark)
    unused = [] if parts == [folder] else [part.name for part in _folders(folder) if part not in parts]
    if unused:
        remarks.append(f"{folder}: not used: {', '.join(unused)}")

    everything = [picture for pictures in lists for picture in pictures]
    read, as_they_are = _read_pictures([picture.path for picture in everything], progress=progress)
    faults = [fault for pixels, fault in read if pixels is None]
    if len(faults) == len(everything):
        raise DataError("\n".join([f"{folder}: none of the pictures can be read:", *_some(faults)]))
    if faults:
        remarks.append("\n".join([f"{folder}: left out, because they cannot be read:", *_some(faults)]))
    kept = [picture for picture, (pixels, _) in zip(everything, read, strict=True) if pixels is not None]
    images = np.array([pixels for pixels, _ in read if pixels is not None])
    ink = "each read as a photo is"
    if as_they_are:
        inverted, odd = turn_to_light_ink(images)
        ink = "dark ink on light, inverted" if inverted else "light ink on dark"
        if inverted:
            remarks.append(f"{folder}: dark ink on a light background, so all pictures were inverted")
        if odd:
            remarks.append(
                f"{folder}: {len(odd):,} of {len(kept):,} pictures seem to be inverted compared with the "
                f"others, first {kept[odd[0]].path}"
            )
    labels = np.array([picture.label for picture in kept], np.uint8)
    listed = {picture.path for picture in lists[0]}
    first = np.array([picture.path in listed for picture in kept])
    chosen = [first, ~first][: len(parts)]
    datasets = [Dataset(images[own], labels[own], str(part)) for own, part in zip(chosen, parts, strict=True)]
    names = "0 … 9"
    if parts != [folder]:
        names = ", ".join(f"{part.name}/0 … {part.name}/9" for part in parts)
    return loaded_from(folder, datasets, f"folders {names}; {ink}", remarks, "pictures")


def _folders(folder: Path) -> list[Path]:
    with reading(folder):
        return [path for path in entries(folder) if path.is_dir() and not is_ignored(path)]


def _has_digits(folder: Path) -> bool:
    return any(path.name in DIGIT_NAMES for path in _folders(folder))


def _some(faults: Sequence[str]) -> list[str]:
    """The first faults, a line each, and how many more there are."""
    more = [f"  and {len(faults) - FAULTS_SHOWN:,} more"] if len(faults) > FAULTS_SHOWN else []
    # A name may contain line breaks.
    return [*(f"  {one_line(fault, LONGEST_FAULT)}" for fault in faults[:FAULTS_SHOWN]), *more]


def _read_pictures(paths: Sequence[Path], *, progress: bool) -> tuple[list[_Read], bool]:
    """Read all pictures, as they are where all have 28 × 28 pixels, and else as `inference` reads a picture.

    They are read one after the other, without other processes: these could not be started from a person's
    script that has no `if __name__ == "__main__":`.

    Returns:
        For each its pixels, (28, 28), or None and why it cannot be read; and whether they are as they are.
    """
    found: list[_Read] = []
    bar = with_a_bar(paths, progress=progress)
    for path in bar:
        pixels, fault = _read_as_it_is(path)
        if pixels is None and not fault:  # of another size
            bar.leave = False
            bar.close()
            break
        found.append((pixels, fault))
    else:
        return found, True
    return [_read_as_inference_does(path) for path in with_a_bar(paths, progress=progress)], False


def with_a_bar(
    items: Any = None, *, total: int | None = None, progress: bool = True, unit: str = "pictures"
) -> Any:
    """A bar on stderr that shows how many of the items were looked at."""
    from tqdm import tqdm  # here, because most data sets need no bar

    # A file that collects stderr gets the first and last state of the bar only.
    often: dict[str, Any] = {"dynamic_ncols": True, "mininterval": 0.1 if sys.stderr.isatty() else 60}
    return tqdm(items, unit=f" {unit}", total=total, disable=not progress, **often)


def _read_as_inference_does(path: Path) -> _Read:
    """The digit of a picture of any size, as the default network sees it; None and why, if it has not one."""
    from mnist_ocr.images import read_digit  # here, because most data sets are not pictures

    try:
        reading = read_digit(path)
    except InputError as error:
        return None, f"{path}: {str(error).removeprefix(str(path)).lstrip(': ')}"
    if reading.several > SEVERAL:
        return None, f"{path}: seems to hold {reading.digit_count} digits, expected one"
    return reading.pixels, ""


def _read_as_it_is(path: Path) -> _Read:
    """The brightness of a picture of 28 × 28 pixels; None without a fault where it has another size."""
    from mnist_ocr.images import load_picture

    try:
        picture = load_picture(path)
    except InputError as error:
        return None, str(error)
    small = (picture.width, picture.height) == (28, 28)
    return (np.rint(picture.grey).astype(np.uint8) if small else None), ""
