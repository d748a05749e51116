"""Model files."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import numpy as np

from mnist_ocr import Network
from tests.fuzzing.damage import bytes_mutated, either, encoded, json_mutated, json_text
from tests.fuzzing.verdict import read_or_refused
from tests.model_documents import small_document


def seeds(folder: Path) -> list[bytes]:
    """Networks of every precision and depth, as the program writes them."""
    networks = [
        Network([2, 2]),
        Network([3, 2, 2], ["tanh", "linear"], dtype="float64"),
        Network([1, 1, 1, 1], ["relu", "sigmoid", "softmax"], seed=3),
        Network([30, 2, 1], seed=4),
    ]
    networks[1].metadata = {"about": ["é"], "training": {"epochs": 3}, "sure_above": 0.9}
    networks[1].layers[1].nodes[0].name = "loop"
    found = []
    for network in networks:
        network.save(folder / "seed.json")
        found.append((folder / "seed.json").read_bytes())
    return [*found, json.dumps(small_document()).encode()]


def _deep(content: bytes, random: Random) -> bytes:
    return encoded(json_text(json_mutated(json.loads(content), random), random))


def _grown(content: bytes, random: Random) -> bytes:
    """Another layer, or another node with the edges that it needs: another network that is right."""
    document = json.loads(content)
    layers = document["layers"]
    place = random.randrange(1, len(layers))
    layer = layers[place]
    if random.random() < 0.5:
        layer["nodes"].append(json.loads(json.dumps(layer["nodes"][0])))
        layer["size"] += 1
        for node in layers[place + 1]["nodes"] if place + 1 < len(layers) else []:
            node["weights"].append(random.choice((0, -0.0, 1e-45, 3.4028235e38, random.uniform(-1, 1))))
    else:
        node = {"name": "new", "bias": random.uniform(-1, 1), "weights": [0.1] * layers[place - 1]["size"]}
        layers[place:place] = [{**layer, "nodes": [node] * layer["size"], "activation": "relu"}]
        for following in layer["nodes"]:
            following["weights"] = [random.uniform(-1, 1)] * layer["size"]
    return encoded(json_text(document, random))


mutate = either(_deep, _deep, _deep, _grown, bytes_mutated)


def judge(content: bytes, folder: Path) -> bool:
    """A network that was read has the file's numbers, and is the same after it was saved and loaded."""
    path, again = folder / "model.json", folder / "again.json"
    path.write_bytes(content)
    network = read_or_refused(lambda: Network.load(path), folder)
    if network is None:
        return False
    document = json.loads(content.decode("utf-8-sig"))
    assert network.sizes == [layer["size"] for layer in document["layers"]]
    for layer, record in zip(network.layers[1:], document["layers"][1:], strict=True):
        assert layer.name == record["name"]
        assert layer.activation.name == record["activation"]
        for node, said in zip(layer.nodes, record["nodes"], strict=True):
            assert node.name == said["name"]
            numbers = [*layer.weights[node.index].tolist(), float(layer.biases[node.index])]
            expected = [network.dtype.type(number) for number in (*said["weights"], said["bias"])]
            assert numbers == expected, node.path
    assert np.isfinite(network.parameters).all()
    network.save(again)
    loaded = Network.load(again)
    assert loaded.parameters.tobytes() == network.parameters.tobytes()
    assert loaded == network
    assert loaded.metadata.keys() >= network.metadata.keys()
    saved = again.read_bytes()
    loaded.save(again)
    assert again.read_bytes() == saved
    network.forward(np.zeros(network.sizes[0]))
    return True
