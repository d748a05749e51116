"""The model file: what is saved is what is loaded, to the bit, and what is wrong is refused by name."""

from __future__ import annotations

import copy
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from mnist_ocr import Network, modelfile
from mnist_ocr.modelfile import (
    ABOUT,
    LARGEST_FILE,
    ModelFileError,
    quoted,
    shortest,
    shown,
)
from tests.model_documents import BROKEN, NO_MODELS, UNWRITABLE_NOTES, change, small_document, written


@pytest.fixture
def network() -> Network:
    network = Network([784, 3, 2], seed=1)
    network.metadata = {"about": ["a test"], "training": {"epochs": 5, "accuracy": 0.1 + 0.2, "name": "Zoë"}}
    network.metadata["sure_above"] = 0.75
    return network


@pytest.fixture
def document() -> dict:
    return small_document()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_loading_gives_the_same_network_and_saving_it_the_same_bytes(tmp_path: Path, dtype: str) -> None:
    generator = np.random.default_rng(0)
    network = Network([5, 40, 3], ["tanh", "sigmoid"], dtype=dtype, seed=generator)
    # All sizes of numbers that the precision has, not only those that training makes.
    bits = generator.integers(0, 2**63, network.parameters.size).astype(np.uint64)
    everything = bits.view(np.float64) if dtype == "float64" else bits.astype(np.uint32).view(np.float32)
    network.parameters[...] = np.where(np.isfinite(everything), everything, 1)
    network.parameters[:4] = [0.0, -0.0, np.finfo(dtype).max, np.finfo(dtype).smallest_subnormal]
    network.save(tmp_path / "one.json")
    loaded = Network.load(tmp_path / "one.json")
    assert loaded == network
    assert np.array_equal(np.signbit(loaded.parameters), np.signbit(network.parameters))
    loaded.save(tmp_path / "two.json")
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()


def test_the_verbs_of_the_network_are_the_same(tmp_path: Path, network: Network) -> None:
    network.layers[1].nodes[2].name = "upper loop"
    network.save(tmp_path / "model.json")
    loaded = Network.load(tmp_path / "model.json")
    assert loaded == network
    assert loaded.metadata == network.metadata
    assert loaded.layers[1].nodes[2].name == "upper loop"
    assert loaded.layers[1].nodes[1].name == "hidden[1]"


def test_a_nodes_weights_are_a_picture_of_28_rows_of_28(tmp_path: Path, network: Network) -> None:
    network.layers[1].weights = np.arange(3 * 784).reshape(3, 784)
    network.save(tmp_path / "model.json")
    lines = (tmp_path / "model.json").read_text(encoding="utf-8").splitlines()
    start = next(i for i, line in enumerate(lines) if '"hidden[1]"' in line) + 1
    for row in range(28):
        numbers = [float(text) for text in lines[start + row].strip().rstrip(",").split(",")]
        assert numbers == [784 + 28 * row + column for column in range(28)]
    assert lines[start + 28].strip() == "]},"
    assert max(map(len, lines)) < 600


def test_numbers_are_written_as_short_as_they_can_be() -> None:
    numbers = np.array([0.1, 1 / 3, 1e-7, 1024, -2.5], np.float32)
    assert shortest(numbers) == ["0.1", "0.33333334", "1e-07", "1024.0", "-2.5"]
    for text in shortest(np.random.default_rng(3).standard_normal(2000).astype(np.float32)):
        digits = text.lstrip("-0.").replace(".", "").split("e")[0]
        assert len(digits) <= 9  # nine digits tell any two float32 apart


def test_an_edited_weight_is_in_the_loaded_network(tmp_path: Path, network: Network) -> None:
    path = tmp_path / "model.json"
    network.save(path)
    document = json.loads(path.read_text(encoding="utf-8"))
    document["layers"][1]["nodes"][2]["weights"][406] = 0.125
    loaded = Network.load(written(tmp_path, document))
    edge = loaded.layers[1].nodes[2].incoming[406]
    assert edge.weight == 0.125
    assert edge.path == "layers[1].nodes[2].weights[406]"
    assert np.count_nonzero(loaded.parameters != network.parameters) == 1


def test_windows_line_endings_and_a_byte_order_mark_are_read(tmp_path: Path, network: Network) -> None:
    path = tmp_path / "model.json"
    network.save(path)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert Network.load(path) == network


def test_a_small_file_is_read_as_it_stands(tmp_path: Path, document: dict) -> None:
    network = Network.load(written(tmp_path, document))
    assert network.predict_proba([0, 0])[0].tolist() == pytest.approx([0.7310586, 0.2689414])
    assert network.output.nodes[1].incoming[1].weight == 4


def test_the_header_may_be_short(tmp_path: Path, document: dict) -> None:
    for key in ("about", "training", "loss", "numbers"):
        del document[key]
    assert Network.load(written(tmp_path, document)).loss.name == "cross-entropy"


@pytest.mark.parametrize(("place", "value", "message"), BROKEN)
def test_what_is_wrong_is_refused_by_its_path(
    tmp_path: Path, document: dict, place: str, value: object, message: str
) -> None:
    change(document, place, value)
    with pytest.raises(ModelFileError) as refusal:
        Network.load(written(tmp_path, document))
    assert str(refusal.value).startswith(str(tmp_path / "model.json"))
    assert message in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("notes", UNWRITABLE_NOTES)
def test_notes_that_could_not_be_written_again_are_refused(
    tmp_path: Path, document: dict, notes: str
) -> None:
    path = written(tmp_path, document)
    path.write_text(path.read_text(encoding="utf-8").replace('"training": {}', f'"training": {notes}'))
    with pytest.raises(ModelFileError, match="training: expected finite numbers and text"):
        Network.load(path)


@pytest.mark.parametrize("name", ["", "a\nb", "x" * 101])
def test_a_name_that_could_not_be_read_again_is_not_written(
    tmp_path: Path, network: Network, name: str
) -> None:
    network.layers[1].name = name
    with pytest.raises(ValueError, match="not 1 to 100 printable characters: not saved"):
        network.save(tmp_path / "model.json")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="needs the right to make links")
def test_saving_to_a_link_replaces_what_it_leads_to(tmp_path: Path, network: Network) -> None:
    (tmp_path / "real.json").write_text("old", encoding="utf-8")
    (tmp_path / "link.json").symlink_to(tmp_path / "real.json")
    network.save(tmp_path / "link.json")
    assert (tmp_path / "link.json").is_symlink()
    assert Network.load(tmp_path / "real.json") == network
    with pytest.raises(OSError, match="not an ordinary file"):
        network.save("/dev/null")


@pytest.mark.parametrize("place", ["format", "version", "layers"])
def test_a_missing_key_is_named(tmp_path: Path, document: dict, place: str) -> None:
    del document[place]
    with pytest.raises(ModelFileError, match=f"expected the key '{place}'"):
        Network.load(written(tmp_path, document))


@pytest.mark.parametrize(("text", "message"), NO_MODELS)
def test_what_is_no_json_of_ours_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "model.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ModelFileError) as refusal:
        Network.load(path)
    assert message in str(refusal.value)


def test_a_file_cut_off_anywhere_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    Network([3, 2], seed=1).save(path)
    whole = path.read_bytes()
    for length in range(len(whole) - 2):  # without the last line break it is still whole
        path.write_bytes(whole[:length])
        with pytest.raises(ModelFileError):
            Network.load(path)


def test_files_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    path.write_bytes(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(ModelFileError, match="byte 0 is no UTF-8 text"):
        Network.load(path)
    with pytest.raises(ModelFileError, match="no such model file"):
        Network.load(tmp_path / "missing.json")
    with pytest.raises(ModelFileError, match="this is a folder"):
        Network.load(tmp_path)


def test_a_file_too_large_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    with path.open("wb") as file:
        file.truncate(LARGEST_FILE + 1)  # sparse: takes no room on the disk
    with pytest.raises(ModelFileError, match="at most 536,870,912 bytes"):
        Network.load(path)


def test_a_failed_save_leaves_the_old_file(tmp_path: Path, network: Network) -> None:
    path = tmp_path / "model.json"
    network.save(path)
    before = path.read_bytes()
    broken = copy.deepcopy(network)
    broken.parameters[-1] = float("nan")
    with pytest.raises(ValueError, match="not finite"):
        broken.save(path)
    broken.parameters[-1] = 0
    broken.metadata["training"] = {"when": object()}  # fails in the middle of writing
    with pytest.raises(TypeError):
        broken.save(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_header_reads_as_it_was_designed(tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    network = Network.zeros([2, 2])
    network.metadata["training"] = {"data": "Zürich", "images": {"training": 5}}
    network.save(path)
    text = path.read_text(encoding="utf-8")
    header, layers = text.split('  "loss":')
    about = json.dumps(list(ABOUT), ensure_ascii=False, indent=2).replace("\n", "\n  ")
    assert header == (
        '{\n  "format": "mnist_ocr network",\n  "version": 1,\n'
        f'  "about": {about},\n'
        '  "training": {\n    "data": "Zürich",\n    "images": {\n      "training": 5\n    }\n  },\n'
    )
    assert layers == (
        ' "cross-entropy",\n  "numbers": "float32",\n  "layers": [\n'
        '    {"name": "input", "size": 2},\n'
        '    {"name": "output", "size": 2, "activation": "softmax", "nodes": [\n'
        '      {"name": "output[0]", "bias": 0.0, "weights": [\n        0.0, 0.0\n      ]},\n'
        '      {"name": "output[1]", "bias": 0.0, "weights": [\n        0.0, 0.0\n      ]}\n    ]}\n  ]\n}\n'
    )
    network.metadata.clear()
    network.save(path)
    assert '  "training": {},\n' in path.read_text(encoding="utf-8")
    network.metadata["training"] = {"a": float("nan")}
    with pytest.raises(ValueError, match="JSON"):
        network.save(path)
    assert '  "training": {},\n' in path.read_text(encoding="utf-8")


def test_words_of_a_refused_save(tmp_path: Path) -> None:
    network = Network.zeros([2, 2])
    network.parameters[-1] = float("inf")
    with pytest.raises(ValueError) as error:  # noqa: PT011
        network.save(tmp_path / "model.json")
    assert str(error.value) == "the network has weights that are not finite numbers: not saved"


def refused(path: Path) -> str:
    with pytest.raises(ModelFileError) as error:
        Network.load(path)
    return str(error.value).removeprefix(f"{path}: ")


def test_as_many_layers_as_are_allowed_and_no_more(
    tmp_path: Path, document: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, document)
    monkeypatch.setattr(modelfile, "MOST_LAYERS", 2)
    Network.load(path).save(path)
    monkeypatch.setattr(modelfile, "MOST_LAYERS", 1)
    with pytest.raises(ValueError, match=r"^the network has more than 1 layers: not saved$"):
        Network([2, 2]).save(tmp_path / "other.json")
    assert refused(path) == "layers: expected at most 1 layers, found 2"


def test_as_many_parts_and_bytes_as_are_allowed_and_no_more(
    tmp_path: Path, document: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, document)
    size, parts = path.stat().st_size, sum(map(path.read_text().count, "[{:"))
    monkeypatch.setattr(modelfile, "MOST_PARTS", parts)
    monkeypatch.setattr(modelfile, "LARGEST_FILE", size)
    Network.load(path)
    monkeypatch.setattr(modelfile, "MOST_PARTS", parts - 1)
    expected = f"size: expected at most {parts - 1} lists, objects and keys, found {parts}"
    assert refused(path) == expected
    monkeypatch.setattr(modelfile, "LARGEST_FILE", size - 1)
    assert refused(path) == f"size: expected at most {size - 1} bytes, found {size}"


def test_an_input_may_have_as_many_nodes_as_a_file_has_bytes(
    tmp_path: Path, document: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(modelfile, "LARGEST_FILE", 2)
    Network.from_dict(document)
    monkeypatch.setattr(modelfile, "LARGEST_FILE", 1)
    with pytest.raises(ModelFileError, match=r"^layers\[0\]\.size: .* whole number, found 2$"):
        Network.from_dict(document)


def test_a_file_that_the_system_does_not_give_is_refused_in_its_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(path: Path, most: int) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(modelfile, "read_ordinary", fail)
    assert refused(tmp_path / "model.json") == "cannot be read: Permission denied"


def test_of_an_objects_keys_no_more_are_shown_than_it_should_have(tmp_path: Path, document: dict) -> None:
    document["layers"][0] = {}
    assert refused(written(tmp_path, document)) == "layers[0]: expected the key 'name', found only none"
    document["layers"][0] = dict.fromkeys("abcde")
    assert refused(written(tmp_path, document)) == (
        "layers[0]: expected the key 'name', found only 'a', 'b', 'c'"
    )


def test_the_key_that_is_there_twice_is_named(tmp_path: Path) -> None:
    (tmp_path / "model.json").write_text('{"once": 1, "twice": 2, "twice": 3}')
    assert refused(tmp_path / "model.json") == "key 'twice': expected once in an object, found 2 times"


def test_only_where_a_file_ends_it_seems_cut_off(tmp_path: Path) -> None:
    (tmp_path / "model.json").write_text('{"format": x}')
    assert refused(tmp_path / "model.json") == "line 1, column 12: not JSON: Expecting value"


def test_long_keys_and_long_numbers_are_shown_short() -> None:
    assert quoted(40 * "k") == repr(40 * "k")
    assert quoted(41 * "k") == repr(37 * "k") + "..."
    assert shown(10**20 - 1) == 20 * "9"
    assert shown(10**20) == shown(-(10**20)) == "a number of over 20 digits"


def test_names_and_notes_are_written_in_their_own_letters(tmp_path: Path, network: Network) -> None:
    network.layers[1].nodes[0].name = "Schleife ⟳"
    network.save(tmp_path / "model.json")
    text = (tmp_path / "model.json").read_text(encoding="utf-8")
    assert '"Schleife ⟳"' in text
    assert '"Zoë"' in text


def test_a_text_that_a_double_would_lead_to_the_neighbour_is_written_as_the_double() -> None:
    # The best known such text: read directly it is this float32, by way of a double the next one.
    number = np.array([0x15AE43FD], np.uint32).view(np.float32)
    assert str(number[0]) == "7.038531e-26"
    assert np.float64("7.038531e-26").astype(np.float32) != number[0]
    assert shortest(number) == [repr(float(number[0]))]
    assert np.float64(shortest(number)[0]).astype(np.float32) == number[0]


@pytest.mark.parametrize("length", [1, 100])
def test_names_of_all_allowed_lengths_are_read(tmp_path: Path, document: dict, length: int) -> None:
    change(document, "layers[1].name", "x" * length)
    assert Network.load(written(tmp_path, document)).output.name == "x" * length


@pytest.mark.parametrize("confidence", [0, 1, 0.5])
def test_a_confidence_may_be_anything_from_0_to_1(tmp_path: Path, document: dict, confidence: float) -> None:
    document["sure_above"] = confidence
    assert Network.load(written(tmp_path, document)).metadata["sure_above"] == confidence


def test_without_a_word_on_numbers_they_are_float32(tmp_path: Path, document: dict) -> None:
    del document["numbers"]
    assert Network.load(written(tmp_path, document)).dtype == np.float32


def test_digits_that_no_float32_has_are_written_so_that_they_come_back(tmp_path: Path) -> None:
    # Printed in the usual way with eight digits and more, some float32 numbers come back as their neighbour.
    network = Network.zeros([600, 1], ["linear"])
    bits = np.random.default_rng(3).integers(0x3F000000, 0x4B000000, 600, np.uint32)
    network.output.weights = bits.view(np.float32)[None]
    network.save(tmp_path / "model.json")
    assert Network.load(tmp_path / "model.json") == network
