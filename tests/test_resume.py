"""Trainings that are stopped in every way that a computer knows, as processes, and what is left of them."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mnist_ocr import Network
from mnist_ocr.data.drawn import draw_digits
from mnist_ocr.data.folder import TEST_IMAGES, TEST_LABELS, TRAIN_IMAGES, TRAIN_LABELS
from mnist_ocr.training.checkpoint import read_checkpoint
from tests.idx_files import idx_bytes

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no such signals")

ROOT = Path(__file__).resolve().parent.parent
RECIPE = "--epochs 60 --batch-size 10 --hidden 16 --optimizer adam --augment full --strangers 0.1".split()  # noqa: SIM905


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("digits")
    for images, labels, count in ((TRAIN_IMAGES, TRAIN_LABELS, 800), (TEST_IMAGES, TEST_LABELS, 100)):
        for name, array in zip((images, labels), draw_digits(count, seed=count), strict=True):
            (folder / name).write_bytes(idx_bytes(array))
    return folder


def start(*words: object, **more: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(ROOT / "train.py"), *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONWARNINGS": "error"},
        **more,
    )


def run(*words: object, **more: object) -> subprocess.CompletedProcess[str]:
    process = start(*words, **more)
    out, err = process.communicate(timeout=120)
    return subprocess.CompletedProcess(words, process.returncode, out, err)


def until(process: subprocess.Popen[str], beginning: str) -> None:
    """Read what it says until a line begins like this."""
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(beginning):
            return
    raise AssertionError(f"no line {beginning!r}: {process.communicate()[1]}")


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory, digits: Path) -> bytes:
    """The model file of a training that nobody disturbed."""
    path = tmp_path_factory.mktemp("uninterrupted") / "model.json"
    done = run("--dataset", digits, *RECIPE, "--output", path)
    assert done.returncode == 0, done.stderr
    assert sorted(file.name for file in path.parent.iterdir()) == ["model.json"]
    return path.read_bytes()


@pytest.mark.parametrize(
    ("number", "code", "words"),
    [
        (signal.SIGINT, 130, "stopped by Ctrl-C; nothing is lost: go on with python train.py --resume "),
        (signal.SIGTERM, 143, "stopped by the signal SIGTERM; nothing is lost: go on with "),
        (
            getattr(signal, "SIGHUP", 1),
            129,
            "stopped by the end of its terminal; nothing is lost: go on with ",
        ),
    ],
)
def test_what_was_stopped_goes_on_to_the_same_bytes(
    tmp_path: Path, digits: Path, uninterrupted: bytes, number: int, code: int, words: str
) -> None:
    path = tmp_path / "model.json"
    process = start("--dataset", digits, *RECIPE, "--output", path)
    until(process, "epoch  3/60")
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == code, err
    assert words in err
    assert "Traceback" not in err
    assert "written" in out
    stopped = Network.load(path).notes["training"]["stopped"]
    assert stopped.split(" in epoch ")[0] in words
    read_checkpoint(tmp_path / "model.checkpoint")

    done = run("--resume", tmp_path / "model.checkpoint")
    assert done.returncode == 0, done.stderr
    assert "going on " in done.stdout
    assert path.read_bytes() == uninterrupted
    assert sorted(file.name for file in tmp_path.iterdir()) == ["model.json"]


def test_killed_again_and_again_it_comes_to_the_same_bytes(
    tmp_path: Path, digits: Path, uninterrupted: bytes
) -> None:
    path, checkpoint = tmp_path / "model.json", tmp_path / "model.checkpoint"
    moments = random.Random(11)  # noqa: S311
    words: list[object] = ["--dataset", digits, *RECIPE, "--checkpoint-every", "5", "--output", path]
    kills = 0
    for _ in range(60):
        process = start(*words)
        try:
            process.communicate(timeout=moments.uniform(0.4, 0.9))
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            kills += 1
        if path.exists() and not checkpoint.exists():
            break
        if checkpoint.exists():
            read_checkpoint(checkpoint)  # whole, whenever it was
            words = ["--resume", checkpoint]
    assert kills > 2
    assert path.read_bytes() == uninterrupted
    assert [file.name for file in tmp_path.iterdir() if file.name != ".model.lock"] == ["model.json"]


def test_the_latest_checkpoint_is_found(tmp_path: Path, digits: Path) -> None:
    for name in ("older", "newer"):
        process = start("--dataset", digits, *RECIPE, "--output", f"{name}.json", cwd=tmp_path)
        until(process, "epoch  2/60")
        process.kill()
        process.communicate()
    os.utime(tmp_path / "older.checkpoint", (1, 1))
    done = run("--resume", "--quiet", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "newer.json").exists()
    assert not (tmp_path / "newer.checkpoint").exists()
    assert (tmp_path / "older.checkpoint").exists()


def test_a_limit_for_files_stops_no_training_but_is_said_once(tmp_path: Path, digits: Path) -> None:
    import resource

    path = tmp_path / "model.json"
    process = start(
        "--dataset",
        digits,
        *RECIPE,
        "--output",
        path,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000)),
    )
    out, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "epoch 60/60" in out
    assert err.count("no checkpoint could be written: File too large; the training goes on") == 1
    assert f"{path}: cannot be written: File too large" in err
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_was_deleted_is_made_again(tmp_path: Path, digits: Path, uninterrupted: bytes) -> None:
    path = tmp_path / "folder" / "model.json"
    process = start("--dataset", digits, *RECIPE, "--output", path)
    until(process, "epoch  2/60")
    shutil.rmtree(path.parent)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert path.read_bytes() == uninterrupted


def test_two_trainings_never_write_one_network(tmp_path: Path, digits: Path, uninterrupted: bytes) -> None:
    path = tmp_path / "model.json"
    first = start("--dataset", digits, *RECIPE, "--output", path)
    until(first, "epoch  1/60")
    for more in ([], ["--overwrite"]):
        second = run("--dataset", digits, "--epochs", "1", "--output", path, *more)
        assert second.returncode == 2
        assert "another training is writing it" in second.stderr
    third = run("--resume", tmp_path / "model.checkpoint")
    assert third.returncode == 2
    assert "another training is writing it" in third.stderr
    assert first.wait(timeout=60) == 0
    first.communicate()
    assert path.read_bytes() == uninterrupted


def test_a_stopped_training_is_not_forgotten_silently(tmp_path: Path, digits: Path) -> None:
    path = tmp_path / "model.json"
    process = start("--dataset", digits, *RECIPE, "--output", path)
    until(process, "epoch  2/60")
    process.kill()
    process.communicate()
    again = run("--dataset", digits, "--epochs", "1", "--output", path)
    assert again.returncode == 2
    assert "a training with this --output was stopped; go on with --resume" in again.stderr
    anew = run("--dataset", digits, "--epochs", "1", "--output", path, "--overwrite")
    assert anew.returncode == 0, anew.stderr
    assert [file.name for file in tmp_path.iterdir()] == ["model.json"]


def stopped_checkpoint(folder: Path, digits: Path) -> Path:
    process = start("--dataset", digits, *RECIPE, "--output", folder / "model.json")
    until(process, "epoch  1/60")
    process.kill()
    process.communicate()
    return folder / "model.checkpoint"


def damage(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-100] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("prepare", "words", "message"),
    [
        (lambda checkpoint, digits: None, ["--epochs", "70"], "leave --epochs away"),
        (lambda checkpoint, digits: damage(checkpoint), [], "damaged: its content is not what was written"),
        (lambda checkpoint, digits: checkpoint.unlink(), [], "found nothing of that name"),
        (lambda checkpoint, digits: change_an_image(digits), [], "the images are not those"),
    ],
)
def test_what_cannot_be_gone_on_with_is_refused(
    tmp_path: Path,
    digits: Path,
    prepare: Callable[[Path, Path], None],
    words: list[str],
    message: str,
) -> None:
    own = tmp_path / "own digits"
    shutil.copytree(digits, own)
    checkpoint = stopped_checkpoint(tmp_path, own)
    prepare(checkpoint, own)
    before = checkpoint.read_bytes() if checkpoint.exists() else None
    done = run("--resume", checkpoint, *words)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert (checkpoint.read_bytes() if checkpoint.exists() else None) == before
    assert not (tmp_path / "model.json").exists()


def change_an_image(digits: Path) -> None:
    path = digits / TRAIN_IMAGES
    content = bytearray(path.read_bytes())
    content[5000] ^= 1
    path.write_bytes(content)


def test_the_network_that_was_left_at_a_stop_is_replaced_only_if_it_is_still_that(
    tmp_path: Path, digits: Path, uninterrupted: bytes
) -> None:
    path = tmp_path / "model.json"
    process = start("--dataset", digits, *RECIPE, "--output", path)
    until(process, "epoch  2/60")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    document = json.loads(path.read_text(encoding="utf-8"))
    document["about"] = ["edited by hand"]
    path.write_text(json.dumps(document), encoding="utf-8")
    edited = path.read_bytes()
    done = run("--resume", tmp_path / "model.checkpoint")
    assert done.returncode == 0, done.stderr
    assert path.read_bytes() == edited
    assert (tmp_path / "model-2.json").read_bytes() == uninterrupted


def test_a_second_ctrl_c_does_not_wait(tmp_path: Path, digits: Path) -> None:
    process = start("--dataset", digits, *RECIPE, "--output", tmp_path / "model.json")
    until(process, "epoch  1/60")
    process.send_signal(signal.SIGINT)
    time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in err
