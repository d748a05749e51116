"""One file from the first of several mirrors that really has it.

A server can refuse, be absent, send a login page instead of the file, stop half-way, send without end or
send a byte now and then. None of these may hang the program or leave anything behind, so a file is gathered
in memory, bounded in size and in time, and only handed out once its content has been checked. What each
mirror did wrong is kept for the one message that a person sees when all of them fail.
"""

from __future__ import annotations

import io
import time
from collections.abc import Sequence
from concurrent.futures import Future, wait
from threading import Thread
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from mnist_ocr.data.dataset import DataError, DownloadError
from mnist_ocr.data.idx import Bytes, ExpectedFile

if TYPE_CHECKING:
    from requests import Response
    from tqdm import tqdm

CONNECT_SECONDS = 4.0  # until a connection is there
SILENCE_SECONDS = 5.0  # between two pieces of an answer
FILE_SECONDS = 20.0  # for a whole file, however small; a large one gets more, at the rate of
SLOWEST_RATE = 200_000  # unpacked bytes per second, which is about 40 kB per second on the line
_CHUNK = 1 << 14


class Download(NamedTuple):
    """A file that arrived and is right.

    Attributes:
        values: the numbers in it.
        content: the bytes as they were sent.
        mirror: who sent it.
    """

    values: Bytes
    content: bytes
    mirror: str


def download_file(name: str, mirrors: Sequence[str], expected: ExpectedFile, *, progress: bool) -> Download:
    """Get a file from the first mirror that has it.

    Args:
        name: of the file, appended to each mirror's address.
        mirrors: addresses, each ending with a slash.
        expected: what the file has to hold; a longer answer is broken off.
        progress: whether to draw a bar on stderr, where that is a terminal.

    Raises:
        DownloadError: no mirror has it; the message has a line for each.
    """
    from tqdm import tqdm  # here, because most runs never download

    failures = []
    for mirror in mirrors:
        try:
            # The length is corrected once the server has told it; pooch asks for one from the start.
            silent = None if progress else True  # None: silent unless stderr is a terminal
            with tqdm(
                desc=name, total=expected.most_bytes, unit="B", unit_scale=True, disable=silent, leave=False
            ) as bar:
                content = _get(mirror + name, expected.most_bytes, bar)
            return Download(expected.parse(content), content, mirror)
        except DataError as error:
            failures.append(f"  {mirror}: {error}")
        except (OSError, ValueError) as error:  # all that requests raises is one or the other
            failures.append(f"  {mirror}: {_innermost(error)}")
    raise DownloadError("\n".join([f"{name} could not be downloaded:", *failures]))


def _get(url: str, most_bytes: int, bar: tqdm[NoReturn]) -> bytes:
    """Fetch `url` in a thread of its own, because neither name resolution nor a dribble can be timed out."""
    from pooch import HTTPDownloader

    answer = _BoundedAnswer(most_bytes)
    responses: list[Response] = []
    fetch = HTTPDownloader(
        progressbar=bar,
        chunk_size=_CHUNK,
        timeout=(CONNECT_SECONDS, SILENCE_SECONDS),
        hooks={"response": lambda response, **_: responses.append(response)},
    )
    outcome: Future[None] = Future()

    def run() -> None:
        try:
            fetch(url, answer, None)
        except BaseException as error:  # handed over to the thread that waits
            outcome.set_exception(error)
        else:
            outcome.set_result(None)
        finally:
            for response in responses:  # pooch leaves the connection open when something goes wrong
                response.close()

    seconds = FILE_SECONDS + most_bytes / SLOWEST_RATE
    deadline = time.monotonic() + seconds
    Thread(target=run, name=f"download {url}", daemon=True).start()
    try:
        while not outcome.done() and time.monotonic() < deadline:
            wait([outcome], timeout=0.1)  # in short steps: Windows hears no Ctrl-C while it waits
    finally:
        answer.wanted = False
    if not outcome.done():
        raise DataError(f"too slow: not complete after {seconds:.0f} seconds")
    outcome.result()
    return answer.getvalue()


class _BoundedAnswer(io.BytesIO):
    """Takes what a server sends, up to a size, for as long as it is wanted."""

    def __init__(self, most_bytes: int) -> None:
        super().__init__()
        self.most_bytes = most_bytes
        self.wanted = True

    def write(self, chunk: bytes) -> int:  # type: ignore[override]
        if not self.wanted:
            raise DataError("no longer wanted")  # ends the thread; nobody reads this
        if self.tell() + len(chunk) > self.most_bytes:
            raise DataError(f"sends more than the {self.most_bytes:,} bytes that the file can have")
        return super().write(chunk)


def _innermost(error: BaseException) -> str:
    """Say what happened in the words of the cause; the layers around it only repeat the address."""
    while cause := error.__cause__ or (None if error.__suppress_context__ else error.__context__):
        error = cause
    reason = error.strerror if isinstance(error, OSError) else None
    return reason or str(error).split(" for url:")[0]
