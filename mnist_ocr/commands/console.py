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
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, TextIO, cast

from mnist_ocr.errors import InputError, printable

DONE = 0
FAILED = 1
BAD_INPUT = 2
INTERRUPTED = 130
"""128 + the number of the signal that Ctrl-C sends, as shells count."""


def ends_cleanly(command: Callable[[argparse.Namespace], int], arguments: argparse.Namespace) -> int:
    """Run a command: its exit code.

    Bad input, and a disk that is full where the output goes, is one line on stderr and exit code 2; Ctrl-C is
    a quiet end. The result on stdout does not depend on whether anybody still reads stderr.
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
    stderr = sys.stderr
    sys.stderr = cast(TextIO, Lasting(stderr))
    try:
        code = command(arguments)
        sys.stdout.flush()
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        return BAD_INPUT
    except MemoryError:
        print("error: this needs more memory than there is: fewer nodes, or a smaller batch", file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        # What Ctrl-C caught half-made, such as a progress bar, complains when it is cleared away.
        sys.unraisablehook = lambda _: None
        print("stopped", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has seen enough; keep Python from complaining about it at exit.
        _let_go_of(sys.stdout)
        return DONE
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EFBIG) or error.filename:
            raise
        print(f"error: the output cannot be written: {error.strerror}", file=sys.stderr)
        _let_go_of(sys.stdout)
        return BAD_INPUT
    finally:
        sys.stderr = stderr
    return code


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
    parser = argparse.ArgumentParser(prog=program, description=description, formatter_class=Help)
    add_arguments(parser)
    argv = sys.argv[1:] if arguments is None else arguments
    return ends_cleanly(command, parser.parse_args(argv, argparse.Namespace(argv=argv)))


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
    """Print a line; where nobody reads any more, the training goes on for the sake of its file."""
    try:
        print(line, file=stream, flush=True)
    except OSError:
        _let_go_of(stream)


class Lasting:
    """A stream that can always be written to; as `say`, for those who write by themselves."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write, if anybody still reads."""
        try:
            return self._stream.write(text)
        except OSError:
            _let_go_of(self._stream)
            return len(text)

    def flush(self) -> None:
        """Flush likewise."""
        try:
            self._stream.flush()
        except OSError:
            _let_go_of(self._stream)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


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
