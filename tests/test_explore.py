"""The counts of a data set against arithmetic by hand, what is drawn of them, and the command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from mnist_ocr.__main__ import main
from mnist_ocr.commands.explore import PICTURES
from mnist_ocr.data import Dataset, LoadedDataset, load_dataset
from mnist_ocr.report.charts import draw_classes, draw_ink
from mnist_ocr.report.explore import Class, exploration_object, exploration_text, explore, ink_of
from mnist_ocr.report.pictures import draw_means, draw_samples

ROOT = Path(__file__).resolve().parent.parent

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def explore_command(capsys: pytest.CaptureFixture[str]) -> Run:
    """The command with these words: exit code, stdout, stderr."""

    def run(*words: object) -> tuple[int, str, str]:
        code = main(["explore", *map(str, words)])
        return code, *capsys.readouterr()

    return run


def image(row: int, ink: int = 255) -> np.ndarray:
    """One row of 28 pixels is lit: a mean pixel of 1/28 for full ink."""
    pixels = np.zeros((28, 28), np.uint8)
    pixels[row] = ink
    return pixels


def digits_by_hand() -> LoadedDataset:
    """Seven training and three test images, of which everything can be counted on two hands."""
    train = [
        (image(3), 1),
        (image(4), 1),
        (image(3), 1),  # a duplicate
        (image(3), 7),  # another, that is said to be something else
        (image(5, 51), 7),  # a fifth of the ink
        (np.zeros((28, 28), np.uint8), 0),  # blank
        (np.full((28, 28), 10, np.uint8), 0),  # blank, too: nothing can be seen
    ]
    test = [(image(4), 4), (image(9), 4), (image(9), 4)]
    return LoadedDataset(dataset(train), dataset(test), "drawn by hand", "by hand")


def dataset(pairs: list[tuple[np.ndarray, int]]) -> Dataset:
    images, labels = zip(*pairs, strict=True)
    return Dataset(np.array(images, np.uint8), np.array(labels, np.uint8), "drawn by hand")


def without_test() -> LoadedDataset:
    return replace(digits_by_hand(), test=None)


# What is counted.


def test_the_counts_by_hand() -> None:
    exploration = explore(digits_by_hand())
    train, test = exploration.splits["training"], exploration.splits["test"]
    assert (train.images, train.blank, train.duplicates, train.contradictions, train.leaked) == (
        7,
        2,
        2,
        1,
        None,
    )
    assert (train.lowest, train.highest) == (0, 255)
    assert train.never_lit == 0  # one blank image is grey all over
    assert [figures.images for figures in train.classes] == [2, 3, 0, 0, 0, 0, 0, 2, 0, 0]
    assert train.classes[1].share == pytest.approx(3 / 7)
    assert train.classes[1].ink == pytest.approx(1 / 28)
    assert train.classes[7].ink == pytest.approx((1 + 1 / 5) / 2 / 28)
    assert train.classes[0].ink == pytest.approx(10 / 255 / 2)
    assert train.classes[2] == Class(0, 0.0, None)
    # 3 + 1 + 1/5 rows of 1/28, and a whole image of 10/255.
    assert train.ink == pytest.approx(((4 + 1 / 5) / 28 + 10 / 255) / 7)

    # The row 4 was shown in training; the two rows 9 are the same; 26 of 28 rows are never lit.
    assert (test.images, test.blank, test.duplicates, test.contradictions, test.leaked) == (3, 0, 1, 0, 1)
    assert test.never_lit == 26 * 28


def test_ink_is_the_mean_pixel_of_each_image() -> None:
    images = np.random.default_rng(3).integers(0, 256, (5, 28, 28), dtype=np.uint8)
    assert ink_of(images) == pytest.approx(images.reshape(5, -1).mean(axis=1) / 255)
    assert ink_of(np.full((1, 28, 28), 255, np.uint8)).tolist() == [1.0]


def test_a_data_set_without_test_images_has_one_part() -> None:
    exploration = explore(without_test())
    assert list(exploration.splits) == list(exploration.datasets) == ["training"]


def test_the_table_has_every_count() -> None:
    text = exploration_text(explore(digits_by_hand()).splits)
    training, test = text.split("test images")
    assert "1             3   42.86 %    0.0357\n" in training
    assert "2             0    0.00 %      none\n" in training
    assert "all           7  100.00 %" in training
    for line in (
        "2  blank",
        "2  duplicates",
        "1  of these with another label",
        "0  of 784 pixels are never lit",
    ):
        assert f"       {line}" in training
    assert "       1  are among the training images, too\n" in test
    assert "among the training images" not in training
    assert "   0-255  are the values of the pixels" in test


def test_the_object_is_json() -> None:
    found = json.loads(json.dumps(exploration_object(explore(digits_by_hand()).splits)))
    assert found["training"]["classes"]["7"] == {
        "images": 2,
        "share": pytest.approx(2 / 7),
        "ink": pytest.approx(0.6 / 28),
    }
    assert (found["training"]["leaked"], found["test"]["leaked"]) == (None, 1)


def test_what_is_known_of_mnist(mnist_dir: Path, explore_command: Run) -> None:
    code, out, _ = explore_command("--dataset", "mnist", "--data-dir", mnist_dir, "--json")
    parts = json.loads(out)["parts"]
    assert code == 0
    # The counts that everybody finds, and the mean that everybody subtracts.
    counts = [figures["images"] for figures in parts["training"]["classes"].values()]
    assert counts == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert parts["training"]["ink"] == pytest.approx(0.1307, abs=5e-5)
    assert parts["training"]["never_lit"] == 784 - 717
    assert [parts[name][what] for name in parts for what in ("blank", "duplicates")] == [0, 0, 0, 0]
    assert parts["test"]["leaked"] == 0


# What is drawn.


@pytest.mark.parametrize("digits", [digits_by_hand(), without_test()], ids=["both parts", "training only"])
def test_bars_are_as_high_as_there_are_images(digits: LoadedDataset) -> None:
    exploration = explore(digits)
    figure = draw_classes(exploration)
    assert len(figure.axes) == len(exploration.splits)
    for axes, (name, part) in zip(figure.axes, exploration.splits.items(), strict=True):
        assert [bar.get_height() for bar in axes.patches] == [c.images for c in part.classes]
        assert axes.get_title(loc="left") == f"{part.images} {name} images"
        assert all(tick == int(tick) for tick in axes.get_yticks())
    words = [text.get_text() for text in figure.axes[0].texts]
    assert words[:3] == ["2\n28.6 %", "3\n42.9 %", "0\n0.0 %"]


def names_on(figure: Figure) -> list[str]:
    """What stands above each image; the first words are the title."""
    return [text.get_text() for text in figure.axes[0].texts][1:]


def test_means_are_drawn_and_no_picture_where_there_are_none() -> None:
    figure = draw_means(explore(digits_by_hand()))
    assert names_on(figure)[:3] == ["0", "1", "2: none"]
    means = [image.get_array() for image in figure.axes[0].images]
    assert len(means) == 3  # of 0, 1 and 7
    assert np.asarray(means[1]) == pytest.approx((2 * image(3).astype(float) + image(4)) / 3)


def test_samples_are_images_of_their_row_and_say_which(idx_folder: Path) -> None:
    digits = load_dataset(str(idx_folder))  # thirty of them: 0 to 9 and again from 0
    figure = draw_samples(explore(digits), seed=0)
    names = names_on(figure)
    assert len(names) == 100
    for digit in range(10):
        row = names[10 * digit : 10 * digit + 10]
        assert row == [*(f"{digit}: {index}" for index in (digit, digit + 10, digit + 20)), *[""] * 7]
    images = [image.get_array() for image in figure.axes[0].images]
    assert len(images) == 30
    assert np.array_equal(images[3 * 4 + 1], digits.training.images[14])


def test_the_seed_decides_which_samples() -> None:
    labels = np.zeros(200, np.uint8)
    images = np.zeros((200, 28, 28), np.uint8)
    exploration = explore(LoadedDataset(Dataset(images, labels, "black"), None, "black", "black"))

    def places(seed: int) -> list[str]:
        return names_on(draw_samples(exploration, seed))

    assert places(1) == places(1) != places(2)
    assert len(set(places(1)[:10])) == 10


def test_boxes_stand_where_the_middle_half_is() -> None:
    # 101 images of digit 3, of 0, 1, … 100 lit pixels: the percentiles are those numbers, over 784.
    images = np.zeros((101, 784), np.uint8)
    for lit in range(101):
        images[lit, :lit] = 255
    train = Dataset(images.reshape(-1, 28, 28), np.full(101, 3, np.uint8), "counted")
    (axes,) = draw_ink(explore(LoadedDataset(train, None, "counted", "counted"))).axes
    (box,) = axes.patches
    heights = box.get_path().vertices[:, 1]
    assert (heights.min(), heights.max()) == pytest.approx((25 / 784, 75 / 784))
    line = {round(float(value) * 784) for drawn in axes.lines for value in drawn.get_ydata()}
    assert line == {5, 25, 50, 75, 95}
    assert box.get_path().vertices[:, 0].mean() == pytest.approx(3, abs=0.1)


def test_boxes_of_both_parts_stand_side_by_side() -> None:
    (axes,) = draw_ink(explore(digits_by_hand())).axes
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["training images", "test images"]
    colours = [box.get_facecolor() for box in axes.patches]
    assert colours[0] == colours[2] != colours[3]  # training: 0, 1 and 7; test: 4


# The command.


def test_the_command_prints_and_draws(explore_command: Run, idx_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    code, out, err = explore_command("--dataset", idx_folder, "--output", folder)
    assert (code, err) == (0, "")
    assert "training images\ndigit    images     share  mean ink\n0             3   10.00 %" in out
    assert "all          20  100.00 %" in out
    assert all(name in out.splitlines()[-1] for name in PICTURES)
    assert sorted(path.name for path in folder.iterdir()) == sorted(PICTURES)
    for path in folder.iterdir():
        with Image.open(path) as picture:
            assert picture.width == 1760
    again = {path.name: path.read_bytes() for path in folder.iterdir()}
    explore_command("--dataset", idx_folder, "--output", folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == again


def test_json_is_one_line(explore_command: Run, idx_folder: Path) -> None:
    code, out, err = explore_command("--dataset", idx_folder, "--json")
    assert (code, err, out.count("\n")) == (0, "", 1)
    found = json.loads(out)
    assert (found["parts"]["training"]["images"], found["parts"]["test"]["images"]) == (30, 20)
    assert str(idx_folder) in found["source"]


def test_what_has_to_be_known_of_the_data_is_said_on_stderr(
    explore_command: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    digits = replace(digits_by_hand(), notice="NOT MNIST")
    monkeypatch.setattr("mnist_ocr.commands.explore.load_dataset", lambda *words, **others: digits)
    code, out, err = explore_command()
    assert (code, err) == (0, "NOT MNIST\n")
    assert out.startswith("drawn by hand\n")


def test_what_cannot_be_is_refused_on_one_line(
    explore_command: Run, idx_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = tmp_path / "taken"
    taken.write_text("mine", encoding="utf-8")
    code, out, err = explore_command("--dataset", "nowhere")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert 'error: dataset "nowhere"' in err
    code, out, err = explore_command("--dataset", idx_folder, "--output", taken)
    assert (code, out) == (2, "")
    assert err == f"error: --output {taken}: this is a file, expected the name of a folder\n"
    code, out, err = explore_command("--dataset", idx_folder, "--output", taken / "deeper")
    assert (code, out) == (2, "")
    assert err.startswith(f"error: --output {taken / 'deeper'}: cannot be made: ")
    assert taken.read_text(encoding="utf-8") == "mine"
    (tmp_path / "classes.png").mkdir()
    code, out, err = explore_command("--dataset", idx_folder, "--output", tmp_path)
    assert (code, out) == (2, "")
    assert f"error: --output {tmp_path / 'classes.png'}: this is a folder" in err
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    code, out, err = explore_command("--dataset", idx_folder, "--output", tmp_path / "report")
    assert (code, out) == (2, "")
    assert "pip install 'matplotlib>=3.10.7'" in err
    assert not (tmp_path / "report").exists()
    assert explore_command("--dataset", idx_folder)[0] == 0  # words need no Matplotlib


def test_as_a_process(idx_folder: Path) -> None:
    words = [sys.executable, "-W", "error", "-m", "mnist_ocr", "explore", "--dataset", str(idx_folder)]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(
        words, capture_output=True, text=True, cwd=ROOT, env=environment, timeout=300, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "test images" in done.stdout
    refused = subprocess.run(
        [*words, "--seed", "-1"], capture_output=True, text=True, cwd=ROOT, timeout=300, check=False
    )
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "argument --seed: -1: expected a whole number from 0" in refused.stderr
