"""What the README and the pages of docs/ show is true: examples run, links lead to files, options exist."""

from __future__ import annotations

import ast
import doctest
import re
from pathlib import Path

import pytest

import mnist_ocr
from mnist_ocr.__main__ import COMMANDS, main

ROOT = Path(__file__).resolve().parent.parent
MADE = {"commands.md"}
"""Pages that docs/conf.py makes, if the site was ever built here."""

PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
    if path.name not in MADE
}
OF_TESTS = {"--count", "--cov", "--cov-report"}
"""Options of `python -m tests.long` and of pytest, which these two pages name."""

OF_BENCHMARKS = {
    "docs/figures.md": {"--people", "--rows", "--write"},
    "docs/second-evening.md": {"--photos", "--writer"},
}
"""Options of `python -m benchmarks.reading` and `benchmarks.new_hand`, which these two pages name."""

pages = pytest.mark.parametrize("page", PAGES)


@pytest.mark.parametrize(
    ("page", "least"), [("README.md", 10), ("docs/one-node.md", 25), ("docs/model-file.md", 7)]
)
def test_every_example_prints_what_it_says(page: str, least: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    # A fence of three backticks behind the last line would be taken for the expected output.
    text = PAGES[page].replace("\n```\n", "\n\n")
    examples = doctest.DocTestParser().get_doctest(text, {}, page, page, 0)
    assert len(examples.examples) >= least
    report: list[str] = []
    failed, _ = doctest.DocTestRunner().run(examples, out=report.append)
    assert not failed, "".join(report)


def test_every_page_with_examples_is_run() -> None:
    assert {page for page, text in PAGES.items() if ">>>" in text} == {
        "README.md",
        "docs/one-node.md",
        "docs/model-file.md",
    }


@pages
def test_every_link_inside_the_project_leads_to_a_file(page: str) -> None:
    links = re.findall(r"\]\(([^)#\s]+)\)", PAGES[page])
    for link in links:
        if not link.startswith("http") and link not in ("notebook.ipynb", "commands.md"):
            assert (ROOT / page).parent.joinpath(link).exists(), link


@pages
def test_no_line_is_taken_for_a_comment(page: str) -> None:
    assert not re.search(r"^ *%", PAGES[page], re.MULTILINE), "Sphinx leaves out lines that begin with %"


def test_the_readme_leads_to_every_page_of_a_guide() -> None:
    linked = set(re.findall(r"\]\(docs/([\w-]+)\.md\)", PAGES["README.md"]))
    assert linked >= {
        "start",
        "one-node",
        "reading-path",
        "reading-digits",
        "viewer",
        "model-file",
        "training",
    }
    assert linked >= {
        "data",
        "comparing",
        "five-ways",
        "other-programs",
        "figures",
        "reliability",
        "architecture",
    }


# The changelog names options that are no more, and CONTRIBUTING.md those of other programs.
@pytest.mark.parametrize("page", sorted(PAGES.keys() - {"CHANGELOG.md", "CONTRIBUTING.md"}))
def test_every_option_that_it_names_exists(page: str, capsys: pytest.CaptureFixture[str]) -> None:
    known = {"--help"}
    for command in COMMANDS:
        assert main([command, "--help"]) == 0
        known |= set(re.findall(r"--[a-z-]+", capsys.readouterr().out))
    if page in ("docs/reliability.md", "CONTRIBUTING.md"):
        known |= OF_TESTS
    known |= OF_BENCHMARKS.get(page, set())
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", PAGES[page]))
    assert named <= known, named - known


def test_the_reading_path_shows_code_that_is_there() -> None:
    page = PAGES["docs/reading-path.md"]
    shown = re.findall(r"^```\{literalinclude\} \.\./(\S+)\n((?::.*\n)*)```", page, re.MULTILINE)
    assert len({path for path, _ in shown}) == 6
    for path, options in shown:
        code = (ROOT / path).read_text(encoding="utf-8")
        names = {
            ".".join(filter(None, (outer, node.name)))
            for outer, body in [("", ast.parse(code)), *((c.name, c) for c in classes(code))]
            for node in body.body
            if isinstance(node, ast.FunctionDef | ast.ClassDef)
        }
        for option, value in re.findall(r"^:([\w-]+): (.+)$", options, re.MULTILINE):
            if option == "pyobject":
                assert value in names, f"{path}: no {value}"
            elif option in ("start-at", "end-before"):
                assert value.strip('"') in code, f"{path}: no {value}"


def classes(code: str) -> list[ast.ClassDef]:
    return [node for node in ast.parse(code).body if isinstance(node, ast.ClassDef)]


def test_the_version_is_the_same_everywhere() -> None:
    cited = re.search(r"^version: (\S+)$", (ROOT / "CITATION.cff").read_text(encoding="utf-8"), re.MULTILINE)
    assert cited is not None
    assert cited[1] == mnist_ocr.__version__
    assert re.search(rf"^## {re.escape(mnist_ocr.__version__)}\b", PAGES["CHANGELOG.md"], re.MULTILINE)
