"""Files of results that a comparison left, most of them with the keys that belong to what was changed."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

from mnist_ocr.comparison import key_of
from mnist_ocr.grid import ResultsFile
from tests.fuzzing.damage import bytes_mutated, either, json_mutated
from tests.fuzzing.verdict import read_or_refused

SETTINGS = {"data": "0123", "hidden": [8], "activation": "relu", "epochs": 2, "seed": 0}


def _line(entry: dict[str, object]) -> bytes:
    return json.dumps(entry).encode() + b"\n"


def seeds(folder: Path) -> list[bytes]:
    """Nothing, a run that went well, one that did not, and a line that was cut off."""
    well = {
        "key": key_of(SETTINGS, "0.1.0"),
        "program": "0.1.0",
        "accuracy": 0.75,
        "best_epoch": 2,
        "accuracies": [0.5, 0.75],
        "diverged": None,
        "test": 0.7,
        "parameters": 100,
        "seconds": 1.5,
        "settings": SETTINGS,
    }
    other = {**SETTINGS, "seed": 1}
    ill = {
        **well,
        "key": key_of(other, "0.1.0"),
        "settings": other,
        "accuracy": None,
        "best_epoch": None,
        "accuracies": [],
        "diverged": "the loss is NaN",
        "test": None,
    }
    return [b"", _line(well), _line(well) + _line(ill), _line(ill) + _line(well)[:70]]


def _entry(content: bytes, random: Random) -> bytes:
    lines = content.split(b"\n")
    at = random.randrange(len(lines))
    entry = json_mutated(json.loads(lines[at]), random)
    if random.random() < 0.85:
        entry["key"] = key_of(entry["settings"], entry["program"])
    lines[at] = json.dumps(entry).encode()
    return b"\n".join(lines)


def _cut(content: bytes, random: Random) -> bytes:
    return content[: random.randrange(len(content) + 1)] + b"\0" * random.choice((0, 0, 3))


mutate = either(_entry, _entry, _entry, _cut, bytes_mutated)


def judge(content: bytes, folder: Path) -> bool:
    """What was read is what the lines say; nothing is changed but a line that has no end."""
    path = folder / "results.jsonl"
    path.write_bytes(content)

    def read() -> tuple[dict, bool]:
        with ResultsFile(path) as file:
            return file.results, file.cut_off

    found = read_or_refused(read, folder)
    left = path.read_bytes()
    if found is None:
        assert left == content
        return False
    results, cut_off = found
    if cut_off:
        assert content.startswith(left)
        assert b"\n" not in content[len(left) :]
    else:
        assert left in (content, content + b"\n")
    entries = {entry["key"]: entry for entry in map(json.loads, left.split(b"\n")[:-1])}
    assert entries.keys() == results.keys()
    for key, entry in entries.items():
        result = results[key]
        assert list(result.accuracies) == entry["accuracies"]
        assert (result.best_epoch, result.test) == (entry["best_epoch"], entry["test"])
        assert (result.seconds, result.diverged) == (entry["seconds"], entry["diverged"])
        if result.accuracy is not None:
            f"{result.accuracy:.2%} {result.seconds:,.1f}"
    assert read_or_refused(read, folder) == (results, False)
    return True
