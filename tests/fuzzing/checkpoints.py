"""Checkpoints, most of them with the SHA-256 that belongs to what was changed."""

from __future__ import annotations

import hashlib
import io
import json
import math
import struct
from contextlib import redirect_stderr, suppress
from dataclasses import asdict
from pathlib import Path
from random import Random

import numpy as np

from mnist_ocr import Network
from mnist_ocr.commands.training_options import activations_of, config_of, options_of, sizes_of
from mnist_ocr.commands.training_runs import TrainingRun, resumed_run
from mnist_ocr.training import NOT_SCORED, Epoch, Score, StateError, TrainingConfig, train
from mnist_ocr.training.checkpoint import read_checkpoint, write_checkpoint
from tests.fuzzing.damage import bytes_mutated, either, json_mutated
from tests.fuzzing.verdict import read_or_refused
from tests.rows import Rows

ABOUT = {
    "argv": ["--epochs", "3", "--hidden", "16", "--dataset", "synthetic"],
    "fingerprint": "5f3c",
    "left": ["model.json", "5f3c"],
    "ending": ".json",
    "program": "mnist_ocr 0.1.0, NumPy 2.4.6",
}


def seeds(folder: Path) -> list[bytes]:
    """A training before its first epoch, and one after two of them, in either precision."""
    found = []
    for kind, epochs in ((np.float32, 0), (np.float64, 2)):
        scores = [NOT_SCORED, Score(0.5, 0.7)]
        history = [Epoch(n, 0.5, 0.8, scores[n - 1], 0.1, 1.5, 1000.0) for n in range(1, epochs + 1)]
        numbers = np.linspace(-1, 1, 5).astype(kind)
        state = {
            "epochs": [asdict(epoch) for epoch in history],
            "best_epoch": epochs or None,
            "steps": 7,
            "batches": 3,
            "loss": 1.25,
            "correct": 9,
            "seconds": 0.5,
            "generator": np.random.default_rng(1).bit_generator.state,
            "parameters": numbers,
            "best": numbers * 2,
            "optimizer": np.stack([numbers, numbers]) if epochs else np.zeros((0, 5), kind),
        }
        write_checkpoint(folder / "seed.checkpoint", state, ABOUT)
        found.append((folder / "seed.checkpoint").read_bytes())
    return found


def _signed(line: bytes, numbers: bytes) -> bytes:
    body = line + b"\n" + numbers
    return b"mnist_ocr checkpoint 2\nsha256 " + hashlib.sha256(body).hexdigest().encode() + b"\n" + body


def _header(content: bytes, random: Random) -> bytes:
    _, _, line, numbers = content.split(b"\n", 3)
    return _signed(json.dumps(json_mutated(json.loads(line), random)).encode(), numbers)


def _body(content: bytes, random: Random) -> bytes:
    _, _, line, numbers = content.split(b"\n", 3)
    if random.random() < 0.3:
        return _signed(bytes_mutated(line, random), numbers)
    return _signed(line, bytes_mutated(numbers, random))


mutate = either(_header, _header, _header, _body, bytes_mutated)


def judge(content: bytes, folder: Path) -> bool:
    """What was read has the file's numbers, can be reckoned with, and is the same when written again.

    What the command that goes on makes of it is asked as well, up to the loading of images.
    """
    path, again = folder / "model.checkpoint", folder / "again.checkpoint"
    path.write_bytes(content)
    found = read_or_refused(lambda: read_checkpoint(path), folder)
    if found is None:
        return False
    state, about = found
    _, _, line, numbers = content.split(b"\n", 3)
    header = json.loads(line)
    start = 0
    for name, kind, shape in header["arrays"]:
        code, size = {"float32": ("f", 4), "float64": ("d", 8)}[kind]
        count = math.prod(shape)
        expected = struct.unpack_from(f"<{count}{code}", numbers, start)
        assert list(state[name].shape) == shape
        assert repr(state[name].ravel().tolist()) == repr(list(expected))  # in which NaN is equal to NaN
        start += size * count
    assert start == len(numbers)
    assert about == header["about"]
    write_checkpoint(again, state, about)
    twin, about_twin = read_checkpoint(again)
    assert repr(twin) == repr(state)
    assert json.dumps(about_twin) == json.dumps(about)
    _resume(state)
    job = read_or_refused(lambda: _going_on(path), folder)
    if job is not None:
        assert job.manager.output.parent == folder
        assert job.manager.left() is None
        job.manager.close(done=False)
    return True


def _resume(state: dict[str, object]) -> None:
    """A training goes on from the state, or refuses it in words."""
    for optimizer, dtype in (("sgd", "float32"), ("adam", "float64")):
        network = Network.zeros([4, 1], ["linear"], dtype=dtype)
        examples = Rows(np.zeros((4, 4), dtype), np.zeros(4, np.int64))
        config = TrainingConfig(epochs=2, augment="none", optimizer=optimizer)
        with suppress(StateError):
            train(network, examples, None, config, resume=state)


def _going_on(path: Path) -> TrainingRun:
    words = ["--resume", str(path)]
    options = options_of(words)
    options.argv = words
    with redirect_stderr(io.StringIO()):
        job = resumed_run(options)
        config_of(job.options), activations_of(job.options), sizes_of(job.options)
    return job
