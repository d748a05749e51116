"""Pictures of many images: what a data set looks like, what nodes look for, what was read wrong.

784 numbers are understood when each is drawn where its pixel is, be they an image or the weights of a node.
As for `charts`, Matplotlib draws, and is imported when something is drawn.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mnist_ocr.errors import InputError
from mnist_ocr.graph import Layer, Network
from mnist_ocr.images import ImageError, load_picture
from mnist_ocr.report.answer import DIGITS, percent
from mnist_ocr.report.charts import (
    AGAINST,
    DOTS_PER_INCH,
    FOR,
    FRAME,
    INK,
    LARGE,
    MARGIN,
    PAPER,
    QUIET,
    SMALL,
    TINY,
    WIDTH,
    drawable,
    label_axes,
    new_figure,
)
from mnist_ocr.report.evaluate import Evaluation, Prediction
from mnist_ocr.report.explore import Exploration

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

SIDE = 28
"""Pixels of an image, across and down."""

Pixels = npt.NDArray[np.generic]


def for_and_against(middle: str = "white") -> Colormap:
    """Orange for the lowest numbers, `middle` at the middle, blue for the highest."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("against and for", [AGAINST, middle, FOR], N=257)


# Many images in one: a gallery.

GAP, CAPTION = 3, 7
"""Between two images, and above each for its name, in their pixels."""

HEAD = 0.75
"""Inches for the title above a gallery and the paper around it."""

SAMPLES = 10
"""Images of each digit on the sheet of samples."""

BESIDE = 0.46
"""Inches to the left of the samples, for the digits that they show."""

MEANS_COLUMNS = 5


def draw_means(exploration: Exploration) -> Figure:
    """The mean of the training images of each digit: what they have in common."""
    dataset = exploration.datasets["training"]
    means = np.full((DIGITS, SIDE, SIDE), np.nan)
    names = []
    for digit in range(DIGITS):
        images = dataset.images[dataset.labels == digit]
        if len(images):
            means[digit] = images.mean(axis=0)
        names.append(f"{digit}" if len(images) else f"{digit}: none")
    figure = new_figure(_gallery_height(DIGITS, MEANS_COLUMNS) + HEAD)
    axes = figure.add_subplot()
    _draw_gallery(axes, means, names, MEANS_COLUMNS, cmap="gray", vmin=0, vmax=255)
    label_axes(axes, "The mean of the training images of each digit")
    return figure


def draw_samples(exploration: Exploration, seed: int) -> Figure:
    """Some training images of each digit, a row for each; the seed decides which."""
    dataset = exploration.datasets["training"]
    generator = np.random.default_rng(seed)
    images = np.full((DIGITS, SAMPLES, SIDE, SIDE), np.nan)
    names = [""] * DIGITS * SAMPLES
    for digit in range(DIGITS):
        indices = np.flatnonzero(dataset.labels == digit)
        chosen = np.sort(generator.choice(indices, min(SAMPLES, len(indices)), replace=False))
        images[digit, : len(chosen)] = dataset.images[chosen]
        names[digit * SAMPLES : digit * SAMPLES + len(chosen)] = [f"{index}" for index in chosen]
    figure = new_figure(_gallery_height(DIGITS * SAMPLES, SAMPLES, BESIDE) + HEAD)
    axes = figure.add_subplot()
    _draw_gallery(axes, images.reshape(-1, SIDE, SIDE), names, SAMPLES, cmap="gray", vmin=0, vmax=255)
    middles = [digit * (SIDE + CAPTION) + CAPTION + SIDE / 2 for digit in range(DIGITS)]
    axes.set_yticks(middles, [str(digit) for digit in range(DIGITS)])
    label_axes(axes, "Some training images, and the index of each, from 0", "", "label")
    return figure


def _draw_gallery(
    axes: Axes, images: npt.NDArray[np.floating], names: Sequence[str], columns: int, **colours: Any
) -> AxesImage:
    """Put images in rows, each with its name above.

    They are one image to Matplotlib: a chart for each of a hundred would take seconds.

    Args:
        axes: filled by the images; has no ticks afterwards.
        images: (count, 28, 28).
        names: (count,).
        columns: images in a row.
        colours: which colours the numbers have, as `Axes.imshow` wants it: cmap, vmin, vmax.

    Returns:
        What a colour bar can be made of.
    """
    across, down = _gallery_size(len(images), columns)
    sheet = np.full((down, across), np.nan)  # what is no number is not drawn: the paper shows
    for number, (image, name) in enumerate(zip(images, names, strict=True)):
        row, column = divmod(number, columns)
        top, left = row * (SIDE + CAPTION) + CAPTION, column * (SIDE + GAP)
        sheet[top : top + SIDE, left : left + SIDE] = image
        # Half a pixel to the left and up, because the middle of a pixel is where its number points. The
        # letters are so small that a name is no wider than what it stands above.
        size = min(LARGE, TINY * 12 / columns)
        axes.text(left - 0.5, top - 1.5, drawable(name), size=size, color=INK, parse_math=False)
    drawn = axes.imshow(sheet, interpolation="nearest", **colours)
    axes.set_xticks([])
    axes.set_yticks([])
    return drawn


def _gallery_size(images: int, columns: int) -> tuple[int, int]:
    """Pixels of a gallery, across and down."""
    return columns * (SIDE + GAP) - GAP, math.ceil(images / columns) * (SIDE + CAPTION)


def _gallery_height(images: int, columns: int, beside: float = 0) -> float:
    """How many inches high a gallery is that fills the width of a sheet, but for the inches beside it."""
    across, down = _gallery_size(images, columns)
    return (WIDTH - 2 * MARGIN - beside) * down / across


# The weights of nodes.

MOST_NODES = 144
"""On a sheet: more of them become too small to be looked at."""

FEWEST_COLUMNS, MOST_COLUMNS = 5, 12

FULL_COLOUR_FROM = 99.5
"""The percentile of all weights drawn, without their signs, that gets full colour: a few stray ones are far
larger, and would make all others pale."""

LONGEST_NAME = 9
"""Letters above the weights of a node."""

REST = 1.5
"""Inches above and below the weights: the title, and the scale of colours."""


def draw_weights(network: Network, most: int = MOST_NODES) -> Figure:
    """Draw what the nodes right above the pixels look for: the weights of each as a picture.

    A node adds up weight times pixel. Drawn where its pixel is, a weight says what ink does there: where it
    is blue, ink speaks for the node, where it is orange, against it. All nodes share one scale of colours,
    so a pale node is a weak one.

    Args:
        network: 784 inputs; what its first layer of nodes is followed by does not matter.
        most: how many nodes are drawn. Of more, those that count most are: the length (Euclidean norm) of a
            node's incoming weights times that of its outgoing ones. One of the two alone would not say it: a
            relu node with weights twice as large below and half as large above does the same.

    Raises:
        InputError: the inputs are no image of 28 x 28 pixels.
    """
    layer = network.layers[1]
    if network.input.size != SIDE * SIDE:
        raise InputError(
            f"the weights of a node are a picture if it looks at {SIDE} x {SIDE} pixels, "
            f"and this network has {network.input.size} inputs"
        )
    strongest = np.argsort(-_strengths(layer), kind="stable")[:most]
    indices = np.sort(strongest)  # in the order of the model file, where people look for them
    weights = layer.weights[indices].astype(np.float64)
    largest = float(np.percentile(np.abs(weights), FULL_COLOUR_FROM)) or 1.0
    columns = min(max(math.ceil(math.sqrt(len(indices))), FEWEST_COLUMNS), MOST_COLUMNS)
    names = [_short(layer.node_names.get(index, f"[{index}]")) for index in indices.tolist()]

    figure = new_figure(_gallery_height(len(indices), columns) + REST)
    axes = figure.add_subplot()
    scale = {"cmap": for_and_against(PAPER), "vmin": -largest, "vmax": largest}
    drawn = _draw_gallery(axes, weights.reshape(-1, SIDE, SIDE), names, columns, **scale)
    which = f"the {len(indices)} strongest of " if len(indices) < layer.size else ""
    name = drawable(layer.name)
    title = f"What {which}{layer.size:,} nodes look for: {name}[…], layers[1] of the model file"
    label_axes(axes, title)
    _draw_scale(figure, drawn, largest)
    return figure


def _strengths(layer: Layer) -> npt.NDArray[np.float64]:
    """How much each node of a layer counts, (size,)."""
    strengths = np.linalg.norm(layer.weights.astype(np.float64), axis=1)
    if layer.next is not None:
        strengths *= np.linalg.norm(layer.next.weights.astype(np.float64), axis=0)
    return np.asarray(strengths, np.float64)


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"


def _draw_scale(figure: Figure, drawn: AxesImage, largest: float) -> None:
    scale = figure.colorbar(
        drawn,
        ax=drawn.axes,
        location="bottom",
        extend="both",
        ticks=[part * largest for part in (-1, -0.5, 0, 0.5, 1)],
        format="{x:.2g}",
        fraction=0.2 / figure.get_figheight(),
        pad=0.12 / figure.get_figheight(),
    )
    words = "weight: ink there speaks against the node (orange) or for it (blue)"
    scale.set_label(words, size=SMALL, color=INK)
    scale.ax.tick_params(length=0, labelsize=SMALL, labelcolor=INK)


# A sheet on which everything has a fixed place, in points: hundredths of an inch from its upper left corner.

POINTS = 100
"""In an inch."""

PAGE = round(POINTS * WIDTH)

EDGE = 34.0
"""Points of paper around everything."""

TITLE, HEADING, NOTE = 22, 11, 9
"""Sizes of letters."""


def new_sheet(height: float) -> tuple[Figure, Axes]:
    """A sheet of `PAGE` x `height` points, and the axes that span it and are measured in points."""
    from matplotlib.figure import Figure

    figure = Figure((WIDTH, height / POINTS), DOTS_PER_INCH, facecolor=PAPER)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set_autoscale_on(False)
    axes.set_xlim(0, PAGE)
    axes.set_ylim(height, 0)
    return figure, axes


def write(
    axes: Axes,
    x: float,
    y: float,
    words: str,
    size: float,
    colour: str = INK,
    *,
    room: float = PAGE,
    end: bool = False,
) -> None:
    """Write one line from x on, or with `end` up to it; what is wider than `room` points ends in "…"."""
    shown = drawable(words)
    text = axes.text(x, y, shown, size=size, color=colour, ha="right" if end else "left", parse_math=False)
    while shown and (width := text.get_window_extent().width * POINTS / DOTS_PER_INCH) > room:
        shown = shown[: min(int(len(shown) * room / width), len(shown) - 1)]
        text.set_text(shown + "…")


def put(axes: Axes, x: float, y: float, side: float, pixels: Pixels | None, **colours: Any) -> None:
    """Put an image in the middle of a square, as large as fits; of none, the square alone is drawn.

    Args:
        axes: of a sheet.
        x: left end of the square, in points.
        y: its upper end.
        side: of the square.
        pixels: (height, width) or (height, width, 3).
        colours: which colours the numbers have, as `Axes.imshow` wants it.
    """
    axes.barh(y, side, side, left=x, align="edge", color=FRAME)
    if pixels is not None:
        height, width = (side * length / max(pixels.shape[:2]) for length in pixels.shape[:2])
        left, top = x + (side - width) / 2, y + (side - height) / 2
        extent = (left, left + width, top + height, top)
        axes.imshow(pixels, extent=extent, aspect="auto", zorder=2, **colours)


# What was read wrong.

MOST_MISSES = 64
"""On a sheet; beyond this nobody looks at each."""

SMALL_SQUARE, SMALL_GAP = 90.0, 4.0
"""Of an image, and between the two of a miss; in points."""

TOP, CAPTIONS, BOTTOM = 116.0, 78.0, 14.0
"""Above the first row, below the images of each, and below the last."""


def draw_contact_sheet(evaluation: Evaluation) -> Figure:
    """Draw what was given, what the network saw of it and what it said, for everything that was read wrong.

    First come those that the network was surest of, last those that it could not see. One look tells whose
    fault a miss is: the ink that was found on the picture, the network that took a clear digit for another
    one, or the label.
    """
    misses = sorted(
        (prediction for prediction in evaluation.predictions if not prediction.correct), key=_doubt
    )
    shown = misses[:MOST_MISSES]
    from_files = any(miss.path for miss in shown)
    across, cell = (4, 2 * SMALL_SQUARE + SMALL_GAP) if from_files else (8, SMALL_SQUARE)
    step = cell + (PAGE - 2 * EDGE - across * cell) / (across - 1)
    figure, axes = new_sheet(TOP + math.ceil(len(shown) / across) * (SMALL_SQUARE + CAPTIONS) + BOTTOM)
    write(axes, EDGE, 56, f"{len(misses):,} of {len(evaluation.predictions):,} were read wrong", TITLE)
    write(axes, EDGE, 84, _how_to_look(len(misses), from_files), HEADING, QUIET)
    for number, miss in enumerate(shown):
        row, column = divmod(number, across)
        x, y = EDGE + column * step, TOP + row * (SMALL_SQUARE + CAPTIONS)
        for place, pixels in enumerate([_given(miss), miss.pixels] if from_files else [miss.pixels]):
            left = x + place * (SMALL_SQUARE + SMALL_GAP)
            put(axes, left, y, SMALL_SQUARE, pixels, cmap="gray", vmin=0, vmax=255)
        _write_captions(axes, x, y + SMALL_SQUARE, cell, miss)
    return figure


def _doubt(miss: Prediction) -> float:
    return 1 - miss.answer.confidence if miss.answer else math.inf


def _how_to_look(misses: int, from_files: bool) -> str:
    if misses == 0:
        return "There is nothing to show."
    what = "On the left what was given, on the right what the network saw. " if from_files else ""
    first = (
        f"The {MOST_MISSES} it was surest of." if misses > MOST_MISSES else "First those it was surest of."
    )
    return what + first


def _write_captions(axes: Axes, x: float, y: float, room: float, miss: Prediction) -> None:
    if miss.answer:
        verdict = f"{miss.label} read as {miss.answer.digit}"
        how = f"{percent(miss.answer.confidence)}, {'sure' if miss.answer.sure else 'not sure'}"
    else:
        verdict, how = f"{miss.label} not read", miss.reason
    room += 6  # half of the gap to the next one, so that "94.1 %, not sure" fits
    write(axes, x, y + 19, verdict, HEADING, AGAINST, room=room)
    write(axes, x, y + 36, how, NOTE - 1, room=room)
    write(axes, x, y + 51, miss.name, NOTE - 1, QUIET, room=room)


def _given(miss: Prediction) -> Pixels | None:
    """The picture file in grey; None where it cannot be read."""
    try:
        return None if miss.path is None else load_picture(miss.path).grey
    except ImageError:
        return None
