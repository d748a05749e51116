"""Turning gradients into steps. An optimizer sees two flat vectors and knows nothing of layers.

Every entry of `OPTIMIZERS` follows its published formula, written in its class, with w a parameter, g its
gradient and r the learning rate; every other letter is a vector that the optimizer keeps from step to step.
All of them can decay the weights, decoupled from the gradient (Loshchilov and Hutter, 2019, algorithms 1 and
2, with the decay scaled by the learning rate as programs do since): before the move,

    w <- w * (1 - r * weight decay)

which makes Adam the one that is known as AdamW. All arrays are made once; a step makes none.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mnist_ocr.graph.checks import Array
from mnist_ocr.graph.layer import zeros

# What is kept for a weight whose pixel is no longer lit fades until it is smaller than any normal float, and
# processors take about ten times as long over such numbers: epochs took longer and longer. At 0.9 a step, a
# velocity that a sweep leaves is still a normal float32 at the next; no parameter notices one that it clears.
_STEPS_BETWEEN_SWEEPS = 100
_AS_GOOD_AS_ZERO = 1e-25


class Optimizer(ABC):
    """What all optimizers share: the parameters, the decay, and the vectors kept between steps.

    Args:
        parameters: (parameters,), changed in place by every step.
        vectors: how many of that shape to keep in `state`; they start at 0.
        weight_decay: see the module.

    Attributes:
        parameters: the vector that is moved.
        state: (vectors, parameters), what is remembered from step to step.
        steps: how many were taken.
    """

    def __init__(self, parameters: Array, vectors: int, weight_decay: float) -> None:
        self.parameters = parameters
        self.weight_decay = weight_decay
        count = parameters.size
        self.state: Array = zeros(vectors * count, parameters.dtype).reshape(vectors, count)
        self.steps = 0
        self._move_by = zeros(count, parameters.dtype)

    def step(self, gradients: Array, learning_rate: float) -> None:
        """Move the parameters; `gradients` is d loss / d parameter, shaped like them."""
        self.steps += 1
        if self.steps % _STEPS_BETWEEN_SWEEPS == 0:
            self.state[np.abs(self.state) < _AS_GOOD_AS_ZERO] = 0
        if self.weight_decay:
            self.parameters *= 1 - learning_rate * self.weight_decay
        self._prepare(gradients, learning_rate, self._move_by)
        self.parameters -= self._move_by

    @abstractmethod
    def _prepare(self, gradients: Array, learning_rate: float, move: Array) -> None:
        """Write into `move` what is to be taken away from each parameter."""


class GradientDescent(Optimizer):
    """Stochastic gradient descent (Robbins and Monro, 1951), plain.

    w <- w - r g
    """

    def __init__(self, parameters: Array, weight_decay: float = 0.0) -> None:
        super().__init__(parameters, 0, weight_decay)

    def _prepare(self, gradients: Array, learning_rate: float, move: Array) -> None:
        np.multiply(gradients, learning_rate, out=move)


class Momentum(Optimizer):
    """Gradient descent with momentum m (Polyak, 1964), plain or looking ahead (Nesterov, 1983).

    The velocity v is without the learning rate, and the look-ahead is written for the parameters where the
    gradient was taken (Bengio, Boulanger-Lewandowski and Pascanu, 2013, section 3.5):

        v <- m v + g
        w <- w - r v                plain
        w <- w - r (g + m v)        Nesterov

    What is kept is m v, which both the look-ahead and the next step need.
    """

    def __init__(
        self, parameters: Array, momentum: float = 0.9, *, nesterov: bool = False, weight_decay: float = 0.0
    ) -> None:
        super().__init__(parameters, 1, weight_decay)
        self.momentum = momentum
        self.nesterov = nesterov

    def _prepare(self, gradients: Array, learning_rate: float, move: Array) -> None:
        (velocity,) = self.state  # m v of the last step; now it becomes v
        velocity += gradients
        if self.nesterov:
            velocity *= self.momentum
            np.add(velocity, gradients, out=move)
            move *= learning_rate
        else:
            np.multiply(velocity, learning_rate, out=move)
            velocity *= self.momentum


class RMSProp(Optimizer):
    """Steps of similar length for every parameter (Tieleman and Hinton, 2012, lecture 6.5).

        s <- 0.9 s + 0.1 g^2
        w <- w - r g / (sqrt(s) + 1e-8)

    The lecture leaves out the small number that keeps the quotient finite; it stands here where Adam has it.
    """

    def __init__(
        self, parameters: Array, weight_decay: float = 0.0, *, rho: float = 0.9, epsilon: float = 1e-8
    ) -> None:
        super().__init__(parameters, 1, weight_decay)
        self.rho = rho
        self.epsilon = epsilon

    def _prepare(self, gradients: Array, learning_rate: float, move: Array) -> None:
        (squares,) = self.state
        np.multiply(gradients, gradients, out=move)
        move *= 1 - self.rho
        squares *= self.rho
        squares += move
        np.sqrt(squares, out=move)
        move += self.epsilon
        np.divide(gradients, move, out=move)
        move *= learning_rate


class Adam(Optimizer):
    """Momentum and steps of similar length, each freed of its start at 0 (Kingma and Ba, 2015, algorithm 1).

        m <- 0.9 m + 0.1 g                    step t, counted from 1
        v <- 0.999 v + 0.001 g^2
        w <- w - r (m / (1 - 0.9^t)) / (sqrt(v / (1 - 0.999^t)) + 1e-8)

    With weight decay this is AdamW.
    """

    def __init__(
        self,
        parameters: Array,
        weight_decay: float = 0.0,
        *,
        betas: tuple[float, float] = (0.9, 0.999),
        epsilon: float = 1e-8,
    ) -> None:
        super().__init__(parameters, 2, weight_decay)
        self.betas = betas
        self.epsilon = epsilon

    def _prepare(self, gradients: Array, learning_rate: float, move: Array) -> None:
        means, squares = self.state
        first, second = self.betas
        np.multiply(gradients, 1 - first, out=move)
        means *= first
        means += move
        np.multiply(gradients, gradients, out=move)
        move *= 1 - second
        squares *= second
        squares += move
        # Both corrections are numbers, so they are taken out of the vectors: with c = sqrt(1 - 0.999^t),
        # m / (sqrt(v) / c + epsilon) is c m / (sqrt(v) + c epsilon). One pass over the vectors less.
        correction = (1 - second**self.steps) ** 0.5
        np.sqrt(squares, out=move)
        move += correction * self.epsilon
        np.divide(means, move, out=move)
        move *= learning_rate * correction / (1 - first**self.steps)


@dataclass(frozen=True)
class Choice:
    """One optimizer as a configuration names it.

    Attributes:
        make: (parameters, momentum, weight decay) -> the optimizer.
        learning_rate: the usual one, where nobody says another.
        weight_decay: likewise. Momentum makes a step ten times as long and not the decay, so that the same
            effect takes more of it.
    """

    make: Callable[[Array, float, float], Optimizer]
    learning_rate: float
    weight_decay: float = 1e-4


# The learning rates: of those tried on 784-128-10 with five epochs, the ones after which it read most
# validation images, 98.0 % (rmsprop) to 98.3 %; plain sgd would need more epochs.
OPTIMIZERS: dict[str, Choice] = {
    "sgd": Choice(lambda w, momentum, decay: GradientDescent(w, decay), 0.5),
    "momentum": Choice(lambda w, momentum, decay: Momentum(w, momentum, weight_decay=decay), 0.1, 2e-3),
    "nesterov": Choice(
        lambda w, momentum, decay: Momentum(w, momentum, nesterov=True, weight_decay=decay), 0.1, 2e-3
    ),
    "rmsprop": Choice(lambda w, momentum, decay: RMSProp(w, decay), 0.002),
    "adam": Choice(lambda w, momentum, decay: Adam(w, decay), 0.003),
}
