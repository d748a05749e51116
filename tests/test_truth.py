"""What a file claims is true of its numbers, whoever changed them and however."""

from __future__ import annotations

import json
import pickle
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from mnist_ocr import Network
from mnist_ocr.data import synthetic_digits
from mnist_ocr.images import read_digit
from mnist_ocr.modelfile import CHANGED
from mnist_ocr.report.answer import ask
from mnist_ocr.report.explain import explain, explanation_text
from mnist_ocr.training import TrainingConfig, train
from tests.test_commands import ROOT

CLAIMS = {"command": "python train.py --epochs 5", "accuracy": {"validation": 0.98, "test": 0.97}}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A network of 784-4-10 in a file that says how good it is."""
    network = Network([784, 4, 10], seed=0)
    network.metadata["training"] = CLAIMS
    network.save(tmp_path / "model.json")
    return tmp_path / "model.json"


def teach(network: Network) -> None:
    digits = synthetic_digits(1, 0)
    network.forward(digits.images / 255)
    network.backward([(int(digits.labels[0]) + 1) % 10])
    network.step(0.5)


def set_flat(network: Network) -> None:
    network.parameters = network.parameters * 2


def add_to_bias(network: Network) -> None:
    network.output.nodes[3].bias += 1


def set_edge(network: Network) -> None:
    network.output.nodes[7].incoming[2].weight = 0.25


def set_layer(network: Network) -> None:
    network.layers[1].weights[0, 406] = 5


def train_on(network: Network) -> None:
    train(network, synthetic_digits(100, 1), None, TrainingConfig(epochs=1))


def through_pickle(network: Network) -> Network:
    return pickle.loads(pickle.dumps(network))  # noqa: S301 - our own


CHANGES = [teach, set_edge, add_to_bias, set_layer, set_flat, train_on]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
@pytest.mark.parametrize("way", ["save", "to_dict", "copy", "pickle"])
def test_a_changed_network_claims_nothing_of_the_old_one(
    file: Path, tmp_path: Path, change: Callable[[Network], None], way: str
) -> None:
    network = Network.load(file)
    change(network)
    if way == "save":
        network.save(tmp_path / "changed.json")
        document = json.loads((tmp_path / "changed.json").read_text(encoding="utf-8"))
    elif way == "to_dict":
        document = network.to_dict()
    else:
        document = (network.copy() if way == "copy" else through_pickle(network)).to_dict()
    assert document["training"] == {"note": CHANGED, "from": CLAIMS}
    assert Network.from_dict(document).metadata["training"] == {"note": CHANGED, "from": CLAIMS}


def test_an_untouched_network_is_saved_to_the_same_bytes(file: Path, tmp_path: Path) -> None:
    for path in (file, ROOT / "models" / "mnist-784-128-10.json"):
        network = Network.load(path)
        network.predict(synthetic_digits(3, 0).images / 255)
        network.layers[1].nodes[0].incoming[406].weight += 0  # written, and the same number
        network.save(tmp_path / "again.json")
        expected = path.read_bytes().replace(b"\r\n", b"\n")  # git for Windows may have changed them
        assert (tmp_path / "again.json").read_bytes() == expected


def test_a_change_that_is_taken_back_takes_nothing_from_the_claims(file: Path, tmp_path: Path) -> None:
    network = Network.load(file)
    edge = network.output.nodes[7].incoming[2]
    before = edge.weight
    edge.weight = 3
    edge.weight = before
    network.save(tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == file.read_bytes()


def test_of_many_changes_one_origin_is_told(file: Path, tmp_path: Path) -> None:
    network = Network.load(file)
    for _ in range(3):
        teach(network)
        assert network.metadata["training"] == {"note": CHANGED, "from": CLAIMS}
        network.save(tmp_path / "changed.json")
        network = Network.load(tmp_path / "changed.json")
    assert network.metadata["training"] == {"note": CHANGED, "from": CLAIMS}


def test_what_is_said_of_the_new_numbers_stays_with_them(file: Path, tmp_path: Path) -> None:
    network = Network.load(file)
    teach(network)
    network.metadata["training"] = {"taught": "one image", "from": network.metadata["training"]}
    network.save(tmp_path / "taught.json")
    told = Network.load(tmp_path / "taught.json").metadata["training"]
    assert told == {"taught": "one image", "from": {"note": CHANGED, "from": CLAIMS}}
    teach(network)
    assert network.metadata["training"] == {"note": CHANGED, "from": told}


def test_saving_twice_with_a_step_between_withdraws_what_was_said_before(tmp_path: Path) -> None:
    network = Network([784, 4, 10], seed=0)
    network.metadata["training"] = CLAIMS
    network.save(tmp_path / "one.json")
    set_edge(network)
    network.save(tmp_path / "two.json")
    assert Network.load(tmp_path / "one.json").metadata["training"] == CLAIMS
    assert Network.load(tmp_path / "two.json").metadata["training"] == {"note": CHANGED, "from": CLAIMS}


def test_a_threshold_and_what_explains_the_file_are_no_claims(file: Path) -> None:
    network = Network.load(file)
    network.metadata["sure_above"] = 0.75
    set_edge(network)
    assert network.metadata["sure_above"] == 0.75
    assert network.metadata["about"] == Network.load(file).metadata["about"]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("seed", range(5))
def test_the_last_line_of_a_sum_is_the_difference_of_the_numbers_shown(dtype: str, seed: int) -> None:
    network = Network([784, 16, 8, 10], "tanh", dtype=dtype, seed=seed)
    network.parameters = network.parameters * np.array(3, dtype)
    text = explanation_text(explain(network, ask(network, read_digit(ROOT / "git" / "seven.png").pixels)))
    tables = text.split("\n\n")[1:]
    assert len(tables) == 3
    for table in tables:
        (total,) = re.findall(r"^  total += +(\S+)$", table, re.MULTILINE)
        ((own, difference),) = re.findall(r"came to (\S+) \((\S+)\)\.$", table, re.MULTILINE)
        assert Decimal(own) - Decimal(total) == Decimal(difference)
        assert abs(Decimal(difference)) < Decimal("0.0001")
