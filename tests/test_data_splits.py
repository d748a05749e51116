"""Training, validation and test images: for MNIST, the split never changes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mnist_ocr.data import (
    DataError,
    Dataset,
    LoadedDataset,
    Splits,
    default_validation,
    leaks,
    load_dataset,
    read_part,
    split,
    split_dataset,
)
from tests.test_data_dataset import numbered, numbers


def some(first: int, count: int, source: str) -> Dataset:
    """`count` of the numbered images, from number `first` on."""
    whole = numbered(first + count)
    return Dataset(whole.images[first:], whole.labels[first:], source)


def with_test() -> LoadedDataset:
    return LoadedDataset(some(0, 200, "training"), some(200, 30, "testing"), "two parts", "two")


def without_test() -> LoadedDataset:
    return LoadedDataset(some(0, 200, "all"), None, "one part", "one")


def random() -> np.random.Generator:
    return np.random.default_rng(8)


@pytest.mark.parametrize(
    ("count", "aside"), [(60_000, 5000), (50_000, 5000), (49_990, 4999), (42_000, 4200), (200, 20), (9, 1)]
)
def test_a_tenth_and_at_most_5000(count: int, aside: int) -> None:
    assert default_validation(count) == aside


def test_data_with_a_test_part_is_split_as_by_split_itself() -> None:
    digits, generator, other = with_test(), random(), random()
    found = split_dataset(digits, 0.25, None, generator)
    training, validation = split(digits.training, 50, other)
    assert numbers(found.training) == numbers(training)
    assert numbers(found.validation) == numbers(validation)
    assert found.test is digits.test
    assert generator.random() == other.random()


def test_the_default_is_a_tenth() -> None:
    found = split_dataset(without_test(), None, None, random())
    assert [len(part) for part in found] == [162, 18, 20]
    assert sorted(number for part in found for number in numbers(part)) == list(range(200))
    assert leaks(found, list(found)) is None


@pytest.mark.parametrize(("test", "count"), [(30, 30), (0.5, 100)])
def test_a_test_part_is_split_off_by_count_or_fraction(test: float, count: int) -> None:
    found = split_dataset(without_test(), 10, test, random())
    assert [len(part) for part in found] == [190 - count, 10, count]


def test_the_test_images_do_not_depend_on_other_choices() -> None:
    """Choosing them does not change the generator of the other choices."""
    first, second = (split_dataset(without_test(), aside, 30, random()) for aside in (10, 0.5))
    assert numbers(first.test) == numbers(second.test)
    generator, other = random(), random()
    split_dataset(without_test(), some(500, 5, "given"), 30, generator)
    assert generator.random() == other.random()
    another = split_dataset(without_test(), 10, 30, np.random.default_rng(9))
    assert numbers(another.test) != numbers(first.test)


def test_given_parts_are_used_unchanged() -> None:
    validation, test = some(300, 7, "validation"), some(400, 8, "test")
    for digits in (with_test(), without_test()):
        found = split_dataset(digits, validation, test, random())
        assert found == Splits(digits.training, validation, test)
        assert leaks(found, [validation, test]) is None


@pytest.mark.parametrize(
    ("validation", "test", "complaint"),
    [
        (200, None, "all: cannot set 200 of 180 images aside for validation: expected a fraction"),
        (10, 200, "all: cannot set 200 of 200 images aside for testing: expected a fraction"),
        (0, 10, "cannot set 0 of 190 images aside for validation"),
        (10, 1.5, "cannot set 1.5 of 200 images aside for testing"),
    ],
)
def test_parts_that_leave_nothing_are_refused(validation: float, test: float | None, complaint: str) -> None:
    with pytest.raises(DataError, match=complaint):
        split_dataset(without_test(), validation, test, random())


def test_a_number_of_test_images_is_refused_where_there_are_some() -> None:
    with pytest.raises(
        DataError, match=r"^two parts: cannot set 10 images aside .*: there are 30 test images already"
    ):
        split_dataset(with_test(), 10, 10, random())
    with pytest.raises(DataError, match=r"cannot set a part of 0\.2 aside for testing: there are 30"):
        split_dataset(with_test(), 10, 0.2, random())


def test_shared_images_are_counted_by_part() -> None:
    found = Splits(some(0, 100, "a"), some(90, 20, "b"), some(95, 10, "c"))
    lines = [
        "10 of 20 validation images are also training images",
        "5 of 10 test images are also training images",
        "10 of 10 test images are also validation images",
    ]
    assert leaks(found, [found.validation, found.test]) == "\n".join(lines)
    # What a data set brings along was looked at when it was read: nothing is said twice.
    assert leaks(found, [found.validation]) == f"{lines[0]}\n{lines[2]}"
    assert leaks(found, []) is None


def test_one_part_is_read_from_a_file_and_two_are_refused(idx_folder: Path) -> None:
    whole = load_dataset(str(idx_folder))
    assert whole.test is not None
    part = read_part(idx_folder / "t10k-images-idx3-ubyte.gz").training
    assert np.array_equal(part.images, whole.test.images)
    with pytest.raises(
        DataError, match=r"expected a file or folder with one part, found two, .*: name one of"
    ):
        read_part(idx_folder)
    with pytest.raises(DataError, match="nothing is there"):
        read_part(idx_folder / "nowhere")
