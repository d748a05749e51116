"""Batches, steps and the training loop."""

from __future__ import annotations

import copy
import math
import re
from dataclasses import replace

import numpy as np
import pytest

from mnist_ocr import Network
from mnist_ocr.data import Dataset, load_mnist, split
from mnist_ocr.data.augmentation import AUGMENTATIONS
from mnist_ocr.data.outliers import KINDS, draw_outliers
from mnist_ocr.data.synthetic import draw_digits
from mnist_ocr.training import OPTIMIZERS, Epoch, TrainingConfig, evaluate, train
from mnist_ocr.training.batches import AT_ONCE, Batches
from mnist_ocr.training.history import History, Score
from mnist_ocr.training.optimizers import GradientDescent
from tests.rows import Rows, two_moons


def numbered(count: int) -> Dataset:
    """Images that can be told apart: image i holds the bytes of i in its first pixels."""
    images = np.zeros((count, 28, 28), np.uint8)
    images[:, 0, 0] = np.arange(count) // 200
    images[:, 0, 1] = np.arange(count) % 200
    return Dataset(images, (np.arange(count) % 10).astype(np.uint8), "numbered")


def batches_of(
    dataset: Dataset, size: int | None, *, seed: int = 0, dtype: str = "float32", **more
) -> Batches:
    network = Network.zeros([784, 10], dtype=dtype)
    outliers = more.pop("outliers", None)
    config = TrainingConfig(batch_size=size, **more)
    return Batches(dataset, config, network, np.random.default_rng(seed), outliers)


@pytest.fixture(scope="module")
def drawn() -> tuple[Dataset, Dataset]:
    training = Dataset(*draw_digits(1500, seed=1), "drawn")
    return training, Dataset(*draw_digits(300, seed=2), "drawn")


@pytest.mark.parametrize(("count", "size"), [(10, 3), (5000, 64), (4096, 2048), (2048, 5000), (7, 1)])
def test_an_epoch_shows_every_image_once_with_its_label(count: int, size: int) -> None:
    dataset = numbered(count)
    batches = batches_of(dataset, size)
    seen, sizes = [], []
    for inputs, targets, *_ in batches.epoch(AUGMENTATIONS["none"]):
        number = np.rint(inputs[:, 0] * 255) * 200 + np.rint(inputs[:, 1] * 255)
        assert np.array_equal(targets.argmax(axis=1), number % 10)
        assert (targets.sum(axis=1) == 1).all()
        seen.extend(number.tolist())
        sizes.append(len(inputs))
    assert sorted(seen) == list(range(count))
    assert count < 10 or seen != sorted(seen)
    assert len(batches) == len(sizes) == -(-count // size)
    assert set(sizes[:-1]) <= {size}


def test_large_batches_come_in_parts_of_one_size() -> None:
    def parts(count: int, size: int | None) -> list[tuple[int, float, bool]]:
        batches = batches_of(numbered(count), size)
        given = [(batch, batch.images[:, :2].copy()) for batch in batches.epoch(AUGMENTATIONS["none"])]
        assert len(np.unique(np.concatenate([pixels for _, pixels in given]), axis=0)) == count
        return [(len(batch.labels), batch.part, batch.last) for batch, _ in given]

    assert parts(2500, None) == [(1250, 0.5, False), (1250, 0.5, True)]
    three = [(1667, 1667 / 5000, False), (1667, 1667 / 5000, False), (1666, 1666 / 5000, True)]
    assert parts(12_000, 5000) == [*three, *three, (2000, 1, True)]
    assert parts(AT_ONCE, None) == [(AT_ONCE, 1, True)]


def test_batches_that_are_left_out_change_nothing_in_the_rest() -> None:
    def given(skip: int) -> list[bytes]:
        batches = batches_of(numbered(3000), 64, seed=3)
        return [batch.images.tobytes() for batch in batches.epoch(AUGMENTATIONS["shift"], skip=skip)]

    assert given(20) == given(0)[20:]


def test_smoothed_targets_give_a_part_to_every_class() -> None:
    # 1 - 0.2 of the one-hot target, and 0.2 / 10 for each class: 0.82 and nine times 0.02.
    batches = batches_of(numbered(10), 10, dtype="float64", label_smoothing=0.2)
    (batch,) = batches.epoch(AUGMENTATIONS["none"])
    assert np.sort(batch.targets, axis=1) == pytest.approx(np.array([[0.02] * 9 + [0.82]] * 10))
    assert batch.targets.argmax(axis=1).tolist() == batch.labels.tolist()


def test_outliers_are_mixed_in_and_answered_with_doubt() -> None:
    outliers = np.full((40, 28, 28), 255, np.uint8)
    batches = batches_of(numbered(100), 32, dtype="float64", outliers=outliers)
    assert (batches.count, len(batches)) == (140, 5)
    strange = 0
    for inputs, targets, *_ in batches.epoch(AUGMENTATIONS["none"]):
        for row, target in zip(inputs, targets, strict=True):
            if row.min() == 1:
                strange += 1
                assert target.tolist() == [0.1] * 10
            else:
                assert sorted(target.tolist()) == [0] * 9 + [1]
    assert strange == 40


def test_outliers_are_drawn_by_seed_and_framed_like_digits() -> None:
    images = draw_outliers(1200, seed=4)
    assert np.array_equal(images, draw_outliers(1200, seed=4))
    assert not np.array_equal(images, draw_outliers(1200, seed=5))
    assert draw_outliers(0, seed=1).shape == (0, 28, 28)
    inked = images.mean(axis=(1, 2)) / 255
    assert inked.min() > 0.01
    assert len({image.tobytes() for image in images}) > 0.99 * len(images)  # full squares look alike
    for image in images[:300]:
        rows, columns = np.nonzero(image)
        assert max(np.ptp(rows), np.ptp(columns)) < 20


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_outlier_is_many_images_with_ink_and_no_upright_stroke(kind: str) -> None:
    images = KINDS[kind](np.random.default_rng(8), 200) / 255
    assert images.shape == (200, 28, 28)
    assert len(np.unique(images.reshape(200, -1), axis=0)) > 180
    assert (images.max(axis=(1, 2)) > 0.15).all()
    # A 1 must not be among them: hardly any is as narrow as one, and none is straight and dark as well.
    columns = (images > 0.5).any(axis=1)
    width = columns.shape[1] - columns.argmax(axis=1) - columns[:, ::-1].argmax(axis=1)
    height = (images > 0.5).any(axis=2).sum(axis=1)
    narrow = (width <= 5) & (height >= 18) & (images[:, 5:23].max(axis=2).min(axis=1) > 0.8)
    assert narrow.mean() <= 0.02


def test_the_order_follows_the_generator_and_changes_with_every_epoch() -> None:
    def orders(seed: int) -> list[bytes]:
        batches = batches_of(numbered(3000), 64, seed=seed)
        return [b"".join(x.tobytes() for x, *_ in batches.epoch(AUGMENTATIONS["shift"])) for _ in range(2)]

    assert orders(1) == orders(1)
    assert orders(1) != orders(2)
    first, second = orders(1)
    assert first != second


class Noting(GradientDescent):
    """It notes the learning rates of its steps."""

    def __init__(self, parameters: np.ndarray) -> None:
        super().__init__(parameters)
        self.rates: list[float] = []

    def step(self, gradients: np.ndarray, learning_rate: float) -> None:
        self.rates.append(learning_rate)
        super().step(gradients, learning_rate)


def test_the_rate_of_an_epoch_is_that_of_its_first_step(drawn: tuple[Dataset, Dataset]) -> None:
    config = TrainingConfig(epochs=3, batch_size=500, learning_rate=0.3, schedule="linear")
    network = Network([784, 10], seed=0)
    optimizer = Noting(network.parameters)
    history = train(network, *drawn, config, optimizer=optimizer)
    assert len(optimizer.rates) == 9
    assert [epoch.learning_rate for epoch in history.epochs] == optimizer.rates[::3]


def test_the_rate_falls_to_zero_and_the_last_epochs_are_plain() -> None:
    config = TrainingConfig(epochs=4, learning_rate=0.2, augment="shift", plain_epochs=1)
    assert [config.rate(p) for p in (0, 0.5, 1)] == pytest.approx([0.2, 0.1, 0])
    augmentations = [config.augmentation(epoch) for epoch in (1, 2, 3, 4)]
    assert augmentations == [AUGMENTATIONS["shift"]] * 3 + [AUGMENTATIONS["none"]]
    assert TrainingConfig(epochs=1, augment="shift").augmentation(1) is AUGMENTATIONS["shift"]


@pytest.mark.parametrize("ema", [0.0, 0.9])
def test_what_a_hook_sees_is_the_network_that_is_saved(
    tmp_path, drawn: tuple[Dataset, Dataset], ema: float
) -> None:
    _, validation = drawn
    network = Network([784, 12, 10], seed=2)
    pixels = validation.images.reshape(-1, 784) / 255
    seen: dict[int, bytes] = {}

    def on_epoch_end(epoch: Epoch) -> None:
        # Inside of the training the network reads as it will be saved: its plain pixels, its plain numbers.
        assert (network.predict(pixels) == validation.labels).mean() == epoch.validation.accuracy
        network.save(tmp_path / "model.json")
        seen[epoch.number] = (tmp_path / "model.json").read_bytes()

    def on_batch_end(epoch: int, images: int, loss: float) -> None:
        assert Network.from_dict(network.to_dict()) == network
        before = network.parameters.tobytes()
        network.predict(pixels[:2])
        assert network.parameters.tobytes() == before

    config = TrainingConfig(epochs=2, batch_size=300, ema=ema)
    history = train(network, *drawn, config, on_epoch_end=on_epoch_end, on_batch_end=on_batch_end)
    network.save(tmp_path / "model.json")
    assert history.best is not None
    assert (tmp_path / "model.json").read_bytes() == seen[history.best.number]


def test_the_average_of_the_weights_is_scored_and_the_weights_go_on(drawn: tuple[Dataset, Dataset]) -> None:
    config = TrainingConfig(epochs=2, batch_size=100, ema=0.8, schedule="constant")
    network, other = Network([784, 6, 10], seed=2), Network([784, 6, 10], seed=2)
    average = network.parameters.copy()
    weights: list[bytes] = []
    averages: list[np.ndarray] = []

    def on_batch_end(epoch: int, images: int, loss: float) -> None:
        weights.append(network.parameters.tobytes())
        retained = min(0.8, (1 + len(weights)) / (10 + len(weights)))
        average[...] = retained * average + (1 - retained) * network.parameters

    train(
        network,
        drawn[0],
        None,  # so that the last epoch is kept
        config,
        on_batch_end=on_batch_end,
        on_epoch_end=lambda epoch: averages.append(network.parameters.copy()),
    )
    np.testing.assert_allclose(network.parameters, average, rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(network.parameters, averages[-1])
    assert np.abs(network.parameters - np.frombuffer(weights[-1], network.dtype)).max() > 1e-3
    # The steps are those of a training that averages nothing.
    without: list[bytes] = []
    train(
        other,
        drawn[0],
        None,
        replace(config, ema=0.0),
        on_batch_end=lambda *_: without.append(other.parameters.tobytes()),
    )
    assert weights == without


def test_it_learns_digits_that_it_has_not_seen(drawn: tuple[Dataset, Dataset]) -> None:
    training, validation = drawn
    network = Network([784, 32, 10], seed=1)
    untrained = evaluate(network, validation)
    history = train(
        network, training, validation, TrainingConfig(epochs=6, batch_size=16, augment="none", seed=1)
    )
    assert untrained.accuracy < 0.2
    assert history.best is not None
    assert history.best.validation == evaluate(network, validation)
    assert history.best.validation.accuracy > 0.6
    assert history.epochs[-1].loss < history.epochs[0].loss / 2


def test_real_mnist_is_learned_in_one_epoch(mnist_dir) -> None:
    digits = load_mnist(mnist_dir)
    training, validation = split(digits.training, 5000, np.random.default_rng(0))
    network = Network([784, 128, 10], seed=0)
    history = train(network, training, validation, TrainingConfig(epochs=1))
    assert history.best is not None
    assert history.best.validation.accuracy > 0.95


def test_the_same_seed_gives_the_same_bits(drawn: tuple[Dataset, Dataset]) -> None:
    def trained(seed: int) -> bytes:
        network = Network([784, 16, 10], seed=3)
        train(network, *drawn, TrainingConfig(epochs=2, seed=seed))
        return network.parameters.tobytes()

    assert trained(1) == trained(1)
    assert trained(1) != trained(2)


def test_the_best_epoch_is_kept_and_not_the_last(drawn: tuple[Dataset, Dataset]) -> None:
    kept: dict[int, bytes] = {}
    network = Network([784, 8, 10], seed=0)
    # Steps so long that the accuracy goes up and down.
    history = train(
        network,
        *drawn,
        TrainingConfig(epochs=8, learning_rate=0.6, seed=2),
        on_epoch_end=lambda epoch: kept.update({epoch.number: network.parameters.tobytes()}),
    )
    best = max(history.epochs, key=lambda epoch: (epoch.validation.accuracy, epoch.number))
    assert history.best == best
    assert network.parameters.tobytes() == kept[best.number]
    assert len(set(kept.values())) == 8


def test_of_epochs_that_read_equally_well_the_last_is_kept() -> None:
    history = History()
    for number, accuracy in enumerate([0.8, 0.9, 0.9, 0.89], 1):
        history.add(Epoch(number, 1.0, 0.5, Score(accuracy, 1.0), 0.1, 1.0, 100.0))
    assert history.best is history.epochs[2]


def test_ctrl_c_keeps_the_best_so_far(drawn: tuple[Dataset, Dataset]) -> None:
    kept = b""
    network = Network([784, 16, 10], seed=0)

    def on_epoch_end(epoch: Epoch) -> None:
        nonlocal kept
        kept = network.parameters.tobytes()

    def on_batch_end(epoch: int, images: int, loss: float) -> None:
        if epoch == 2:
            raise KeyboardInterrupt

    history = train(
        network, *drawn, TrainingConfig(epochs=5), on_batch_end=on_batch_end, on_epoch_end=on_epoch_end
    )
    assert history.interrupted
    assert [epoch.number for epoch in history.epochs] == [1]
    assert network.parameters.tobytes() == kept


def test_a_loss_that_is_no_longer_finite_is_diagnosed(drawn: tuple[Dataset, Dataset]) -> None:
    network = Network([784, 16, 10], seed=0)
    before = network.parameters.copy()
    history = train(network, *drawn, TrainingConfig(epochs=3, batch_size=64, learning_rate=1e30))
    assert history.best is None
    assert history.diverged is not None
    # The first step makes weights of about 1e29; the totals of the second batch are too much for float32.
    assert history.diverged.startswith("epoch 1, batch 2, learning rate 9.861e+29: the totals of layer")
    assert np.array_equal(network.parameters, before)


def test_a_last_step_that_breaks_the_network_is_not_kept(drawn: tuple[Dataset, Dataset]) -> None:
    network = Network([784, 16, 10], seed=0)
    before = network.parameters.copy()
    history = train(network, *drawn, TrainingConfig(epochs=1, batch_size=100_000, learning_rate=1e38))
    assert history.best is None
    assert history.diverged is not None
    assert np.array_equal(network.parameters, before)


def test_a_divergence_in_a_later_epoch_keeps_the_earlier_one(drawn: tuple[Dataset, Dataset]) -> None:
    network = Network([784, 16, 10], seed=0)

    def on_batch_end(epoch: int, images: int, loss: float) -> None:
        if epoch == 2:
            network.parameters[784 * 16 + 3] = np.inf  # a bias

    history = train(network, *drawn, TrainingConfig(epochs=3), on_batch_end=on_batch_end)
    assert history.best is not None
    assert history.best.number == 1
    assert history.diverged is not None
    assert history.diverged.startswith("epoch 2, batch 2, ")
    assert "the biases of layer 'hidden'" in history.diverged
    assert np.isfinite(network.parameters).all()


def test_a_batch_in_parts_is_one_step_with_the_gradient_of_the_whole(
    drawn: tuple[Dataset, Dataset],
) -> None:
    training, _ = drawn
    thrice = training.take(np.tile(np.arange(1500), 3))
    network = Network([784, 6, 10], dtype="float64", seed=3)
    whole = copy.deepcopy(network)
    train(
        network,
        thrice,
        training,
        TrainingConfig(
            epochs=1, batch_size=None, optimizer="sgd", learning_rate=0.3, augment="none", weight_decay=0
        ),
    )
    whole.forward(training.images.reshape(-1, 784) / 255)
    whole.backward(training.labels)
    whole.step(0.3)
    assert network.parameters == pytest.approx(whole.parameters, abs=1e-12)


def test_patience_ends_after_so_many_epochs_without_a_better_one(drawn: tuple[Dataset, Dataset]) -> None:
    network = Network([784, 16, 10], seed=0)
    history = train(network, *drawn, TrainingConfig(epochs=60, learning_rate=0.4, patience=3, seed=1))
    accuracies = [epoch.validation.accuracy for epoch in history.epochs]
    assert history.out_of_patience
    assert max(accuracies[-3:]) <= max(accuracies[:-3]) == accuracies[-4]
    for end in range(4, len(accuracies)):
        assert max(accuracies[end - 3 : end]) > max(accuracies[: end - 3])  # it did not stop too late


def test_without_patience_every_epoch_is_run(drawn: tuple[Dataset, Dataset]) -> None:
    history = train(Network([784, 4, 10], seed=0), *drawn, TrainingConfig(epochs=12, learning_rate=1e-6))
    assert len(history.epochs) == 12
    assert not history.out_of_patience


def test_the_training_accuracy_is_that_of_the_images_as_they_were_learned(
    drawn: tuple[Dataset, Dataset],
) -> None:
    training, validation = drawn
    network = Network([784, 8, 10], seed=0)
    before = evaluate(network, training)
    # One full batch: everything is read before the only step is taken. Outliers have no digit to be read.
    config = TrainingConfig(epochs=1, batch_size=None, augment="none", outliers=0.1)
    (epoch,) = train(network, training, validation, config).epochs
    assert epoch.accuracy == pytest.approx(before.accuracy, abs=2 / 1500)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"optimizer": "sdg"}, f"optimizer 'sdg': expected one of {', '.join(OPTIMIZERS)}"),
        (
            {"schedule": "cosin"},
            "schedule 'cosin': expected one of constant, linear, step, cosine, one-cycle",
        ),
        ({"augment": "all"}, "augment 'all': expected one of none, shift, full, strong"),
        ({"epochs": 0}, "epochs 0: expected a whole number from 1"),
        ({"epochs": 2.5}, "epochs 2.5: expected a whole number from 1"),
        ({"batch_size": 0}, "batch_size 0: expected a whole number from 1, or None for all"),
        ({"learning_rate": -1.0}, "learning_rate -1.0: expected a number above 0"),
        ({"learning_rate": float("nan")}, "learning_rate nan: expected a number above 0"),
        ({"momentum": 1.0}, "momentum 1.0: expected a number from 0 to below 1"),
        ({"weight_decay": -0.1}, "weight_decay -0.1: expected a number from 0"),
        ({"label_smoothing": 1.0}, "label_smoothing 1.0: expected a number from 0 to below 1"),
        ({"ema": 1.0}, "ema 1.0: expected a number from 0 to below 1"),
        ({"patience": 0}, "patience 0: expected a whole number from 1, or None"),
        ({"plain_epochs": -1}, "plain_epochs -1: expected a whole number from 0"),
        ({"threads": 0}, "threads 0: expected a whole number from 1"),
        ({"outliers": 1.5}, "outliers 1.5: expected a number from 0 to 1"),
    ],
)
def test_a_config_out_of_range_is_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        TrainingConfig(**change)


def test_a_score_counts_every_image_once(drawn: tuple[Dataset, Dataset]) -> None:
    training, _ = drawn  # 1,500: more than one helping of evaluate
    network = Network([784, 10], seed=0)
    probabilities = network.predict_proba(training.images.reshape(-1, 784) / 255)
    score = evaluate(network, training)
    right = probabilities[np.arange(1500), training.labels]
    assert score.accuracy == (probabilities.argmax(axis=1) == training.labels).mean()
    assert score.loss == pytest.approx(-np.log(right).mean(), rel=1e-5)


# Rows of numbers that are no pictures.


def learned(rows: Rows, config: TrainingConfig) -> Network:
    network = Network([2, 16, 2], dtype="float64", seed=5)
    train(network, rows, None, config)
    return network


@pytest.mark.parametrize(("batch_size", "epochs"), [(1, 10), (32, 60), (None, 400)])
def test_what_no_straight_line_parts_is_learned(batch_size: int | None, epochs: int) -> None:
    rows = two_moons()
    rate = 0.01 if batch_size == 1 else 0.1
    config = TrainingConfig(epochs=epochs, batch_size=batch_size, learning_rate=rate, augment="none")
    straight = Network([2, 2], ["softmax"], dtype="float64", seed=0)
    train(straight, rows, None, config)
    assert evaluate(straight, rows).accuracy < 0.95
    assert evaluate(learned(rows, config), rows).accuracy > 0.98


def test_a_full_batch_in_parts_takes_rows_as_they_are() -> None:
    rows = two_moons(5000)  # more than are looked at at once
    config = TrainingConfig(
        epochs=1, batch_size=None, optimizer="sgd", augment="none", weight_decay=0, learning_rate=0.3
    )
    whole = Network([2, 16, 2], dtype="float64", seed=5)
    whole.forward(rows.images)
    whole.backward(rows.labels)
    whole.step(0.3)
    assert learned(rows, config).parameters == pytest.approx(whole.parameters, abs=1e-12)


def test_without_validation_the_last_epoch_is_kept() -> None:
    kept: list[bytes] = []
    network = Network([2, 4, 2], seed=0)
    config = TrainingConfig(epochs=5, learning_rate=0.8, augment="none")  # so large that it goes up and down
    history = train(
        network,
        two_moons(),
        None,
        config,
        on_epoch_end=lambda epoch: kept.append(network.parameters.tobytes()),
    )
    assert len(set(kept)) == 5
    assert network.parameters.tobytes() == kept[-1]
    assert history.best is history.epochs[-1]
    assert math.isnan(history.best.validation.accuracy)
    assert math.isnan(history.best.validation.loss)


def test_an_optimizer_goes_on_with_what_it_remembers() -> None:
    rows = two_moons()
    two_steps = TrainingConfig(epochs=2, batch_size=None, schedule="constant", augment="none")
    one_step = TrainingConfig(epochs=1, batch_size=None, schedule="constant", augment="none")

    def in_two_calls(remember: bool) -> Network:
        network = Network([2, 16, 2], dtype="float64", seed=5)
        optimizer = OPTIMIZERS["nesterov"].make(network.parameters, one_step.momentum, one_step.decay)
        for _ in range(2):
            train(network, rows, None, one_step, optimizer=optimizer if remember else None)
        return network

    at_once = learned(rows, two_steps).parameters
    assert in_two_calls(remember=True).parameters == pytest.approx(at_once, abs=1e-9)
    assert in_two_calls(remember=False).parameters != pytest.approx(at_once, abs=1e-3)


@pytest.mark.parametrize(
    ("sizes", "labels", "message"),
    [
        ([3, 2], [0, 1, 1], "examples of 2 numbers: the network takes 3"),
        ([2, 2], [0, 1, 2], "label 2: expected 0 to 1, one for each output node"),
        ([2, 2], [0, -1, 1], "label -1: expected 0 to 1"),
        ([2, 2], [0, 1], "3 images and 2 labels: expected at least one, and as many labels as images"),
    ],
)
def test_examples_that_do_not_fit_the_network_are_refused(
    sizes: list[int], labels: list[int], message: str
) -> None:
    rows = Rows(np.zeros((3, 2), np.float32), np.array(labels))
    with pytest.raises(ValueError, match=f"^{message}"):
        train(Network(sizes, ["softmax"]), rows, None, TrainingConfig(augment="none"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"augment": "shift"}, "only images can be augmented or mixed with outliers"),
        ({"outliers": 0.1}, "only images can be augmented or mixed with outliers"),
        ({"patience": 3}, "patience 3: expected None where there is nothing to validate on"),
    ],
)
def test_what_cannot_be_had_from_rows_is_refused(change: dict[str, object], message: str) -> None:
    config = TrainingConfig(**{"augment": "none", **change})
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        train(Network([2, 2], ["softmax"]), two_moons(), None, config)
