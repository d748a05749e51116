"""CSV tables: every format gives the same images, every error names the file and the line."""

from __future__ import annotations

import csv
import gzip
import io
import random
import re
import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from mnist_ocr.data import DataError, load_dataset, load_mnist, read_part
from mnist_ocr.data import csv as csv_room
from mnist_ocr.data.csv import read_rows, read_rows_exactly, read_table

Bytes = npt.NDArray[np.uint8]

KAGGLE_MNIST = ["label", *(f"{row}x{column}" for row in range(1, 29) for column in range(1, 29))]
RECOGNIZER = ["label", *(f"pixel{number}" for number in range(784))]

IMAGES = np.random.default_rng(11).integers(0, 256, (5, 28, 28), dtype=np.uint8)
LABELS = np.array([7, 0, 9, 3, 3], np.uint8)
ROWS = [[str(label), *map(str, image.ravel())] for label, image in zip(LABELS, IMAGES, strict=True)]


def text_of(rows: list[list[str]], end: str = "\n") -> str:
    return "".join(",".join(row) + end for row in rows)


def with_cell(column: int, cell: str) -> str:
    """A table whose third row, in line 4, has one other cell; columns are counted from 1."""
    rows = [[*row] for row in ROWS]
    rows[2][column - 1] = cell
    return text_of([RECOGNIZER, *rows])


def write(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def assert_read(path: Path) -> None:
    digits = load_dataset(str(path)).training
    assert np.array_equal(digits.images, IMAGES)
    assert np.array_equal(digits.labels, LABELS)


DIALECTS = {
    "mnist-in-csv": text_of([KAGGLE_MNIST, *ROWS]),
    "digit-recognizer": text_of([RECOGNIZER, *ROWS]),
    "no header": text_of(ROWS),
    "carriage returns and newlines": text_of([RECOGNIZER, *ROWS], "\r\n"),
    "carriage returns": text_of([RECOGNIZER, *ROWS], "\r"),
    "byte order mark": "\ufeff" + text_of([RECOGNIZER, *ROWS]),
    "byte order mark, no header": "\ufeff" + text_of(ROWS),
    "no last newline": text_of([RECOGNIZER, *ROWS])[:-1],
    "blank lines at the end": text_of([RECOGNIZER, *ROWS]) + "\n\r\n  \n\n",
    "blank lines at the start": "\n\n" + text_of([RECOGNIZER, *ROWS]),
    "rows of nothing but commas": text_of([RECOGNIZER, *ROWS, [""] * 785, [""] * 785]),
    "spaces": text_of([RECOGNIZER, *ROWS]).replace(",", ", "),
    "commas and tabs": text_of([RECOGNIZER, *ROWS]).replace(",", ",\t"),
    "quotation marks": text_of([[f'"{cell}"' for cell in row] for row in [RECOGNIZER, *ROWS]]),
    "quoted header": text_of([[f'"{name}"' for name in RECOGNIZER], *ROWS]),
    "another name": text_of([["Class", *RECOGNIZER[1:]], *ROWS]),
    "names that are numbers": text_of([["label", *map(str, range(784))], *ROWS]),
    "semicolons": text_of([RECOGNIZER, *ROWS, [""] * 785], "\r\n").replace(",", ";"),
    "semicolons, no header": "\ufeff\n" + text_of(ROWS).replace(",", ";"),
    "quotation marks and semicolons": text_of([[f'"{cell}"' for cell in row] for row in ROWS]).replace(
        ",", ";"
    ),
    "semicolons in the header only": ";".join(RECOGNIZER) + "\n" + text_of(ROWS),
    "tabs in the header only": "\n" + "\t".join(RECOGNIZER) + "\n\t\t\n" + text_of(ROWS),
    "tabs": text_of([RECOGNIZER, *ROWS]).replace(",", "\t"),
    "zeros in front": text_of([[cell.zfill(3) for cell in row] for row in ROWS]),
    "numbers with a decimal point": text_of([[f"{cell}.0" for cell in row] for row in ROWS]),
    "label last": text_of([[*RECOGNIZER[1:], "class"], *([*row[1:], row[0]] for row in ROWS)]),
    "label last, no header": text_of([[*row[1:], row[0]] for row in ROWS]),
}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_dialect_is_read(tmp_path: Path, dialect: str, packed: bool) -> None:
    content = DIALECTS[dialect].encode()
    assert_read(write(tmp_path / "digits.csv", gzip.compress(content) if packed else content))


@pytest.mark.parametrize("name", ["digits", "digits.txt", "DIGITS.CSV", "digits.csv.gz"])
def test_a_single_file_may_have_any_name(tmp_path: Path, name: str) -> None:
    assert_read(write(tmp_path / name, text_of(ROWS)))


def test_the_source_describes_the_format(tmp_path: Path) -> None:
    path = write(tmp_path / "train.csv", DIALECTS["digit-recognizer"])
    digits = load_dataset(str(path))
    assert digits.source == f"5 images from {path} (CSV with the header label,pixel0,…)"
    assert (digits.name, digits.notice, digits.test) == ("train.csv", None, None)
    assert digits.training.source == str(path)
    bare = write(tmp_path / "bare.csv", DIALECTS["no header"])
    assert load_dataset(str(bare)).source == f"5 images from {bare} (CSV without a header)"
    path = write(tmp_path / "excel.csv", DIALECTS["semicolons"])
    assert load_dataset(str(path)).source == (
        f"5 images from {path} (CSV with the header label,pixel0,…, separated by semicolons)"
    )


def test_equal_labels_are_remarked_on(tmp_path: Path) -> None:
    path = write(tmp_path / "train.csv", text_of([["0", *row[:0:-1]] for row in ROWS]))
    notice = f"{path}: every label is 0; is the first column the label?"
    assert load_dataset(str(path)).notice == notice
    write(tmp_path / "test.csv", text_of(ROWS[3:]))
    other = notice.replace("train", "test").replace("is 0", "is 3")
    assert load_dataset(str(tmp_path)).notice == f"{notice}\n{other}"
    write(tmp_path / "test.csv", text_of(ROWS[:1]))
    assert load_dataset(str(tmp_path / "test.csv")).notice is None


def test_it_is_said_that_the_label_is_in_the_last_column(tmp_path: Path) -> None:
    path = write(tmp_path / "digits.csv", DIALECTS["label last, no header"])
    said = f"5 images from {path} (CSV without a header, the label in the last column)"
    assert load_dataset(str(path)).source == said


def test_rows_of_several_blocks_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "digits.csv", DIALECTS["carriage returns and newlines"])
    for rows in range(1, 7):
        monkeypatch.setattr(csv_room, "ROWS_AT_ONCE", rows)
        assert_read(path)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_usual_formats_are_read_by_numpy(
    tmp_path: Path, dialect: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cell by cell, a large table would take twenty times as long."""
    monkeypatch.delattr(csv_room, "read_rows_exactly")
    assert_read(write(tmp_path / "digits.csv", DIALECTS[dialect]))


def test_unusual_numbers_are_read_cell_by_cell(tmp_path: Path) -> None:
    for odd in ("\u00a0{}", "{}\f", "000000{}"):
        rows = [[row[0], odd.format(row[1]), *row[2:]] for row in ROWS]
        assert_read(write(tmp_path / "odd.csv", text_of(rows)))


FAULTS = {
    "text": (
        with_cell(3, "ink"),
        "line 4, column 3: expected a pixel, a whole number from 0 to 255, found ink",
    ),
    "empty cell": (with_cell(785, ""), "line 4, column 785: expected a pixel, .*, found nothing"),
    "fraction": (with_cell(3, "3.7"), "line 4, column 3: .*, found 3.7"),
    "a decimal point twice": (with_cell(3, "1.0.0"), "line 4, column 3: .*, found 1.0.0"),
    "all but a whole number": (with_cell(3, "1.000000001"), "line 4, column 3: .*, found 1.000000001"),
    "a point and no digit before it": (with_cell(3, ".0"), r"line 4, column 3: .*, found \.0"),
    "a power of ten": (with_cell(3, "1e2"), "line 4, column 3: .*, found 1e2"),
    "256": (with_cell(2, "256"), "line 4, column 2: .*, found 256"),
    "65536": (with_cell(2, "65536"), "line 4, column 2: .*, found 65536"),
    "a number of many digits": (with_cell(2, "9" * 5000), "line 4, column 2: .*, found 9{24}…$"),
    "negative": (with_cell(2, "-1"), "line 4, column 2: .*, found -1"),
    "another script's digits": (with_cell(2, "٣"), "line 4, column 2: .*, found ٣"),
    "two numbers in a cell": (with_cell(2, "1 2"), "line 4, column 2: .*, found 1 2"),
    "label 11": (with_cell(1, "11"), "line 4, column 1: expected a label, .* from 0 to 9, found 11"),
    "label 10": (with_cell(1, "10"), "line 4, column 1: expected a label, .* from 0 to 9, found 10"),
    "label by name": (with_cell(1, "seven"), "line 4, column 1: expected a label, .*, found seven"),
    "783 cells": (
        text_of([ROWS[0], ROWS[1][:-2]]),
        r"line 2: expected 785 cells \(the label and 784 pixels\), found 783",
    ),
    "786 cells": (text_of([ROWS[0], [*ROWS[1], "0"]]), "line 2: expected 785 cells .*, found 786"),
    "784 cells below others": (text_of([ROWS[0], ROWS[1][:-1]]), "line 2: expected 785 cells .*, found 784$"),
    "783 cells everywhere": (text_of([row[:783] for row in ROWS]), "line 1: .* found 783"),
    "header of 783 names": (text_of([RECOGNIZER[:783], *ROWS]), "line 1: .* found 783"),
    "line numbers count blank lines": (
        "\r\n\r\n" + text_of([RECOGNIZER, ROWS[0], [""] * 785, ROWS[1][:9]], "\r\n"),
        "line 6: .* found 9",
    ),
    "semicolons below a header with commas": (
        text_of([RECOGNIZER]) + text_of(ROWS).replace(",", ";"),
        "line 2: expected 785 cells .*, found 1$",
    ),
    "decimals with commas": (
        with_cell(3, "3.7").replace(",", ";").replace("3.7", "3,7"),
        "line 4, column 3: expected a pixel, .*, found 3,7$",
    ),
    "a row of other separators": (
        text_of([RECOGNIZER, *ROWS, [""] * 785]).replace("\n" + "," * 784, "\n" + ";" * 784),
        "line 7: expected 785 cells .*, found 1$",
    ),
    "bars": (text_of(ROWS).replace(",", "|"), "line 1: .* found 1$"),
    "a zero byte": (with_cell(3, "\0"), "line 4: expected text, found a zero byte"),
    "not UTF-8": (
        with_cell(3, "?").encode().replace(b"?", b"\xe9"),
        "line 4: expected .* UTF-8, found .* 0xe9",
    ),
    "UTF-16": (text_of(ROWS).encode("utf-16"), "found text in UTF-16: save it as UTF-8 first"),
    "an image": (b"\x89PNG\r\n\x1a\n", "expected a CSV table of digits, found a PNG image"),
    "a zip": (b"PK\x03\x04rest", "found a ZIP archive or an Excel workbook"),
    "IDX": (b"\0\0\x08\x03\0\0", "found an IDX file"),
    "a web page": ("\n<!DOCTYPE html>\n<html>", "found a web page or XML"),
    "JSON": ('{"layers": []}', "found JSON"),
    "a letter": ("Dear Ann,\nhow are you", "line 1: expected 785 cells .*, found 2"),
    "empty": ("", "found an empty file"),
    "empty in gzip": (gzip.compress(b""), "found an empty file"),
    "only a byte order mark": ("\ufeff", "expected a row for each image, found none"),
    "only blank lines": ("\n\n \n", "expected a row for each image, found none"),
    "only a header": (text_of([RECOGNIZER]), "expected a row for each image below the header, found none"),
    "label in the middle": (
        text_of([[*RECOGNIZER[1:400], "label", *RECOGNIZER[400:]], *ROWS]),
        "line 1: expected the label in the first or last .* found pixel0,pixel1,… and label in column 400",
    ),
    "pixels under the name of a label": (
        text_of([[*RECOGNIZER[1:], "label"], *ROWS]),
        "line 2, column 785: expected a label, a whole number from 0 to 9, found",
    ),
    "no name of a label": (
        text_of([["image", *RECOGNIZER[1:]], *ROWS]),
        "line 1: expected the label in the first or last .*, named label or .*, found image,pixel0,…$",
    ),
    "without labels": (
        text_of([RECOGNIZER[1:], *(row[1:] for row in ROWS)]),
        "line 1: 784 columns and no label: expected the label and then 784 pixels; without labels",
    ),
    "without labels or header": (text_of([row[1:] for row in ROWS]), "line 1: 784 columns and no label"),
    "an endless line": ("0," * 40_000, "line 1: .* found a line of more than 65,536 characters"),
    "an endless line further down": (
        text_of(ROWS) + "0" * 70_000 + "\n" + text_of(ROWS),
        "line 6: .* found a line of more than",
    ),
    "cut gzip": (gzip.compress(text_of(ROWS).encode())[:-200], "truncated: the gzip data ends too early"),
    "damaged gzip": (
        gzip.compress(text_of(ROWS).encode())[:-8] + bytes(8),
        "damaged gzip data: CRC check failed",
    ),
    "gzip in gzip": (gzip.compress(gzip.compress(b"5,0")), "found gzip data that is packed twice"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_named_with_file_and_line(tmp_path: Path, fault: str) -> None:
    content, complaint = FAULTS[fault]
    path = write(tmp_path / "broken.csv", content)
    with pytest.raises(DataError, match=f"^{re.escape(str(path))}[:,] .*{complaint}") as refusal:
        load_dataset(str(path))
    assert len(str(refusal.value)) < 400
    assert "\n" not in str(refusal.value)


def test_a_fault_far_down_is_found(tmp_path: Path) -> None:
    """The line numbers continue after the first block."""
    rows = ROWS * 400
    rows[1234] = [*rows[1234][:100], "", *rows[1234][101:]]
    path = write(tmp_path / "long.csv", text_of([RECOGNIZER, *rows]))
    assert len(rows) > 3 * csv_room.ROWS_AT_ONCE
    with pytest.raises(DataError, match=r"long.csv, line 1236, column 101: .* found nothing"):
        load_dataset(str(path))


def test_a_real_image_and_a_folder_under_the_name_are_refused(tmp_path: Path) -> None:
    Image.new("L", (28, 28)).save(tmp_path / "seven.jpg")
    with pytest.raises(DataError, match="found a JPEG image"):
        load_dataset(str((tmp_path / "seven.jpg").rename(tmp_path / "seven.csv")))
    with pytest.raises(DataError, match="expected a CSV table of digits, found a folder"):
        read_table(tmp_path)
    with pytest.raises(DataError, match="expected a CSV table of digits, found nothing of that name"):
        read_table(tmp_path / "nowhere")


def peak_bytes(path: Path) -> int:
    tracemalloc.start()
    try:
        read_table(path)
    except DataError:
        pass
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return peak


def test_reading_takes_little_more_than_the_pixels_twice(tmp_path: Path) -> None:
    count = 10_000
    path = write(tmp_path / "zeros.csv", text_of([["0"] * 785]) * count)
    assert count * 784 <= peak_bytes(path) < 2 * count * 784 + 8_000_000


@pytest.mark.parametrize("line", [b"0", b" ", b"\n", b",", b"," * 60_000 + b"\n"])
def test_a_bomb_is_not_unpacked(tmp_path: Path, line: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_room, "MOST_LINES", 500_000)
    monkeypatch.setattr(csv_room, "MOST_CHARACTERS", 5_000_000)
    bomb = write(tmp_path / "bomb.csv", gzip.compress(line * (50_000_000 // len(line)), compresslevel=1))
    assert peak_bytes(bomb) < 20_000_000
    with pytest.raises(
        DataError, match=r"line of more than 65,536 char|at most 500,000 lines and 5,000,000 characters"
    ):
        read_table(bomb)


@pytest.mark.parametrize("seed", range(3))
def test_both_readers_agree(seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311  # nothing here is secret
    rows = [
        [str(draw.randrange(10)), *(str(draw.randrange(256)).zfill(draw.randrange(4)) for _ in range(784))]
        for _ in range(20)
    ]
    lines = list(enumerate(text_of(rows).splitlines(keepends=True), 1))
    fast, exact = (read(lines, ",", Path("drawn")) for read in (read_rows, read_rows_exactly))
    assert np.array_equal(fast, exact)
    assert exact.tolist() == [[int(cell) for cell in row] for row in rows]


@settings(max_examples=50)
@given(data=st.data())
def test_what_is_written_is_read_back(tmp_path: Path, data: st.DataObject) -> None:
    """Any images, by Python's own writer, in any dialect."""
    count = data.draw(st.integers(1, 4))
    seed, most = data.draw(st.integers(0, 2**32)), data.draw(st.sampled_from([0, 1, 9, 10, 99, 100, 255]))
    generator = np.random.default_rng(seed)
    images = generator.integers(0, most + 1, (count, 28, 28), dtype=np.uint8)
    images[:, -1, -1] = 0  # a corner of the ground: else nobody can tell which column has the labels
    labels = generator.integers(0, 10, count, dtype=np.uint8)
    text = io.StringIO(newline="")
    quoting = data.draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    end = data.draw(st.sampled_from(["\n", "\r\n", "\r"]))
    writer = csv.writer(text, quoting=quoting, lineterminator=end)
    header = data.draw(st.sampled_from([None, KAGGLE_MNIST, RECOGNIZER]))
    writer.writerows([header] if header else [])
    writer.writerows([label, *image.ravel()] for label, image in zip(labels, images, strict=True))
    written = text.getvalue() + end * data.draw(st.integers(0, 2))
    if data.draw(st.booleans()):
        written = written.rstrip("\r\n")
    content = written.encode(data.draw(st.sampled_from(["utf-8", "utf-8-sig"])))
    packed = data.draw(st.booleans())
    found = read_part(write(tmp_path / "any.csv", gzip.compress(content) if packed else content)).training
    assert np.array_equal(found.images, images)
    assert np.array_equal(found.labels, labels)


@given(data=st.data())
def test_a_mutated_table_gives_its_own_numbers_or_a_refusal(tmp_path: Path, data: st.DataObject) -> None:
    content = bytearray(text_of(ROWS).encode())
    place = st.integers(0, 40) | st.integers(0, len(content) - 1)
    byte = st.sampled_from(b'0192,\n\r" \t.-+x\0\xff')
    for at, value in data.draw(st.lists(st.tuples(place, byte), min_size=1, max_size=4)):
        content[at] = value
    path = write(tmp_path / "mutated.csv", bytes(content))
    try:
        found = read_part(path).training
    except DataError:
        return
    # What was accepted is what Python's own reader finds in each line.
    lines = re.split("\r\n|\r|\n", content.decode())
    rows = [next(csv.reader([line])) for line in lines if line.strip(", \t")]
    assert [[float(cell) for cell in row[1:]] for row in rows] == found.images.reshape(-1, 784).tolist()
    assert [float(row[0]) for row in rows] == found.labels.tolist()


@given(st.binary(max_size=300))
def test_random_bytes_are_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(DataError, match=r"random\.csv"):
        read_part(write(tmp_path / "random.csv", content))


def test_the_two_files_of_mnist_in_csv(tmp_path: Path) -> None:
    folder = tmp_path / "digits"
    write(folder / "mnist_train.csv", text_of([KAGGLE_MNIST, *ROWS]))
    write(folder / "mnist_test.csv", text_of([KAGGLE_MNIST, *ROWS[:2]]))
    digits = load_dataset(str(folder))
    assert digits.test is not None
    assert np.array_equal(digits.training.images, IMAGES)
    assert np.array_equal(digits.test.images, IMAGES[:2])
    assert np.array_equal(digits.test.labels, LABELS[:2])
    assert digits.source == (
        f"5 + 2 images from {folder} (mnist_train.csv and mnist_test.csv, CSV with the header label,1x1,…)"
    )
    assert (digits.name, digits.notice) == ("digits", "2 of 2 test images are training images, too")
    with pytest.raises(
        DataError, match=r"with one part, found two, .*mnist_train\.csv and .*test\.csv: name one"
    ):
        read_part(folder)


def test_the_files_of_digit_recognizer(tmp_path: Path) -> None:
    """Its test.csv has no labels: in its folder it is skipped, as a single file it is refused."""
    write(tmp_path / "train.csv", text_of([RECOGNIZER, *ROWS]))
    unlabelled = write(tmp_path / "test.csv", text_of([RECOGNIZER[1:], *(row[1:] for row in ROWS)]))
    write(tmp_path / "sample_submission.csv", "ImageId,Label\n1,0\n2,0\n")
    digits = load_dataset(str(tmp_path))
    assert np.array_equal(digits.training.images, IMAGES)
    assert digits.test is None
    assert digits.notice == (
        f"{tmp_path}: not used: sample_submission.csv; "
        "test.csv, which has 784 columns of pixels and no labels"
    )
    with pytest.raises(DataError, match=r"test\.csv, line 1: 784 columns and no label"):
        load_dataset(str(unlabelled))
    assert np.array_equal(read_part(tmp_path).training.images, IMAGES)


def test_a_folder_with_one_table_needs_no_names(tmp_path: Path) -> None:
    write(tmp_path / "mine.csv.gz", gzip.compress(text_of(ROWS).encode()))
    write(tmp_path / "notes.txt", "mine")
    assert_read(tmp_path)
    (tmp_path / "mine.csv.gz").rename(tmp_path / "test.csv")
    assert_read(tmp_path)


@pytest.mark.parametrize(
    "names",
    [
        ("a.csv", "b.csv"),
        ("train.csv", "train.csv.gz"),
        ("train.csv", "test1.csv", "test2.csv"),
        ("b.csv", "test.csv"),
    ],
)
def test_a_folder_in_which_it_is_not_clear_which_is_which_is_refused(
    tmp_path: Path, names: tuple[str, ...]
) -> None:
    for name in names:
        write(tmp_path / name, text_of(ROWS))
    with pytest.raises(
        DataError, match=f"expected one CSV file with train in its name .*, found {', '.join(sorted(names))}:"
    ):
        load_dataset(str(tmp_path))


def test_a_fault_in_either_file_of_a_folder_is_named(tmp_path: Path) -> None:
    write(tmp_path / "train.csv", text_of(ROWS))
    write(tmp_path / "test.csv", with_cell(9, "x"))
    with pytest.raises(DataError, match=re.escape(f"{tmp_path / 'test.csv'}, line 4, column 9")):
        load_dataset(str(tmp_path))


def test_a_command_gives_a_message_of_one_line(tmp_path: Path) -> None:
    path = write(tmp_path / "train.csv", with_cell(3, "3.7"))
    found = subprocess.run(
        [sys.executable, "-m", "mnist_ocr", "evaluate", "--dataset", str(path)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[1],
    )
    assert (found.returncode, found.stdout) == (2, "")
    assert found.stderr == (
        f"error: {path}, line 4, column 3: expected a pixel, a whole number from 0 to 255, found 3.7\n"
    )


def test_real_digits_come_back_as_they_were(tmp_path: Path, mnist_dir: Path) -> None:
    mnist = load_mnist(mnist_dir).training
    images, labels = mnist.images[:2000], mnist.labels[:2000]
    table = np.hstack([labels[:, None], images.reshape(2000, -1)])
    np.savetxt(tmp_path / "train.csv", table, "%d", ",", header=",".join(RECOGNIZER), comments="")
    found = load_dataset(str(tmp_path / "train.csv")).training
    assert np.array_equal(found.images, images)
    assert np.array_equal(found.labels, labels)
