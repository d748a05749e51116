"""Parquet files as Hugging Face publishes MNIST, written here by PyArrow itself."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from mnist_ocr.data import DataError, load_dataset
from mnist_ocr.data.synthetic import draw_digits

IMAGES, LABELS = draw_digits(25, seed=4)


def png(image: np.ndarray) -> bytes:
    """One image as the bytes of a PNG."""
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG")
    return file.getvalue()


def write(path: Path, images: np.ndarray, labels: np.ndarray, **names: str) -> Path:
    """A file with a struct of bytes and path for each picture, and the labels."""
    cells = [{"bytes": png(image), "path": None} for image in images]
    columns = {names.get("image", "image"): cells, names.get("label", "label"): labels.tolist()}
    path.parent.mkdir(exist_ok=True)
    pq.write_table(pa.table(columns), path, row_group_size=10)
    return path


def test_a_file_and_a_folder(tmp_path: Path) -> None:
    train = write(tmp_path / "mnist" / "train-00000-of-00001.parquet", IMAGES, LABELS)
    write(tmp_path / "mnist" / "test-00000-of-00001.parquet", IMAGES[:7], LABELS[:7])
    alone = load_dataset(str(train))
    assert np.array_equal(alone.training.images, IMAGES)
    assert np.array_equal(alone.training.labels, LABELS)
    for folder in (tmp_path, tmp_path / "mnist"):
        both = load_dataset(str(folder))
        assert both.test is not None
        assert [len(both.training), len(both.test)] == [25, 7]
        assert "7 of 7 test images are training images, too" in (both.notice or "")


@pytest.mark.parametrize(
    ("images", "names", "complaint"),
    [
        (IMAGES, {"label": "answer"}, "expected the columns image and label, found image, answer"),
        (IMAGES[:, :20], {}, "row 0: expected 28 × 28 pixels, found 28 × 20"),
    ],
)
def test_a_faulty_table_is_refused(
    tmp_path: Path, images: np.ndarray, names: dict[str, str], complaint: str
) -> None:
    path = write(tmp_path / "digits.parquet", images, LABELS, **names)
    with pytest.raises(DataError, match=rf"digits\.parquet.*{complaint}"):
        load_dataset(str(path))


def test_damaged_files_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "digits.parquet", IMAGES, LABELS)
    content = path.read_bytes()
    for broken in (content[:100], content[:-10], b"PAR1", b"", b"no table at all"):
        path.write_bytes(broken)
        with pytest.raises(DataError, match=r"digits\.parquet: damaged, or no Parquet file"):
            load_dataset(str(path))
    pq.write_table(pa.table({"image": [b"no picture"], "label": [1]}), path)
    with pytest.raises(DataError, match=r"row 0: "):
        load_dataset(str(path))
