"""What the nodes right above the pixels look for: the weights of each as a picture.

A node adds up weight times pixel. Drawn where its pixel is, a weight says what ink does there: where it is
blue, ink speaks for the node, where it is orange, against it. All nodes share one scale of colours, so a pale
node is a weak one.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mnist_ocr.errors import InputError
from mnist_ocr.graph import Layer, Network
from mnist_ocr.report.canvas import AGAINST, FOR, INK, PAPER
from mnist_ocr.report.charting import (
    SIDE,
    SMALL,
    draw_gallery,
    gallery_height,
    label_axes,
    new_figure,
    shade,
)

if TYPE_CHECKING:
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

MOST = 144
"""Nodes on a sheet: more of them become too small to be looked at."""

FEWEST_COLUMNS, MOST_COLUMNS = 5, 12

FULL_COLOUR_FROM = 99.5
"""The percentile of all weights drawn, without their signs, that gets full colour: a few stray ones are far
larger, and would make all others pale."""

LONGEST_NAME = 9
"""Letters above a picture."""

REST = 1.5
"""Inches above and below the pictures: the title, and the scale of colours."""


def draw_weights(network: Network, most: int = MOST) -> Figure:
    """Draw the weights of the nodes right above the pixels.

    Args:
        network: 784 inputs; what its first layer of nodes is followed by does not matter.
        most: how many nodes are drawn. Of more, those that count most are: the length (Euclidean norm) of a
            node's incoming weights times that of its outgoing ones. One of the two alone would not say it: a
            relu node with weights twice as large below and half as large above does the same.

    Raises:
        InputError: the inputs are no picture of 28 x 28 pixels.
    """
    layer = network.layers[1]
    if network.input.size != SIDE * SIDE:
        raise InputError(
            f"the weights of a node are a picture if it looks at {SIDE} x {SIDE} pixels, "
            f"and this network has {network.input.size} inputs"
        )
    strongest = np.argsort(-_strengths(layer), kind="stable")[:most]
    places = np.sort(strongest)  # in the order of the model file, where people look for them
    weights = layer.weights[places].astype(np.float64)
    largest = float(np.percentile(np.abs(weights), FULL_COLOUR_FROM)) or 1.0
    columns = min(max(math.ceil(math.sqrt(len(places))), FEWEST_COLUMNS), MOST_COLUMNS)

    figure = new_figure(gallery_height(len(places), columns) + REST)
    axes = figure.add_subplot()
    image = draw_gallery(
        axes,
        weights.reshape(-1, SIDE, SIDE),
        [_short_name(layer, place) for place in places.tolist()],
        columns,
        cmap=_for_and_against(),
        vmin=-largest,
        vmax=largest,
    )
    label_axes(axes, _title(layer, len(places)))
    _draw_scale(figure, image, largest)
    return figure


def _draw_scale(figure: Figure, image: AxesImage, largest: float) -> None:
    marks = [part * largest for part in (-1, -0.5, 0, 0.5, 1)]
    scale = figure.colorbar(
        image,
        ax=image.axes,
        location="bottom",
        extend="both",
        ticks=marks,
        format="{x:.2g}",
        fraction=0.2 / figure.get_figheight(),
        pad=0.12 / figure.get_figheight(),
    )
    scale.set_label(
        "weight: ink there speaks against the node (orange) or for it (blue)", size=SMALL, color=shade(INK)
    )
    scale.ax.tick_params(length=0, labelsize=SMALL, labelcolor=shade(INK))


def _strengths(layer: Layer) -> npt.NDArray[np.float64]:
    """How much each node of a layer counts, (size,)."""
    strengths = np.linalg.norm(layer.weights.astype(np.float64), axis=1)
    if layer.next is not None:
        strengths *= np.linalg.norm(layer.next.weights.astype(np.float64), axis=0)
    return np.asarray(strengths, np.float64)


def _title(layer: Layer, shown: int) -> str:
    which = f"the {shown} strongest of " if shown < layer.size else ""
    return f"What {which}{layer.size:,} nodes look for: {layer.name}[…], layers[1] of the model file"


def _short_name(layer: Layer, place: int) -> str:
    """What a person called the node, or its place; the name of the layer is in the title."""
    name = layer.node_names.get(place, f"[{place}]")
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"


def _for_and_against() -> Colormap:
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("against and for", [shade(c) for c in (AGAINST, PAPER, FOR)])
