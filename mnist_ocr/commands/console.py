"""What all commands share: how they end, where the models are, and how options are described."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from mnist_ocr.errors import InputError, printable

DONE = 0
FAILED = 1
BAD_INPUT = 2
INTERRUPTED = 130
"""128 + the number of the signal that Ctrl-C sends, as shells count."""


def ends_cleanly(command: Callable[[argparse.Namespace], int], arguments: argparse.Namespace) -> int:
    """Run a command; bad input is one line on stderr and exit code 2, Ctrl-C a quiet end."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by whoever started us; what has its place is no file of ours
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a character of somebody's file name shows a question mark.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
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
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    return code


def run_alone(
    program: str,
    description: str | None,
    add_arguments: Callable[[argparse.ArgumentParser], None],
    command: Callable[[argparse.Namespace], int],
    arguments: Sequence[str] | None,
) -> int:
    """Parse the arguments of a command that is a program of its own, such as train.py, and run it.

    The command finds the arguments themselves in its options, as `words`.
    """
    parser = argparse.ArgumentParser(prog=program, description=description, formatter_class=Help)
    add_arguments(parser)
    words = sys.argv[1:] if arguments is None else arguments
    return ends_cleanly(command, parser.parse_args(words, argparse.Namespace(words=words)))


def shown(path: Path) -> str:
    """A path as a person would type it: relative to the current folder where that is shorter."""
    try:
        return printable(str(path.resolve().relative_to(Path.cwd())))
    except (ValueError, OSError):  # OSError: somebody has deleted the current folder
        return printable(str(path))


class Help(argparse.ArgumentDefaultsHelpFormatter):
    """Help that shows each default as a person would type it, and none where there is none."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        if action.default is None or action.default is False:
            return action.help
        if isinstance(action.default, list):
            return f"{action.help} (default: {' '.join(map(str, action.default))})"
        return super()._get_help_string(action)
