"""The networks to choose from: the files of one folder, each loaded once for all who look at the page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from mnist_ocr.errors import InputError
from mnist_ocr.graph import Network
from mnist_ocr.report.answer import require_digit_reader

MOST_IN_MEMORY = 4
"""Loaded networks that are kept; a large one has some ten megabytes."""


def model_files(folder: Path, first: str) -> list[Path]:
    """The model files of a folder: the one of that name if it is there, then small ones before large ones.

    Raises:
        InputError: there is none.
    """
    files = [
        (file.name != first, file.stat().st_size, file) for file in folder.glob("*.json") if file.is_file()
    ]
    if not files:
        raise InputError(f"{folder} holds no model file: python train.py makes one")
    return [file for *_, file in sorted(files)]


def key_of(file: Path) -> str:
    """A text that is another one once the file is written anew.

    Raises:
        InputError: the file has gone.
    """
    try:
        return f"{file.name}, {file.stat().st_mtime_ns}"
    except OSError as error:
        raise InputError(f"{file.name} cannot be read any more: {error.strerror}") from None


def load_model(file: Path) -> Network:
    """The network of a file; it is everybody's at once, so nobody may change it or send a picture `forward`.

    Raises:
        InputError: it is no model file, or its network does not read digits.
    """
    network: Network = _load(str(file), key_of(file))
    return network


def _load_once(path: str, key: str) -> Network:
    network = Network.load(path)
    require_digit_reader(network, Path(path).name)
    return network


_load: Any = st.cache_resource(max_entries=MOST_IN_MEMORY, show_spinner="Loading the network")(_load_once)
