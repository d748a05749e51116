"""Trainings as processes: small, quick, and with everything in them that has a state."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from mnist_ocr.data.idx import TEST_IMAGES, TEST_LABELS, TRAIN_IMAGES, TRAIN_LABELS
from mnist_ocr.data.synthetic import draw_digits
from tests.idx_files import idx_bytes

ROOT = Path(__file__).resolve().parent.parent
EPOCHS = 30
RECIPE = [
    *("--epochs", str(EPOCHS), "--batch-size", "10", "--hidden", "16", "--optimizer", "adam"),
    *("--augment", "full", "--outliers", "0.1", "--ema", "0.99"),
]
"""A second of work, a third of it the start of Python."""


def write_digits(folder: Path) -> Path:
    """Drawn digits in the four files of MNIST: 800 to learn from, 100 to test on."""
    folder.mkdir(parents=True, exist_ok=True)
    for images, labels, count in ((TRAIN_IMAGES, TRAIN_LABELS, 800), (TEST_IMAGES, TEST_LABELS, 100)):
        for name, array in zip((images, labels), draw_digits(count, seed=count), strict=True):
            (folder / name).write_bytes(idx_bytes(array))
    return folder


class Training(subprocess.Popen[str]):
    """train.py as a process, which can be held at a line of its output.

    Without that, what a test does to a running training would depend on which of the two is faster.
    """

    hold: str | None = None
    """How a line begins after which it waits."""

    gate: int | None = None
    """Our end of the pipe that it waits for; None where it runs freely."""

    def go_on(self, *, to_the_next: bool = False) -> None:
        """Let it run on from the line where it waits: to the end, or to the next such line."""
        if self.gate is None:
            return
        if to_the_next:
            os.write(self.gate, b".")
        else:
            os.close(self.gate)
            self.gate = None

    def wait(self, timeout: float | None = None) -> int:
        """Let it run on, and wait for its end."""
        self.go_on()
        return super().wait(timeout)

    def communicate(self, input: str | None = None, timeout: float | None = None) -> tuple[str, str]:
        """Let it run on, and read what it says to its end."""
        self.go_on()
        return super().communicate(input, timeout)


def start(
    *words: object,
    hold: str | None = None,
    before: Callable[[], object] = lambda: None,
    within: tuple[str, ...] = (),
    **more: object,
) -> Training:
    """Start train.py.

    Args:
        words: its arguments.
        hold: after each line that begins like this it waits, until its end is waited for or it may `go_on`.
        before: called in the new process, before it becomes that program.
        within: a program and its arguments that starts it, such as `nohup`.
        more: as `subprocess.Popen` has it.
    """

    def prepare() -> None:
        for number in (signal.SIGINT, signal.SIGHUP):  # whoever runs these tests may ignore them
            signal.signal(number, signal.SIG_DFL)
        before()

    program, kept = [str(ROOT / "train.py")], ()
    if hold is not None:
        its, ours = os.pipe()
        program, kept = [str(ROOT / "tests" / "held_training.py"), hold, str(its)], (its,)
    usual = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    training = Training(
        [*within, sys.executable, *program, *map(str, words)],
        env={**os.environ, "PYTHONWARNINGS": "error"},
        preexec_fn=prepare,
        pass_fds=kept,
        **{**usual, **more},
    )
    if hold is not None:
        os.close(its)
        training.hold, training.gate = hold, ours
    return training


def held_at(line: str, *words: object, **more: object) -> Training:
    """Start train.py, as `start`, and come back when it waits at a line that begins like this."""
    training = start(*words, hold=line, **more)
    until(training, line)
    return training


def run(*words: object, **more: object) -> subprocess.CompletedProcess[str]:
    """Run train.py to its end; as `start`."""
    process = start(*words, **more)
    out, err = process.communicate(timeout=300)
    return subprocess.CompletedProcess(words, process.returncode, out, err)


def until(process: Training, beginning: str) -> None:
    """Read what it says until a line begins like this; where it waits at others, let it go on."""
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(beginning):
            return
        if process.hold is not None and line.startswith(process.hold):
            process.go_on(to_the_next=True)
    raise AssertionError(f"no line {beginning!r}: {process.communicate()[1]}")


def without_override() -> tuple[str, ...]:
    """What starts a program that has to respect permissions, as the root of this computer does not."""
    if os.geteuid():
        return ()
    return ("setpriv", "--inh-caps=-all", "--bounding-set=-all")


def in_a_terminal(*words: object, hold: str | None = None) -> tuple[Training, int]:
    """Start train.py, as `start`, in a terminal of its own; and the end of it that a person would sit at."""
    import fcntl
    import pty
    import termios

    ours, its = pty.openpty()
    process = start(
        *words,
        hold=hold,
        before=lambda: (os.setsid(), fcntl.ioctl(its, termios.TIOCSCTTY, 0)),
        stdin=its,
        stdout=its,
        stderr=its,
        text=False,
    )
    os.close(its)
    return process, ours


def read_until(terminal: int, words: bytes) -> bytes:
    """Read what is shown in a terminal until words come up, or nothing comes any more; all of it."""
    shown = b""
    while words not in shown:
        try:
            some = os.read(terminal, 65536)
        except OSError:  # Linux's way to say that nobody writes there any more
            break
        if not some:
            break
        shown += some
    return shown
