"""Ways to break bytes, text and JSON; what breaks is decided by a generator, and so can be repeated."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

WORDS = (
    b"\0",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\x1f\x8b",
    b"\n",
    b"\r",
    b"\r\n",
    b"\t",
    b" ",
    b'"',
    b'""',
    b",",
    b";",
    b"[",
    b"]",
    b"{",
    b"}",
    b":",
    b"-",
    b".",
    b"0",
    b"1",
    b"9",
    b"255",
    b"256",
    b"1e9",
    b"NaN",
    b"\x1b[31m",
    "é".encode(),
    "\u202e".encode(),
    b"../",
    b"\\u0000",
    b"\\ud800",
)

NUMBERS = (
    0,
    1,
    2,
    7,
    27,
    28,
    29,
    127,
    128,
    255,
    256,
    784,
    32767,
    65535,
    65536,
    2**24,
    2**31 - 1,
    2**31,
    2**32 - 1,
)
"""Where sizes change their type, and the sizes of this program."""

SCALARS: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    1,
    2,
    3,
    -1,
    10**12,
    10**19,
    -(10**30),
    10**400,
    0.0,
    -0.0,
    0.5,
    1.0,
    1e-45,
    1e39,
    1e308,
    float("nan"),
    float("inf"),
    -float("inf"),
    "",
    "0",
    "input",
    "relu",
    "softmax",
    "sigmoid",
    "linear",
    "float32",
    "float64",
    "cross-entropy",
    "squared-error",
    "a" * 200,
    "\n",
    "\x1b[2J",
    "\0",
    "\u202e",
    "é",
    "٣",
    "\ud800",
    "../x",
    "http://x/y",
)


def bytes_mutated(content: bytes, random: Random) -> bytes:
    """The bytes with one to four small changes."""
    found = bytearray(content)
    for _ in range(random.choice((1, 1, 1, 2, 4))):
        place = random.choice((random.randrange(len(found) + 1), random.randrange(min(len(found), 64) + 1)))
        length = random.choice((1, 1, 2, 4, random.randrange(64)))
        match random.randrange(6):
            case 0:
                found[place : place + 1] = bytes([random.randrange(256)])
            case 1:
                found[place:place] = random.choice(WORDS)
            case 2:
                del found[place : place + length]
            case 3:
                found[place : place + 4] = random.choice(NUMBERS).to_bytes(
                    4, random.choice(("big", "little"))
                )
            case 4:
                found[place:place] = found[place : place + length] * random.choice((1, 2, 50))
            case _:
                if random.random() < 0.3:
                    del found[place:]
    return bytes(found)


def json_mutated(document: Any, random: Random) -> Any:
    """A copy of a document of JSON with one to three changes, anywhere in it."""
    document = copy.deepcopy(document)
    for _ in range(random.choice((1, 1, 2, 3))):
        found = list(_containers(document))
        if not found:
            return random.choice(SCALARS)
        container = random.choice(found)
        keys: Sequence[Any] = list(container) if isinstance(container, dict) else range(len(container))
        key = random.choice(keys) if keys else None
        match random.randrange(6):
            case 0 if key is not None:
                container[key] = _anything(random)
            case 1 if key is not None:
                del container[key]
            case 2 if key is not None:
                container[key] = copy.deepcopy(random.choice(found))
            case 3 if key is not None and type(container[key]) in (int, float):
                container[key] = random.choice((container[key] + 1, -container[key], float(container[key])))
            case 4 if isinstance(container, list) and key is not None:
                container[key:key] = [copy.deepcopy(container[key])] * random.choice((1, 1, 30))
            case _:
                if isinstance(container, dict):
                    container[random.choice(("name", "size", "x", "y" * 300, "\n", ""))] = _anything(random)
                else:
                    container.append(_anything(random))
    return document


def json_text(document: Any, random: Random) -> str:
    """A document as some program might have written it."""
    return json.dumps(
        document,
        indent=random.choice((None, None, 1)),
        ensure_ascii=random.random() < 0.9,
        separators=random.choice((None, (",", ":"), (" ,\r\n", " : "))),
    )


def encoded(text: str) -> bytes:
    """As UTF-8, and half characters as bytes that are none."""
    return text.encode("utf-8", "surrogatepass")


def either(*ways: Callable[[bytes, Random], bytes]) -> Callable[[bytes, Random], bytes]:
    """One of several ways to break, the first ones as often as they stand there; else the bytes."""

    def mutate(content: bytes, random: Random) -> bytes:
        try:
            return random.choice(ways)(content, random)
        except Exception:  # it is broken so badly already that it has no structure
            return bytes_mutated(content, random)

    return mutate


def _anything(random: Random) -> Any:
    if random.random() < 0.85:
        return random.choice(SCALARS)
    nested: Any = random.choice(SCALARS)
    for _ in range(random.choice((1, 2, 5, 60))):
        nested = [nested] if random.random() < 0.5 else {"x": nested}
    return nested


def _containers(document: Any) -> list[Any]:
    """Every list and object in a document, none of them by recursion."""
    found, open_ends = [], [document]
    while open_ends:
        one = open_ends.pop()
        if isinstance(one, dict | list):
            found.append(one)
            open_ends += one.values() if isinstance(one, dict) else one
    return found
