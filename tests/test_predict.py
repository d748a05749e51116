"""Answers as tables: of pictures, of data sets without labels, and as Kaggle wants them."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from mnist_ocr import Network
from mnist_ocr.__main__ import main
from mnist_ocr.data.synthetic import draw_digits
from mnist_ocr.images import read_digit
from mnist_ocr.report.answer import ask_all
from tests.idx_files import idx_bytes
from tests.test_commands import ROOT

IMAGES, LABELS = draw_digits(12, seed=6)
SEVEN = ROOT / "git" / "seven.png"


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def predicted(*words: object) -> int:
    return main(["predict", *map(str, words)])


@pytest.fixture(scope="module")
def answers() -> list[int]:
    return [int(answer.digit) for answer in ask_all(Network.load("default"), IMAGES)]


def as_csv(path: Path) -> Path:
    header = ",".join(f"pixel{number}" for number in range(784))
    np.savetxt(path / "test.csv", IMAGES.reshape(-1, 784), "%d", ",", header=header, comments="")
    return path / "test.csv"


def as_csv_without_a_header(path: Path) -> Path:
    np.savetxt(path / "test.csv", IMAGES.reshape(-1, 784), "%d", ";")
    return path / "test.csv"


def as_labelled_csv(path: Path) -> Path:
    np.savetxt(path / "all.csv", np.column_stack([LABELS, IMAGES.reshape(-1, 784)]), "%d", ",")
    return path / "all.csv"


def as_idx(path: Path) -> Path:
    (path / "my-images-idx3-ubyte").write_bytes(idx_bytes(IMAGES))
    return path / "my-images-idx3-ubyte"


def as_npy(path: Path) -> Path:
    np.save(path / "x.npy", IMAGES)
    return path / "x.npy"


def as_dark_npy(path: Path) -> Path:
    np.save(path / "x.npy", 255 - IMAGES)
    return path / "x.npy"


FORMS = [as_csv, as_csv_without_a_header, as_labelled_csv, as_idx, as_npy, as_dark_npy]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
def test_a_data_set_without_labels_is_answered_for_kaggle(
    tmp_path: Path, form: Callable[[Path], Path], answers: list[int], capsys: Any
) -> None:
    output = tmp_path / "submission.csv"
    assert predicted(form(tmp_path), "--format", "kaggle", "--output", output) == 0
    expected = ["ImageId,Label", *(f"{number},{digit}" for number, digit in enumerate(answers, 1))]
    assert output.read_text(encoding="utf-8").splitlines() == expected
    said = capsys.readouterr()
    assert "12 answers written to" in said.err
    assert ("inverted" in said.err) == (form is as_dark_npy)


def test_pictures_and_folders_are_read_as_inference_reads_them(tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "b").mkdir()
    Image.fromarray(IMAGES[0]).save(tmp_path / "b" / "first.png")
    (tmp_path / "b" / "note.txt").write_text("no picture")
    (tmp_path / "b" / "torn.png").write_bytes(b"torn")
    assert predicted(SEVEN, tmp_path / "b") == 0
    said = capsys.readouterr()
    seven, first, torn = rows(said.out)
    assert (seven["file"], seven["digit"], seven["reason"]) == (str(SEVEN), "7", "")
    answer = ask_all(Network.load("default"), read_digit(tmp_path / "b" / "first.png").pixels[np.newaxis])[0]
    assert first["digit"] == str(answer.digit)
    assert float(first["confidence"]) == pytest.approx(answer.confidence, rel=1e-4)
    assert sum(float(first[f"probability_{digit}"]) for digit in range(10)) == pytest.approx(1, abs=1e-4)
    assert first["sure"] == ("yes" if answer.sure else "no")
    assert (torn["digit"], torn["confidence"]) == ("", "")
    assert "is not a picture" in torn["reason"]
    assert f"not read: {tmp_path / 'b' / 'torn.png'}: " in said.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nothing.png"], "nothing.png: nothing of that name is there"),
        (["TORN", "--format", "kaggle"], "1 of 1 pictures have no answer, and kaggle needs one for each"),
        (["CSV", "--output", "CSV", "--overwrite"], "this command reads that file"),
        (["CSV", "--output", "TORN"], "exists already; choose another name, or add --overwrite"),
        (["CSV", "TORN"], "a data set goes alone"),
        (["SHORT"], "line 2: expected 784 pixels, found 783 cells"),
        (["WRONG"], "line 2, column 3: expected a pixel, a whole number from 0 to 255, found 256"),
        (["EMPTY"], "no known layout"),
    ],
)
def test_what_cannot_be_answered_is_refused_in_one_line(
    tmp_path: Path, words: list[str], message: str, capsys: Any
) -> None:
    (tmp_path / "torn.png").write_bytes(b"torn")
    (tmp_path / "empty").mkdir()
    table = as_csv(tmp_path)
    header = table.read_text(encoding="utf-8").splitlines()[0]
    (tmp_path / "short.csv").write_text(f"{header}\n" + ",".join(["0"] * 783))
    (tmp_path / "wrong.csv").write_text(f"{header}\n" + ",".join(["0", "0", "256", *["0"] * 781]))
    names = {
        "TORN": "torn.png",
        "CSV": table.name,
        "SHORT": "short.csv",
        "WRONG": "wrong.csv",
        "EMPTY": "empty",
    }
    before = table.read_bytes()
    assert predicted(*(tmp_path / names[word] if word in names else word for word in words)) == 2
    error = capsys.readouterr().err
    assert message in error
    assert "Traceback" not in error
    assert table.read_bytes() == before
