"""Teach the default network a new hand: ten pictures of each digit, and what it reads before and after.

The hands are made up, and are none that a network of this program has learned from: a writer has one way of
writing each digit and one style (slant, turn, width, pen, bends) for all of them, half as far again from the
usual as the widest styles among the drawn digits. Each picture differs a little, as people's do, and is dark
ink somewhere on grey paper, with 260 × 200 pixels, so that it is read as a photo is.

    python -m benchmarks.new_hand [--writers 10] [--write]

runs `train.py --from default --dataset PICTURES --test OTHER-PICTURES` for each writer, and prints the table
of `docs/second-evening.md`. For the story that this page tells,

    python -m benchmarks.new_hand --photos FOLDER --writer 2

writes the photos of one such writer.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
import tempfile
import time
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import fields
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mnist_ocr.commands.train import main as train
from mnist_ocr.data.glyphs import StrokeTable, load_glyphs
from mnist_ocr.data.pen import fit, frame, ink
from mnist_ocr.data.synthetic import WritingStyles

from .report import fill, table

FAR = 1.5
"""A hand's style, as a multiple of one of the drawn digits."""

APART = 0.35
"""How much the pictures of one hand differ, likewise."""

LEARNED, TESTED = 10, 50
"""Pictures of each digit that are learned from, and other ones that are tested on."""

PAPER, INK = 225, 150
"""Brightness of the paper, and how much darker the ink is."""

COLUMNS = ["writer", "before", "after", "fewer errors", "MNIST before", "after", "processor seconds"]

PHOTOS = 4
"""Pictures of each digit that `--photos` writes."""

PAGE = Path(__file__).resolve().parent.parent / "docs" / "second-evening.md"

_OF_THE_HAND = ("waves", "phases", "heights", "slant", "turn", "stretch", "nib", "pressure")
"""What of a style is the same for all digits of a hand."""

_BENDS = ("waves", "phases")
"""What of it decides where a line bends, and not how much: it is the same for any distance."""


class Hand:
    """One person's way of writing.

    Args:
        seed: of the person.
    """

    def __init__(self, seed: int) -> None:
        random = np.random.default_rng(seed)
        glyphs = load_glyphs()
        self._table = StrokeTable.of(glyphs)
        ways: list[int] = []
        for digit in range(10):
            candidates = [number for number, glyph in enumerate(glyphs) if glyph.digit == digit]
            weights = np.array([glyphs[number].weight for number in candidates])
            ways.append(int(random.choice(candidates, p=weights / weights.sum())))
        self._ways = np.array(ways)
        styles = self._styles(random, 10)
        self._style = {
            field.name: np.repeat(getattr(styles, field.name)[:1], 10, axis=0)
            if field.name in _OF_THE_HAND
            else getattr(styles, field.name)
            for field in fields(WritingStyles)
        }

    def _styles(self, random: np.random.Generator, images: int) -> WritingStyles:
        return WritingStyles.random(random, images, *self._table.poses.shape[1:3])

    def write(self, labels: NDArray[np.intp], seed: int) -> NDArray[np.uint8]:
        """Write digits, each time a little differently: (images, 28, 28)."""
        each = self._styles(np.random.default_rng(seed), len(labels))
        style = {
            name: (own[labels] if name in _BENDS else FAR * own[labels] + APART * getattr(each, name))
            for name, own in self._style.items()
        }
        styles = WritingStyles(**{name: numbers.astype(np.float32) for name, numbers in style.items()})
        chosen = self._ways[labels]
        positions = styles.write(self._table, chosen)
        positions, radii = fit(positions, styles.press(positions))
        return frame(ink(positions, radii, self._table.pen_down[chosen]))


def photo_of(digit: NDArray[np.uint8], random: np.random.Generator) -> Image.Image:
    """A digit, (28, 28), somewhere on a sheet of grey paper."""
    page = np.full((260, 200), PAPER, np.uint8)
    top, left = random.integers(10, 70, 2)
    large = np.asarray(Image.fromarray(digit).resize((112, 112), Image.Resampling.BICUBIC))
    page[top : top + 112, left : left + 112] -= (large / 255 * INK).astype(np.uint8)
    return Image.fromarray(page)


def write_pictures(hand: Hand, folder: Path, each: int, seed: int) -> Path:
    """Photos of digits of a hand, in the folders 0 … 9."""
    labels = np.repeat(np.arange(10), each)
    random = np.random.default_rng(seed)
    for number, (digit, label) in enumerate(zip(hand.write(labels, seed), labels, strict=True)):
        path = folder / str(label) / f"{number:03}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        photo_of(digit, random).save(path)
    return folder


def write_photos(writer: int, folder: Path) -> Path:
    """Photos of a writer's digits, and one more 1 beside the folder; the path of that one."""
    hand = Hand(writer)
    write_pictures(hand, folder, PHOTOS, 3000 + writer)
    more = folder.with_name("my-1.png")
    photo_of(hand.write(np.ones(1, np.intp), 4000 + writer)[0], np.random.default_rng(writer)).save(more)
    return more


class Lesson(NamedTuple):
    """What a network read before and after it learned a hand, as fractions of the images, and what it took.

    Attributes:
        before, after: of other pictures of that hand.
        old_before, old_after: of MNIST's test images.
        seconds: of processor time for all of it: to read the pictures, to train, to test and to write.
    """

    before: float
    after: float
    old_before: float
    old_after: float
    seconds: float

    @property
    def fewer(self) -> float:
        """The part of its errors that it no longer makes."""
        return 1 - (1 - self.after) / (1 - self.before) if self.before < 1 else 0.0


def teach(seed: int, folder: Path, *options: str, tested_on: int = TESTED) -> Lesson:
    """Let the command learn the hand of a writer.

    Args:
        seed: of the writer.
        folder: where the pictures go.
        options: more for the command.
        tested_on: pictures of each digit.
    """
    hand = Hand(seed)
    learned = write_pictures(hand, folder / "learn", LEARNED, 1000 + seed)
    tested = write_pictures(hand, folder / "test", tested_on, 2000 + seed)
    output = folder / "mine.json"
    words = ["--from", "default", "--dataset", str(learned), "--test", str(tested), "--output", str(output)]
    said = io.StringIO()
    started = time.process_time()
    with redirect_stdout(said), redirect_stderr(said):
        code = train([*words, "--quiet", *options])
    seconds = time.process_time() - started
    if code:
        raise RuntimeError(said.getvalue())
    record = json.loads(output.read_text(encoding="utf-8"))["training"]
    began, now = record["began"], record["accuracy"]
    return Lesson(began["test"], now["test"], began["old"], now["old"], seconds)


def main() -> int:
    """Write photos, or print the table."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.new_hand",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--writers", type=int, default=10, metavar="N", help="how many (default: 10)")
    parser.add_argument("--write", action="store_true", help=f"also put the table into docs/{PAGE.name}")
    parser.add_argument("--photos", type=Path, metavar="FOLDER", help="only write photos, into a new folder")
    parser.add_argument("--writer", type=int, default=0, metavar="N", help="whose photos (default: 0)")
    options = parser.parse_args()
    if options.photos:
        if options.photos.exists():
            parser.error(f"--photos {options.photos}: exists already; choose a new name")
        more = write_photos(options.writer, options.photos)
        print(f"written: {PHOTOS} photos of each digit in {options.photos}, and one more 1: {more}")
        return 0
    lessons = []
    for seed in range(options.writers):
        with tempfile.TemporaryDirectory() as folder:
            lessons.append(teach(seed, Path(folder)))
        print(*_row(str(seed), lessons[-1]), sep="  ", flush=True)
    mean = Lesson(*(float(np.mean(column)) for column in zip(*lessons, strict=True)))
    rows = [*(_row(str(seed), lesson) for seed, lesson in enumerate(lessons)), _row("mean", mean)]
    found = table(COLUMNS, rows)
    print(f"\n{found}")
    if options.write:
        fill(PAGE, "benchmarks.new_hand", found)
    return 0


def _row(name: str, lesson: Lesson) -> list[str]:
    before, after, old_before, old_after, seconds = lesson
    accuracies = (
        f"{before:.1%}",
        f"{after:.1%}",
        f"{lesson.fewer:.0%}",
        f"{old_before:.2%}",
        f"{old_after:.2%}",
    )
    return [name, *accuracies, f"{seconds:.1f}"]


if __name__ == "__main__":
    sys.exit(main())
