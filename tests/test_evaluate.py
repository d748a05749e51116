"""Figures against arithmetic by hand, every way in, every bad one, and the files of a report."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mnist_ocr import Network
from mnist_ocr.__main__ import main
from mnist_ocr.data import DataError, load_dataset
from mnist_ocr.data.pictures import read_class_folders, read_labels
from mnist_ocr.data.synthetic import draw_digits
from mnist_ocr.images import read
from mnist_ocr.modelfile import find_model
from mnist_ocr.report.answer import Answer, ask, ask_all
from mnist_ocr.report.evaluate import (
    Evaluation,
    Prediction,
    evaluation_object,
    evaluation_text,
    prediction_object,
)
from mnist_ocr.report.pictures import MOST_MISSES, draw_contact_sheet

ROOT = Path(__file__).resolve().parent.parent

COUNT = 30


def prediction(label: int, digit: int | None, confidence: float = 0.5, **columns: str) -> Prediction:
    """A prediction with the answer that is given, or without one."""
    if digit is None:
        return Prediction("unreadable.png", label, None, None, "is damaged", columns=columns)
    probabilities = [(1 - confidence) / 9] * 10
    probabilities[digit] = confidence
    answer = Answer(digit, confidence, tuple(probabilities), confidence_threshold=0.9)
    return Prediction("some.png", label, np.zeros((28, 28), np.uint8), answer, columns=columns)


# The figures.


def test_the_calibration_error_by_hand() -> None:
    evaluation = Evaluation(
        [
            # (14/15, 1]: 2 of 3 right, confidence 0.95: a distance of 17/60.
            *(prediction(1, 1, 0.95), prediction(2, 2, 0.95), prediction(3, 5, 0.95)),
            # (9/15, 10/15]: 1 of 2 right, mean confidence 0.63: a distance of 0.13.
            *(prediction(4, 4, 0.62), prediction(4, 9, 0.64)),
            # (4/15, 5/15]: 0 of 1 right, confidence 0.3: a distance of 0.3.
            prediction(5, 6, 0.3),
        ]
    )
    # 3/6 · 17/60 + 2/6 · 0.13 + 1/6 · 0.3 = 0.141667 + 0.043333 + 0.05
    assert evaluation.calibration_error == pytest.approx(0.235)
    assert [part.answers for part in evaluation.bins()] == [0, 0, 0, 0, 1, *[0] * 4, 2, *[0] * 4, 3]


@pytest.mark.parametrize(("confidence", "number"), [(1 / 15, 0), (0.2, 2), (0.6, 8), (0.61, 9), (1.0, 14)])
def test_a_bin_ends_with_its_upper_limit(confidence: float, number: int) -> None:
    bins = Evaluation([prediction(0, 0, confidence)]).bins()
    assert [part.answers for part in bins].index(1) == number
    assert bins[number].low < confidence <= bins[number].high


def test_what_could_not_be_read_is_wrong_and_says_nothing_of_confidence() -> None:
    evaluation = Evaluation(
        [prediction(1, 1, 0.95), prediction(2, None), prediction(3, 3, 0.5), prediction(3, 8, 0.95)]
    )
    assert (evaluation.overall.images, evaluation.overall.correct, evaluation.overall.fraction) == (4, 2, 0.5)
    assert (evaluation.sure_fraction, evaluation.sure.fraction) == (0.5, 0.5)
    # (14/15, 1]: |1/2 - 0.95| = 0.45 of two answers; (7/15, 8/15]: |1 - 0.5| = 0.5 of one.
    assert evaluation.calibration_error == pytest.approx((2 * 0.45 + 0.5) / 3)
    assert [unread.name for unread in evaluation.unreadable] == ["unreadable.png"]
    nothing = evaluation_object(Evaluation([prediction(2, None)]))
    assert (nothing["accuracy"], nothing["sure"], nothing["sure_accuracy"], nothing["ece"]) == (
        0,
        0,
        None,
        None,
    )
    assert "none" in evaluation_text(Evaluation([prediction(2, None)]))


def test_digits_and_confusions_are_counted() -> None:
    evaluation = Evaluation(
        [
            prediction(3, 5),
            prediction(3, 5),
            prediction(3, 3),
            prediction(7, 1),
            prediction(5, 3),
            prediction(0, 0),
            prediction(0, None),
        ]
    )
    accuracies = {
        digit: (accuracy.correct, accuracy.images) for digit, accuracy in evaluation.per_digit().items()
    }
    assert accuracies == {0: (1, 2), 3: (1, 3), 5: (0, 1), 7: (0, 1)}
    assert evaluation.confusions() == [(3, 5, 2), (5, 3, 1), (7, 1, 1)]
    text = evaluation_text(evaluation)
    assert "3 read as 5: 2 times" in text
    assert "7 read as 1: 1 time\n" in text
    assert "unreadable.png: is damaged" in text


def test_groups_are_columns_of_few_values() -> None:
    kinds = ["photo", "photo", "drawing", "photo"]
    rights = [True, False, True, True]
    cases = [
        prediction(1, 1 if right else 7, kind=kind, file_size=str(number), year="2020")
        for number, (kind, right) in enumerate(zip(kinds, rights, strict=True))
    ]
    groups = evaluation_object(Evaluation(cases))["groups"]
    assert groups == {
        "kind": {"drawing": {"images": 1, "accuracy": 1.0}, "photo": {"images": 3, "accuracy": 2 / 3}},
        "year": {"2020": {"images": 4, "accuracy": 0.75}},
    }


@pytest.mark.parametrize(("values", "times", "is_group"), [(12, 2, True), (13, 2, False), (3, 1, False)])
def test_many_values_are_no_groups(values: int, times: int, is_group: bool) -> None:
    cases = [prediction(0, 0, writer=f"writer {number % values}") for number in range(values * times)]
    assert ("writer" in Evaluation(cases).groups()) == is_group


@pytest.mark.parametrize("activation", ["softmax", "sigmoid", "linear"])
def test_many_are_asked_as_one_is(activation: str) -> None:
    network = Network([784, 10], [activation], loss="squared-error" if activation != "softmax" else None)
    images, _ = draw_digits(3, seed=1)
    for answer, pixels in zip(ask_all(network, images), images, strict=True):
        assert answer.probabilities == pytest.approx(ask(network, pixels).probabilities, abs=1e-6)
        assert sum(answer.probabilities) == pytest.approx(1, abs=1e-6)
    assert ask_all(network, images[:0]) == []


# Lists of pictures.


def test_a_table_as_a_spreadsheet_writes_it(tmp_path: Path) -> None:
    table = tmp_path / "labels.csv"
    lines = ["label, file ,kind,note", '3,"a, b.png", photo ,"says ""three"""', "0,ü/0.png,,", ",,,", ""]
    table.write_bytes("\r\n".join(lines).encode("utf-8-sig"))
    first, second = read_labels(table)
    assert (first.name, first.label, first.path) == ("a, b.png", 3, tmp_path / "a, b.png")
    assert first.columns == {"kind": "photo", "note": 'says "three"'}
    assert (second.name, second.label, second.columns) == ("ü/0.png", 0, {"kind": "", "note": ""})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "line 1: expected the columns file and label, separated by commas, found nothing"),
        (b"file,digit\na.png,1\n", "line 1: expected the columns file and label, separated by commas, found"),
        (b"file;label\na.png;1\n", "found file;label"),
        (b"file,label,file\n", "line 1: expected each column once, found 'file' several times"),
        (b"file,label\n", "expected a row for each picture"),
        (b"file,label\na.png,1\nb.png,11\n", "line 3: label '11': expected a digit from 0 to 9"),
        (b"file,label\n\na.png,\n", "line 3: label ''"),
        (b"file,label\na.png,three\n", "line 2: label 'three'"),
        (b"file,label\na.png,1,2\n", "line 2: expected 2 cells, as many as there are columns, found 3"),
        (b"file,label\na.png\n", "line 2: expected 2 cells"),
        (b"file,label\n,1\n", "line 2: expected the name of a picture"),
        (b'file,label\n"a.png,1\n', "not CSV"),
        ("file,label\nä.png,1\n".encode("latin-1"), "expected text in UTF-8, found the byte 0xe4"),
        (None, "labels.csv: cannot be read: No such file"),
    ],
)
def test_a_bad_table_is_refused_where_it_is_bad(tmp_path: Path, content: bytes | None, message: str) -> None:
    table = tmp_path / "labels.csv"
    if content is not None:
        table.write_bytes(content)
    with pytest.raises(DataError) as refusal:
        read_labels(table)
    assert message in str(refusal.value)
    assert str(table) in str(refusal.value)


def test_folders_named_after_digits(tmp_path: Path) -> None:
    for name in ("0/b.png", "0/a.png", "7/c.png", "7/.hidden", "7/Thumbs.db", "10/d.png", "notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "3").mkdir()
    pictures, notice = read_class_folders(tmp_path)
    assert [(p.name, p.label) for p in pictures] == [("0/a.png", 0), ("0/b.png", 0), ("7/c.png", 7)]
    assert notice == f"{tmp_path}: no pictures of 1, 2, 3, 4, 5, 6, 8, 9; not used: 10"


def test_files_that_are_no_pictures_are_left_out_and_said(tmp_path: Path) -> None:
    (tmp_path / "5").mkdir()
    names = ("a.PNG", "b.heic", "c", "readme.md", "x.csv", "y.csv", "z\x1b.csv")
    for name in names:
        (tmp_path / "5" / name).touch()
    pictures, notice = read_class_folders(tmp_path)
    assert [p.name for p in pictures] == ["5/a.PNG", "5/b.heic", "5/c"]
    assert notice is not None
    assert notice.endswith(
        "; left out because they are not pictures: 5/readme.md, 5/x.csv, 5/y.csv and 1 more"
    )
    for name in names[:3]:
        (tmp_path / "5" / name).unlink()
    with pytest.raises(DataError, match="expected pictures in the subfolders 0 to 9, found none"):
        read_class_folders(tmp_path)


def test_a_folder_without_pictures_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="expected pictures in the subfolders 0 to 9, found none"):
        read_class_folders(tmp_path)
    with pytest.raises(DataError, match="No such file"):
        read_class_folders(tmp_path / "nowhere")


# Pictures.


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of folders with digits that the program drew, and a table of the same."""
    folder = tmp_path_factory.mktemp("drawn")
    rows = ["file,label,kind,number"]
    for number, (pixels, label) in enumerate(zip(*draw_digits(COUNT, seed=3), strict=True)):
        path = folder / str(label) / f"{number}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(pixels).save(path)
        rows.append(f"{label}/{number}.png,{label},{'odd' if number % 2 else 'even'},{number}")
    (folder / "labels.csv").write_text("\n".join(rows), encoding="utf-8")
    return folder


def bad_pictures(folder: Path, good: Path) -> dict[str, str]:
    """File names, and what has to be said about each."""
    (folder / "empty.png").touch()
    (folder / "cut.png").write_bytes(good.read_bytes()[:-40])
    Image.new("L", (50, 50), 255).save(folder / "blank.png")
    return {
        "missing.png": "no such file",
        "empty.png": "is empty (0 bytes)",
        "cut.png": "is damaged or cut off: its pixels cannot be read",
        "blank.png": "no ink found in the picture: it looks blank",
    }


def test_why_a_picture_could_not_be_read(tmp_path: Path, drawn: Path) -> None:
    good = next(drawn.glob("3/*.png"))
    for name, reason in bad_pictures(tmp_path, good).items():
        assert read.read_file(tmp_path / name) == (None, reason)
    candidates, reason = read.read_file(good)
    assert candidates is not None
    assert np.array_equal(candidates.pixels, [np.asarray(Image.open(good))])
    assert reason == ""


def test_processes_read_the_same_in_the_same_order(drawn: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [*sorted(drawn.glob("*/*.png")), drawn / "missing.png"]
    here = list(read.read_files(paths))
    monkeypatch.setattr(read, "WORTH_PROCESSES", 2)
    monkeypatch.setattr(read, "cores", lambda: 2)
    there = list(read.read_files(paths))
    assert [reason for _, reason in there] == [reason for _, reason in here]
    for (ours, _), (theirs, _) in zip(here[:-1], there[:-1], strict=True):
        assert ours is not None
        assert theirs is not None
        assert all(map(np.array_equal, ours, theirs))


# The command.

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def evaluate(capsys: pytest.CaptureFixture[str]) -> Run:
    """The command with these words: exit code, stdout, stderr."""

    def run(*words: object) -> tuple[int, str, str]:
        code = main(["evaluate", *map(str, words)])
        return code, *capsys.readouterr()

    return run


def expected_rights(drawn: Path) -> list[bool]:
    """Whether the shipped network reads each of the drawn pictures, in the order of the table."""
    images, labels = draw_digits(COUNT, seed=3)
    network = Network.load(find_model("default"))
    return (network.predict(images.reshape(COUNT, -1) / 255) == labels).tolist()


def test_a_table_and_a_folder_say_the_same(evaluate: Run, drawn: Path) -> None:
    rights = expected_rights(drawn)
    code, out, _ = evaluate("--labels", drawn / "labels.csv", "--json")
    assert (code, out.count("\n")) == (0, 1)
    figures = json.loads(out)
    assert figures["images"] == COUNT
    assert figures["accuracy"] == pytest.approx(np.mean(rights))
    assert figures["groups"] == {
        "kind": {
            "even": {"images": 15, "accuracy": pytest.approx(np.mean(rights[::2]))},
            "odd": {"images": 15, "accuracy": pytest.approx(np.mean(rights[1::2]))},
        }
    }
    assert figures["unreadable"] == []
    assert figures["model"] == str(find_model("default"))
    code, out, _ = evaluate("--folder", drawn, "--json")
    sorted_in = json.loads(out)
    for name in ("images", "accuracy", "sure", "sure_accuracy", "per_digit", "confusions"):
        assert sorted_in[name] == figures[name]
    assert sorted_in["ece"] == pytest.approx(figures["ece"])
    assert sorted_in["groups"] == {}


def test_arrays_go_straight_in(evaluate: Run, idx_folder: Path) -> None:
    test = load_dataset(str(idx_folder)).test
    network = Network.load(find_model("default"))
    right = (network.predict(test.images.reshape(len(test), -1) / 255) == test.labels).sum()
    code, out, err = evaluate("--dataset", idx_folder)
    assert (code, err) == (0, "")
    assert f"{right} of 20 read correctly" in out


def test_pictures_that_cannot_be_read_are_counted_and_listed(
    evaluate: Run, tmp_path: Path, drawn: Path
) -> None:
    good = next(drawn.glob("3/*.png"))
    reasons = bad_pictures(tmp_path, good)
    rows = ["file,label", f"{good},3", *(f"{name},3" for name in reasons)]
    del reasons["missing.png"]  # which is a mistake in the list, and no misread digit
    table = tmp_path / "labels.csv"
    table.write_text("\n".join(rows), encoding="utf-8")
    code, out, err = evaluate("--labels", table, "--json", "--report", tmp_path / "report")
    figures = json.loads(out)
    assert code == 0
    assert f"note: {table}: left out 1 picture that does not exist: missing.png\n" in err
    assert (figures["images"], figures["accuracy"]) == (4, pytest.approx(1 / 4))
    assert {entry["file"]: entry["reason"] for entry in figures["unreadable"]} == reasons
    code, out, _ = evaluate("--labels", table)
    assert "3 not readable, counted as wrong\n  empty.png: is empty (0 bytes)\n" in out
    with (tmp_path / "report" / "predictions.csv").open(encoding="utf-8", newline="") as file:
        predictions = list(csv.DictReader(file))
    assert [row["reason"] for row in predictions] == ["", *reasons.values()]
    assert [row["digit"] for row in predictions] == ["3", *[""] * 3]


def test_of_several_digits_none_is_a_sure_answer(evaluate: Run, tmp_path: Path, drawn: Path) -> None:
    digit = Image.open(next(drawn.glob("3/*.png"))).resize((140, 140))
    two = Image.new("L", (400, 200))
    two.paste(digit, (20, 30))
    two.paste(digit, (240, 30))
    two.save(tmp_path / "two.png")
    (tmp_path / "labels.csv").write_text("file,label\ntwo.png,3\n", encoding="utf-8")
    code, out, _ = evaluate("--labels", tmp_path / "labels.csv", "--json")
    assert code == 0
    assert json.loads(out)["sure"] == 0


def test_a_list_of_nothing_that_exists_is_refused(evaluate: Run, tmp_path: Path) -> None:
    table = tmp_path / "labels.csv"
    table.write_text("file,label\na.png,3\nb.png,4\n", encoding="utf-8")
    code, out, err = evaluate("--labels", table)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert f"{table}: none of the pictures that it lists exists: a.png, b.png; their paths start from" in err


def test_only_pictures_that_cannot_be_read(evaluate: Run, tmp_path: Path) -> None:
    (tmp_path / "4").mkdir()
    (tmp_path / "4" / "four.png").touch()
    code, out, err = evaluate("--folder", tmp_path, "--report", tmp_path / "report")
    assert code == 0
    assert "0 of 1 read correctly" in out
    assert f"note: {tmp_path}: no pictures of 0, 1, 2, 3, 5, 6, 7, 8, 9; not used: report" in err


def is_drawn(path: Path) -> bool:
    """Whether a picture opens and shows more than its paper."""
    with Image.open(path) as picture:
        return len(np.unique(np.asarray(picture.convert("L")))) > 5


def test_a_report(evaluate: Run, tmp_path: Path, drawn: Path) -> None:
    report = tmp_path / "new" / "report"
    code, out, _ = evaluate("--labels", drawn / "labels.csv", "--report", report)
    assert code == 0
    names = ["confusion.png", "contact-sheet.png", "predictions.csv", "reliability.png", "weights.png"]
    assert all(name in out.splitlines()[-1] for name in names)
    assert sorted(path.name for path in report.iterdir()) == names
    assert all(is_drawn(path) for path in report.glob("*.png"))
    with (report / "predictions.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["digit"] == row["label"] for row in rows] == expected_rights(drawn)
    threshold = Network.load("default").metadata["sure_above"]
    for number, row in enumerate(rows):
        probabilities = [float(row[f"probability_{digit}"]) for digit in range(10)]
        assert float(row["confidence"]) == max(probabilities) == probabilities[int(row["digit"])]
        assert row["sure"] == ("yes" if max(probabilities) >= threshold else "no")
        assert (row["number"], row["kind"]) == (str(number), "odd" if number % 2 else "even")

    # What was written can be evaluated again, and a second report takes the place of the first on request.
    copied = drawn / "predictions.csv"
    copied.write_bytes((report / "predictions.csv").read_bytes())
    code, _, err = evaluate("--labels", copied, "--report", report)
    assert (code, "predictions.csv: exists already" in err) == (2, True)
    code, _, _ = evaluate("--labels", copied, "--report", report, "--overwrite")
    assert code == 0
    assert (report / "predictions.csv").read_bytes() == copied.read_bytes()
    copied.unlink()


def test_no_file_that_is_read_is_written_over(evaluate: Run, tmp_path: Path, drawn: Path) -> None:
    (tmp_path / "3.png").write_bytes(next(drawn.glob("3/*.png")).read_bytes())
    table, model = tmp_path / "predictions.csv", tmp_path / "weights.png"
    table.write_text("file,label\n3.png,3\n", encoding="utf-8")
    Network([784, 10]).save(model)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    code, out, err = evaluate("--labels", table, "--report", tmp_path)
    assert (code, out) == (2, "")
    assert err == f"error: --report {table}: this command reads that file: choose another name\n"
    code, _, err = evaluate("--dataset", "synthetic", "--model", model, "--report", tmp_path)
    assert (code, f"--report {model}: this command reads that file" in err) == (2, True)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_report_that_cannot_be_written_is_refused_before_the_work(
    evaluate: Run, tmp_path: Path, drawn: Path
) -> None:
    (tmp_path / "reliability.png").mkdir()
    code, out, err = evaluate("--folder", drawn, "--report", tmp_path)
    assert (code, out) == (2, "")
    assert (
        err
        == f"error: --report {tmp_path / 'reliability.png'}: this is a folder, expected the name of a file\n"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["reliability.png"]


def test_names_cannot_steer_a_terminal(evaluate: Run, tmp_path: Path, drawn: Path) -> None:
    folder = tmp_path / "a\x1b]0;title\x07b"
    folder.mkdir()
    (folder / "broken\x1b[2J.png").touch()
    rows = ["file,label,kind\x1b[31m", *["broken\x1b[2J.png,3,red\x1b[31m"] * 2, "gone\x1b[2J.png,1,a"]
    (folder / "list.csv").write_text("\n".join(rows), encoding="utf-8")
    code, out, err = evaluate("--labels", folder / "list.csv", "--report", folder / "report")
    assert code == 0
    assert "\x1b" not in out + err.splitlines()[0]
    for shown in (r"a\x1b]0;title\x07b", r"broken\x1b[2J.png: is empty", r"kind\x1b[31m", r"red\x1b[31m"):
        assert shown in out
    assert r"left out 1 picture that does not exist: gone\x1b[2J.png" in err


def test_a_sheet_shows_so_many_misses_and_no_more() -> None:
    heights = [
        draw_contact_sheet(Evaluation([prediction(1, 1), *[prediction(1, 7)] * misses])).get_figheight()
        for misses in (0, 1, 8, 9, MOST_MISSES, MOST_MISSES + 1)
    ]
    assert heights[0] < heights[1] == heights[2] < heights[3] < heights[4] == heights[5]


def test_a_report_needs_matplotlib_and_a_place(
    evaluate: Run, tmp_path: Path, drawn: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = tmp_path / "taken"
    taken.write_text("mine", encoding="utf-8")
    code, out, err = evaluate("--folder", drawn, "--report", taken)
    assert (code, out) == (2, "")
    assert err == f"error: --report {taken}: this is a file, expected the name of a folder\n"
    assert taken.read_text(encoding="utf-8") == "mine"
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    code, out, err = evaluate("--folder", drawn, "--report", tmp_path / "report")
    assert (code, out) == (2, "")
    assert "pip install 'matplotlib>=3.10.7'" in err
    assert not (tmp_path / "report").exists()


@pytest.fixture
def models(tmp_path: Path) -> dict[str, Path]:
    """Networks that nobody ships: other outputs, and none between pixels and answers."""
    networks = {
        "sigmoid": Network([784, 12, 10], ["tanh", "sigmoid"]),
        "linear": Network([784, 12, 10], ["sigmoid", "linear"]),
        "flat": Network([784, 10], ["softmax"]),
        "flat-linear": Network([784, 10], ["linear"]),
    }
    for name, network in networks.items():
        network.save(tmp_path / f"{name}.json")
    return {name: tmp_path / f"{name}.json" for name in networks}


@pytest.mark.parametrize("name", ["sigmoid", "linear", "flat", "flat-linear"])
def test_every_kind_of_network_is_measured(
    evaluate: Run, idx_folder: Path, tmp_path: Path, models: dict[str, Path], name: str
) -> None:
    test = load_dataset(str(idx_folder)).test
    assert test is not None
    right = Network.load(models[name]).predict(test.images.reshape(len(test), -1) / 255) == test.labels
    words = ["--dataset", idx_folder, "--model", models[name], "--json"]
    code, out, err = evaluate(*words, "--report", tmp_path / "report")
    assert (code, err) == (0, "")
    assert json.loads(out)["accuracy"] == pytest.approx(right.mean())
    assert is_drawn(tmp_path / "report" / "weights.png")
    code, out, _ = evaluate(*words, "--index", 3)
    (image,) = json.loads(out)["images"]
    assert (code, image["right"]) == (0, right[3])
    assert sum(image["probabilities"]) == pytest.approx(1)


# Single images.


def test_single_images_with_everything_the_network_says(evaluate: Run, idx_folder: Path) -> None:
    test = load_dataset(str(idx_folder)).test
    assert test is not None
    network = Network.load(find_model("default"))
    code, out, err = evaluate("--dataset", idx_folder, "--index", 13, 4, "--json")
    assert (code, err, out.count("\n")) == (0, "", 1)
    record = json.loads(out)
    assert [(image["index"], image["label"]) for image in record["images"]] == [(13, 3), (4, 4)]
    for image in record["images"]:
        answer = ask(network, test.images[image["index"]])
        assert image["probabilities"] == pytest.approx(answer.probabilities, abs=1e-6)
        assert (image["digit"], image["right"]) == (answer.digit, answer.digit == image["label"])

    code, out, _ = evaluate("--dataset", idx_folder, "--index", 13, 4)
    assert code == 0
    first, second = out.split("image 4: ")
    digit = record["images"][0]["digit"]
    verdict = "right" if digit == 3 else "wrong"
    assert f"image 13: a 3, read as {digit}: {verdict}\n" in first
    for text, label in ((first, 3), (second, 4)):
        scores = [line for line in text.splitlines() if line[:2] == "  " and line[2:3].isdigit()]
        assert [line.split()[0] for line in scores] == list("0123456789")
        assert [line.endswith("<- its label") for line in scores] == [d == label for d in range(10)]


def test_what_was_never_asked_has_no_answer_to_show() -> None:
    nothing = prediction_object(prediction(2, None))
    assert (nothing["digit"], nothing["right"], nothing["probabilities"]) == (None, False, None)


def test_the_drawing_is_the_image(evaluate: Run, idx_folder: Path) -> None:
    test = load_dataset(str(idx_folder)).test
    assert test is not None
    _, out, _ = evaluate("--dataset", idx_folder, "--index", 19)
    rows = [line[1:-1] for line in out.splitlines() if line.startswith("│")]
    assert [[row[2 * column] == " " for column in range(28)] for row in rows] == (
        test.images[19] < 52  # of five shades, the darkest: 256 / 5 = 51.2
    ).tolist()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--index", "0", "20"], "--index 20: expected 0 to 19, for there are 20 images in "),
        (["--index", "0", "--report", "r"], "--index shows images of a --dataset: not with --folder"),
    ],
)
def test_an_index_that_cannot_be(evaluate: Run, idx_folder: Path, words: list[str], message: str) -> None:
    code, out, err = evaluate("--dataset", idx_folder, *words)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert message in err


@pytest.mark.parametrize("option", ["--folder", "--labels"])
def test_an_index_is_no_name_of_a_picture(evaluate: Run, option: str) -> None:
    code, out, err = evaluate(option, "somewhere", "--index", 0)
    assert (code, out) == (2, "")
    assert err.startswith("error: --index shows images of a --dataset: not with --folder, --labels")


def test_all_images_are_read_where_none_are_for_testing(
    evaluate: Run, idx_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digits = load_dataset(str(idx_folder))
    only = replace(digits, test=None, source="mine")
    monkeypatch.setattr("mnist_ocr.commands.evaluate.load_dataset", lambda *words, **others: only)
    code, out, err = evaluate("--json")
    assert (code, json.loads(out)["images"]) == (0, len(digits.training))
    assert err.startswith("note: mine: no images are set aside for testing")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--labels", "nowhere.csv"], "nowhere.csv: cannot be read: No such file"),
        (["--labels", ""], "cannot be read"),
        (["--folder", "nowhere"], "nowhere: expected a folder with the subfolders 0 to 9"),
        (["--folder", ""], "expected pictures in the subfolders 0 to 9, found none"),
        (["--dataset", "nowhere"], 'dataset "nowhere"'),
        (["--dataset", "synthetic", "--model", "nowhere.json"], "nowhere.json"),
    ],
)
def test_what_cannot_be_is_refused_on_one_line(evaluate: Run, words: list[str], message: str) -> None:
    code, out, err = evaluate(*words)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith("error: ")
    assert message in err


def test_as_a_process(drawn: Path) -> None:
    words = [sys.executable, "-W", "error", "-m", "mnist_ocr", "evaluate", "--folder", str(drawn), "--json"]
    done = subprocess.run(words, capture_output=True, text=True, cwd=ROOT, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["images"] == COUNT
    assert "100%" in done.stderr
    words += ["--labels", "x.csv"]
    done = subprocess.run(words, capture_output=True, text=True, cwd=ROOT, timeout=300, check=False)
    assert done.returncode == 2
    assert "not allowed with argument --folder" in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGINT to a single process")
@pytest.mark.parametrize("seconds", [0, 0.1, 0.3, 1])
def test_ctrl_c_ends_cleanly(tmp_path: Path, seconds: float) -> None:
    grey = np.tile(np.linspace(0, 255, 1000, dtype=np.uint8), (1000, 1))
    Image.fromarray(grey).save(tmp_path / "slow.png")
    table = tmp_path / "labels.csv"
    table.write_text("file,label\n" + "slow.png,1\n" * 20_000, encoding="utf-8")
    running = subprocess.Popen(
        [sys.executable, "-m", "mnist_ocr", "evaluate", "--labels", str(table)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        start_new_session=True,
    )
    assert running.stderr is not None
    running.stderr.read(10)  # the bar has begun
    time.sleep(seconds)
    os.killpg(running.pid, signal.SIGINT)  # as a terminal does: all processes get it
    out, err = running.communicate(timeout=300)
    assert (running.returncode, out) == (130, "")
    assert err.endswith("stopped\n")
    assert "Traceback" not in err
