"""The user's cache folder: what was downloaded once is read from there ever after.

A file enters the cache whole and checked, or not at all: it is written under another name, forced to the
disk and then renamed. A cached file is checked again whenever it is read, and fetched again when damaged.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from mnist_ocr.data.dataset import DataError, DownloadError, LoadedDataset
from mnist_ocr.data.download import download
from mnist_ocr.data.folder import Bytes, ExpectedFile, gather_digits
from mnist_ocr.files import whole_file

_OVERHEAD = 1 << 16  # what gzip and the header can add to the numbers of a file that does not shrink


def cache_folder() -> Path:
    """Return the folder for this program in the place the operating system has for caches."""
    from pooch import os_cache  # here: the import takes 0.1 s

    return Path(os_cache("mnist_ocr"))


def fetch_folder(
    cache: Path, files: Sequence[ExpectedFile], mirrors: Sequence[str], progress: bool
) -> LoadedDataset:
    """Read the files from `cache`, and download those that are missing there or damaged.

    Args:
        cache: the folder; made when needed. Where it cannot be written, the digits are still returned.
        files: what to fetch and what each file has to hold; their shapes name every dimension.
        mirrors: addresses that have the files, each ending with a slash.
        progress: whether to draw progress bars on stderr.

    Returns:
        The digits. Their notice names damaged files and says when nothing could be kept.

    Raises:
        DownloadError: no mirror has one of the files.
    """
    arrays: dict[str, Bytes] = {}
    notices = []
    for file in sorted(files, key=_unpacked_bytes):  # the smallest first: without a network, fail soon
        found = None
        try:
            found = file.locate(cache)
            if found is not None:
                arrays[file.name] = file.read(found)
                continue
        except DataError as error:
            notices.append(f"cached file not used: {error}")
        name = f"{file.name}.gz"
        most_bytes = _unpacked_bytes(file) + _OVERHEAD
        try:
            fetched = download(name, mirrors, most_bytes=most_bytes, parse=file.parse, progress=progress)
        except DownloadError as error:
            raise DownloadError("\n".join([str(error), *notices])) from error
        arrays[file.name] = fetched.values
        mirrors = sorted(mirrors, key=lambda mirror: mirror != fetched.mirror)  # stay with the one that works
        try:
            cache.mkdir(parents=True, exist_ok=True)
            with whole_file(cache / name) as draft:
                draft.write(fetched.content)
            if found is not None and found != cache / name:
                found.unlink()
        except OSError as error:
            notices.append(f"{name} could not be kept in {cache}, so it is fetched again next time: {error}")
    digits = gather_digits(arrays, str(cache))
    return replace(digits, notice="\n".join(notices) or None)


def _unpacked_bytes(file: ExpectedFile) -> int:
    return math.prod(size or 0 for size in file.shape)
