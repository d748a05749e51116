"""What all commands share: how they begin, speak, are stopped and end.

A training that ends between two batches can go on later as if it had never stopped. So a signal that asks
it to end (Ctrl-C, `kill`, a terminal that was closed) is only noted, and the training asks. Whoever presses
Ctrl-C twice does not want to wait; pressed once more, or while the network is being written, it does nothing.
A signal that was ignored when the program began, as `nohup` has it, stays ignored.
"""

from __future__ import annotations

import argparse
import errno
import os
import re
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn, TextIO, cast

from mnist_ocr.errors import InputError, printable

DONE = 0
FAILED = 1
BAD_INPUT = 2
INTERRUPTED = 130
"""128 + the number of the signal that Ctrl-C sends, as shells count."""


NOBODY_READS = (errno.EPIPE, errno.EIO)
"""What writing to a pipe fails with whose reader has left, and to a terminal that was closed."""


def ends_cleanly(command: Callable[[Any], int], arguments: object) -> int:
    """Run a command: its exit code.

    Bad input, and a disk that is full where the output goes, is one line on stderr and exit code 2; Ctrl-C is
    a quiet end. What a command does, and its exit code, do not depend on whether anybody reads its output.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # whoever started the program has closed it
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a character of somebody's file name shows a question mark.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    before = sys.stdout, sys.stderr
    stdout, stderr = map(Lasting, before)
    sys.stdout, sys.stderr = cast(TextIO, stdout), cast(TextIO, stderr)
    try:
        with _no_interrupt_lost():
            code = _code_of(command, arguments)
        stdout.flush()
        if stdout.failure and stdout.failure.errno not in NOBODY_READS:
            print(f"error: the output cannot be written: {stdout.failure.strerror}", file=stderr)
            code = BAD_INPUT
        stderr.flush()
    finally:
        sys.stdout, sys.stderr = before
    return code


@contextmanager
def _no_interrupt_lost() -> Iterator[None]:
    """Let Ctrl-C come again that came where no exception can be raised, as while an object is deleted.

    Python only prints such a KeyboardInterrupt, and the command would go on. Modules delete objects all the
    time while they load.
    """
    usual = sys.unraisablehook

    def hook(lost: sys.UnraisableHookArgs) -> None:
        if issubclass(lost.exc_type, KeyboardInterrupt):
            threading.Timer(0.01, signal.raise_signal, [signal.SIGINT]).start()
        else:
            usual(lost)

    sys.unraisablehook = hook
    try:
        yield
    finally:
        if sys.unraisablehook is hook:  # else everything is to be silent until the program ends
            sys.unraisablehook = usual


def _code_of(command: Callable[[Any], int], arguments: object) -> int:
    try:
        return command(arguments)
    except InputError as error:
        code, last = BAD_INPUT, f"error: {error}"
    except MemoryError:
        code, last = BAD_INPUT, "error: this needs more memory than there is: fewer nodes, or a smaller batch"
    except KeyboardInterrupt:
        # What Ctrl-C caught half-made, such as a progress bar, complains when it is cleared away.
        sys.unraisablehook = lambda _: None
        # Ctrl-C inside of `eval` of a text, with which modules make named tuples while they load, lets Python
        # note that nobody handled it, and end `python -m` by the signal. Any other text takes the note back.
        exec("")  # noqa: S102
        code, last = INTERRUPTED, "stopped"
    except SystemExit as end:  # argparse has shown the help, or refused an option
        return end.code if isinstance(end.code, int) else DONE
    # Only here, because a progress bar that the error held has ended its line together with the error.
    print(last, file=sys.stderr)
    return code


class Parser(argparse.ArgumentParser):
    """A parser that refuses an option in one line, as everything else is refused."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, and how to see the help."""
        line = " ".join(message.split("\n"))
        self.exit(BAD_INPUT, f"error: {printable(line)}; {self.prog} --help shows all options\n")


def run_alone(
    program: str,
    description: str | None,
    add_arguments: Callable[[argparse.ArgumentParser], None],
    command: Callable[[argparse.Namespace], int],
    arguments: Sequence[str] | None,
) -> int:
    """Parse the arguments of a command that is a program of its own, such as train.py, and run it.

    The command finds the arguments themselves in its options, as `argv`.
    """
    parser = Parser(prog=program, description=description, formatter_class=Help)
    add_arguments(parser)
    argv = sys.argv[1:] if arguments is None else arguments
    return ends_cleanly(lambda argv: command(parser.parse_args(argv, argparse.Namespace(argv=argv))), argv)


def shown(path: Path) -> str:
    """A path as a person would type it: relative to the current folder where that is shorter."""
    try:
        return printable(str(path.resolve().relative_to(Path.cwd())))
    except (ValueError, OSError):  # OSError: somebody has deleted the current folder
        return printable(str(path))


class Help(argparse.ArgumentDefaultsHelpFormatter):
    """Help that shows the defaults as a person would type them, and nothing for an option without one."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        if action.default is None or action.default is False:
            return action.help
        if isinstance(action.default, list):
            return f"{action.help} (default: {' '.join(map(str, action.default))})"
        return super()._get_help_string(action)


SIGNALS = [
    number
    for name in ("SIGINT", "SIGTERM", "SIGHUP")
    if (number := getattr(signal, name, None)) is not None  # Windows has no SIGHUP
]


class Stop:
    """Whether, and by what, the program was asked to stop.

    Attributes:
        signal: its number, or None.
        at_once: the training was left in the middle of a batch; only its last checkpoint has what it learned.
        concluding: what is under way now takes a moment and ends by itself.
    """

    def __init__(self) -> None:
        self.signal: int | None = None
        self.at_once = False
        self.concluding = False

    def __call__(self) -> bool:
        """Whether to stop."""
        return self.signal is not None

    @property
    def code(self) -> int:
        """The exit code that belongs to it: 128 + the number of the signal, as shells count."""
        assert self.signal is not None
        return 128 + self.signal

    @property
    def reason(self) -> str:
        """What happened, in words; without a signal it was a second Ctrl-C, or one that came elsewhere."""
        if self.signal in (None, signal.SIGINT):
            return "Ctrl-C"
        return "the signal SIGTERM" if self.signal == signal.SIGTERM else "the end of its terminal"

    def note(self, number: int, frame: FrameType | None) -> None:
        """Handle a signal.

        Raises:
            KeyboardInterrupt: it is the second Ctrl-C.
        """
        if self.signal == signal.SIGINT == number and not (self.at_once or self.concluding):
            self.at_once = True
            # What is left half-done complains when it is cleared away, such as the images being prepared.
            sys.unraisablehook = lambda _: None
            raise KeyboardInterrupt
        self.signal = number
        if number == getattr(signal, "SIGHUP", None):
            for stream in (sys.stdout, sys.stderr):
                if stream.isatty():
                    _let_go_of(stream)


def say(line: str, stream: TextIO) -> None:
    """Print a line at once; where nobody reads any more, the training goes on for the sake of its file."""
    try:
        print(line, file=stream, flush=True)
    except OSError:
        _let_go_of(stream)


class Lasting:
    """A stream that can always be written to, and on which no name from a file can steer the terminal.

    Attributes:
        failure: why what was written did not arrive, or None.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.failure: OSError | None = None

    def write(self, text: str) -> int:
        """Write, if anybody still reads."""
        try:
            self._stream.write(_without_control(text))
        except OSError as error:
            self._give_up(error)
        return len(text)

    def flush(self) -> None:
        """Flush likewise."""
        try:
            self._stream.flush()
        except OSError as error:
            self._give_up(error)

    def _give_up(self, error: OSError) -> None:
        self.failure = self.failure or error
        _let_go_of(self._stream)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


_OURS = re.compile(r"(\r?\n|\x1b\[38;5;\d+;48;5;\d+m(?=▀)|\x1b\[0m)")
"""What the program itself sends to a terminal: lines, and the greys of a drawn picture ..."""

_OF_A_BAR = re.compile(r"\r[^\x00-\x1f]*\r?|\n*(\x1b\[A)*")
"""... and a progress bar, which is written over again and again."""


def _without_control(text: str) -> str:
    """The text with escapes instead of characters that could control a terminal and are not our own."""
    if text.isprintable() or _OF_A_BAR.fullmatch(text):
        return text
    parts = _OURS.split(text)  # ours are every second one
    parts[::2] = map(printable, parts[::2])
    return "".join(parts)


def _let_go_of(stream: TextIO) -> None:
    """Send what is still said to nowhere: a terminal that is gone takes it with an error."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


@contextmanager
def noting_signals() -> Iterator[Stop]:
    """Note the signals that would end the program, for as long as the block lasts."""
    stop = Stop()
    heard = [number for number in SIGNALS if signal.getsignal(number) != signal.SIG_IGN]
    usual = {number: signal.signal(number, stop.note) for number in heard}
    try:
        yield stop
    finally:
        for number, handler in usual.items():
            signal.signal(number, handler)
