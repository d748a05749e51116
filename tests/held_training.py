"""Run train.py, but wait after each line that begins with the first argument until somebody lets it go on.

Go on means: a byte in the pipe whose number is the second argument, or the end of that pipe.
"""

from __future__ import annotations

import builtins
import os
import runpy
import sys
from pathlib import Path

PROGRAM = Path(__file__).resolve().parent.parent / "train.py"

beginning, gate = sys.argv[1], int(sys.argv[2])
usual = builtins.print


def print_and_wait(*values: object, **options: object) -> None:
    """Print as usual, and wait where that was the line."""
    usual(*values, **options)  # type: ignore[call-overload]
    if values and str(values[0]).startswith(beginning):
        os.read(gate, 1)


builtins.print = print_and_wait  # type: ignore[assignment]
sys.argv[:3] = [str(PROGRAM)]
sys.path[0] = str(PROGRAM.parent)
runpy.run_path(str(PROGRAM), run_name="__main__")
