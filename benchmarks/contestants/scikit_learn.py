"""scikit-learn's MLPClassifier as it is fastest: float32 as it comes, no early stopping, no check for NaN.

`fit` is timed as a whole, and an epoch is its share: timing calls of `partial_fit` would count the checks of
the labels again in every epoch.
"""

import sklearn
from sklearn.neural_network import MLPClassifier

from .work import BATCH, LEARNING_RATE, MOMENTUM, SIZES, parse_options, print_result, read_mnist, time_epochs


def main() -> None:
    options = parse_options(__doc__)
    sklearn.set_config(assume_finite=True)
    inputs, labels = read_mnist(options.data_dir, "train", options.images)
    model = MLPClassifier(
        SIZES[1],
        solver="sgd",
        alpha=0,
        batch_size=BATCH,
        learning_rate_init=LEARNING_RATE,
        max_iter=options.epochs,
        momentum=MOMENTUM,
        nesterovs_momentum=False,
        random_state=0,
    )
    [seconds] = time_epochs(1, lambda: model.fit(inputs, labels))
    accuracy = model.score(*read_mnist(options.data_dir, "t10k"))
    print_result([seconds / options.epochs] * options.epochs, accuracy)


if __name__ == "__main__":
    main()
