"""What every test may ask for, and what no test may touch."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mnist_ocr.data import find_mnist
from mnist_ocr.data.mnist import DATA_VARIABLE
from tests.idx_files import write_folder


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the user's real cache folder out of reach, of subprocesses too."""
    for variable in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(variable, str(tmp_path_factory.getbasetemp() / "cache"))


@pytest.fixture(scope="session")
def mnist_dir() -> Path:
    """The folder with the four official MNIST files; tests that need them are skipped without it."""
    folder = find_mnist() if os.environ.get(DATA_VARIABLE) else None
    if folder is None:
        pytest.skip(
            f"needs the four MNIST files: set {DATA_VARIABLE} to their folder "
            "(python -c 'from mnist_ocr.data import load_mnist; print(load_mnist().source)' downloads them)"
        )
    return folder


@pytest.fixture
def idx_folder(tmp_path: Path) -> Path:
    """A folder with four small, well-formed IDX files: 30 training and 20 test digits."""
    return write_folder(tmp_path / "digits")
