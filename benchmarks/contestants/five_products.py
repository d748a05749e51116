"""The five matrix products of a training step and nothing else: the floor under any NumPy program.

Forward: values by weights, twice. Backward: gradients by values, twice, for the weights; gradients by
weights, once, for the hidden layer. Shapes, memory order and the number of steps are those of an epoch of
this program; every product writes into an array that is there already, and the inputs come from 2,048 images
that stay in the processor's cache.
"""

import numpy as np

from .work import BATCH, SIZES, parse_options, print_result, time_epochs


def main() -> None:
    options = parse_options(__doc__)
    inputs, hidden, output = SIZES
    generator = np.random.default_rng(0)

    def draw(*shape: int) -> np.ndarray:
        return generator.standard_normal(shape, np.float32)

    images = draw(2048, inputs)
    # As in a `Layer`, the weights of one source are neighbours.
    hidden_weights, output_weights = draw(inputs, hidden), draw(hidden, output)
    hidden_values, output_values = draw(BATCH, hidden), draw(BATCH, output)
    hidden_gradients, output_gradients = draw(BATCH, hidden), draw(BATCH, output)
    hidden_weight_gradients, output_weight_gradients = draw(inputs, hidden), draw(hidden, output)
    batches = [images[start : start + BATCH] for start in range(0, len(images), BATCH)]
    steps = -(-options.images // BATCH)

    def epoch() -> None:
        for step in range(steps):
            batch = batches[step % len(batches)]
            np.matmul(batch, hidden_weights, out=hidden_values)
            np.matmul(hidden_values, output_weights, out=output_values)
            np.dot(hidden_values.T, output_gradients, out=output_weight_gradients)
            np.matmul(output_gradients, output_weights.T, out=hidden_gradients)
            np.dot(batch.T, hidden_gradients, out=hidden_weight_gradients)

    print_result(time_epochs(options.epochs, epoch))


if __name__ == "__main__":
    main()
