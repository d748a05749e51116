"""IDX files, plain and packed."""

from __future__ import annotations

import gzip
import struct
import zlib
from pathlib import Path
from random import Random

import numpy as np

from mnist_ocr.data.idx import IMAGES, LABELS, read_idx
from tests.fuzzing.damage import NUMBERS, bytes_mutated, either
from tests.fuzzing.verdict import read_or_refused
from tests.idx_files import idx_bytes


def seeds(folder: Path) -> list[bytes]:
    """Images and labels, plain and packed."""
    random = np.random.default_rng(5)
    plain = [
        idx_bytes(random.integers(0, 256, (2, 28, 28), dtype=np.uint8)),
        idx_bytes(np.arange(9, dtype=np.uint8)),
        idx_bytes(np.zeros((0, 28, 28), np.uint8)),
    ]
    return plain + [gzip.compress(one, mtime=0) for one in plain]


def _unpacked(content: bytes) -> bytes:
    return gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content


def _packed(content: bytes, random: Random) -> bytes:
    cut = random.randrange(len(content) + 1)
    match random.randrange(6):
        case 0:
            return gzip.compress(content[:cut], mtime=0) + gzip.compress(content[cut:], mtime=0)
        case 1:
            return gzip.compress(content, mtime=0) + random.choice(
                (b"\0" * 9, b"\0x", b"\x1f\x8b", content[:9])
            )
        case 2:
            return bytes_mutated(gzip.compress(content, 0, mtime=0), random)
        case 3:
            return gzip.compress(content + b"\0" * random.choice((1, 2**16, 2**22)), mtime=0)
        case _:
            return gzip.compress(content, random.choice((1, 9)), mtime=0)


def _changed(content: bytes, random: Random) -> bytes:
    """Another header, and mostly the numbers that it promises."""
    plain = _unpacked(content)
    sizes = random.choice(
        (
            [random.randrange(4), 28, 28],
            [random.randrange(40)],
            [random.choice(NUMBERS), 28, 28],
            [random.choice(NUMBERS) for _ in range(random.randrange(5))],
        )
    )
    numbers = plain[16:] or b"\7"
    promised = int(np.prod(sizes, dtype=object)) if sizes else 1
    if promised < 2**16 and random.random() < 0.8:
        numbers = (numbers * (promised // len(numbers) + 1))[:promised]
    header = bytes([0, 0, random.choice((8, 8, 8, 8, 9, 13)), len(sizes)])
    made = header + struct.pack(f">{len(sizes)}I", *sizes) + numbers
    return _packed(made, random) if random.random() < 0.5 else made


def _repacked(content: bytes, random: Random) -> bytes:
    return _packed(bytes_mutated(_unpacked(content), random), random)


mutate = either(_changed, _changed, _repacked, bytes_mutated)


def judge(content: bytes, folder: Path) -> bool:
    """Of whatever is taken for images or labels, header and numbers are those of the bytes."""
    path = folder / "digits"
    path.write_bytes(content)
    images = read_or_refused(lambda: read_idx(path, IMAGES), folder)
    labels = read_or_refused(lambda: read_idx(content, LABELS, "digits"), folder)
    for found in (images, labels):
        if found is not None:
            shape, numbers = _slowly(content)
            assert found.shape == shape
            assert found.tobytes() == numbers
            assert not found.flags.writeable
    assert images is None or labels is None
    return images is not None or labels is not None


def _slowly(content: bytes) -> tuple[tuple[int, ...], bytes]:
    plain = content
    if content[:2] == b"\x1f\x8b":
        plain, rest = b"", content
        while rest.strip(b"\0"):
            member, rest = _member(rest.lstrip(b"\0"))
            plain += member
    shape = struct.unpack(f">{plain[3]}I", plain[4 : 4 + 4 * plain[3]])
    return shape, plain[4 + 4 * plain[3] :]


def _member(packed: bytes) -> tuple[bytes, bytes]:
    """The first member of a gzip file, and what is behind it (RFC 1952); unknown flags have no meaning."""
    flags, start = packed[3], 10
    if flags & 4:
        start += 2 + int.from_bytes(packed[start : start + 2], "little")
    for text in (8, 16):
        if flags & text:
            start = packed.index(b"\0", start) + 1
    if flags & 2:
        start += 2
    inner = zlib.decompressobj(-zlib.MAX_WBITS)
    plain = inner.decompress(packed[start:])
    crc, length = struct.unpack("<II", inner.unused_data[:8])
    assert (crc, length) == (zlib.crc32(plain), len(plain) % 2**32)
    return plain, inner.unused_data[8:]
