"""Rows of numbers of any kind, for a network that is to learn something other than pictures of digits.

The learning rates of `optimizers` were found on pixels of 0..1. Other numbers are counted from other places
and in other units; `Table.of` measures them, and the training takes both into account (see `centring`), so
that the same rates suit them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mnist_ocr.graph.activations import Array

_AT_ONCE = 5000

_FEATURES_OF_UNIT_LENGTH = 50
"""About the squared length of a picture of MNIST as it differs from the mean picture, which is 52.7.

With rows that are longer, the usual learning rates are too long: 784-128-10 read 97.7 % of its validation
images after five epochs of pixels that deviate by 1, and 98.4 % when they are counted in this unit.
"""


@dataclass(frozen=True, eq=False)
class Table:
    """Rows of numbers, and the class that each belongs to.

    The network takes the rows as they are; only while it learns it sees (row - centre) / scale.

    Attributes:
        rows: (examples, features), finite numbers of any type.
        labels: (examples,), whole numbers: the output node that stands for the class, counted from 0.
        centre: (features,), where to count each feature from, such as its mean.
        scale: the unit to count in, above 0. It is one for all features, as 255 is one for all pixels: what
            differs little beside the others stays little.

    Raises:
        ValueError: the scale is no such number; of rows that are too large to be squared it is infinite.
    """

    rows: Array
    labels: npt.NDArray[np.intp]
    centre: Array
    scale: float

    def __post_init__(self) -> None:
        """Refuse a unit that nothing can be counted in."""
        if not 0 < self.scale < float("inf"):
            raise ValueError(f"scale {self.scale}: expected a number above 0; are the rows too large?")

    @classmethod
    def of(cls, rows: Array, labels: npt.NDArray[np.intp]) -> Table:
        """Measure the rows: the centre is the mean, the scale how far a feature is from it.

        That is the root of the mean square over all features. With more than 50 of them the unit grows with
        their number, so that a whole row stays as long as one of 50 features.
        """
        sums = np.zeros(rows.shape[1])
        with np.errstate(over="ignore", invalid="ignore"):
            for part in _parts(rows):
                sums += part.sum(axis=0, dtype=np.float64)
            centre = sums / len(rows)
            # Rows that are all alike have no spread; then their size tells in what unit they count.
            scale = _root_mean_square(rows, centre) or _root_mean_square(rows, np.zeros_like(centre)) or 1.0
        return cls(
            rows, labels, centre, scale * math.sqrt(max(1.0, rows.shape[1] / _FEATURES_OF_UNIT_LENGTH))
        )

    def __len__(self) -> int:
        return len(self.labels)

    def as_inputs(self, rows: Array, generator: np.random.Generator, out: Array) -> None:
        """Write rows in the unit of `scale`: for tables what an entry of `AUGMENTATIONS` is for images."""
        np.divide(rows, self.scale, out=out, dtype=out.dtype)


def _root_mean_square(rows: Array, centre: Array) -> float:
    squares = sum(float(np.square(part - centre).sum()) for part in _parts(rows))
    return math.sqrt(squares / rows.size)


def _parts(rows: Array) -> Iterator[Array]:
    return (rows[start : start + _AT_ONCE] for start in range(0, len(rows), _AT_ONCE))
