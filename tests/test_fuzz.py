"""Whatever a file holds, it is read rightly or refused in words; `python -m tests.long fuzz` goes on."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mnist_ocr.errors import InputError
from tests.fuzzing.formats import FORMATS, LONGEST, scratch
from tests.fuzzing.sandbox import guarded
from tests.fuzzing.verdict import LONGEST_MESSAGE, read_or_refused

ROUNDS = {name: 100 if name in ("image", "csv", "folder") else 200 for name in FORMATS}
"""Each round breaks a seed, and what comes of it again, a few times."""

FEW = 20
"""Rounds of the quick tests."""


@pytest.fixture
def folder() -> Iterator[Path]:
    with scratch() as place:
        yield Path(place)


@pytest.mark.parametrize("name", FORMATS)
def test_what_is_valid_is_accepted(name: str, folder: Path) -> None:
    accepted = [FORMATS[name].judge(seed, folder) for seed in FORMATS[name].seeds(folder)]
    assert sum(accepted) >= len(accepted) - 1  # a folder of three digits is no data set


@pytest.mark.parametrize("rounds", [FEW, pytest.param(None, marks=pytest.mark.slow, id="all")])
@pytest.mark.parametrize("name", FORMATS)
def test_what_is_broken_is_read_rightly_or_refused_in_words(
    name: str, rounds: int | None, folder: Path
) -> None:
    kind = FORMATS[name]
    seeds = kind.seeds(folder)

    @settings(max_examples=rounds or ROUNDS[name], deadline=None, suppress_health_check=list(HealthCheck))
    @given(number=st.integers(0, 2**32), seed=st.sampled_from(seeds), times=st.integers(1, 4))
    def judge(number: int, seed: bytes, times: int) -> None:
        random = Random(number)  # noqa: S311
        content = seed
        for _ in range(times):
            content = kind.mutate(content, random)[:LONGEST]
            kind.judge(content, folder)

    judge()


def test_the_judge_of_messages_can_say_no(tmp_path: Path) -> None:
    def refuse(message: str) -> None:
        raise InputError(message)

    assert read_or_refused(lambda: refuse("a.json: layers: expected two"), tmp_path) is None
    for message in ("", "two\nlines", "x" * (LONGEST_MESSAGE + 1)):
        with pytest.raises(AssertionError):
            read_or_refused(lambda message=message: refuse(message), tmp_path)
    assert str(InputError("\x1b[31m\r")) == r"\x1b[31m\r"


def test_the_guard_can_say_no(tmp_path: Path) -> None:
    def leave(how) -> None:
        with guarded(tmp_path / "inside"):
            how()

    (tmp_path / "inside").mkdir()
    (tmp_path / "inside" / "link").symlink_to(tmp_path / "file")
    (tmp_path / "file").touch()
    leave((tmp_path / "inside" / "own").touch)
    for how in (
        (tmp_path / "file").read_bytes,
        (tmp_path / "inside" / "link").read_bytes,
        (tmp_path / "new").mkdir,
        socket.socket,
        lambda: list(tmp_path.iterdir()),
        lambda: eval("1 + 1"),  # noqa: S307 - that it is seen is what is tested
    ):
        with pytest.raises(AssertionError, match="left the folder"):
            leave(lambda how=how: swallow(how))


def swallow(how) -> None:
    try:
        how()
    except PermissionError:
        return  # what a careless program would do
