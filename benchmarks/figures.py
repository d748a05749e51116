"""The figures that README and docs show beside others', each from the one place where it was measured.

    python -m benchmarks.figures

| figure | where it stands |
|---|---|
| what a shipped network reads of MNIST's test images, and how it was made | the header of its file |
| what it reads of other pictures | the tables in docs/figures.md, which `benchmarks.reading` writes |
| how fast it learns | benchmarks/results.md, which `python -m benchmarks` writes |

What is made from these stands between two marks. The commands that measure write it anew; so does this one,
after a network was replaced. A test compares, and sees that no figure is repeated anywhere else.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from mnist_ocr.modelfile import MODELS, find_model

from .report import filled, table

ROOT = Path(__file__).resolve().parent.parent
README, FIGURES = ROOT / "README.md", ROOT / "docs" / "figures.md"
RESULTS = ROOT / "benchmarks" / "results.md"

PEOPLE = re.compile(r"[\d,]+ pictures of [\d,]+ (people|others)")
NO_DIGIT = "pictures of no digit (benchmarks.outliers)"
ROWS = re.compile(r"rows by .* people")

OF_ALL_PEOPLE = {"default": 98.5, "strong": 99.5}
WRONG_OF_THE_SURE, CALIBRATION, SURE_OF_NO_DIGIT, ROWS_READ = 0.5, 2.0, 0.5, 85.0
"""The aims, in percent; they were set before anything was measured."""


class Line(NamedTuple):
    """A line of a table in docs/figures.md: name, network, and its cells by the heads of their columns."""

    name: str
    network: str
    cells: Mapping[str, str]

    def percent(self, column: str) -> float | None:
        """The percentage in a cell; None where there is none."""
        found = re.match(r"([\d.]+) %", self.cells.get(column, ""))
        return float(found[1]) if found else None


def lines_of(text: str) -> list[Line]:
    """All lines of the tables in a text that have a column `network`, the parts of a set with its name."""
    found: list[Line] = []
    heads: list[str] = []
    whole = ""
    for row in text.splitlines():
        cells = [cell.strip() for cell in row.strip().strip("|").split("|")]
        if not row.startswith("|"):
            heads = []
        elif not heads:
            heads = cells
        elif "network" in heads and not set(cells[0]) <= set("-:"):
            name = cells[0]
            if name.startswith("of these, "):
                name = f"{whole}, {name}"
            else:
                whole = name
            found.append(Line(name, cells[1], dict(zip(heads, cells, strict=True))))
    return found


def marked(page: str, name: str) -> str:
    """What stands between two marks."""
    found = re.search(rf"<!-- {name}: begin -->\n(.*?)\n<!-- {name}: end -->", page, re.DOTALL)
    if found is None:
        raise ValueError(f"expected the marks of {name}")
    return found[1]


# The two networks.


def record_of(model: str) -> dict[str, Any]:
    """What the file of a shipped network says of its training."""
    record: dict[str, Any] = json.loads(find_model(model).read_text(encoding="utf-8"))["training"]
    return record


def row_of(model: str) -> list[str]:
    """Name, layers, and what it reads of MNIST."""
    sizes = find_model(model).stem.removeprefix("mnist-")
    return [f"`{model}`", sizes, f"{100 * record_of(model)['accuracy']['test']:.2f} %"]


def networks() -> str:
    """The shipped networks and how they were made, by the oldest command first."""
    rows = []
    for model in MODELS:
        record: dict[str, Any] = record_of(model)
        program, commands = record["program"], [f"`{record['command']}`"]
        while "command" in (record := record.get("from", {})):
            commands.insert(0, f"`{record['command']}`")
        rows.append([*row_of(model), program, ", then ".join(commands)])
    return table(["`--model`", "network", "MNIST test set", "made with", "by"], rows, numbers=False)


def at_a_glance(lines: list[Line], results: str) -> str:
    """What both networks read of MNIST and of people's pictures, and what a short training comes to."""
    sets = list(dict.fromkeys(line.name for line in lines if PEOPLE.fullmatch(line.name)))
    right = {(line.name, line.network): line.cells.get("read right", "") for line in lines}
    rows = [[*row_of(model), *(right.get((name, model), "") for name in sets)] for model in MODELS]
    found = table(["`--model`", "network", "MNIST test set", *sets], rows, numbers=False)
    (training,) = re.findall(
        r"^\| mnist_ocr, by default +\| +([\d.]+) .* ([\d.]+)% \|$", results, re.MULTILINE
    )
    seconds, accuracy = training
    return (
        f"{found}\n\n`python train.py --epochs 5` takes {float(seconds):.1f} seconds on two cores and reads "
        f"{accuracy} % of the test set."
    )


# The aims.


def verdict(measured: float | None, limit: float, *, least: bool = False, where: str = "") -> str:
    """A measured percentage, and whether it met its aim."""
    if measured is None:
        return "not measured"
    met = measured >= limit if least else measured <= limit
    return f"{measured:.1f} %{where}: {'met' if met else 'missed'}"


def worst(lines: list[Line], column: str, limit: float) -> str:
    """The largest percentage of a column, and of which set it is."""
    found = [(value, line.name) for line in lines if (value := line.percent(column)) is not None]
    value, name = max(found, default=(None, ""))
    return verdict(value, limit, where=f" ({name})")


def aims(lines: list[Line]) -> str:
    """What was aimed at, what it came to, and whether it was met."""
    both = " and ".join(f"{limit:g} %" for limit in OF_ALL_PEOPLE.values())
    rows = [
        [f"right of all people's pictures: at least {both}"],
        [f"wrong of the sure answers, on every set: at most {WRONG_OF_THE_SURE:g} %"],
        [f"calibration error, on every set: at most {CALIBRATION:g} %"],
        [f"pictures of no digit with a sure answer: at most {SURE_OF_NO_DIGIT:g} %"],
        [f"people's rows read whole: at least {ROWS_READ:g} %"],
        ["rows read as a shorter number, all sure: none"],
    ]
    for model in MODELS:
        own = [line for line in lines if line.network == model]
        people = [line for line in own if PEOPLE.fullmatch(line.name)]
        counts = [int(line.cells["number"].replace(",", "")) for line in people]
        right = [
            round(n * (line.percent("read right") or 0) / 100) for n, line in zip(counts, people, strict=True)
        ]
        of_all = 100 * sum(right) / sum(counts) if counts else None
        none = [line.percent("sure") for line in own if line.name == NO_DIGIT]
        whole = [line.percent("read whole") for line in own if ROWS.fullmatch(line.name)]
        cells = [
            verdict(of_all, OF_ALL_PEOPLE[model], least=True),
            worst(own, "wrong of the sure", WRONG_OF_THE_SURE),
            worst(own, "error", CALIBRATION),
            verdict(none[0] if none else None, SURE_OF_NO_DIGIT),
            verdict(whole[0] if whole else None, ROWS_READ, least=True),
            worst(own, "shorter, all sure", 0),
        ]
        for row, cell in zip(rows, cells, strict=True):
            row.append(cell)
    return table(["aim", *(f"`{model}`" for model in MODELS)], rows, numbers=False)


# Where they are shown.


def pages() -> dict[Path, str]:
    """README and the page of figures as their sources have it."""
    figures, readme = (path.read_text(encoding="utf-8") for path in (FIGURES, README))
    lines = lines_of(marked(figures, "benchmarks.reading"))
    figures = filled(figures, "figures: networks", networks())
    figures = filled(figures, "figures: aims", aims(lines))
    glance = at_a_glance(lines, RESULTS.read_text(encoding="utf-8"))
    return {FIGURES: figures, README: filled(readme, "figures: at a glance", glance)}


def write() -> None:
    """Write both."""
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(write())
