"""How well pictures are read, in one table: `python -m benchmarks.reading`.

    python -m benchmarks.reading --people "389 pictures of 43 people=FOLDER" --rows FOLDER --write

Every picture goes the whole way that `evaluate --labels` and `inference --multi` go. There are pictures that
people drew, scanned or photographed; they belong to their makers and are no part of the project, so their
folders are given as options: each has a table `labels.csv` with the columns file, label and perhaps kind.
And there are pictures that the program draws itself, of every kind that people send (`tools/scenes.py`, with
the last 5,000 training images of MNIST), pictures of no digit, and the test images of MNIST as files.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import io
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from PIL import Image

from mnist_ocr.commands.evaluate import read_pictures
from mnist_ocr.data import load_mnist
from mnist_ocr.data.pictures import read_labels
from mnist_ocr.errors import InputError
from mnist_ocr.graph import Network
from mnist_ocr.images import ImageError
from mnist_ocr.images.rows import read_rows
from mnist_ocr.modelfile import find_model
from mnist_ocr.report.answer import rows_object
from mnist_ocr.report.evaluate import Evaluation, Prediction
from tools.scenes import KINDS, NO_DIGIT, Scene, rows, scenes

from .figures import FIGURES
from .figures import write as write_figures
from .machine import describe
from .outliers import draw_all
from .report import fill, table

BINS = 10
"""Of the expected calibration error in this table."""

SEED = 2026
"""Of the drawn pictures. What is calibrated on drawn pictures uses other seeds and other images."""

TIGHT = [kind for kind in KINDS if kind.startswith("tight")]
OTHERS = [kind for kind in KINDS if kind not in TIGHT]


class Set(NamedTuple):
    """Labelled pictures.

    Attributes:
        name: what they are, in words.
        labels: their table.
        kinds: the kinds that get lines of their own, by the beginning of what the table says, and a name.
        no_digit: whether there is no right answer, so that only sure answers count.
    """

    name: str
    labels: Path
    kinds: Mapping[str, str] = MappingProxyType({})
    no_digit: bool = False


def save(found: Iterable[tuple[Image.Image, object, str]], folder: Path) -> Path:
    """Write pictures as PNG, with their labels and kinds; the path of the table."""
    folder.mkdir()
    with (folder / "labels.csv").open("w", encoding="utf-8", newline="") as file:
        written = csv.writer(file)
        written.writerow(["file", "label", "kind"])
        for number, (picture, label, kind) in enumerate(found):
            picture.save(folder / f"{number}.png")
            written.writerow([f"{number}.png", label, kind])
    return folder / "labels.csv"


def _of_scenes(found: Iterable[Scene]) -> Iterator[tuple[Image.Image, object, str]]:
    for scene in found:
        # No digit has no label, but the table wants one; only whether the answer is sure is asked of it.
        yield scene.picture, 0 if scene.label is None else scene.label, scene.kind


def drawn_sets(count: int, folder: Path) -> tuple[list[Set], Set]:
    """Pictures that are drawn or come with MNIST, `count` of each kind; and rows of digits."""
    mnist = load_mnist()
    training = mnist.training
    digits = training.images[-5000:], training.labels[-5000:]

    def draw(kinds: Sequence[str], name: str) -> Path:
        return save(_of_scenes(scenes(count * len(kinds), SEED, digits, kinds)), folder / name)

    assert mnist.test is not None
    test = zip(mnist.test.images, mnist.test.labels.tolist(), strict=True)
    as_files = save(((Image.fromarray(image), label, "") for image, label in test), folder / "mnist")
    outliers = save(((picture, 0, kind) for kind, picture in draw_all(200)), folder / "outliers")
    sets = [
        Set("MNIST test images, as PNG", as_files),
        Set("drawn: canvases, photos, scans, forms", draw(OTHERS, "scenes")),
        Set("drawn: tight crops", draw(TIGHT, "tight")),
        Set("drawn: no digit, or several", draw(list(NO_DIGIT), "none"), no_digit=True),
        Set("pictures of no digit (benchmarks.outliers)", outliers, no_digit=True),
    ]
    lines = save(_of_scenes(rows(10 * count, SEED, digits)), folder / "rows")
    return sets, Set("drawn rows", lines)


def given_set(text: str) -> Set:
    """A set from an option: NAME=FOLDER, or FOLDER."""
    name, _, folder = text.rpartition("=")
    table = Path(folder) / "labels.csv"
    if not table.is_file():
        raise InputError(f"{folder}: expected a folder with a table labels.csv")
    return Set(name or Path(folder).name, table)


def read(pictures: Set, network: Network) -> tuple[list[Prediction], float]:
    """Every picture of a set as `evaluate --labels` reads it, and the seconds that it took."""
    start = time.perf_counter()
    with contextlib.redirect_stderr(io.StringIO()):  # its bar
        found = read_pictures(read_labels(pictures.labels), network)
    return found, time.perf_counter() - start


def figures(
    name: str, model: str, found: list[Prediction], seconds: float | None, *, no_digit: bool
) -> list[str]:
    """A line of the table."""
    evaluation = Evaluation(found)
    overall, sure = evaluation.overall, evaluation.sure
    took = "" if seconds is None else f"{seconds:.1f}"
    start = [name, model, f"{overall.images:,}"]
    if no_digit:
        return [*start, "", _percent(sure.images, overall.images), "", "", took]
    error = evaluation.calibration(BINS)
    return [
        *start,
        _percent(overall.correct, overall.images),
        _percent(sure.images, overall.images),
        f"{_percent(sure.images - sure.correct, sure.images)} ({sure.images - sure.correct})",
        "" if error is None else f"{100 * error:.1f} %",
        took,
    ]


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "none"


def lines_of(pictures: Set, model: str, network: Network) -> Iterator[list[str]]:
    """The lines of the table for a set: all of it, and each of its kinds that is asked for."""
    found, seconds = read(pictures, network)
    yield figures(pictures.name, model, found, seconds, no_digit=pictures.no_digit)
    for beginning, name in pictures.kinds.items():
        some = [one for one in found if one.columns.get("kind", "").startswith(beginning)]
        if some:
            yield figures(name, model, some, None, no_digit=pictures.no_digit)


def row_line(pictures: Set, model: str, network: Network) -> list[str]:
    """How rows of digits are read by `inference --multi`: whole, or as a shorter number that is all sure."""
    with pictures.labels.open(encoding="utf-8-sig", newline="") as file:
        listed = list(csv.DictReader(file))
    whole = short = 0
    start = time.perf_counter()
    for row in listed:
        try:
            found = read_rows(pictures.labels.parent / row["file"], network)
        except ImageError:
            continue
        text, sure = row_of(rows_object(found, network))
        whole += text == row["label"]
        short += sure and len(text) < len(row["label"])
    seconds = time.perf_counter() - start
    count = len(listed)
    name = [pictures.name, model, f"{count:,}"]
    return [*name, _percent(whole, count), f"{_percent(short, count)} ({short})", f"{seconds:.1f}"]


def row_of(record: Mapping[str, Any]) -> tuple[str, bool]:
    """The number in the JSON of a row, all its lines as one, and whether all of it is sure."""
    return "".join(record["text"].split()), record["sure"] and not record["not_read"]


def told(line: list[str]) -> list[str]:
    """The same, after it was shown on stderr: the whole takes minutes."""
    print(", ".join(filter(None, line)), file=sys.stderr, flush=True)
    return line


def measure(options: argparse.Namespace, folder: Path) -> str:
    """Read everything with every network; the tables as Markdown."""
    people = [given_set(text)._replace(kinds={"photo": "of these, photos"}) for text in options.people]
    machine = [line.removeprefix("- ") for line in describe().splitlines()]  # before our own load
    crops = []
    for text in options.crops:
        pictures = given_set(text)
        with pictures.labels.open(encoding="utf-8-sig", newline="") as file:
            kinds = sorted({row["kind"] for row in csv.DictReader(file)})
        crops.append(pictures._replace(kinds={kind: f"of these, {kind}" for kind in kinds}))
    drawn: list[Set] = []
    row_sets = [given_set(text) for text in options.rows]
    if options.count:
        print("drawing pictures", file=sys.stderr)
        drawn, drawn_rows = drawn_sets(options.count, folder)
        row_sets.append(drawn_rows)
    read_lines, row_lines = [], []
    networks = [(name, Network.load(find_model(name))) for name in options.model]
    for pictures in (*people, *crops, *drawn):
        for name, network in networks:
            for line in lines_of(pictures, Path(name).stem, network):
                read_lines.append(told(line))
    for pictures in row_sets:
        for name, network in networks:
            row_lines.append(told(row_line(pictures, Path(name).stem, network)))
    columns = ["pictures", "network", "number", "read right", "sure", "wrong of the sure", "error", "seconds"]
    row_columns = ["rows of digits", "network", "number", "read whole", "shorter, all sure", "seconds"]
    words = ", ".join(line for line in machine if line.startswith(("processor", "other load")))
    return "\n\n".join(
        [
            f"Measured on {date.today().isoformat()}; {words}. *Error* is the expected calibration error, in "
            f"{BINS} bins.",
            table(columns, read_lines),
            table(row_columns, row_lines),
        ]
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and put the tables into the figures of the docs."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.reading",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    several = {"nargs": "+", "default": [], "metavar": "NAME=DIR"}
    add("--people", help="folders of pictures that people made", **several)
    add("--crops", help="folders of digits that were cut out tightly, with a line for each kind", **several)
    add("--rows", help="folders of pictures of several digits", **several)
    add(
        "--model", nargs="+", default=["default", "strong"], metavar="MODEL", help="default, strong, or files"
    )
    add(
        "--count",
        type=int,
        default=20,
        metavar="N",
        help="drawn pictures of each kind (default: 20); 0: none, nor MNIST",
    )
    add("--write", action="store_true", help="put the tables into docs/figures.md and README.md")
    options = parser.parse_args(arguments)
    try:
        with tempfile.TemporaryDirectory() as folder:
            report = measure(options, Path(folder))
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(report)
    if options.write:
        fill(FIGURES, "benchmarks.reading", report)
        write_figures()
    return 0


if __name__ == "__main__":
    sys.exit(main())
