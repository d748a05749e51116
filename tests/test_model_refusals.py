"""Every refusal of a model file, word for word: what a person reads must not change by accident.

`refusals.json` was read by a person. After a change that is meant, `python -m tests.test_model_refusals`
writes it anew, and the difference shows what people will read from now on.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from mnist_ocr import Network
from mnist_ocr.modelfile import ModelFileError
from tests.model_documents import BROKEN, NO_MODELS, UNWRITABLE_NOTES, change, small_document, written

KEPT = Path(__file__).with_name("refusals.json")

MORE: list[tuple[str, object]] = [
    ("version", 0),
    ("version", 1.0),
    ("numbers", None),
    ("sure_above", -0.1),
    ("sure_above", True),
    ("layers", [5, 6]),
    ("layers", [{"name": "input", "size": 2}]),
    ("layers[0].name", 7),
    ("layers[0].size", 2**29 + 1),
    ("layers[0].nodes", []),
    ("layers[1].name", "x" * 101),
    ("layers[1].nodes[0].weights", {"a": 1, "b": 2}),
    ("layers[1].nodes[0].weights", "one and two, in words that are much longer than forty letters"),
    ("layers[1].nodes[0].weights[0]", "exactly forty letters between the quotes"[:38]),
    ("layers[1].nodes[0].weights[0]", "one letter more than what is shown whole"[:39]),
    ("layers[1].nodes[0].weights[0]", {"a": 1}),
    ("layers[1].nodes[0].weights[0]", 10**19),
    ("layers[1].nodes[0].weights[0]", False),
    ("layers[1].nodes", [1, 2, 3]),
]
"""More places in `small_document`, and what is put there."""


CUT_OFF = ['{"format": "mnist', '{"format": ', '{"format": "mnist_ocr network", "version": 1 \n']


def refusals(folder: Path) -> Iterator[str]:
    """All messages, with the name of the file in place of its path."""
    for place, value in [*((place, value) for place, value, _ in BROKEN), *MORE]:
        document = small_document()
        change(document, place, value)
        yield refusal(written(folder, document))
    for key in small_document():
        document = small_document()
        del document[key]
        yield refusal(written(folder, document))
    for key in ("name", "size", "activation", "nodes"):
        document = small_document()
        del document["layers"][1][key]
        yield refusal(written(folder, document))
    path = folder / "model.json"
    for notes in UNWRITABLE_NOTES:
        text = json.dumps(small_document()).replace('"training": {}', f'"training": {notes}')
        path.write_text(text, encoding="utf-8")
        yield refusal(path)
    for text in [
        *(text for text, _ in NO_MODELS),
        *CUT_OFF,
        json.dumps(small_document())[:-1] + " x",
    ]:
        path.write_text(text, encoding="utf-8")
        yield refusal(path)
    path.write_bytes(b"\x89PNG\r\n\x1a\n")
    yield refusal(path)


def refusal(path: Path) -> str:
    try:
        Network.load(path)
    except ModelFileError as error:
        said = str(error).replace(str(path), path.name)
        # What Python's own JSON says differs from version to version.
        return re.sub(r"(not JSON(?: that can be read)?: )[^(]+\b", r"\1…", said.split("Exceeds")[0])
    return "accepted"


def test_every_refusal_reads_as_it_was_approved(tmp_path: Path) -> None:
    assert list(refusals(tmp_path)) == json.loads(KEPT.read_text(encoding="utf-8"))


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    for path in (tmp_path / "missing.json", tmp_path):
        with pytest.raises(ModelFileError) as error:
            Network.load(path)
        assert str(error.value).startswith(f"{path}: ")


def approve() -> None:
    with tempfile.TemporaryDirectory() as folder:
        found = list(refusals(Path(folder)))
    KEPT.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    approve()
