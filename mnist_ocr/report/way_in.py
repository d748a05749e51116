"""The way from what somebody gave to what the network saw, as four pictures.

Where an answer is wrong, one of them shows the place: ink that was taken for paper, a smudge that was taken
for ink, a box around half of a digit.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from mnist_ocr.images import Reading
from mnist_ocr.report.canvas import AGAINST, FOR, in_grey

FADED = 0.25
"""What is left of the picture's contrast where its ink is marked."""


class Panel(NamedTuple):
    """One picture of the way.

    Attributes:
        heading: what it shows.
        note: how to look at it.
        colours: its pixels, (height, width, 3), uint8.
    """

    heading: str
    note: str
    colours: npt.NDArray[np.uint8]


def way_in(reading: Reading) -> tuple[Panel, ...]:
    """What was given, the ink that was found, the box around it, and the 28 x 28 pixels."""
    grey, kept, dropped = reading.stages.grey, reading.stages.kept, reading.stages.dropped
    marked = in_grey(255 - (255 - grey) * FADED)
    box = "the box around the ink"
    if kept.all():
        found, box = "not searched for", "the whole picture"
    else:
        found = "blue: kept, orange: dropped" if dropped.any() else "blue: all of it was kept"
        marked[kept], marked[dropped] = FOR, AGAINST
    rows, columns = np.nonzero(kept.any(axis=1))[0], np.nonzero(kept.any(axis=0))[0]
    cut = grey[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return (
        Panel("What you gave", "in grey, upright", in_grey(grey)),
        Panel("The ink that was found", found, marked),
        Panel("Cut out", box, in_grey(cut)),
        Panel("What the network saw", "28 x 28 pixels, white is ink", in_grey(reading.pixels)),
    )
