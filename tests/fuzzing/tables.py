"""CSV tables of digits."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from random import Random

import numpy as np

from mnist_ocr.data.csv import LABEL_NAMES, read_table
from tests.fuzzing.damage import bytes_mutated, either
from tests.fuzzing.verdict import read_or_refused

CELLS = (
    b"0",
    b"00",
    b"000000255",
    b"255",
    b"256",
    b"999",
    b"-0",
    b"+1",
    b"1.0",
    b"5.",
    b".0",
    b"1.000000001",
    b"1e1",
    b" 7",
    b"7\t",
    b'"7"',
    b'"7',
    b'7"',
    b'""',
    b"",
    b'"1"2',
    b"x",
    b"label",
    b"\xc3\xa9",
    b"\xd9\xa3",
    b"\xff",
    b"\0",
    b"1_0",
    b"0x1",
    b"nan",
    b"\x0c",
    b"\x1c1",
    b"9" * 5000,
    b"a" * 70_000,
)


def seeds(folder: Path) -> list[bytes]:
    """With and without a header, in the dialects that programs write."""
    images = np.random.default_rng(6).integers(0, 256, (2, 784))
    rows = [
        b",".join(b"%d" % cell for cell in (label, *image))
        for label, image in zip((7, 0), images, strict=True)
    ]
    header = b"label," + b",".join(b"p%d" % number for number in range(784))
    plain = b"\n".join(rows)
    return [
        plain,
        b"\r\n".join([header, *rows, b"," * 784, b""]),
        b"\xef\xbb\xbf" + plain.replace(b",", b";") + b"\r",
        plain.replace(b",", b"\t"),
        b"\n".join(b",".join(b'"%s"' % cell for cell in row.split(b",")) for row in rows),
        gzip.compress(plain, mtime=0),
    ]


def _cells(content: bytes, random: Random) -> bytes:
    """Other cells, rows, separators or ends of lines; the rest as it was."""
    if packed := content[:2] == b"\x1f\x8b":
        content = gzip.decompress(content)
    end = next((end for end in (b"\r\n", b"\n", b"\r") if end in content), b"\n")
    lines = content.split(end)
    for _ in range(random.choice((1, 1, 2))):
        at = random.randrange(len(lines))
        separator = next((one for one in (b",", b";", b"\t") if one in lines[at]), b",")
        row = lines[at].split(separator)
        place = random.choice((0, len(row) - 1, random.randrange(len(row))))
        match random.randrange(9):
            case 0 | 1 | 2:
                row[place] = random.choice(CELLS)
            case 3:
                row[place:place] = [random.choice(CELLS)] * random.choice((1, 1, 784))
            case 4:
                del row[place : place + random.choice((1, 1, 400))]
            case 5:
                separator = random.choice((b",", b";", b"\t", b" "))
            case 6:
                lines.insert(at, random.choice((b"", b" ", separator * 784, lines[0], b'"', b"#")))
                continue
            case 7:
                row[place] = b'"' + row[place] + random.choice((b'"', b'" ', b'"0', b""))
            case _:
                end = random.choice((b"\n", b"\r\n", b"\r", b"\n\n", b"\x0b"))
        lines[at] = separator.join(row)
    made = end.join(lines)
    return gzip.compress(made, 1, mtime=0) if packed and random.random() < 0.7 else made


mutate = either(_cells, _cells, _cells, bytes_mutated)


def judge(content: bytes, folder: Path) -> bool:
    """A table that was read has the labels and pixels that stand in it, in their order."""
    path = folder / "digits.csv"
    path.write_bytes(content)
    found = read_or_refused(lambda: read_table(path), folder)
    if found is None:
        return False
    rows = _slowly(content)
    assert [row[0] for row in rows] == found[0].labels.tolist()
    assert [row[1:] for row in rows] == found[0].images.reshape(len(rows), 784).tolist()
    return True


def _slowly(content: bytes) -> list[list[int]]:
    """Every number where it stands; quotes and spaces around it mean nothing."""
    text = (gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content).decode("utf-8-sig")
    lines = [line for line in re.split("\r\n|\r|\n", text) if line.strip()]
    separator = next((one for one in ",;\t" if one in lines[0]), ",")
    lines = [line.replace(separator, ",") for line in lines]
    rows = [line.split(",") for line in lines if line.strip(", \t")]
    first, *_, last = (name.strip().strip('"').strip().lower() in LABEL_NAMES for name in rows[0])
    if first or last:
        del rows[0]
    numbers = [[_whole(cell.replace('"', "").strip()) for cell in row] for row in rows]
    if not (first or last):
        at_first, at_last = ({row[at] for row in numbers} for at in (0, -1))
        if len(at_last) > 1 and max(at_last) <= 9:
            last = len(at_first) == 1 or max(at_first) > 9 or _filled(numbers, -1) > _filled(numbers, 0)
    return [[row[-1], *row[:-1]] for row in numbers] if last and not first else numbers


def _filled(rows: list[list[int]], column: int) -> int:
    return sum(row[column] != 0 for row in rows)


def _whole(cell: str) -> int:
    """A number as 5, 5. or 5.0."""
    digits, _, fraction = cell.partition(".")
    assert not fraction.strip("0"), cell
    return int(digits)
