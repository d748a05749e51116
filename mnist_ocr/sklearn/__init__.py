"""The network as an estimator of scikit-learn, for its pipelines, grid searches and cross-validation.

    >>> from mnist_ocr.sklearn import DigitClassifier
    >>> classifier = DigitClassifier(hidden=(64,), random_state=0).fit(X, y)
    >>> classifier.predict_proba(X_new)
    >>> classifier.network_.layers[1].nodes[17].incoming[406].weight
    >>> classifier.network_.save("model.json")

It learns whatever a table can hold, with the training of `mnist_ocr.training`; digits are only what its
learning rates were found on. `network_` takes the very numbers of X and is all that answers.
"""

try:
    from mnist_ocr.sklearn.classifier import DigitClassifier
except ImportError as error:
    if (error.name or "").partition(".")[0] != "sklearn":
        raise
    raise ImportError("mnist_ocr.sklearn needs scikit-learn: pip install 'scikit-learn>=1.6'") from error

__all__ = ["DigitClassifier"]
