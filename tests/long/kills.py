"""Trainings that are killed, stopped and robbed of their disk, at moments that nobody chose.

The moments of a kill lean towards writes: the folder is watched for the draft that a checkpoint or a network
begins as, and a moment later the process is gone. After each disturbance every file has to be whole, and the
training has to go on to the bytes of one that nobody disturbed.
"""

from __future__ import annotations

import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from mnist_ocr import Network
from mnist_ocr.training.checkpoint import read_checkpoint
from tests import trainings
from tests.long.outcome import Outcome
from tests.small_disk import namespace, on_a_disk_of
from tests.trainings import RECIPE, in_a_terminal, read_until, start, until, without_override, write_digits

LARGER = [*RECIPE, "--hidden", "64", "--epochs", "20", "--checkpoint-every", "40"]
"""A network that takes some time to write: a checkpoint of 0.8 MB, a file of 0.4 MB."""

NETWORK, CHECKPOINT = "model.json", "model.checkpoint"
DELAY = 0.004
"""Seconds from the sight of a checkpoint's draft to the kill, at most; a network takes five times as long."""


class Ground:
    """Where it happens: digits, and what a training of them comes to that nobody disturbs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.random = random.Random(5)  # noqa: S311
        self.words = ["--dataset", str(write_digits(folder / "digits")), *LARGER]
        self.seconds = time.perf_counter()
        done = trainings.run(*self.words, "--output", self.new_place() / NETWORK)
        self.seconds = time.perf_counter() - self.seconds
        assert done.returncode == 0, done.stderr
        self.truth = (self.place / NETWORK).read_bytes()
        self.old = self._an_old_network()
        self.within_writes: Counter[str] = Counter()

    def new_place(self) -> Path:
        """An empty folder for the next training."""
        self.place = self.folder / "place"
        shutil.rmtree(self.place, ignore_errors=True)
        self.place.mkdir()
        return self.place

    def _an_old_network(self) -> bytes:
        path = self.folder / NETWORK
        Network([784, 5, 10], seed=1).save(path)
        return path.read_bytes()

    def check_files(self, *, before: bytes | None) -> None:
        """Whatever has the name of a file has to be that file, whole."""
        path = self.place / NETWORK
        if path.exists():
            Network.load(path)
            assert path.read_bytes() in (before, self.truth), "another network than the old or the new one"
        else:
            assert before is None, "the old network is gone"
        if (self.place / CHECKPOINT).exists():
            read_checkpoint(self.place / CHECKPOINT)

    def check_end(self, done: subprocess.CompletedProcess[str]) -> None:
        """A training that went on has to come to the same bytes, and to leave nothing else."""
        assert done.returncode == 0, done.stderr
        assert (self.place / NETWORK).read_bytes() == self.truth, "other bytes"
        found = sorted(file.name for file in self.place.iterdir())
        assert found == [NETWORK], f"left behind: {found}"

    def go_on(self) -> None:
        """Resume, or start anew where there is nothing yet, and check the end."""
        checkpoint = self.place / CHECKPOINT
        if checkpoint.exists():
            self.check_end(trainings.run("--resume", checkpoint))
        elif not self.is_complete():
            self.check_end(trainings.run(*self.words, "--output", self.place / NETWORK, "--overwrite"))

    def is_complete(self) -> bool:
        """Whether the network is there that all this is about."""
        path = self.place / NETWORK
        return path.exists() and path.read_bytes() == self.truth


def run_kills(ground: Ground) -> None:
    """Kill a training, at times twice, and go on with it."""
    place = ground.new_place()
    words: list[object] = [*ground.words, "--output", place / NETWORK, "--overwrite"]
    before = ground.random.choice([None, ground.old])
    if before:
        (place / NETWORK).write_bytes(before)
    while True:
        _kill(ground, words)
        ground.check_files(before=before)
        if (place / CHECKPOINT).exists():
            words = ["--resume", place / CHECKPOINT]
        if ground.is_complete() or ground.random.random() < 0.7:
            break
    ground.go_on()


def _kill(ground: Ground, words: list[object]) -> None:
    aim = ground.random.choice([NETWORK, NETWORK, CHECKPOINT, CHECKPOINT, None])
    process = start(*words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if aim is None:
        time.sleep(ground.random.uniform(0, 1.2 * ground.seconds))
    else:
        _wait_for_draft(ground, process, aim)
    process.kill()
    process.wait()
    drafts = [file.name for file in ground.place.glob(".*.part")]
    for name in (NETWORK, CHECKPOINT):
        if any(draft.startswith(f".{name}.") for draft in drafts):
            ground.within_writes[name] += 1


def _wait_for_draft(ground: Ground, process: subprocess.Popen[str], name: str) -> None:
    passed_over = 0 if name == NETWORK else ground.random.randrange(40)
    seen: set[str] = set()
    while process.poll() is None:
        drafts = {file.name for file in ground.place.glob(f".{name}.*")}
        seen |= drafts
        if drafts and len(seen) > passed_over:
            time.sleep(ground.random.uniform(0, DELAY * (5 if name == NETWORK else 1)))
            return
        time.sleep(0.0002)


def stop_by_signal(ground: Ground, number: int, words: str) -> None:
    """Send a signal at some moment of the training."""
    place = ground.new_place()
    process = start(*ground.words, "--output", place / NETWORK)
    until(process, "epoch")
    time.sleep(ground.random.uniform(0, ground.seconds / 2))
    process.send_signal(number)
    _, err = process.communicate(timeout=120)
    assert "Traceback" not in err, err
    if process.returncode == 0:  # it came to its end before
        assert ground.is_complete()
        return
    assert process.returncode == 128 + number, err
    assert err.count(f"stopped by {words}; nothing is lost: go on with python train.py --resume") == 1, err
    Network.load(place / NETWORK)
    read_checkpoint(place / CHECKPOINT)
    ground.go_on()


def close_the_terminal(ground: Ground) -> None:
    """Close the window in which a training runs."""
    place = ground.new_place()
    process, terminal = in_a_terminal(*ground.words, "--output", place / NETWORK)
    read_until(terminal, b"epoch ")
    time.sleep(ground.random.uniform(0, ground.seconds / 2))
    os.close(terminal)
    code = process.wait(timeout=120)
    # After the last write, the end of its terminal is the end of the program.
    assert code in (0, 129, -signal.SIGHUP), code
    if code == 129:
        Network.load(place / NETWORK)
        read_checkpoint(place / CHECKPOINT)
    ground.go_on()


def fill_the_disk(ground: Ground) -> None:
    """Train on a disk that is too small, or just large enough."""
    place, disk = ground.new_place(), ground.folder / "disk"
    elsewhere = ground.folder / "elsewhere"
    shutil.rmtree(elsewhere, ignore_errors=True)
    elsewhere.mkdir()
    within = on_a_disk_of(ground.random.randint(4, 2400), disk, place)
    done = trainings.run(*ground.words, "--output", disk / NETWORK, within=within, cwd=elsewhere)
    _check_refused(ground, done, "No space left on device", elsewhere)


def limit_the_files(ground: Ground) -> None:
    """Train where no file may be larger than so much."""
    place, most = ground.new_place(), ground.random.randint(1_000, 1_200_000)
    done = trainings.run(
        *(*ground.words, "--output", place / NETWORK),
        before=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)),
    )
    if "this network is lost" in done.stderr:  # where no file can be written anywhere
        assert most < len(ground.truth)
        assert list(place.iterdir()) == []
        return
    _check_refused(ground, done, "File too large", None)


def _check_refused(
    ground: Ground, done: subprocess.CompletedProcess[str], reason: str, elsewhere: Path | None
) -> None:
    assert "Traceback" not in done.stderr, done.stderr
    assert done.stderr.count("no checkpoint could be written") <= 1, done.stderr
    ground.check_files(before=None)
    if done.returncode == 0:
        assert ground.is_complete()
        return
    assert done.returncode == 2, done.stderr
    assert f"cannot be written: {reason}" in done.stderr, done.stderr
    if "it was written to" in done.stderr:
        assert elsewhere is not None
        assert (elsewhere / NETWORK).read_bytes() == ground.truth, "other bytes"
    else:
        assert "nothing is lost: go on with" in done.stderr, done.stderr
        assert (ground.place / CHECKPOINT).exists()
        ground.go_on()


def lock_the_folder(ground: Ground) -> None:
    """Take the permission to write away, at some moment of the training."""
    place = ground.new_place()
    process = start(*ground.words, "--output", place / NETWORK, within=without_override())
    until(process, "epoch")
    time.sleep(ground.random.uniform(0, ground.seconds / 2))
    place.chmod(0o555)
    try:
        out, err = process.communicate(timeout=120)
    finally:
        place.chmod(0o755)
    _check_refused(
        ground, subprocess.CompletedProcess([], process.returncode, out, err), "Permission denied", None
    )


def delete_the_folder(ground: Ground) -> None:
    """Delete the folder, at some moment of the training."""
    place = ground.new_place()
    process = start(*ground.words, "--output", place / NETWORK)
    until(process, "epoch")
    time.sleep(ground.random.uniform(0, ground.seconds / 2))
    ended = process.poll() is not None
    shutil.rmtree(place, ignore_errors=True)
    out, err = process.communicate(timeout=120)
    if ended or (process.returncode == 0 and not place.exists()):  # deleted after the end: what was asked for
        place.mkdir(exist_ok=True)
        return
    ground.check_end(subprocess.CompletedProcess([], process.returncode, out, err))


def start_two(ground: Ground) -> None:
    """Start two trainings with one output at once."""
    place = ground.new_place()
    both = [start(*ground.words, "--output", place / NETWORK) for _ in range(2)]
    ends = [(process.communicate(timeout=120)[1], process.returncode) for process in both]
    codes = sorted(code for _, code in ends)
    assert codes == [0, 2], ends
    refusal = next(err for err, code in ends if code == 2)
    assert "another training is writing it" in refusal or "exists already" in refusal, refusal
    assert len(refusal.splitlines()) == 1, refusal
    ground.check_end(subprocess.CompletedProcess([], 0, "", ""))


DISTURBANCES: dict[str, tuple[Callable[[Ground], None], float]] = {
    "SIGKILL": (run_kills, 1),
    "Ctrl-C (SIGINT)": (lambda ground: stop_by_signal(ground, signal.SIGINT, "Ctrl-C"), 0.1),
    "SIGTERM": (lambda ground: stop_by_signal(ground, signal.SIGTERM, "the signal SIGTERM"), 0.1),
    "terminal closed": (close_the_terminal, 0.1),
    "disk full": (fill_the_disk, 0.1),
    "file-size limit": (limit_the_files, 0.1),
    "folder made read-only": (lock_the_folder, 0.1),
    "folder deleted": (delete_the_folder, 0.1),
    "two trainings, one output": (start_two, 0.1),
}
"""What is done to a training, and how often as a part of --count."""


def run_all(ground: Ground, count: int, until_then: float, outcome: Outcome) -> None:
    """Disturb trainings, and write down what came of it."""
    for name, (disturb, part) in DISTURBANCES.items():
        times, held = max(1, round(count * part)), 0
        if disturb is fill_the_disk and namespace() is None:
            outcome.rows.append([name, "0", "not run: this needs root, or user namespaces"])
            continue
        done = 0
        while done < times and time.monotonic() < until_then:
            try:
                disturb(ground)
                held += 1
            except Exception as error:  # whatever it is, it is a failure of this promise
                outcome.failures.append(f"{name}, number {done + 1}: {' '.join(str(error).split())[:400]}")
            done += 1
            print(f"\r{name}: {done} of {times}, {held} held ", end="", file=sys.stderr)
        print(file=sys.stderr)
        outcome.rows.append([name, str(done), str(held)])


def run(count: int | None, minutes: float | None) -> Outcome:
    """Disturb trainings `count` times (200), or for so many minutes."""
    outcome = Outcome("", ["what happens to a training", "times", "held"])
    until_then = time.monotonic() + (float("inf") if minutes is None else 60 * minutes)
    with tempfile.TemporaryDirectory() as folder:
        ground = Ground(Path(folder))
        run_all(ground, count or 200, until_then, outcome)
    writes = ground.within_writes
    outcome.text = (
        "After each: every file that has a name is whole and loads, `--resume` comes to the bytes of a "
        "training that nobody disturbed, and nothing else is left. A training that was killed was killed "
        f"again in three of ten cases. Kills that fell into a write: {writes[CHECKPOINT]} of a checkpoint, "
        f"{writes[NETWORK]} of a network."
    )
    return outcome
