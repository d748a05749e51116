"""The table of figures about reading: what it counts, and where it is written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks import reading
from mnist_ocr.errors import InputError
from mnist_ocr.report.answer import Answer
from mnist_ocr.report.evaluate import Prediction


def prediction(label: int, digit: int, confidence: float) -> Prediction:
    rest = (1 - confidence) / 9
    probabilities = tuple(confidence if place == digit else rest for place in range(10))
    return Prediction(
        "some.png", label, np.zeros((28, 28), np.uint8), Answer(digit, confidence, probabilities)
    )


def test_a_line_counts_what_was_right_and_what_was_sure() -> None:
    found = [prediction(1, 1, 0.99), prediction(2, 3, 0.97), prediction(4, 4, 0.6), prediction(5, 6, 0.5)]
    # Right: 2 of 4. Sure, from 0.95 on: 2, of which 1 is wrong. Error, in tenths: (0.9, 1] has 1 of 2 right
    # at 0.98, (0.5, 0.6] 1 of 1 at 0.6, (0.4, 0.5] 0 of 1 at 0.5: (2 * 0.48 + 0.4 + 0.5) / 4 = 0.465.
    line = reading.figures("mine", "default", found, 1.25, no_digit=False)
    assert line == ["mine", "default", "4", "50.0 %", "50.0 %", "50.0 % (1)", "46.5 %", "1.2"]
    line = reading.figures("none", "default", found, None, no_digit=True)
    assert line == ["none", "default", "4", "", "50.0 %", "", "", ""]


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"text": "12", "sure": True, "not_read": []}, ("12", True)),
        ({"text": "1 2\n3", "sure": True, "not_read": []}, ("123", True)),
        ({"text": "1?", "sure": True, "not_read": [{"box": [0, 0, 1, 1]}]}, ("1?", False)),
        ({"text": "12", "sure": False, "not_read": []}, ("12", False)),
    ],
)
def test_a_row_is_sure_only_as_a_whole(record: dict[str, object], expected: tuple[str, bool]) -> None:
    assert reading.row_of(record) == expected


def test_pictures_and_their_table_are_written_and_found(tmp_path: Path) -> None:
    table = reading.save([(Image.new("L", (9, 9)), 3, "blank")], tmp_path / "some")
    assert table.read_text(encoding="utf-8").split() == ["file,label,kind", "0.png,3,blank"]
    assert reading.given_set(f"1 = one picture={table.parent}") == reading.Set("1 = one picture", table)
    assert reading.given_set(str(table.parent)).name == "some"
    with pytest.raises(InputError, match=r"expected a folder with a table labels\.csv"):
        reading.given_set(str(tmp_path))


def test_the_figures_are_written_between_their_marks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "figures.md"
    begin, end = (f"<!-- benchmarks.reading: {mark} -->" for mark in ("begin", "end"))
    page.write_text(f"above\n{begin}\nold\n{end}\nbelow\n", encoding="utf-8")
    written: list[str] = []
    monkeypatch.setattr(reading, "FIGURES", page)
    monkeypatch.setattr(reading, "measure", lambda options, folder: "new")
    monkeypatch.setattr(reading, "write_figures", lambda: written.append(page.read_text(encoding="utf-8")))
    assert reading.main(["--write"]) == 0
    assert written == [f"above\n{begin}\nnew\n{end}\nbelow\n"]  # then README's, from the new ones
