"""A network that learned other classes than the digits 0 to 9 answers with its classes everywhere."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_ocr.__main__ import main
from mnist_ocr.errors import InputError
from mnist_ocr.graph import Network
from mnist_ocr.graph.classes import classes_of, named_classes
from mnist_ocr.report.answer import Answer, ask, in_words, require_digit_reader
from mnist_ocr.report.charts import draw_confusion
from mnist_ocr.report.evaluate import Evaluation, Prediction, prediction_text

SEVEN = Path(__file__).resolve().parent.parent / "git" / "seven.png"
WORDS = ["ten", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


def with_classes(network: Network, classes: Any) -> Network:
    network.metadata = {**network.metadata, "training": {"classes": classes}}
    return network


@pytest.fixture
def one_to_ten(tmp_path: Path) -> Path:
    """The shipped network, its outputs turned by one, so that node 0 is the digit 1 and node 9 is the 10."""
    network = Network.load("default")
    network.output.weights[...] = np.roll(network.output.weights, -1, axis=0)
    network.output.biases[...] = np.roll(network.output.biases, -1)
    path = tmp_path / "one to ten.json"
    with_classes(network, [*range(1, 10), 10]).save(path)
    return path


@pytest.fixture
def words(tmp_path: Path) -> Path:
    """The shipped network with words for its digits."""
    path = tmp_path / "words.json"
    with_classes(Network.load("default"), WORDS).save(path)
    return path


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    assert main([str(argument) for argument in arguments]) == 0
    return capsys.readouterr().out


# Where the classes come from.


def test_without_names_the_classes_are_the_numbers_of_the_nodes() -> None:
    network = Network([4, 3], ["softmax"])
    assert (classes_of(network), named_classes(network)) == ((0, 1, 2), None)


def test_names_are_kept_and_whole_numbers_are_whole() -> None:
    network = with_classes(Network([4, 4], ["softmax"]), [1.0, 2, "two", 0.5])
    assert classes_of(network) == (1, 2, "two", 0.5)
    assert [type(name) for name in classes_of(network)] == [int, int, str, float]


def test_numbers_changed_by_hand_keep_their_classes() -> None:
    network = Network([4, 2], ["softmax"])
    network.metadata = {"training": {"note": "changed", "from": {"classes": ["a", "b"], "accuracy": 0.9}}}
    assert classes_of(network) == ("a", "b")
    network.metadata = {"training": {"command": "another", "from": {"classes": ["a", "b"]}}}
    assert classes_of(network) == (0, 1)  # it learned something else since


@pytest.mark.parametrize(
    "classes", [["a"], ["a", "b", "c"], ["a", "a"], [1, "1"], "ab", None, [["a"], "b"], [1, None], {"a": 1}]
)
def test_names_that_do_not_fit_are_refused_by_their_path(classes: Any) -> None:
    network = with_classes(Network([784, 2], ["softmax"]), classes)
    with pytest.raises(InputError, match=r"mine\.json: training\.classes: expected a list of 2 different"):
        require_digit_reader(network, "mine.json")


def test_any_number_of_outputs_will_do_if_each_has_a_class() -> None:
    require_digit_reader(with_classes(Network([784, 3], ["softmax"]), ["a", "b", "c"]))
    require_digit_reader(with_classes(Network([784, 3], ["softmax"]), [0, 1, 2]))
    with pytest.raises(InputError, match=r"10 outputs, and this one has 784 and 3; .* if training\.classes"):
        require_digit_reader(Network([784, 3], ["softmax"]))
    with pytest.raises(InputError, match="this one has 784 and 1"):  # which two does it tell apart?
        require_digit_reader(with_classes(Network([784, 1], ["sigmoid"]), [1]))


# What is said.


def test_a_network_of_three_letters_answers_with_letters() -> None:
    network = with_classes(Network.zeros([784, 3], ["softmax"]), ["A", "B", "Ω\x1b[31m"])
    network.output.biases[...] = [0, 4, 2]
    answer = ask(network, np.zeros((28, 28), np.uint8))
    assert (answer.digit, answer.node_index, answer.classes) == ("B", 1, ("A", "B", "Ω\x1b[31m"))
    assert [name for name, _ in answer.ranking()] == ["B", "Ω\x1b[31m", "A"]
    # Softmax of 0, 4, 2: e^4 / (1 + e^4 + e^2) = 0.8668, which is not sure.
    assert in_words(answer).startswith(r"not sure; perhaps B (86.7 %), or Ω\x1b[31m (11.7 %)")


def test_inference_says_the_class(one_to_ten: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = run(capsys, "inference", "--image-path", SEVEN, "--model", one_to_ten, "--top", 10)
    assert "seven.png: 7, with a confidence of" in text
    bars = text.split("\n\n")[1].splitlines()
    assert sorted(int(line.split()[0]) for line in bars) == [*range(1, 11)]
    assert len({line.index("%") for line in bars}) == 1  # below each other, whether they are called 7 or 10
    record = json.loads(run(capsys, "inference", "--image-path", SEVEN, "--model", one_to_ten, "--json"))
    assert record["digit"] == 7
    assert record["classes"] == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
    assert record["probabilities"][6] == record["confidence"]


def test_words_are_said_in_rows_explanations_and_traces(
    words: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    row = run(capsys, "inference", "--image-path", SEVEN, "--model", words, "--multi")
    assert "seven.png: seven\n" in row
    why, trace = tmp_path / "why.png", tmp_path / "trace.json"
    options = ("--explain", why, "--trace", trace)
    text = run(capsys, "inference", "--image-path", SEVEN, "--model", words, *options)
    assert "Why seven, and not " in text
    assert "ink that speaks for seven" in text
    assert why.stat().st_size > 0
    answer = json.loads(trace.read_text(encoding="utf-8"))["answer"]
    assert (answer["digit"], answer["classes"]) == ("seven", WORDS)


def test_digits_are_said_as_before(capsys: pytest.CaptureFixture[str]) -> None:
    record = json.loads(run(capsys, "inference", "--image-path", SEVEN, "--json"))
    assert record["digit"] == 7
    assert "classes" not in record


# What is measured.


def test_labels_are_compared_as_the_names_of_classes(
    one_to_ten: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", "--dataset", "synthetic", "--model", str(one_to_ten), "--json"]) == 0
    out, err = capsys.readouterr()
    found = json.loads(out)
    assert set(found["per_digit"]) == set("0123456789")
    assert found["per_digit"]["0"]["accuracy"] == 0  # it calls a 0 a 10
    assert all(found["per_digit"][str(digit)]["accuracy"] > 0.5 for digit in range(1, 10))
    first = found["confusions"][0]
    assert (first["label"], first["digit"]) == (0, 10)
    assert "with the label 0 count as read wrong" in err


def test_pictures_in_folders_of_the_classes(
    words: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("seven", "two"):
        (tmp_path / "mine" / name).mkdir(parents=True)
        (tmp_path / "mine" / name / "a.png").write_bytes(SEVEN.read_bytes())
    report = tmp_path / "report"
    text = run(capsys, "evaluate", "--folder", tmp_path / "mine", "--model", words, "--report", report)
    assert "two read as seven: 1 time" in text
    with (report / "predictions.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["label"]: row for row in csv.DictReader(file)}
    assert (rows["seven"]["digit"], rows["two"]["digit"]) == ("seven", "seven")
    assert float(rows["two"]["probability_seven"]) > 0.9
    assert "probability_7" not in rows["two"]
    table = tmp_path / "labels.csv"
    table.write_text("file,label\nmine/two/a.png,seven\n", encoding="utf-8")
    assert "1 of 1 read correctly" in run(capsys, "evaluate", "--labels", table, "--model", words)
    table.write_text("file,label\nmine/two/a.png,7\n", encoding="utf-8")
    assert main(["evaluate", "--labels", str(table), "--model", str(words)]) == 2
    assert "label '7': expected one of ten, one, two," in capsys.readouterr().err


def test_the_confusion_matrix_has_the_classes_and_other_labels() -> None:
    answer = Answer("b", 0.9, (0.1, 0.9), classes=("a", "b"))
    predictions = [Prediction(f"{label}.png", label, np.zeros((28, 28), np.uint8), answer) for label in "abc"]
    (axes,) = draw_confusion(Evaluation(predictions)).axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a", "b", "c"]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["a", "b", "c"]
    counts = {text.get_position(): text.get_text() for text in axes.texts}
    assert counts == {(0, 0): "0", (1, 0): "1", (1, 1): "1", (1, 2): "1", (2, 2): "0"}
    assert "<- its label" not in prediction_text(predictions[2], io.StringIO())
