"""Every format, by the name that `python -m tests.long fuzz --format` knows it by."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import NamedTuple

from tests.fuzzing import checkpoints, folders, idx_files, lists, models, pictures, results, tables


class Format(NamedTuple):
    """A kind of file that comes from outside.

    Attributes:
        what: in words.
        seeds: valid files; a folder in which they may be written.
        mutate: another file of which most is in order.
        judge: whether it was accepted; an error where the program did what it must not.
        bound: megabytes that reading one file of `LONGEST` bytes may take.
    """

    what: str
    seeds: Callable[[Path], list[bytes]]
    mutate: Callable[[bytes, Random], bytes]
    judge: Callable[[bytes, Path], bool]
    bound: int


def scratch() -> tempfile.TemporaryDirectory[str]:
    """A folder for the files, in memory where the system has such a place: nobody will miss them."""
    memory = Path("/dev/shm")  # noqa: S108 - the folder in it has a name of its own
    return tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None)


LONGEST = 1 << 17
"""Bytes of an input."""

FORMATS = {
    "model": Format("model files", models.seeds, models.mutate, models.judge, 64),
    "checkpoint": Format("checkpoints", checkpoints.seeds, checkpoints.mutate, checkpoints.judge, 64),
    "image": Format("pictures", pictures.seeds, pictures.mutate, pictures.judge, 1024),
    "idx": Format("IDX files", idx_files.seeds, idx_files.mutate, idx_files.judge, 256),
    "csv": Format("CSV tables", tables.seeds, tables.mutate, tables.judge, 64),
    "folder": Format("folders 0 to 9", folders.seeds, folders.mutate, folders.judge, 64),
    "labels": Format("lists of labelled pictures", lists.seeds, lists.mutate, lists.judge, 64),
    "results": Format("results of comparisons", results.seeds, results.mutate, results.judge, 64),
}
