"""This program: `mnist_ocr.training.train` as train.py calls it, timed by its own clock.

An `Epoch` counts the seconds from the shuffle to the last step, which is what the others' clocks count too.
The images stay bytes and are scaled in every epoch anew; the loss of every batch is computed and checked. The
others begin with floats and need not look at the loss.
"""

from mnist_ocr.data import Dataset, load_mnist
from mnist_ocr.graph import Network
from mnist_ocr.training import TrainingConfig, train

from .work import MOMENTUM, SIZES, parse_options, print_result


def main() -> None:
    options = parse_options(__doc__)
    digits = load_mnist(options.data_dir)
    training = Dataset(
        digits.training.images[: options.images], digits.training.labels[: options.images], "MNIST"
    )
    config = TrainingConfig(
        epochs=options.epochs,
        batch_size=options.batch,
        optimizer=options.optimizer,
        learning_rate=options.learning_rate,
        momentum=MOMENTUM,
        weight_decay=0,
        augment="none",
    )
    # Looked at after the clock of each epoch has stopped.
    history = train(Network(SIZES), training, digits.test, config)
    print_result([epoch.seconds for epoch in history.epochs], history.epochs[-1].validation.accuracy)


if __name__ == "__main__":
    main()
