"""Turning gradients into steps. An optimizer sees two flat vectors and knows nothing of layers."""

from __future__ import annotations

import numpy as np

from mnist_ocr.graph.activations import Array


class Momentum:
    """Gradient descent with momentum (Polyak, 1964), as Sutskever et al. (2013) write it.

        velocity   <- momentum * velocity + gradient
        parameter  <- parameter - learning rate * velocity

    With momentum 0 this is plain stochastic gradient descent.
    """

    def __init__(self, parameters: Array, momentum: float = 0.9) -> None:
        self.momentum = momentum
        self._parameters = parameters
        self._velocity = np.zeros_like(parameters)
        self._move = np.empty_like(parameters)

    def step(self, gradients: Array, learning_rate: float) -> None:
        """Move the parameters; `gradients` is d loss / d parameter, shaped like them."""
        self._velocity *= self.momentum
        self._velocity += gradients
        np.multiply(self._velocity, learning_rate, out=self._move)
        self._parameters -= self._move
