"""The classifier: parameters in, a network and its answers out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from mnist_ocr.graph.checks import Array
from mnist_ocr.sklearn.learning import begin, learn, new_seed
from mnist_ocr.training import TrainingConfig
from mnist_ocr.training.table import Table


class DigitClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # untyped, or not installed
    """A feed-forward network of nodes and edges that learns classes from rows of numbers.

    X is taken as it is: pixels of 0..255 are learned as well as those of 0..1, because the training measures
    where the numbers lie and how far they spread, all features together. Where features are of different
    kinds (metres beside years), put a `StandardScaler` in front. Images of shape (n, 28, 28) have to be rows:
    `images.reshape(len(images), -1)`. Bytes and float32 are computed in single precision, which is twice as
    fast; 64-bit numbers in double.

    A file that `network_.save` writes after learning MNIST's pixels as numbers of 0..1 is also a model for
    `inference.py --model`.

    Args:
        hidden: the number of nodes of each hidden layer; () for a network without.
        activation: of the hidden layers, one name for all or one for each; see
            `mnist_ocr.graph.ACTIVATIONS`.
        epochs: how often every row is seen.
        batch_size: rows per step; None for all of them.
        optimizer: a key of `mnist_ocr.training.OPTIMIZERS`.
        learning_rate: the longest that the schedule gives; None for the optimizer's usual one.
        schedule: how the learning rate changes: a key of `mnist_ocr.training.SCHEDULES`. `partial_fit`
            cannot know how long it will go on, and keeps the learning rate as it is.
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
        aside = None
        if self.patience is not None:
            rows, aside, labels, aside_labels = train_test_split(
                rows, labels, test_size=self.validation_fraction, stratify=labels, random_state=random
            )
        table = Table.of(rows, labels)
        network, progress = begin(table, classes, *self._layers(), config, random)
        validation = None if aside is None else replace(table, rows=aside, labels=aside_labels)
        epochs = learn(network, progress, table, validation, config)
        self.classes_, self.network_, self.history_, self._progress = classes, network, epochs, progress
        return self

    def partial_fit(
        self,
        X: ArrayLike,
        y: ArrayLike,
        classes: ArrayLike | None = None,
    ) -> DigitClassifier:
        """See some rows once, and go on from what was learned before, by `fit` or by earlier calls.

        The first call measures the numbers for all that follow: it should bring more than a few rows.

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
        known = self._all_classes(classes)
        rows, named = validate_data(self, X, y, reset=first)
        check_classification_targets(named)
        if not np.isin(named, known).all():
            raise ValueError(f"y has the classes {np.setdiff1d(named, known)}: expected only {known}")
        labels = np.searchsorted(known, named).astype(np.intp, copy=False)
        random = check_random_state(self.random_state) if first else self._progress.random
        config = replace(self._config(random), epochs=1, schedule="constant", patience=None)
        if first:
            table = Table.of(rows, labels)
            network, progress = begin(table, known, *self._layers(), config, random)
        else:
            network, progress = self.network_, self._progress
            table = Table(rows, labels, progress.centre, progress.scale)
        (epoch,) = learn(network, progress, table, None, config)
        if first:
            self.classes_, self.network_, self.history_, self._progress = known, network, [], progress
        self.history_.append(replace(epoch, number=len(self.history_) + 1))
        return self

    def predict_proba(self, X: ArrayLike) -> Array:
        """How probable each class is, (examples, classes), in the order of `classes_`."""
        check_is_fitted(self, "network_")
        rows = validate_data(self, X, dtype=self.network_.dtype, reset=False)
        probabilities: Array = self.network_.predict_proba(rows)
        return probabilities

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """The most probable class of each row, (examples,)."""
        places = self.predict_proba(X).argmax(axis=1)
        classes: NDArray[Any] = self.classes_[places]
        return classes

    def _all_classes(self, classes: ArrayLike | None) -> NDArray[Any]:
        """The classes of the first call, which later ones may repeat or leave out."""
        given = None if classes is None else np.unique(np.asarray(classes))
        known: NDArray[Any] | None = getattr(self, "classes_", given)
        if known is None:
            raise ValueError("classes must be passed on the first call to partial_fit.")
        if given is not None and not np.array_equal(given, known):
            raise ValueError(f"classes {given}: expected those of the first call, {known}")
        return known

    def _layers(self) -> tuple[list[int], list[str]]:
        """The size and the activation of each hidden layer."""
        hidden = list(self.hidden) if isinstance(self.hidden, Iterable) else [self.hidden]
        names = [self.activation] * len(hidden) if isinstance(self.activation, str) else list(self.activation)
        return hidden, names

    def _config(self, random: np.random.RandomState) -> TrainingConfig:
        for name in ("epochs", "batch_size", "patience"):
            value = getattr(self, name)
            if not isinstance(value, Integral) and (name == "epochs" or value is not None):
                raise ValueError(f"{name} {value!r}: expected a whole number")
        return TrainingConfig(
            epochs=self.epochs,
            batch_size=self.batch_size,
            optimizer=self.optimizer,
            learning_rate=self.learning_rate,
            schedule=self.schedule,
            weight_decay=self.weight_decay,
            patience=self.patience,
            augment="none",
            seed=new_seed(random),
        )
