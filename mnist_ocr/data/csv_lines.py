"""From a CSV file to its lines, a block at a time.

A file from outside can hold anything: an image that was renamed, one endless line, gigabytes of nothing
packed into a few kilobytes. So it is read in blocks of a megabyte, a line may be `LONGEST_LINE` long, and a
file may have `MOST_LINES`; what its first bytes show to be something else is named before it is taken apart.
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from mnist_ocr.data.dataset import DataError
from mnist_ocr.data.packing import LARGEST, opened, unpacked

BLOCK = 1 << 20
"""Bytes that are read at a time: some 550 images."""

LONGEST_LINE = 1 << 16
"""Bytes; ten times what the widest row needs, and room for a header with long names."""

MOST_LINES = LARGEST // 784
"""As many as there may be images, whether anything is in them or not."""

MOST_BYTES = 4 * LARGEST
"""A pixel takes at most four: three digits and the comma."""

EXPECTED = "a CSV table of digits"

_OTHER_KINDS = (
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"PK\x03\x04", "a ZIP archive or an Excel workbook: unpack it, or save it as CSV, first"),
    (b"%PDF", "a PDF document"),
    (b"\x1f\x8b", "gzip data that is packed twice"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"PAR1", "a Parquet file"),
    (b"\0\0\x08", "an IDX file, whose name should end with -idx3-ubyte or -idx1-ubyte"),
    (codecs.BOM_UTF16_LE, "text in UTF-16: save it as UTF-8 first"),
    (codecs.BOM_UTF16_BE, "text in UTF-16: save it as UTF-8 first"),
)
"""How files begin that people take for a table, or that programs save under the name of one."""

_OTHER_TEXTS = ((b"<", "a web page or XML"), (b"{", "JSON"), (b"[", "JSON"))


class Lines(NamedTuple):
    """Some lines of a file that stand below each other.

    Attributes:
        first: the number of the first one, counted from 1 as editors do.
        lines: as they are in the file, with their ends.
    """

    first: int
    lines: list[bytes]


def read_lines(path: Path) -> Iterator[Lines]:
    r"""Read a text file, gzipped or not, without its byte order mark.

    Lines end with \n, \r\n or \r, and the last one as it likes. No more than a block is in memory.

    Raises:
        DataError: it is missing, cannot be read, is empty, damaged or something else than a table, a line is
            longer than `LONGEST_LINE`, or there are more than `MOST_LINES` or `MOST_BYTES`.
    """
    with opened(path, EXPECTED) as file, unpacked(file, str(path)) as (stream, _):
        first, rest, size = 1, b"", 0
        block = _first_block(stream, path)
        while block:
            lines = (rest + block).splitlines(keepends=True)
            rest = lines.pop()  # it may go on in the next block, if only with the \n of an \r\n
            size += len(block)
            _check(path, first, [*lines, rest], size)
            yield Lines(first, lines)
            first += len(lines)
            block = stream.read(BLOCK)
        yield Lines(first, [rest])


def _first_block(stream: io.BufferedIOBase, path: Path) -> bytes:
    block = stream.read(BLOCK)
    if not block:
        raise DataError(f"{path}: expected {EXPECTED}, found an empty file")
    for start, kind in _OTHER_KINDS:
        if block.startswith(start):
            raise DataError(f"{path}: expected {EXPECTED}, found {kind}")
    text = block.removeprefix(codecs.BOM_UTF8)
    for start, kind in _OTHER_TEXTS:
        if text.lstrip().startswith(start):
            raise DataError(f"{path}: expected {EXPECTED}, found {kind} (it starts with {text[:15]!r})")
    return text


def _check(path: Path, first: int, lines: list[bytes], size: int) -> None:
    if len(max(lines, key=len)) > LONGEST_LINE:
        number = next(number for number, line in enumerate(lines, first) if len(line) > LONGEST_LINE)
        raise DataError(
            f"{path}, line {number}: expected a row of 785 numbers, "
            f"found a line of more than {LONGEST_LINE:,} bytes"
        )
    if first + len(lines) > MOST_LINES or size > MOST_BYTES:
        raise DataError(f"{path}: expected at most {MOST_LINES:,} lines and {MOST_BYTES:,} bytes, found more")
