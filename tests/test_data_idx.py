"""Reading IDX: the correct array, or a DataError that names the fault."""

from __future__ import annotations

import gzip
import hashlib
import re
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mnist_ocr.data import load_dataset, read_part
from mnist_ocr.data.dataset import DataError
from mnist_ocr.data.idx import (
    IMAGES,
    LABELS,
    TEST_IMAGES,
    TEST_LABELS,
    TRAIN_IMAGES,
    TRAIN_LABELS,
    read_idx,
)
from tests.idx_files import ARRAYS, idx_bytes

DIGITS = np.random.default_rng(7).integers(0, 256, (5, 28, 28), dtype=np.uint8)
PLAIN = idx_bytes(DIGITS)
PACKED = gzip.compress(PLAIN, mtime=0)
HEADER = 16


def with_byte(content: bytes, at: int, value: int) -> bytes:
    return content[:at] + bytes([value]) + content[at + 1 :]


@pytest.mark.parametrize("content", [PLAIN, PACKED], ids=["plain", "gzip"])
@pytest.mark.parametrize("name", ["digits", "digits.gz"])
def test_content_decides_whether_a_file_is_unpacked_not_its_name(
    tmp_path: Path, content: bytes, name: str
) -> None:
    (tmp_path / name).write_bytes(content)
    found = read_idx(tmp_path / name, IMAGES, sha256=hashlib.sha256(PLAIN).hexdigest())
    assert np.array_equal(found, DIGITS)
    assert found.dtype == np.uint8
    with pytest.raises(DataError, match="not the official MNIST file"):
        read_idx(tmp_path / name, IMAGES, sha256=hashlib.sha256(PACKED).hexdigest())


def test_the_array_is_read_only() -> None:
    with pytest.raises(ValueError, match="read-only"):
        read_idx(PLAIN, IMAGES, "digits")[0, 0, 0] = 1


def test_labels() -> None:
    labels = np.array([3, 1, 4], np.uint8)
    assert read_idx(idx_bytes(labels), LABELS, "labels").tolist() == [3, 1, 4]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "expected an IDX file, found an empty file"),
        (b"\0\0\x08", "two zero bytes, found"),
        (b"PK\x03\x04 a zip archive", "two zero bytes, found b'PK"),
        (b"\n<!DOCTYPE html><html>not here</html>", "found a web page"),
        (with_byte(PLAIN, 2, 0x0D), r"type 8 \(unsigned bytes\), found type 13"),
        (with_byte(PLAIN, 3, 1), "expected images of 28 × 28, found 5 labels"),
        (with_byte(PLAIN, 3, 255), "found an array of 255 dimensions"),
        (with_byte(PLAIN, 3, 4), "found an array of 4 dimensions"),
        (with_byte(PLAIN, 11, 27), "expected images of 28 × 28, found 5 images of 27 × 28"),
        (with_byte(PLAIN, 15, 29), "expected images of 28 × 28, found 5 images of 28 × 29"),
        (PLAIN[:10], "truncated: the header"),
        (PLAIN[:-1], "truncated: the header promises 3,920 bytes of numbers, the file holds at most 3,919"),
        (PLAIN + b"\0", "expected to end after 3,920 bytes of numbers, found more"),
        (with_byte(PLAIN, 4, 0x7F), "promises 1,670,473,846,608 bytes; the limit is 1,073,741,824"),
        (PACKED[:-12], "truncated: the gzip data ends too early"),
        (PACKED[:3], "truncated: the gzip data ends too early"),
        (PACKED + b"more", "damaged gzip data: Not a gzipped file"),
        (with_byte(PACKED, len(PACKED) - 8, PACKED[-8] ^ 1), "damaged gzip data: CRC check failed"),
        (gzip.compress(PLAIN[:-1]), "truncated: expected 3,920 bytes of numbers, found 3,919"),
        (gzip.compress(PLAIN + b"\0"), "expected to end after 3,920 bytes of numbers, found more"),
        (gzip.compress(PLAIN[:9]), "truncated: the header"),
        (gzip.compress(b""), "two zero bytes, found b''"),
    ],
)
def test_a_broken_file_is_refused_by_name(tmp_path: Path, content: bytes, complaint: str) -> None:
    path = tmp_path / "broken"
    path.write_bytes(content)
    with pytest.raises(DataError, match=f"^{re.escape(str(path))}: .*{complaint}"):
        read_idx(path, IMAGES)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="found nothing of that name"):
        read_idx(tmp_path / "nowhere", IMAGES)
    with pytest.raises(DataError, match="found a folder"):
        read_idx(tmp_path, IMAGES)


def test_swapped_labels_and_images_are_told_apart() -> None:
    with pytest.raises(DataError, match="expected labels, found 5 images of 28 × 28"):
        read_idx(PLAIN, LABELS, "digits")


def peak_bytes(content: bytes) -> int:
    tracemalloc.start()
    try:
        read_idx(content, IMAGES, "digits")
    except DataError:
        pass
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return peak


def test_images_cost_their_own_size_in_memory() -> None:
    images = np.zeros((20_000, 28, 28), np.uint8)
    assert images.nbytes <= peak_bytes(gzip.compress(idx_bytes(images))) < images.nbytes + 4_000_000


def test_a_gzip_bomb_is_not_unpacked() -> None:
    bomb = gzip.compress(PLAIN + bytes(100_000_000), compresslevel=1)
    assert peak_bytes(bomb) < 4_000_000


def test_a_small_archive_cannot_make_us_take_much_memory() -> None:
    promise = b"\0\0\x08\x03" + (1_000_000).to_bytes(4, "big") + b"\0\0\0\x1c\0\0\0\x1c"
    assert peak_bytes(gzip.compress(promise)) < 1_000_000


@given(st.binary(max_size=200))
def test_random_bytes_are_refused(content: bytes) -> None:
    with pytest.raises(DataError):
        read_idx(content, IMAGES, "random")


@given(data=st.data(), packed=st.booleans())
def test_a_mutated_file_gives_its_own_numbers_or_a_refusal(data: st.DataObject, packed: bool) -> None:
    content = bytearray(PACKED if packed else PLAIN)
    edge = st.integers(0, 40) | st.integers(0, len(content) - 1)
    for at, value in data.draw(st.lists(st.tuples(edge, st.integers(0, 255)), max_size=4)):
        content[at] = value
    content = content[: data.draw(st.sampled_from([len(content), len(content) - 1]) | edge)]
    try:
        values = read_idx(bytes(content), IMAGES, "mutated")
    except DataError:
        return
    # What was accepted is what the bytes say; behind gzip's checksum that can only be the original.
    expected = DIGITS.tobytes() if packed else bytes(content[HEADER:])
    assert values.tobytes() == expected
    assert values.shape[1:] == (28, 28)


@pytest.mark.parametrize(
    ("images", "labels"), [(TRAIN_IMAGES, TRAIN_LABELS), (TEST_IMAGES, TEST_LABELS)], ids=["train", "test"]
)
def test_one_file_of_images_finds_its_labels(idx_folder: Path, images: str, labels: str) -> None:
    path = idx_folder / f"{images}.gz"
    digits = load_dataset(str(path))
    assert np.array_equal(digits.training.images, ARRAYS[images])
    assert np.array_equal(digits.training.labels, ARRAYS[labels])
    assert digits.test is None
    assert digits.source == f"{len(ARRAYS[labels])} images from {path} (IDX with {labels}.gz)"
    assert digits.name == f"{images}.gz"


def test_the_labels_may_be_packed_or_not_and_begin_with_another_word(idx_folder: Path) -> None:
    (idx_folder / f"{TEST_IMAGES}.gz").rename(idx_folder / "emnist-digits-test-images.idx3-ubyte")
    (idx_folder / f"{TEST_LABELS}.gz").rename(idx_folder / "emnist-digits-test-labels-idx1-ubyte.gz")
    found = read_part(idx_folder / "emnist-digits-test-images.idx3-ubyte").training
    assert np.array_equal(found.labels, ARRAYS[TEST_LABELS])


def test_images_without_labels_and_labels_without_images_are_refused(idx_folder: Path) -> None:
    with pytest.raises(DataError, match=r"expected a file of images, .*, found one of labels"):
        load_dataset(str(idx_folder / f"{TEST_LABELS}.gz"))
    (idx_folder / f"{TEST_LABELS}.gz").unlink()
    with pytest.raises(
        DataError, match=f"{TEST_IMAGES}.gz: expected the labels .* beside it, in {TEST_LABELS} or"
    ):
        load_dataset(str(idx_folder / f"{TEST_IMAGES}.gz"))


def test_the_archive_of_kaggle_has_folders_of_the_same_names(idx_folder: Path, tmp_path: Path) -> None:
    """There each file is inside a folder of its name, with or without a dotted copy beside the folder."""
    for copies in (True, False):
        archive = tmp_path / f"archive-{copies}"
        for name, array in ARRAYS.items():
            (archive / name).mkdir(parents=True)
            (archive / name / name).write_bytes(idx_bytes(array))
            if copies:
                (archive / name.replace("-idx", ".idx")).write_bytes(idx_bytes(array))
        digits = load_dataset(str(archive))
        assert digits.test is not None
        assert np.array_equal(digits.training.images, ARRAYS[TRAIN_IMAGES])
        assert np.array_equal(digits.test.labels, ARRAYS[TEST_LABELS])


def test_a_folder_with_the_names_of_emnist(tmp_path: Path) -> None:
    for name, array in ARRAYS.items():
        path = tmp_path / f"emnist-digits-{name.replace('t10k', 'test')}.gz"
        path.write_bytes(gzip.compress(idx_bytes(array)))
    digits = load_dataset(str(tmp_path))
    assert digits.test is not None
    assert np.array_equal(digits.test.images, ARRAYS[TEST_IMAGES])
    assert digits.name == "emnist-digits"
    (tmp_path / "emnist-letters-train-images-idx3-ubyte.gz").touch()
    with pytest.raises(DataError, match=r"one set of IDX files, found emnist-digits, emnist-letters: .*name"):
        load_dataset(str(tmp_path))
    (tmp_path / "emnist-letters-train-images-idx3-ubyte.gz").unlink()
    (tmp_path / "emnist-digits-test-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(DataError, match="not found: emnist-digits-t10k-labels-idx1-ubyte"):
        load_dataset(str(tmp_path))
