"""Many small steps in a row, without carrying the first layer's weights through memory at each of them.

One image a step is how learning is usually explained, and the slowest way to do it: each step of 784-128-10
moves 100,000 weights for the sake of a single picture. But the first layer's inputs are known beforehand, and
its weights after some steps are those before, minus a sum of gradients, each the product of a node's blame d
and a picture x. What they make of picture x[i] at step i is therefore, with r the learning rate,

    weights[i] . x[i]  =  weights[0] . x[i]  -  sum over the steps j before i of  r d[j] (x[j] . x[i])

The products x[j] . x[i] and weights[0] . x[i] of all pictures are two matrix products, and what is left to do
at each step is small. The weights themselves are brought up to date after the last step, in one more product.
The steps are the same as ever, one after the other, up to the rounding of floating-point numbers.

Momentum and weight decay fit in, because both are linear too. With v the velocity, m the momentum and
D[t] the product of all decays until step t, every step from `optimizers.Momentum` written out gives

    v[t]       =  m^(t+1) v[0]  +  sum over j of  m^(t-j) g[j]
    weights[t] =  D[t] weights[0]  +  B[t] v[0]  +  sum over j of  C[t, j] g[j]

where B and C only depend on the learning rates. `_Coefficients` works them out. Optimizers that divide by the
gradient's size are not linear; they go batch by batch.
"""

from __future__ import annotations

import numpy as np

from mnist_ocr.graph import Network
from mnist_ocr.graph.activations import Array
from mnist_ocr.training.batches import Handful
from mnist_ocr.training.optimizers import GradientDescent, Momentum, Optimizer
from mnist_ocr.training.steps import Learned, Rate

IMAGES_IN_A_ROW = 64
"""More make the products x[j] . x[i] dearer, fewer the updates of the weights."""

LARGEST_BATCH = 4
"""With more images than this in a step, going batch by batch is as fast."""

_LEAST_DECAY = 0.5
"""The decays are divided by; one step that leaves less than this of a weight is none that learns anyway."""


def fits(optimizer: Optimizer, size: int, peak_rate: float) -> bool:
    """Whether `SmallBatches` can and should take the steps, with batches of this size."""
    linear = isinstance(optimizer, GradientDescent | Momentum)
    return linear and size <= LARGEST_BATCH and 1 - peak_rate * optimizer.weight_decay >= _LEAST_DECAY


class SmallBatches:
    """A handful is several batches, and each of them a step.

    Args:
        network: learns.
        optimizer: `GradientDescent` or `Momentum`, for all of its parameters.
        rate: the learning rate of each step.
        size: images per batch.
    """

    def __init__(self, network: Network, optimizer: Optimizer, rate: Rate, size: int) -> None:
        self.steps = 0
        self._network = network
        self._rate = rate
        self._size = size
        first = network.layers[1]
        own = slice(0, first.parameter_count)
        self._optimizer = optimizer.of(own)
        self._above = optimizer.of(slice(own.stop, None))
        self._gradients_above = network.gradients[own.stop :]

    def begin_epoch(self, learned: int) -> None:
        """Let both parts of the optimizer have taken as many steps as the pace has."""
        self._optimizer.steps = self._above.steps = self.steps

    @property
    def between_batches(self) -> bool:
        """Always."""
        return True

    def learn(self, handful: Handful) -> Learned:
        """Take one step for each batch of the handful."""
        network, size = self._network, self._size
        images = len(handful.inputs)
        starts = range(0, images, size)
        rates = np.array([self._rate(self.steps + step) for step in range(len(starts))])
        coefficients = _Coefficients(rates, self._optimizer)
        step_of = np.arange(images) // size
        means = 1 / np.bincount(step_of)  # the gradients of a batch are a mean over its images

        first, output = network.layers[1], network.output
        inputs, dtype = handful.inputs, network.dtype
        totals = self._totals_so_far(inputs, coefficients, step_of)
        values = np.empty_like(totals)
        # An entry for each pair of images: what the blame of the second, learned from, does to the first.
        # The bias is a weight like any other, from an input that is always 1.
        pull = (coefficients.before * means)[np.ix_(step_of, step_of)] * (inputs @ inputs.T + 1)
        pull = pull.astype(dtype)
        blame = np.empty_like(totals)
        said = np.empty((2, images, output.size), dtype)
        for step, start in enumerate(starts):
            batch = slice(start, start + size)
            totals[batch] += pull[batch, :start] @ blame[:start]
            first.activation.apply(totals[batch], values[batch])
            network.input.values = inputs[batch]
            first.totals, first.values = totals[batch], values[batch]
            for layer in network.layers[2:]:
                layer.forward()
            said[0, batch], said[1, batch] = output.totals, output.values
            output.open_gradients()
            network.loss.pull_back(output.activation, output.values, handful.targets[batch], output.gradients)
            for layer in network.layers[:1:-1]:
                layer.backward(further=True)
            blame[batch] = first.gradients
            self._above.step(self._gradients_above, float(rates[step]))
        losses = network.loss.per_image(said[0], said[1], handful.targets)
        if np.isfinite(losses).all():
            self.steps += len(starts)
            self._bring_up_to_date(inputs, blame, coefficients, means, step_of)
            first.backward(further=False)  # the last batch's gradients, for whoever looks
        else:
            self.steps += int(step_of[np.isfinite(losses).argmin()])
        correct = int(np.count_nonzero(said[1].argmax(axis=1) == handful.labels))
        return Learned(float(losses.sum()), correct)

    def _totals_so_far(self, inputs: Array, coefficients: _Coefficients, step_of: Array) -> Array:
        """The first layer's totals as its parameters and velocities would have them without new gradients."""
        first, dtype = self._network.layers[1], self._network.dtype
        totals: Array = inputs @ first.weights.T + first.biases
        totals *= coefficients.decay_before[step_of, np.newaxis].astype(dtype)
        for velocities in self._optimizer.kept:
            weights, biases = self._as_layer(velocities)
            totals += coefficients.velocity_before[step_of, np.newaxis].astype(dtype) * (
                inputs @ weights + biases
            )
        return totals

    def _bring_up_to_date(
        self, inputs: Array, blame: Array, coefficients: _Coefficients, means: Array, step_of: Array
    ) -> None:
        """Give the first layer the parameters and velocities that it has after the last step."""
        optimizer = self._optimizer
        parameters = optimizer.parameters
        parameters *= coefficients.decay
        for velocities in optimizer.kept:
            parameters += coefficients.velocity * velocities
            velocities *= coefficients.velocity_kept
            self._add(velocities, inputs, blame, (coefficients.gradients_kept * means)[step_of])
        self._add(parameters, inputs, blame, (coefficients.gradients * means)[step_of])

    def _add(self, vector: Array, inputs: Array, blame: Array, shares: Array) -> None:
        """Add each image's gradient, (blame x picture), times its share to a vector like the parameters."""
        shared = blame * shares[:, np.newaxis].astype(blame.dtype)
        weights, biases = self._as_layer(vector)
        weights += inputs.T @ shared
        biases += shared.sum(axis=0)

    def _as_layer(self, vector: Array) -> tuple[Array, Array]:
        """A vector like the first layer's parameters as weights (784, nodes) and biases (nodes,)."""
        first = self._network.layers[1]
        edges = first.fan_in * first.size
        return vector[:edges].reshape(first.fan_in, first.size), vector[edges:]


class _Coefficients:
    """What is left of the old weights, the old velocity and each gradient, for every step of a row.

    Attributes:
        before: (steps, steps), C before each step: row t tells what step t meets.
        decay_before, velocity_before: (steps,), D and B before each step.
        gradients: (steps,), C after the last step,
        decay, velocity: D and B after it.
        gradients_kept: (steps,), the part of each gradient that the velocity ends with,
        velocity_kept: and the part of the old velocity.
    """

    def __init__(self, rates: Array, optimizer: Optimizer) -> None:
        steps = len(rates)
        momentum = optimizer.momentum if isinstance(optimizer, Momentum) else 0.0
        step = np.arange(steps)
        ages = step[:, np.newaxis] - step
        velocity = np.where(ages >= 0, momentum ** np.maximum(ages, 0), 0.0)
        old_velocity = momentum ** (step + 1)
        self.gradients_kept, self.velocity_kept = velocity[-1], float(old_velocity[-1])
        if isinstance(optimizer, Momentum) and optimizer.nesterov:
            velocity = momentum * velocity + np.eye(steps)
            old_velocity = momentum * old_velocity
        decays = np.cumprod(1 - rates * optimizer.weight_decay)
        moves = rates / decays
        after = -decays[:, np.newaxis] * np.cumsum(moves[:, np.newaxis] * velocity, axis=0)
        velocity_after = -decays * np.cumsum(moves * old_velocity)
        self.before = np.vstack([np.zeros(steps), after[:-1]])
        self.decay_before = np.concatenate([[1.0], decays[:-1]])
        self.velocity_before = np.concatenate([[0.0], velocity_after[:-1]])
        self.gradients, self.decay, self.velocity = after[-1], float(decays[-1]), float(velocity_after[-1])
