"""Why did it say 7? Every sum, against node and edge objects, measured slopes and the model file."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from mnist_ocr import Network
from mnist_ocr.data.synthetic import draw_digits
from mnist_ocr.images import Reading, read_digit
from mnist_ocr.report.answer import Answer, ask
from mnist_ocr.report.charts import AGAINST, FOR, PAPER
from mnist_ocr.report.explain import LISTED, Explanation, add_up, explain, explanation_text
from mnist_ocr.report.explanation_picture import HEIGHT, draw_explanation
from mnist_ocr.report.pictures import PAGE
from tests.test_commands import ROOT, command, inference

SEVEN = ROOT / "git" / "seven.png"

NETWORKS = [
    ([784, 10], "relu"),
    ([784, 16, 10], "relu"),
    ([784, 16, 10], "linear"),
    ([784, 16, 10], "tanh"),
    ([784, 16, 10], "sigmoid"),
    ([784, 2, 10], "softmax"),
    ([784, 12, 9, 8, 7, 10], "relu"),
    ([784, 12, 9, 8, 7, 10], "tanh"),
    ([784, 12, 9, 8, 7, 10], "sigmoid"),
    ([784, 14, 10], ["relu", "linear"]),
    ([784, 14, 10], ["tanh", "sigmoid"]),
]

every_network = pytest.mark.parametrize(("sizes", "activation"), NETWORKS)


@pytest.fixture(scope="module")
def reading() -> Reading:
    return read_digit(SEVEN)


def network_of(sizes: list[int], activation: str | list[str], dtype: str = "float32") -> Network:
    """Untrained, with biases that are not 0; the same numbers in both precisions."""
    network = Network(sizes, activation, dtype=dtype, seed=5)
    generator = np.random.default_rng(6)
    for layer in network.layers[1:]:
        layer.biases = generator.normal(0, 0.3, layer.size)
    return network


def explained(network: Network, reading: Reading) -> Explanation:
    return explain(network, ask(network, reading.pixels))


@every_network
def test_a_sum_is_what_the_edges_carry_plus_the_bias(
    reading: Reading, sizes: list[int], activation: str | list[str]
) -> None:
    network = network_of(sizes, activation, "float64")
    explanation = explained(network, reading)
    assert [node_sum.node.layer.index for node_sum in explanation.sums] == list(range(len(sizes) - 1, 0, -1))
    assert explanation.sums[0].node is network.output.nodes[explanation.winner]
    for node_sum in explanation.sums:
        node = node_sum.node
        carried = [edge.value for edge in node.incoming]
        assert node_sum.contributions == pytest.approx(carried, rel=1e-12, abs=1e-15)
        assert node_sum.total == pytest.approx(node.bias + sum(carried), rel=1e-12)
        assert node_sum.own_total == node.total
    for above, below in zip(explanation.sums, explanation.sums[1:], strict=False):
        strongest = max(above.node.incoming, key=lambda edge: abs(edge.value))
        assert below.node is strongest.source


@every_network
def test_pixels_and_biases_add_up_to_the_lead(
    reading: Reading, sizes: list[int], activation: str | list[str]
) -> None:
    network = network_of(sizes, activation, "float64")
    explanation = explained(network, reading)
    totals = network.output.totals[0]
    ranking = np.argsort(-totals)
    assert (explanation.winner, explanation.runner_up) == (ranking[0], ranking[1])
    lead = totals[ranking[0]] - totals[ranking[1]]
    assert explanation.lead == pytest.approx(lead, rel=1e-9)
    assert explanation.pixel_shares.sum() + explanation.constant_share == pytest.approx(lead, rel=1e-9)
    assert np.abs(explanation.pixel_shares).max() > 1e-4
    assert not explanation.pixel_shares[reading.pixels == 0].any()


@pytest.mark.parametrize("sizes", [[784, 10], [784, 16, 10], [784, 12, 9, 8, 7, 10]])
def test_with_relu_a_share_is_the_pixel_times_the_measured_slope(reading: Reading, sizes: list[int]) -> None:
    network = network_of(sizes, "relu", "float64")
    explanation = explained(network, reading)
    assert explanation.piecewise_linear
    image = reading.pixels.reshape(-1) / 255
    nudge = 1e-7
    for pixel in np.flatnonzero(image)[::10]:
        leads = []
        for step in (nudge, -nudge):
            nudged = image.copy()
            nudged[pixel] += step
            network.forward(nudged)
            totals = network.output.totals[0]
            leads.append(totals[explanation.winner] - totals[explanation.runner_up])
        slope = (leads[0] - leads[1]) / (2 * nudge)
        assert explanation.pixel_shares.flat[pixel] == pytest.approx(image[pixel] * slope, abs=1e-6)


def test_a_network_worked_by_hand() -> None:
    # Two pixels have ink, 1 and 1. Hidden node 0 adds up 0.5 + 2 + 1 = 3.5, hidden node 1 adds up
    # 1 - 3 + 0 = -2 and sleeps. Answer 7 gets 0.25 + 2 * 3.5 = 7.25, answer 3 gets 1 + 1 * 3.5 = 4.5: a lead
    # of 2.75. A unit of node 0 is worth 2 - 1 = 1 of it, so the pixels gave 2 and 1, and the
    # biases 0.5 + 0.25 - 1 = -0.25.
    network = Network.zeros([784, 2, 10])
    hidden, output = network.layers[1:]
    hidden.weights[:, [10, 40]] = [[2, 1], [-3, 0]]
    hidden.biases = [0.5, 1]
    output.weights[7], output.weights[3] = [2, 5], [1, 5]
    output.biases[[7, 3]] = 0.25, 1
    pixels = np.zeros((28, 28), np.uint8)
    pixels.flat[[10, 40]] = 255
    explanation = explain(network, ask(network, pixels))
    assert (explanation.winner, explanation.runner_up, explanation.lead) == (7, 3, 2.75)
    assert explanation.pixel_shares.flat[[10, 40]].tolist() == [2, 1]
    assert np.count_nonzero(explanation.pixel_shares) == 2
    assert explanation.constant_share == -0.25
    first = explanation.picture_nodes[0]
    assert (first.node.name, first.value, first.contribution) == ("hidden[0]", 3.5, 7)
    assert first.weights[0, 10] == 2
    assert first.weights[1, 12] == 1  # 40 = 1 * 28 + 12


@every_network
def test_the_nodes_above_the_pixels_are_told_by_how_much_they_counted(
    reading: Reading, sizes: list[int], activation: str | list[str]
) -> None:
    network = network_of(sizes, activation, "float64")
    explanation = explained(network, reading)
    layer = network.layers[1]
    assert len(explanation.picture_nodes) == layer.size
    strengths = [node.contribution for node in explanation.picture_nodes]
    if layer is network.output:
        assert strengths == sorted(strengths, reverse=True)
        assert explanation.picture_nodes[0].node.index == explanation.winner
    else:
        assert strengths == sorted(strengths, key=abs, reverse=True)
    for shown in explanation.picture_nodes:
        incoming = shown.node.incoming
        assert shown.weights[14, 13] == incoming[14 * 28 + 13].weight
        if layer is not network.output:
            assert shown.value == pytest.approx(shown.node.value)
        if layer.next is network.output:
            edge = shown.node.outgoing[explanation.winner]
            assert shown.contribution == pytest.approx(edge.value)


def test_only_the_answer_to_one_picture_can_be_explained(reading: Reading) -> None:
    network = network_of([784, 10], "relu")
    answer = Answer(7, 1.0, (0.0,) * 10)
    with pytest.raises(ValueError, match="saw 0 pictures last: expected one"):
        explain(network, answer)
    network.forward(np.zeros((3, 784)))
    with pytest.raises(ValueError, match="saw 3 pictures"):
        explain(network, answer)


# What is printed.

ROW = re.compile(
    r"^  (?P<path>\S+\.(?:bias|weights\[\d+\])) +(?P<weight>[-+.\de]+)"
    r"(?: +x +(?P<value>\S+))? += +(?P<part>\S+)",
    re.MULTILINE,
)


def number_at(document: Any, path: str) -> float:
    """Walk a path such as `layers[1].nodes[17].bias` through what json.load returned."""
    for key, index in re.findall(r"(\w+)|\[(\d+)\]", path):
        document = document[key] if key else document[int(index)]
    assert isinstance(document, float)
    return document


@every_network
def test_what_is_printed_is_right_and_stands_in_the_file(
    tmp_path: Path, reading: Reading, sizes: list[int], activation: str | list[str]
) -> None:
    network = network_of(sizes, activation)
    network.save(tmp_path / "model.json")
    document = json.loads((tmp_path / "model.json").read_text(encoding="utf-8"))
    explanation = explained(network, reading)
    tables = explanation_text(explanation).split("\n\n")[1:]
    assert len(tables) == len(sizes) - 1
    for table, node_sum in zip(tables, explanation.sums, strict=True):
        parts = []
        for row in ROW.finditer(table):
            assert float(row["weight"]) == number_at(document, row["path"])
            part, product = Decimal(row["part"]), Decimal(row["weight"]) * Decimal(row["value"] or 1)
            assert abs(part - product) <= Decimal("5e-7")
            parts.append(part)
        assert len(parts) == 1 + min(LISTED, len(node_sum.weights))
        left_over = re.findall(r"^  (?:the other|rounding).*= +(\S+)$", table, re.MULTILINE)
        (total,) = re.findall(r"^  total += +(\S+)$", table, re.MULTILINE)
        assert sum(parts) + sum(map(Decimal, left_over)) == Decimal(total)
        assert float(total) == pytest.approx(node_sum.total, abs=5.1e-7)
        assert node_sum.total == pytest.approx(node_sum.own_total, abs=1e-5)
        if len(node_sum.weights) > LISTED:
            others = np.delete(node_sum.contributions, node_sum.strongest(LISTED)).sum()
            assert float(left_over[0]) == pytest.approx(others, abs=1e-5)
    lead = re.findall(r"^ +([-+][\d.]+)  ", explanation_text(explanation), re.MULTILINE)
    *shares, whole = map(Decimal, lead)
    assert sum(shares) == whole
    assert float(whole) == pytest.approx(explanation.lead, abs=5.1e-7)


def test_pixels_are_named_by_row_and_column(reading: Reading) -> None:
    text = explanation_text(explained(network_of([784, 16, 10], "relu"), reading))
    places = re.findall(r"\.weights\[(\d+)\] .* row (\d+), column (\d+)$", text, re.MULTILINE)
    assert len(places) == LISTED
    for index, row, column in places:
        assert int(index) == 28 * int(row) + int(column)


def test_rounded_parts_add_up() -> None:
    # 0.4 + 0.4 + 0.4 = 1.2 would read 0 + 0 + 0 = 1.
    assert add_up((0.4, 0.4, 0.4), 1.2, 0) == [0, 0, 1, 1]
    assert add_up((1.25, -0.5, 0.125), 0.875, 1) == [
        Decimal("1.2"),
        Decimal("-0.5"),
        Decimal("0.2"),
        Decimal("0.9"),
    ]


# The picture.


def drawn(figure: Figure) -> Image.Image:
    """The picture, in all of its colours."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")


def colours_in(picture: Image.Image, left: float, top: float, right: float, bottom: float) -> set[str]:
    """The colours of a part of the sheet, given in fractions of its sides."""
    width, height = picture.size
    part = picture.crop((int(left * width), int(top * height), int(right * width), int(bottom * height)))
    colours = part.getcolors(part.width * part.height)
    assert colours is not None
    return {"#" + bytes(colour).hex() for _, colour in colours}


@pytest.mark.parametrize(
    ("sizes", "activation"), [*NETWORKS, ([784, 1, 10], "relu"), ([784, 800, 10], "relu")]
)
def test_every_part_of_the_picture_is_drawn(
    reading: Reading, sizes: list[int], activation: str | list[str]
) -> None:
    picture = drawn(draw_explanation(explained(network_of(sizes, activation), reading), reading))
    assert picture.size == (2 * PAGE, 2 * HEIGHT)
    for column in range(4):
        squares = colours_in(picture, 0.05 + 0.24 * column, 0.13, 0.23 + 0.24 * column, 0.28)
        assert len(squares) > 2, column
    assert FOR in colours_in(picture, 0.25, 0.1, 0.5, 0.3)
    assert {FOR, AGAINST} & colours_in(picture, 0, 0.35, 0.5, 0.72)
    assert len(colours_in(picture, 0, 0.35, 0.5, 0.72)) > 20
    for top, bottom in ((0.35, 0.47), (0.5, 0.75)):
        assert {FOR, AGAINST} & colours_in(picture, 0.5, top, 1, bottom)
    for column in range(min(4, sizes[1])):
        weights = colours_in(picture, 0.05 + 0.24 * column, 0.79, 0.23 + 0.24 * column, 0.92)
        assert len(weights) > 50, column
    for edge in ((0, 0, 1, 0.02), (0, 0.98, 1, 1), (0, 0, 0.03, 1), (0.97, 0, 1, 1)):
        assert colours_in(picture, *edge) == {PAPER}  # nothing runs over the margin


def test_dropped_ink_is_marked_and_any_source_can_be_drawn(tmp_path: Path) -> None:
    digit = Image.fromarray(draw_digits(1, seed=5)[0][0])
    page = Image.new("L", (300, 400), 255)
    page.paste(0, (100, 120), digit.resize((140, 140)))
    page.paste(0, (0, 330, 60, 400))  # a shadow that enters at the corner
    network = network_of([784, 4, 10], "relu")
    reading = read_digit(page)
    assert reading.stages.dropped.any()
    picture = drawn(draw_explanation(explained(network, reading), reading))
    assert {FOR, AGAINST} <= colours_in(picture, 0.25, 0.1, 0.5, 0.3)
    for other in (read_digit(digit), read_digit(page, preprocess=False)):
        picture = drawn(draw_explanation(explained(network, other), other))
        assert len(colours_in(picture, 0.03, 0.13, 0.25, 0.28)) > 2


def test_a_picture_can_be_drawn_of_a_network_that_knows_nothing(reading: Reading) -> None:
    network = Network.zeros([784, 3, 10])
    network.layers[1].name = "a name that is much longer than the square above it, and in ἑλληνικά"
    explanation = explained(network, reading)
    assert explanation.lead == 0
    picture = drawn(draw_explanation(explanation, reading))
    assert colours_in(picture, 0.97, 0, 1, 1) == {PAPER}
    assert "total" in explanation_text(explanation)


def test_the_command_draws_and_tells(tmp_path: Path) -> None:
    path = tmp_path / "why.png"
    path.write_text("an earlier one", encoding="utf-8")
    done = inference("--image-path", SEVEN, "--explain", path)
    assert (done.returncode, path.read_text(encoding="utf-8")) == (2, "an earlier one")
    assert "--overwrite" in done.stderr
    done = inference("--image-path", SEVEN, "--explain", path, "--overwrite")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Why 7, and not " in done.stdout
    assert done.stdout.splitlines()[-1].endswith("why.png")
    with Image.open(path) as picture:
        picture.load()
        assert (picture.format, picture.size) == ("PNG", (2 * PAGE, 2 * HEIGHT))
    assert path.stat().st_size < 150_000
    assert [file.name for file in tmp_path.iterdir()] == ["why.png"]
    done = inference("--image-path", SEVEN, "--explain", path, "--json", "--overwrite")
    assert json.loads(done.stdout)["digit"] == 7


def test_an_answer_without_reasons_does_not_load_them() -> None:
    code = "import sys, mnist_ocr.commands.inference; print([m for m in sys.modules if 'report.ex' in m])"
    assert command("-c", code).stdout.strip() == "[]"


def test_names_that_no_font_knows_are_drawn_without_a_word(reading: Reading) -> None:
    network = network_of([784, 4, 10], "relu")
    for index, name in enumerate(("一筆", "$x$ and $", "a" * 100, "dash")):
        network.layers[1].nodes[index].name = name
    picture = drawn(draw_explanation(explained(network, reading), reading))  # a warning would be an error
    assert colours_in(picture, 0.97, 0, 1, 1) == {PAPER}


def test_places_that_cannot_be_written_are_refused_before_anything_is_read(tmp_path: Path) -> None:
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "file").touch()
    own, model = tmp_path / "own.png", tmp_path / "model.png"
    own.write_bytes(SEVEN.read_bytes())
    Network.zeros([784, 10]).save(model)
    before = sorted(tmp_path.iterdir())
    for path, message in (
        (tmp_path / "folder.png", "this is a folder, expected the name of a file"),
        (tmp_path / "file" / "why.png", "cannot be written: a part of its path is a file"),
        (tmp_path / "why.jpg", "expected a name that ends in .png"),
        (own, "this command reads that file: choose another name"),
        (model, "this command reads that file: choose another name"),
    ):
        done = inference("--image-path", own, "--model", model, "--explain", path)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == f"error: --explain {path}: {message}\n"
    assert own.read_bytes() == SEVEN.read_bytes()
    assert Network.load(model).sizes == [784, 10]
    assert sorted(tmp_path.iterdir()) == before
    assert inference("--image-path", own, "--multi", "--explain", tmp_path / "a.png").returncode == 2
