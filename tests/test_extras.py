"""The tests of every optional extra are found, left out or installed by one table."""

from __future__ import annotations

import re
from pathlib import Path

from tests.conftest import EXTRAS, file_of

ROOT = Path(__file__).resolve().parent.parent


def test_the_table_the_tests_and_the_extras_are_the_same() -> None:
    assert {path.name for path in (ROOT / "tests" / "extras").glob("test_*.py")} == set(map(file_of, EXTRAS))
    declared = re.findall(
        r"^([\w-]+) = \[$", (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert set(EXTRAS) <= set(declared)
    assert not any("_" in extra for extra in EXTRAS)


def test_ci_installs_every_extra() -> None:
    installed = re.findall(r"'\.\[([\w,-]+)\]'", (ROOT / ".ci" / "run").read_text(encoding="utf-8"))
    assert set(EXTRAS) <= {extra for extras in installed for extra in extras.split(",")}
