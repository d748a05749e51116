"""Where the program looks for MNIST, and what it does with damaged files."""

from __future__ import annotations

import gzip
import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from mnist_ocr.data import (
    DataError,
    DownloadError,
    LoadedDataset,
    find_mnist,
    load_dataset,
    load_mnist,
    sources,
)
from mnist_ocr.data.idx import TEST_LABELS, TRAIN_IMAGES, TRAIN_LABELS, read_idx_folder
from mnist_ocr.data.mnist import DATA_VARIABLE, cache_folder
from tests.idx_files import ARRAYS, EXPECTED, PACKED, idx_bytes, write_folder


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty current folder, cache and environment."""
    monkeypatch.delenv(DATA_VARIABLE, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")


def load_tiny(data_dir: Path | None = None) -> LoadedDataset:
    return load_mnist(data_dir, files=EXPECTED, download=False)


def assert_tiny(digits: LoadedDataset) -> None:
    found = (digits.training.images, digits.training.labels, digits.test.images, digits.test.labels)
    for array, expected in zip(found, ARRAYS.values(), strict=True):
        assert np.array_equal(array, expected)


def test_real_mnist(mnist_dir: Path) -> None:
    tracemalloc.start()
    digits = load_mnist(mnist_dir)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (digits.source, digits.name) == (f"MNIST from {mnist_dir}", "MNIST")
    assert digits.notice is None
    assert (len(digits.training), len(digits.test)) == (60_000, 10_000)
    assert digits.training.labels[:5].tolist() == [5, 0, 4, 1, 9]
    assert np.bincount(digits.test.labels).tolist() == [
        980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009,
    ]  # fmt: skip
    assert digits.training.images.mean() == pytest.approx(33.318, abs=0.001)
    assert peak < 70_000 * (28 * 28 + 1) + 4_000_000


def test_the_folders_are_tried_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each folder that is added comes before those that exist already."""
    assert find_mnist() is None
    in_cache = write_folder(cache_folder())
    assert cache_folder().is_relative_to(tmp_path)
    assert find_mnist() == in_cache
    beside = write_folder(tmp_path / "here" / "data")
    assert find_mnist() == beside
    by_variable = write_folder(tmp_path / "by variable")
    monkeypatch.setenv(DATA_VARIABLE, str(by_variable))
    assert find_mnist() == by_variable
    by_option = write_folder(tmp_path / "by option")
    assert find_mnist(by_option) == by_option
    for place in (by_option, None):
        assert load_tiny(place).source == f"MNIST from {place or by_variable}"


@pytest.mark.parametrize("place", ["here/data", "cache/mnist_ocr"])
def test_load_from_a_default_folder(tmp_path: Path, place: str) -> None:
    write_folder(tmp_path / place)
    assert_tiny(load_tiny())
    assert load_tiny().notice is None


@pytest.mark.parametrize("dotted", [False, True])
@pytest.mark.parametrize("packed", [False, True])
def test_every_usual_spelling_is_found(tmp_path: Path, dotted: bool, packed: bool) -> None:
    for name, array in ARRAYS.items():
        spelling = (name.replace("-idx", ".idx") if dotted else name) + (".gz" if packed else "")
        content = idx_bytes(array)
        (tmp_path / spelling).write_bytes(gzip.compress(content) if packed else content)
    assert find_mnist(tmp_path) == tmp_path
    assert_tiny(load_tiny(tmp_path))


def test_a_named_folder_must_be_complete(idx_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also if another folder is complete: a person who names a folder means that one."""
    write_folder(cache_folder())
    (idx_folder / f"{TEST_LABELS}.gz").unlink()
    with pytest.raises(DataError, match=rf"not found: {TEST_LABELS} \(in the folder that --data-dir names\)"):
        load_tiny(idx_folder)
    monkeypatch.setenv(DATA_VARIABLE, str(idx_folder / "nowhere"))
    with pytest.raises(DataError, match=f"found no folder of that name .*{DATA_VARIABLE} names"):
        load_tiny()


def test_a_damaged_file_in_a_named_folder_is_an_error(idx_folder: Path) -> None:
    damaged = idx_folder / f"{TRAIN_IMAGES}.gz"
    damaged.write_bytes(damaged.read_bytes()[:-100])
    with pytest.raises(DataError, match=f"{TRAIN_IMAGES}.gz: truncated"):
        load_tiny(idx_folder)


def test_another_data_set_under_the_same_names_is_not_mnist(idx_folder: Path) -> None:
    other = ARRAYS[TRAIN_IMAGES] ^ 1
    (idx_folder / f"{TRAIN_IMAGES}.gz").write_bytes(gzip.compress(idx_bytes(other)))
    with pytest.raises(DataError, match=r"not the official MNIST file: expected SHA-256 .* found"):
        load_tiny(idx_folder)
    assert np.array_equal(read_idx_folder(idx_folder).training.images, other)


def test_a_damaged_file_in_a_default_folder_is_skipped_and_named(tmp_path: Path) -> None:
    write_folder(cache_folder())
    beside = write_folder(tmp_path / "here" / "data")
    (beside / f"{TRAIN_LABELS}.gz").write_bytes(b"")
    digits = load_tiny()
    assert_tiny(digits)
    assert digits.source == f"MNIST from {cache_folder()}"
    assert digits.notice is not None
    assert f"not used: {beside / TRAIN_LABELS}.gz: expected an IDX file, found an empty file" in digits.notice


def test_without_mnist_the_message_says_where_to_put_it(tmp_path: Path) -> None:
    with pytest.raises(DataError) as refusal:
        load_tiny()
    for word in (*PACKED, str(tmp_path / "here" / "data"), str(cache_folder()), "--data-dir", "synthetic"):
        assert word in str(refusal.value)


def test_a_path_is_read_without_knowing_its_checksums(idx_folder: Path) -> None:
    digits = load_dataset(str(idx_folder))
    assert_tiny(digits)
    assert (digits.source, digits.name) == (str(idx_folder), "digits")


def test_the_current_folder_has_a_name_too(tmp_path: Path) -> None:
    write_folder(tmp_path / "here")
    assert load_dataset(".").name == "here"


@pytest.mark.parametrize(
    ("name", "array", "complaint"),
    [
        (TRAIN_LABELS, np.full(30, 11, np.uint8), "labels from 0 to 9, found label 11 at image 0"),
        (TRAIN_LABELS, np.zeros(29, np.uint8), "one label per image, found 30 images and 29 labels"),
        (TRAIN_IMAGES, np.zeros((30, 32, 32), np.uint8), "images of 28 × 28, found 30 images of 32 × 32"),
    ],
)
def test_files_that_do_not_fit_together_are_named(
    idx_folder: Path, name: str, array: np.ndarray, complaint: str
) -> None:
    (idx_folder / f"{name}.gz").write_bytes(gzip.compress(idx_bytes(array)))
    with pytest.raises(DataError, match=f"{idx_folder}.*{name}.*{complaint}"):
        load_dataset(str(idx_folder))


def test_for_an_unknown_path_the_known_layouts_are_listed(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="expected auto, mnist, synthetic or a path; nothing is there"):
        load_dataset("minst")
    with pytest.raises(DataError, match=f"looked for\n.*{TRAIN_IMAGES}"):
        load_dataset(str(tmp_path))


def test_auto_draws_digits_when_there_is_no_mnist_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def offline(data_dir: Path | None, *, progress: bool) -> LoadedDataset:
        raise DownloadError("there is no network")

    monkeypatch.setattr(sources, "load_mnist", offline)
    digits = load_dataset("auto", synthetic_count=50)
    assert digits.notice is not None
    assert "NOT MNIST" in digits.notice
    assert "there is no network" in digits.notice
    assert len(digits.training) == 50
    with pytest.raises(DownloadError, match="there is no network"):
        load_dataset("mnist")


def test_auto_does_not_hide_a_wrong_data_dir(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="--data-dir names"):
        load_dataset("auto", tmp_path / "nowhere")


def test_synthetic_digits_for_testing_are_not_those_for_training() -> None:
    digits = load_dataset("synthetic", synthetic_count=sources.SYNTHETIC_TEST_COUNT)
    assert digits.notice is None
    train = {image.tobytes() for image in digits.training.images}
    assert not any(image.tobytes() in train for image in digits.test.images)


def test_the_seed_decides_the_synthetic_digits() -> None:
    first, again, other = (load_dataset("synthetic", synthetic_count=20, seed=seed) for seed in (5, 5, 6))
    assert np.array_equal(first.training.images, again.training.images)
    assert not np.array_equal(first.training.images, other.training.images)


def test_importing_the_room_does_not_import_the_network() -> None:
    code = "import sys, mnist_ocr.data; print({'pooch', 'requests', 'tqdm'} & {*sys.modules})"
    project = Path(__file__).parents[1]
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=project)
    assert result.stdout == "set()\n", result.stderr
