"""What the README shows is what happens: its examples run, its links lead somewhere, its options exist."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

from mnist_ocr.__main__ import COMMANDS, main

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_example_prints_what_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    # A fence of three backticks behind the last line would be taken for the expected output.
    text = README.replace("\n```\n", "\n\n")
    examples = doctest.DocTestParser().get_doctest(text, {}, "README.md", "README.md", 0)
    assert len(examples.examples) > 20
    report: list[str] = []
    failed, _ = doctest.DocTestRunner().run(examples, out=report.append)
    assert not failed, "".join(report)


def test_every_link_inside_the_project_leads_to_a_file() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", README)
    inside = [link for link in links if not link.startswith("http")]
    assert len(inside) > 5
    for link in inside:
        assert (ROOT / link).exists(), link


def test_every_option_that_it_names_exists(capsys: pytest.CaptureFixture[str]) -> None:
    known = {"--help"}
    for command in COMMANDS:
        with pytest.raises(SystemExit):
            main([command, "--help"])
        known |= set(re.findall(r"--[a-z-]+", capsys.readouterr().out))
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", README))
    assert named <= known, named - known
    assert len(named) > 8
