"""Optimizers and schedules against values worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from mnist_ocr.training.optimizers import OPTIMIZERS, Adam, GradientDescent, Momentum, Optimizer, RMSProp
from mnist_ocr.training.schedules import SCHEDULES


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
    # Loss 1/2 w^2 in one direction and 50 w^2 in another: gradients w and 100 w. How long the steps should be
    # differs: AdaGrad, for one, divides by the root of all squares so far, and needs long ones.
    def distance(learning_rate: float) -> float:
        parameters = np.array([3.0, -2.0])
        optimizer = OPTIMIZERS[name].make(parameters, 0.9, 0.0)
        for step in range(2000):
            optimizer.step(parameters * [1, 100], learning_rate * (1 - step / 2000))
        return float(np.abs(parameters).max())

    assert any(distance(learning_rate) < 1e-2 for learning_rate in (0.01, 1))


def test_what_has_faded_is_cleared_before_it_gets_slow() -> None:
    optimizer = Momentum(np.zeros(2, np.float32), 0.9)
    optimizer.step(np.array([1, 1e-24], np.float32), 0.1)
    for _ in range(99):
        optimizer.step(np.zeros(2, np.float32), 0.1)
    assert optimizer.state[0].tolist() == [pytest.approx(0.9**100, rel=1e-4), 0]


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
