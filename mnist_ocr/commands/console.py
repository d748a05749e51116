"""What all commands share: how they begin, are stopped and end.

A training that ends between two batches can go on later as if it had never stopped. So a signal that asks
it to end (Ctrl-C, `kill`, a terminal that was closed) is only noted, and the training asks. Whoever presses
Ctrl-C twice does not want to wait; pressed once more, or while the network is being written, it does nothing.
A signal that was ignored when the program began, as `nohup` has it, stays ignored.
"""

from __future__ import annotations

import _thread
import argparse
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn, TextIO, cast

from mnist_ocr.commands.streams import NOBODY_READS, Lasting, let_go_of
from mnist_ocr.errors import InputError, printable

DONE = 0
FAILED = 1
BAD_INPUT = 2
INTERRUPTED = 130
"""128 + the number of the signal that Ctrl-C sends, as shells count."""

SECONDS_TO_CLEAR_UP = 2.0
"""After Ctrl-C, in which another one does nothing."""


def ends_cleanly(command: Callable[[Any], int], arguments: object) -> int:
    """Run a command: its exit code.

    Bad input, and a disk that is full where the output goes, is one line on stderr and exit code 2; Ctrl-C is
    a quiet end. What a command does, and its exit code, do not depend on whether anybody reads its output.
    """
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
    ctrl_c = CtrlC()
    try:
        try:
            ctrl_c.begin()
            code, last = _end_of(command, arguments)
            ctrl_c.ignored = True
        except KeyboardInterrupt:
            ctrl_c.ignored = ctrl_c.stopped = True
            code, last = INTERRUPTED, "stopped"
        if ctrl_c.pressed:
            # Inside of `eval` of a text, with which modules make named tuples while they load, it lets Python
            # note that nobody handled it, and end `python -m` by the signal. Any other text takes that back.
            exec("")  # noqa: S102
        if last:  # said only here: a progress bar that the error held has ended its line with the error
            print(f"\n{last}" if stderr.within_line else last, file=stderr)
        stdout.flush()
        if stdout.failure and stdout.failure.errno not in NOBODY_READS:
            print(f"error: the output cannot be written: {stdout.failure.strerror}", file=stderr)
            code = BAD_INPUT
        stderr.flush()
    finally:
        ctrl_c.end()
        sys.stdout, sys.stderr = before
    return code


def _end_of(command: Callable[[Any], int], arguments: object) -> tuple[int, str]:
    """Run a command: its exit code, and what is to be said about its end."""
    try:
        return command(arguments), ""
    except InputError as error:
        return BAD_INPUT, f"error: {error}"
    except MemoryError:
        return BAD_INPUT, "error: this needs more memory than there is: fewer nodes, or a smaller batch"
    except SystemExit as end:  # argparse has shown the help, or refused an option
        return end.code if isinstance(end.code, int) else DONE, ""


class CtrlC:
    """Ctrl-C while a command runs: KeyboardInterrupt, once, wherever the command is just then.

    Where no exception can be raised, as while an object is deleted, Python only prints it, and the command
    would go on; modules delete objects all the time while they load. There it comes again until it is raised.
    Pressed twice, it would end the clearing up that the first has begun; so it does nothing for a moment.

    A handler that somebody has installed before stays as it is.

    Attributes:
        pressed: whether it was, so far.
        ignored: whether Ctrl-C does nothing, because the command has ended.
        stopped: whether it ended by Ctrl-C. What was caught half-made, such as a progress bar, then says
            nothing when it is deleted.
    """

    def __init__(self) -> None:
        self.pressed = self.ignored = self.stopped = False
        self._lost = False
        self._ignored_until = 0.0
        self._thread = threading.get_ident()
        self._usual = signal.getsignal(signal.SIGINT)
        self._usual_hook = sys.unraisablehook
        self._handles = (
            self._usual in (signal.SIG_DFL, signal.default_int_handler)
            and threading.current_thread() is threading.main_thread()
        )

    def begin(self) -> None:
        """Handle Ctrl-C from now on."""
        sys.unraisablehook = self._note_unraisable
        if self._handles:
            signal.signal(signal.SIGINT, self._press)

    def end(self) -> None:
        """Leave Ctrl-C to whoever handled it before; after it has stopped the command, all stays silent."""
        self.ignored = True
        if self._handles:
            signal.signal(signal.SIGINT, self._usual)
        if sys.unraisablehook == self._note_unraisable and not self.stopped:
            sys.unraisablehook = self._usual_hook

    def _press(self, number: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        if not self.ignored and now >= self._ignored_until:
            self._ignored_until = now + SECONDS_TO_CLEAR_UP
            self.pressed, self._lost = True, False
            raise KeyboardInterrupt

    def _note_unraisable(self, what: sys.UnraisableHookArgs) -> None:
        if self._handles and issubclass(what.exc_type, KeyboardInterrupt):
            self._lost = True
            # Not threading.Thread, which takes locks that whoever was interrupted here may hold.
            _thread.start_new_thread(self._press_again, ())
            self._ignored_until = 0.0  # the last step: until here it could only be lost again
        elif not self.stopped:
            self._usual_hook(what)

    def _press_again(self) -> None:
        time.sleep(0.01)
        while self._lost and not self.ignored:
            if hasattr(signal, "pthread_kill"):  # not on Windows; it also ends what the thread waits for
                signal.pthread_kill(self._thread, signal.SIGINT)
            else:
                signal.raise_signal(signal.SIGINT)
            time.sleep(0.01)


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
                    let_go_of(stream)


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
