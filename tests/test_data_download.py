"""Downloading from faulty servers: afterwards the cache contains correct files or nothing."""

from __future__ import annotations

import gzip
import os
import re
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests

from mnist_ocr.data import DownloadError, LoadedDataset, load_mnist, mnist
from mnist_ocr.data.idx import TEST_LABELS, TRAIN_IMAGES
from mnist_ocr.data.mnist import DATA_VARIABLE, cache_folder, fetch_folder
from tests.idx_files import EXPECTED, PACKED, write_folder

FIRST = f"{TEST_LABELS}.gz"  # the smallest file is asked for first


BOMB = gzip.compress(gzip.decompress(PACKED[FIRST]) + bytes(30_000_000), mtime=0)
"""29 kB that unpack to 30 MB and begin correctly."""

OTHER = {name: gzip.decompress(content)[:-1] + b"\7" for name, content in PACKED.items()}


class Request(BaseHTTPRequestHandler):
    """A request for /behaviour/file, which is answered by the function of that name in BEHAVIOURS."""

    over = threading.Event()

    def do_GET(self) -> None:
        behaviour, name = self.path.strip("/").split("/")
        self.server.asked.append(self.path)  # type: ignore[attr-defined]
        try:
            BEHAVIOURS[behaviour](self, name)
        except OSError:
            self.close_connection = True  # the other side has gone away, which is what some tests are about

    def send(self, content: bytes, length: int | None = None, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(content) if length is None else length))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        pass


def redirect(to: str) -> Callable[[Request, str], None]:
    """Redirect the request; `{port}` and `{name}` are replaced."""

    def answer(request: Request, name: str) -> None:
        request.send_response(302)
        request.send_header("Location", to.format(port=request.server.server_port, name=name))  # type: ignore[attr-defined]
        request.end_headers()

    return answer


def drip(request: Request, name: str) -> None:
    """Often enough to seem alive, but too slowly to finish."""
    request.send(b"", length=len(PACKED[name]))
    for value in PACKED[name]:
        request.wfile.write(bytes([value]))
        if request.over.wait(0.2):
            return


def stall(request: Request, name: str) -> None:
    """Half of it, and then nothing, on a connection that stays open."""
    request.send(PACKED[name][:20], length=len(PACKED[name]))
    request.over.wait()


def cut(request: Request, name: str) -> None:
    """Half of it, and then the connection breaks."""
    request.send(PACKED[name][:20], length=len(PACKED[name]))
    request.wfile.flush()
    no_goodbye = struct.pack("ii", 1, 0)
    request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, no_goodbye)
    request.connection.close()


def drip_headers(request: Request, name: str) -> None:
    """Headers that never end."""
    request.send_response(200)
    request.flush_headers()
    while not request.over.wait(0.05):
        request.wfile.write(b"X")


def no_number(request: Request, name: str) -> None:
    request.send_response(200)
    request.send_header("Content-Length", "many")
    request.end_headers()
    request.wfile.write(PACKED[name])


def endless(request: Request, name: str) -> None:
    request.send_response(200)
    request.end_headers()
    while not request.over.is_set():
        request.wfile.write(b"\x1f\x8b" + bytes(100_000))


def unpacked_on_the_way(request: Request, name: str) -> None:
    """Some servers declare the archive to be an encoding, and the client then unpacks it."""
    request.send_response(200)
    request.send_header("Content-Encoding", "gzip")
    request.send_header("Content-Length", str(len(PACKED[name])))
    request.end_headers()
    request.wfile.write(PACKED[name])


BEHAVIOURS: dict[str, Callable[[Request, str], object]] = {
    "good": lambda request, name: request.send(PACKED[name]),
    "redirect": redirect("/good/{name}"),
    "redirect-to-another-host": redirect("http://localhost:{port}/good/{name}"),
    "no-number": no_number,
    "unpacked-on-the-way": unpacked_on_the_way,
    "missing": lambda request, name: request.send(b"no", status=404),
    "forbidden": lambda request, name: request.send(b"no", status=403),
    "web-page": lambda request, name: request.send(b"<!DOCTYPE html><title>Please log in</title>"),
    "truncated": lambda request, name: request.send(PACKED[name][:-20], length=len(PACKED[name])),
    "short": lambda request, name: request.send(PACKED[name][:-20]),
    "empty": lambda request, name: request.send(b""),
    "wrong-file": lambda request, name: request.send(gzip.compress(OTHER[name])),
    "damaged": lambda request, name: request.send(PACKED[name][:-8] + bytes(8)),
    "bomb": lambda request, name: request.send(BOMB),
    "too-short-a-length": lambda request, name: request.send(PACKED[name], length=len(PACKED[name]) - 20),
    "unavailable": lambda request, name: request.send(b"<html>Back soon</html>", status=503),
    "redirect-to-itself": redirect("/redirect-to-itself/{name}"),
    "redirect-in-a-circle": redirect("/redirect-back/{name}"),
    "redirect-back": redirect("/redirect-in-a-circle/{name}"),
    "redirect-to-a-web-page": redirect("http://localhost:{port}/web-page/{name}"),
    "redirect-to-a-file": redirect("file:///etc/hostname"),
    "redirect-to-nowhere": redirect("http://127.0.0.1:1/{name}"),
    "cut": cut,
    "drip": drip,
    "drip-headers": drip_headers,
    "stall": stall,
    "silent": lambda request, name: request.over.wait(),
    "endless": endless,
}

FAILURES = {
    "missing": "404 Client Error: Not Found$",
    "forbidden": "403 Client Error: Forbidden$",
    "web-page": "expected an IDX file, found a web page",
    "truncated": "IncompleteRead|truncated",
    "short": "truncated: the gzip data ends too early",
    "empty": "expected an IDX file, found an empty file",
    "wrong-file": "not the official MNIST file: expected SHA-256",
    "damaged": "damaged gzip data: CRC check failed",
    "bomb": "expected to end after 20 bytes of numbers, found more",
    "too-short-a-length": "truncated: the gzip data ends too early",
    "no-number": "invalid literal for int.*'many'",
    "unavailable": "503 Server Error: Service Unavailable$",
    "redirect-to-itself": "Exceeded 30 redirects",
    "redirect-in-a-circle": "Exceeded 30 redirects",
    "redirect-to-a-web-page": "expected an IDX file, found a web page",
    "redirect-to-a-file": "No connection adapters were found",
    "redirect-to-nowhere": "Connection refused",
    "cut": "Connection reset by peer|IncompleteRead",
    "drip": "too slow: not complete after 1 seconds",
    "drip-headers": "too slow: not complete after 1 seconds",
    "stall": "timed out",
    "silent": "timed out",
    "endless": "sends more than the [0-9,]+ bytes",
}

SILENT, DRIPPING = {"stall", "silent"}, {"drip", "drip-headers"}


class Server(ThreadingHTTPServer):
    """A server with a mirror for every behaviour, which records the requests."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Request)
        self.asked: list[str] = []

    def mirror(self, behaviour: str) -> str:
        return f"http://127.0.0.1:{self.server_port}/{behaviour}/"


@pytest.fixture
def server() -> Iterator[Server]:
    Request.over.clear()
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        Request.over.set()
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No stored MNIST and no proxy."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv(DATA_VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)


def be_impatient(monkeypatch: pytest.MonkeyPatch, behaviour: str) -> None:
    """Shorter limits, only for slow servers: on a busy computer, others are slow, too."""
    usual = mnist._get

    def get(url: str, *more: object) -> bytes:
        with monkeypatch.context() as patient:
            if f"/{behaviour}/" in url:
                patient.setattr(mnist, "SILENCE_SECONDS", 0.4 if behaviour in SILENT else 60)
                patient.setattr(mnist, "FILE_SECONDS", 0.8 if behaviour in DRIPPING else 60)
                patient.setattr(mnist, "SLOWEST_RATE", 1_000_000)
            return usual(url, *more)

    monkeypatch.setattr(mnist, "_get", get)


def fetch(*mirrors: str) -> LoadedDataset:
    return load_mnist(files=EXPECTED, mirrors=mirrors, progress=False)


def cached() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in cache_folder().glob("*")}


def test_a_download_is_cached_and_not_repeated(server: Server) -> None:
    digits = fetch(server.mirror("good"))
    assert (len(digits.training), len(digits.test), digits.notice) == (30, 20, None)
    assert digits.source == f"MNIST from {cache_folder()}"
    assert cached() == PACKED
    fetch(server.mirror("good"))
    assert sorted(server.asked) == sorted(f"/good/{name}" for name in PACKED)


@pytest.mark.parametrize("behaviour", ["redirect", "redirect-to-another-host", "unpacked-on-the-way"])
def test_unusual_but_right_answers(server: Server, behaviour: str) -> None:
    assert len(fetch(server.mirror(behaviour)).training) == 30
    assert len(fetch().training) == 30, "the cache was not usable"


@pytest.mark.parametrize(("behaviour", "reason"), FAILURES.items())
def test_a_broken_mirror_is_named_with_its_failure_and_leaves_nothing(
    server: Server, behaviour: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    be_impatient(monkeypatch, behaviour)
    with pytest.raises(DownloadError) as failure:
        fetch(server.mirror(behaviour))
    line = next(line for line in str(failure.value).splitlines() if server.mirror(behaviour) in line)
    assert re.search(reason, line)
    assert cached() == {}


def test_an_absent_server_is_named() -> None:
    with pytest.raises(DownloadError, match=r"http://127.0.0.1:1/: Connection refused"):
        fetch("http://127.0.0.1:1/")


@pytest.mark.parametrize("behaviour", FAILURES)
def test_the_next_mirror_takes_over_for_all_files(
    server: Server, behaviour: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    be_impatient(monkeypatch, behaviour)
    fetch(server.mirror(behaviour), server.mirror("good"))
    assert cached() == PACKED
    broken = [path for path in server.asked if path.startswith(f"/{behaviour}/")]
    assert set(broken) == {f"/{behaviour}/{FIRST}"}, "the broken mirror was asked for every file"


def test_the_message_tells_of_every_mirror_and_what_to_do(server: Server) -> None:
    mirrors = server.mirror("missing"), server.mirror("forbidden")
    with pytest.raises(DownloadError) as failure:
        fetch(*mirrors)
    remedies = str(cache_folder()), "data", "--data-dir", DATA_VARIABLE, "--dataset synthetic"
    for word in (*mirrors, "404", "403", FIRST, *remedies):
        assert word in str(failure.value)


def test_a_damaged_cached_file_is_replaced_and_named(server: Server) -> None:
    write_folder(cache_folder())
    damaged = cache_folder() / f"{TRAIN_IMAGES}.gz"
    damaged.write_bytes(damaged.read_bytes()[:-1])
    with pytest.raises(DownloadError, match=f"cached file not used: {damaged}: truncated"):
        fetch(server.mirror("missing"))
    digits = fetch(server.mirror("good"))
    assert digits.notice is not None
    assert f"cached file not used: {damaged}: truncated" in digits.notice
    assert cached() == PACKED
    assert server.asked[-1] == f"/good/{damaged.name}"
    assert fetch().notice is None


def test_a_damaged_file_with_another_spelling_is_replaced(server: Server) -> None:
    write_folder(cache_folder())
    (cache_folder() / TRAIN_IMAGES).write_bytes(b"damaged")
    assert fetch(server.mirror("good")).notice is not None
    assert cached() == PACKED


def test_an_interrupted_download_continues(server: Server) -> None:
    write_folder(cache_folder())
    (cache_folder() / f"{TRAIN_IMAGES}.gz").unlink()
    assert fetch(server.mirror("good")).notice is None
    assert server.asked == [f"/good/{TRAIN_IMAGES}.gz"]


def test_without_a_cache_folder_the_digits_are_used_but_not_cached(server: Server, tmp_path: Path) -> None:
    blocked = tmp_path / "a file"
    blocked.write_bytes(b"")
    digits = fetch_folder(blocked / "cache", EXPECTED, [server.mirror("good")], progress=False)
    assert len(digits.training) == 30
    assert digits.notice is not None
    assert f"{FIRST} could not be written to {blocked / 'cache'}" in digits.notice


def in_a_process(*mirrors: str) -> subprocess.Popen[str]:
    """The same as `fetch`, in another process."""
    code = (
        "import sys; from tests.idx_files import EXPECTED; from mnist_ocr.data import load_mnist; "
        "print(len(load_mnist(files=EXPECTED, mirrors=sys.argv[1:], progress=False).training))"
    )
    root = str(Path(__file__).resolve().parent.parent)
    return subprocess.Popen(
        [sys.executable, "-c", code, *mirrors],
        env={**os.environ, "PYTHONPATH": root},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_two_programs_can_download_at_once(server: Server) -> None:
    both = [in_a_process(server.mirror("good")) for _ in range(2)]
    for process in both:
        assert process.communicate(timeout=300) == ("30\n", "")
    assert cached() == PACKED


def test_killed_while_it_downloads_it_leaves_nothing(server: Server) -> None:
    process = in_a_process(server.mirror("silent"))
    while not server.asked and process.poll() is None:
        time.sleep(0.01)
    process.kill()
    process.communicate()
    assert server.asked == [f"/silent/{FIRST}"]
    assert cached() == {}
    assert len(fetch(server.mirror("good")).training) == 30


def test_a_proxy_that_is_not_there_is_named(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "")
    for variable in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(variable, "http://127.0.0.1:1")
    with pytest.raises(DownloadError, match="Connection refused"):
        fetch(server.mirror("good"))
    assert server.asked == []


def test_a_server_that_does_not_answer_is_waited_for_a_few_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody can be made to not answer on this computer, so the time that is asked for is looked at."""
    asked: list[object] = []
    request = requests.Session.request

    def listen(session: requests.Session, *words: object, **options: object) -> requests.Response:
        asked.append(options["timeout"])
        return request(session, *words, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(requests.Session, "request", listen)
    with pytest.raises(DownloadError):
        fetch("http://127.0.0.1:1/")
    assert asked
    assert set(asked) == {(4.0, 5.0)}


def interrupt(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_ctrl_c_while_waiting_leaves_nothing(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    be_impatient(monkeypatch, "drip")
    monkeypatch.setattr(mnist, "Thread", type("Thread", (threading.Thread,), {"join": interrupt}))
    with pytest.raises(KeyboardInterrupt):
        fetch(server.mirror("drip"))
    assert cached() == {}


def test_ctrl_c_while_writing_leaves_nothing(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        fetch(server.mirror("good"))
    assert cached() == {}


def test_a_download_that_was_given_up_ends(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    be_impatient(monkeypatch, "drip")
    monkeypatch.setattr(mnist, "_CHUNK", 1)
    with pytest.raises(DownloadError, match="too slow"):
        fetch(server.mirror("drip"))
    for thread in threading.enumerate():
        if thread.name.startswith("download"):
            thread.join(timeout=20)
            assert not thread.is_alive()


def test_waiting_ends_although_the_name_of_the_server_is_never_resolved(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mnist, "FILE_SECONDS", 0.8)
    monkeypatch.setattr(mnist, "SLOWEST_RATE", 1_000_000)
    over = threading.Event()

    class Unresolved:
        def __init__(self, **_: object) -> None:
            pass

        def __call__(self, *_: object) -> None:
            over.wait()

    monkeypatch.setattr("pooch.HTTPDownloader", Unresolved)
    try:
        with pytest.raises(DownloadError, match="too slow"):
            fetch("http://unresolved.invalid/")
    finally:
        over.set()
