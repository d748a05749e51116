"""Data sets with dark ink or transposed digits are turned, and it is said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mnist_ocr.data import load_dataset
from mnist_ocr.data.synthetic import draw_digits
from tests.idx_files import idx_bytes

IMAGES, LABELS = draw_digits(200, seed=31)
ASYMMETRIC = np.isin(LABELS, (2, 3, 4, 5, 6, 7, 9))


def write(folder: Path, images: np.ndarray, form: str) -> Path:
    """The digits as a CSV table, a pair of IDX files or an archive of NumPy."""
    if form == "csv":
        rows = [
            ",".join(map(str, [label, *image.ravel()])) for label, image in zip(LABELS, images, strict=True)
        ]
        (folder / "digits.csv").write_text("\n".join(rows))
        return folder / "digits.csv"
    if form == "npz":
        np.savez(folder / "digits.npz", images=images, labels=LABELS)
        return folder / "digits.npz"
    (folder / "a-images-idx3-ubyte").write_bytes(idx_bytes(images))
    (folder / "a-labels-idx1-ubyte").write_bytes(idx_bytes(LABELS))
    return folder / "a-images-idx3-ubyte"


@pytest.mark.parametrize("form", ["csv", "idx", "npz"])
def test_dark_ink_on_a_light_ground_is_inverted_and_said(tmp_path: Path, form: str) -> None:
    path = write(tmp_path, 255 - IMAGES, form)
    digits = load_dataset(str(path))
    assert np.array_equal(digits.training.images, IMAGES)
    assert digits.notice == f"{path.name}: dark ink on a light ground, so all images were inverted"


@pytest.mark.parametrize("dark", [False, True])
def test_transposed_digits_are_turned_back_and_said(tmp_path: Path, dark: bool) -> None:
    turned = np.ascontiguousarray(IMAGES.transpose(0, 2, 1))
    path = write(tmp_path, 255 - turned if dark else turned, "idx")
    digits = load_dataset(str(path))
    assert np.array_equal(digits.training.images, IMAGES)
    assert "the digits were transposed, as those of EMNIST are" in (digits.notice or "")
    assert ("inverted" in (digits.notice or "")) == dark


def test_whoever_says_whether_digits_are_transposed_is_believed(tmp_path: Path) -> None:
    turned = np.ascontiguousarray(IMAGES.transpose(0, 2, 1))
    path = str(write(tmp_path, turned, "idx"))
    kept = load_dataset(path, transpose="no")
    assert np.array_equal(kept.training.images, turned)
    assert kept.notice is None
    asked = load_dataset(str(write(tmp_path, IMAGES, "idx")), transpose="yes")
    assert np.array_equal(asked.training.images, turned)
    assert "as asked" in (asked.notice or "")


def test_digits_as_they_should_be_are_left_as_they_are(tmp_path: Path) -> None:
    digits = load_dataset(str(write(tmp_path, IMAGES, "idx")))
    assert np.array_equal(digits.training.images, IMAGES)
    assert digits.notice is None


def test_images_that_nobody_can_read_are_left_as_they_are(tmp_path: Path) -> None:
    """Such as those of Fashion-MNIST, which have ten classes, too."""
    noise = np.random.default_rng(3).integers(0, 2, IMAGES.shape, np.uint8) * IMAGES.max()
    noise[:, [0, -1]] = noise[:, :, [0, -1]] = 0
    digits = load_dataset(str(write(tmp_path, noise, "idx")))
    assert np.array_equal(digits.training.images, noise)
    assert digits.notice is None


@pytest.mark.parametrize(("count", "turned_back"), [(9, False), (10, True)])
def test_a_few_images_say_too_little(tmp_path: Path, count: int, *, turned_back: bool) -> None:
    some = np.flatnonzero(ASYMMETRIC)[:count]
    np.savez(tmp_path / "few.npz", images=IMAGES[some].transpose(0, 2, 1), labels=LABELS[some])
    digits = load_dataset(str(tmp_path / "few.npz"))
    assert ("were exchanged" in (digits.notice or "")) == turned_back
