"""Charts of numbers: how a training went, what is mixed up, what can be believed, what a data set holds.

They are drawn with Matplotlib, which is imported when something is drawn: it takes longer to load than most
pictures take to read. Each goes straight into a figure of its own, without a window and without the state
that `pyplot` shares between drawings.

Blue stands for what is right, or speaks for a digit, orange for what is wrong, or speaks against it. The two
are apart for every kind of colour vision (Okabe and Ito, 2008), and never alone: a number, a position or a
kind of line says the same.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
import numpy.typing as npt
from PIL import Image

from mnist_ocr.errors import InputError
from mnist_ocr.graph.classes import class_name
from mnist_ocr.report.answer import DIGITS
from mnist_ocr.report.evaluate import BINS, Bin, Evaluation
from mnist_ocr.report.explore import Exploration, ink_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from mnist_ocr.training import Epoch

INK, QUIET, FRAME, PAPER = "#1b2a41", "#5d6878", "#d9d5c8", "#f7f5ef"
FOR, AGAINST = "#0072b2", "#d55e00"

WIDTH = 8.8
"""Of every sheet, in inches: at 100 points an inch, the width of a README."""

DOTS_PER_INCH = 200
"""Two pixels a point, sharp on screens that show them."""

MARGIN = 0.2
"""Around a chart, in inches."""

LARGE, SMALL = 13, 11
"""Sizes of letters."""


def require_matplotlib() -> None:
    """Make sure that pictures can be drawn.

    Raises:
        InputError: Matplotlib is not installed; the message says how to install it.
    """
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        raise InputError("the pictures are drawn by Matplotlib: pip install 'matplotlib>=3.10.7'") from None


def new_figure(height: float) -> Figure:
    """A sheet of paper, `WIDTH` x `height` inches, on which charts find their places themselves."""
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    layout = ConstrainedLayoutEngine(w_pad=MARGIN, h_pad=MARGIN)
    return Figure((WIDTH, height), DOTS_PER_INCH, facecolor=PAPER, layout=layout)


def save_chart(figure: Figure, file: BinaryIO) -> None:
    """Write a PNG."""
    figure.savefig(file, format="png")


def save_sheet(figure: Figure, file: BinaryIO) -> None:
    """Write a PNG with 256 colours: a sheet without a scale of colours needs half the bytes that way."""
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", pil_kwargs={"compress_level": 1})
    picture = Image.open(drawn).convert("RGB")
    # Without dithering: dots of other colours would look like pixels of a digit.
    picture.quantize(256, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(file, "PNG")


def label_axes(axes: Axes, title: str, across: str = "", down: str = "", *, legend: bool = False) -> None:
    """Give a chart its title and say what its axes measure; `legend` leaves room for `legend_above`."""
    axes.set_title(title, loc="left", size=LARGE, color=INK, pad=36 if legend else 12)
    axes.set_xlabel(across, size=LARGE, color=INK, labelpad=8)
    axes.set_ylabel(down, size=LARGE, color=INK, labelpad=8)
    axes.tick_params(length=0, labelsize=LARGE, labelcolor=INK)
    axes.spines[:].set_visible(False)
    axes.set_facecolor(PAPER)


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
        labelcolor=INK,
    )


# How a training went.

MOST_POINTS = 30
"""Epochs that have a point each on the line; more of them would run together."""

LINES: dict[str, Any] = {
    "validation, after the epoch": {"color": FOR, "marker": "o", "zorder": 3},
    "training, while learning, as augmented": {"color": AGAINST, "marker": "s", "linestyle": "--"},
}
"""What is drawn and how: apart by colour, by the kind of line, and by the points."""

HISTORY_COLUMNS = (
    *("epoch", "loss", "accuracy", "validation_loss", "validation_accuracy"),
    *("learning_rate", "seconds", "images_per_second"),
)
"""See `Epoch` for what each means; accuracies are 0 to 1."""


def draw_curves(epochs: Sequence[Epoch], best: int | None) -> Figure:
    """Draw loss and accuracy over the epochs, on training and on validation images, and mark the best epoch.

    The two kinds of images are not measured alike. A training image counts at the moment when it is learned
    from: changed at random, by a network that gets better during the epoch. The validation images are read
    after the epoch, as they are. So validation may well look better; what tells that a network only learns
    by heart is validation that gets worse while training still gets better.

    Args:
        epochs: the finished ones, at least one.
        best: the number of the epoch whose network was kept, or None if none was.
    """
    from matplotlib.ticker import MaxNLocator, PercentFormatter

    numbers = [epoch.number for epoch in epochs]
    losses = [[epoch.validation.loss for epoch in epochs], [epoch.loss for epoch in epochs]]
    accuracies = [[epoch.validation.accuracy for epoch in epochs], [epoch.accuracy for epoch in epochs]]

    figure = new_figure(height=7.4)
    upper, lower = figure.subplots(2, 1, sharex=True)
    label_axes(upper, "Loss: how wrong, on average", "", "loss", legend=True)
    legend_above(upper, _draw_lines(upper, numbers, losses), list(LINES))
    upper.set_ylim(0, 1.05 * max(_settled(losses)) or 1)
    label_axes(lower, "Accuracy: part read correctly", "epoch", "accuracy", legend=True)
    _draw_lines(lower, numbers, accuracies)
    lowest = min(*_settled(accuracies), 0.99)  # a line at 100 % needs some room below it, too
    room = 0.06 * (1 - lowest)
    lower.set_ylim(max(lowest - room, 0), 1 + room)
    lower.yaxis.set_major_formatter(PercentFormatter(1))
    lower.set_xlim(numbers[0] - 0.5, numbers[-1] + 0.5)
    lower.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    if best is not None:
        _mark(upper, lower, epochs[numbers.index(best)])
    return figure


def _draw_lines(axes: Axes, numbers: list[int], series: list[list[float]]) -> list[Any]:
    """Draw a line for each of `LINES`, the validation images' in front."""
    axes.grid(axis="y", color=FRAME)
    axes.set_axisbelow(True)
    size = 5 if len(numbers) <= MOST_POINTS else 0
    return [
        axes.plot(numbers, values, markersize=size, linewidth=2, **style)[0]
        for values, style in zip(series, LINES.values(), strict=True)
    ]


def _settled(series: list[list[float]]) -> list[float]:
    """All values but those of the first tenth of the epochs.

    The axes need not hold the first ones: so far from all others, they would press those into a line.
    """
    return [value for values in series for value in values[len(values) // 10 :]]


def _mark(upper: Axes, lower: Axes, best: Epoch) -> None:
    """A line through both charts at the best epoch, rings around its figures, and words."""
    for axes, value in ((upper, best.validation.loss), (lower, best.validation.accuracy)):
        axes.axvline(best.number, color=INK, linestyle=":", zorder=1)
        look: dict[str, Any] = {"markersize": 12, "markeredgewidth": 2, "markeredgecolor": INK}
        (ring,) = axes.plot(best.number, value, "o", markerfacecolor="none", zorder=4, **look)
    # Above the chart, because there is no place in it that no curve may need.
    words = f"kept: epoch {best.number}, reads {best.validation.accuracy:.2%} of the validation images"
    legend_above(lower, [ring], [words])


def write_history(epochs: Iterable[Epoch], file: BinaryIO) -> None:
    """Write the same as a CSV table, a row for each epoch; every number reads back to the last bit."""
    text = io.TextIOWrapper(file, encoding="ascii", newline="")
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(HISTORY_COLUMNS)
    for epoch in epochs:
        scores = epoch.loss, epoch.accuracy, epoch.validation.loss, epoch.validation.accuracy
        numbers = *scores, epoch.learning_rate, epoch.seconds, epoch.images_per_second
        # A number of NumPy's would bring the name of its type along.
        rows.writerow([epoch.number, *(repr(float(number)) for number in numbers)])
    text.detach()


# How well a network reads.

BAR = 0.9 / BINS
"""Width of a bar, as a part of the axis: a little less than that of a bin."""

DEEPEST = 0.75
"""How much of the orange the most frequent confusion gets: its number has to stay readable."""


def draw_confusion(evaluation: Evaluation) -> Figure:
    """The confusion matrix: a row for each digit that was shown, a column for each that was said."""
    names = [class_name(digit) for digit in evaluation.classes]
    labels = [class_name(prediction.label) for prediction in evaluation.predictions]
    names += sorted(set(labels) - set(names))  # labels that the network never says
    place = {name: index for index, name in enumerate(names)}
    counts = np.zeros((len(names), len(names) + 1), int)
    for label, prediction in zip(labels, evaluation.predictions, strict=True):
        answer = prediction.answer
        counts[place[label], place[class_name(answer.digit)] if answer else len(names)] += 1
    said = [*names, "not\nreadable"] if counts[:, len(names)].any() else names
    counts = counts[:, : len(said)]

    figure = new_figure(height=7.6)
    axes = figure.add_subplot()
    axes.imshow(_confusion_colours(counts), aspect="auto")
    for (label, digit), count in np.ndenumerate(counts):
        if count or label == digit:
            axes.text(digit, label, f"{count:,}", ha="center", va="center_baseline", color=INK, size=LARGE)
    axes.set_xticks(range(len(said)), said)
    axes.set_yticks(range(len(names)), names)
    overall = evaluation.overall
    title = f"{overall.correct:,} of {overall.images:,} right"
    label_axes(axes, title, "the network said", "the picture shows")
    return figure


def _confusion_colours(counts: npt.NDArray[np.int_]) -> npt.NDArray[np.float64]:
    """Pale blue on the diagonal, and the stronger orange the more often a digit is taken for another."""
    from matplotlib.colors import to_rgb

    mistakes = counts.copy()
    np.fill_diagonal(mistakes, 0)
    strength = DEEPEST * mistakes / max(mistakes.max(), 1)
    paper, orange, blue = (np.array(to_rgb(colour)) for colour in (PAPER, AGAINST, FOR))
    colours = paper + strength[..., np.newaxis] * (orange - paper)
    diagonal = np.arange(len(counts))
    colours[diagonal, diagonal] = paper + 0.3 * (blue - paper)
    return np.asarray(colours, float)


def draw_reliability(evaluation: Evaluation) -> Figure:
    """The reliability diagram: how often answers of a confidence are right, and how many there are.

    Where a bar ends at the orange mark, confidence means what it says; where it ends below, the network
    believes too much in itself.
    """
    bins = [part for part in evaluation.bins() if part.answers]
    figure = new_figure(height=6.6)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    error = evaluation.calibration_error
    title = "No answers" if error is None else f"Expected calibration error: {100 * error:.2f} %"
    label_axes(upper, title, "", "part that is right", legend=True)
    label_axes(lower, "", "confidence", "answers")
    _draw_accuracies(upper, bins)
    _draw_counts(lower, bins, most=len(evaluation.predictions))
    return figure


def _draw_accuracies(axes: Axes, bins: list[Bin]) -> None:
    middles = np.array([(part.low + part.high) / 2 for part in bins])
    right = axes.bar(middles, [part.accuracy for part in bins], BAR, color=FOR)
    confidences = [part.confidence for part in bins]
    believed = axes.hlines(confidences, middles - BAR / 2, middles + BAR / 2, color=AGAINST, linewidth=4)
    (ideal,) = axes.plot([0, 1], [0, 1], "--", color=INK)
    names = ["part that is right", "mean confidence", "confidence that means what it says"]
    legend_above(axes, [right, believed, ideal], names)
    axes.set_ylim(0, 1.02)
    axes.yaxis.set_major_formatter("{x:.0%}")


def _draw_counts(axes: Axes, bins: list[Bin], most: int) -> None:
    middles = [(part.low + part.high) / 2 for part in bins]
    bars = axes.bar(middles, [part.answers for part in bins], BAR, color=QUIET)
    axes.bar_label(bars, [f"{part.answers:,}" for part in bins], size=SMALL, color=INK, padding=2)
    # In logarithms: most answers are in the last bin, and the others are what is to be seen.
    axes.set_yscale("log")
    axes.set_ylim(0.5, 5 * most)
    axes.set_yticks([])
    axes.set_yticks([], minor=True)
    axes.set_xlim(0, 1)
    axes.xaxis.set_major_formatter("{x:.0%}")


# What is in a data set.

SPLIT_COLOURS = (FOR, AGAINST)
"""Of the training images and the test images, always in this order from the left."""

BOX = 0.36
"""Width of a box; two stand side by side at each digit."""

PERCENTILES = {"whislo": 5, "q1": 25, "med": 50, "q3": 75, "whishi": 95}
"""Where a box's lower whisker, its lower end, its line, its upper end and its upper whisker are."""


def draw_classes(exploration: Exploration) -> Figure:
    """How many images there are of each digit, a chart for each split."""
    splits = exploration.splits
    figure = new_figure(height=0.6 + 2.9 * len(splits))
    for number, (name, split) in enumerate(splits.items()):
        axes = figure.add_subplot(len(splits), 1, number + 1)
        counts = [figures.images for figures in split.classes]
        bars = axes.bar(range(DIGITS), counts, color=SPLIT_COLOURS[number])
        words = [f"{figures.images:,}\n{100 * figures.share:.1f} %" for figures in split.classes]
        axes.bar_label(bars, words, size=SMALL, color=INK, padding=3)
        axes.set_ylim(0, 1.25 * max(counts))  # room for the words above the tallest bar
        axes.set_xticks(range(DIGITS))
        axes.locator_params(axis="y", integer=True)
        axes.yaxis.set_major_formatter("{x:,.0f}")
        label_axes(axes, f"{split.images:,} {name} images", "digit", "images")
    return figure


def draw_ink(exploration: Exploration) -> Figure:
    """How much ink the images of each digit have, as boxes: where the middle half is, and the rest."""
    datasets = exploration.datasets
    figure = new_figure(height=5.2)
    axes = figure.add_subplot()
    handles = []
    for number, dataset in enumerate(datasets.values()):
        ink = ink_of(dataset.images)
        digits = [digit for digit in range(DIGITS) if (dataset.labels == digit).any()]
        marks = [np.percentile(ink[dataset.labels == digit], [*PERCENTILES.values()]) for digit in digits]
        shift = (number - (len(datasets) - 1) / 2) * 1.1 * BOX
        drawn = axes.bxp(
            [dict(zip(PERCENTILES, values.tolist(), strict=True)) for values in marks],
            [digit + shift for digit in digits],
            widths=BOX,
            showfliers=False,
            patch_artist=True,
            # Pale, so that the line can be dark: of images with the same ink nothing but the line is seen.
            boxprops={"facecolor": (SPLIT_COLOURS[number], 0.6), "edgecolor": INK},
            medianprops={"color": INK, "linewidth": 3},
            whiskerprops={"color": INK},
            capprops={"color": INK},
        )
        handles.append(drawn["boxes"][0])
    axes.set_xticks(range(DIGITS), [str(digit) for digit in range(DIGITS)])
    axes.set_xlim(-0.6, DIGITS - 0.4)
    axes.set_ylim(bottom=0)
    title = "How much ink: line, half have less; box, the middle half; whiskers, 5 % to 95 %"
    label_axes(axes, title, "digit", "mean pixel, 0 to 1", legend=True)
    legend_above(axes, handles, [f"{name} images" for name in datasets])
    return figure
