"""Batches, steps and the training loop."""

from __future__ import annotations

import copy
import re

import numpy as np
import pytest

from mnist_ocr import Network
from mnist_ocr.data import Dataset, load_mnist, split
from mnist_ocr.data.augmentation import AUGMENTATIONS
from mnist_ocr.data.outliers import draw_outliers
from mnist_ocr.data.synthetic import draw_digits
from mnist_ocr.training import Epoch, TrainingConfig, evaluate, train
from mnist_ocr.training.batches import Batches
from mnist_ocr.training.centring import centred_on, mean_picture


def numbered(count: int) -> Dataset:
    """Images that can be told apart: image i holds the bytes of i in its first pixels."""
    images = np.zeros((count, 28, 28), np.uint8)
    images[:, 0, 0] = np.arange(count) // 200
    images[:, 0, 1] = np.arange(count) % 200
    return Dataset(images, (np.arange(count) % 10).astype(np.uint8), "numbered")


@pytest.fixture(scope="module")
def drawn() -> tuple[Dataset, Dataset]:
    training = Dataset(*draw_digits(1500, seed=1), "drawn")
    return training, Dataset(*draw_digits(300, seed=2), "drawn")


@pytest.mark.parametrize(("count", "size"), [(10, 3), (5000, 64), (4096, 2048), (2048, 5000), (7, 1)])
def test_an_epoch_shows_every_image_once_with_its_label(count: int, size: int) -> None:
    dataset = numbered(count)
    batches = Batches(dataset, size, np.dtype("float32"), np.random.default_rng(0))
    seen, sizes = [], []
    for inputs, targets, _ in batches.epoch(AUGMENTATIONS["none"]):
        number = np.rint(inputs[:, 0] * 255) * 200 + np.rint(inputs[:, 1] * 255)
        assert np.array_equal(targets.argmax(axis=1), number % 10)
        assert (targets.sum(axis=1) == 1).all()
        seen.extend(number.tolist())
        sizes.append(len(inputs))
    assert sorted(seen) == list(range(count))
    assert count < 10 or seen != sorted(seen)
    assert len(batches) == len(sizes) == -(-count // size)
    assert set(sizes[:-1]) <= {size}


def test_small_batches_come_together_and_large_ones_in_pieces() -> None:
    def handfuls(count: int, size: int | None, together: int = 1) -> list[int]:
        batches = Batches(
            numbered(count), size, np.dtype("float32"), np.random.default_rng(0), together=together
        )
        given = [(len(inputs), inputs[:, :2].copy()) for inputs, *_ in batches.epoch(AUGMENTATIONS["none"])]
        assert len(np.unique(np.concatenate([pixels for _, pixels in given]), axis=0)) == count
        return [images for images, _ in given]

    assert handfuls(300, 2, together=32) == [64, 64, 64, 64, 44]
    assert handfuls(2500, None) == [1250, 1250]
    assert handfuls(12_000, 5000) == [1667, 1667, 1666] * 2 + [2000]


def test_smoothed_targets_give_a_part_to_every_class() -> None:
    # 1 - 0.2 of the one-hot target, and 0.2 / 10 for each class: 0.82 and nine times 0.02.
    batches = Batches(numbered(10), 10, np.dtype("float64"), np.random.default_rng(0), smoothing=0.2)
    (handful,) = batches.epoch(AUGMENTATIONS["none"])
    assert np.sort(handful.targets, axis=1) == pytest.approx(np.array([[0.02] * 9 + [0.82]] * 10))
    assert handful.targets.argmax(axis=1).tolist() == handful.labels.tolist()


def test_outliers_are_mixed_in_and_answered_with_doubt() -> None:
    outliers = np.full((40, 28, 28), 255, np.uint8)
    batches = Batches(numbered(100), 32, np.dtype("float64"), np.random.default_rng(0), outliers=outliers)
    assert (batches.images, len(batches)) == (140, 5)
    strange = 0
    for inputs, targets, _ in batches.epoch(AUGMENTATIONS["none"]):
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


def test_the_order_follows_the_generator_and_changes_with_every_epoch() -> None:
    def orders(seed: int) -> list[bytes]:
        batches = Batches(numbered(3000), 64, np.dtype("float32"), np.random.default_rng(seed))
        return [b"".join(x.tobytes() for x, *_ in batches.epoch(AUGMENTATIONS["shift"])) for _ in range(2)]

    assert orders(1) == orders(1)
    assert orders(1) != orders(2)
    first, second = orders(1)
    assert first != second


def test_the_rate_falls_to_zero_and_the_last_epochs_are_plain() -> None:
    config = TrainingConfig(epochs=4, learning_rate=0.2, augment="shift", plain_epochs=1)
    assert [config.rate(p) for p in (0, 0.5, 1)] == pytest.approx([0.2, 0.1, 0])
    augmentations = [config.augmentation(epoch) for epoch in (1, 2, 3, 4)]
    assert augmentations == [AUGMENTATIONS["shift"]] * 3 + [AUGMENTATIONS["none"]]
    assert TrainingConfig(epochs=1, augment="shift").augmentation(1) is AUGMENTATIONS["shift"]


def test_centring_changes_no_answer(drawn: tuple[Dataset, Dataset]) -> None:
    training, _ = drawn
    network = Network([784, 12, 10], dtype="float64", seed=2)
    pixels = training.images[:20].reshape(20, 784) / 255
    plain = network.predict_proba(pixels)
    before = network.parameters.copy()
    centre = mean_picture(training)
    assert centre == pytest.approx(training.images.reshape(-1, 784).mean(axis=0) / 255, abs=1e-6)
    with centred_on(network, centre):
        assert network.predict_proba(pixels - centre) == pytest.approx(plain, abs=1e-12)
        assert not np.allclose(network.predict_proba(pixels), plain)
    assert network.parameters == pytest.approx(before, abs=1e-12)


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
    training, validation = split(digits.train, 5000, np.random.default_rng(0))
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
        finished=lambda epoch: kept.update({epoch.number: network.parameters.tobytes()}),
    )
    best = max(history.epochs, key=lambda epoch: (epoch.validation.accuracy, epoch.number))
    assert history.best == best
    assert network.parameters.tobytes() == kept[best.number]
    assert len(set(kept.values())) == 8


def test_ctrl_c_keeps_the_best_so_far(drawn: tuple[Dataset, Dataset]) -> None:
    kept = b""
    network = Network([784, 16, 10], seed=0)

    def finished(epoch: Epoch) -> None:
        nonlocal kept
        kept = network.parameters.tobytes()

    def watch(epoch: int, images: int, loss: float) -> None:
        if epoch == 2:
            raise KeyboardInterrupt

    history = train(network, *drawn, TrainingConfig(epochs=5), watch=watch, finished=finished)
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

    def watch(epoch: int, images: int, loss: float) -> None:
        if epoch == 2:
            network.layers[1].nodes[3].bias = np.inf

    history = train(network, *drawn, TrainingConfig(epochs=3), watch=watch)
    assert history.best is not None
    assert history.best.number == 1
    assert history.diverged is not None
    assert history.diverged.startswith("epoch 2, batch 2, ")
    assert "the biases of layer 'hidden'" in history.diverged
    assert np.isfinite(network.parameters).all()


def test_a_batch_in_pieces_is_one_step_with_the_gradient_of_the_whole(
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
    # Pixels are learned as they differ from their mean: a move of a weight takes this much off the bias.
    images = training.images.reshape(-1, 784) / 255
    centre = images.mean(axis=0)
    with centred_on(whole, centre):
        whole.forward(images - centre)
        whole.backward(training.labels)
        whole.step(0.3)
    assert network.parameters == pytest.approx(whole.parameters, abs=1e-6)  # the centre is float32


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
        ({"optimizer": "sdg"}, "optimizer 'sdg': expected one of sgd, momentum, nesterov, rmsprop, adam"),
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
        ({"patience": 0}, "patience 0: expected a whole number from 1, or None"),
        ({"plain_epochs": -1}, "plain_epochs -1: expected a whole number from 0"),
        ({"outliers": 1.5}, "outliers 1.5: expected a number from 0 to 1"),
    ],
)
def test_a_recipe_that_nobody_can_train_by_is_refused(change: dict[str, object], message: str) -> None:
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
