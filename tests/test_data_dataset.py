"""Images and labels of a data set match; a split loses no image, and no copy is on both sides."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnist_ocr.data import DataError, Dataset, load_mnist, overlap, split


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


def with_copies(counts: list[int]) -> Dataset:
    """Image number 0 `counts[0]` times, then number 1 …; the labels of the copies differ."""
    numbers_of_images = np.repeat(np.arange(len(counts)), counts)
    images = numbered(len(counts)).images[numbers_of_images]
    return Dataset(images, (np.arange(len(images)) % 10).astype(np.uint8), "copies")


@given(
    counts=st.lists(st.integers(1, 4), min_size=2, max_size=60),
    seed=st.integers(0, 2**32),
    data=st.data(),
)
def test_copies_of_an_image_stay_together(counts: list[int], seed: int, data: st.DataObject) -> None:
    dataset = with_copies(counts)
    aside = data.draw(st.integers(max(counts), len(dataset) - 1))
    train, validation = split(dataset, aside, np.random.default_rng(seed))
    assert not set(numbers(train)) & set(numbers(validation))
    assert Counter(numbers(train) + numbers(validation)) == dict(enumerate(counts))
    # Any group of copies that was left would have been too many: fewer are missing than the smallest holds.
    assert aside - min(Counter(numbers(train)).values()) < len(validation) <= aside
    assert overlap(train, validation) == 0
    whole = Counter(zip(numbers(dataset), dataset.labels.tolist(), strict=True))
    for part in (train, validation):
        whole -= Counter(zip(numbers(part), part.labels.tolist(), strict=True))
    assert not whole


def test_single_images_fill_the_split_up_to_the_count() -> None:
    for seed in range(20):
        train, validation = split(with_copies([3] * 10 + [1] * 20), 25, np.random.default_rng(seed))
        assert (len(train), len(validation)) == (25, 25)


def test_without_copies_the_shuffled_images_are_cut_in_two() -> None:
    """The shipped networks were made with this split: the first of one permutation are set aside."""
    generator, other = np.random.default_rng(6), np.random.default_rng(6)
    train, validation = split(numbered(300), 40, generator)
    order = other.permutation(300).tolist()
    assert (numbers(validation), numbers(train)) == (order[:40], order[40:])
    assert generator.random() == other.random()


def test_the_split_of_mnist(mnist_dir: Path) -> None:
    mnist = load_mnist(mnist_dir).training
    train, validation = split(mnist, 5000, np.random.default_rng(0))
    order = np.random.default_rng(0).permutation(60_000)
    assert np.array_equal(validation.images, mnist.images[order[:5000]])
    assert np.array_equal(train.labels, mnist.labels[order[5000:]])


def test_copies_that_cannot_be_parted_are_refused() -> None:
    with pytest.raises(
        DataError, match=r"^copies: cannot set 2 of 6 images aside for testing: only 2 of them"
    ):
        split(with_copies([3, 3]), 2, np.random.default_rng(0), "testing")


def test_overlap_counts_the_images_of_the_second() -> None:
    first, second = with_copies([1, 2, 1, 1]), with_copies([2, 3])
    assert overlap(first, second) == 5
    assert overlap(second, first) == 3
    shifted = Dataset(first.images ^ 1, first.labels, "others")
    assert overlap(first, shifted) == 0
    every_other = Dataset(np.repeat(second.images, 2, axis=0)[::2], second.labels, "not in one piece")
    assert overlap(first, every_other) == 5
