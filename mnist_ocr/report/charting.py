"""What all charts share: a sheet of one width, its letters and colours, and many small pictures in one.

Charts are drawn with Matplotlib, straight into a figure of their own: no window, no state that other
drawings share. The two strong colours are apart for every kind of colour vision (Okabe and Ito, 2008), and
never alone: a number, a place or a kind of line says the same.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
import numpy.typing as npt

from mnist_ocr.errors import InputError
from mnist_ocr.report.canvas import INK, PAPER, Colour

if TYPE_CHECKING:  # Matplotlib takes longer to import than most pictures take to read
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

WIDTH = 8.8
"""In inches of 100 points each: the width of a README."""

DOTS_PER_INCH = 200
"""Two pixels a point, sharp on screens that show them."""

MARGIN = 0.2
"""Around a chart, in inches."""

LARGE, SMALL, TINY = 13, 11, 9
"""Sizes of letters."""

SIDE = 28
"""Pixels of a small picture, across and down."""

GAP, CAPTION = 3, 7
"""Between two small pictures, and above each for its name, in their pixels."""


def require_matplotlib() -> None:
    """Make sure that charts can be drawn.

    Raises:
        InputError: Matplotlib is not installed; the message says how to install it.
    """
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        raise InputError("the charts are drawn by Matplotlib: pip install 'matplotlib>=3.10'") from None


def new_figure(height: float) -> Figure:
    """A sheet of paper, `WIDTH` wide and `height` inches high."""
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    layout = ConstrainedLayoutEngine(w_pad=MARGIN, h_pad=MARGIN)
    return Figure((WIDTH, height), DOTS_PER_INCH, facecolor=shade(PAPER), layout=layout)


def save_chart(figure: Figure, file: BinaryIO) -> None:
    """Write a PNG."""
    figure.savefig(file, format="png")


def label_axes(axes: Axes, title: str, across: str = "", down: str = "", *, legend: bool = False) -> None:
    """Give a chart its title and say what its axes measure; `legend` leaves room for `legend_above`."""
    axes.set_title(title, loc="left", size=LARGE, color=shade(INK), pad=36 if legend else 12)
    axes.set_xlabel(across, size=LARGE, color=shade(INK), labelpad=8)
    axes.set_ylabel(down, size=LARGE, color=shade(INK), labelpad=8)
    axes.tick_params(length=0, labelsize=LARGE, labelcolor=shade(INK))
    axes.spines[:].set_visible(False)
    axes.set_facecolor(shade(PAPER))


def legend_above(axes: Axes, handles: Sequence[Any], names: Sequence[str]) -> None:
    """Say what the lines and bars of a chart are, between its title and what is drawn."""
    axes.legend(
        handles,
        names,
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=len(names),
        borderpad=0,
        borderaxespad=0.5,
        frameon=False,
        fontsize=SMALL,
        labelcolor=shade(INK),
    )


def shade(colour: Colour) -> tuple[float, float, float]:
    """A colour as Matplotlib wants it."""
    red, green, blue = colour
    return red / 255, green / 255, blue / 255


def gallery_height(pictures: int, columns: int, beside: float = 0) -> float:
    """How many inches high a gallery is that fills the width of a sheet, but for the inches beside it."""
    across, down = _gallery_size(pictures, columns)
    return (WIDTH - 2 * MARGIN - beside) * down / across


def draw_gallery(
    axes: Axes, pictures: npt.NDArray[np.floating], names: Sequence[str], columns: int, **colours: Any
) -> AxesImage:
    """Put small pictures in rows, each with its name above.

    They are one picture to Matplotlib: a chart for each of a hundred would take seconds.

    Args:
        axes: filled by the pictures; has no ticks afterwards.
        pictures: (count, 28, 28).
        names: (count,).
        columns: pictures in a row.
        colours: which colours the numbers have, as `Axes.imshow` wants it: cmap, vmin, vmax.

    Returns:
        What a colour bar can be made of.
    """
    across, down = _gallery_size(len(pictures), columns)
    sheet = np.full((down, across), np.nan)  # what is no number is not drawn: the paper shows
    for number, (picture, name) in enumerate(zip(pictures, names, strict=True)):
        row, column = divmod(number, columns)
        top, left = row * (SIDE + CAPTION) + CAPTION, column * (SIDE + GAP)
        sheet[top : top + SIDE, left : left + SIDE] = picture
        # Half a pixel to the left and up, because the middle of a pixel is where its number points.
        axes.text(left - 0.5, top - 1.5, name, size=_letters(columns), color=shade(INK))
    image = axes.imshow(sheet, interpolation="nearest", **colours)
    axes.set_xticks([])
    axes.set_yticks([])
    return image


def _gallery_size(pictures: int, columns: int) -> tuple[int, int]:
    """Pixels of a gallery, across and down."""
    return columns * (SIDE + GAP) - GAP, math.ceil(pictures / columns) * (SIDE + CAPTION)


def _letters(columns: int) -> float:
    """Size of the names: they may be no wider than what they stand above."""
    return min(LARGE, TINY * 12 / columns)
