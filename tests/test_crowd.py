"""Whoever asks a model while it is replaced is answered by one whole network, the old one or the new one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crowd import crowded


@pytest.mark.slow
def test_every_answer_comes_from_one_whole_network(tmp_path: Path) -> None:
    answers, right, _ = crowded(tmp_path, readers=6, replacements=40)
    assert len(right) == 2
    assert set(answers) <= right, answers
