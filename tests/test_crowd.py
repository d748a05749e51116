"""Whoever asks a model while it is replaced is answered by one whole network, the old one or the new one.

Two networks that answer differently to everything take turns under one name. An answer that is, to the last
digit, neither the one's nor the other's came from a mixture of both.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from mnist_ocr import Network
from mnist_ocr.files import whole_file
from tests.trainings import ROOT

AT_ONCE, IN_ALL = 8, 60
"""How many ask."""

PICTURE = ROOT / "git" / "seven.png"


def networks() -> list[Network]:
    """One that says 3 and one that says 8, sure to different degrees, every weight of them another."""
    both = []
    for digit, weight in ((3, 0.001), (8, -0.002)):
        network = Network([784, 32, 10], seed=digit)
        for layer in network.layers[1:]:
            layer.weights = layer.weights + weight
        biases = [0.0] * 10
        biases[digit] = 20.0 + digit / 10
        network.output.biases = biases
        both.append(network)
    return both


def ask(model: Path) -> subprocess.Popen[str]:
    """Ask a model what is on the picture."""
    words = [
        sys.executable,
        str(ROOT / "inference.py"),
        "--image-path",
        str(PICTURE),
        "--json",
        "--top",
        "10",
    ]
    pipe = subprocess.PIPE
    return subprocess.Popen([*words, "--model", str(model)], stdout=pipe, stderr=pipe, text=True)


def answer_of(process: subprocess.Popen[str]) -> str:
    """What it said, to the last digit; or what it complained about."""
    out, err = process.communicate(timeout=300)
    if process.returncode or err:
        return f"exit code {process.returncode}: {err}"
    record = json.loads(out)
    del record["model"]
    return json.dumps(record, sort_keys=True)


@pytest.mark.slow
def test_every_answer_comes_from_one_whole_network(tmp_path: Path) -> None:
    contents, right = [], set()
    for network in networks():
        network.save(tmp_path / "alone.json")
        contents.append((tmp_path / "alone.json").read_bytes())
        right.add(answer_of(ask(tmp_path / "alone.json")))
    assert len(right) == 2
    model = tmp_path / "model.json"
    model.write_bytes(contents[0])
    answers: Counter[str] = Counter()
    asking = [ask(model) for _ in range(AT_ONCE)]
    replaced = 0
    while asking:
        replaced += 1
        with whole_file(model) as file:  # as `Network.save` does it
            file.write(contents[replaced % 2])
        for process in [process for process in asking if process.poll() is not None]:
            asking.remove(process)
            answers[answer_of(process)] += 1
            if answers.total() + len(asking) < IN_ALL:
                asking.append(ask(model))
    assert set(answers) <= right, answers
    assert answers.total() == IN_ALL
    assert replaced > IN_ALL
