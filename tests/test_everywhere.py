"""The commands where a computer is not like ours: strange paths, no home, other locales, line ends, cores.

The long version runs the whole suite in such places: `python -m tests.long environments`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mnist_ocr import Network
from tests import trainings
from tests.trainings import RECIPE, ROOT, write_digits

STRANGE = "Straße nach Čáslav – 数字 %20 'x'"


OURS = ("-X", "warn_default_encoding", "-W", "error")
"""For Python: whoever opens a text without saying how it is encoded is told so. Matplotlib does that."""


def run_program(program: str, *words: object, within: Path, checked: tuple[str, ...] = OURS) -> str:
    """Run a program of the project; what it printed."""
    variables = {
        **os.environ,
        "HOME": f"{__file__}/nowhere",
        "LC_ALL": "C",
        "http_proxy": "http://127.0.0.1:9",
    }
    for name in ("LANG", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "MNIST_OCR_DATA"):
        variables.pop(name, None)
    done = subprocess.run(
        [sys.executable, *checked, str(ROOT / program), *map(str, words)],
        cwd=within,
        env=variables,
        capture_output=True,
        encoding="utf-8",
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_network_is_trained_and_asked_in_a_strange_place_without_a_home(tmp_path: Path) -> None:
    place = tmp_path / STRANGE
    digits = write_digits(place / "Ziffern é")
    (place / "eine Sieben é.png").write_bytes((ROOT / "git" / "seven.png").read_bytes())
    words = ["--dataset", digits.name, *RECIPE, "--epochs", "2", "--output"]
    assert "mein Netz é.json" in run_program("train.py", *words, "mein Netz é.json", within=place)
    run_program("train.py", *words, "noch eins é.json", "--curves", within=place, checked=())
    assert (place / "noch eins é-curves.png").exists()
    out = run_program(
        *("inference.py", "--image-path", "eine Sieben é.png", "--model", "mein Netz é.json", "--json"),
        within=place,
    )
    assert json.loads(out)["model"] == "mein Netz é.json"


def test_a_model_with_the_line_ends_of_windows_is_the_same(tmp_path: Path) -> None:
    network = Network([784, 5, 10], seed=1)
    network.save(tmp_path / "model.json")
    content = (tmp_path / "model.json").read_bytes()
    (tmp_path / "windows.json").write_bytes(content.replace(b"\n", b"\r\n"))
    loaded = Network.load(tmp_path / "windows.json")
    assert np.array_equal(loaded.parameters, network.parameters)
    loaded.save(tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == content


@pytest.mark.slow
def test_the_cores_that_the_matrix_library_finds_make_no_difference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digits = write_digits(tmp_path / "digits")
    words = ("--dataset", digits, "--epochs", "5", "--output")  # with --threads 2 the last bits are others
    networks = set()
    for count in ("1", "2", "4"):
        for library in ("OPENBLAS", "OMP", "MKL", "VECLIB"):
            monkeypatch.setenv(f"{library}_NUM_THREADS", count)
        done = trainings.run(*words, tmp_path / f"{count}.json")
        assert done.returncode == 0, done.stderr
        networks.add((tmp_path / f"{count}.json").read_bytes())
    assert len(networks) == 1
