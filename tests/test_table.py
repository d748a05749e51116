"""Learning from rows that are no pictures: measured by hand, and held against learning from pictures."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest

from mnist_ocr import Network
from mnist_ocr.data import Dataset
from mnist_ocr.data.synthetic import draw_digits
from mnist_ocr.training import OPTIMIZERS, History, TrainingConfig, evaluate, train
from mnist_ocr.training.centring import centred_on, mean_picture, to_plain_inputs
from mnist_ocr.training.table import Table

PLAIN = TrainingConfig(epochs=3, augment="none", seed=1)


def two_moons(count: int = 300) -> tuple[np.ndarray, np.ndarray]:
    """Two half circles that no straight line parts."""
    random = np.random.default_rng(3)
    labels = np.arange(count) % 2
    angles = np.pi * (random.random(count) + labels)
    rows = np.stack([np.cos(angles) + labels, np.sin(angles) + 0.5 * labels], axis=1)
    return rows + random.normal(0, 0.1, rows.shape), labels


def learned(table: Table, config: TrainingConfig = PLAIN) -> Network:
    """A network that was drawn for rows around 0, and has learned."""
    network = Network([2, 16, 2], dtype="float64", seed=5)
    to_plain_inputs(network, table.centre, table.scale)
    train(network, table, None, config)
    return network


def test_rows_are_measured_as_by_hand() -> None:
    # The means are 2 and 20. The features lie 1 and 10 from them: (1 + 1 + 100 + 100) / 4 = 50.5.
    table = Table.of(np.array([[1, 10], [3, 30]], np.uint8), np.array([0, 1]))
    assert table.centre.tolist() == [2, 20]
    assert table.scale == pytest.approx(math.sqrt(50.5))
    assert len(table) == 2


def test_the_unit_of_many_features_grows_with_their_number() -> None:
    few, many = (np.tile([[-3.0], [3.0]], features) for features in (50, 200))
    assert Table.of(few, np.zeros(2, int)).scale == pytest.approx(3)
    assert Table.of(many, np.zeros(2, int)).scale == pytest.approx(3 * math.sqrt(200 / 50))


@pytest.mark.parametrize(("number", "scale"), [(-4.0, 4.0), (0.0, 1.0)])
def test_rows_that_are_all_alike_have_a_unit_too(number: float, scale: float) -> None:
    assert Table.of(np.full((7, 3), number), np.zeros(7, int)).scale == scale


def test_more_rows_than_are_measured_at_once_are_all_measured() -> None:
    rows = np.random.default_rng(0).normal(1000, 3, (12_001, 4))
    table = Table.of(rows, np.zeros(len(rows), int))
    assert table.centre == pytest.approx(rows.mean(axis=0))
    assert table.scale == pytest.approx(math.sqrt(rows.var(axis=0).mean()))


def test_numbers_that_cannot_be_squared_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^scale inf: expected a number above 0; are the rows too large\?$"):
        Table.of(np.array([[1e200], [-1e200]]), np.array([0, 1]))


def test_a_unit_changes_no_answer() -> None:
    network = Network([3, 5, 2], dtype="float64", seed=1)
    rows = np.random.default_rng(1).normal(40, 9, (20, 3))
    plain, before = network.predict_proba(rows), network.parameters.copy()
    with centred_on(network, rows.mean(axis=0), 9.0):
        assert network.predict_proba((rows - rows.mean(axis=0)) / 9) == pytest.approx(plain, abs=1e-12)
        assert not np.allclose(network.predict_proba(rows), plain)
    assert network.parameters == pytest.approx(before, abs=1e-12)


def test_a_table_of_pixels_is_learned_as_the_pictures_are() -> None:
    """Bytes with the pictures' own centre and unit: weights of 0..255 come out 255 times smaller."""
    pictures = Dataset(*draw_digits(600, seed=1), "drawn")
    aside = Dataset(*draw_digits(100, seed=2), "drawn")
    expected = Network([784, 12, 10], dtype="float64", seed=5)
    history = train(expected, pictures, aside, PLAIN)
    assert history.best is history.epochs[-1]  # so that both keep the same epoch

    rows = pictures.images.reshape(-1, 784)
    table = Table(rows, pictures.labels.astype(int), 255 * mean_picture(pictures), 255.0)
    network = Network([784, 12, 10], dtype="float64", seed=5)
    network.layers[1].weights /= 255
    train(network, table, None, PLAIN)
    pixels = aside.images.reshape(-1, 784)
    assert network.layers[1].weights * 255 == pytest.approx(expected.layers[1].weights, abs=1e-4)
    assert network.predict_proba(pixels * 1.0) == pytest.approx(
        expected.predict_proba(pixels / 255), abs=1e-4
    )


def test_where_the_numbers_lie_and_their_unit_change_nothing() -> None:
    rows, labels = two_moons()
    network = learned(Table.of(rows, labels))
    elsewhere = learned(Table.of(rows * 1e4 + 3e5, labels))
    assert elsewhere.predict_proba(rows * 1e4 + 3e5) == pytest.approx(network.predict_proba(rows), abs=1e-6)


@pytest.mark.parametrize(("batch_size", "epochs"), [(1, 10), (32, 60), (None, 300)])
def test_what_no_straight_line_parts_is_learned_at_every_pace(batch_size: int | None, epochs: int) -> None:
    table = Table.of(*two_moons())
    rate = 0.01 if batch_size == 1 else 0.1
    config = TrainingConfig(epochs=epochs, batch_size=batch_size, learning_rate=rate, augment="none")
    straight = Network([2, 2], ["softmax"], dtype="float64")
    train(straight, table, None, config)
    assert evaluate(straight, table).accuracy < 0.95
    assert evaluate(learned(table, config), table).accuracy > 0.98


def test_a_full_batch_in_pieces_takes_the_rows_of_a_table() -> None:
    rows, labels = two_moons(5000)  # more than are looked at at once
    config = TrainingConfig(
        epochs=1, batch_size=None, optimizer="sgd", augment="none", weight_decay=0, learning_rate=0.3
    )
    table = Table(rows, labels, np.zeros(2), 1.0)
    whole = Network([2, 16, 2], dtype="float64", seed=5)
    whole.forward(rows)
    whole.backward(labels)
    whole.step(0.3)
    assert learned(table, config).parameters == pytest.approx(whole.parameters, abs=1e-12)


def test_without_validation_the_last_epoch_is_kept() -> None:
    kept: list[bytes] = []
    network = Network([2, 4, 2], seed=0)

    def finished(epoch: object) -> None:
        kept.append(network.parameters.tobytes())

    config = TrainingConfig(epochs=5, learning_rate=0.8, augment="none")  # so long that it goes up and down
    history = train(network, Table.of(*two_moons()), None, config, finished=finished)
    assert len(set(kept)) == 5
    assert network.parameters.tobytes() == kept[-1]
    assert history.best is history.epochs[-1]
    assert math.isnan(history.best.validation.accuracy)
    assert math.isnan(history.best.validation.loss)


def test_with_validation_the_best_epoch_is_kept() -> None:
    rows, labels = two_moons()
    table, aside = Table.of(rows[:200], labels[:200]), Table.of(rows[200:], labels[200:])
    network = Network([2, 4, 2], seed=0)
    history: History = train(
        network, table, aside, TrainingConfig(epochs=8, learning_rate=0.8, augment="none")
    )
    assert history.best is not None
    assert history.best.validation.accuracy == max(epoch.validation.accuracy for epoch in history.epochs)
    assert history.best.validation == evaluate(network, aside)
    right = network.predict(rows[200:]) == labels[200:]
    assert history.best.validation.accuracy == right.mean()


def test_an_optimizer_goes_on_with_what_it_remembers() -> None:
    table = Table.of(*two_moons())
    two_steps = TrainingConfig(epochs=2, batch_size=None, schedule="constant", augment="none")
    one_step = TrainingConfig(epochs=1, batch_size=None, schedule="constant", augment="none")
    at_once = learned(table, two_steps)

    def in_two_calls(remember: bool) -> Network:
        network = Network([2, 16, 2], dtype="float64", seed=5)
        to_plain_inputs(network, table.centre, table.scale)
        optimizer = OPTIMIZERS["nesterov"].make(network.parameters, one_step.momentum, one_step.weight_decay)
        for _ in range(2):
            train(network, table, None, one_step, optimizer=optimizer if remember else None)
        return network

    assert in_two_calls(remember=True).parameters == pytest.approx(at_once.parameters, abs=1e-9)
    assert in_two_calls(remember=False).parameters != pytest.approx(at_once.parameters, abs=1e-3)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"augment": "shift"},
            "only images can be changed or mixed with outliers: expected augment 'none', outliers 0",
        ),
        (
            {"outliers": 0.1},
            "only images can be changed or mixed with outliers: expected augment 'none', outliers 0",
        ),
        ({"patience": 3}, "patience 3: expected None where there is nothing to validate on"),
    ],
)
def test_what_cannot_be_had_from_a_table_is_refused(change: dict[str, object], message: str) -> None:
    config = TrainingConfig(**{"augment": "none", **change})
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        train(Network([2, 2], ["softmax"]), Table.of(*two_moons()), None, config)


def test_steps_that_are_too_long_are_diagnosed() -> None:
    network = Network([2, 4, 2], seed=0)
    before = network.parameters.copy()
    history = train(
        network, Table.of(*two_moons()), None, TrainingConfig(epochs=1, learning_rate=1e30, augment="none")
    )
    assert history.best is None
    assert history.diverged is not None
    assert "no longer finite" in history.diverged
    assert np.array_equal(network.parameters, before)
