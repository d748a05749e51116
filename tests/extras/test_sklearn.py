"""The classifier is one of scikit-learn's: its own checks say so, and its tools can use it."""

from __future__ import annotations

import pickle
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_digits, load_iris, make_classification
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.model_selection import GridSearchCV, StratifiedKFold, cross_val_score
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import estimator_checks_generator

from mnist_ocr import Network
from mnist_ocr.data import load_mnist
from mnist_ocr.sklearn import DigitClassifier
from mnist_ocr.training import OPTIMIZERS, train
from mnist_ocr.training.optimizers import Momentum

ROOT = Path(__file__).resolve().parent.parent.parent
DIGITS, LABELS = load_digits(return_X_y=True)
FOLDS = StratifiedKFold(3, shuffle=True, random_state=0)
RATE = OPTIMIZERS["nesterov"].learning_rate

CHECKED = [
    DigitClassifier(),
    DigitClassifier((), epochs=50, batch_size=None, optimizer="adam", learning_rate=0.05),
    DigitClassifier((10,), "tanh", epochs=30, batch_size=2, patience=5, validation_fraction=0.2),
]


def checks() -> list[Any]:
    """Every check that scikit-learn has for an estimator like this, none expected to fail.

    `parametrize_with_checks` is the same, but hands pytest a generator, which it takes no longer.
    """
    return [
        pytest.param(*pair, id=f"{number}-{pair[1].func.__name__}")
        for number, classifier in enumerate(CHECKED)
        for pair in estimator_checks_generator(classifier)
    ]


@pytest.mark.parametrize(("estimator", "check"), checks())
def test_scikit_learns_own_checks_pass(estimator: DigitClassifier, check: Callable[[Any], None]) -> None:
    check(estimator)


def test_cross_validation_on_handwritten_digits_of_8_by_8() -> None:
    scores = cross_val_score(DigitClassifier(random_state=0), DIGITS, LABELS, cv=FOLDS)
    assert scores.min() > 0.95
    same = MLPClassifier(
        (128,), solver="sgd", batch_size=50, learning_rate_init=0.1, max_iter=20, random_state=0
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # 20 epochs are few to it
        theirs = cross_val_score(same, DIGITS / 16, LABELS, cv=FOLDS)
    assert scores.mean() > theirs.mean() - 0.01


def test_a_grid_search_over_a_pipeline() -> None:
    pipeline = make_pipeline(StandardScaler(), DigitClassifier(epochs=30, random_state=0))
    grid = {"digitclassifier__hidden": [(), (16,)], "digitclassifier__optimizer": ["adam", "momentum"]}
    search = GridSearchCV(pipeline, grid, cv=FOLDS).fit(*load_iris(return_X_y=True))
    assert len(search.cv_results_["params"]) == 4
    assert search.best_score_ > 0.9
    network = search.best_estimator_["digitclassifier"].network_
    assert network.sizes == [4, *search.best_params_["digitclassifier__hidden"], 3]


def test_calibration_asks_for_probabilities() -> None:
    calibrated = CalibratedClassifierCV(DigitClassifier((32,), epochs=10, random_state=0), cv=FOLDS)
    calibrated.fit(DIGITS[:1200], LABELS[:1200])
    assert calibrated.score(DIGITS[1200:], LABELS[1200:]) > 0.88


def test_clone_copies_the_parameters_as_they_were_given() -> None:
    hidden = [7, 5]
    classifier = DigitClassifier(hidden, ["tanh", "relu"], epochs=2, random_state=3)
    assert classifier.hidden is hidden
    copy = clone(classifier.fit(DIGITS, LABELS))
    assert copy.get_params() == classifier.get_params()
    assert not hasattr(copy, "network_")
    assert classifier.network_.sizes == [64, 7, 5, 10]
    assert classifier.network_.activations == ["tanh", "relu", "softmax"]
    assert copy.set_params(hidden=9, activation="relu").fit(DIGITS, LABELS).network_.sizes == [64, 9, 10]


def test_the_same_random_state_gives_the_same_bits() -> None:
    def bits(random_state: Any) -> bytes:
        classifier = DigitClassifier((8,), epochs=2, random_state=random_state).fit(DIGITS, LABELS)
        return classifier.network_.parameters.tobytes()

    assert bits(1) == bits(1) == bits(np.random.RandomState(1))
    assert bits(1) != bits(2)
    assert bits(None) != bits(None)


def test_the_network_answers_for_the_classifier_from_its_file_too(tmp_path: Path) -> None:
    names = np.array(["null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"])[
        LABELS
    ]
    classifier = DigitClassifier((16,), epochs=5, random_state=0).fit(DIGITS, names)
    classifier.network_.save(tmp_path / "model.json")
    network = Network.load(tmp_path / "model.json")
    assert network.dtype == np.float64
    assert np.array_equal(network.predict_proba(DIGITS), classifier.predict_proba(DIGITS))
    classes = np.array(network.metadata["training"]["classes"])
    assert np.array_equal(classes[network.predict(DIGITS)], classifier.predict(DIGITS))
    assert (classifier.predict(DIGITS) == names).mean() == classifier.score(DIGITS, names) > 0.95
    edge = classifier.network_.layers[2].nodes[3].incoming[2]
    before = classifier.predict_proba(DIGITS)
    edge.weight += 1  # one owner for every number: the classifier says what its network says
    assert not np.allclose(classifier.predict_proba(DIGITS), before)


@pytest.mark.parametrize(
    ("given", "precision"),
    [
        ("uint8", "float32"),
        ("float32", "float32"),
        ("int64", "float64"),
        ("float64", "float64"),
        ("bool", "float32"),
    ],
)
def test_the_precision_is_the_one_that_holds_the_numbers(given: str, precision: str) -> None:
    rows = DIGITS.astype(given)
    classifier = DigitClassifier((16,), epochs=5, random_state=0).fit(rows, LABELS)
    assert classifier.network_.dtype == precision
    assert classifier.score(rows, LABELS) > 0.85
    assert np.array_equal(classifier.predict(rows), classifier.predict(rows.astype(float)))


def test_pixels_of_0_to_255_are_learned_as_those_of_0_to_1() -> None:
    small, large = (
        DigitClassifier((16,), epochs=3, random_state=0).fit(rows, LABELS)
        for rows in (DIGITS, DIGITS * 255 / 16)
    )
    assert large.predict_proba(DIGITS * 255 / 16) == pytest.approx(small.predict_proba(DIGITS), abs=1e-9)


def test_partial_fit_learns_batch_by_batch_through_pickling() -> None:
    classifier = DigitClassifier(batch_size=None, random_state=0)
    whole = DigitClassifier(batch_size=None, random_state=0)
    for start in [*range(0, 1500, 50)] * 2:
        some = slice(start, start + 50)
        whole.partial_fit(DIGITS[some], LABELS[some], range(10))
        # What is remembered between steps goes along, and moves the copy's own network.
        classifier = pickle.loads(pickle.dumps(classifier))  # noqa: S301
        classifier.partial_fit(
            DIGITS[some], LABELS[some], None if hasattr(classifier, "network_") else range(10)
        )
    assert classifier.network_ == whole.network_
    assert classifier.score(DIGITS[1500:], LABELS[1500:]) > 0.85
    assert [epoch.number for epoch in classifier.history_] == list(range(1, 61))
    assert classifier.history_[-1].learning_rate == classifier.history_[0].learning_rate == RATE


def test_partial_fit_goes_on_after_fit() -> None:
    classifier = DigitClassifier((16,), epochs=3, random_state=0).fit(DIGITS[:900], LABELS[:900])
    network, before = classifier.network_, classifier.score(DIGITS, LABELS)
    for _ in range(5):
        classifier.partial_fit(DIGITS[900:], LABELS[900:])
    assert classifier.network_ is network
    assert classifier.score(DIGITS, LABELS) > before
    rates = [epoch.learning_rate for epoch in classifier.history_]
    assert rates[2] == pytest.approx(RATE / 3)  # fit: two of three epochs on the way to 0
    assert rates[3:] == [RATE] * 5


def test_two_calls_of_partial_fit_are_two_epochs_of_fit() -> None:
    # All rows make one step, so their order changes nothing; the second step has the velocity of the first.
    classifier = DigitClassifier((16,), epochs=2, batch_size=None, schedule="constant", random_state=0)
    twice = clone(classifier).partial_fit(DIGITS, LABELS, range(10)).partial_fit(DIGITS, LABELS)
    expected = classifier.fit(DIGITS, LABELS).network_.parameters
    assert twice.network_.parameters == pytest.approx(expected, abs=1e-12)


def test_the_first_call_of_partial_fit_measures_for_all_that_follow() -> None:
    # As above, and the second call brings other rows: about another mean, in another unit. What a network for
    # standardised rows learns from them is worked out here with the centre and scale of the first call.
    centre = DIGITS.mean(axis=0)
    scale = np.sqrt(np.square(DIGITS - centre).mean() * 64 / 50)  # 64 features are as long as 50
    moved = 3 * DIGITS + 5
    classifier = DigitClassifier((16,), batch_size=None, random_state=0).partial_fit(
        DIGITS, LABELS, range(10)
    )
    twin = Network.zeros(classifier.network_.sizes, classifier.network_.activations, dtype="float64")
    twin.parameters = classifier.network_.parameters
    hidden = twin.layers[1]
    hidden.biases += hidden.weights @ centre
    hidden.weights *= scale
    optimizer = Momentum(twin.parameters, nesterov=True, weight_decay=1e-4)
    optimizer.state[...] = classifier._progress.optimizer.state
    twin.forward((moved - centre) / scale)
    twin.backward(np.eye(10)[LABELS])
    optimizer.step(twin.gradients, RATE)
    hidden.weights /= scale
    hidden.biases -= hidden.weights @ centre
    classifier.partial_fit(moved, LABELS)
    assert classifier.network_.parameters == pytest.approx(twin.parameters, abs=1e-9)


@pytest.mark.parametrize("rows", [np.zeros((6, 3)), np.full((6, 3), 0.1), np.full((6, 3), -1e6)])
def test_rows_that_are_all_alike_give_answers_that_are_finite(rows: np.ndarray) -> None:
    classifier = DigitClassifier(epochs=2, random_state=0).fit(rows, [0, 1, 1, 1, 1, 1])
    assert classifier.predict(rows).tolist() == [1] * 6
    assert np.abs(classifier.network_.layers[1].weights).max() < 100


def test_rows_too_large_to_be_squared_are_refused() -> None:
    with pytest.raises(ValueError, match="X: expected numbers whose squares are finite"):
        DigitClassifier().fit(DIGITS * 1e200, LABELS)


def test_rows_are_set_aside_of_each_class_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    aside = []

    def look(network: Network, training: Any, validation: Any, *rest: Any, **named: Any) -> Any:
        aside.extend(validation.labels.tolist())
        return train(network, training, validation, *rest, **named)

    monkeypatch.setattr("mnist_ocr.sklearn.train", look)
    labels = np.repeat([0, 1], [20, 180])
    DigitClassifier((4,), epochs=1, patience=3, random_state=0).fit(DIGITS[:200], labels)
    assert sorted(aside) == [0] * 2 + [1] * 18


def test_a_call_that_goes_wrong_leaves_what_was_learned() -> None:
    classifier = DigitClassifier((16,), random_state=0).partial_fit(DIGITS, LABELS, range(10))
    before = classifier.network_.parameters.copy()
    with pytest.raises(
        ValueError, match=r"no longer finite\. The steps are too long: try learning_rate=1e\+19"
    ):
        classifier.set_params(learning_rate=1e20).partial_fit(DIGITS, LABELS)
    assert np.array_equal(classifier.network_.parameters, before)
    classifier.set_params(learning_rate=None).partial_fit(DIGITS, LABELS)  # of the long steps nothing is left
    assert classifier.score(DIGITS, LABELS) > 0.9


def test_patience_sets_rows_aside_and_stops() -> None:
    classifier = DigitClassifier((16,), epochs=200, patience=4, validation_fraction=0.25, random_state=0)
    classifier.fit(DIGITS, LABELS)
    accuracies = [epoch.validation.accuracy for epoch in classifier.history_]
    assert 4 < len(accuracies) < 200
    assert max(accuracies[:-4]) >= max(accuracies[-4:])
    # 1,797 rows: 450 aside, so that each accuracy is a multiple of 1 / 450.
    assert np.array(accuracies) * 450 == pytest.approx(np.rint(np.array(accuracies) * 450))
    plain = DigitClassifier((16,), epochs=2, random_state=0).fit(DIGITS, LABELS)
    assert np.isnan([epoch.validation.accuracy for epoch in plain.history_]).all()


def test_many_features_are_learned() -> None:
    rows, labels = make_classification(
        200, 1000, n_informative=100, n_redundant=0, n_clusters_per_class=1, class_sep=3, random_state=0
    )
    assert cross_val_score(DigitClassifier(random_state=0), rows, labels, cv=FOLDS).min() > 0.95


def test_one_row_and_one_class_are_enough() -> None:
    assert DigitClassifier(epochs=1).fit([[5.0, 6.0]], ["a"]).predict([[0, 0]]).tolist() == ["a"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"epochs": 2.5}, "epochs 2.5: expected a whole number"),
        ({"epochs": None}, "epochs None: expected a whole number"),
        ({"batch_size": "all"}, "batch_size 'all': expected a whole number"),
        ({"patience": 0}, "patience 0: expected a whole number from 1"),
        ({"optimizer": "lbfgs"}, "optimizer 'lbfgs': expected one of sgd, momentum"),
        ({"hidden": (0,)}, "sizes .*0.*: expected at least two positive whole numbers"),
        ({"activation": "swish"}, "unknown activation 'swish': expected one of relu"),
        ({"activation": ("relu", "tanh")}, "3 activations for 2 layers"),
        ({"patience": 2, "validation_fraction": 1.5}, "test_size"),
        ({"learning_rate": 1e200}, "no longer finite. The steps are too long: try learning_rate=1e\\+199"),
    ],
)
def test_parameters_that_cannot_be_used_are_refused_in_fit(change: dict[str, Any], message: str) -> None:
    classifier = DigitClassifier(**change)
    with pytest.raises(ValueError, match=message):
        classifier.fit(DIGITS, LABELS)
    with pytest.raises(NotFittedError):
        classifier.predict(DIGITS)


@pytest.mark.parametrize(
    ("classes", "labels", "message"),
    [
        (range(9), LABELS, "classes .*: expected those of the first call"),
        (None, LABELS + 5, "y has the classes .10 11 12 13 14.: expected only"),
        (None, np.full(len(LABELS), "three"), "y has the classes"),
    ],
)
def test_classes_that_were_not_announced_are_refused(classes: Any, labels: Any, message: str) -> None:
    classifier = DigitClassifier((4,), random_state=0).partial_fit(DIGITS, LABELS, classes=range(10))
    before = classifier.network_.parameters.copy()
    with pytest.raises(ValueError, match=message):
        classifier.partial_fit(DIGITS, labels, classes)
    assert np.array_equal(classifier.network_.parameters, before)
    with pytest.raises(ValueError, match="classes must be passed on the first call to partial_fit"):
        DigitClassifier().partial_fit(DIGITS, LABELS)


def test_images_in_two_dimensions_are_refused_in_scikit_learns_words() -> None:
    with pytest.raises(ValueError, match="Found array with dim 3"):
        DigitClassifier().fit(DIGITS.reshape(-1, 8, 8), LABELS)


@pytest.mark.parametrize(
    ("trouble", "expected"),
    [
        ("diverged", pytest.warns(ConvergenceWarning, match="try learning_rate=0.01")),
        ("interrupted", pytest.warns(UserWarning, match="Training interrupted by user")),
    ],
)
def test_what_was_learned_before_the_trouble_is_kept(
    trouble: str, expected: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def troubled(network: Network, *data: Any, optimizer: Any) -> Any:
        def on_batch_end(epoch: int, images: int, loss: float) -> None:
            if epoch == 3 and trouble == "interrupted":
                raise KeyboardInterrupt
            if epoch == 3:
                network.parameters[0] = np.inf

        return train(network, *data, optimizer=optimizer, on_batch_end=on_batch_end)

    monkeypatch.setattr("mnist_ocr.sklearn.train", troubled)
    classifier = DigitClassifier((16,), epochs=5, random_state=0)
    with expected:
        classifier.fit(DIGITS, LABELS)
    assert len(classifier.history_) == 2
    assert classifier.score(DIGITS, LABELS) > 0.5
    monkeypatch.undo()
    classifier.partial_fit(DIGITS, LABELS)  # nothing that is not finite was remembered
    assert classifier.score(DIGITS, LABELS) > 0.9


def test_ctrl_c_in_the_first_epoch_stops_a_search_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*data: Any, optimizer: Any) -> Any:
        def on_batch_end(epoch: int, images: int, loss: float) -> None:
            raise KeyboardInterrupt

        return train(*data, optimizer=optimizer, on_batch_end=on_batch_end)

    monkeypatch.setattr("mnist_ocr.sklearn.train", interrupted)
    with pytest.raises(KeyboardInterrupt):
        cross_val_score(DigitClassifier(), DIGITS, LABELS)


def test_real_mnist_is_learned_in_one_epoch_and_read_by_inference(mnist_dir: Path, tmp_path: Path) -> None:
    digits = load_mnist(mnist_dir)
    rows, unseen = (part.images.reshape(len(part), -1) for part in (digits.training, digits.test))
    classifier = DigitClassifier(epochs=1, random_state=0).fit(rows, digits.training.labels.astype(str))
    assert classifier.score(unseen, digits.test.labels.astype(str)) > 0.95

    shown = DigitClassifier(epochs=1, random_state=0).fit(rows / np.float32(255), digits.training.labels)
    shown.network_.save(tmp_path / "model.json")
    command = [sys.executable, "inference.py", "--model", str(tmp_path / "model.json"), "--json"]
    answer = subprocess.run(
        [*command, "--image-path", "git/seven.png"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert '"digit": 7' in answer.stdout


@pytest.mark.parametrize("absent", ["sklearn", "sklearn.utils.validation"])
def test_without_scikit_learn_the_import_says_what_to_install(absent: str) -> None:
    code = f"import sys; sys.modules[{absent!r}] = None; import mnist_ocr.sklearn"
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert found.returncode == 1
    last = found.stderr.strip().splitlines()[-1]
    assert last == "ImportError: mnist_ocr.sklearn needs scikit-learn: pip install 'scikit-learn>=1.6'"
