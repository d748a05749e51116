"""A training state as a file, so that a training survives the computer it runs on.

    mnist_ocr checkpoint 2
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
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from mnist_ocr.errors import InputError, one_line
from mnist_ocr.files import whole_file
from mnist_ocr.graph.checks import Array
from mnist_ocr.opening import open_ordinary

_FIRST_LINE = b"mnist_ocr checkpoint 2\n"
_DIGEST = len("sha256 ") + 64 + 1

LARGEST = 4 << 30
"""Bytes of a file that is read: four vectors of 250 million numbers."""

_LONGEST_LINE = 64 << 20
"""Bytes of JSON: a quarter of a million epochs."""

_PIECE = 1 << 20


def write_checkpoint(path: Path, state: Mapping[str, Any], about: Mapping[str, Any]) -> None:
    """Write a state, whole or not at all.

    Args:
        path: of the file.
        state: a dictionary of float arrays and of what JSON can hold; see `train`.
        about: whatever is needed to go on, for `read_checkpoint` to hand back; likewise without arrays.

    Raises:
        OSError: it cannot be written; an earlier file of that name is as it was.
    """
    arrays = {name: value for name, value in state.items() if isinstance(value, np.ndarray)}
    header = {
        "arrays": [[name, array.dtype.name, list(array.shape)] for name, array in arrays.items()],
        "about": about,
        "numbers": {name: value for name, value in state.items() if name not in arrays},
    }
    content: list[bytes | memoryview] = [json.dumps(header, default=_plain).encode() + b"\n"]
    for array in arrays.values():
        little = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
        content += [little.data.cast("B")] if little.size else []
    digest = hashlib.sha256()
    for part in content:
        digest.update(part)
    with whole_file(path) as file:
        file.write(_FIRST_LINE + f"sha256 {digest.hexdigest()}\n".encode())
        for part in content:
            file.write(part)


def read_checkpoint(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Read a state, and what was written about it.

    Raises:
        InputError: there is none, or it is damaged; the message says what was found.
    """
    try:
        with open_ordinary(path) as file:
            return _read(file, path)
    except IsADirectoryError:
        raise InputError(f"{path}: this is a folder, expected a checkpoint") from None
    except FileNotFoundError:
        raise InputError(f"{path}: expected a checkpoint, found nothing of that name") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from None


def _read(file: BinaryIO, path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    if file.read(len(_FIRST_LINE)) != _FIRST_LINE:
        raise InputError(f"{path}: not a checkpoint of this version of the program")
    if size > LARGEST:
        raise InputError(f"{path}: a file of {size:,} bytes; a checkpoint has at most {LARGEST:,}")
    promised = file.read(_DIGEST)
    # Read a piece at a time first: a file that is not what it was takes no memory.
    start = file.tell()
    pieces = (file.read(min(_PIECE, size - offset)) for offset in range(start, size, _PIECE))
    _verify(pieces, promised, path)
    file.seek(start)
    line = file.readline(min(_LONGEST_LINE, size - start))
    rest = memoryview(file.read(size - start - len(line)))
    _verify((line, rest), promised, path)  # once more: it may have been written to in between
    # From here on it is what this program wrote, unless somebody took the trouble to compute a new SHA-256.
    try:
        header = json.loads(line)
        return {**header["numbers"], **_arrays(header["arrays"], rest)}, dict(header["about"])
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:
        what = f"{error} is missing" if isinstance(error, KeyError) else error
        raise InputError(f"{path}: not written by this program: {one_line(what)}") from None


def _verify(content: Iterable[bytes | memoryview], promised: bytes, path: Path) -> None:
    digest = hashlib.sha256()
    for piece in content:
        digest.update(piece)
    if promised != f"sha256 {digest.hexdigest()}\n".encode():
        raise InputError(f"{path}: damaged: its content is not what was written (the SHA-256 differs)")


def _arrays(promised: Any, content: memoryview) -> dict[str, Array]:
    arrays, start = {}, 0
    for name, kind, shape in promised:
        if kind not in ("float32", "float64"):
            raise ValueError(f"{name}: expected float32 or float64")
        dtype = np.dtype(kind).newbyteorder("<")
        fits = all(type(length) is int and 0 <= length <= LARGEST for length in shape) and len(shape) <= 2
        end = start + (math.prod(shape) if fits else 0) * dtype.itemsize
        if not fits or end > len(content):
            raise ValueError(f"{name}: shape {shape} does not fit into the file")
        arrays[name] = np.frombuffer(content[start:end], dtype).reshape(shape).astype(kind)
        start = end
    if start != len(content):
        raise ValueError(f"{len(content) - start:,} bytes too many")
    return arrays


def _plain(value: object) -> object:
    """Numbers of NumPy's as JSON has them."""
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} in a checkpoint")
