"""Each figure that README and docs show comes from one source, and stands in one place."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections import defaultdict

import pytest

from benchmarks import figures
from benchmarks.five_ways import WAYS
from benchmarks.report import filled
from mnist_ocr.modelfile import MODELS
from tests.test_readme import PAGES, ROOT

MARKED = re.compile(r"<!-- ([\w: .]+): begin -->.*?<!-- \1: end -->", re.DOTALL)
CODE = re.compile(r"```.*?```", re.DOTALL)
FIGURE = re.compile(r"\d+\.\d+ ?%")


@pytest.mark.parametrize("page", ["README.md", "docs/figures.md"])
def test_the_page_shows_what_its_sources_say(page: str) -> None:
    path = ROOT / page
    assert path.read_text(encoding="utf-8") == figures.pages()[path], "python -m benchmarks.figures"


def test_a_figure_that_is_another_one_is_filled_in() -> None:
    page = PAGES["docs/figures.md"]
    lines = figures.lines_of(figures.marked(page, "benchmarks.reading"))
    assert {line.network for line in lines} == set(MODELS)
    changed = [line._replace(cells=line.cells | {"read right": "25.0 %"}) for line in lines]
    results = figures.RESULTS.read_text(encoding="utf-8")
    for model in MODELS:
        shown = f"{100 * figures.record_of(model)['accuracy']['test']:.2f} %"
        assert re.search(
            rf"^\| `{model}` .* {shown} .* 25\.0 %", figures.at_a_glance(changed, results), re.MULTILINE
        )
    assert "25.0 %: missed" in figures.aims(changed)
    assert "25.0 %" not in figures.aims(lines)


def test_a_line_of_a_part_has_the_name_of_its_set_and_aims_name_the_worst() -> None:
    text = "\n".join(
        [
            "| pictures | network | number | read right | sure | wrong of the sure | error |",
            "|---|---|---|---|---|---|---|",
            "| 200 pictures of 9 people | default | 200 | 99.0 % | 90.0 % | 0.5 % (1) | 1.0 % |",
            "| of these, photos | default | 20 | 95.0 % | 90.0 % | 5.6 % (1) | 1.0 % |",
            "| 100 pictures of 5 others | default | 100 | 96.0 % | 90.0 % | 0.0 % (0) | 2.5 % |",
            "| pictures of no digit (benchmarks.outliers) | default | 50 | | 0.4 % | | |",
        ]
    )
    lines = figures.lines_of(text)
    assert lines[1].name == "200 pictures of 9 people, of these, photos"
    right, sure, error, none, *_ = (
        row.split(" | ")[1].strip() for row in figures.aims(lines).splitlines()[2:]
    )
    assert right == "98.0 %: missed"  # 198 + 96 of 300
    assert sure == "5.6 % (200 pictures of 9 people, of these, photos): missed"
    assert error == "2.5 % (100 pictures of 5 others): missed"
    assert none == "0.4 %: met"


def test_no_figure_is_repeated_by_hand() -> None:
    """Outside of what is filled in, a measured percentage stands on one page; the others link to it."""
    found = defaultdict(set)
    for name, page in PAGES.items():
        for figure in FIGURE.findall(CODE.sub("", MARKED.sub("", page))):
            found[figure.replace(" ", "")].add(name)
    assert {figure: names for figure, names in found.items() if len(names) > 1} == {}
    shown = {f"{100 * figures.record_of(model)['accuracy']['test']:.2f}%" for model in MODELS}
    assert not shown & found.keys()


def test_the_new_hands_were_taught_to_the_network_that_is_shipped() -> None:
    rows = figures.marked(PAGES["docs/second-evening.md"], "benchmarks.new_hand").splitlines()[2:]
    before = f"{figures.record_of('default')['accuracy']['test']:.2%}"
    assert {row.split("|")[5].strip() for row in rows} == {before}, "python -m benchmarks.new_hand --write"


def test_the_five_ways_are_the_commands_of_their_page() -> None:
    page = " ".join(PAGES["docs/five-ways.md"].replace("\\\n", " ").split())
    for way in WAYS:
        assert " ".join(["python", *shlex.split(way.command)]) in page
        assert way.comment in page


def test_the_program_is_no_larger_than_its_page_says() -> None:
    rows = re.findall(r"^\| (.*?) +\| [\d,]+ \| ([\d,]+) \|$", PAGES["docs/architecture.md"], re.MULTILINE)
    most = {name: int(count.replace(",", "")) for name, count in rows}
    files = list((ROOT / "mnist_ocr").rglob("*.py"))
    lines = sum(len(file.read_text(encoding="utf-8").splitlines()) for file in files)
    assert len(files) <= most.pop("Python modules in the package")
    assert lines <= most.pop("lines in them, of code, comments and docstrings")
    for name, count in most.items():
        (module,) = re.findall(r"`import (\S+)`", name)
        script = (
            f"import sys, {module}; print(sum(name.split('.')[0] == 'mnist_ocr' for name in sys.modules))"
        )
        done = subprocess.run(
            [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
        )
        assert int(done.stdout) <= count
    assert len(rows) == 4


def test_marks_that_are_missing_are_an_error() -> None:
    page = "<!-- a: begin -->\nold\n<!-- a: end -->\nrest"
    assert filled(page, "a", "new") == "<!-- a: begin -->\nnew\n<!-- a: end -->\nrest"
    with pytest.raises(ValueError, match="expected <!-- b: begin -->"):
        filled(page, "b", "new")
