"""Picture files that are already in the form of MNIST's: 28 × 28 pixels, nothing to be found or moved.

They are read one after the other, each in a tenth of a millisecond. Photos are read on all cores; but
processes must not be started from a script that a person wrote without a thought of them, and data sets are
read there.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mnist_ocr.data.dataset import DataError
from mnist_ocr.errors import InputError, one_line

FAULTS_SHOWN = 5
"""Pictures named before the rest is left unread: enough to see whether it is one file or all of them."""

LONGEST_FAULT = 500
"""Characters of the line about one."""


def read_small_pictures(paths: Sequence[Path], *, progress: bool = False) -> npt.NDArray[np.uint8]:
    """The brightness of pictures of 28 × 28 pixels.

    Args:
        paths: files in any format that the program opens.
        progress: whether to show on stderr how far it is.

    Returns:
        (pictures, 28, 28), 0 black to 255 white.

    Raises:
        DataError: pictures are missing, damaged, none, or of another size; a line for each of the first ones.
    """
    from tqdm import tqdm  # these two here, because most data sets are no pictures

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
