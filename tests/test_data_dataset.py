"""A data set holds what belongs together; a split neither loses an image nor shows it to both sides."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnist_ocr.data import DataError, Dataset, split


def numbered(count: int) -> Dataset:
    """Images that carry their own number in the first two pixels, so that each can be recognised."""
    images = np.zeros((count, 28, 28), np.uint8)
    images[:, 0, 0], images[:, 0, 1] = np.divmod(np.arange(count), 256)
    return Dataset(images, (np.arange(count) % 10).astype(np.uint8), "numbered images")


def numbers(dataset: Dataset) -> list[int]:
    return [int(image[0, 0]) * 256 + int(image[0, 1]) for image in dataset.images]


def test_length_and_repr() -> None:
    assert len(numbered(1200)) == 1200
    assert repr(numbered(1200)) == "Dataset(1,200 images of 28 × 28 from numbered images)"


def test_arrays_are_locked_but_the_callers_are_not() -> None:
    images = np.zeros((1, 28, 28), np.uint8)
    dataset = Dataset(images, np.zeros(1, np.uint8), "one")
    with pytest.raises(ValueError, match="read-only"):
        dataset.images[0, 0, 0] = 1
    images[0, 0, 0] = 1


@pytest.mark.parametrize(
    ("images", "labels", "complaint"),
    [
        (np.zeros((2, 28, 27), np.uint8), np.zeros(2, np.uint8), r"images of shape \(count, 28, 28\)"),
        (np.zeros((2, 28, 28), np.float32), np.zeros(2, np.uint8), "type uint8, found .* float32"),
        (np.zeros((2, 28, 28), np.uint8), np.zeros((2, 1), np.uint8), r"labels of shape \(count,\)"),
        (np.zeros((2, 28, 28), np.uint8), np.zeros(2, np.int64), "type uint8, found .* int64"),
        (np.zeros((2, 28, 28), np.uint8), np.zeros(3, np.uint8), "found 2 images and 3 labels"),
        (np.zeros((0, 28, 28), np.uint8), np.zeros(0, np.uint8), "at least one image"),
        (np.zeros((2, 28, 28), np.uint8), np.array([9, 10], np.uint8), "0 to 9, found label 10 at image 1"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(
    images: npt.NDArray[np.uint8], labels: npt.NDArray[np.uint8], complaint: str
) -> None:
    with pytest.raises(DataError, match=f"^broken: expected .*{complaint}"):
        Dataset(images, labels, "broken")


@given(count=st.integers(2, 600), seed=st.integers(0, 2**32), data=st.data())
def test_every_image_lands_on_exactly_one_side(count: int, seed: int, data: st.DataObject) -> None:
    aside = data.draw(st.integers(1, count - 1))
    train, validation = split(numbered(count), aside, np.random.default_rng(seed))
    assert len(validation) == aside
    assert sorted(numbers(train) + numbers(validation)) == list(range(count))
    for part in (train, validation):
        assert part.labels.tolist() == [number % 10 for number in numbers(part)]


def test_a_fraction_is_a_count() -> None:
    dataset = numbered(500)
    by_fraction = split(dataset, 0.1, np.random.default_rng(3))[1]
    by_count = split(dataset, 50, np.random.default_rng(3))[1]
    assert numbers(by_fraction) == numbers(by_count)
    assert numbers(by_count) != numbers(split(dataset, 50, np.random.default_rng(4))[1])
    assert numbers(by_count) != sorted(numbers(by_count))


@pytest.mark.parametrize(
    "validation", [0, -1, 10, 11, 0.0, 0.01, 0.99, 1.0, -0.5, float("nan"), float("inf")]
)
def test_a_split_with_an_empty_side_is_refused(validation: float) -> None:
    with pytest.raises(DataError, match="of 10 images aside"):
        split(numbered(10), validation, np.random.default_rng(0))
