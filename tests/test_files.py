"""A file is written whole, and its name is forced onto the disk, too."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from mnist_ocr.files import whole_file


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot open folders")
def test_the_file_and_then_its_folder_are_forced_onto_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forced: list[tuple[bool, bool]] = []
    path = tmp_path / "model.json"

    def force(descriptor: int) -> None:
        is_folder = stat.S_ISDIR(os.fstat(descriptor).st_mode)
        forced.append((is_folder, path.exists()))

    monkeypatch.setattr(os, "fsync", force)
    with whole_file(path) as file:
        file.write(b"whole")
    assert forced == [(False, False), (True, True)]
    assert path.read_bytes() == b"whole"
