"""Turning gradients into steps. An optimizer sees two flat vectors and knows nothing of layers."""

from __future__ import annotations

import numpy as np

from mnist_ocr.graph.activations import Array

# The velocity of a weight whose pixel is no longer lit fades until it is smaller than any normal float, and
# processors take about ten times as long over such numbers: epochs took longer and longer. At 0.9 a step, a
# velocity that a sweep leaves is still a normal float32 at the next; no parameter notices one that it clears.
_STEPS_BETWEEN_SWEEPS = 100
_AS_GOOD_AS_ZERO = 1e-25


class Momentum:
    """Gradient descent with momentum (Polyak, 1964), plain or looking ahead (Nesterov, 1983).

    As Sutskever et al. (2013) write it, with the learning rate outside of the velocity:

        velocity  <- momentum * velocity + gradient
        parameter <- parameter - learning rate * velocity                            plain
        parameter <- parameter - learning rate * (gradient + momentum * velocity)    Nesterov

    Weight decay is decoupled from the gradient (Loshchilov and Hutter, 2019, algorithm 1): before the move,

        parameter <- parameter * (1 - learning rate * weight decay)

    With momentum 0 this is plain stochastic gradient descent. Everything is written into vectors that are
    made once; a step makes no array.
    """

    def __init__(
        self, parameters: Array, momentum: float = 0.9, *, nesterov: bool = False, weight_decay: float = 0.0
    ) -> None:
        self.momentum = momentum
        self.nesterov = nesterov
        self.weight_decay = weight_decay
        self._parameters = parameters
        self._velocity = np.zeros_like(parameters)
        self._move = np.empty_like(parameters)
        self._steps = 0

    def step(self, gradients: Array, learning_rate: float) -> None:
        """Move the parameters; `gradients` is d loss / d parameter, shaped like them."""
        velocity, move = self._velocity, self._move
        self._steps += 1
        if self._steps % _STEPS_BETWEEN_SWEEPS == 0:
            velocity[np.abs(velocity) < _AS_GOOD_AS_ZERO] = 0
        velocity *= self.momentum
        velocity += gradients
        if self.weight_decay:
            self._parameters *= 1 - learning_rate * self.weight_decay
        if self.nesterov:
            np.multiply(velocity, self.momentum, out=move)
            move += gradients
            move *= learning_rate
        else:
            np.multiply(velocity, learning_rate, out=move)
        self._parameters -= move
