"""The network as an estimator of scikit-learn, for its pipelines, grid searches and cross-validation.

    >>> from mnist_ocr.sklearn import DigitClassifier
    >>> classifier = DigitClassifier(hidden=(64,), random_state=0).fit(X, y)
    >>> classifier.predict_proba(X_new)
    >>> classifier.network_.layers[1].nodes[17].incoming[406].weight
    >>> classifier.network_.save("model.json")

It learns any rows of numbers, not only pictures of digits. The usual learning rates are those for pixels of
0..1; other numbers lie around other places and have other units. So a network learns from standardised rows,
(x - centre) / scale, and the first layer then takes up both, so that `network_` takes X itself:

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
"""How to read a file that the network is saved in."""

_UNIT_LENGTH = 50
"""Features: with more of them, rows are scaled to be as long as rows of 50 that deviate by 1.

The squared length of a picture of MNIST, less the mean picture, is 52.7; with longer rows the usual learning
rates are too high. 784-128-10 read 97.7 % of its validation images after five epochs of pixels that deviate
by 1, and 98.4 % with rows of this length.
"""


class DigitClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # untyped, or not installed
    """A feed-forward network of nodes and edges that learns classes from rows of numbers.

    X is taken as it is, pixels of 0..255 as well as those of 0..1: the rows are standardised inside, all
    features together. Where features are of different kinds (metres beside years), put a `StandardScaler` in
    front. Images of shape (n, 28, 28) have to be rows: `images.reshape(len(images), -1)`. Bytes and float32
    are computed in single precision, which is twice as fast; 64-bit numbers in double.

    A file that `network_.save` writes after learning MNIST's pixels as numbers of 0..1 is also a model for
    `inference.py --model`.

    Args:
        hidden: the number of nodes of each hidden layer; () for a network without.
        activation: of the hidden layers, one of `mnist_ocr.graph.ACTIVATIONS` for all or one for each.
        epochs: how often every row is seen.
        batch_size: rows per step; None for all of them.
        optimizer: one of `mnist_ocr.training.OPTIMIZERS`.
        learning_rate: the highest that the schedule gives; None for the optimizer's usual one.
        schedule: how the learning rate changes, one of `mnist_ocr.training.SCHEDULES`. `partial_fit` cannot
            know how long it will go on, and keeps the learning rate as it is.
        weight_decay: how much each step takes off the weights, as a part of the learning rate.
        patience: stop when this many epochs in a row read no more validation rows than the best before them,
            and keep that one. None sets no rows aside, and keeps the last epoch.
        validation_fraction: this part of the rows is set aside for `patience`, of each class alike.
        random_state: decides the first weights, the order of the rows and which are set aside; the same
            number gives the same network, bit for bit.

    Attributes:
        network_: the `Network`, with an input for each feature and an output node for each class.
        history_: the epochs of `fit`, and one for each call of `partial_fit`; see `mnist_ocr.training.Epoch`.
        classes_: (classes,), sorted.
        n_features_in_: the number of columns of X.
        feature_names_in_: their names, where X had names that are text.
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
        """Learn from scratch; Ctrl-C ends it with what was learned in the epochs until then.

        Args:
            X: (examples, features).
            y: (examples,), the class of each, numbers or text.

        Returns:
            The classifier itself.

        Raises:
            ValueError: X, y or a parameter cannot be used, or the numbers stopped being finite at once.
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
        self.classes_, self.network_, self.history_, self._progress = classes, network, epochs, progress
        return self

    def partial_fit(self, X: ArrayLike, y: ArrayLike, classes: ArrayLike | None = None) -> DigitClassifier:
        """See some rows once, and go on from what was learned before, by `fit` or by earlier calls.

        The first call measures centre and scale for all that follow: it should bring more than a few rows.

        Args:
            X: (examples, features).
            y: (examples,), the class of each.
            classes: all that there will ever be; needed in the first call.

        Returns:
            The classifier itself.

        Raises:
            ValueError: as `fit`; or there are no classes yet, or others than before.
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
        """A network that has not learned yet, and what its training needs."""
        hidden = [*self.hidden] if isinstance(self.hidden, Iterable) else [self.hidden]
        names = [self.activation] * len(hidden) if isinstance(self.activation, str) else self.activation
        # As NumPy promotes: bytes and float32 stay in single precision, whole numbers of 64 bits cannot.
        dtype = np.dtype("float32" if np.result_type(rows, np.float32) == np.float32 else "float64")
        sizes = [rows.shape[1], *hidden, len(classes)]
        network = Network(sizes, [*names, "softmax"], dtype=dtype, seed=_new_seed(random))
        network.metadata = {
            "about": ABOUT,
            "training": {"program": f"mnist_ocr {__version__}", "classes": classes.tolist()},
        }
        make = OPTIMIZERS[config.optimizer].make
        optimizer = make(network.parameters, config.momentum, config.weight_decay)
        progress = _Progress(*_centre_and_scale(rows, dtype), optimizer, random)
        _take_up(progress.centre, progress.scale, network)
        return network, progress


class _Rows(NamedTuple):
    """Examples as `train` takes them: (examples, features), and the output node of each."""

    images: Array
    labels: NDArray[np.intp]


class _Progress(NamedTuple):
    """What training goes on with, besides the network."""

    centre: Array
    scale: float
    optimizer: Optimizer
    random: np.random.RandomState


def _train(
    network: Network, progress: _Progress, training: _Rows, validation: _Rows | None, config: TrainingConfig
) -> list[Epoch]:
    """Train a network in place, and report trouble in the way that scikit-learn does.

    Raises:
        ValueError: the numbers stopped being finite in the first epoch. Later, it is a warning, and the
            epochs before are kept.
        KeyboardInterrupt: in the first epoch; later, it is a warning.
    """
    centre, scale, optimizer, _ = progress

    def standardised(rows: _Rows) -> _Rows:
        images = np.subtract(rows.images, centre, dtype=network.dtype)
        images /= scale
        return _Rows(images, rows.labels)

    learner = network.copy()
    _take_up(-centre / scale, 1 / scale, learner)  # the inverse: from now on for standardised rows
    optimizer.parameters = learner.parameters
    validation = validation and standardised(validation)
    history = train(learner, standardised(training), validation, config, optimizer=optimizer)
    if history.diverged:
        optimizer.state[...] = 0  # such steps would spoil the next ones
        told = f"{history.diverged}. The steps are too long: try learning_rate={config.peak_rate / 10:g}"
        if history.best is None:
            raise ValueError(told)
        warnings.warn(told, ConvergenceWarning, stacklevel=3)
    if history.interrupted:
        if history.best is None:
            raise KeyboardInterrupt
        warnings.warn("Training interrupted by user.", stacklevel=3)
    _take_up(centre, scale, learner)
    network.parameters = learner.parameters
    return history.epochs


def _take_up(centre: Array, scale: float, network: Network) -> None:
    """Make a network for (x - centre) / scale one that gives the same answers to x."""
    first = network.layers[1]
    first.weights /= scale
    first.biases -= first.weights @ centre


def _centre_and_scale(rows: Array, dtype: np.dtype[Any]) -> tuple[Array, float]:
    """The mean of each column, and one scale for all columns: the root mean square of what differs from it.

    One scale, as 255 is one for all pixels: a feature that varies little beside the others stays small.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        centre = rows.mean(axis=0, dtype=np.float64).astype(dtype)
        spread = _root_mean_square(np.subtract(rows, centre, dtype=dtype))
        size = _root_mean_square(rows)
    if not math.isfinite(spread + size):
        raise ValueError("X: expected numbers whose squares are finite")
    # Rows that are all alike differ by rounding at most; then their size is their scale.
    scale = spread if spread > np.finfo(dtype).eps * size else size or 1.0
    return centre, scale * math.sqrt(max(1.0, rows.shape[1] / _UNIT_LENGTH))


def _root_mean_square(rows: Array) -> float:
    squares = np.einsum("ij,ij->", rows, rows, dtype=np.float64, casting="same_kind")
    return math.sqrt(squares / rows.size)


def _new_seed(random: np.random.RandomState) -> int:
    """A seed for the project's own generators."""
    return int(random.randint(np.iinfo(np.int32).max))
