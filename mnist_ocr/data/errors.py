"""What can be wrong with labelled digits, or with fetching them."""

from __future__ import annotations

from mnist_ocr.errors import InputError


class DataError(InputError):
    """A data set cannot be used; the message names the file, what was expected and what was found."""


class DownloadError(DataError):
    """No mirror had the file; the message says what each of them answered."""


class UnlabelledError(DataError):
    """A table of images does not say which digits they show, such as the test.csv of a competition."""
