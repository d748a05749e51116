"""Optimizers and schedules against values worked by hand; steps in a row against the same one by one."""

from __future__ import annotations

import numpy as np
import pytest

from mnist_ocr import Network
from mnist_ocr.graph.activations import Array
from mnist_ocr.training.batches import Handful
from mnist_ocr.training.optimizers import OPTIMIZERS, Adam, GradientDescent, Momentum, Optimizer, RMSProp
from mnist_ocr.training.schedules import SCHEDULES
from mnist_ocr.training.small_batches import SmallBatches, fits
from mnist_ocr.training.steps import BatchByBatch


def walk(optimizer: Optimizer, gradients: list[float], learning_rate: float) -> list[float]:
    """Where the only parameter is after each step."""
    way = []
    for gradient in gradients:
        optimizer.step(np.array([gradient]), learning_rate)
        way.append(float(optimizer.parameters[0]))
    return way


def test_gradient_descent_by_hand() -> None:
    # From 10, learning rate 0.1, weight decay 0.2: 10 * 0.98 - 0.1 * 2 = 9.6; 9.6 * 0.98 + 0.1 * 1 = 9.508
    assert walk(GradientDescent(np.array([10.0]), 0.2), [2, -1], 0.1) == pytest.approx([9.6, 9.508])


def test_momentum_by_hand() -> None:
    # Gradient 1 each time, momentum 0.5, learning rate 0.1, from 1:
    #   velocity 1, 1.5, 1.75; parameter 1 - 0.1 = 0.9, - 0.15 = 0.75, - 0.175 = 0.575
    assert walk(Momentum(np.array([1.0]), 0.5), [1, 1, 1], 0.1) == pytest.approx([0.9, 0.75, 0.575])


def test_nesterov_with_weight_decay_by_hand() -> None:
    # Gradient 2, momentum 0.5, learning rate 0.1, weight decay 0.2, from 10:
    #   1: decay 10 * 0.98 = 9.8; velocity 2; move 0.1 * (2 + 1) = 0.3;     9.5
    #   2: decay 9.5 * 0.98 = 9.31; velocity 3; move 0.1 * (2 + 1.5) = 0.35; 8.96
    optimizer = Momentum(np.array([10.0]), 0.5, nesterov=True, weight_decay=0.2)
    assert walk(optimizer, [2, 2], 0.1) == pytest.approx([9.5, 8.96])


def test_rmsprop_by_hand() -> None:
    # rho 0.75, learning rate 0.1, epsilon 1, from 1:
    #   1: gradient 2; s = 0.25 * 4 = 1;               move 0.1 * 2 / (1 + 1) = 0.1;       0.9
    #   2: gradient 3; s = 0.75 * 1 + 0.25 * 9 = 3;    move 0.1 * 3 / (sqrt 3 + 1) = 0.109808; 0.790192
    optimizer = RMSProp(np.array([1.0]), rho=0.75, epsilon=1)
    assert walk(optimizer, [2, 3], 0.1) == pytest.approx([0.9, 0.790192], abs=1e-6)


def test_adam_by_hand() -> None:
    # betas 0.5 and 0.75, learning rate 0.1, epsilon 1, from 1; hats are freed of the start at 0:
    #   1: gradient 2; m = 1, m^ = 1 / 0.5 = 2; v = 0.25 * 4 = 1, v^ = 1 / 0.25 = 4
    #      move 0.1 * 2 / (2 + 1) = 0.066667;                                                 0.933333
    #   2: gradient 4; m = 0.5 + 2 = 2.5, m^ = 2.5 / 0.75 = 3.333333
    #      v = 0.75 + 4 = 4.75, v^ = 4.75 / 0.4375 = 10.857143, root 3.295018
    #      move 0.1 * 3.333333 / 4.295018 = 0.077609;                                         0.855724
    optimizer = Adam(np.array([1.0]), betas=(0.5, 0.75), epsilon=1)
    assert walk(optimizer, [2, 4], 0.1) == pytest.approx([0.933333, 0.855724], abs=1e-6)


def test_adam_decays_the_weight_and_not_the_gradient() -> None:
    # Whatever its size, the first gradient makes a step of the learning rate: 10 * 0.98 - 0.1 = 9.7.
    # Were the decay part of the gradient, as before Loshchilov and Hutter, it would be 10 - 0.1 = 9.9.
    assert walk(Adam(np.array([10.0]), 0.2), [1e-3], 0.1) == pytest.approx([9.7], abs=1e-5)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_finds_the_bottom_of_a_bowl(name: str) -> None:
    # Loss 1/2 w^2 in one direction and 50 w^2 in another: gradients w and 100 w.
    parameters = np.array([3.0, -2.0])
    optimizer = OPTIMIZERS[name].make(parameters, 0.9, 0.0)
    for step in range(2000):
        optimizer.step(parameters * [1, 100], 0.01 * (1 - step / 2000))
    assert parameters == pytest.approx([0, 0], abs=1e-2)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_stretch_is_moved_and_remembered_in_place(name: str) -> None:
    generator = np.random.default_rng(0)
    whole = generator.normal(size=7)
    parts = whole.copy()
    of_whole = OPTIMIZERS[name].make(whole, 0.9, 0.1)
    of_parts = OPTIMIZERS[name].make(parts, 0.9, 0.1)
    stretches = [of_parts.of(slice(0, 3)), of_parts.of(slice(3, None))]
    for _ in range(4):
        gradients = generator.normal(size=7)
        of_whole.step(gradients, 0.1)
        stretches[0].step(gradients[:3], 0.1)
        stretches[1].step(gradients[3:], 0.1)
    assert np.array_equal(whole, parts)
    assert np.array_equal(of_whole.kept, of_parts.kept)


def test_what_has_faded_is_cleared_before_it_gets_slow() -> None:
    optimizer = Momentum(np.zeros(2, np.float32), 0.9)
    optimizer.step(np.array([1, 1e-24], np.float32), 0.1)
    for _ in range(99):
        optimizer.step(np.zeros(2, np.float32), 0.1)
    assert optimizer.kept[0].tolist() == [pytest.approx(0.9**99, rel=1e-4), 0]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("constant", {0: 1, 0.5: 1, 1: 1}),
        ("linear", {0: 1, 0.25: 0.75, 1: 0}),
        ("step", {0: 1, 0.49: 1, 0.5: 0.1, 0.74: 0.1, 0.75: 0.01, 1: 0.01}),
        # (1 + cos(180 deg * progress)) / 2 at 60, 90 and 180 degrees
        ("cosine", {0: 1, 1 / 3: 0.75, 0.5: 0.5, 1: 0}),
        # 1/25 -> 1 within the first 0.3, half of the way (0.52) at 0.15; half of the way down at 0.65
        ("one-cycle", {0: 0.04, 0.15: 0.52, 0.3: 1, 0.65: 0.5, 1: 0}),
    ],
)
def test_schedules_have_their_published_values(name: str, expected: dict[float, float]) -> None:
    found = {progress: SCHEDULES[name](progress) for progress in expected}
    assert found == pytest.approx(expected)


def some_digits(count: int, generator: np.random.Generator) -> Handful:
    labels = generator.integers(0, 10, count).astype(np.uint8)
    return Handful(generator.random((count, 784)) - 0.3, np.eye(10)[labels], labels)


def steps_of(
    pace_of_small: bool, sizes: list[int], optimizer: str, size: int, decay: float
) -> tuple[Array, ...]:
    """Learn from three handfuls of different lengths, in float64; everything that comes of it."""
    generator = np.random.default_rng(5)
    network = Network(sizes, dtype="float64", seed=1)
    kind = OPTIMIZERS[optimizer].make(network.parameters, 0.8, decay)

    def rate(step: int) -> float:
        return 0.02 / (1 + step)

    learned = []
    small = SmallBatches(network, kind, rate, size)
    plain = BatchByBatch(network, kind, rate)
    for count in (size * 5, size * 3, size * 2 + (size > 1)):
        images = some_digits(count, generator)
        if pace_of_small:
            learned.append(small.learn(images))
            continue
        each = [
            plain.learn(Handful(*(part[start : start + size] for part in images)))
            for start in range(0, count, size)
        ]
        learned.append(tuple(np.sum(each, axis=0)))
    steps = small.steps if pace_of_small else plain.steps
    return network.parameters, kind.kept, network.gradients, np.array(learned), np.array(steps)


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "nesterov"])
@pytest.mark.parametrize("sizes", [[784, 10], [784, 12, 10], [784, 9, 7, 8, 10]])
@pytest.mark.parametrize(("size", "decay"), [(1, 0.0), (1, 0.3), (4, 0.3)])
def test_steps_in_a_row_are_the_same_steps(optimizer: str, sizes: list[int], size: int, decay: float) -> None:
    one_by_one = steps_of(False, sizes, optimizer, size, decay)
    in_a_row = steps_of(True, sizes, optimizer, size, decay)
    for expected, found in zip(one_by_one, in_a_row, strict=True):
        assert found == pytest.approx(expected, rel=1e-10, abs=1e-12)


def test_steps_in_a_row_stop_where_the_loss_is_no_longer_finite() -> None:
    network = Network([784, 5, 10], dtype="float64", seed=1)
    before = network.layers[1].weights.copy()
    pace = SmallBatches(network, GradientDescent(network.parameters), lambda step: 0.1, 1)
    images = some_digits(8, np.random.default_rng(0))
    images.inputs[3] = np.nan
    assert not np.isfinite(pace.learn(images).loss)
    assert pace.steps == 3
    assert np.array_equal(network.layers[1].weights, before)


def test_only_linear_optimizers_take_steps_in_a_row() -> None:
    parameters = np.zeros(3)
    found = {name for name, kind in OPTIMIZERS.items() if fits(kind.make(parameters, 0.9, 1e-4), 1, 0.1)}
    assert found == {"sgd", "momentum", "nesterov"}
    assert not fits(GradientDescent(parameters), 64, 0.1)
    assert not fits(GradientDescent(parameters, weight_decay=10), 1, 0.1)
