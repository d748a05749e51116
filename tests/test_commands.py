"""The commands as a person runs them: as processes, with what they print and how they end."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mnist_ocr import Network
from mnist_ocr.commands.training_report import NEAR_CHANCE
from mnist_ocr.data.idx import TEST_IMAGES, TEST_LABELS, TRAIN_IMAGES, TRAIN_LABELS
from mnist_ocr.data.synthetic import draw_digits
from mnist_ocr.report.answer import CONFIDENCE_THRESHOLD
from tests.idx_files import idx_bytes

ROOT = Path(__file__).resolve().parent.parent


def command(*words: object, folder: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *map(str, words)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=folder,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", "PYTHONWARNINGS": "error", **environment},
        timeout=300,
        check=False,
    )


def train(*words: object, **environment: str) -> subprocess.CompletedProcess[str]:
    return command(ROOT / "train.py", *words, **environment)


def inference(*words: object, **environment: str) -> subprocess.CompletedProcess[str]:
    return command(ROOT / "inference.py", *words, **environment)


@pytest.fixture(scope="module")
def drawn_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Digits that the program drew, as a person's own data set."""
    folder = tmp_path_factory.mktemp("drawn digits")
    for images, labels, count in ((TRAIN_IMAGES, TRAIN_LABELS, 1500), (TEST_IMAGES, TEST_LABELS, 300)):
        drawn = draw_digits(count, seed=count)
        for name, array in zip((images, labels), drawn, strict=True):
            (folder / name).write_bytes(idx_bytes(array))
    return folder


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory, drawn_folder: Path) -> Path:
    """A small network that the command trained."""
    path = tmp_path_factory.mktemp("models") / "drawn model.json"
    words = "--dataset", drawn_folder, "--validation", "0.1", "--epochs", "5", "--hidden", "16"
    done = train(*words, "--output", path)
    assert done.returncode == 0, done.stderr
    return path


@pytest.fixture
def digit(tmp_path: Path) -> Path:
    images, _ = draw_digits(1, seed=5)
    path = tmp_path / "my digit.png"
    Image.fromarray(images[0]).save(path)
    return path


def test_training_tells_what_it_did_and_where_the_network_is(tmp_path: Path, idx_folder: Path) -> None:
    path = tmp_path / "new folder" / "model.json"
    done = train("--dataset", idx_folder, "--epochs", "3", "--validation", "6", "--output", path)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert "24 training images, 6 validation images, 20 test images" in lines
    assert [line.split()[:2] for line in lines if line.startswith("epoch")] == [
        ["epoch", f"{number}/3"] for number in (1, 2, 3)
    ]
    # 24 images make one step an epoch, and the rate falls in a line to 0.
    assert re.findall(r"learning rate (\S+) ", done.stdout) == ["0.1000", "0.0667", "0.0333"]
    assert any(line.startswith("test") and "of 20 images" in line for line in lines)
    assert lines[-1].startswith("try it   python inference.py --image-path")
    assert "images/s" in done.stderr  # the bar
    assert "epoch 3/3" in done.stderr
    network = Network.load(path)
    assert np.array_equal(network.parameters, network.parameters.round(4))
    notes = network.metadata["training"]
    assert notes["data"] == "digits"
    assert notes["images"] == {"training": 24, "validation": 6, "test": 20}
    assert notes["command"] == "python train.py --epochs 3 --validation 6 --dataset digits"


def test_a_small_learning_rate_is_not_shown_as_none(tmp_path: Path, idx_folder: Path) -> None:
    words = ("--epochs", "2", "--learning-rate", "0.0000034", "--output", tmp_path / "model.json")
    done = train("--dataset", idx_folder, *words)
    assert re.findall(r"learning rate (\S+) ", done.stdout) == ["3.4e-06", "1.7e-06"]


def test_without_data_and_network_it_draws_digits_and_says_so(tmp_path: Path) -> None:
    nowhere = "http://127.0.0.1:9"  # a port that nothing listens on: no network, on every machine
    done = train(
        *("--epochs", "1", "--quiet", "--output", tmp_path / "model.json"),
        MNIST_OCR_DATA="",
        http_proxy=nowhere,
        https_proxy=nowhere,
    )
    assert done.returncode == 0, done.stderr
    assert "NOT MNIST but digits drawn by the program" in done.stderr
    assert Network.load(tmp_path / "model.json").metadata["training"]["data"].startswith("digits drawn")
    done = train(
        *("--dataset", "mnist", "--output", tmp_path / "other.json"),
        MNIST_OCR_DATA="",
        http_proxy=nowhere,
        https_proxy=nowhere,
    )
    assert done.returncode == 2
    assert "--dataset synthetic" in done.stderr
    assert "Traceback" not in done.stderr


def test_quiet_prints_the_result_only(tmp_path: Path, idx_folder: Path) -> None:
    done = train(
        "--dataset", idx_folder, "--validation", "0.2", "--quiet", "--epochs", "1", "--output", tmp_path / "m"
    )
    assert done.returncode == 0
    assert "epoch 1/1" not in done.stdout
    assert "validation images" in done.stdout
    assert [line for line in done.stderr.splitlines() if "images/s" in line] == []


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path, idx_folder: Path) -> None:
    def written(seed: int, name: str) -> bytes:
        words = "--dataset", idx_folder, "--validation", "5", "--epochs", "2", "--hidden", "9", "5"
        assert train(*words, "--seed", seed, "--output", tmp_path / name).returncode == 0
        return (tmp_path / name).read_bytes()

    assert written(1, "a") == written(1, "b")
    assert written(1, "a2") != written(2, "c")


@pytest.mark.parametrize(
    ("words", "sizes", "activations"),
    [
        (["--hidden"], [784, 10], ["softmax"]),
        (["--hidden", "7", "6", "5"], [784, 7, 6, 5, 10], ["relu", "relu", "relu", "softmax"]),
        (
            ["--hidden", "7", "6", "--activation", "tanh", "sigmoid"],
            [784, 7, 6, 10],
            ["tanh", "sigmoid", "softmax"],
        ),
    ],
)
def test_any_depth_and_activation(
    tmp_path: Path, idx_folder: Path, words: list[str], sizes: list[int], activations: list[str]
) -> None:
    path = tmp_path / "model.json"
    done = train(
        "--dataset", idx_folder, "--validation", "5", "--epochs", "1", "--quiet", "--output", path, *words
    )
    assert done.returncode == 0, done.stderr
    network = Network.load(path)
    assert (network.sizes, network.activations) == (sizes, activations)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--dataset", "nowhere"], 'dataset "nowhere": expected auto, mnist, synthetic or a path'),
        (["--data-dir", "nowhere"], "nowhere"),
        (["--epochs", "0"], "--epochs: 0: expected a whole number from 1"),
        (["--learning-rate", "nan"], "--learning-rate/--lr: nan: expected a number above 0"),
        (["--hidden", "-3"], "--hidden: -3: expected numbers of nodes such as 128 or 256,128,64"),
        (["--hidden", "5", "--activation", "relu", "tanh"], "2 names for 1 hidden layers"),
        (["--activation", "swish"], "invalid choice: 'swish'"),
        (["--validation", "30"], "cannot set 30 of 30 images aside"),
        (
            ["--validation", "many"],
            "--validation many: expected a count such as 5000, a fraction such as 0.1",
        ),
        (["--test", "0.5"], "cannot set a part of 0.5 aside for testing: there are 20 test images already"),
        (["--optimizer", "adm"], "invalid choice: 'adm'"),
        (["--checkpoint-every", "2.5"], "2.5: expected a whole number from 1"),
        (["--batch-size", "all"], "all: expected a number of images, or full"),
        (["--hidden", "many"], "many: expected numbers of nodes such as 128"),
        (["--momentum", "1"], "1: expected a number from 0 to below 1"),
        (["--weight-decay", "-1"], "-1: expected a number from 0"),
        (["--patience", "0"], "0: expected a whole number from 1"),
        (["--output-activation", "tanh", "--loss", "cross-entropy"], "needs --output-activation softmax"),
        (["--seed", "-1"], "--seed -1: expected a whole number from 0"),
    ],
)
def test_options_that_cannot_be_are_refused_on_one_line(
    tmp_path: Path, idx_folder: Path, words: list[str], message: str
) -> None:
    path = tmp_path / "model.json"
    dataset = [] if words[0].startswith("--data") else ["--dataset", idx_folder]
    done = train(*dataset, *words, "--output", path)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not path.exists()


def test_curves_and_a_table_of_the_epochs_are_left_beside_the_network(
    tmp_path: Path, idx_folder: Path
) -> None:
    path = tmp_path / "model.json"
    done = train("--dataset", idx_folder, "--epochs", "3", "--curves", "--output", path)
    assert done.returncode == 0, done.stderr
    assert "model.json, " in done.stdout
    rows = list(csv.DictReader((tmp_path / "model-history.csv").read_text().splitlines()))
    assert [row["epoch"] for row in rows] == ["1", "2", "3"]
    printed = re.findall(r"learning rate (\S+) ", done.stdout)
    assert [f"{float(row['learning_rate']):.4f}" for row in rows] == printed == ["0.1000", "0.0667", "0.0333"]
    accuracies = [float(row["validation_accuracy"]) for row in rows]
    assert max(accuracies) == json.loads(path.read_text())["training"]["accuracy"]["validation"]
    with Image.open(tmp_path / "model-curves.png") as picture:
        assert picture.width >= 880
    assert sorted(file.name for file in tmp_path.glob("model*")) == [
        "model-curves.png",
        "model-history.csv",
        "model.json",
    ]


def test_one_layer_of_sigmoids_learns_from_a_csv_file_one_image_at_a_time(tmp_path: Path) -> None:
    images, labels = draw_digits(400, seed=3)
    table = tmp_path / "digits.csv"
    rows = np.column_stack([labels, images.reshape(len(images), -1)])
    np.savetxt(table, rows, "%d", ",")
    path = tmp_path / "model.json"
    words = (
        "--hidden --output-activation sigmoid --optimizer sgd --batch-size 1 --learning-rate 0.05 --epochs 8"
    )
    done = train(*words.split(), "--dataset", table, "--test", "0.25", "--validation", "50", "--output", path)
    assert done.returncode == 0, done.stderr
    assert "250 training images, 50 validation images, 100 test images" in done.stdout
    network = Network.load(path)
    assert (network.sizes, network.activations, network.loss.name) == (
        [784, 10],
        ["sigmoid"],
        "binary-cross-entropy",
    )
    notes = network.metadata["training"]
    assert (
        notes["command"] == "python train.py --epochs 8 --batch-size 1 --optimizer sgd --learning-rate 0.05 "
        "--hidden --output-activation sigmoid --validation 50 --test 0.25 --dataset digits.csv"
    )
    assert notes["accuracy"]["test"] > 0.4  # guessing reads 0.1


def test_images_that_are_learned_and_tested_alike_are_pointed_out(tmp_path: Path) -> None:
    images, labels = draw_digits(40, seed=3)
    for name, count in (("all.csv", 40), ("some.csv", 10)):
        np.savetxt(tmp_path / name, np.column_stack([labels, images.reshape(40, -1)])[:count], "%d", ",")
    path = tmp_path / "model.json"
    words = ["--dataset", tmp_path / "all.csv", "--test", tmp_path / "some.csv", "--epochs", "1", "--quiet"]
    done = train(*words, "--output", path)
    assert done.returncode == 0, done.stderr
    (line,) = [line for line in done.stderr.splitlines() if "test images are also training images" in line]
    learned = int(line.split()[0])
    assert learned >= 6  # all but those that were set aside for validation
    assert f"of 10 images, {learned} of which are training images, too" in done.stdout
    assert Network.load(path).metadata["training"]["images"]["tested and trained on"] == learned


def test_what_is_odd_about_a_given_part_is_said(tmp_path: Path, idx_folder: Path) -> None:
    images, _ = draw_digits(20, seed=3)
    ones = np.column_stack([np.ones(20, int), images.reshape(20, -1)])
    np.savetxt(tmp_path / "ones.csv", ones, "%d", ",")
    words = ["--validation", tmp_path / "ones.csv", "--epochs", "1", "--output", tmp_path / "model.json"]
    done = train("--dataset", idx_folder, *words)
    assert done.returncode == 0, done.stderr
    assert "ones.csv" in done.stderr


def test_curves_of_others_are_not_overwritten(tmp_path: Path, idx_folder: Path) -> None:
    history = tmp_path / "model-history.csv"
    history.write_text("mine")
    words = ["--dataset", idx_folder, "--epochs", "1", "--curves", "--output", tmp_path / "model.json"]
    done = train(*words)
    assert done.returncode == 2
    assert f"--curves {history}: exists already" in done.stderr
    assert [file.name for file in tmp_path.glob("model*")] == ["model-history.csv"]
    assert train(*words, "--overwrite").returncode == 0
    assert history.read_text().startswith("epoch,")


def test_single_images_and_usual_steps_diverge_with_advice(tmp_path: Path, idx_folder: Path) -> None:
    words = ["--batch-size", "1", "--learning-rate", "1e6", "--augment", "none"]
    done = train("--dataset", idx_folder, *words, "--output", tmp_path / "model.json")
    assert done.returncode == 1
    assert "try --optimizer sgd --learning-rate 0.01" in done.stderr


def test_patience_is_said_on_the_screen_and_in_the_file(tmp_path: Path, drawn_folder: Path) -> None:
    path = tmp_path / "model.json"
    words = ["--epochs", "60", "--patience", "2", "--learning-rate", "0.3", "--hidden", "8"]
    done = train("--dataset", drawn_folder, *words, "--output", path)
    assert done.returncode == 0, done.stderr
    epochs = done.stdout.count("\nepoch ")
    assert epochs < 60
    assert f"stopped  after epoch {epochs}: out of patience" in done.stdout
    assert Network.load(path).metadata["training"]["stopped"] == f"out of patience in epoch {epochs}"


def test_a_model_is_never_overwritten_silently(tmp_path: Path, idx_folder: Path) -> None:
    path = tmp_path / "model.json"
    path.write_text("mine", encoding="utf-8")
    words = "--dataset", idx_folder, "--validation", "5", "--epochs", "1", "--quiet", "--output", path
    done = train(*words)
    assert done.returncode == 2
    assert "exists already; choose another name, or add --overwrite" in done.stderr
    assert path.read_text(encoding="utf-8") == "mine"
    assert train(*words, "--overwrite").returncode == 0
    assert Network.load(path)
    done = train(*words[:-1], tmp_path)
    assert (done.returncode, "this is a folder" in done.stderr) == (2, True)


@pytest.mark.parametrize("name", ["file/model.json", "x" * 245 + ".json", "x" * 300])
def test_an_output_that_cannot_be_written_is_refused_before_the_training(
    tmp_path: Path, idx_folder: Path, name: str
) -> None:
    (tmp_path / "file").touch()
    done = train("--dataset", idx_folder, "--validation", "5", "--output", tmp_path / name)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "cannot be written" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("words", [["--hidden", "9000000000000000000"], ["--dataset", "x" * 300]])
def test_absurd_sizes_and_names_end_on_one_line(tmp_path: Path, idx_folder: Path, words: list[str]) -> None:
    dataset = [] if words[0] == "--dataset" else ["--dataset", idx_folder]
    done = train(*dataset, *words, "--output", tmp_path / "model.json")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_nobody_reading_on_is_no_reason_to_lose_the_network(tmp_path: Path, idx_folder: Path) -> None:
    path = tmp_path / "model.json"
    words = f'--dataset "{idx_folder}" --validation 5 --epochs 40 --output "{path}"'
    line = f'"{sys.executable}" "{ROOT / "train.py"}" {words} | head -n 1'
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=False)  # noqa: S607
    assert "Traceback" not in done.stderr
    assert Network.load(path).metadata["training"]["best_epoch"] >= 1


def test_steps_that_are_too_long_end_with_a_diagnosis(tmp_path: Path, idx_folder: Path) -> None:
    path = tmp_path / "model.json"
    done = train(
        "--dataset", idx_folder, "--validation", "5", "--batch-size", "12", "--lr", "1e30", "--output", path
    )
    assert done.returncode == 1
    assert "error: epoch 1, batch 2, learning rate" in done.stderr
    assert "of layer" in done.stderr
    assert "try --learning-rate 0.1" in done.stderr
    assert "Traceback" not in done.stderr
    assert not path.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGINT to a single process")
def test_ctrl_c_keeps_the_best_network_and_ends_cleanly(tmp_path: Path, drawn_folder: Path) -> None:
    path = tmp_path / "model.json"
    words = "--dataset", drawn_folder, "--validation", "100", "--epochs", "10000", "--output", path
    running = subprocess.Popen(
        [sys.executable, str(ROOT / "train.py"), *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert running.stdout is not None
    for line in running.stdout:
        if line.startswith("epoch     2/"):
            break
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=300)
    assert running.returncode == 130
    assert "Traceback" not in err
    assert "written" in out
    notes = Network.load(path).metadata["training"]
    assert notes["best_epoch"] >= 1
    assert notes["stopped"].startswith("by Ctrl-C in epoch ")


def test_reading_a_digit_shows_how(model: Path, digit: Path) -> None:
    done = inference("--image-path", digit, "--model", model, "--top", "4")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    network = Network.load(model)
    pixels = np.asarray(Image.open(digit))
    probabilities = network.predict_proba(pixels.reshape(-1) / 255)[0]
    best = int(probabilities.argmax())
    sure = probabilities.max() >= CONFIDENCE_THRESHOLD
    said = f"{best}, with a confidence of " if sure else f"not sure; perhaps {best} "
    assert lines[0].startswith(f"{digit}: {said}")
    candidates = [line.split()[0] for line in lines[2:6]]
    assert candidates == [str(d) for d in np.argsort(-probabilities)[:4]]
    assert sum("│" in line for line in lines) == 28
    assert lines[-1].endswith("drawn model.json")
    usual = inference("--image-path", digit, "--model", model).stdout.splitlines()
    assert usual[2:5] == lines[2:5]
    assert usual[5] == ""  # three candidates, unless --top says otherwise


def test_the_numbers_of_a_model_have_four_decimals(model: Path) -> None:
    network = Network.load(model)
    assert np.array_equal(network.parameters, np.round(network.parameters, 4))
    assert (network.parameters != np.round(network.parameters, 3)).any()


def test_a_network_that_hardly_learned_is_warned_of(tmp_path: Path, drawn_folder: Path) -> None:
    """Two in ten is where guessing ends; a rate of nearly nothing leaves the network as it began."""
    words = "--dataset", drawn_folder, "--epochs", "1", "--output", tmp_path / "model.json"
    slow = train(*words, "--learning-rate", "1e-9")
    assert "This network hardly does better than guessing" in slow.stderr
    assert f"{NEAR_CHANCE:.0%}" == "20%"
    usual = train(*words, "--overwrite")
    assert "guessing" not in usual.stderr


def test_a_picture_of_an_mnist_image_is_read_as_the_array_itself(tmp_path: Path, model: Path) -> None:
    images, _ = draw_digits(5, seed=9)
    network = Network.load(model)
    for number, pixels in enumerate(images):
        path = tmp_path / f"{number}.png"
        Image.fromarray(pixels).save(path)
        done = inference("--image-path", path, "--model", model, "--json")
        assert done.returncode == 0
        assert done.stdout.count("\n") == 1
        answer = json.loads(done.stdout)
        expected = network.predict_proba(pixels.reshape(-1) / 255)[0]
        assert answer["probabilities"] == pytest.approx(expected.tolist(), abs=1e-6)
        assert answer["digit"] == expected.argmax()
        assert answer["confidence"] == max(answer["probabilities"])
        assert answer["model"] == str(model)


def test_the_shipped_model_is_the_default_and_is_named(digit: Path, tmp_path: Path) -> None:
    for folder in (ROOT, tmp_path):  # it is found from anywhere
        done = command(ROOT / "inference.py", "--image-path", digit, folder=folder)
        assert done.returncode == 0, done.stderr
        assert "mnist-784-128-10.json" in done.stdout.splitlines()[-1]


def sheet(folder: Path, *digits: int) -> Path:
    """Drawn digits side by side, dark on white."""
    images, labels = draw_digits(100, seed=1)
    page = np.full((60, 20 + 60 * len(digits)), 255, np.uint8)
    for place, digit in enumerate(digits):
        page[16:44, 20 + 60 * place : 48 + 60 * place] = 255 - images[labels == digit][0]
    path = folder / "several.png"
    Image.fromarray(page).resize((page.shape[1] * 4, 240), Image.Resampling.BICUBIC).save(path)
    return path


def test_several_digits_are_said_and_read_on_request(tmp_path: Path) -> None:
    path = sheet(tmp_path, 4, 0, 7)
    done = inference("--image-path", path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "not sure; there seem to be 3 digits" in done.stdout.splitlines()[0]
    assert "Add --multi to read the 3 digits from left to right." in done.stdout
    assert not json.loads(inference("--image-path", path, "--json").stdout)["sure"]
    done = inference("--image-path", path, "--multi", "--json")
    digits = json.loads(done.stdout)["digits"]
    assert [found["digit"] for found in digits] == [4, 0, 7]
    lefts = [found["box"][0] for found in digits]
    assert lefts == sorted(lefts)
    assert 4 * 20 < lefts[0] < 4 * 48 < 4 * 80 < lefts[1]
    done = inference("--image-path", path, "--multi")
    assert done.stdout.splitlines()[0].startswith(f"{path}: ")
    assert sum("columns" in line for line in done.stdout.splitlines()) == 3
    assert inference("--image-path", path, "--multi", "--no-preprocess").returncode == 2


def test_a_guess_is_called_one(tmp_path: Path) -> None:
    path = tmp_path / "checks.png"
    checks = np.kron(np.indices((8, 8)).sum(axis=0) % 2, np.ones((25, 25))) * 255
    Image.fromarray(checks.astype(np.uint8)).save(path)
    done = inference("--image-path", path, "--no-preprocess")
    assert done.returncode == 0, done.stderr
    assert "not sure; perhaps " in done.stdout.splitlines()[0]
    assert not json.loads(inference("--image-path", path, "--no-preprocess", "--json").stdout)["sure"]


def test_what_the_program_decides_can_be_overruled(tmp_path: Path, model: Path) -> None:
    images, _ = draw_digits(1, seed=8)
    path = tmp_path / "dark on light.png"
    Image.fromarray(255 - images[0]).save(path)
    network = Network.load(model)

    def probabilities(*words: str) -> list[float]:
        done = inference("--image-path", path, "--model", model, "--json", *words)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)["probabilities"]

    def expected(pixels: np.ndarray) -> list[float]:
        return network.predict_proba(pixels.reshape(-1) / 255)[0].tolist()

    assert probabilities("--no-preprocess", "--invert", "yes") == pytest.approx(expected(images[0]), abs=1e-6)
    assert probabilities("--no-preprocess", "--invert", "no") == pytest.approx(
        expected(255 - images[0]), abs=1e-6
    )
    assert probabilities("--invert", "yes") != pytest.approx(probabilities("--invert", "no"), abs=1e-3)


def bad_pictures(folder: Path) -> dict[str, str]:
    """File names, and what the message about each has to say."""
    (folder / "empty.png").touch()
    (folder / "text.png").write_text("this is not a picture", encoding="utf-8")
    Image.new("L", (50, 50), 255).save(folder / "blank.png")
    whole = folder / "whole.png"
    Image.fromarray(draw_digits(1, seed=1)[0][0]).save(whole)
    (folder / "cut.png").write_bytes(whole.read_bytes()[:-40])
    (folder / "folder").mkdir()
    return {
        "missing.png": "missing.png",
        "empty.png": "empty",
        "text.png": "text.png",
        "cut.png": "cut.png",
        "folder": "folder",
        "blank.png": "no ink",
    }


def test_pictures_that_cannot_be_read_end_with_one_clear_line(tmp_path: Path, model: Path) -> None:
    for name, word in bad_pictures(tmp_path).items():
        done = inference("--image-path", tmp_path / name, "--model", model)
        assert done.returncode == 2, name
        assert done.stdout == ""
        assert done.stderr.startswith("error: ")
        assert done.stderr.count("\n") == 1, done.stderr
        assert word in done.stderr, done.stderr


def test_models_that_read_no_digits_are_refused(tmp_path: Path, digit: Path) -> None:
    path = tmp_path / "xor.json"
    Network([2, 3, 1]).save(path)
    done = inference("--image-path", digit, "--model", path)
    assert done.returncode == 2
    assert "has 784 inputs and 10 outputs, and this one has 2 and 1" in done.stderr
    path.write_text("{", encoding="utf-8")
    done = inference("--image-path", digit, "--model", path)
    assert done.returncode == 2
    assert "not JSON" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_any_terminal_can_show_the_answer(model: Path, digit: Path, encoding: str) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "inference.py"), "--image-path", str(digit), "--model", str(model)],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": encoding},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    text = done.stdout.decode(encoding)
    assert ("█" in text) == (encoding == "utf-8")
    assert ("##" in text) == (encoding != "utf-8")


@pytest.mark.skipif(sys.platform == "win32", reason="no head on Windows")
def test_a_reader_that_goes_away_is_no_error(model: Path, digit: Path) -> None:
    line = (
        f'"{sys.executable}" "{ROOT / "inference.py"}" --image-path "{digit}" --model "{model}" | head -n 1'
    )
    done = subprocess.run(["bash", "-o", "pipefail", "-c", line], capture_output=True, text=True, check=False)  # noqa: S607
    assert done.stderr == ""


def test_one_name_leads_to_every_command(digit: Path, model: Path) -> None:
    done = command("-m", "mnist_ocr", "--help")
    assert done.returncode == 0
    for name in ("train", "inference"):
        assert f"\n    {name}" in done.stdout
    done = command("-m", "mnist_ocr", "inference", "--image-path", digit, "--model", model, "--json")
    assert json.loads(done.stdout)["network"] == [784, 16, 10]
    assert command("-m", "mnist_ocr", "nonsense").returncode == 2
    assert command("-m", "mnist_ocr").returncode == 2
    for name in ("train", "inference"):
        assert "--" in command("-m", "mnist_ocr", name, "--help").stdout


@pytest.mark.skipif(sys.platform == "win32", reason="no pipes of this kind on Windows")
def test_the_result_is_there_where_nobody_reads_on_stderr(tmp_path: Path, digit: Path) -> None:
    (tmp_path / "labels.csv").write_text("file,label\n" + f"{digit},7\n" * 20, encoding="utf-8")
    words = ["-m", "mnist_ocr", "evaluate", "--labels", str(tmp_path / "labels.csv"), "--json"]
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, *words], stdout=subprocess.PIPE, stderr=writer, text=True, cwd=ROOT, check=False
    )
    os.close(writer)
    assert done.returncode == 0
    assert json.loads(done.stdout)["images"] == 20


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_disk_that_is_full_where_the_answer_goes_is_told_on_one_line(model: Path, digit: Path) -> None:
    with open("/dev/full", "w") as full:  # noqa: PTH123
        for words in (["inference.py"], ["-m", "mnist_ocr", "inference"]):
            done = subprocess.run(
                [sys.executable, *words, "--image-path", str(digit), "--model", str(model)],
                stdout=full,
                stderr=subprocess.PIPE,
                text=True,
                cwd=ROOT,
                check=False,
            )
            assert done.returncode == 2
            assert done.stderr == "error: the output cannot be written: No space left on device\n"


def test_a_name_cannot_steer_the_terminal(tmp_path: Path, digit: Path) -> None:
    path = tmp_path / "\x1b]0;title\x07.png"
    path.write_bytes(digit.read_bytes())
    done = inference("--image-path", path)
    assert done.returncode == 0
    assert r"\x1b]0;title\x07.png: " in done.stdout
    assert "\x1b" not in done.stdout


HALF_MADE = """
from mnist_ocr.commands.console import ends_cleanly
class Bar:
    def __init__(self):
        raise KeyboardInterrupt
    def __del__(self):
        self.place
raise SystemExit(ends_cleanly(lambda _: Bar(), None))
"""


def test_what_ctrl_c_caught_half_made_says_nothing() -> None:
    done = subprocess.run(
        [sys.executable, "-c", HALF_MADE], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (130, "stopped\n")
