"""Folders of pictures: the bytes of an input are the choices of what is put into one."""

from __future__ import annotations

import io
import os
import shutil
import stat
from pathlib import Path
from random import Random

import numpy as np
from PIL import Image

from mnist_ocr.data.folders import FAULTS_SHOWN, find_parts, read_picture_folders
from mnist_ocr.data.pictures import read_class_folders
from tests.fuzzing.damage import bytes_mutated
from tests.fuzzing.verdict import read_or_refused

PARTS = ("", "", "train", "test", "Training", "TESTING", "other", ".hidden", "train/deeper")
CLASSES = (*"0123456789", "00", "10", "٣", " 1", "a", "Thumbs.db")
FILES = ("a.png", "b", ".c.png", "Thumbs.db", "desktop.ini", "é\n\x1b[31m.png", "d" * 250, "e.PNG", "f.md")
KINDS = (
    "picture",
    "picture",
    "picture",
    "picture",
    "dark",
    "large",
    "empty",
    "text",
    "folder",
    "pipe",
    "link",
    "broken link",
    "loop",
    "outside",
)


def _png(background: int, ink: int, side: int = 28) -> bytes:
    picture = Image.new("L", (side, side), background)
    picture.paste(ink, (10, 5, 14, 22))
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


PICTURES = LIGHT, DARK, LARGE = _png(0, 255), _png(255, 0), _png(0, 255, 29)
CONTENTS = {"picture": LIGHT, "dark": DARK, "large": LARGE, "empty": b"", "text": b"no picture"}


def seeds(folder: Path) -> list[bytes]:
    """All ten digits, in one folder and in two; three bytes are a place and what is there."""
    whole = b"".join(bytes([0, digit, 0, 0]) for digit in range(10))
    parts = b"".join(bytes([part, digit, 0, 0]) for part in (2, 3) for digit in range(10))
    return [whole, parts, whole[:12], parts + bytes([6, 0, 0, 0])]


def mutate(content: bytes, random: Random) -> bytes:
    """Another place, or something else there."""
    entries = [bytearray(content[at : at + 4]) for at in range(0, len(content), 4)]
    if not entries or random.random() < 0.1:
        return bytes_mutated(content, random)
    for _ in range(random.choice((1, 1, 2, 3))):
        entry = random.choice(entries)
        entry[random.randrange(len(entry))] = random.randrange(14)
    if random.random() < 0.3:
        entries.append(bytearray(random.randrange(14) for _ in range(4)))
    return b"".join(entries)[:160]


def judge(content: bytes, folder: Path) -> bool:
    """Of a folder that is read, every picture is there once, with the digit that its folder is called."""
    place = folder / "digits"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    for at in range(0, min(len(content), 160) - 3, 4):
        part, name, file, kind = content[at : at + 4]
        _put(
            place / PARTS[part % len(PARTS)] / CLASSES[name % len(CLASSES)],
            FILES[file % len(FILES)],
            KINDS[kind % len(KINDS)],
        )
    listed = read_or_refused(lambda: read_class_folders(place), folder)
    if listed is not None:
        assert sorted(str(picture.path) for picture in listed[0]) == sorted(_slowly(place))
        assert all(picture.path.parent.name == str(picture.label) for picture in listed[0])
    parts = read_or_refused(lambda: find_parts(place), folder)
    if parts is None or not parts:
        return False
    digits = read_or_refused(lambda: read_picture_folders(place), folder, lines=FAULTS_SHOWN)
    if digits is None:
        return False
    for part, dataset in zip(parts, (digits.training, digits.test), strict=False):
        assert dataset is not None
        # Files that hold no picture are left out, and counted.
        pictures = [Path(path) for path in _slowly(part) if Path(path).read_bytes() in PICTURES]
        labels = [int(path.parent.name) for path in pictures]
        assert (
            np.bincount(dataset.labels, minlength=10).tolist() == np.bincount(labels, minlength=10).tolist()
        )
        for image in dataset.images:
            assert (image.min(), image.max()) == (0, 255)
    return True


def _put(folder: Path, name: str, kind: str) -> None:
    """Put something there, unless something of that name is."""
    path = folder / name
    if path.is_symlink() or path.exists():
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if kind == "folder":
            path.mkdir()
        elif kind == "pipe":
            os.mkfifo(path)
        elif kind in CONTENTS:
            path.write_bytes(CONTENTS[kind])
        else:
            goal = {"link": "a.png", "broken link": "nothing", "loop": name, "outside": "/dev/zero"}[kind]
            path.symlink_to(goal)
    except (FileExistsError, NotADirectoryError, IsADirectoryError, PermissionError):
        return


def _slowly(folder: Path) -> list[str]:
    """The files in subfolders of one digit that nobody hides, by asking the system one by one."""
    found = []
    for place, _, files in os.walk(folder, followlinks=True):
        name = Path(place).name
        if Path(place).parent == folder and len(name) == 1 and name in "0123456789":
            for file in files:
                ours = not file.startswith(".") and file not in ("Thumbs.db", "desktop.ini", "f.md")
                if ours and stat.S_ISREG(_mode(Path(place) / file)):
                    found.append(str(Path(place) / file))
    return found


def _mode(path: Path) -> int:
    try:
        return path.stat().st_mode
    except OSError:
        return 0
