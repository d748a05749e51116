"""A training that stops and goes on comes to the same, to the bit; and only a whole checkpoint is read."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mnist_ocr import Network
from mnist_ocr.data import Dataset
from mnist_ocr.data.augmentation import AUGMENTATIONS
from mnist_ocr.data.synthetic import draw_digits
from mnist_ocr.errors import InputError
from mnist_ocr.graph.checks import Array
from mnist_ocr.training import OPTIMIZERS, History, StateError, TrainingConfig, train
from mnist_ocr.training.checkpoint import read_checkpoint, write_checkpoint

ABOUT = {"argv": ["--epochs", "3"], "ending": ".json"}


@pytest.fixture(scope="module")
def drawn() -> tuple[Dataset, Dataset]:
    return Dataset(*draw_digits(700, seed=1), "drawn"), Dataset(*draw_digits(150, seed=2), "drawn")


def new_network() -> Network:
    return Network([784, 9, 10], seed=4)


def without_times(history: History) -> list[object]:
    return [replace(epoch, seconds=0, images_per_second=0) for epoch in history.epochs]


def stopped_after(batches: int) -> Callable[[], bool]:
    asked = 0

    def stop() -> bool:
        nonlocal asked
        asked += 1
        return asked > batches

    return stop


def interrupted_and_resumed(
    folder: Path, drawn: tuple[Dataset, Dataset], config: TrainingConfig, stops: list[int]
) -> tuple[Network, History, Array]:
    """Train with a stop after so many batches each time, by way of a file and a new network."""
    path = folder / "model.checkpoint"
    network, state = new_network(), None
    for batches in stops:
        history = train(
            network,
            *drawn,
            config,
            resume=state,
            on_checkpoint=lambda state: write_checkpoint(path, state, ABOUT),
            should_stop=stopped_after(batches),
        )
        assert history.interrupted
        state, about = read_checkpoint(path)
        assert about == ABOUT
        network = Network([784, 9, 10], seed=99)
    last: list[dict[str, Any]] = []
    history = train(network, *drawn, config, resume=state, on_checkpoint=last.append)
    return network, history, last[-1]["optimizer"]


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("augment", AUGMENTATIONS)
def test_what_is_resumed_comes_to_the_same_bits(
    tmp_path: Path, drawn: tuple[Dataset, Dataset], optimizer: str, augment: str
) -> None:
    config = TrainingConfig(
        epochs=3, batch_size=32, optimizer=optimizer, augment=augment, outliers=0.1, seed=7
    )
    uninterrupted = new_network()
    last: list[dict[str, Any]] = []
    history = train(uninterrupted, *drawn, config, on_checkpoint=last.append)
    # In the first epoch, at once after going on, at the end of an epoch of 25 batches, and in the last one.
    network, resumed, kept = interrupted_and_resumed(tmp_path, drawn, config, [7, 0, 16, 29])
    assert network.parameters.tobytes() == uninterrupted.parameters.tobytes()
    assert kept.tobytes() == last[-1]["optimizer"].tobytes()
    assert without_times(resumed) == without_times(history)
    assert len(history.epochs) == 3


@pytest.mark.parametrize(
    ("change", "stops"),
    [
        ({"batch_size": 1, "optimizer": "sgd", "learning_rate": 0.01}, [3, 4]),  # 64 steps in a row
        ({"batch_size": 3, "optimizer": "nesterov", "learning_rate": 0.01}, [3, 4]),
        ({"batch_size": 1, "optimizer": "momentum", "learning_rate": 0.02, "schedule": "constant"}, [2, 9]),
        ({"batch_size": 1, "optimizer": "adam"}, [300, 450]),
        ({"batch_size": None, "optimizer": "sgd", "schedule": "constant"}, [0, 0]),
        ({"schedule": "one-cycle", "label_smoothing": 0.1, "patience": 2, "epochs": 9}, [20, 41]),
        ({"ema": 0.9, "optimizer": "adam"}, [3, 14, 20]),
    ],
)
def test_every_size_of_batches_is_resumed(
    tmp_path: Path, drawn: tuple[Dataset, Dataset], change: dict[str, object], stops: list[int]
) -> None:
    config = replace(TrainingConfig(epochs=3, seed=3), **change)
    uninterrupted = new_network()
    last: list[dict[str, Any]] = []
    history = train(uninterrupted, *drawn, config, on_checkpoint=last.append)
    network, resumed, kept = interrupted_and_resumed(tmp_path, drawn, config, stops)
    assert network.parameters.tobytes() == uninterrupted.parameters.tobytes()
    assert kept.tobytes() == last[-1]["optimizer"].tobytes()
    assert without_times(resumed) == without_times(history)
    assert resumed.out_of_patience == history.out_of_patience


def test_batches_in_parts_are_resumed_between_two_of_them(
    tmp_path: Path, drawn: tuple[Dataset, Dataset]
) -> None:
    training, validation = drawn
    many = training.take(
        np.tile(np.arange(700), 9)
    )  # 6,300: batches of 2,500 are two pieces, and one is left
    config = TrainingConfig(epochs=2, batch_size=2500, seed=1)
    uninterrupted = new_network()
    last: list[dict[str, Any]] = []
    history = train(uninterrupted, many, validation, config, on_checkpoint=last.append)
    network, resumed, kept = interrupted_and_resumed(tmp_path, (many, validation), config, [0, 1, 2])
    assert network.parameters.tobytes() == uninterrupted.parameters.tobytes()
    assert kept.tobytes() == last[-1]["optimizer"].tobytes()
    assert without_times(resumed) == without_times(history)


def test_it_is_kept_after_every_epoch_and_every_so_many_steps(drawn: tuple[Dataset, Dataset]) -> None:
    def kept(every: int | None) -> list[tuple[int, int]]:
        states: list[dict[str, Any]] = []
        config = TrainingConfig(epochs=2, batch_size=100)
        train(new_network(), *drawn, config, on_checkpoint=states.append, checkpoint_every=every)
        return [(len(state["epochs"]), state["batches"]) for state in states]

    assert kept(None) == [(1, 0), (2, 0)]
    assert kept(3) == [(0, 3), (0, 6), (1, 0), (1, 3), (1, 6), (2, 0)]


def test_a_finished_training_is_not_gone_on_with(drawn: tuple[Dataset, Dataset]) -> None:
    states: list[dict[str, Any]] = []
    config = TrainingConfig(epochs=2, batch_size=100)
    network = new_network()
    history = train(network, *drawn, config, on_checkpoint=states.append)
    again = Network([784, 9, 10], seed=99)
    assert train(again, *drawn, config, resume=states[-1]).epochs == history.epochs
    assert again == network


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda it: {"parameters": it["parameters"][:-1]},
            r"^parameters: expected finite float32",
        ),
        (lambda it: {"best": it["best"][:1]}, r"^best: expected"),  # which NumPy would spread over all
        (
            lambda it: {"best": it["best"].astype("float64")},
            r"^best: expected .*, found float64",
        ),
        (lambda it: {"optimizer": it["optimizer"][0]}, r"^optimizer: expected"),
        (lambda it: {"batches": -1}, "expected whole numbers from 0"),
        (lambda it: {"correct": "many"}, "expected whole numbers from 0"),
        (lambda it: {"loss": "much"}, "not the state of a training"),
        (lambda it: {"parameters": it["parameters"] * np.nan}, r"^parameters: expected finite"),
        (lambda it: {"config": {**it["config"], "batch_size": 64}}, "^config: expected .*'batch_size': 100"),
        (lambda it: {"best_epoch": 7}, "of 2 epochs, the best cannot be 7"),
        (lambda it: {"generator": {}}, "not the state of a training"),
        (lambda it: {"epochs": [{**it["epochs"][0], "loss": None}]}, "epoch 1 is not one"),
        (lambda it: {"epochs": [{**epoch, "number": 2} for epoch in it["epochs"]]}, "epoch 1 is not one"),
        (lambda it: {"steps": 10**400}, "further on than 2 epochs go"),
        (
            lambda it: {"epochs": [{**e, "number": n} for n, e in enumerate(it["epochs"] * 2, 1)]},
            "further on than 2 epochs go",
        ),
    ],
)
def test_a_state_of_another_training_is_refused(
    drawn: tuple[Dataset, Dataset], change: Callable[[dict[str, Any]], dict[str, Any]], message: str
) -> None:
    states: list[dict[str, Any]] = []
    config = TrainingConfig(epochs=2, batch_size=100)
    train(new_network(), *drawn, config, on_checkpoint=states.append)
    with pytest.raises(StateError, match=message):
        train(new_network(), *drawn, config, resume={**states[-1], **change(states[-1])})


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory, drawn: tuple[Dataset, Dataset]) -> bytes:
    """The bytes of a checkpoint."""
    path = tmp_path_factory.mktemp("checkpoint") / "model.checkpoint"
    config = TrainingConfig(epochs=1, batch_size=100)
    train(
        Network([784, 10], seed=1), *drawn, config, on_checkpoint=lambda it: write_checkpoint(path, it, ABOUT)
    )
    return path.read_bytes()


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_a_checkpoint_that_was_cut_or_changed_is_refused(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, data: st.DataObject
) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged.checkpoint"
    place = data.draw(st.integers(0, len(content) - 1))
    if data.draw(st.booleans()):
        damaged = content[:place]
    else:
        damaged = bytearray(content)
        damaged[place] ^= data.draw(st.integers(1, 255))
    path.write_bytes(damaged)
    with pytest.raises(InputError, match=r"damaged|not a checkpoint"):
        read_checkpoint(path)


def forged(content: bytes, change: Callable[[dict], object], rest: bytes | None = None) -> bytes:
    """A checkpoint with another header, and with the SHA-256 that belongs to it."""
    first, _, line, numbers = content.split(b"\n", 3)
    header = json.loads(line)
    change(header)
    body = json.dumps(header).encode() + b"\n" + (numbers if rest is None else rest)
    return first + f"\nsha256 {sha256(body).hexdigest()}\n".encode() + body


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda header: header.pop("numbers"), "'numbers' is missing"),
        (lambda header: header["arrays"][0].__setitem__(2, [10**15]), "does not fit into the file"),
        (lambda header: header["arrays"][0].__setitem__(2, [-5]), "does not fit into the file"),
        (lambda header: header["arrays"][0].__setitem__(1, "object"), "expected float32 or float64"),
        (lambda header: header["arrays"][2].__setitem__(2, [0, 7850]), "bytes too many"),
        (lambda header: header["arrays"].insert(0, [header["arrays"][1][0], "float32", [0]]), "two arrays"),
        (lambda header: header["numbers"].update({header["arrays"][0][0]: 1}), "both a number and an array"),
        (lambda header: header.update(numbers=[1, 2]), "not written by this program"),
        (lambda header: header.update(arrays=7), "not written by this program"),
        (lambda header: header.update(about=""), "about: expected an object"),
    ],
)
def test_a_header_that_promises_what_is_not_there_is_refused(
    tmp_path: Path, content: bytes, change: Callable[[dict], object], message: str
) -> None:
    path = tmp_path / "forged.checkpoint"
    path.write_bytes(forged(content, change))
    with pytest.raises(InputError, match=message):
        read_checkpoint(path)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: None, "found nothing of that name"),
        (lambda path: path.mkdir(), "this is a folder"),
        (lambda path: path.write_bytes(b""), "not a checkpoint of this version"),
        (lambda path: path.write_text('{"format": "mnist_ocr network"}'), "not a checkpoint of this version"),
    ],
)
def test_what_is_no_checkpoint_is_refused(
    tmp_path: Path, make: Callable[[Path], object], message: str
) -> None:
    path = tmp_path / "model.checkpoint"
    make(path)
    with pytest.raises(InputError, match=message):
        read_checkpoint(path)
