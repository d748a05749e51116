"""A network learns what another one answers, in place of the labels."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from mnist_ocr import Network
from mnist_ocr.commands.train import main
from mnist_ocr.data import Dataset
from mnist_ocr.training import TrainingConfig, train
from tests.trainings import RECIPE, held_at, run, write_digits

GENERATOR = np.random.default_rng(4)
IMAGES = GENERATOR.integers(0, 256, (60, 28, 28), np.uint8)
LABELS = GENERATOR.integers(0, 10, 60, np.uint8)
PLAIN = TrainingConfig(
    epochs=1,
    batch_size=None,
    optimizer="sgd",
    learning_rate=0.5,
    schedule="constant",
    weight_decay=0,
    augment="none",
)


def teacher(**changes: object) -> Network:
    network = Network([784, 10], seed=7, **changes)
    network.output.weights[...] *= 5  # answers that differ clearly from image to image
    return network


def test_one_step_leads_to_the_answers_of_the_teacher() -> None:
    taught = Network([784, 8, 10], dtype="float64", seed=1)
    by_hand = taught.copy()
    train(taught, Dataset(IMAGES, LABELS, "a test"), None, PLAIN, teacher=teacher())
    answers = teacher().predict_proba(IMAGES / 255)
    by_hand.forward(IMAGES / 255)
    by_hand.backward(answers)
    by_hand.parameters[...] -= 0.5 * by_hand.gradients
    assert np.allclose(taught.parameters, by_hand.parameters, rtol=0, atol=1e-7)


def test_labels_decide_nothing_but_which_epoch_is_kept() -> None:
    taught = [Network([784, 8, 10], seed=1) for _ in range(2)]
    for network, labels in zip(taught, (LABELS, (LABELS + 1) % 10), strict=True):
        train(network, Dataset(IMAGES, labels, "a test"), None, PLAIN, teacher=teacher())
    assert np.array_equal(*(network.parameters for network in taught))


@pytest.mark.parametrize(
    ("wrong", "config", "says"),
    [
        (Network([784, 5], seed=0), PLAIN, "a teacher of 784 inputs and 5 classes: expected 784 and 10"),
        (teacher(activation=["sigmoid"]), PLAIN, "a teacher with the output sigmoid: expected softmax"),
        (teacher(), TrainingConfig(label_smoothing=0.1), "label_smoothing 0.1: expected 0"),
    ],
)
def test_what_cannot_teach_is_refused(wrong: Network, config: TrainingConfig, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        train(Network([784, 10], seed=0), Dataset(IMAGES, LABELS, "a test"), None, config, teacher=wrong)


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_digits(tmp_path_factory.mktemp("digits"))


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory, digits: Path) -> Path:
    path = tmp_path_factory.mktemp("large") / "large.json"
    words = ("--dataset", digits, "--hidden", "64", "--epochs", "10", "--output", path, "--quiet")
    assert main([*map(str, words)]) == 0
    return path


def test_the_command_says_whose_answers_are_learned(
    tmp_path: Path, digits: Path, large: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "small.json"
    words = ("--dataset", digits, "--hidden", "16", "--epochs", "10", "--teacher", large, "--output", path)
    assert main([*map(str, words)]) == 0
    accuracy = json.loads(large.read_text(encoding="utf-8"))["training"]["accuracy"]["test"]
    said = capsys.readouterr().out
    assert f"learning the answers of {large}, which reads {accuracy:.2%} of these test images\n" in said
    record = Network.load(path).metadata["training"]
    assert " --teacher large.json " in record["command"]
    assert record["accuracy"]["test"] > 0.6


def test_it_goes_on_after_a_stop_with_the_same_teacher_only(
    tmp_path: Path, digits: Path, large: Path
) -> None:
    mine = tmp_path / "mine.json"
    mine.write_bytes(large.read_bytes())
    words = ("--dataset", digits, *RECIPE, "--epochs", 6, "--teacher", mine)
    whole, stopped = tmp_path / "whole.json", tmp_path / "stopped.json"
    assert run(*words, "--output", whole).returncode == 0
    training = held_at("epoch 3/6", *words, "--output", stopped)
    training.terminate()
    training.communicate()
    assert training.returncode != 0
    Network([784, 10], seed=1).save(mine)
    refused = run("--resume", stopped.with_suffix(".checkpoint"))
    assert refused.returncode == 2
    assert f"the network of --teacher {mine} is not the one" in refused.stderr
    mine.write_bytes(large.read_bytes())
    done = run("--resume", stopped.with_suffix(".checkpoint"))
    assert done.returncode == 0, done.stderr
    assert stopped.read_bytes() == whole.read_bytes()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--teacher", "nobody.json"), "nobody.json"),
        (("--teacher", "SIGMOID"), "are no probabilities; expected softmax"),
        (("--teacher", "default", "--label-smoothing", "0.1"), "--label-smoothing: "),
    ],
)
def test_the_command_refuses_what_cannot_teach(
    tmp_path: Path, digits: Path, words: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    sigmoid = tmp_path / "sigmoid.json"
    teacher(activation=["sigmoid"]).save(sigmoid)
    named = [str(sigmoid) if word == "SIGMOID" else word for word in words]
    assert main(["--dataset", str(digits), "--output", str(tmp_path / "new.json"), *named]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert error.count("\n") == 1
    assert says in error


def test_a_teacher_is_not_written_over(
    tmp_path: Path, digits: Path, large: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--dataset", digits, "--teacher", large, "--overwrite", "--output", large)
    before = large.read_bytes()
    assert main([*map(str, words)]) == 2
    assert "--output" in capsys.readouterr().err
    assert large.read_bytes() == before
