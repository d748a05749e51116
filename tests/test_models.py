"""The networks that come with the program are what their headers and the README say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mnist_ocr import Network
from mnist_ocr.data import load_mnist
from mnist_ocr.modelfile import MODELS, find_model
from mnist_ocr.training import evaluate


@pytest.mark.parametrize("name", MODELS)
def test_a_shipped_file_is_whole_and_readable(name: str, tmp_path: Path) -> None:
    path = find_model(name)
    network = Network.load(path)
    assert path.stem == "mnist-" + "-".join(map(str, network.sizes))
    assert path.stat().st_size < 12_000_000
    assert np.array_equal(network.parameters, network.parameters.round(4))
    network.save(tmp_path / "again.json")
    shipped = path.read_bytes().replace(b"\r\n", b"\n")  # which git makes of it on Windows
    assert (tmp_path / "again.json").read_bytes() == shipped
    docs = Path(__file__).parent.parent / "docs"
    pages = " ".join(path.read_text(encoding="utf-8") for path in sorted(docs.rglob("*.md")))
    assert network.metadata["training"]["command"] in pages
    assert f"{network.metadata['training']['accuracy']['test']:.2%}".replace("%", " %") in pages


@pytest.mark.parametrize("name", MODELS)
def test_the_accuracy_in_the_header_is_the_networks_own(name: str, mnist_dir: Path) -> None:
    network = Network.load(find_model(name))
    found = evaluate(network, load_mnist(mnist_dir).test).accuracy
    assert found == pytest.approx(network.metadata["training"]["accuracy"]["test"], abs=2e-4)
