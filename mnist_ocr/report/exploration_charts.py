"""What is in a data set, drawn: how many images of each digit, how they look, and how much ink they have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mnist_ocr.report.answer import DIGITS
from mnist_ocr.report.canvas import AGAINST, FOR, INK
from mnist_ocr.report.charting import (
    CAPTION,
    SIDE,
    SMALL,
    draw_gallery,
    gallery_height,
    label_axes,
    legend_above,
    new_figure,
    shade,
)
from mnist_ocr.report.explore import Exploration, ink_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SAMPLES = 10
"""Images of each digit on the sheet of samples."""

MEANS_COLUMNS = 5

HEAD = 0.75
"""Inches for the title above small pictures and the paper around them."""

LABELS = 0.46
"""Inches to the left of the samples for the digits that they show."""

PART_COLOURS = (FOR, AGAINST)
"""Of the training images and the test images, always in this order from the left."""

BOX = 0.36
"""Width of a box; two stand side by side at each digit."""

PERCENTILES = (5, 25, 50, 75, 95)
"""Where a box's lower whisker, its lower end, its line, its upper end and its upper whisker are."""


def draw_classes(exploration: Exploration) -> Figure:
    """How many images there are of each digit, a chart for each part."""
    parts = exploration.splits
    figure = new_figure(height=0.6 + 2.9 * len(parts))
    for place, (name, part) in enumerate(parts.items()):
        axes = figure.add_subplot(len(parts), 1, place + 1)
        counts = [figures.images for figures in part.classes]
        bars = axes.bar(range(DIGITS), counts, color=shade(PART_COLOURS[place]))
        words = [f"{figures.images:,}\n{100 * figures.share:.1f} %" for figures in part.classes]
        axes.bar_label(bars, words, size=SMALL, color=shade(INK), padding=3)
        axes.set_ylim(0, 1.25 * max(counts))  # room for the words above the tallest bar
        axes.set_xticks(range(DIGITS))
        axes.locator_params(axis="y", integer=True)
        axes.yaxis.set_major_formatter("{x:,.0f}")
        label_axes(axes, f"{part.images:,} {name} images", "digit", "images")
    return figure


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
    figure = new_figure(gallery_height(DIGITS, MEANS_COLUMNS) + HEAD)
    axes = figure.add_subplot()
    draw_gallery(axes, means, names, MEANS_COLUMNS, cmap="gray", vmin=0, vmax=255)
    label_axes(axes, "The mean of the training images of each digit")
    return figure


def draw_samples(exploration: Exploration, seed: int) -> Figure:
    """Some training images of each digit, a row for each; the seed decides which."""
    dataset = exploration.datasets["training"]
    generator = np.random.default_rng(seed)
    pictures = np.full((DIGITS, SAMPLES, SIDE, SIDE), np.nan)
    names = [""] * DIGITS * SAMPLES
    for digit in range(DIGITS):
        places = np.flatnonzero(dataset.labels == digit)
        chosen = np.sort(generator.choice(places, min(SAMPLES, len(places)), replace=False))
        pictures[digit, : len(chosen)] = dataset.images[chosen]
        names[digit * SAMPLES : digit * SAMPLES + len(chosen)] = [f"{place}" for place in chosen]
    figure = new_figure(gallery_height(DIGITS * SAMPLES, SAMPLES, beside=LABELS) + HEAD)
    axes = figure.add_subplot()
    draw_gallery(axes, pictures.reshape(-1, SIDE, SIDE), names, SAMPLES, cmap="gray", vmin=0, vmax=255)
    middles = [digit * (SIDE + CAPTION) + CAPTION + SIDE / 2 for digit in range(DIGITS)]
    axes.set_yticks(middles, [str(digit) for digit in range(DIGITS)])
    label_axes(axes, "Some training images, and the place of each among them, from 0", "", "label")
    return figure


def draw_ink(exploration: Exploration) -> Figure:
    """How much ink the images of each digit have, as boxes: where the middle half is, and the rest."""
    datasets = exploration.datasets
    figure = new_figure(height=5.2)
    axes = figure.add_subplot()
    handles = []
    for place, dataset in enumerate(datasets.values()):
        ink = ink_of(dataset.images)
        digits = [digit for digit in range(DIGITS) if (dataset.labels == digit).any()]
        boxes = []
        for digit in digits:
            marks = np.percentile(ink[dataset.labels == digit], PERCENTILES).tolist()
            boxes.append(dict(zip(("whislo", "q1", "med", "q3", "whishi"), marks, strict=True)))
        shift = (place - (len(datasets) - 1) / 2) * 1.1 * BOX
        drawn = axes.bxp(
            boxes,
            [digit + shift for digit in digits],
            widths=BOX,
            showfliers=False,
            patch_artist=True,
            # Pale, so that the line can be dark: of images with the same ink nothing but the line is seen.
            boxprops={"facecolor": (*shade(PART_COLOURS[place]), 0.6), "edgecolor": shade(INK)},
            medianprops={"color": shade(INK), "linewidth": 3},
            whiskerprops={"color": shade(INK)},
            capprops={"color": shade(INK)},
        )
        handles.append(drawn["boxes"][0])
    axes.set_xticks(range(DIGITS), [str(digit) for digit in range(DIGITS)])
    axes.set_xlim(-0.6, DIGITS - 0.4)
    axes.set_ylim(bottom=0)
    title = "How much ink: line, half have less; box, the middle half; whiskers, 5 % to 95 %"
    label_axes(axes, title, "digit", "mean pixel, 0 to 1", legend=True)
    legend_above(axes, handles, [f"{name} images" for name in datasets])
    return figure
