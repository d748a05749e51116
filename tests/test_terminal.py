"""Pictures and bars of characters, for every kind of stream."""

from __future__ import annotations

import io

import numpy as np
import pytest

from mnist_ocr.report.terminal import draw_bar, draw_picture, knows_blocks, knows_colours

PIXELS = np.array([[0, 255, 128, 0], [255, 0, 60, 0]], np.uint8)


class Terminal(io.TextIOWrapper):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def stream(encoding: str, kind: type[io.TextIOWrapper] = io.TextIOWrapper) -> io.TextIOWrapper:
    return kind(io.BytesIO(), encoding=encoding)


@pytest.fixture(autouse=True)
def _no_wishes(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")


def test_a_file_gets_shades_two_characters_wide_in_a_frame() -> None:
    assert draw_picture(PIXELS, stream("utf-8")).splitlines() == [
        "+────────+",
        "│  ██▒▒  │",
        "│██  ░░  │",
        "+────────+",
    ]


def test_a_stream_without_unicode_gets_signs() -> None:
    assert draw_picture(PIXELS, stream("ascii")).splitlines() == [
        "+--------+",
        "|  ##::  |",
        "|##  ..  |",
        "+--------+",
    ]


def test_a_terminal_gets_two_rows_in_a_line_of_greys() -> None:
    picture = draw_picture(PIXELS, stream("utf-8", Terminal))
    assert picture.count("\n") == 0
    assert picture.count("▀") == 4
    assert picture.startswith("\x1b[38;5;232;48;5;255m▀")  # black above white
    assert picture.endswith("\x1b[0m")


def test_wishes_about_colours_are_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    assert knows_colours(stream("utf-8", Terminal))
    assert not knows_colours(stream("utf-8"))
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert knows_colours(stream("utf-8"))
    monkeypatch.setenv("NO_COLOR", "1")
    assert not knows_colours(stream("utf-8", Terminal))


def test_a_dumb_terminal_gets_no_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    assert not knows_colours(stream("utf-8", Terminal))


@pytest.mark.parametrize(("encoding", "known"), [("utf-8", True), ("cp1252", False), ("ascii", False)])
def test_blocks_go_where_they_can_be_written(encoding: str, known: bool) -> None:
    assert knows_blocks(stream(encoding)) is known


def test_bars_are_as_long_as_their_part() -> None:
    blocks, signs = stream("utf-8"), stream("ascii")
    assert draw_bar(1, 8, blocks) == "█" * 8
    assert draw_bar(0.5, 8, blocks) == "█" * 4
    assert draw_bar(1 / 64, 8, blocks) == "▏"
    assert draw_bar(0, 8, blocks) == ""
    assert draw_bar(0.5, 8, signs) == "####"
