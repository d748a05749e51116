"""JAX with the whole epoch compiled into one program: the shuffled batches, the gradients, the steps.

The first epoch compiles. The few images that fill no whole batch are left out of an epoch, because they would
need a second program; other ones are left out each time.
"""

import itertools

import jax
import jax.numpy as jnp
import numpy as np

from .work import BATCH, LEARNING_RATE, MOMENTUM, SIZES, parse_options, print_result, read_mnist, time_epochs


def main() -> None:
    options = parse_options(__doc__)
    generator = np.random.default_rng(0)
    inputs, labels = map(jnp.asarray, read_mnist(options.data_dir, "train", options.images))
    parameters = [
        (generator.normal(0, (2 / m) ** 0.5, (m, n)).astype(np.float32), np.zeros(n, np.float32))
        for m, n in itertools.pairwise(SIZES)
    ]
    state = parameters, jax.tree.map(jnp.zeros_like, parameters)
    steps = len(inputs) // BATCH

    def epoch() -> None:
        nonlocal state
        order = generator.permutation(len(inputs))[: steps * BATCH].reshape(steps, BATCH)
        state = jax.block_until_ready(train_epoch(state, inputs, labels, order))

    seconds = time_epochs(options.epochs, epoch)
    test_inputs, test_labels = read_mnist(options.data_dir, "t10k")
    correct = forward(state[0], test_inputs).argmax(1) == test_labels
    print_result(seconds, float(correct.mean()))


def forward(parameters, inputs):
    """The totals of the output layer, (images, 10)."""
    (hidden_weights, hidden_biases), (output_weights, output_biases) = parameters
    return jax.nn.relu(inputs @ hidden_weights + hidden_biases) @ output_weights + output_biases


def mean_loss(parameters, inputs, labels):
    """The mean cross-entropy of a batch."""
    logarithms = jax.nn.log_softmax(forward(parameters, inputs))
    return -jnp.take_along_axis(logarithms, labels[:, None], axis=1).mean()


@jax.jit
def train_epoch(state, inputs, labels, order):
    """Parameters and velocities after one step for each row of `order`, (steps, BATCH)."""

    def step(state, chosen):
        parameters, velocities = state
        gradients = jax.grad(mean_loss)(parameters, inputs[chosen], labels[chosen])
        velocities = jax.tree.map(lambda v, g: MOMENTUM * v + g, velocities, gradients)
        parameters = jax.tree.map(lambda p, v: p - LEARNING_RATE * v, parameters, velocities)
        return (parameters, velocities), None

    return jax.lax.scan(step, state, order)[0]


if __name__ == "__main__":
    main()
