"""The schema of the model file and the loader say the same, but for what a schema has no words for."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from mnist_ocr import Network
from mnist_ocr.graph import ACTIVATIONS, LOSSES
from mnist_ocr.graph.network import PRECISIONS
from mnist_ocr.modelfile import (
    FORMAT,
    LARGEST_FILE,
    MODELS,
    MOST_LAYERS,
    SCHEMA,
    VERSION,
    ModelFileError,
    find_model,
)
from mnist_ocr.report.answer import CONFIDENCE_THRESHOLD
from tests.model_documents import change, written

RULES = json.loads(SCHEMA.read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(RULES)

NODE = "layers[1].nodes[1]"

UNSAYABLE = {
    r"nodes: expected [\d,]+ nodes as its size says": ("layers[1].size", 4),
    r"weights: expected [\d,]+ numbers, one for each node of layers": (f"{NODE}.weights", [1.0]),
    r"expected a finite float32 number": (f"{NODE}.bias", 1e39),
    r"name: expected 1 to 100 printable characters": ("layers[0].name", "\u200b"),  # a space without width
    r"cross-entropy needs a (softmax|sigmoid) output layer": ("layers[2].activation", "relu"),
    r"size: expected a positive whole number, found \d+\.0": ("layers[0].size", 2.0),
    r"version: expected 1, found 1\.0": ("version", 1.0),
    r"(about|training): expected finite numbers and text": ("about", "\ud800"),  # half a character
}
"""What the loader refuses and a schema cannot; the descriptions in the schema tell a person of each."""


def no_number(text: str) -> None:
    raise ValueError(f"{text} is no JSON")


def schema_accepts(path: Path) -> bool:
    """Whether the file is JSON, which knows no NaN, and the schema has nothing against it."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"), parse_constant=no_number)
    except ValueError:
        return False
    return bool(VALIDATOR.is_valid(document))


def refusal(path: Path) -> str | None:
    """What the loader has against the file."""
    try:
        Network.load(path)
    except ModelFileError as error:
        return str(error)
    return None


def saved(network: Network, folder: Path) -> dict[str, Any]:
    network.save(folder / "saved.json")
    document: dict[str, Any] = json.loads((folder / "saved.json").read_text(encoding="utf-8"))
    return document


@pytest.fixture
def document(tmp_path: Path) -> dict[str, Any]:
    network = Network([2, 3, 2], seed=1)
    network.metadata = {"sure_above": 0.9, "training": {"epochs": 5}}
    return saved(network, tmp_path)


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(RULES)
    assert RULES["$schema"] == Draft202012Validator.META_SCHEMA["$id"]


def test_it_knows_the_words_of_the_program() -> None:
    top, layer = RULES["properties"], RULES["$defs"]["layer"]["properties"]
    assert top["format"]["const"] == FORMAT
    assert top["version"]["const"] == VERSION
    assert top["loss"]["enum"] == [*LOSSES, "squared error", None]
    assert top["numbers"]["enum"] == list(PRECISIONS)
    assert top["numbers"]["default"] == PRECISIONS[0]
    assert layer["activation"]["enum"] == list(ACTIVATIONS)
    for name, activation in ACTIVATIONS.items():
        assert f"{name}: {activation.formula}." in layer["activation"]["description"]
    assert RULES["$defs"]["size"]["maximum"] == LARGEST_FILE
    assert top["layers"]["maxItems"] == MOST_LAYERS
    assert f"Without it: {CONFIDENCE_THRESHOLD}." in top["sure_above"]["description"]


def test_characters_that_it_refuses_in_a_name_are_none_that_the_loader_takes() -> None:
    refused = re.compile(RULES["$defs"]["name"]["not"]["pattern"])
    found = [character for character in map(chr, range(0x3000)) if refused.search(character)]
    assert not any(character.isprintable() for character in found)
    assert {"\n", "\t", "\0", "\x7f", "\xa0"} < set(found)


@pytest.mark.parametrize("name", MODELS)
def test_the_shipped_models_are_valid(name: str) -> None:
    document = json.loads(find_model(name).read_text(encoding="utf-8"))
    if name != "default":
        # A million numbers take the validator ten seconds. It judges each alone, so one of a kind will do.
        for layer in document["layers"][1:]:
            numbers = {number for node in layer["nodes"] for number in node["weights"]}
            for node in layer["nodes"]:
                node["weights"] = [0.0]
            layer["nodes"][0]["weights"] = sorted(numbers)
    assert not list(VALIDATOR.iter_errors(document))


@pytest.mark.parametrize("dtype", PRECISIONS)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_what_is_saved_is_valid(tmp_path: Path, activation: str, loss: str, dtype: str) -> None:
    for hidden in ([], [4]):
        activations = [*[activation for _ in hidden], LOSSES[loss].needs or activation]
        network = Network([3, *hidden, 2], activations, loss, dtype=dtype)
        assert not list(VALIDATOR.iter_errors(saved(network, tmp_path)))


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("format", "keras"),
        ("format", None),
        ("version", 2),
        ("version", "1"),
        ("version", True),
        ("sure_above", 1.5),
        ("sure_above", -0.1),
        ("sure_above", None),
        ("sure_above", True),
        ("numbers", "int8"),
        ("numbers", None),
        ("loss", "hinge"),
        ("loss", ["cross-entropy"]),
        ("layers", []),
        ("layers", {}),
        ("layers", [{"name": "input", "size": 2}]),
        ("layers[0]", None),
        ("layers[0].size", 0),
        ("layers[0].size", 2.5),
        ("layers[0].size", True),
        ("layers[0].size", LARGEST_FILE + 1),
        ("layers[0].activation", "linear"),
        ("layers[0].nodes", []),
        ("layers[1].activation", "swish"),
        ("layers[1].activation", ["relu"]),
        ("layers[1].nodes", []),
        ("layers[1].nodes", "none"),
        ("layers[1].name", ""),
        ("layers[1].name", 7),
        (f"{NODE}.name", "a\nb"),
        (f"{NODE}.name", "a\n"),
        (f"{NODE}.name", "x" * 101),
        (f"{NODE}.weights", 5),
        (f"{NODE}.weights", []),
        (f"{NODE}.weights[1]", "4"),
        (f"{NODE}.weights[1]", None),
        (f"{NODE}.weights[1]", True),
        (f"{NODE}.weights[1]", [1.0]),
        (f"{NODE}.weights[1]", float("nan")),
        (f"{NODE}.weights[1]", float("inf")),
        (f"{NODE}.weights[1]", 10**400),
        (f"{NODE}.bias", None),
        (f"{NODE}.bias", [0.5]),
        (f"{NODE}.bias", float("-inf")),
        (f"{NODE}.bias", -(10**400)),
        (f"{NODE}.wieghts", [1.0]),
        (NODE, 5),
        ("training", float("nan")),
        ("extra", 1),
    ],
)
def test_what_is_wrong_is_refused_by_both(
    tmp_path: Path, document: dict[str, Any], place: str, value: object
) -> None:
    assert schema_accepts(written(tmp_path, document))
    change(document, place, value)
    path = written(tmp_path, document)
    assert not schema_accepts(path)
    assert refusal(path)


@pytest.mark.parametrize("reason", UNSAYABLE)
def test_what_a_schema_has_no_words_for_is_refused_by_the_loader(
    tmp_path: Path, document: dict[str, Any], reason: str
) -> None:
    change(document, *UNSAYABLE[reason])
    path = written(tmp_path, document)
    assert schema_accepts(path)
    assert re.search(reason, refusal(path) or "")


def keys_of(value: object, place: str = "") -> Iterator[tuple[str, str]]:
    """Every object of a document by its path, with each of its keys."""
    if isinstance(value, dict):
        for key, below in value.items():
            yield place, key
            yield from keys_of(below, f"{place}.{key}")
    elif isinstance(value, list):
        for index, below in enumerate(value):
            yield from keys_of(below, f"{place}[{index}]")


def test_a_missing_key_is_refused_by_both_or_by_none(tmp_path: Path, document: dict[str, Any]) -> None:
    optional = set()
    places = list(keys_of(document))
    for place, key in places:
        shorter = copy.deepcopy(document)
        found: Any = shorter
        for part in re.findall(r"\w+", place):
            found = found[int(part) if part.isdigit() else part]
        del found[key]
        path = written(tmp_path, shorter)
        assert schema_accepts(path) == (refusal(path) is None), (place, key)
        if schema_accepts(path):
            optional.add(f"{place}.{key}")
    assert optional == {".about", ".training", ".training.epochs", ".sure_above", ".loss", ".numbers"}
    assert len(places) > 30


SMALL = st.sampled_from([None, True, 0, 1, 1.0, 2, 2.0, -1, 0.5, 1e39, 10**400, "", "a", "\u200b", "\ud800"])
ANYTHING = st.recursive(
    SMALL | st.floats() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
WORDS = st.sampled_from([*ACTIVATIONS, *LOSSES, *PRECISIONS, FORMAT, "name", "size", "nodes", "about"])


def containers(value: object) -> Iterator[Any]:
    """Every object and list of a document that has something in it."""
    if isinstance(value, dict | list) and value:
        yield value
        for below in value.values() if isinstance(value, dict) else value:
            yield from containers(below)


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_any_document_is_judged_alike(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.getbasetemp()
    sizes = data.draw(st.lists(st.integers(1, 3), min_size=2, max_size=4))
    document = saved(Network(sizes, dtype=data.draw(st.sampled_from(PRECISIONS))), folder)
    document["sure_above"] = 0.5
    for _ in range(data.draw(st.integers(0, 3))):
        found = list(containers(document))
        container = data.draw(st.sampled_from(found))
        key = data.draw(
            st.sampled_from(sorted(container) if isinstance(container, dict) else range(len(container)))
        )
        match data.draw(st.sampled_from(["replace", "remove", "add", "copy"])):
            case "replace":
                container[key] = data.draw(ANYTHING | WORDS)
            case "remove":
                del container[key]
            case "add" if isinstance(container, dict):
                container[data.draw(WORDS | st.text(max_size=3))] = data.draw(ANYTHING)
            case "add":
                container.append(data.draw(ANYTHING))
            case "copy":
                container[key] = copy.deepcopy(data.draw(st.sampled_from(found)))
    path = written(folder, document)
    refused = refusal(path)
    if refused is None:
        assert schema_accepts(path)
    elif schema_accepts(path):
        assert any(re.search(reason, refused) for reason in UNSAYABLE), refused
