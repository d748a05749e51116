"""Model files that tests write, one wrong thing at a time."""

from __future__ import annotations

import json
from pathlib import Path


def written(folder: Path, document: object) -> Path:
    path = folder / "model.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def change(document: dict, place: str, value: object) -> None:
    *way, last = place.replace("]", "").replace("[", ".").split(".")
    found = document
    for key in way:
        found = found[int(key) if key.isdigit() else key]
    if last.isdigit():
        found[int(last)] = value
    else:
        found[last] = value
