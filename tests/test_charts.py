"""What the charts show, read out of the figures: lines, limits, colours and words; the table of epochs."""

from __future__ import annotations

import csv
import io
import re

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import same_color, to_rgb, to_rgba
from matplotlib.figure import Figure
from PIL import Image

from mnist_ocr import Network
from mnist_ocr.errors import InputError
from mnist_ocr.report.answer import Answer
from mnist_ocr.report.charts import (
    AGAINST,
    DOTS_PER_INCH,
    FOR,
    HISTORY_COLUMNS,
    PAPER,
    WIDTH,
    draw_confusion,
    draw_curves,
    draw_reliability,
    save_chart,
    write_history,
)
from mnist_ocr.report.evaluate import Evaluation, Prediction
from mnist_ocr.report.pictures import MOST_NODES, draw_weights
from mnist_ocr.training import Epoch, Score


def as_png(figure: Figure) -> Image.Image:
    file = io.BytesIO()
    save_chart(figure, file)
    return Image.open(file)


def words_in(figure: Figure) -> str:
    """Everything that is written on a drawn figure, in one string."""
    figure.draw_without_rendering()
    texts = figure.findobj(lambda artist: hasattr(artist, "get_text"))
    return "\n".join(text.get_text() for text in texts)


def stays_on_its_sheet(figure: Figure) -> bool:
    """Whether the outermost pixels are paper: what is cut off by the edge of the sheet touches it."""
    pixels = np.asarray(as_png(figure).convert("RGB"))
    assert pixels.shape[1] == round(WIDTH * DOTS_PER_INCH)
    edges = np.concatenate([pixels[:8].reshape(-1, 3), pixels[-8:].reshape(-1, 3)])
    sides = np.concatenate([pixels[:, :8].reshape(-1, 3), pixels[:, -8:].reshape(-1, 3)])
    paper = list(bytes.fromhex(PAPER[1:]))
    return bool((edges == paper).all() and (sides == paper).all())


# The curves of a training.


def history(count: int, first: int = 1) -> list[Epoch]:
    """Epochs that get better: accuracies towards 1, losses towards 0, from a far worse first epoch."""
    return [
        Epoch(
            number=number,
            loss=2 / (number - first + 1),
            accuracy=1 - 0.9 / (number - first + 1),
            validation=Score(accuracy=1 - 0.5 / (number - first + 1), loss=1 / (number - first + 1)),
            learning_rate=0.1 / number,
            seconds=1.5,
            images_per_second=1000 / 3,
        )
        for number in range(first, first + count)
    ]


def lines_of(axes: Axes) -> list[tuple[list[float], list[float]]]:
    """The curves: all lines but the marks of the epoch that was kept."""
    lines = [line for line in axes.lines if line.get_linestyle() in ("-", "--")]
    return [(list(line.get_xdata()), list(line.get_ydata())) for line in lines]


def epoch_ticks(axes: Axes) -> list[float]:
    left, right = axes.get_xlim()
    return [tick for tick in axes.get_xticks().tolist() if left <= tick <= right]


@pytest.mark.parametrize(("count", "first"), [(1, 1), (2, 1), (5, 1), (5, 11), (150, 1), (700, 1)])
def test_curves_hold_the_numbers_of_all_epochs(count: int, first: int) -> None:
    epochs = history(count, first)
    figure = draw_curves(epochs, best=epochs[-1].number)
    losses, accuracies = figure.axes
    numbers = list(range(first, first + count))
    assert lines_of(losses) == [
        (numbers, [epoch.validation.loss for epoch in epochs]),
        (numbers, [epoch.loss for epoch in epochs]),
    ]
    assert lines_of(accuracies) == [
        (numbers, [epoch.validation.accuracy for epoch in epochs]),
        (numbers, [epoch.accuracy for epoch in epochs]),
    ]
    assert stays_on_its_sheet(figure)
    ticks = epoch_ticks(accuracies)
    assert ticks
    assert all(tick == int(tick) and first <= tick < first + count for tick in ticks)
    assert len(ticks) <= 12


def test_curves_are_apart_without_colour() -> None:
    for count in (5, 150):
        for axes in draw_curves(history(count), None).axes:
            validation, training = axes.lines
            assert (validation.get_linestyle(), training.get_linestyle()) == ("-", "--")
            assert not same_color(validation.get_color(), training.get_color())
    assert all(line.get_markersize() == 0 for line in axes.lines)  # 150 points would hide the line
    assert all(line.get_markersize() > 0 for line in draw_curves(history(1), None).axes[0].lines)


def test_the_kept_epoch_is_marked_in_both_charts_and_named() -> None:
    epochs = history(5)
    figure = draw_curves(epochs, best=4)
    for axes, value in zip(figure.axes, (1 / 4, 1 - 0.5 / 4), strict=True):
        upright, ring = axes.lines[2:]
        assert list(upright.get_xdata()) == [4, 4]
        assert (list(ring.get_xdata()), list(ring.get_ydata())) == ([4], [value])
    assert "kept: epoch 4, reads 87.50% of the validation images" in words_in(figure)
    assert "kept" not in words_in(draw_curves(epochs, best=None))


def test_the_words_say_that_the_two_are_not_measured_alike() -> None:
    words = words_in(draw_curves(history(3), None))
    for part in ("validation, after the epoch", "training, while learning, as augmented", "epoch", "loss"):
        assert part in words


def test_limits_are_those_of_settled_epochs() -> None:
    few, many = draw_curves(history(9), None).axes, draw_curves(history(150), None).axes
    assert few[0].get_ylim() == pytest.approx((0, 2.1))  # 1.05 times the largest loss, the first epoch's 2
    assert few[1].get_ylim()[0] < 0.1 < 1 < few[1].get_ylim()[1]
    # The first fifteen of 150 may lie outside: the sixteenth's loss is 2/16, its accuracy 1 - 0.9/16.
    assert many[0].get_ylim() == pytest.approx((0, 1.05 * 2 / 16))
    assert 0.93 < many[1].get_ylim()[0] < 1 - 0.9 / 16


def test_perfect_epochs_have_room() -> None:
    perfect = [Epoch(1, 0.0, 1.0, Score(1.0, 0.0), 0.1, 1.0, 1.0)]
    losses, accuracies = draw_curves(perfect, 1).axes
    assert losses.get_ylim() == (0, 1)
    assert accuracies.get_ylim()[0] < 1 < accuracies.get_ylim()[1]


# The same as a table.


def test_a_history_reads_back_to_the_last_bit() -> None:
    epochs = [
        Epoch(1, 0.1 + 0.2, 1 / 3, Score(2 / 3, 1e-17), 0.1, 12.0, 1e6 / 7),
        Epoch(2, np.float32(0.1), np.float64(0.7), Score(np.float64(0.9), 0.5), 0.0, 1.5, 2.0),
    ]
    file = io.BytesIO()
    write_history(epochs, file)
    text = file.getvalue().decode("ascii")
    assert text.splitlines()[0] == (
        "epoch,loss,accuracy,validation_loss,validation_accuracy,learning_rate,seconds,images_per_second"
    )
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["epoch"] for row in rows] == ["1", "2"]
    for row, epoch in zip(rows, epochs, strict=True):
        score = epoch.validation
        expected = [epoch.loss, epoch.accuracy, score.loss, score.accuracy, epoch.learning_rate]
        expected += [epoch.seconds, epoch.images_per_second]
        assert [float(row[name]) for name in HISTORY_COLUMNS[1:]] == expected
    assert rows[0]["loss"] == "0.30000000000000004"
    assert "float" not in text


def test_a_history_of_nothing_is_its_header() -> None:
    file = io.BytesIO()
    write_history([], file)
    assert file.getvalue().decode() == ",".join(HISTORY_COLUMNS) + "\n"


# Which digit is taken for which.


def prediction(label: int, digit: int | None) -> Prediction:
    if digit is None:
        return Prediction("unreadable.png", label, None, None, "is damaged")
    probabilities = tuple(1.0 if place == digit else 0.0 for place in range(10))
    return Prediction("some.png", label, np.zeros((28, 28), np.uint8), Answer(digit, 1.0, probabilities))


def counts_on(axes: Axes) -> dict[tuple[int, int], str]:
    """The numbers on a matrix by row and column."""
    return {
        (round(text.get_position()[1]), round(text.get_position()[0])): text.get_text() for text in axes.texts
    }


def test_a_confusion_matrix_has_the_counts_and_deeper_colours_for_more() -> None:
    cases = [*[prediction(3, 3)] * 1200, *[prediction(3, 5)] * 4, prediction(5, 3), prediction(7, 7)]
    figure = draw_confusion(Evaluation(cases))
    (axes,) = figure.axes
    counts = counts_on(axes)
    diagonal = {(digit, digit): "0" for digit in range(10)}
    assert counts == {**diagonal, (3, 3): "1,200", (7, 7): "1", (3, 5): "4", (5, 3): "1"}
    colours = axes.images[0].get_array()
    paper, orange = np.array(to_rgb(PAPER)), np.array(to_rgb(AGAINST))
    depth = np.linalg.norm(colours - paper, axis=2) / np.linalg.norm(orange - paper)
    assert depth[0, 1] == 0
    assert depth[3, 5] == pytest.approx(4 * depth[5, 3])
    assert depth[3, 5] == pytest.approx(0.75)
    assert "1,201 of 1,206 right" in words_in(figure)
    assert stays_on_its_sheet(figure)


def test_a_confusion_matrix_has_a_column_for_what_was_not_read() -> None:
    with_unread = words_in(draw_confusion(Evaluation([prediction(3, 3), prediction(4, None)])))
    assert "not\nreadable" in with_unread
    assert "not\nreadable" not in words_in(draw_confusion(Evaluation([prediction(3, 3)])))


def test_the_reliability_diagram_stays_on_its_sheet() -> None:
    assert stays_on_its_sheet(
        draw_reliability(Evaluation([prediction(3, 3), prediction(4, 4), prediction(5, 8)]))
    )


# The weights of nodes.


def names_on(figure: Figure) -> list[str]:
    """What stands above the weights of each node; the first words are the title."""
    return [text.get_text() for text in figure.axes[0].texts][1:]


@pytest.mark.parametrize("hidden", [[128], [40, 20], [], [3], [MOST_NODES]], ids=str)
def test_every_node_has_its_weights_as_a_picture_and_its_name(hidden: list[int]) -> None:
    network = Network([784, *hidden, 10], seed=1)
    layer = network.layers[1]
    figure = draw_weights(network)
    for node, picture in zip(layer.nodes, figure.axes[0].images, strict=True):
        assert picture.get_array().reshape(-1).tolist() == [edge.weight for edge in node.incoming]
    assert names_on(figure) == [f"[{place}]" for place in range(layer.size)]
    assert f"What {layer.size} nodes look for: {layer.name}[…], layers[1]" in words_in(figure)
    assert stays_on_its_sheet(figure)


def test_the_strongest_of_many_nodes_are_shown_in_their_order() -> None:
    network = Network([784, 6, 10], seed=1)
    into, out = network.layers[1:]
    # Length into the node times length out of it: 5: 28 · 4, 3: 28 · 3, 2: 28 · 2 · 1.1, the others less.
    # Added up instead, 0 would be stronger than 3: 28 · 1.9 + 0.1 against 28 + 3.
    into.weights = np.ones((6, 784)) * np.array([[1.9], [1], [2], [1], [0.01], [2]])
    out.weights = np.ones((10, 6)) * np.array([0.1, 1, 1.1, 3, 9, 2]) / np.sqrt(10)
    figure = draw_weights(network, most=3)
    assert names_on(figure) == ["[2]", "[3]", "[5]"]
    assert "the 3 strongest of 6 nodes" in words_in(figure)
    values = [picture.get_array().mean() for picture in figure.axes[0].images]
    assert values == pytest.approx([2, 1, 2])


def test_blue_speaks_for_and_orange_against_on_one_scale() -> None:
    network = Network([784, 4, 10], seed=1)
    weights = np.zeros((4, 784))
    weights[0, :392], weights[1, :392], weights[2, :] = 0.5, -0.5, 0.25
    network.layers[1].weights = weights
    image = draw_weights(network).axes[0].images[0]
    colour = {weight: image.cmap(image.norm(weight)) for weight in (-0.5, 0.0, 0.25, 0.5)}
    assert colour[0.5] == pytest.approx(to_rgba(FOR), abs=0.01)
    assert colour[-0.5] == pytest.approx(to_rgba(AGAINST), abs=0.01)
    assert colour[0.0] == pytest.approx(to_rgba(PAPER), abs=0.01)
    assert (image.norm.vmin, image.norm.vmax) == (-0.5, 0.5)
    scale = draw_weights(network).axes[1]
    assert [tick.get_text() for tick in scale.get_xticklabels()] == ["−0.5", "−0.25", "0", "0.25", "0.5"]


def test_a_stray_weight_makes_no_other_pale() -> None:
    network = Network([784, 4, 10], seed=1)
    network.layers[1].weights = 0.1
    network.layers[1].nodes[0].incoming[0].weight = 50
    assert draw_weights(network).axes[0].images[0].norm.vmax == pytest.approx(0.1)


def test_names_that_people_gave_are_shown() -> None:
    network = Network([784, 2, 10])
    network.layers[1].nodes[0].name = "loop"
    network.layers[1].nodes[1].name = "left stroke of a four that is open at the top"
    loop, stroke = names_on(draw_weights(network))
    assert loop == "loop"
    assert re.fullmatch("left stroke of a fo.*…", stroke)


def test_a_network_that_has_learned_nothing_is_paper() -> None:
    image = draw_weights(Network.zeros([784, 4, 10])).axes[0].images[0]
    assert image.cmap(image.norm(0.0)) == pytest.approx(to_rgba(PAPER), abs=0.01)


def test_weights_of_other_inputs_are_no_pictures() -> None:
    with pytest.raises(InputError, match="looks at 28 x 28 pixels, and this network has 100 inputs"):
        draw_weights(Network([100, 4, 10]))
