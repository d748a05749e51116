"""`inference.py --trace`: every number against the model file and arithmetic by hand; where it is written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_ocr import Network
from mnist_ocr.images import read_digit
from mnist_ocr.report.answer import answer_to, ask
from mnist_ocr.report.trace import STRONGEST, trace
from tests.test_commands import ROOT, inference
from tests.test_explanation import number_at

SEVEN = ROOT / "git" / "seven.png"


def written(folder: Path, network: Network, *words: object) -> dict[str, Any]:
    """What the command writes about a picture of a seven."""
    network.save(folder / "model.json")
    path = folder / "trace.json"
    done = inference("--image-path", SEVEN, "--model", folder / "model.json", "--trace", path, *words)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == f"What every node did: {path}"
    return json.loads(path.read_text(encoding="utf-8"))


def test_a_network_worked_by_hand() -> None:
    # Two pixels have ink, 1 and 0.2. Hidden node 0 adds up 0.5 + 2 * 1 + 10 * 0.2 = 4.5, hidden node 1 adds
    # up 1 - 3 * 1 + 0 = -2 and sleeps. Answer 7 gets 0.25 + 2 * 4.5 = 9.25, answer 3 gets 1 + 1 * 4.5 = 5.5.
    network = Network.zeros([784, 2, 10], dtype="float64")
    hidden, output = network.layers[1:]
    hidden.weights[:, [10, 40]] = [[2, 10], [-3, 0]]
    hidden.biases = [0.5, 1]
    output.weights[7], output.weights[3] = [2, 5], [1, 5]
    output.biases[[7, 3]] = 0.25, 1
    pixels = np.zeros((28, 28), np.uint8)
    pixels.flat[[10, 40]] = 255, 51
    document = trace(network, ask(network, pixels), "drawn.png", "model.json")
    first, second = document["layers"][1]["nodes"]
    assert (first["name"], first["bias"], first["total"], first["value"]) == ("hidden[0]", 0.5, 4.5, 4.5)
    assert (second["bias"], second["total"], second["value"]) == (1, -2, 0)
    assert first["strongest"][0] == {
        "path": "layers[1].nodes[0].weights[10]",
        "source": "input[10]",
        "weight": 2,
        "value": 1,
        "product": 2,
    }
    assert [edge["product"] for edge in first["strongest"]] == [2, 2, 0, 0, 0]
    assert first["others"] == {"edges": 779, "sum": 0}
    seven = document["layers"][2]["nodes"][7]
    assert (seven["total"], [edge["product"] for edge in seven["strongest"]]) == (9.25, [9, 0])
    assert seven["others"] == {"edges": 0, "sum": 0}
    assert document["layers"][0]["nodes"][40] == {"name": "input[40]", "value": 0.2}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_total_adds_up_from_the_numbers_in_the_two_files(tmp_path: Path, dtype: str) -> None:
    network = Network([784, 12, 6, 10], "tanh", seed=3, dtype=dtype)
    network.layers[1].nodes[2].name = "hökchen"
    document = written(tmp_path, network)
    model = json.loads((tmp_path / "model.json").read_text(encoding="utf-8"))
    assert [layer["size"] for layer in document["layers"]] == [784, 12, 6, 10]
    assert document["numbers"] == dtype
    values = [[node["value"] for node in layer["nodes"]] for layer in document["layers"]]
    for index in (1, 2, 3):
        layer, own = document["layers"][index], model["layers"][index]
        assert (layer["name"], layer["activation"]) == (own["name"], own["activation"])
        for node, of_model in zip(layer["nodes"], own["nodes"], strict=True):
            assert (node["name"], node["bias"]) == (of_model["name"], of_model["bias"])
            products = np.multiply(of_model["weights"], values[index - 1])
            assert node["total"] == pytest.approx(node["bias"] + products.sum(), abs=1e-5)
            if index < 3:
                assert node["value"] == pytest.approx(np.tanh(node["total"]), abs=1e-6)
            named = node["strongest"]
            assert len(named) == STRONGEST
            by_hand = node["bias"] + sum(edge["product"] for edge in named) + node["others"]["sum"]
            assert by_hand == pytest.approx(node["total"], abs=1e-5)
            assert node["others"]["edges"] == len(products) - STRONGEST
            strongest = sorted(np.abs(products), reverse=True)[:STRONGEST]
            assert [abs(edge["product"]) for edge in named] == pytest.approx(strongest, abs=1e-6)
            for edge in named:
                assert edge["weight"] == number_at(model, edge["path"])
                assert edge["product"] == pytest.approx(edge["weight"] * edge["value"], abs=1e-6)
                source = int(edge["path"].split("[")[-1].rstrip("]"))
                sources = document["layers"][index - 1]["nodes"]
                assert (edge["source"], edge["value"]) == (sources[source]["name"], sources[source]["value"])


def test_it_says_what_was_asked_and_answered(tmp_path: Path) -> None:
    network = Network([784, 8, 10], seed=2)
    network.metadata["sure_above"] = 0.125
    document = written(tmp_path, network)
    network = Network.load(tmp_path / "model.json")
    reading = read_digit(SEVEN, network)
    answer = answer_to(network, reading)
    assert (document["picture"], document["model"]) == ("seven.png", "model.json")
    assert document["answer"] == {
        "digit": answer.digit,
        "confidence": answer.confidence,
        "sure": answer.sure,
        "confidence_threshold": 0.125,
        "probabilities": list(answer.probabilities),
    }
    pixels = [node["value"] for node in document["layers"][0]["nodes"]]
    assert np.multiply(pixels, 255).round().tolist() == reading.pixels.reshape(-1).tolist()


def test_a_person_can_read_it(tmp_path: Path) -> None:
    written(tmp_path, Network([784, 8, 10], seed=2))
    lines = (tmp_path / "trace.json").read_text(encoding="utf-8").splitlines()
    assert max(map(len, lines)) < 200
    assert sum('"path"' in line for line in lines) == (8 + 10) * STRONGEST
    assert '      {"name": "input[783]", "value": 0.0}' in lines


def test_the_answer_is_the_same_with_a_trace(tmp_path: Path) -> None:
    plain = inference("--image-path", SEVEN, "--json")
    traced = inference("--image-path", SEVEN, "--json", "--trace", tmp_path / "new folder" / "trace.json")
    assert traced.stdout == plain.stdout
    assert [path.name for path in (tmp_path / "new folder").iterdir()] == ["trace.json"]


def test_no_file_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "trace.json"
    path.write_text("mine", encoding="utf-8")
    words = ["--image-path", SEVEN, "--trace", path]
    done = inference(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"error: --trace {path}: exists already; choose another name, or add --overwrite\n"
    assert path.read_text(encoding="utf-8") == "mine"
    assert inference(*words, "--overwrite").returncode == 0
    assert json.loads(path.read_text(encoding="utf-8"))["answer"]["digit"] == 7
    assert [file.name for file in tmp_path.iterdir()] == ["trace.json"]


def test_what_cannot_be_written_is_refused_on_one_line(tmp_path: Path) -> None:
    model = tmp_path / "model.json"
    Network.zeros([784, 10]).save(model)
    (tmp_path / "folder.json").mkdir()
    link = tmp_path / "link.json"
    link.symlink_to(model)
    for path, message in (
        (tmp_path / "folder.json", "this is a folder, expected the name of a file"),
        (tmp_path / "trace.txt", "expected a name that ends in .json"),
        (model / "trace.json", "cannot be written: a part of its path is a file"),
        (model, "this command reads that file: choose another name"),
        (link, "this command reads that file: choose another name"),
    ):
        done = inference("--image-path", SEVEN, "--model", model, "--trace", path, "--overwrite")
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == f"error: --trace {path}: {message}\n"
    assert Network.load(model).sizes == [784, 10]
    done = inference("--image-path", SEVEN, "--multi", "--trace", tmp_path / "trace.json")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "not with --no-preprocess, --explain, --trace" in done.stderr


def test_numbers_that_overflowed_are_null(tmp_path: Path) -> None:
    # 3e38 + 3e38 is more than float32 holds; tanh makes 1 of it all the same.
    network = Network.zeros([784, 1, 10], ["tanh", "softmax"])
    network.layers[1].weights = 3e38
    document = written(tmp_path, network)
    (node,) = document["layers"][1]["nodes"]
    assert (node["total"], node["value"]) == (None, 1)


def test_only_one_picture_can_be_traced() -> None:
    network = Network([784, 10], seed=1)
    answer = ask(network, np.zeros((28, 28), np.uint8))
    network.forward(np.zeros((3, 784)))
    with pytest.raises(ValueError, match="3 images"):
        trace(network, answer, "a.png", "model.json")
