"""The images of a comparison: named once, loaded once by each process, and the same for all of them.

A run says where its images are and does not carry them along: fifty megabytes for every run would take
longer than loading them once. What it carries is their fingerprint, so that no process, be it on another
computer or started a week later, learns from others without anybody noticing.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

from mnist_ocr.data import DataError, LoadedDataset, fingerprint, load_dataset


@dataclass(frozen=True)
class Source:
    """Where images are, and which they are.

    Attributes:
        dataset: "mnist", "synthetic" or a path.
        data_dir: where MNIST is; None looks into the usual folders.
        fingerprint: of all images and labels, 16 hexadecimal digits.
    """

    dataset: str
    data_dir: str | None
    fingerprint: str


def open_source(
    dataset: str, data_dir: str | None = None, *, progress: bool = False
) -> tuple[Source, LoadedDataset]:
    """Load what `--dataset` and `--data-dir` name, and keep it for the runs of this process.

    Raises:
        DataError: it cannot be used; see `load_dataset`.
    """
    digits = load_dataset(dataset, data_dir, progress=progress)
    if dataset == "auto":  # decided here, once: no process shall decide otherwise
        dataset = "mnist" if digits.name == "MNIST" else "synthetic"
    if dataset not in ("mnist", "synthetic"):
        dataset = str(Path(dataset).resolve())
    source = Source(dataset, data_dir and str(Path(data_dir).resolve()), _of_both_parts(digits))
    _kept.put(source, digits)
    return source, digits


def load_source(source: Source) -> LoadedDataset:
    """The images of a source, loaded if this process does not have them yet.

    Raises:
        DataError: they cannot be loaded, or are not those that were meant.
    """
    return _kept.get(source)


def _of_both_parts(digits: LoadedDataset) -> str:
    return fingerprint(*(part for part in (digits.train, digits.test) if part is not None))


class _Kept:
    """The images that were loaded last; several threads may ask for them, and the first one loads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._source: Source | None = None
        self._digits: LoadedDataset | None = None

    def put(self, source: Source, digits: LoadedDataset) -> None:
        with self._lock:
            self._source, self._digits = source, digits

    def get(self, source: Source) -> LoadedDataset:
        with self._lock:
            if self._digits is None or self._source != source:
                digits = load_dataset(source.dataset, source.data_dir, progress=False)
                if _of_both_parts(digits) != source.fingerprint:
                    raise DataError(
                        f"{digits.source}: these are not the images that the comparison was started with: "
                        "the files were changed meanwhile, or differ from computer to computer"
                    )
                self._source, self._digits = source, digits
            return self._digits


_kept = _Kept()
