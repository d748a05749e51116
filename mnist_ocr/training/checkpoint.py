"""A snapshot as a file, so that a training survives the computer it runs on.

    mnist_ocr checkpoint 1
    sha256 5f3c…              of everything below this line
    {"arrays": […], …}        one line of JSON: what the numbers below are, and everything else
    …                         the arrays' numbers themselves, little-endian, one array after the other

Nothing in it is ever run or unpickled. What a file promises is held against its size before any memory is
taken, and a file that differs by a single bit is refused.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from mnist_ocr.errors import InputError
from mnist_ocr.files import whole_file
from mnist_ocr.graph.activations import Array
from mnist_ocr.training.course import Course, Epoch
from mnist_ocr.training.scoring import Score
from mnist_ocr.training.snapshot import Snapshot

_FIRST_LINE = b"mnist_ocr checkpoint 1\n"
_DIGEST = len("sha256 ") + 64 + 1

LARGEST = 4 << 30
"""Bytes of a file that is read: four vectors of 250 million numbers."""

_LONGEST_LINE = 64 << 20
"""Bytes of JSON: a quarter of a million epochs."""

_ARRAYS = ("parameters", "best", "kept")
_NUMBERS = ("steps", "handfuls", "loss", "correct", "seconds", "generator")


def write_checkpoint(path: Path, snapshot: Snapshot, about: Mapping[str, Any]) -> None:
    """Write a snapshot, whole or not at all.

    Args:
        path: of the file.
        snapshot: where the training stands.
        about: whatever is needed to go on, for `read_checkpoint` to hand back; plain JSON.

    Raises:
        OSError: it cannot be written; an earlier file of that name is as it was.
    """
    arrays = {name: getattr(snapshot, name) for name in _ARRAYS}
    little = {
        name: np.ascontiguousarray(array, array.dtype.newbyteorder("<")) for name, array in arrays.items()
    }
    header = {
        "arrays": [[name, array.dtype.name, list(array.shape)] for name, array in arrays.items()],
        "about": about,
        "epochs": [asdict(epoch) for epoch in snapshot.course.epochs],
        "best_epoch": snapshot.course.best and snapshot.course.best.number,
        **{name: getattr(snapshot, name) for name in _NUMBERS},
    }
    content: list[bytes | memoryview] = [json.dumps(header, default=_plain).encode() + b"\n"]
    content += [array.data.cast("B") for array in little.values() if array.size]
    digest = hashlib.sha256()
    for part in content:
        digest.update(part)
    with whole_file(path) as file:
        file.write(_FIRST_LINE + f"sha256 {digest.hexdigest()}\n".encode())
        for part in content:
            file.write(part)


def read_checkpoint(path: Path) -> tuple[Snapshot, dict[str, Any]]:
    """Read a snapshot, and what was written about it.

    Raises:
        InputError: there is none, or it is damaged; the message says what was found.
    """
    try:
        if path.exists() and not path.is_file():
            raise InputError(f"{path}: expected a checkpoint, and this is no file")
        with path.open("rb") as file:
            return _read(file, path)
    except FileNotFoundError:
        raise InputError(f"{path}: expected a checkpoint, found nothing of that name") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from None


def _read(file: BinaryIO, path: Path) -> tuple[Snapshot, dict[str, Any]]:
    size = file.seek(0, 2)
    file.seek(0)
    if file.read(len(_FIRST_LINE)) != _FIRST_LINE:
        raise InputError(f"{path}: expected a checkpoint that a training left, and this is none")
    if size > LARGEST:
        raise InputError(f"{path}: a file of {size:,} bytes; a checkpoint has at most {LARGEST:,}")
    promised = file.read(_DIGEST)
    digest = hashlib.sha256()
    line = file.readline(_LONGEST_LINE)
    digest.update(line)
    rest = file.read()
    digest.update(rest)
    if promised != f"sha256 {digest.hexdigest()}\n".encode():
        raise InputError(f"{path}: damaged: its content is not what was written (the SHA-256 differs)")
    # From here on it is what this program wrote, unless somebody took the trouble to compute a new SHA-256.
    try:
        header = json.loads(line)
        arrays = _arrays(header["arrays"], rest)
        np.random.default_rng().bit_generator.state = header["generator"]  # or an error
        for name in ("steps", "handfuls", "correct"):
            if not isinstance(header[name], int) or header[name] < 0:
                raise ValueError(f"{name} {header[name]!r}: expected a whole number from 0")
        snapshot = Snapshot(
            course=_course(header["epochs"], header["best_epoch"]),
            steps=header["steps"],
            handfuls=header["handfuls"],
            loss=float(header["loss"]),
            correct=header["correct"],
            seconds=float(header["seconds"]),
            generator=dict(header["generator"]),
            parameters=arrays["parameters"],
            best=arrays["best"],
            kept=arrays["kept"],
        )
        return snapshot, dict(header["about"])
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        what = f"{error} is missing" if isinstance(error, KeyError) else error
        raise InputError(f"{path}: not written by this program: {what}") from None


def _arrays(promised: Any, content: bytes) -> dict[str, Array]:
    if [name for name, _, _ in promised] != list(_ARRAYS):
        raise ValueError(f"expected the arrays {', '.join(_ARRAYS)}")
    arrays, start = {}, 0
    for name, kind, shape in promised:
        if kind not in ("float32", "float64"):
            raise ValueError(f"{name}: expected float32 or float64")
        dtype = np.dtype(kind).newbyteorder("<")
        end = start + math.prod(shape) * dtype.itemsize
        if not all(isinstance(length, int) and length >= 0 for length in shape) or end > len(content):
            raise ValueError(f"{name}: shape {shape} does not fit into the file")
        numbers = np.frombuffer(content[start:end], dtype).reshape(shape)
        arrays[name] = numbers.astype(kind)
        if not np.isfinite(arrays[name]).all():
            raise ValueError(f"{name}: expected finite numbers")
        start = end
    if start != len(content):
        raise ValueError(f"{len(content) - start:,} bytes too many")
    return arrays


def _course(found: list[dict[str, Any]], best: int | None) -> Course:
    epochs = [Epoch(**epoch | {"validation": Score(**epoch["validation"])}) for epoch in found]
    if best not in (range(1, len(epochs) + 1) if epochs else [None]):
        raise ValueError(f"best_epoch: of {len(epochs)} epochs, the best cannot be {best}")
    return Course(epochs, epochs[best - 1] if best else None)


def _plain(value: object) -> object:
    """Numbers of NumPy's as JSON has them."""
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} in a checkpoint")
