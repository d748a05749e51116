"""MNIST: 60,000 training and 10,000 test digits (LeCun, Cortes and Burges, 1998), found or downloaded.

The program looks for it in this order:

1. the folder given as `--data-dir`
2. the folder named by the environment variable `MNIST_OCR_DATA`
3. `data/` beside `train.py`, then `data/` in the current folder
4. the user's cache folder, into which it is downloaded

If one of the folders that a person named (1, 2) has a missing or damaged file, that is an error. One of the
other folders (3, 4) is then skipped, and the notice says why. Every file is compared with the published one
by the SHA-256 of its uncompressed bytes, also in the cache, where a damaged one is downloaded again.

A server can refuse, be absent, send a login page instead of the file, stop half-way, send without end or send
a byte now and then. None of these may make the program hang or leave anything behind. So a file is collected
in memory, with limits of size and time, and written to the cache, whole or not at all, once its content has
been checked. If all mirrors fail, the message says what was wrong with each of them.
"""

from __future__ import annotations

import io
import os
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, NoReturn

from mnist_ocr.data.dataset import DataError, DownloadError, LoadedDataset
from mnist_ocr.data.idx import (
    TEST_IMAGES,
    TEST_LABELS,
    TRAIN_IMAGES,
    TRAIN_LABELS,
    Bytes,
    ExpectedFile,
    pair_arrays,
    read_idx_folder,
)
from mnist_ocr.files import whole_file

if TYPE_CHECKING:
    from requests import Response
    from tqdm import tqdm

DATA_VARIABLE = "MNIST_OCR_DATA"

MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)

MNIST_FILES = (
    ExpectedFile(
        TRAIN_IMAGES, (60_000, 28, 28), "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"
    ),
    ExpectedFile(TRAIN_LABELS, (60_000,), "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
    ExpectedFile(
        TEST_IMAGES, (10_000, 28, 28), "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"
    ),
    ExpectedFile(TEST_LABELS, (10_000,), "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
)

CONNECT_SECONDS = 4.0  # until a connection is established
SILENCE_SECONDS = 5.0  # between two parts of an answer
FILE_SECONDS = 20.0  # for a whole file; a large one gets additional time, at
SLOWEST_RATE = 200_000  # unpacked bytes per second, which is about 40 kB per second on the line
_CHUNK = 1 << 14


def find_mnist(data_dir: str | Path | None = None) -> Path | None:
    """Find the first folder that has all four files, without reading them; None if there is none.

    Raises:
        DataError: a folder cannot be read.
    """
    named = _named_folder(data_dir)
    folders = [named] if named is not None else [*_project_folders(), cache_folder()]
    for folder in folders:
        if all(file.locate(folder) for file in MNIST_FILES):
            return folder
    return None


def load_mnist(
    data_dir: str | Path | None = None,
    *,
    download: bool = True,
    progress: bool = True,
    files: Sequence[ExpectedFile] = MNIST_FILES,
    mirrors: Sequence[str] = MIRRORS,
) -> LoadedDataset:
    """Load MNIST from the first folder that has it, or download it into the user's cache folder.

    Args:
        data_dir: the only folder to look into; None looks into the usual ones.
        download: whether to download it.
        progress: whether to show a progress bar on stderr while downloading.
        files: the names and expected contents of the four files.
        mirrors: addresses of the four files, tried in turn; each ends with a slash.

    Raises:
        DataError: a folder that was named explicitly lacks a file or has a damaged one, or MNIST is
            in none of the folders and is not to be downloaded.
        DownloadError: MNIST is in none of the folders, and no mirror has it.
    """
    named = _named_folder(data_dir)
    if named is not None:
        try:
            return _as_mnist(read_idx_folder(named, files), [])
        except DataError as error:
            raise DataError(
                f"{error} (in the folder that {'--data-dir' if data_dir else DATA_VARIABLE} names)"
            ) from error
    skipped: list[str] = []
    for folder in _project_folders():
        try:
            if any(file.locate(folder) for file in files):
                return _as_mnist(read_idx_folder(folder, files), skipped)
        except DataError as error:
            skipped.append(f"not used: {error}")
    cache = cache_folder()
    try:
        digits = fetch_folder(cache, files, mirrors, progress) if download else read_idx_folder(cache, files)
    except DataError as error:
        raise type(error)("\n".join([str(error), *skipped, _what_to_do(cache)])) from error
    return _as_mnist(digits, skipped)


def _as_mnist(digits: LoadedDataset, skipped: list[str]) -> LoadedDataset:
    notice = "\n".join(filter(None, [*skipped, digits.notice])) or None
    return replace(digits, source=f"MNIST from {digits.source}", name="MNIST", notice=notice)


def _what_to_do(cache: Path) -> str:
    names = ", ".join(f"{file.name}.gz" for file in MNIST_FILES)
    folders = " or ".join(str(folder) for folder in (*_project_folders(), cache))
    return (
        f"Without a network: put {names} into {folders}, or name their folder with --data-dir or "
        f"{DATA_VARIABLE}; or train with synthetic digits: --dataset synthetic."
    )


def _named_folder(data_dir: str | Path | None) -> Path | None:
    named = data_dir or os.environ.get(DATA_VARIABLE)
    return Path(named) if named else None


def _project_folders() -> list[Path]:
    checkout = Path(__file__).resolve().parents[2]
    homes = [checkout] if (checkout / "train.py").exists() else []  # an installed package has none
    return [home / "data" for home in dict.fromkeys([*homes, Path.cwd()])]


def cache_folder() -> Path:
    """The folder of this program among the caches of the operating system."""
    from pooch import os_cache  # here: the import takes 0.1 s

    return Path(os_cache("mnist_ocr"))


def fetch_folder(
    cache: Path, files: Sequence[ExpectedFile], mirrors: Sequence[str], progress: bool
) -> LoadedDataset:
    """Read the files from `cache`, after downloading those that are missing or damaged.

    Args:
        cache: the folder; made when needed. If it cannot be written, the digits are still returned.
        files: the names and expected contents; their shapes have every dimension.
        mirrors: addresses of the files, each ending with a slash.
        progress: whether to show progress bars on stderr.

    Returns:
        The digits. Their notice names damaged files, and files that could not be written to the cache.

    Raises:
        DownloadError: no mirror has one of the files.
    """
    arrays: dict[str, Bytes] = {}
    notices = []
    for file in sorted(files, key=lambda file: file.most_bytes):  # smallest first, to fail early
        found = None
        try:
            found = file.locate(cache)
            if found is not None:
                arrays[file.name] = file.read(found)
                continue
        except DataError as error:
            notices.append(f"cached file not used: {error}")
        try:
            arrays[file.name], content, working = _download(file, mirrors, progress)
        except DownloadError as error:
            raise DownloadError("\n".join([str(error), *notices])) from error
        mirrors = [working, *(mirror for mirror in mirrors if mirror != working)]  # keep to it
        target = cache / f"{file.name}.gz"
        try:
            cache.mkdir(parents=True, exist_ok=True)
            with whole_file(target) as draft:
                draft.write(content)
            if found is not None and found != target:
                found.unlink()
        except OSError as error:
            notices.append(
                f"{target.name} could not be written to {cache}, so it is downloaded again next time: {error}"
            )
    return replace(pair_arrays(arrays, cache), notice="\n".join(notices) or None)


def _download(file: ExpectedFile, mirrors: Sequence[str], progress: bool) -> tuple[Bytes, bytes, str]:
    """Download a file from the first mirror that has it, with a progress bar if stderr is a terminal.

    Returns:
        The array in it, the bytes as they were sent, and the mirror.

    Raises:
        DownloadError: no mirror has it; the message has a line for each.
    """
    from tqdm import tqdm  # here, because most runs download nothing

    name, failures = f"{file.name}.gz", []
    for mirror in mirrors:
        try:
            # pooch needs a total from the start, and corrects it once the server has told the length.
            silent = None if progress else True  # None: silent unless stderr is a terminal
            with tqdm(
                desc=name, total=file.most_bytes, unit="B", unit_scale=True, disable=silent, leave=False
            ) as bar:
                content = _get(mirror + name, file.most_bytes, bar)
            return file.read(content), content, mirror
        except DataError as error:
            failures.append(f"  {mirror}: {error}")
        except (OSError, ValueError) as error:  # all that requests raises is one or the other
            failures.append(f"  {mirror}: {_innermost(error)}")
    raise DownloadError("\n".join([f"{name} could not be downloaded:", *failures]))


def _get(url: str, most_bytes: int, bar: tqdm[NoReturn]) -> bytes:
    """Download `url` in a thread, so that there is a time limit even for name resolution and slow answers."""
    from pooch import HTTPDownloader

    answer = _BoundedAnswer(most_bytes)
    responses: list[Response] = []
    failures: list[BaseException] = []
    fetch = HTTPDownloader(
        progressbar=bar,
        chunk_size=_CHUNK,
        timeout=(CONNECT_SECONDS, SILENCE_SECONDS),
        hooks={"response": lambda response, **_: responses.append(response)},
    )

    def run() -> None:
        try:
            fetch(url, answer, None)
        except BaseException as error:  # for the waiting thread, which raises it
            failures.append(error)
        finally:
            for response in responses:  # pooch leaves the connection open when something goes wrong
                response.close()

    seconds = FILE_SECONDS + most_bytes / SLOWEST_RATE
    deadline = time.monotonic() + seconds
    thread = Thread(target=run, name=f"download {url}", daemon=True)
    thread.start()
    try:
        while thread.is_alive() and time.monotonic() < deadline:
            thread.join(0.1)  # in short steps: on Windows, Ctrl-C has no effect while waiting
    finally:
        answer.wanted = False
    if thread.is_alive():
        raise DataError(f"too slow: not complete after {seconds:.0f} seconds")
    if failures:
        raise failures[0]
    return answer.getvalue()


class _BoundedAnswer(io.BytesIO):
    """Collects what a server sends, up to a size, until `wanted` is set to False."""

    def __init__(self, most_bytes: int) -> None:
        super().__init__()
        self.most_bytes = most_bytes
        self.wanted = True

    def write(self, chunk: bytes) -> int:  # type: ignore[override]
        if not self.wanted:
            raise DataError("no longer wanted")  # ends the thread; the message is not shown
        if self.tell() + len(chunk) > self.most_bytes:
            raise DataError(f"sends more than the {self.most_bytes:,} bytes that the file can have")
        return super().write(chunk)


def _innermost(error: BaseException) -> str:
    """The message of the original cause; the exceptions around it only repeat the address."""
    while cause := error.__cause__ or (None if error.__suppress_context__ else error.__context__):
        error = cause
    reason = error.strerror if isinstance(error, OSError) else None
    return reason or str(error).split(" for url:")[0]
