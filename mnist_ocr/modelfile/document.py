"""From a file to the JSON object in it; whatever else is in the file is told by its line or byte."""

from __future__ import annotations

import io
import json
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from mnist_ocr.modelfile.form import LARGEST_FILE, MOST_PARTS, ModelFileError
from mnist_ocr.opening import TooLargeError, read_ordinary


def refuse(path: Path, place: str, expected: str, found: str) -> NoReturn:
    """Say what is wrong at a place of a file."""
    raise ModelFileError(f"{path}: {place}: expected {expected}, found {found}")


def read_document(path: Path) -> dict[str, Any]:
    """The JSON object that a file holds.

    Raises:
        ModelFileError: the file cannot be read, is too large, is not JSON, or names a key twice.
    """
    try:
        content = io.BytesIO(read_ordinary(path, LARGEST_FILE))
        text = io.TextIOWrapper(content, encoding="utf-8-sig").read()
    except TooLargeError as error:
        refuse(path, "size", f"at most {LARGEST_FILE:,} bytes", f"{error.size:,}")
    except FileNotFoundError:
        raise ModelFileError(f"{path}: there is no such model file") from None
    except IsADirectoryError:
        raise ModelFileError(f"{path}: this is a folder, expected a model file (JSON)") from None
    except UnicodeDecodeError as error:
        raise ModelFileError(
            f"{path}: byte {error.start:,} is no UTF-8 text: not a model file (JSON)"
        ) from None
    except OSError as error:
        raise ModelFileError(f"{path}: cannot be read: {error.strerror}") from None
    if not text.strip():
        raise ModelFileError(f"{path}: the file is empty, expected a model file (JSON)")
    parts = sum(map(text.count, "[{:"))
    if parts > MOST_PARTS:
        refuse(path, "size", f"at most {MOST_PARTS:,} lists, objects and keys", f"{parts:,}")
    try:
        document = json.loads(text, object_pairs_hook=partial(_unique, path))
    except json.JSONDecodeError as error:
        cut = " (the file seems to be cut off)" if not text[error.pos :].strip() else ""
        raise ModelFileError(
            f"{path}: line {error.lineno}, column {error.colno}: not JSON: {error.msg}{cut}"
        ) from None
    except RecursionError:
        raise ModelFileError(f"{path}: nested too deeply for a model file") from None
    except ModelFileError:
        raise
    except ValueError as error:  # a whole number of thousands of digits
        raise ModelFileError(f"{path}: not JSON that can be read: {error}") from None
    if not isinstance(document, dict):
        refuse(path, "the file", 'an object {"format": …}', shown(document))
    return document


def _unique(path: Path, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) < len(pairs):
        times = Counter(key for key, _ in pairs)
        twice = next(key for key in times if times[key] > 1)
        refuse(path, f"key {quoted(twice)}", "once in an object", f"{times[twice]} times")
    return record


def quoted(text: str) -> str:
    """A key from a file as it may appear in a message."""
    return repr(text) if len(text) <= 40 else f"{text[:37]!r}..."


def shown(value: Any) -> str:
    """A value from a file as it may appear in a message: on one line, and not long."""
    if isinstance(value, dict | list):
        return f"{'an object' if isinstance(value, dict) else 'a list'} of {len(value):,}"
    text = (
        json.dumps(value)
        if not isinstance(value, int) or abs(value) < 10**20
        else "a number of over 20 digits"
    )
    return text if len(text) <= 40 else text[:37] + "..."
