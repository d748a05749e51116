"""Loading what `--dataset` names: MNIST, synthetic digits, or a person's own files.

"auto" loads MNIST, or synthetic digits where MNIST is neither stored nor can be downloaded; the notice then
says so, because an accuracy on synthetic digits is not one on MNIST. "mnist" fails instead.

A path is read by the first layout in `LAYOUTS` that recognises it. Images without labels, about which a
network is asked when nobody knows the answers yet, are a table of 784 columns (the test.csv of a
competition), a file of IDX images, an `.npy` file, or a data set in any of these layouts, whose labels are
then not looked at.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from mnist_ocr.data import idx
from mnist_ocr.data.csv import list_tables, read_csv_file, read_csv_folder, read_unlabelled_table
from mnist_ocr.data.dataset import DataError, Dataset, DownloadError, LoadedDataset, UnlabelledError
from mnist_ocr.data.folders import find_parts, read_picture_folders
from mnist_ocr.data.mnist import load_mnist
from mnist_ocr.data.numpy_files import is_numpy_file, read_numpy, read_numpy_images
from mnist_ocr.data.orientation import Transpose, turn_to_light_ink, turned
from mnist_ocr.data.parquet import is_parquet, read_parquet
from mnist_ocr.data.splits import overlap
from mnist_ocr.files import IS_ADDRESS, is_address, is_there

SYNTHETIC_COUNT = 60_000
"""As many as MNIST has; with 20,000, a third of the time, a network is about one percent less accurate."""

SYNTHETIC_TEST_COUNT = 2_000


class Layout(NamedTuple):
    """One way in which people keep labelled digits.

    Attributes:
        description: for the message that lists the known layouts.
        recognise: whether the path looks like this layout, even if its content is faulty.
        read: reads the digits or raises a DataError; the second argument is whether to show progress.
    """

    description: str
    recognise: Callable[[Path], bool]
    read: Callable[[Path, bool], LoadedDataset]


LAYOUTS = (
    Layout(
        f"a folder with the IDX files {', '.join(file.name for file in idx.IDX_FILES)}, with or without .gz",
        idx.has_idx_files,
        lambda path, progress: idx.read_idx_folder(path),
    ),
    Layout(
        "a folder with pictures in the subfolders 0 to 9, or train/0 … and test/0 …",
        lambda path: bool(find_parts(path)),
        lambda path, progress: read_picture_folders(path, progress=progress),
    ),
    Layout(
        "a NumPy archive .npz with x_train, y_train, x_test, y_test (as Keras's) or images and labels; or "
        "the same arrays as .npy files, in one folder",
        is_numpy_file,
        lambda path, progress: read_numpy(path),
    ),
    Layout(
        "a Parquet file with the columns image and label, or a folder with train….parquet and test….parquet",
        is_parquet,
        lambda path, progress: read_parquet(path, progress=progress),
    ),
    Layout(
        "a folder with CSV files, one with train in its name and perhaps one with test",
        lambda path: path.is_dir() and bool(list_tables(path)),
        lambda path, progress: read_csv_folder(path),
    ),
    Layout(
        "an IDX file of images (…images-idx3-ubyte), with its labels beside it",
        idx.is_idx_name,
        lambda path, progress: idx.read_idx_pair(path),
    ),
    Layout(
        "a CSV file with a row for each image: the label, then 784 pixels from 0 to 255; with or without a "
        "header, gzipped or not",
        Path.is_file,  # the last layout: if a file is not CSV either, reading it says what was found
        lambda path, progress: read_csv_file(path),
    ),
)


def load_dataset(
    dataset: str = "auto",
    data_dir: str | Path | None = None,
    *,
    seed: int = 0,
    progress: bool = True,
    synthetic_count: int = SYNTHETIC_COUNT,
    transpose: Transpose = "auto",
) -> LoadedDataset:
    """Load what `--dataset` names.

    Args:
        dataset: "auto", "mnist", "synthetic" or a path.
        data_dir: where MNIST is; None looks into the usual folders, then downloads.
        seed: of the synthetic digits.
        progress: whether to show the progress of long operations on stderr.
        synthetic_count: the number of synthetic training images; `SYNTHETIC_TEST_COUNT` more are test images.
        transpose: whether the rows and columns of the images at a path are exchanged; see `orientation`.

    Raises:
        DataError: the file or folder cannot be used.
        DownloadError: "mnist" is not stored and cannot be downloaded.
    """
    if dataset == "synthetic":
        return _draw_dataset(synthetic_count, seed, progress)
    if dataset == "mnist":
        return load_mnist(data_dir, progress=progress)
    if dataset == "auto":
        try:
            return load_mnist(data_dir, progress=progress)
        except DownloadError as error:
            drawn = _draw_dataset(synthetic_count, seed, progress)
            return replace(drawn, notice=f"NOT MNIST but digits drawn by the program, because {error}")
    return read_path(Path(dataset), progress=progress, transpose=transpose)


def read_path(path: Path, *, progress: bool = False, transpose: Transpose = "auto") -> LoadedDataset:
    """Read a person's own digits, in the first layout that recognises them; `transpose` as `load_dataset`.

    Returns:
        The digits, with light ink on a dark ground; their notice says what was changed for that, and how many
        test images are also training images, if any.

    Raises:
        DataError: there is nothing at `path`, no layout recognises it, or its content is faulty.
    """
    if not is_there(path):
        what = IS_ADDRESS if is_address(path) else "nothing is there"
        raise DataError(f'dataset "{path}": expected auto, mnist, synthetic or a path; {what}')
    layout = next((layout for layout in LAYOUTS if layout.recognise(path)), None)
    if layout is None:
        tried = "\n".join(f"  {layout.description}" for layout in LAYOUTS)
        raise DataError(f"{path}: no known layout of labelled digits; looked for\n{tried}")
    digits = turned(layout.read(path, progress), transpose)
    if digits.test is None or not (count := overlap(digits.training, digits.test)):
        return digits
    copies = f"{count:,} of {len(digits.test):,} test images are training images, too"
    return replace(digits, notice="\n".join(filter(None, (digits.notice, copies))))


def read_part(path: Path, *, progress: bool = False, transpose: Transpose = "auto") -> LoadedDataset:
    """Read a file or folder that has one part of the data only, such as the test images.

    Returns:
        A data set without test images.

    Raises:
        DataError: as `read_path`; or it has training and test images, and it is not clear which are meant.
    """
    digits = read_path(path, progress=progress, transpose=transpose)
    if digits.test is not None:
        raise DataError(
            f"{path}: expected a file or folder with one part, found two, {digits.training.source} "
            f"and {digits.test.source}: name one of them"
        )
    return digits


def read_unlabelled(path: Path, *, progress: bool = False) -> tuple[npt.NDArray[np.uint8], str, str | None]:
    """Read the images of a file or folder; of a data set with test images, those.

    Returns:
        The images, (count, 28, 28), 0 for background to 255 for ink; where they come from, in words; and what
        a person should know about them, or None.

    Raises:
        DataError: it cannot be read, or is none of the known layouts.
    """
    if idx.is_idx_name(path) and "idx3" in path.name:
        images = idx.read_idx(path, idx.IMAGES).copy()
    elif path.suffix.lower() == ".npy" and path.is_file():
        images = read_numpy_images(path).copy()
    else:
        try:
            loaded = read_path(path, progress=progress)
        except UnlabelledError:
            images = read_unlabelled_table(path)
        else:
            part = loaded.training if loaded.test is None else loaded.test
            return part.images, part.source, loaded.notice
    if len(images) == 0:
        raise DataError(f"{path}: expected at least one image, found none")
    inverted, _ = turn_to_light_ink(images)
    notice = f"{path}: dark ink on a light background, so all images were inverted" if inverted else None
    return images, f"{len(images):,} images from {path}", notice


def synthetic_digits(count: int, seed: int) -> Dataset:
    """Draw `count` synthetic digits."""
    from mnist_ocr.data.synthetic import draw_digits  # here, because most runs do not need it

    return Dataset(*draw_digits(count, seed), f"digits drawn by the program with seed {seed}")


def _draw_dataset(count: int, seed: int, progress: bool) -> LoadedDataset:
    """Draw `count` training images and other test images, from independent random generators."""
    if progress:
        print(f"drawing {count + SYNTHETIC_TEST_COUNT:,} digits …", file=sys.stderr, flush=True)
    train_seed, test_seed = map(int, np.random.SeedSequence(seed).generate_state(2))
    source = f"digits drawn by the program with seed {seed}"
    train = replace(synthetic_digits(count, train_seed), source=source)
    test = replace(synthetic_digits(SYNTHETIC_TEST_COUNT, test_seed), source=source)
    return LoadedDataset(train, test, source, name=source)
