"""The whole test suite, once in each place where a program of files and processes may go wrong."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.long.outcome import Outcome
from tests.trainings import ROOT, without_override

TEXTS = {".py", ".json", ".csv", ".md", ".toml", ".txt", ".js", ".mjs", ".html", ".css", ".svg", ".ipynb"}
"""Endings of files whose lines git ends as Windows does, where it is told to."""

LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "__pycache__", ".*_cache", ".hypothesis")
"""What is no part of the project, although it lies in its folder."""

_LOOPBACK = (
    "import fcntl, os, socket, struct, sys; "
    "fcntl.ioctl(socket.socket(), 0x8914, struct.pack('16sh', b'lo', 1)); "  # SIOCSIFFLAGS: up
    "os.execvp(sys.argv[1], sys.argv[1:])"
)


@dataclass
class Place:
    """Where the suite runs.

    Attributes:
        folder: an empty one.
        checkout: the copy that the suite runs in; a place may change and rename it.
        within: what starts the suite.
        variables: of its environment.
    """

    folder: Path
    checkout: Path
    within: tuple[str, ...] = ()
    variables: dict[str, str] = field(default_factory=lambda: dict(os.environ))

    def without(self, *names: str) -> None:
        """Take variables away."""
        for name in names:
            self.variables.pop(name, None)


def usual(place: Place) -> None:
    """Change nothing, to tell what fails here from what fails anywhere."""


def no_network(place: Place) -> None:
    """No way out of this computer; where that needs rights, only proxies that lead nowhere."""
    alone = ("unshare", "--net")
    if shutil.which("unshare") and not subprocess.run([*alone, "true"], capture_output=True).returncode:
        place.within = (*alone, sys.executable, "-c", _LOOPBACK)
    else:
        for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
            place.variables[name] = "http://127.0.0.1:9"
    place.without("MNIST_OCR_DATA")


def no_home(place: Place) -> None:
    """A home folder that is not there."""
    place.variables["HOME"] = place.variables["USERPROFILE"] = str(place.folder / "nowhere")
    place.without("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "MPLCONFIGDIR")


def home_unset(place: Place) -> None:
    """No variable that names a home folder."""
    place.without("HOME", "USERPROFILE", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "MPLCONFIGDIR")


def read_only(place: Place) -> None:
    """A checkout that may only be read."""
    for path in (*place.checkout.rglob("*"), place.checkout):
        path.chmod(path.stat().st_mode & ~0o222)
    place.within = without_override()


def strange_path(place: Place) -> None:
    """Spaces, umlauts and other scripts in the path of the checkout, and of every file that a test makes."""
    strange = place.folder / "Straße nach Čáslav – 数字 %20 'x'"
    temporary = place.folder / "zwischen Ablage é"
    strange.mkdir()
    temporary.mkdir()
    place.checkout = place.checkout.rename(strange / "mnist ocr")
    place.variables["TMPDIR"] = str(temporary)


def windows_lines(place: Place) -> None:
    r"""Every text file with \r\n, as git for Windows checks it out."""
    for path in place.checkout.rglob("*"):
        if path.suffix in TEXTS and path.is_file():
            content = path.read_bytes()
            path.write_bytes(content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))


def c_locale(place: Place) -> None:
    """A computer that was told nothing of any language."""
    place.without("LANG", "LC_CTYPE", "PYTHONUTF8", "PYTHONIOENCODING")
    place.variables["LC_ALL"] = "C"


PLACES: dict[str, Callable[[Place], None]] = {
    "as usual": usual,
    "no network, no MNIST": no_network,
    "a home folder that is not there": no_home,
    "HOME unset": home_unset,
    "a read-only checkout": read_only,
    "spaces and non-ASCII letters in every path": strange_path,
    "Windows line endings in every text file": windows_lines,
    "locale C": c_locale,
}


def run_in(change: Callable[[Place], None]) -> tuple[str, list[str]]:
    """Run the suite in a copy of this checkout that was changed; its last line, and what failed."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        place = Place(folder, folder / "checkout")
        shutil.copytree(ROOT, place.checkout, ignore=LEFT_OUT)
        change(place)
        words = [*place.within, sys.executable, "-m", "pytest", "--color=no", "-m", ""]
        done = subprocess.run(
            words, cwd=place.checkout, env=place.variables, capture_output=True, text=True, errors="replace"
        )
        for path in (place.checkout, *place.checkout.rglob("*")):
            if path.is_dir():
                path.chmod(0o755)  # or it could not be deleted
    lines = (done.stdout + done.stderr).splitlines() or ["said nothing"]
    failed = [line for line in lines if re.match("(FAILED|ERROR) ", line)]
    if done.returncode and not failed:
        failed = [f"exit code {done.returncode}: {' '.join(lines[-5:])}"]
    return lines[-1].strip("= "), failed


def run(count: int | None, minutes: float | None) -> Outcome:
    """Run the suite in each place, or in the first `count`."""
    outcome = Outcome(
        "The whole suite, with every warning an error, in a copy of the checkout in each of these places.",
        ["where", "the suite says", "minutes"],
    )
    for name, change in list(PLACES.items())[:count]:
        print(name, file=sys.stderr)
        started = time.perf_counter()
        verdict, failed = run_in(change)
        outcome.rows.append([name, verdict, f"{(time.perf_counter() - started) / 60:.1f}"])
        outcome.failures += [f"{name}: {line}" for line in failed]
        print(verdict, *failed, sep="\n", file=sys.stderr)
    return outcome
