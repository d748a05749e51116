"""Words beside the points of a chart, where they hide neither points nor each other.

The points come in the order of their weight: each in turn takes the first free place around it, and has no
words if there is none.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from mnist_ocr.report.canvas import INK
from mnist_ocr.report.charting import SMALL, shade

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.transforms import Bbox

_PLACES: tuple[tuple[str, str, float, float], ...] = (
    ("left", "center", 9, 0),
    ("right", "center", -9, 0),
    ("center", "bottom", 0, 9),
    ("center", "top", 0, -9),
    ("left", "bottom", 7, 7),
    ("right", "bottom", -7, 7),
    ("left", "top", 7, -7),
    ("right", "top", -7, -7),
)
"""Where words may stand, the best place first: their alignment, and how far away, in points."""


class Named(NamedTuple):
    """A point and its words.

    Attributes:
        x: its place in the figure, in pixels,
        y: from below.
        width: how far it reaches to the left and right, in points.
        height: and up and down, with its spread.
        words: what it is called; none if empty.
        group: points of the same one share their words, which stand at one of them.
    """

    x: float
    y: float
    width: float
    height: float
    words: str
    group: Hashable


def put_names(axes: Axes, points: Sequence[Named]) -> None:
    """Write the words of as many points as have room; the chart's own place has to be settled."""
    from matplotlib.transforms import Bbox

    pixels = axes.figure.dpi / 72
    inside = axes.get_window_extent()
    taken = [
        Bbox.from_bounds(x - width * pixels, y - height * pixels, 2 * width * pixels, 2 * height * pixels)
        for x, y, width, height, _, _ in points
    ]
    named = set()
    for point in points:
        if not point.words or point.group in named:
            continue
        for across, upright, right, up in _PLACES:
            label = axes.annotate(
                point.words,
                (point.x, point.y),
                (right, up),
                xycoords="figure pixels",
                textcoords="offset points",
                ha=across,
                va=upright,
                size=SMALL,
                color=shade(INK),
            )
            box = label.get_window_extent()
            if _fits(box, inside, taken):
                taken.append(box)
                named.add(point.group)
                break
            label.remove()


def _fits(box: Bbox, inside: Bbox, taken: Sequence[Bbox]) -> bool:
    contained = inside.x0 <= box.x0 and box.x1 <= inside.x1 and inside.y0 <= box.y0 and box.y1 <= inside.y1
    return contained and not any(box.overlaps(other) for other in taken)
