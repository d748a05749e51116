"""The network as an estimator of scikit-learn, for its pipelines, grid searches and cross-validation.

    >>> from mnist_ocr.sklearn import DigitClassifier
    >>> classifier = DigitClassifier(hidden=(64,), random_state=0).fit(X, y)
    >>> classifier.predict_proba(X_new)
    >>> classifier.network_.layers[1].nodes[17].incoming[406].weight
    >>> classifier.network_.save("model.json")

It learns from any rows of numbers, not only from pictures of digits. The default learning rates suit pixels
of 0..1; other numbers have other means and units. So the network is trained on standardised rows,
(x - centre) / scale, and then the first layer is changed, so that `network_` takes X itself:

    weights . (x - centre) / scale + bias  =  (weights / scale) . x + (bias - (weights / scale) . centre)
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

try:
    from sklearn.base import BaseEstimator, ClassifierMixin
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.model_selection import train_test_split
    from sklearn.utils import check_random_state
    from sklearn.utils.multiclass import check_classification_targets
    from sklearn.utils.validation import check_is_fitted, validate_data
except ImportError as error:
    raise ImportError("mnist_ocr.sklearn needs scikit-learn: pip install 'scikit-learn>=1.6'") from error

from mnist_ocr import __version__
from mnist_ocr.graph import Network
from mnist_ocr.graph.checks import Array
from mnist_ocr.training import OPTIMIZERS, Epoch, TrainingConfig, train
from mnist_ocr.training.optimizers import Optimizer

ABOUT = [
    "A neural network. layers[k].nodes[j].weights[i] is the weight of the edge from node i of layer k-1",
    "to node j of layer k. A node's value is activation(bias + sum of weight * value of the edge's source).",
    "The input is a row of the table that it learned from, feature by feature; output node k gives the",
    "probability of the class training.classes[k].",
]
"""How to read the file of a saved network."""

_UNIT_LENGTH = 50
"""With more features than this, rows are scaled to the length of 50 features of standard deviation 1.

The squared length of a picture of MNIST minus the mean picture is 52.7; for longer rows the default learning
rates are too high. 784-128-10 read 97.7 % of the validation images after five epochs with pixels of standard
deviation 1, and 98.4 % with rows of this length.
"""


class DigitClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # untyped, or not installed
    """A feed-forward network of nodes and edges that classifies rows of numbers.

    X can be pixels of 0..255 as well as of 0..1: the rows are standardised inside, with one scale for all
    features. For features with different units, put a `StandardScaler` before it. Images of shape (n, 28, 28)
    have to be rows: `images.reshape(len(images), -1)`. Bytes and float32 are computed in single precision,
    which is twice as fast, 64-bit numbers in double precision.

    After training on MNIST's pixels as numbers of 0..1, the file that `network_.save` writes is also a model
    for `inference.py --model`.

    Args:
        hidden: the number of nodes of each hidden layer; () for no hidden layer.
        activation: of the hidden layers, one of `mnist_ocr.graph.ACTIVATIONS` for all or one for each.
        epochs: how often the network is trained on every row.
        batch_size: rows per step; None for all of them.
        optimizer: one of `mnist_ocr.training.OPTIMIZERS`.
        learning_rate: the highest of the schedule; None for the optimizer's default.
        schedule: how the learning rate changes, one of `mnist_ocr.training.SCHEDULES`. `partial_fit`, for
            which the number of epochs is unknown, uses a constant learning rate.
        weight_decay: each step reduces the weights by this times the learning rate.
        patience: stop when the validation accuracy has not improved for this many epochs, and take the
            network of the best epoch. None uses no validation rows, and takes the last epoch.
        validation_fraction: the share of the rows, of each class alike, that `patience` sets aside.
        random_state: decides the initial weights, the order of the rows and which are set aside; the same
            number gives the same network, bit for bit.

    Attributes:
        network_: the `Network`, with an input for each feature and an output node for each class.
        history_: the epochs of `fit`, and one for each call of `partial_fit`; see `mnist_ocr.training.Epoch`.
        classes_: (classes,), sorted.
        n_features_in_: the number of columns of X.
        feature_names_in_: their names, if X had names that are strings.
    """

    def __init__(
        self,
        hidden: int | Sequence[int] = (128,),
        activation: str | Sequence[str] = "relu",
        *,
        epochs: int = 20,
        batch_size: int | None = 50,
        optimizer: str = "nesterov",
        learning_rate: float | None = None,
        schedule: str = "linear",
        weight_decay: float = 1e-4,
        patience: int | None = None,
        validation_fraction: float = 0.1,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.hidden = hidden
        self.activation = activation
        self.epochs = epochs
        self.batch_size = batch_size
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.schedule = schedule
        self.weight_decay = weight_decay
        self.patience = patience
        self.validation_fraction = validation_fraction
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: ArrayLike) -> DigitClassifier:
        """Train a new network; Ctrl-C ends the training after the last finished epoch.

        Args:
            X: (examples, features).
            y: (examples,), the class of each, numbers or text.

        Returns:
            The classifier itself.

        Raises:
            ValueError: X, y or a parameter cannot be used, or the numbers became infinite in the first epoch.
        """
        random = check_random_state(self.random_state)
        config = self._config(random)
        rows, named = validate_data(self, X, y)
        check_classification_targets(named)
        classes, labels = np.unique(named, return_inverse=True)
        validation = None
        if self.patience is not None:
            rows, aside, labels, labels_aside = train_test_split(
                rows, labels, test_size=self.validation_fraction, stratify=labels, random_state=random
            )
            validation = _Rows(aside, labels_aside)
        network, progress = self._begin(rows, classes, config, random)
        epochs = _train(network, progress, _Rows(rows, labels), validation, config)
        network.metadata["training"] = _record(classes)
        self.classes_, self.network_, self.history_, self._progress = classes, network, epochs, progress
        return self

    def partial_fit(self, X: ArrayLike, y: ArrayLike, classes: ArrayLike | None = None) -> DigitClassifier:
        """Train on some rows once, continuing from `fit` or earlier calls.

        Centre and scale come from the first call for all later ones: it should have more than a few rows.

        Args:
            X: (examples, features).
            y: (examples,), the class of each.
            classes: all classes; needed in the first call.

        Returns:
            The classifier itself.

        Raises:
            ValueError: as `fit`; or `classes` is missing in the first call, or differs from it.
        """
        first = not hasattr(self, "network_")
        if first and classes is None:
            raise ValueError("classes must be passed on the first call to partial_fit.")
        given = self.classes_ if classes is None else np.unique(np.asarray(classes))
        known: NDArray[Any] = given if first else self.classes_
        if not np.array_equal(given, known):
            raise ValueError(f"classes {given}: expected those of the first call, {known}")
        rows, named = validate_data(self, X, y, reset=first)
        check_classification_targets(named)
        if not np.isin(named, known).all():
            raise ValueError(f"y has the classes {np.setdiff1d(named, known)}: expected only {known}")
        random = check_random_state(self.random_state) if first else self._progress.random
        config = replace(self._config(random), epochs=1, schedule="constant", patience=None)
        if first:
            (network, progress), history = self._begin(rows, known, config, random), []
        else:
            network, progress, history = self.network_, self._progress, self.history_
        training = _Rows(rows, np.searchsorted(known, named))
        (epoch,) = _train(network, progress, training, None, config)
        network.metadata["training"] = _record(known)
        history.append(replace(epoch, number=len(history) + 1))
        self.classes_, self.network_, self.history_, self._progress = known, network, history, progress
        return self

    def predict_proba(self, X: ArrayLike) -> Array:
        """The probability of each class, (examples, classes), in the order of `classes_`."""
        check_is_fitted(self, "network_")
        rows = validate_data(self, X, dtype=self.network_.dtype, reset=False)
        probabilities: Array = self.network_.predict_proba(rows)
        return probabilities

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """The most probable class of each row, (examples,)."""
        indices = self.predict_proba(X).argmax(axis=1)
        classes: NDArray[Any] = self.classes_[indices]
        return classes

    def _config(self, random: np.random.RandomState) -> TrainingConfig:
        names = ["epochs", "batch_size", "optimizer", "learning_rate", "schedule", "weight_decay", "patience"]
        chosen = {name: getattr(self, name) for name in names}
        return TrainingConfig(**chosen, augment="none", seed=_new_seed(random))

    def _begin(
        self, rows: Array, classes: NDArray[Any], config: TrainingConfig, random: np.random.RandomState
    ) -> tuple[Network, _Progress]:
        """A new network, and the state of its training."""
        hidden = [*self.hidden] if isinstance(self.hidden, Iterable) else [self.hidden]
        names = [self.activation] * len(hidden) if isinstance(self.activation, str) else self.activation
        # NumPy's rules: bytes and float32 fit into single precision, integers of 64 bits do not.
        dtype = np.dtype("float32" if np.result_type(rows, np.float32) == np.float32 else "float64")
        sizes = [rows.shape[1], *hidden, len(classes)]
        network = Network(sizes, [*names, "softmax"], dtype=dtype, seed=_new_seed(random))
        network.metadata = {"about": ABOUT}
        make = OPTIMIZERS[config.optimizer].make
        optimizer = make(network.parameters, config.momentum, config.decay)
        progress = _Progress(*_centre_and_scale(rows, dtype), optimizer, random)
        _absorb(progress.centre, progress.scale, network)
        return network, progress


def _record(classes: NDArray[Any]) -> dict[str, Any]:
    """What the header of the network's file says; it is true of the numbers that it is said of."""
    return {"program": f"mnist_ocr {__version__}", "classes": classes.tolist()}


class _Rows(NamedTuple):
    """Examples as `train` takes them: (examples, features), and the output node of each."""

    images: Array
    labels: NDArray[np.intp]


class _Progress(NamedTuple):
    """What continuing a training needs besides the network."""

    centre: Array
    scale: float
    optimizer: Optimizer
    random: np.random.RandomState


def _train(
    network: Network, progress: _Progress, training: _Rows, validation: _Rows | None, config: TrainingConfig
) -> list[Epoch]:
    """Train a network in place, and report problems as scikit-learn does.

    Raises:
        ValueError: the numbers became infinite in the first epoch. Later, this is a warning, and the network
            is that of the epochs before.
        KeyboardInterrupt: Ctrl-C in the first epoch. Later, this is a warning.
    """
    centre, scale, optimizer, _ = progress

    def standardised(rows: _Rows) -> _Rows:
        images = np.subtract(rows.images, centre, dtype=network.dtype)
        images /= scale
        return _Rows(images, rows.labels)

    learner = network.copy()
    _absorb(-centre / scale, 1 / scale, learner)  # the inverse: now it takes standardised rows
    optimizer.parameters = learner.parameters
    validation = validation and standardised(validation)
    history = train(learner, standardised(training), validation, config, optimizer=optimizer)
    if history.diverged:
        optimizer.state[...] = 0  # else the next steps would be as large
        told = f"{history.diverged}. The steps are too long: try learning_rate={config.peak_rate / 10:g}"
        if history.best is None:
            raise ValueError(told)
        warnings.warn(told, ConvergenceWarning, stacklevel=3)
    if history.interrupted:
        if history.best is None:
            raise KeyboardInterrupt
        warnings.warn("Training interrupted by user.", stacklevel=3)
    _absorb(centre, scale, learner)
    network.parameters = learner.parameters
    return history.epochs


def _absorb(centre: Array, scale: float, network: Network) -> None:
    """Change a network that takes (x - centre) / scale into one that takes x and gives the same answers."""
    first = network.layers[1]
    first.weights /= scale
    first.biases -= first.weights @ centre


def _centre_and_scale(rows: Array, dtype: np.dtype[Any]) -> tuple[Array, float]:
    """The mean of each column, and one scale for all columns: the root mean square of the deviations.

    With one scale, a feature that varies less than the others also stays smaller, as with pixels.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        centre = rows.mean(axis=0, dtype=np.float64).astype(dtype)
        spread = _root_mean_square(np.subtract(rows, centre, dtype=dtype))
        size = _root_mean_square(rows)
    if not math.isfinite(spread + size):
        raise ValueError("X: expected numbers whose squares are finite")
    # If all rows are equal up to rounding, the scale is their size.
    scale = spread if spread > np.finfo(dtype).eps * size else size or 1.0
    return centre, scale * math.sqrt(max(1.0, rows.shape[1] / _UNIT_LENGTH))


def _root_mean_square(rows: Array) -> float:
    squares = np.einsum("ij,ij->", rows, rows, dtype=np.float64, casting="same_kind")
    return math.sqrt(squares / rows.size)


def _new_seed(random: np.random.RandomState) -> int:
    """A seed for the generators of this package."""
    return int(random.randint(np.iinfo(np.int32).max))
