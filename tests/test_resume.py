"""Trainings that are stopped in every way that a computer knows, as processes, and what is left of them."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from mnist_ocr import Network
from mnist_ocr.commands.console import Stop
from mnist_ocr.commands.outputs import require_new_file
from mnist_ocr.commands.training_report import how_to_go_on
from mnist_ocr.data.idx import TRAIN_IMAGES
from mnist_ocr.files import drafts_of
from mnist_ocr.training.checkpoint import read_checkpoint, write_checkpoint
from tests.small_disk import namespace, on_a_disk_of
from tests.trainings import (
    RECIPE,
    ROOT,
    held_at,
    in_a_terminal,
    read_until,
    run,
    start,
    without_override,
    write_digits,
)

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no such signals")


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_digits(tmp_path_factory.mktemp("digits"))


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
        pytest.param(
            *(signal.SIGTERM, 143, "stopped by the signal SIGTERM; nothing is lost: go on with "),
            marks=pytest.mark.slow,
        ),
        pytest.param(
            *(getattr(signal, "SIGHUP", 1), 129),
            "stopped by the end of its terminal; nothing is lost: go on with ",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_what_was_stopped_goes_on_to_the_same_bytes(
    tmp_path: Path, digits: Path, uninterrupted: bytes, number: int, code: int, words: str
) -> None:
    path = tmp_path / "model.json"
    process = held_at("epoch  3/30", "--dataset", digits, *RECIPE, "--output", path)
    process.send_signal(number)
    out, err = process.communicate(timeout=300)
    assert process.returncode == code, err
    assert words in err
    assert "Traceback" not in err
    assert "written" in out
    stopped = Network.load(path).metadata["training"]["stopped"]
    assert stopped.split(" in epoch ")[0] in words
    read_checkpoint(tmp_path / "model.checkpoint")

    done = run("--resume", tmp_path / "model.checkpoint")
    assert done.returncode == 0, done.stderr
    assert "going on " in done.stdout
    assert path.read_bytes() == uninterrupted
    assert sorted(file.name for file in tmp_path.iterdir()) == ["model.json"]


@pytest.mark.slow
@pytest.mark.parametrize(("deed", "code"), [("close the window", 129), ("press Ctrl-C", 130)])
def test_a_terminal_may_be_closed(
    tmp_path: Path, digits: Path, uninterrupted: bytes, deed: str, code: int
) -> None:
    path = tmp_path / "model.json"
    words = ("--dataset", digits, *RECIPE, "--output", path)
    process, terminal = in_a_terminal(*words, hold="epoch  3/30")
    assert b"epoch  3/30" in read_until(terminal, b"epoch  3/30")
    if deed == "press Ctrl-C":
        os.write(terminal, b"\x03")
        process.go_on()
        assert b"stopped by Ctrl-C; nothing is lost" in read_until(terminal, b"--resume")
        assert process.wait(timeout=300) == code
    os.close(terminal)
    assert process.wait(timeout=300) == code
    assert "stopped" in Network.load(path).metadata["training"]
    done = run("--resume", tmp_path / "model.checkpoint")
    assert done.returncode == 0, done.stderr
    assert path.read_bytes() == uninterrupted


@pytest.mark.slow
def test_what_is_deaf_to_the_end_of_its_terminal_goes_on(
    tmp_path: Path, digits: Path, uninterrupted: bytes
) -> None:
    path = tmp_path / "model.json"
    process = held_at("epoch  1/30", "--dataset", digits, *RECIPE, "--output", path, within=("nohup",))
    process.send_signal(signal.SIGHUP)
    _, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    assert path.read_bytes() == uninterrupted


@pytest.mark.slow
def test_a_training_goes_on_where_nobody_reads_any_more(
    tmp_path: Path, digits: Path, uninterrupted: bytes
) -> None:
    path = tmp_path / "model.json"
    ours, its = os.openpty()  # not the terminal that it was started from: no signal comes
    words = ("--dataset", digits, *RECIPE, "--output", path)
    process = start(*words, stdout=its, stderr=its, hold="epoch  1/30")
    os.close(its)
    assert b"epoch  1/30" in read_until(ours, b"epoch  1/30")
    os.close(ours)
    assert process.wait(timeout=300) == 0
    assert path.read_bytes() == uninterrupted
    assert [file.name for file in tmp_path.iterdir()] == ["model.json"]


@pytest.mark.slow
@pytest.mark.parametrize("closed", [1, 2])
def test_a_training_needs_nowhere_to_say_anything(
    tmp_path: Path, digits: Path, uninterrupted: bytes, closed: int
) -> None:
    path = tmp_path / "model.json"
    done = run("--dataset", digits, *RECIPE, "--output", path, before=lambda: os.close(closed))
    assert done.returncode == 0, done.stderr
    assert path.read_bytes() == uninterrupted


@pytest.mark.slow
def test_killed_again_and_again_it_comes_to_the_same_bytes(
    tmp_path: Path, digits: Path, uninterrupted: bytes
) -> None:
    path, checkpoint = tmp_path / "model.json", tmp_path / "model.checkpoint"
    moments = random.Random(11)  # noqa: S311
    words: list[object] = ["--dataset", digits, *RECIPE, "--checkpoint-every", "5", "--output", path]
    for _ in range(5):
        process = held_at("epoch", *words)
        process.go_on(to_the_next=True)
        time.sleep(moments.uniform(0, 0.02))
        process.kill()
        process.communicate()
        read_checkpoint(checkpoint)  # whole, whenever it was
        words = ["--resume", checkpoint]
    assert not path.exists()
    assert run(*words).returncode == 0
    assert path.read_bytes() == uninterrupted
    assert [file.name for file in tmp_path.iterdir()] == ["model.json"]


@pytest.mark.slow
def test_the_latest_checkpoint_is_found(tmp_path: Path, digits: Path) -> None:
    for name in ("older", "newer"):
        process = held_at(
            "epoch  2/30", "--dataset", digits, *RECIPE, "--output", f"{name}.json", cwd=tmp_path
        )
        process.kill()
        process.communicate()
    os.utime(tmp_path / "older.checkpoint", (1, 1))
    done = run("--resume", "--quiet", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "newer.json").exists()
    assert not (tmp_path / "newer.checkpoint").exists()
    assert (tmp_path / "older.checkpoint").exists()


@pytest.mark.slow
def test_a_limit_for_files_stops_no_training_but_is_said_once(tmp_path: Path, digits: Path) -> None:
    import resource

    path = tmp_path / "model.json"
    process = start(
        "--dataset",
        digits,
        *RECIPE,
        "--output",
        path,
        before=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000)),
    )
    out, err = process.communicate(timeout=300)
    assert process.returncode == 2
    assert "epoch 30/30" in out
    assert err.count("no checkpoint could be written: File too large; the training goes on") == 1
    assert f"{path}: cannot be written: File too large\nnor anywhere else: this network is lost" in err
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_folder_that_nobody_may_write_to_any_more(
    tmp_path: Path, digits: Path, uninterrupted: bytes
) -> None:
    folder = tmp_path / "folder"
    process = held_at(
        "epoch  3/30",
        "--dataset",
        digits,
        *RECIPE,
        "--output",
        folder / "model.json",
        within=without_override(),
    )
    folder.chmod(0o555)
    try:
        _, err = process.communicate(timeout=300)
    finally:
        folder.chmod(0o755)
    assert process.returncode == 2, err
    assert err.count("no checkpoint could be written: Permission denied; the training goes on") == 1
    assert "model.json: cannot be written: Permission denied\nnothing is lost: go on with" in err
    assert "Traceback" not in err
    assert run("--resume", folder / "model.checkpoint").returncode == 0
    assert (folder / "model.json").read_bytes() == uninterrupted


@pytest.mark.slow
@pytest.mark.skipif(namespace() is None, reason="a disk of one's own needs root, or user namespaces")
def test_a_disk_that_fills_up(tmp_path: Path, digits: Path, uninterrupted: bytes) -> None:
    disk, copy = tmp_path / "disk", tmp_path / "copy"
    # Room for one checkpoint of 203 kB, and neither for a second one beside it nor for the network.
    within = on_a_disk_of(256, disk, copy)
    done = run("--dataset", digits, *RECIPE, "--output", disk / "model.json", within=within)
    assert done.returncode == 2, done.stderr
    assert done.stderr.count("no checkpoint could be written: No space left on device;") == 1
    assert "model.json: cannot be written: No space left on device\nnothing is lost: go on" in done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(file.name for file in copy.iterdir()) == ["model.checkpoint"]
    assert run("--resume", copy / "model.checkpoint").returncode == 0
    assert (copy / "model.json").read_bytes() == uninterrupted


@pytest.mark.slow
@pytest.mark.skipif(namespace() is None, reason="a disk of one's own needs root, or user namespaces")
def test_a_disk_that_is_full_from_the_beginning(tmp_path: Path, digits: Path, uninterrupted: bytes) -> None:
    disk, elsewhere = tmp_path / "disk", tmp_path / "elsewhere"
    elsewhere.mkdir()
    within = on_a_disk_of(4, disk, tmp_path / "copy")
    words = ("--dataset", digits, *RECIPE, "--output", disk / "model.json")
    done = run(*words, within=within, cwd=elsewhere)
    assert done.returncode == 2, done.stderr
    assert "No space left on device\nit was written to model.json instead" in done.stderr
    assert (elsewhere / "model.json").read_bytes() == uninterrupted


@pytest.mark.slow
def test_a_folder_that_was_deleted_is_made_again(tmp_path: Path, digits: Path, uninterrupted: bytes) -> None:
    path = tmp_path / "folder" / "model.json"
    process = held_at("epoch  2/30", "--dataset", digits, *RECIPE, "--output", path)
    shutil.rmtree(path.parent)
    _, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    assert path.read_bytes() == uninterrupted


def test_two_trainings_never_write_one_network(tmp_path: Path, digits: Path, uninterrupted: bytes) -> None:
    path = tmp_path / "model.json"
    first = held_at("epoch  1/30", "--dataset", digits, *RECIPE, "--output", path)
    for more in ([], ["--overwrite"]):
        second = run("--dataset", digits, "--epochs", "1", "--output", path, *more)
        assert second.returncode == 2
        assert "another training is writing it" in second.stderr
    third = run("--resume", tmp_path / "model.checkpoint")
    assert third.returncode == 2
    assert "another training is writing it" in third.stderr
    assert first.wait(timeout=300) == 0
    first.communicate()
    assert path.read_bytes() == uninterrupted


@pytest.mark.slow
def test_a_stopped_training_is_not_forgotten_silently(tmp_path: Path, digits: Path) -> None:
    path = tmp_path / "model.json"
    process = held_at("epoch  2/30", "--dataset", digits, *RECIPE, "--output", path)
    process.kill()
    process.communicate()
    again = run("--dataset", digits, "--epochs", "1", "--output", path)
    assert again.returncode == 2
    assert "a training with this --output was stopped; go on with --resume" in again.stderr
    anew = run("--dataset", digits, "--epochs", "1", "--output", path, "--overwrite")
    assert anew.returncode == 0, anew.stderr
    assert [file.name for file in tmp_path.iterdir()] == ["model.json"]


@cache
def killed_after_one_epoch(digits: Path) -> bytes:
    """What a training leaves that was killed; it names neither the network nor its folder."""
    with tempfile.TemporaryDirectory() as folder:
        process = held_at("epoch  1/30", "--dataset", digits, *RECIPE, "--output", f"{folder}/model.json")
        process.kill()
        process.communicate()
        return Path(folder, "model.checkpoint").read_bytes()


def stopped_checkpoint(folder: Path, digits: Path) -> Path:
    checkpoint = folder / "model.checkpoint"
    checkpoint.write_bytes(killed_after_one_epoch(digits))
    return checkpoint


def damage(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-100] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("prepare", "words", "message"),
    [
        (lambda checkpoint, digits: None, ["--epochs", "20"], "--epochs 20 (it was 30); leave --epochs away"),
        (
            lambda checkpoint, digits: None,
            ["--hidden", "8", "--seed", "3", "--learning-rate", "0.5", "--optimizer", "adam"],
            "--learning-rate 0.5 (it was not given), --seed 3 (it was 0), --hidden 8 (it was 16); "
            "leave --learning-rate, --seed, --hidden away",
        ),
        (lambda checkpoint, digits: None, ["--output", "other.json"], "--output other.json (it was "),
        (lambda checkpoint, digits: None, ["--batch-size", "50"], "leave --batch-size away"),  # the default
        (lambda checkpoint, digits: damage(checkpoint), [], "damaged: its content is not what was written"),
        (lambda checkpoint, digits: checkpoint.unlink(), [], "found nothing of that name"),
        (lambda checkpoint, digits: shutil.rmtree(digits), [], "nothing is there; the training of "),
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


def test_the_same_command_goes_on_with_resume_behind_it(
    tmp_path: Path, digits: Path, uninterrupted: bytes
) -> None:
    stopped_checkpoint(tmp_path, digits)
    path = tmp_path / "model.json"
    done = run("--dataset", digits, *RECIPE, "--output", path, "--resume")
    assert done.returncode == 0, done.stderr
    assert path.read_bytes() == uninterrupted
    again = run("--dataset", digits, *RECIPE, "--output", path, "--resume", "--epochs", "60")
    assert again.returncode == 2
    said = "model.json is finished, and its optimizer with it; to train that network further, with a new one"
    assert said in again.stderr
    named = run("--resume", path.with_suffix(".checkpoint"), "--epochs", "60")
    assert named.returncode == 2
    assert said in named.stderr


@pytest.mark.parametrize("schedule", ["linear", "constant"])
def test_a_stopped_training_is_made_longer(tmp_path: Path, digits: Path, schedule: str) -> None:
    path = tmp_path / "model.json"
    words = (
        "--dataset",
        digits,
        "--hidden",
        "8",
        "--batch-size",
        "50",
        "--schedule",
        schedule,
        "--output",
        path,
    )
    process = held_at("epoch 2/4", *words, "--epochs", "4")
    process.kill()
    process.communicate()
    done = run(*words, "--epochs", "8", "--resume")
    assert done.returncode == 0, done.stderr
    assert "made longer: from 4 to 8 epochs after 2 of them; " in done.stderr
    if schedule == "linear":
        assert (
            "schedule linear is stretched to 8 epochs: the learning rate goes on at 0.075, where it"
            in done.stderr
        )
        assert "epoch 8/8" in done.stdout
    else:
        assert "the learning rate stays 0.1\n" in done.stderr
        run(*words[:-1], tmp_path / "whole.json", "--epochs", "8")
        # Nothing but the last epochs, which are plain, depends on how many there are: and 3 of 4 is not one.
        whole, longer = (Network.load(file) for file in (tmp_path / "whole.json", path))
        assert whole == longer
    record = Network.load(path).metadata["training"]
    assert record["lengthened"] == ["from 4 to 8 epochs after 2 of them"]
    assert "--epochs 8" in record["command"]


def test_a_bare_resume_passes_over_damage_and_a_time_in_the_future(
    tmp_path: Path, digits: Path, uninterrupted: bytes
) -> None:
    stopped_checkpoint(tmp_path, digits)
    later, earlier = time.time() + 3600, time.time() - 3600
    os.utime(tmp_path / "model.checkpoint", (earlier, earlier))
    for name in ("future", "damaged"):
        shutil.copy(tmp_path / "model.checkpoint", tmp_path / f"{name}.checkpoint")
        damage(tmp_path / f"{name}.checkpoint")
    os.utime(tmp_path / "future.checkpoint", (later, later))
    done = run("--resume", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    said = done.stderr.splitlines()
    assert said[0].startswith("passed over: ")
    assert said[0].endswith(
        "damaged.checkpoint: damaged: its content is not what was written (the SHA-256 differs)"
    )
    assert said[1] == "going on with model.checkpoint"
    assert (tmp_path / "model.json").read_bytes() == uninterrupted
    (tmp_path / "damaged.checkpoint").unlink()
    done = run("--resume", cwd=tmp_path)
    assert done.returncode == 2
    assert "future.checkpoint: damaged" in done.stderr


def change_an_image(digits: Path) -> None:
    path = digits / TRAIN_IMAGES
    content = bytearray(path.read_bytes())
    content[5000] ^= 1
    path.write_bytes(content)


@pytest.mark.slow
def test_the_network_that_was_left_at_a_stop_is_replaced_only_if_it_is_still_that(
    tmp_path: Path, digits: Path, uninterrupted: bytes
) -> None:
    path = tmp_path / "model.json"
    process = held_at("epoch  2/30", "--dataset", digits, *RECIPE, "--output", path)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=300)
    document = json.loads(path.read_text(encoding="utf-8"))
    document["about"] = ["edited by hand"]
    path.write_text(json.dumps(document), encoding="utf-8")
    edited = path.read_bytes()
    done = run("--resume", tmp_path / "model.checkpoint")
    assert done.returncode == 0, done.stderr
    assert path.read_bytes() == edited
    assert (tmp_path / "model-2.json").read_bytes() == uninterrupted


def test_overwrite_holds_for_the_network_that_was_there_then(
    tmp_path: Path, digits: Path, uninterrupted: bytes
) -> None:
    path = tmp_path / "model.json"
    path.write_bytes(b"an old one")
    process = held_at("epoch  2/30", "--dataset", digits, *RECIPE, "--output", path, "--overwrite")
    process.kill()
    process.communicate()
    assert path.read_bytes() == b"an old one"
    assert run("--resume", tmp_path / "model.checkpoint").returncode == 0
    assert path.read_bytes() == uninterrupted
    assert [file.name for file in tmp_path.iterdir()] == ["model.json"]


@pytest.mark.slow
def test_killed_after_its_last_write_it_writes_no_second_network(
    tmp_path: Path, digits: Path, uninterrupted: bytes
) -> None:
    checkpoint = stopped_checkpoint(tmp_path, digits)
    content = checkpoint.read_bytes()
    assert run("--resume", checkpoint).returncode == 0
    checkpoint.write_bytes(content)  # as if it had not come to deleting it
    assert run("--resume", checkpoint).returncode == 0
    assert (tmp_path / "model.json").read_bytes() == uninterrupted
    assert [file.name for file in tmp_path.iterdir()] == ["model.json"]


@pytest.mark.slow
def test_the_name_of_the_network_is_kept_with_its_ending(
    tmp_path: Path, digits: Path, uninterrupted: bytes
) -> None:
    path = tmp_path / "my.first.network"
    process = held_at("epoch  1/30", "--dataset", digits, *RECIPE, "--output", path)
    process.kill()
    process.communicate()
    assert run("--resume", tmp_path / "my.first.checkpoint").returncode == 0
    assert path.read_bytes() == uninterrupted
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_a_network_does_not_take_the_name_of_its_checkpoint(tmp_path: Path, digits: Path) -> None:
    done = run("--dataset", digits, *RECIPE, "--output", tmp_path / "model.checkpoint")
    assert done.returncode == 2
    assert ".checkpoint is how the name of a checkpoint ends; give the network another" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_only_drafts_of_ones_own_are_cleared_away(tmp_path: Path, digits: Path) -> None:
    own = [".model.json.0123abcd.part", ".model.checkpoint.0123abcd.part", ".model-curves.png.0123abcd.part"]
    others = [".model.2.json.0123abcd.part", ".model.json.backup.part"]
    for name in (*own, *others):
        (tmp_path / name).touch()
    done = run("--dataset", digits, "--epochs", "1", "--output", tmp_path / "model.json")
    assert done.returncode == 0, done.stderr
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted([*others, "model.json"])


def test_the_trial_of_a_folder_is_cleared_away_like_a_draft(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "model.json"
    with monkeypatch.context() as killed:
        killed.setattr(Path, "unlink", lambda self: None)
        require_new_file("--output", path, overwrite=False)
    assert len(list(tmp_path.iterdir())) == 1
    assert list(tmp_path.iterdir()) == drafts_of(path)


def test_a_second_ctrl_c_is_no_traceback(tmp_path: Path, digits: Path) -> None:
    process = held_at("epoch  1/30", "--dataset", digits, *RECIPE, "--output", tmp_path / "model.json")
    process.send_signal(signal.SIGINT)
    process.go_on()
    time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=300)
    assert process.returncode == 130
    assert "Traceback" not in err


# What a clumsy or hostile hand does


@pytest.mark.slow
@pytest.mark.parametrize("where", ["a pipe that breaks", "a full disk"])
def test_a_training_ends_well_whatever_becomes_of_its_words(
    tmp_path: Path, digits: Path, uninterrupted: bytes, where: str
) -> None:
    path = tmp_path / "model.json"
    words = ("--dataset", digits, *RECIPE, "--output", path)
    if where == "a full disk":
        with Path("/dev/full").open("w") as full:
            process = start(*words, stdout=full, stderr=full)
    else:
        ours, its = os.pipe()
        process = start(*words, stdout=its, stderr=its, hold="epoch  1/30")
        os.close(its)
        assert b"epoch  1/30" in read_until(ours, b"epoch  1/30")
        os.close(ours)
    assert process.wait(timeout=300) == (2 if where == "a full disk" else 0)
    assert path.read_bytes() == uninterrupted


@pytest.mark.slow
def test_the_current_folder_may_be_deleted(tmp_path: Path, digits: Path, uninterrupted: bytes) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    process = held_at("epoch  2/30", "--dataset", digits, *RECIPE, "--output", "model.json", cwd=folder)
    shutil.rmtree(folder)
    _, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    assert "Traceback" not in err
    assert (folder / "model.json").read_bytes() == uninterrupted


def test_names_may_be_bytes_that_are_no_text(tmp_path: Path, digits: Path) -> None:
    strange = tmp_path / os.fsdecode(b"dig\xffits")
    try:
        shutil.copytree(digits, strange)
    except OSError:
        pytest.skip("this file system takes no such names")
    path = tmp_path / "model.json"
    done = run("--dataset", strange, "--hidden", "--epochs", "1", "--output", path)
    assert done.returncode == 0, done.stderr
    notes = Network.load(path).metadata["training"]
    assert r"dig\xffits" in notes["command"]
    assert r"dig\xffits" in notes["data"]


def test_a_training_that_came_to_nothing_takes_no_checkpoint_with_it(tmp_path: Path, digits: Path) -> None:
    checkpoint = stopped_checkpoint(tmp_path, digits)
    before = checkpoint.read_bytes()
    words = ("--optimizer", "sgd", "--learning-rate", "1e30", "--schedule", "constant", "--overwrite")
    done = run("--dataset", digits, *words, "--output", tmp_path / "model.json")
    assert done.returncode == 1
    assert "no epoch was finished" in done.stderr
    assert checkpoint.read_bytes() == before


@pytest.mark.slow
def test_curves_of_somebody_elses_are_not_replaced(
    tmp_path: Path, digits: Path, uninterrupted: bytes
) -> None:
    process = held_at(
        "epoch  1/30", "--dataset", digits, *RECIPE, "--output", tmp_path / "model.json", "--curves"
    )
    process.kill()
    process.communicate()
    (tmp_path / "model-history.csv").write_text("my own")
    assert run("--resume", tmp_path / "model.checkpoint").returncode == 0
    assert (tmp_path / "model-history.csv").read_text() == "my own"
    assert (tmp_path / "model-2.json").read_bytes() == uninterrupted
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        *("model-2-curves.png", "model-2-history.csv", "model-2.json", "model-history.csv")
    ]


@pytest.mark.slow
def test_one_training_leaves_one_network_however_often_it_is_stopped(
    tmp_path: Path, digits: Path, uninterrupted: bytes
) -> None:
    path = tmp_path / "model.json"
    words: tuple[object, ...] = ("--dataset", digits, *RECIPE, "--output", path)
    for epoch in ("epoch  2/30", "epoch  4/30", "epoch  6/30"):
        process = held_at(epoch, *words)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=300)
        path.write_text("mine now")
        words = ("--resume", tmp_path / "model.checkpoint")
    done = run(*words)
    assert done.returncode == 0, done.stderr
    assert path.read_text() == "mine now"
    assert (tmp_path / "model-2.json").read_bytes() == uninterrupted
    assert sorted(file.name for file in tmp_path.iterdir()) == ["model-2.json", "model.json"]


def test_an_old_network_that_may_not_be_read_may_be_overwritten(tmp_path: Path, digits: Path) -> None:
    path = tmp_path / "model.json"
    path.write_text("secret")
    path.chmod(0)
    words = ("--dataset", digits, "--hidden", "--epochs", "1", "--output", path, "--overwrite")
    done = run(*words, within=without_override())
    assert done.returncode == 0, done.stderr
    assert len(Network.load(path).layers) == 2


def test_a_lock_that_is_no_file_is_not_waited_for_and_what_is_somebodys_stays(
    tmp_path: Path, digits: Path
) -> None:
    words = ("--dataset", digits, "--hidden", "--epochs", "1", "--output", tmp_path / "model.json")
    lock = tmp_path / ".model.lock"
    os.mkfifo(lock)
    done = run(*words)
    assert done.returncode == 2
    assert ".model.lock: cannot be locked: not an ordinary file" in done.stderr
    lock.unlink()
    lock.write_text("my own")
    assert run(*words).returncode == 0
    assert lock.read_text() == "my own"


def test_a_checkpoint_needs_its_name(tmp_path: Path, digits: Path) -> None:
    (tmp_path / "model.checkpoint").mkdir()
    done = run("--dataset", digits, "--epochs", "1", "--output", tmp_path / "model.json")
    assert done.returncode == 2
    assert "model.checkpoint: this is a folder, and the checkpoint needs the name" in done.stderr


def test_a_link_to_where_nothing_is_yet_is_followed(tmp_path: Path, digits: Path) -> None:
    (tmp_path / "link.json").symlink_to(tmp_path / "new folder" / "model.json")
    words = ("--hidden", "--epochs", "1", "--output", tmp_path / "link.json")
    done = run("--dataset", digits, *words)
    assert done.returncode == 0, done.stderr
    assert len(Network.load(tmp_path / "new folder" / "model.json").layers) == 2


@pytest.mark.slow
def test_resume_passes_over_what_is_under_way_and_what_leads_nowhere(
    tmp_path: Path, digits: Path, uninterrupted: bytes
) -> None:
    (tmp_path / "lost.checkpoint").symlink_to(tmp_path / "nowhere")
    stopped_checkpoint(tmp_path, digits)
    running = held_at("epoch  1/30", "--dataset", digits, *RECIPE, "--output", tmp_path / "other.json")
    later = time.time() + 10
    os.utime(tmp_path / "other.checkpoint", (later, later))
    done = run("--resume", cwd=tmp_path)
    running.kill()
    running.communicate()
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "model.json").read_bytes() == uninterrupted


def change_about(checkpoint: Path, **changes: object) -> None:
    state, about = read_checkpoint(checkpoint)
    write_checkpoint(checkpoint, state, {**about, **changes})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"ending": ".js\x1bon"}, "no ending of the network's name"),
        ({"ending": "/../x"}, "no ending of the network's name"),
        ({"ending": "." + 5000 * "x"}, "no ending of the network's name"),
        ({"ending": [".json"]}, "no ending of the network's name"),
        (
            {"argv": ["--no-such-option"]},
            "this version does not know its command: unrecognized arguments",
        ),
        ({"argv": ["--help"]}, "this version does not know its command"),
        ({"argv": ["--dataset", "DIGITS", "--validation", 5000 * "x"]}, "nothing of that name is there"),
        ({"argv": ["--data-dir", "a\0b"]}, "expected a folder with IDX files"),
        ({"argv": ["--dataset", "DIGITS"], "fingerprint": "5f"}, "the images are not those"),
    ],
)
def test_a_forged_command_is_refused_in_one_line(
    tmp_path: Path, digits: Path, changes: dict[str, Any], message: str
) -> None:
    checkpoint = stopped_checkpoint(tmp_path, digits)
    if "argv" in changes:
        argv = [str(digits) if argument == "DIGITS" else argument for argument in changes["argv"]]
        changes = {**changes, "argv": argv}
    change_about(checkpoint, **changes)
    before = checkpoint.read_bytes()
    done = run("--resume", checkpoint)
    assert done.returncode == 2
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""
    assert checkpoint.read_bytes() == before


def test_another_network_than_that_of_the_numbers_is_refused(tmp_path: Path, digits: Path) -> None:
    checkpoint = stopped_checkpoint(tmp_path, digits)
    change_about(checkpoint, argv=["--dataset", str(digits), *RECIPE, "--hidden", "9"])
    done = run("--resume", checkpoint)
    assert done.returncode == 2
    said = "not of the training that its command asks for: parameters: expected finite float32 numbers"
    assert said in done.stderr


def test_a_change_of_the_program_meanwhile_is_said(tmp_path: Path, digits: Path) -> None:
    checkpoint = stopped_checkpoint(tmp_path, digits)
    change_about(checkpoint, program="mnist_ocr 0.0.1, NumPy 1.0")
    done = run("--resume", checkpoint)
    assert done.returncode == 0
    assert "begun with mnist_ocr 0.0.1, NumPy 1.0, and this is mnist_ocr" in done.stderr


def test_a_third_ctrl_c_does_nothing_more() -> None:
    stop = Stop()
    stop.note(signal.SIGINT, None)
    assert stop()
    with pytest.raises(KeyboardInterrupt):
        stop.note(signal.SIGINT, None)
    stop.note(signal.SIGINT, None)
    assert stop.at_once
    writing = Stop()
    writing.concluding = True
    writing.note(signal.SIGINT, None)
    writing.note(signal.SIGINT, None)
    assert not writing.at_once
    lost = how_to_go_on(Path("a.checkpoint"), stop.reason, at_once=stop.at_once)
    assert lost.startswith(
        "stopped by Ctrl-C; what was learned since the last checkpoint is lost: go on with"
    )


@pytest.mark.slow
def test_what_it_goes_on_with_is_said_and_what_was_meant(tmp_path: Path, digits: Path) -> None:
    checkpoint = stopped_checkpoint(tmp_path, digits)
    wrong = run("--resume", tmp_path / "model.json")
    assert wrong.returncode == 2
    assert f"did you mean {checkpoint}?" in wrong.stderr
    done = run("--resume", "--quiet", "--curves", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr == "going on with model.checkpoint\n"
    assert (tmp_path / "model-curves.png").is_file()


@pytest.mark.parametrize("script", ["train.py", "inference.py"])
def test_ctrl_c_while_it_is_loaded_is_no_traceback(script: str) -> None:
    early = f"import os, runpy, sys, signal; sys.path.insert(0, {str(ROOT)!r})\n" + (
        "import builtins; usual = builtins.__import__\n"
        "def slow(name, *more):\n"
        "    if name.startswith('mnist_ocr'): os.kill(os.getpid(), signal.SIGINT)\n"
        "    return usual(name, *more)\n"
        f"builtins.__import__ = slow; runpy.run_path({str(ROOT / script)!r}, run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-c", early], capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGINT
    assert done.stderr == ""


@pytest.mark.parametrize("name", [".", "/", ".."])
def test_a_folder_is_not_gone_on_with(tmp_path: Path, name: str) -> None:
    done = run("--resume", name, cwd=tmp_path)
    assert done.returncode == 2
    assert "this is a folder, expected a checkpoint" in done.stderr
    assert len(done.stderr.splitlines()) == 1
