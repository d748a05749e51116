"""A state as a file, so that a training survives the computer it runs on.

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
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from mnist_ocr.errors import InputError, one_line
from mnist_ocr.files import whole_file
from mnist_ocr.graph.activations import Array
from mnist_ocr.opening import open_ordinary
from mnist_ocr.training.history import Epoch, History
from mnist_ocr.training.scoring import Score
from mnist_ocr.training.state import TrainingState

_FIRST_LINE = b"mnist_ocr checkpoint 1\n"
_DIGEST = len("sha256 ") + 64 + 1

LARGEST = 4 << 30
"""Bytes of a file that is read: four vectors of 250 million numbers."""

_LONGEST_LINE = 64 << 20
"""Bytes of JSON: a quarter of a million epochs."""

_PIECE = 1 << 20

_ARRAYS = ("parameters", "best", "kept")
_NUMBERS = ("steps", "handfuls", "loss", "correct", "seconds", "generator")


def write_checkpoint(path: Path, state: TrainingState, about: Mapping[str, Any]) -> None:
    """Write a state, whole or not at all.

    Args:
        path: of the file.
        state: where the training stands.
        about: whatever is needed to go on, for `read_checkpoint` to hand back; plain JSON.

    Raises:
        OSError: it cannot be written; an earlier file of that name is as it was.
    """
    arrays = {name: getattr(state, name) for name in _ARRAYS}
    little = {
        name: np.ascontiguousarray(array, array.dtype.newbyteorder("<")) for name, array in arrays.items()
    }
    header = {
        "arrays": [[name, array.dtype.name, list(array.shape)] for name, array in arrays.items()],
        "about": about,
        "epochs": [asdict(epoch) for epoch in state.history.epochs],
        "best_epoch": state.history.best and state.history.best.number,
        **{name: getattr(state, name) for name in _NUMBERS},
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


def read_checkpoint(path: Path) -> tuple[TrainingState, dict[str, Any]]:
    """Read a state, and what was written about it.

    Raises:
        InputError: there is none, or it is damaged; the message says what was found.
    """
    try:
        with open_ordinary(path) as file:
            return _read(file, path)
    except IsADirectoryError:
        raise InputError(f"{path}: expected a checkpoint, and this is no file") from None
    except FileNotFoundError:
        raise InputError(f"{path}: expected a checkpoint, found nothing of that name") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from None


def _read(file: BinaryIO, path: Path) -> tuple[TrainingState, dict[str, Any]]:
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    if file.read(len(_FIRST_LINE)) != _FIRST_LINE:
        raise InputError(f"{path}: expected a checkpoint that a training left, and this is none")
    if size > LARGEST:
        raise InputError(f"{path}: a file of {size:,} bytes; a checkpoint has at most {LARGEST:,}")
    promised = file.read(_DIGEST)
    # Read a piece at a time first: a file that is not what it was takes no memory.
    start = file.tell()
    pieces = (file.read(min(_PIECE, size - place)) for place in range(start, size, _PIECE))
    _verify(pieces, promised, path)
    file.seek(start)
    line = file.readline(min(_LONGEST_LINE, size - start))
    rest = memoryview(file.read(size - start - len(line)))
    _verify((line, rest), promised, path)  # once more: it may have been written to in between
    # From here on it is what this program wrote, unless somebody took the trouble to compute a new SHA-256.
    try:
        header = json.loads(line)
        if not isinstance(header, dict):
            raise ValueError("expected an object")
        arrays = _arrays(header["arrays"], rest)
        np.random.default_rng().bit_generator.state = header["generator"]  # or an error
        for name in ("steps", "handfuls", "correct"):
            _whole(name, header[name], least=0)
        state = TrainingState(
            history=_course(header["epochs"], header["best_epoch"]),
            steps=header["steps"],
            handfuls=header["handfuls"],
            loss=_number("loss", header["loss"]),
            correct=header["correct"],
            seconds=_number("seconds", header["seconds"]),
            generator=dict(header["generator"]),
            parameters=arrays["parameters"],
            best=arrays["best"],
            kept=arrays["kept"],
        )
        return state, dict(header["about"])
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:
        what = f"{error} is missing" if isinstance(error, KeyError) else error
        what = one_line(what)
        raise InputError(f"{path}: not written by this program: {what}") from None


def _verify(content: Iterable[bytes | memoryview], promised: bytes, path: Path) -> None:
    digest = hashlib.sha256()
    for piece in content:
        digest.update(piece)
    if promised != f"sha256 {digest.hexdigest()}\n".encode():
        raise InputError(f"{path}: damaged: its content is not what was written (the SHA-256 differs)")


def _arrays(promised: Any, content: memoryview) -> dict[str, Array]:
    if [name for name, _, _ in promised] != list(_ARRAYS):
        raise ValueError(f"expected the arrays {', '.join(_ARRAYS)}")
    arrays, start = {}, 0
    for name, kind, shape in promised:
        if kind not in ("float32", "float64"):
            raise ValueError(f"{name}: expected float32 or float64")
        dtype = np.dtype(kind).newbyteorder("<")
        if not all(type(length) is int and 0 <= length <= LARGEST for length in shape) or len(shape) > 2:
            raise ValueError(f"{name}: shape {shape} does not fit into the file")
        end = start + math.prod(shape) * dtype.itemsize
        if end > len(content):
            raise ValueError(f"{name}: shape {shape} does not fit into the file")
        numbers = np.frombuffer(content[start:end], dtype).reshape(shape)
        arrays[name] = numbers.astype(kind)
        if not np.isfinite(arrays[name]).all():
            raise ValueError(f"{name}: expected finite numbers")
        start = end
    if start != len(content):
        raise ValueError(f"{len(content) - start:,} bytes too many")
    return arrays


def _whole(name: str, found: Any, least: int) -> int:
    if type(found) is not int or found < least:
        raise ValueError(f"{name} {found!r}: expected a whole number from {least}")
    return found


def _number(name: str, found: Any) -> float:
    """Infinity or no number at all is what a training that diverges comes to; a text it never is."""
    if type(found) not in (int, float):
        raise ValueError(f"{name} {found!r}: expected a number")
    return float(found)


def _course(found: list[dict[str, Any]], best: int | None) -> History:
    epochs = [Epoch(**epoch | {"validation": Score(**epoch["validation"])}) for epoch in found]
    for number, epoch in enumerate(epochs, 1):
        if _whole("number", epoch.number, least=1) != number:
            raise ValueError(f"number {epoch.number}: expected {number}, as the epochs are in order")
        for owner in (epoch, epoch.validation):
            for field in fields(owner):
                if field.type == "float":
                    _number(field.name, getattr(owner, field.name))
    if type(best) not in (int, type(None)) or best not in (range(1, len(epochs) + 1) if epochs else [None]):
        raise ValueError(f"best_epoch: of {len(epochs)} epochs, the best cannot be {best}")
    return History(epochs, epochs[best - 1] if best else None)


def _plain(value: object) -> object:
    """Numbers of NumPy's as JSON has them."""
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} in a checkpoint")
