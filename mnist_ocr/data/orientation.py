"""Images as the network takes them: light ink on a dark ground, rows from top to bottom.

Others publish digits with dark ink on a light ground, and EMNIST's files have every digit transposed, its
rows and columns exchanged. A network that is trained on such images reads nobody's picture. Both are seen
from the images of a data set together, and turned.

**Ground.** A digit rarely reaches the border of its image, so the border is ground, and a ground that is
lighter than the image on average has dark ink on it. Every image votes.

**Transposition.** No rule sees it, because most transposed digits look like another digit. The shipped
network knows: it reads hardly any transposed image, and nearly all of them when they are turned back.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from mnist_ocr.data.dataset import Dataset, LoadedDataset

Transpose = Literal["auto", "yes", "no"]

Pixels = npt.NDArray[np.uint8]

MAJORITY = 0.75
"""Share of the images with dark ink above which all are inverted."""

FEWEST = 10
"""With fewer images than this, none is changed: they say little about a data set."""

ASKED = 1000
"""Images that the shipped network is asked about, at most."""

READABLE = 0.75
UNREADABLE = 0.5
"""A set is transposed if the network reads at least `READABLE` of it turned and at most `UNREADABLE` not."""


def turn_to_light_ink(images: Pixels) -> tuple[bool, list[int]]:
    """Invert all images, in place, if most of them have dark ink.

    Args:
        images: brightness, (count, 28, 28); the training and test images of one data set.

    Returns:
        Whether they were inverted, and the indices of the images that voted against the majority.
    """
    votes = dark_on_light(images)
    inverted = int(votes.sum(dtype=np.int64)) > 0
    if inverted:
        np.subtract(255, images, out=images)
    return inverted, np.flatnonzero(votes == (-1 if inverted else 1)).tolist()


def dark_on_light(images: Pixels) -> npt.NDArray[np.int8]:
    """The vote of each picture.

    Args:
        images: brightness, (count, 28, 28).

    Returns:
        (count,): 1 for dark ink on a light background, -1 for the opposite, 0 for a tie.
    """
    lines = (images[:, 0], images[:, -1], images[:, 1:-1, 0], images[:, 1:-1, -1])
    border_total = sum(line.sum(axis=1, dtype=np.int64) for line in lines)
    border_count = sum(line.shape[1] for line in lines)
    total = images.sum(axis=(1, 2), dtype=np.int64)
    difference = border_total * images[0].size - total * border_count
    votes: npt.NDArray[np.int8] = np.sign(difference).astype(np.int8)
    return votes


def turned(digits: LoadedDataset, transpose: Transpose = "auto") -> LoadedDataset:
    """The data set with light ink and its rows from top to bottom; its notice says what was changed.

    Args:
        digits: as it was read.
        transpose: "yes" and "no" decide whether rows and columns are exchanged; "auto" asks the network.
    """
    parts = [digits.training, *([digits.test] if digits.test else [])]
    remarks = [digits.notice] if digits.notice else []
    votes = np.concatenate([dark_on_light(part.images) for part in parts])
    if len(votes) >= FEWEST and np.count_nonzero(votes == 1) > MAJORITY * np.count_nonzero(votes):
        parts = [replace(part, images=255 - part.images) for part in parts]
        remarks.append(f"{digits.name}: dark ink on a light ground, so all images were inverted")
    if transpose == "yes" or (transpose == "auto" and _looks_transposed(parts[0])):
        parts = [replace(part, images=part.images.transpose(0, 2, 1).copy()) for part in parts]
        found = "as asked" if transpose == "yes" else "the digits were transposed, as those of EMNIST are"
        remarks.append(f"{digits.name}: rows and columns of all images were exchanged ({found})")
    training, test = parts[0], parts[1] if digits.test else None
    return replace(digits, training=training, test=test, notice="\n".join(remarks) or None)


def _looks_transposed(part: Dataset) -> bool:
    if len(part) < FEWEST:
        return False
    from mnist_ocr.graph import Network  # these are imported here: MNIST itself needs no such check

    some = np.linspace(0, len(part) - 1, min(len(part), ASKED)).astype(np.intp)
    images, labels = part.images[some] / np.float32(255), part.labels[some]
    network = Network.load("default")
    as_it_is, turned_back = (
        float((network.predict(view.reshape(len(view), -1)) == labels).mean())
        for view in (images, images.transpose(0, 2, 1))
    )
    return turned_back >= READABLE and as_it_is <= UNREADABLE
