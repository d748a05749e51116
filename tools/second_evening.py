"""Run the commands of docs/second-evening.md, and write what they print and draw into the page.

    python -m tools.second_evening [--writer N]

Do that whenever the default network, or what one of the commands prints, was changed. The page tells of a
person whose 1 the default network misreads. The made-up writers of `benchmarks.new_hand` stand in for people,
and without `--writer` the first one is taken whose 1 the network is sure of in the end.
`tests/test_second_evening.py` runs the same commands and compares.

The commands run where there is no MNIST and no network, so that every computer comes to the same: the old
digits that are mixed in are then drawn ones.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from benchmarks.new_hand import write_photos
from mnist_ocr.data.mnist import DATA_VARIABLE
from mnist_ocr.graph import Network
from mnist_ocr.images import read_digit
from mnist_ocr.report.answer import answer_to
from tools.pictures import GIT, ROOT, save

PAGE = ROOT / "docs" / "second-evening.md"

PHOTO, WHY = "my-1.png", "why-not-1.png"
"""The pictures of the page, in the folder of pictures."""

NOWHERE = "http://127.0.0.1:9"
"""A port that nothing listens on: no network."""

OTHERWISE = {DATA_VARIABLE, "FORCE_COLOR"}
"""Variables with which the commands would print something else."""

MOST_WRITERS, MOST_TRIED = 100, 6
"""Made-up people that are looked at, and those among them whom it is tried to help."""


class Step(NamedTuple):
    """A command of the page, and what it printed there."""

    command: str
    output: str


def steps_of(page: str) -> list[Step]:
    """The commands of a page with their outputs, from top to bottom."""
    pieces = re.findall(r"```(bash|text)\n(.*?)\n```", page, re.DOTALL)
    commands, outputs = pieces[::2], pieces[1::2]
    if [kind for kind, _ in commands] != ["bash"] * len(commands) or len(outputs) != len(commands):
        raise ValueError("expected an output behind each command")
    return [Step(command, output) for (_, command), (_, output) in zip(commands, outputs, strict=True)]


def carry_out(command: str, folder: Path) -> str:
    """What a command prints that is typed in a folder; raises if it fails."""
    python, *words = shlex.split(command)
    if python != "python":
        raise ValueError(f"{command}: expected a command of Python's")
    if words[0].endswith(".py"):
        words[0] = str(ROOT / words[0])
    environment = {name: value for name, value in os.environ.items() if name not in OTHERWISE}
    environment |= {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    environment |= dict.fromkeys(("XDG_CACHE_HOME", "LOCALAPPDATA"), str(folder / "cache"))
    for name in ("http_proxy", "https_proxy"):
        environment |= {name: NOWHERE, name.upper(): NOWHERE}
    done = subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{command}: exit code {done.returncode}\n{done.stderr}")
    # The page is read in the project's folder, where the shipped networks have short names.
    return done.stdout.replace(f"{ROOT}{os.sep}", "").replace("\\", "/").rstrip()


def misread(writer: int, network: Network, folder: Path) -> bool:
    """Whether a network misreads the additional 1 of a writer, and 1 would be its second choice."""
    answer = answer_to(network, read_digit(write_photos(writer, folder), network))
    return [digit for digit, _ in answer.ranking()].index(1) == 1


def outcome(steps: list[Step], writer: int, folder: Path) -> tuple[float, bool]:
    """How sure the answer 1 is in the end, and whether that is sure enough; 0 where it is another answer."""
    carry_out(with_writer(steps[0].command, writer), folder)
    carry_out(f"{steps[2].command} --quiet", folder)
    answer = json.loads(carry_out(f"{steps[4].command} --json", folder))
    return (answer["confidence"], answer["sure"]) if answer["digit"] == 1 else (0.0, False)


def choose(steps: list[Step], network: Network) -> int:
    """The first writer whose 1 is misread and read for sure in the end; or of those tried, the surest."""
    found: dict[int, float] = {}
    for writer in range(MOST_WRITERS):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            if not misread(writer, network, folder / "tried" / "photos"):
                continue
            found[writer], sure = outcome(steps, writer, folder)
        print(f"writer {writer}: {found[writer]:.1%}", file=sys.stderr)
        if sure:
            return writer
        if len(found) == MOST_TRIED:
            break
    return max(found, key=found.__getitem__)


def with_writer(text: str, writer: int) -> str:
    return re.sub(r"--writer \d+", f"--writer {writer}", text)


def main() -> int:
    """Find the writer, and write page and pictures."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.second_evening", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--writer", type=int, metavar="N", help="this one, without a search")
    writer = parser.parse_args().writer
    page = PAGE.read_text(encoding="utf-8")
    if writer is None:
        writer = choose(steps_of(page), Network.load("default"))
    page = with_writer(page, writer)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for command, output in steps_of(page):
            print(f"$ {command}", file=sys.stderr)
            shown = "{}\n```\n\n```text\n{}\n```"
            printed = carry_out(command, folder)
            page = page.replace(shown.format(command, output), shown.format(command, printed))
        PAGE.write_text(page, encoding="utf-8")
        Image.open(folder / PHOTO).save(GIT / PHOTO, optimize=True)
        save(Image.open(folder / "why.png"), WHY)
    return 0


if __name__ == "__main__":
    sys.exit(main())
