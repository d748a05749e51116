"""Lists of pictures with their labels, and what is read of the pictures that they name."""

from __future__ import annotations

import io
import os
from functools import partial
from pathlib import Path
from random import Random

from PIL import Image

from mnist_ocr.data.pictures import read_labels
from mnist_ocr.images.read import read_file
from tests.fuzzing.damage import bytes_mutated, either
from tests.fuzzing.verdict import read_or_refused

NAMES = (
    "7.png",
    "./7.png",
    "nothing.png",
    "folder",
    "../7.png",
    "../../etc/passwd",
    "/dev/zero",
    "/dev/null",
    "/etc/passwd",
    "pipe",
    "link.png",
    "loop",
    "outside",
    "http://localhost:9/7.png",
    "file:///etc/passwd",
    "a\0b",
    "\\\\host\\7.png",
    "x" * 5000,
    "x/" * 3000,
    "7.png/7.png",
    "é.png",
    "\x1b[31m",
    "~",
    "$HOME",
    "",
    "-",
    "con",
    "list.csv",
)

CELLS = (
    *NAMES,
    *"0123456789",
    "10",
    "-1",
    " 5 ",
    "٣",
    "²",
    "five",
    '"',
    '""',
    ",",
    "\n",
    "\r",
    "file",
    "label",
)


def seeds(folder: Path) -> list[bytes]:
    """With other columns, and without; as spreadsheets end them."""
    return [
        b"file,label\n7.png,7\n",
        b"\xef\xbb\xbflabel,file,pen\r\n7,7.png,blue\r\n0,nothing.png,\r\n,,\r\n",
        b'"file","label"\r"7.png","7"\r"a ""b"".png",3',
    ]


def _cells(content: bytes, random: Random) -> bytes:
    lines = [line.split(",") for line in content.decode("utf-8", "surrogateescape").split("\n")]
    for _ in range(random.choice((1, 1, 2, 3))):
        row = random.choice(lines)
        place = random.randrange(len(row))
        match random.randrange(6):
            case 0 | 1 | 2:
                cell = random.choice(CELLS)
                row[place] = '"' + cell.replace('"', '""') + '"' if random.random() < 0.4 else cell
            case 3:
                row.insert(place, random.choice(CELLS) if random.random() < 0.9 else "," * 200)
            case 4:
                del row[place]
                row += [] if row else [""]
            case _:
                lines.append([random.choice(NAMES), random.choice("0123456789"), "x"][: len(lines[0])])
    end = random.choice(("\n", "\n", "\r\n", "\r"))
    return end.join(map(",".join, lines)).encode("utf-8", "surrogateescape")


mutate = either(_cells, _cells, _cells, bytes_mutated)


def judge(content: bytes, folder: Path) -> bool:
    """The list is what is written; each picture is read where it says, or said not to be one."""
    _furnish(folder)
    table = folder / "list.csv"
    table.write_bytes(content)
    pictures = read_or_refused(lambda: read_labels(table), folder)
    if pictures is None:
        return False
    rows = [row for row in _slowly(content.decode("utf-8-sig")) if any(row)]
    names = [cell.strip() for cell in rows[0]]
    assert len(pictures) == len(rows) - 1
    for picture, row in zip(pictures, rows[1:], strict=True):
        said = dict(zip(names, map(str.strip, row), strict=True))
        assert (picture.name, str(picture.label)) == (said.pop("file"), said.pop("label"))
        assert picture.columns == said
        assert picture.path == folder / picture.name
    for picture in pictures[:3]:
        outcome = read_or_refused(partial(read_file, picture.path), folder, elsewhere=picture.path)
        assert outcome is not None
        pixels, reason = outcome
        assert (pixels is None) == bool(reason)
        assert "\n" not in reason
    return True


def _furnish(folder: Path) -> None:
    """What the names lead to; made once."""
    if (folder / "folder").exists():
        return
    file = io.BytesIO()
    picture = Image.new("L", (28, 28))
    picture.paste(255, (10, 5, 14, 22))
    picture.save(file, "PNG")
    (folder / "7.png").write_bytes(file.getvalue())
    (folder / "link.png").symlink_to("7.png")
    (folder / "loop").symlink_to("loop")
    (folder / "outside").symlink_to("/etc/hostname")
    os.mkfifo(folder / "pipe")
    (folder / "folder").mkdir()


def _slowly(text: str) -> list[list[str]]:
    """The rows of CSV, a character at a time."""
    rows, row, cell, quoted, began = [], [], "", False, False
    place = 0
    while place < len(text):
        one = text[place]
        if quoted:
            if one != '"':
                cell += one
            elif text[place + 1 : place + 2] == '"':
                cell += one
                place += 1
            else:
                quoted = False
        elif one == '"' and not began:
            quoted = True
        elif one == ",":
            row, cell = [*row, cell], ""
        elif one in "\r\n":
            rows, row, cell = [*rows, [*row, cell]], [], ""
        else:
            cell += one
        began = one not in ",\r\n" or quoted
        place += 1
    return [*rows, [*row, cell]]
