"""Results on disk, a line of JSON for each finished run, so that a comparison can go on where it stopped.

A line is written whole and forced onto the disk before the next one begins. What can happen all the same is
that a computer stops in the middle of the last line: it has no end then, is cut off at the next start, and
its run is repeated. Anything else that is no result was not written by us, and is left alone and told.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

from mnist_ocr.comparison.run import Run, key_of
from mnist_ocr.comparison.work import Result
from mnist_ocr.errors import InputError, one_line
from mnist_ocr.files import try_lock

_BEGINNING = b'{"key": "'
"""Of every line. What begins otherwise is nothing that we left unfinished."""


LARGEST = 256 << 20
"""Bytes of a file that is read: a quarter of a million results."""


class ResultsFile:
    """A file of results, open for adding others; nobody else can add any meanwhile.

    It may hold results of other comparisons: a run is found by its key.

    Args:
        path: of the file; it and its folder are made when needed.

    Attributes:
        results: all of them, by the keys of their runs.
        cut_off: whether the last line was one that had no end.

    Raises:
        InputError: it cannot be written, another program is adding results, or a line is no result.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.exists() and not path.is_file():
                raise InputError(f"{path}: expected the name of a file for results, and this is none")
            self._file: BinaryIO = path.open("a+b", buffering=0)
        except OSError as error:
            raise self._not_written(error) from None
        try:
            self._lock()
            self.results, self.cut_off = self._read()
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> ResultsFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()  # and with it the lock

    def add(self, run: Run, result: Result) -> None:
        """Write a result down; it is on the disk when this returns.

        Raises:
            InputError: it cannot be written; the results before it are safe.
        """
        entry = {
            "key": run.key,
            "program": run.program,
            "accuracy": result.accuracy,
            "best_epoch": result.best_epoch,
            "accuracies": result.accuracies,
            "diverged": result.diverged,
            "test": result.test,
            "parameters": run.parameters,
            "seconds": round(result.seconds, 3),
            "settings": run.settings,
        }
        self._append(json.dumps(entry, allow_nan=False).encode() + b"\n")
        self.results[run.key] = result

    def read_again(self) -> None:
        """Take `results` from the file itself.

        Ctrl-C can come between a line that is written and the entry in `results` that follows it.
        """
        self.results, _ = self._read()

    def _append(self, line: bytes) -> None:
        try:
            while line:
                line = line[self._file.write(line) :]
            os.fsync(self._file.fileno())
        except OSError as error:
            raise self._not_written(error) from None

    def _not_written(self, error: OSError) -> InputError:
        return InputError(f"{self.path}: cannot be written: {error.strerror or error}")

    def _lock(self) -> None:
        """Make sure that nobody else adds results; the lock ends with the process that holds it."""
        try:
            if try_lock(self._file):
                return
        except OSError as error:
            raise InputError(f"{self.path}: cannot be locked: {error.strerror or error}") from None
        raise InputError(
            f"{self.path}: another comparison is adding its results; wait for it, or choose another file"
        )

    def _read(self) -> tuple[dict[str, Result], bool]:
        """All results, and whether an unfinished line was cut off behind them."""
        size = self._file.seek(0, os.SEEK_END)
        if size > LARGEST:
            raise InputError(f"{self.path}: expected at most {LARGEST:,} bytes of results, found {size:,}")
        self._file.seek(0)
        content = self._file.read()
        *lines, rest = content.split(b"\n")
        results = dict(self._parse(number, line) for number, line in enumerate(lines, 1))
        if not rest:
            return results, False
        cut = rest.strip(b"\0")  # which a disk may hold where nothing was written any more
        if cut.startswith(_BEGINNING) or _BEGINNING.startswith(cut):
            try:
                json.loads(rest)
            except ValueError:
                self._file.truncate(len(content) - len(rest))
                return results, True
        key, result = self._parse(len(lines) + 1, rest)
        self._append(b"\n")  # somebody's editor took away the end of the last line
        return {**results, key: result}, False

    def _parse(self, number: int, line: bytes) -> tuple[str, Result]:
        try:
            return _entry(json.loads(line))
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            what = f"{error} is missing" if isinstance(error, KeyError) else error
            raise InputError(
                f"{self.path}, line {number}: expected a result of this program, as JSON: {one_line(what)}; "
                "mend or delete the line (its run is then repeated), or choose another file"
            ) from None


def _entry(entry: Any) -> tuple[str, Result]:
    """Key and result of a line.

    Raises:
        ValueError, KeyError, TypeError: it is none; the message says what is wrong.
    """
    if not isinstance(entry, dict):
        raise ValueError("this is no object")
    if entry["key"] != key_of(entry["settings"], entry["program"]):
        raise ValueError("the key is not that of the settings")
    accuracies, best = entry["accuracies"], entry["best_epoch"]
    if not isinstance(accuracies, list):
        raise ValueError("the accuracies are no list")
    for accuracy in (*accuracies, *([] if entry["test"] is None else [entry["test"]])):
        if not _is_number(accuracy) or not 0 <= accuracy <= 1:
            raise ValueError(f"the accuracy {accuracy} is not from 0 to 1")
    if best not in (range(1, len(accuracies) + 1) if accuracies else [None]) or isinstance(
        best, bool | float
    ):
        raise ValueError(f"of {len(accuracies)} epochs, the best cannot be {best}")
    if not _is_number(entry["seconds"]) or not 0 <= entry["seconds"] < 1e12:
        raise ValueError(f"{entry['seconds']} is no number of seconds")
    if not isinstance(entry["diverged"], str | None):
        raise ValueError("why it diverged is not said in words")
    return entry["key"], Result(tuple(accuracies), best, entry["seconds"], entry["diverged"], entry["test"])


def _is_number(found: object) -> bool:
    return isinstance(found, int | float) and not isinstance(found, bool)
