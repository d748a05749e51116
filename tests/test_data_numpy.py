"""NumPy files of digits are read in every usual form, and pickles are never opened."""

from __future__ import annotations

import gzip
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_ocr.data import DataError, load_dataset
from mnist_ocr.data.synthetic import draw_digits

IMAGES, LABELS = draw_digits(30, seed=8)
TEST_IMAGES, TEST_LABELS = draw_digits(12, seed=9)
KERAS = {"x_train": IMAGES, "y_train": LABELS, "x_test": TEST_IMAGES, "y_test": TEST_LABELS}


def test_the_archive_of_keras(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "mnist.npz", **KERAS)
    digits = load_dataset(str(tmp_path / "mnist.npz"))
    assert digits.test is not None
    for part, images, labels in ((digits.training, IMAGES, LABELS), (digits.test, TEST_IMAGES, TEST_LABELS)):
        assert np.array_equal(part.images, images)
        assert np.array_equal(part.labels, labels)
    assert digits.source.startswith("30 + 12 images from")


def test_the_same_arrays_as_files(tmp_path: Path) -> None:
    for name, array in KERAS.items():
        np.save(tmp_path / f"{name}.npy", array)
    digits = load_dataset(str(tmp_path))
    assert digits.test is not None
    assert np.array_equal(digits.test.images, TEST_IMAGES)
    one = load_dataset(str(tmp_path / "x_test.npy"))
    assert np.array_equal(one.training.labels, TEST_LABELS)
    assert one.test is None


FORMS: dict[str, tuple[Any, Any]] = {
    "rows": (IMAGES.reshape(30, 784), LABELS),
    "a channel": (IMAGES[..., np.newaxis], LABELS[:, np.newaxis]),
    "column order": (np.asfortranarray(IMAGES), LABELS),
    "fractions": (IMAGES / 255, LABELS.astype(float)),
    "large integers": (IMAGES.astype(np.int64), LABELS.astype(np.int64)),
    "one-hot": (IMAGES.astype(np.float32), np.eye(10)[LABELS]),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_usual_form_of_the_arrays(tmp_path: Path, form: str) -> None:
    images, labels = FORMS[form]
    np.savez(tmp_path / "digits.npz", images=images, labels=labels)
    found = load_dataset(str(tmp_path / "digits.npz")).training
    assert np.array_equal(found.images, IMAGES)
    assert np.array_equal(found.labels, LABELS)


FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "other names": ({"a": IMAGES, "b": LABELS}, "expected the arrays x_train and y_train or .* found a, b"),
    "another size": (
        {"images": IMAGES[:, :27], "labels": LABELS},
        r"of 28 × 28, .*found the shape \(30, 27, 28\)",
    ),
    "turned axes": (
        {"images": IMAGES.reshape(30, 14, 56), "labels": LABELS},
        r"found the shape \(30, 14, 56\)",
    ),
    "too few labels": ({"images": IMAGES, "labels": LABELS[:-1]}, "found 30 images and 29 labels"),
    "a label of 10": ({"images": IMAGES, "labels": LABELS + np.uint8(1)}, "expected labels from 0 to 9"),
    "half a label": ({"images": IMAGES, "labels": LABELS + 0.5}, "expected labels from 0 to 9"),
    "words": ({"images": IMAGES, "labels": LABELS.astype(str)}, "expected numbers"),
    "NaN": ({"images": np.full((30, 784), np.nan), "labels": LABELS}, "from 0 to 255 .* found nan"),
    "a pixel of 256": ({"images": IMAGES + np.int16(1), "labels": LABELS}, "from 0 to 255 .* found 1 to 256"),
    "two ones": ({"images": IMAGES, "labels": np.ones((30, 10))}, "one-hot rows"),
    "objects": (
        {"images": IMAGES, "labels": LABELS.astype(object)},
        "Python objects, a pickle, which can run any",
    ),
    "no images": ({"images": IMAGES[:0], "labels": LABELS[:0]}, r"found the shape \(0, 28, 28\)"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_faulty_archive_is_refused_by_name(tmp_path: Path, fault: str) -> None:
    arrays, complaint = FAULTS[fault]
    np.savez(tmp_path / "faulty.npz", **arrays)
    with pytest.raises(DataError, match=f"faulty.npz.*{complaint}"):
        load_dataset(str(tmp_path / "faulty.npz"))


@pytest.mark.parametrize("header", [b"(99, 28, 28)", b"(3, 28, 999)", b"(((((((((((", b"(-1, 28, 28)"])
def test_a_header_that_is_not_true_of_the_file_is_refused(tmp_path: Path, header: bytes) -> None:
    np.savez(tmp_path / "good.npz", images=IMAGES, labels=LABELS)
    with zipfile.ZipFile(tmp_path / "good.npz") as good, zipfile.ZipFile(tmp_path / "bad.npz", "w") as bad:
        for name in good.namelist():
            bad.writestr(name, good.read(name).replace(b"(30, 28, 28)", header))
    with pytest.raises(DataError, match=r"bad\.npz.*(damaged|at most|28 × 28)"):
        load_dataset(str(tmp_path / "bad.npz"))


@pytest.mark.parametrize("cut", [10, 200, 3000])
def test_a_damaged_archive_or_array_is_refused(tmp_path: Path, cut: int) -> None:
    np.savez(tmp_path / "digits.npz", images=IMAGES, labels=LABELS)
    np.save(tmp_path / "x_train.npy", IMAGES)
    np.save(tmp_path / "y_train.npy", LABELS)
    for name in ("digits.npz", "x_train.npy"):
        path = tmp_path / name
        path.write_bytes(path.read_bytes()[:cut])
        with pytest.raises(DataError, match=f"{name}.*(damaged|truncated|at most)"):
            load_dataset(str(path))


class Trap:
    """What opens it makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, tuple[Path]]:
        return Path.touch, (self.path,)


KINDS = {
    "mnist.pkl": ("a Python pickle, which can run any program", "pickle.load", "numpy.savez"),
    "mnist.pkl.gz": ("a Python pickle, which can run any program", "gzip.open", "numpy.savez"),
    "digits.mat": ("a MATLAB file", "scipy.io.loadmat", "numpy.savez"),
    "digits.h5": ("an HDF5 file", "h5py.File", "numpy.savez"),
    "training.pt": ("a file of PyTorch", "torch.load", "numpy.savez"),
}


@pytest.mark.parametrize("name", KINDS)
def test_other_kinds_are_named_with_the_lines_that_convert_them(tmp_path: Path, name: str) -> None:
    path, sprung = tmp_path / name, tmp_path / "sprung"
    content = pickle.dumps(Trap(sprung))
    if name.endswith(".gz"):
        content = gzip.compress(content)
    elif name.endswith(".mat"):
        content = b"MATLAB 5.0 MAT-file, Platform: PCWIN" + bytes(100)
    elif name.endswith(".h5"):
        content = b"\x89HDF\r\n\x1a\n" + bytes(100)
    if name.endswith(".pt"):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("training/data.pkl", content)
    else:
        path.write_bytes(content)
    with pytest.raises(DataError) as refusal:
        load_dataset(str(path))
    first, *lines = str(refusal.value).splitlines()
    kind, reads, writes = KINDS[name]
    assert kind in first
    assert [reads in lines[0], writes in lines[1], len(lines)] == [True, True, 2]
    assert not sprung.exists()
