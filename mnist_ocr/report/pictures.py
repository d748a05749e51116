"""Pictures of many images: what a data set looks like, what nodes look for, what was read wrong.

784 numbers are understood when each is drawn where its pixel is, be they an image or the weights of a node.
Everything has a fixed place on a *sheet*: one pair of axes that spans the figure and is measured in points,
hundredths of an inch, from the upper left corner. As for `charts`, Matplotlib draws.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mnist_ocr.errors import InputError
from mnist_ocr.graph import Layer, Network
from mnist_ocr.graph.classes import class_name
from mnist_ocr.images import ImageError, load_picture
from mnist_ocr.report.answer import DIGITS, percent
from mnist_ocr.report.charts import AGAINST, DOTS_PER_INCH, FOR, FRAME, INK, PAPER, QUIET, WIDTH
from mnist_ocr.report.evaluate import Evaluation, Prediction
from mnist_ocr.report.explore import Exploration

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

POINTS = 100
"""In an inch."""

PAGE = round(POINTS * WIDTH)
EDGE = 34
"""Points from the left end of a sheet to the right one, and of paper around everything."""

TITLE, HEADING, NOTE = 22, 11, 9
"""Sizes of letters."""

GREY: dict[str, Any] = {"cmap": "gray", "vmin": 0, "vmax": 255}


def new_sheet(height: float) -> tuple[Figure, Axes]:
    """A sheet of `PAGE` x `height` points, and its axes."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure((WIDTH, height / POINTS), DOTS_PER_INCH, facecolor=PAPER)
    FigureCanvasAgg(figure)  # so that words can be measured on it
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
    room: float = PAGE - 2 * EDGE,
    end: bool = False,
) -> None:
    """Write one line from x on, or with `end` up to it; what is wider than `room` points ends in "…"."""
    shown = _drawable(words)
    # A name from outside may hold "$", which begins no formula there.
    text = axes.text(x, y, shown, size=size, color=colour, ha="right" if end else "left", parse_math=False)
    while shown and (width := text.get_window_extent().width * POINTS / DOTS_PER_INCH) > room:
        shown = shown[: min(int(len(shown) * room / width), len(shown) - 1)]
        text.set_text(shown + "…")


def _drawable(name: str) -> str:
    """A name from outside, with "?" for every character that the font cannot show."""
    from matplotlib.font_manager import FontProperties, findfont, get_font

    font = get_font(findfont(FontProperties()))
    return "".join(
        character if character.isprintable() and font.get_char_index(ord(character)) else "?"
        for character in name
    )


def put(
    axes: Axes, x: float, y: float, side: float, pixels: npt.NDArray[np.generic] | None, **colours: Any
) -> AxesImage | None:
    """Put an image in the middle of a square, as large as fits; of none, the square alone is drawn.

    Args:
        axes: of a sheet.
        x: left end of the square, in points.
        y: its upper end.
        side: of the square.
        pixels: (height, width) or (height, width, 3).
        colours: which colours the numbers have, as `Axes.imshow` wants it.
    """
    if pixels is None or pixels.shape[0] != pixels.shape[1]:
        axes.barh(y, side, side, left=x, align="edge", color=FRAME)
    if pixels is None:
        return None
    height, width = (side * length / max(pixels.shape[:2]) for length in pixels.shape[:2])
    left, top = x + (side - width) / 2, y + (side - height) / 2
    extent = (left, left + width, top + height, top)
    return axes.imshow(pixels, extent=extent, aspect="auto", zorder=2, **colours)


def for_and_against(middle: str = "white") -> Colormap:
    """Orange for the lowest numbers, `middle` at the middle, blue for the highest."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("against and for", [AGAINST, middle, FOR], N=257)


# Galleries: images in rows, each with its name above.

SIDE = 28
"""Pixels of an image, across and down."""

SAMPLES = 10
"""Images of each digit on the sheet of samples."""

HEAD, CAPTION, GAP, FOOT = 58.0, 18.0, 8.0, 28.0
"""Points for the title, above each image for its name, between two columns, and below the last row."""


def draw_means(exploration: Exploration) -> Figure:
    """The mean of the training images of each digit: what they have in common."""
    dataset = exploration.datasets["training"]
    means = []
    for digit in range(DIGITS):
        images = dataset.images[dataset.labels == digit]
        means.append(images.mean(axis=0) if len(images) else None)
    names = [f"{digit}" if mean is not None else f"{digit}: none" for digit, mean in enumerate(means)]
    figure, _ = gallery("The mean of the training images of each digit", means, names, 5, **GREY)
    return figure


def draw_samples(exploration: Exploration, seed: int) -> Figure:
    """Some training images of each digit, a row for each; the seed decides which."""
    dataset = exploration.datasets["training"]
    generator = np.random.default_rng(seed)
    images: list[npt.NDArray[np.uint8] | None] = []
    names = []
    for digit in range(DIGITS):
        indices = np.flatnonzero(dataset.labels == digit)
        chosen = np.sort(generator.choice(indices, min(SAMPLES, len(indices)), replace=False)).tolist()
        missing = SAMPLES - len(chosen)
        images += [*dataset.images[chosen], *[None] * missing]
        names += [f"{digit}: {index}" for index in chosen] + [""] * missing
    title = "Some training images of each digit: the label, and the index in the data set, from 0"
    figure, _ = gallery(title, images, names, SAMPLES, **GREY)
    return figure


def gallery(
    title: str,
    images: Sequence[npt.NDArray[Any] | None],
    names: Sequence[str],
    columns: int,
    below: float = 0,
    **colours: Any,
) -> tuple[Figure, AxesImage | None]:
    """Draw images, each (28, 28) or nothing, and leave room below them; the sheet and the last image."""
    side = (PAGE - 2 * EDGE + GAP) / columns - GAP
    rows = math.ceil(len(images) / columns)
    figure, axes = new_sheet(HEAD + rows * (CAPTION + side) + FOOT + below)
    write(axes, EDGE, 40, title, 13)
    drawn = None
    for number, (image, name) in enumerate(zip(images, names, strict=True)):
        row, column = divmod(number, columns)
        x, y = EDGE + column * (side + GAP), HEAD + row * (CAPTION + side) + CAPTION
        write(axes, x, y - 4, name, NOTE, room=side + GAP / 2)
        if image is not None:
            drawn = put(axes, x, y, side, image, interpolation="nearest", **colours)
    return figure, drawn


MOST_NODES = 144
"""Nodes on a sheet: more of them become too small to be looked at."""

FULL_COLOUR_FROM = 99.5
"""The percentile of all weights drawn, without their signs, that gets full colour: a few stray ones are far
larger, and would make all others pale."""


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
    indices = np.sort(strongest).tolist()  # in the order of the model file, where people look for them
    weights = np.asarray(layer.weights)[indices].astype(np.float64).reshape(-1, SIDE, SIDE)
    largest = float(np.percentile(np.abs(weights), FULL_COLOUR_FROM)) or 1.0
    columns = min(max(math.ceil(math.sqrt(len(indices))), 5), 12)
    names = [layer.node_names.get(index, f"[{index}]") for index in indices]
    which = f"the {len(indices)} strongest of " if len(indices) < layer.size else ""
    title = f"What {which}{layer.size:,} nodes look for: {layer.name}[…], layers[1] of the model file"
    colours = {"cmap": for_and_against(PAPER), "vmin": -largest, "vmax": largest}
    figure, drawn = gallery(title, list(weights), names, columns, below=70, **colours)
    assert drawn is not None
    inches = figure.get_figheight()
    scale = figure.colorbar(
        drawn,
        cax=figure.add_axes((0.3, 0.7 / inches, 0.4, 0.18 / inches)),
        orientation="horizontal",
        extend="both",
        ticks=[part * largest for part in (-1, -0.5, 0, 0.5, 1)],
        format="{x:.2g}",
    )
    words = "weight: ink there speaks against the node (orange) or for it (blue)"
    scale.set_label(words, size=HEADING, color=INK)
    scale.ax.tick_params(length=0, labelsize=HEADING, labelcolor=INK)
    return figure


def _strengths(layer: Layer) -> npt.NDArray[np.float64]:
    """How much each node of a layer counts, (size,)."""
    strengths = np.linalg.norm(np.asarray(layer.weights, np.float64), axis=1)
    if layer.next is not None:
        strengths *= np.linalg.norm(np.asarray(layer.next.weights, np.float64), axis=0)
    return np.asarray(strengths, np.float64)


# What was read wrong.

MOST_MISSES = 64
"""On a sheet; beyond this nobody looks at each."""

SQUARE, BETWEEN = 90.0, 4.0
"""Of an image, and between the two of a miss; in points."""

TOP, CAPTIONS, BOTTOM = 116.0, 78.0, 14.0
"""Above the first row, below the images of each, and below the last."""


def draw_contact_sheet(evaluation: Evaluation) -> Figure:
    """Draw what was given, what the network saw of it and what it said, for everything that was read wrong.

    First come those that the network was surest of, last those that it could not see. One look tells whose
    fault a miss is: the ink that was found on the picture, the network that took a clear digit for another
    one, or the label.
    """
    misses = [prediction for prediction in evaluation.predictions if not prediction.correct]
    shown = sorted(misses, key=lambda miss: -miss.answer.confidence if miss.answer else 0)[:MOST_MISSES]
    from_files = any(miss.path for miss in shown)
    across, cell = (4, 2 * SQUARE + BETWEEN) if from_files else (8, SQUARE)
    step = cell + (PAGE - 2 * EDGE - across * cell) / (across - 1)
    figure, axes = new_sheet(TOP + math.ceil(len(shown) / across) * (SQUARE + CAPTIONS) + BOTTOM)
    write(axes, EDGE, 56, f"{len(misses):,} of {len(evaluation.predictions):,} were read wrong", TITLE)
    how = "There is nothing to show."
    if misses:
        what = "On the left what was given, on the right what the network saw. " if from_files else ""
        which = f"The {MOST_MISSES}" if len(misses) > MOST_MISSES else "First those"
        how = f"{what}{which} it was surest of."
    write(axes, EDGE, 84, how, HEADING, QUIET)
    for number, miss in enumerate(shown):
        row, column = divmod(number, across)
        x, y = EDGE + column * step, TOP + row * (SQUARE + CAPTIONS)
        images = [_given(miss), miss.pixels] if from_files else [miss.pixels]
        for place, pixels in enumerate(images):
            put(axes, x + place * (SQUARE + BETWEEN), y, SQUARE, pixels, **GREY)
        verdict, detail = f"{class_name(miss.label)} not read", miss.reason
        if miss.answer:
            verdict = f"{class_name(miss.label)} read as {class_name(miss.answer.digit)}"
            detail = f"{percent(miss.answer.confidence)}, {'sure' if miss.answer.sure else 'not sure'}"
        room = step - 6  # nearly up to the next one: "94.1 %, not sure" fits
        write(axes, x, y + SQUARE + 19, verdict, HEADING, AGAINST, room=room)
        write(axes, x, y + SQUARE + 36, detail, NOTE - 1, room=room)
        write(axes, x, y + SQUARE + 51, miss.name, NOTE - 1, QUIET, room=room)
    return figure


def _given(miss: Prediction) -> npt.NDArray[np.generic] | None:
    """The picture file in grey; None where it cannot be read."""
    try:
        return None if miss.path is None else load_picture(miss.path).grey
    except ImageError:
        return None
