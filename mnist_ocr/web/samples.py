"""Pictures for whoever would rather look first: digits that the program draws, a row of them, a photo."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from mnist_ocr.data.synthetic import draw_digits

PHOTO = Path(__file__).resolve().parents[2] / "git" / "seven.png"
"""A seven on squared paper; only a checkout has it."""

ROW = (3, 1, 4)
SEED = 2
"""Of digits that are written plainly; not every hand of the program's does so."""

ENLARGED = 10
"""Pixels of the sheet, across and down, for each of the drawn digit."""

_ENOUGH = 40
"""Drawn digits, among which each of the ten is found."""


def sample_names() -> list[str]:
    """What there is to choose from."""
    row = " ".join(map(str, ROW))
    return [*map(str, range(10)), row, *(["photo"] if PHOTO.is_file() else [])]


def sample(name: str) -> bytes | npt.NDArray[np.uint8]:
    """The picture of a name: a file, or its brightness, (height, width), 0 black to 255 white."""
    if name == "photo":
        return PHOTO.read_bytes()
    return np.hstack([_sheet(int(digit)) for digit in name.split()])


@cache
def _sheet(digit: int) -> npt.NDArray[np.uint8]:
    """A digit of the program's own hand in dark ink on a white sheet, (280, 280)."""
    images, labels = draw_digits(_ENOUGH, SEED)
    ink = Image.fromarray(images[np.flatnonzero(labels == digit)[0]])
    side = ENLARGED * ink.width
    sheet: npt.NDArray[np.uint8] = 255 - np.asarray(ink.resize((side, side), Image.Resampling.BICUBIC))
    return sheet
