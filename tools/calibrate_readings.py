"""Fit how the readings of a picture are weighed, and choose from which confidence an answer is sure.

    python tools/calibrate_readings.py [--scenes 8000] [--processes 2] [--measure]

Draws labelled pictures (`scenes.py`), finds all hypotheses about each, and asks both shipped networks. Then
it fits the weights of the gate, see `mnist_ocr/images/gate.py`: those that make the right labels most likely,
for both networks together. A picture without a digit, or with several, asks for the same probability of every
digit. The weights go to `mnist_ocr/images/gate.json`.

Then the confidence threshold of each network is chosen: the lowest from which at most `WRONG_AMONG_SURE` of
the sure answers are wrong, and at most `SURE_OF_NONE` of the pictures of no digit have one. It goes to
`sure_above` in the network's file. What is printed are the figures on pictures that the weights were not
fitted to.

The digits are MNIST's validation images, which the shipped networks did not learn from, and synthetic ones.
No picture that a person sent is used. `--measure` changes no file.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from mnist_ocr.data import load_dataset  # noqa: E402
from mnist_ocr.data.splits import split_dataset  # noqa: E402
from mnist_ocr.graph import Network  # noqa: E402
from mnist_ocr.images import gate, load_picture  # noqa: E402
from mnist_ocr.images.belief import probabilities  # noqa: E402
from mnist_ocr.images.hypotheses import as_seen, partners_of, selections  # noqa: E402
from mnist_ocr.modelfile import MODELS, find_model  # noqa: E402
from tools.pens import Digits, with_open_loops  # noqa: E402
from tools.scenes import KINDS, NO_DIGIT, scenes  # noqa: E402

CHUNK = 2 * (len(KINDS) + len(NO_DIGIT))
"""Scenes of one seed: each kind twice."""

FIRST_SEED = 1000
HELD_OUT = 4
"""Every fourth chunk is not fitted to."""

STEPS, RATE, DECAY = 800, 0.05, 1e-3
"""Of Adam, over all pictures at once; the decay keeps at 0 what makes no difference. Both are for features of
standard deviation 1: what is rare shall be learned as easily as what is usual."""

NOISE = 0.01
"""Share of the drawn digits that nobody can read, because a stroke was lost: their labels mean nothing."""

TEMPERATURES = np.round(np.arange(0.5, 1.3, 0.05), 2)
THRESHOLDS = np.round(np.arange(0.7, 0.991, 0.005), 3)
WRONG_AMONG_SURE, SURE_OF_NONE = 0.0125, 0.025
"""How many of the sure answers to digits may be wrong, and how many pictures of none may have one. The scenes
are harder than what people send: pens that skip, digits askew, scraps, boxes, lines, digits that overlap."""

ABOUT = [
    "What one unit of a feature adds to the logarithm of a reading's weight; see gate.py for the formula and",
    "hypotheses.py for the features. Made by: python tools/calibrate_readings.py",
]


@dataclass(frozen=True, eq=False)
class Found:
    """The hypotheses about one scene.

    Attributes:
        kind: of scene.
        label: the digit; None for none or several.
        pixels: uint8 (hypotheses, 28, 28).
        features: of each hypothesis.
    """

    kind: str
    label: int | None
    pixels: np.ndarray
    features: list[dict[str, float]]


@cache
def validation() -> Digits:
    """MNIST's validation images, as `train.py` splits them off by default."""
    splits = split_dataset(load_dataset("mnist"), None, None, np.random.default_rng(0))
    return with_open_loops((splits.validation.images, splits.validation.labels))


def find(seed: int) -> list[Found]:
    """The scenes of one seed and the hypotheses about each; those without any are left out."""
    found = []
    for scene in scenes(CHUNK, seed, validation()):
        seen = [as_seen(selection) for selection in selections(load_picture(scene.picture), (True, False))]
        seen = [hypothesis for hypothesis in seen if hypothesis.pixels.any()]
        if seen:
            label = None if scene.label is None else int(scene.label)
            pixels = np.array([hypothesis.pixels for hypothesis in seen])
            features = [hypothesis.selection.features for hypothesis in seen]
            found.append(Found(scene.kind, label, pixels, features))
    return found


class Table:
    """All scenes as arrays with the same number of hypotheses, padded.

    Attributes:
        features: (scenes, hypotheses, features), in the order of `names`; those of the belief are filled in
            for each network.
        there: (scenes, hypotheses): False for padding.
        beliefs: of each network, (scenes, hypotheses, 10).
        targets: (scenes, 10): one-hot, or a tenth each where there is no digit.
        labels: (scenes,), -1 where there is no digit.
        is_digit: (scenes,), where there is one.
        counted: (scenes, hypotheses), how much of a weight counts for a digit.
    """

    def __init__(self, found: Sequence[Found], names: Sequence[str], networks: dict[str, Network]) -> None:
        self.found, self.names = found, names
        most = max(len(scene.pixels) for scene in found)
        self.features = np.zeros((len(found), most, len(names)))
        self.there = np.zeros((len(found), most), bool)
        self.targets = np.full((len(found), 10), 0.1)
        for row, scene in enumerate(found):
            self.there[row, : len(scene.pixels)] = True
            for place, features in enumerate(scene.features):
                self.features[row, place] = [features.get(name, 0.0) for name in names]
            if scene.label is not None:
                self.targets[row] = np.eye(10)[scene.label]
        self.labels = np.array([-1 if scene.label is None else scene.label for scene in found])
        self.is_digit = self.labels >= 0
        several = self.features[:, :, names.index("others")]
        self.counted = np.where(several > 0, gate.AMONG_SEVERAL, 1.0)
        pixels = np.concatenate([scene.pixels for scene in found])
        self.beliefs = {}
        for name, network in networks.items():
            beliefs = np.full((len(found), most, 10), 0.1)
            beliefs[self.there] = probabilities(network, pixels)
            self.beliefs[name] = beliefs

    def with_belief(self, network: str) -> np.ndarray:
        """The features, those of the network's belief filled in."""
        features = self.features.copy()
        columns = [self.names.index(name) for name in gate.BELIEF]
        for row, scene in enumerate(self.found):
            beliefs = self.beliefs[network][row, : len(scene.pixels)]
            beliefs = beliefs[gate.less_believed(beliefs, partners_of(scene.features))]
            features[row, : len(scene.pixels), columns] = gate.belief_features(beliefs).T
        return features


def weigh(weights: np.ndarray, features: np.ndarray, there: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The weight of each hypothesis, (scenes, hypotheses), and of "none of these", (scenes,)."""
    logarithms = np.where(there, features @ weights, -np.inf)
    largest = np.maximum(logarithms.max(axis=1), 0)
    shares, none = np.exp(logarithms - largest[:, None]), np.exp(-largest)
    total = shares.sum(axis=1) + none
    return shares / total[:, None], none / total


def fit(table: Table) -> np.ndarray:
    """The weights of the features, by gradient descent (Adam: Kingma and Ba, 2015) on the log-likelihood."""
    weights = np.zeros(len(table.names))
    first, second = np.zeros_like(weights), np.zeros_like(weights)
    inputs = [(table.with_belief(name), beliefs) for name, beliefs in table.beliefs.items()]
    spread = np.maximum(np.mean([features[table.there].std(axis=0) for features, _ in inputs], axis=0), 1e-9)
    inputs = [(features / spread, beliefs) for features, beliefs in inputs]
    for step in range(1, STEPS + 1):
        gradient = DECAY * weights
        for features, beliefs in inputs:
            shares, _ = weigh(weights, features, table.there)
            counted = shares * table.counted
            mixture = np.einsum("sh,shd->sd", counted, beliefs) + (1 - counted.sum(axis=1))[:, None] / 10
            blame = table.targets / np.maximum((1 - NOISE) * mixture + NOISE / 10, 1e-9) / len(mixture)
            # d mixture / d share, for all that a share takes away from "none of these".
            gain = np.einsum("sd,shd->sh", blame, beliefs - 0.1) * table.counted
            change = shares * (gain - (shares * gain).sum(axis=1)[:, None])
            gradient -= np.einsum("sh,shf->f", change, features) / len(inputs)
        first = 0.9 * first + 0.1 * gradient
        second = 0.999 * second + 0.001 * gradient**2
        rate = RATE if step < 0.7 * STEPS else RATE / 5
        weights -= rate * first / (1 - 0.9**step) / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)
    return weights / spread


def answers(
    table: Table, weights: np.ndarray, network: str, temperature: float = 1.0
) -> tuple[np.ndarray, np.ndarray]:
    """The probabilities of each scene, (scenes, 10); and whether it seems to have several digits."""
    shares, _ = weigh(weights, table.with_belief(network), table.there)
    counted = shares * table.counted
    mixture = (
        np.einsum("sh,shd->sd", counted, table.beliefs[network]) + (1 - counted.sum(axis=1))[:, None] / 10
    )
    return gate.sharpened(mixture, temperature), (shares * (table.counted < 1)).sum(axis=1) > gate.SEVERAL


def likelihood(table: Table, mixture: np.ndarray) -> float:
    """The mean logarithm of the probability of the right label, where there is one."""
    right = mixture[table.is_digit, table.labels[table.is_digit]]
    return float(np.log((1 - NOISE) * right + NOISE / 10).mean())


def threshold(table: Table, mixture: np.ndarray, several: np.ndarray) -> float:
    """The lowest confidence from which answers are sure; see `WRONG_AMONG_SURE`."""
    confidence, wrong = mixture.max(axis=1), mixture.argmax(axis=1) != table.labels
    for candidate in THRESHOLDS:
        sure = (confidence >= candidate) & ~several
        of_digits, of_none = sure & table.is_digit, sure[~table.is_digit].mean()
        if wrong[of_digits].sum() <= WRONG_AMONG_SURE * of_digits.sum() and of_none <= SURE_OF_NONE:
            return float(candidate)
    return float(THRESHOLDS[-1])


def report(table: Table, mixture: np.ndarray, several: np.ndarray, at: float) -> Iterator[str]:
    """A line of figures for a set of scenes, and the kinds that are read worst."""
    confidence, right, digits = mixture.max(axis=1), mixture.argmax(axis=1) == table.labels, table.is_digit
    sure = (confidence >= at) & ~several
    kinds = np.array([scene.kind for scene in table.found])
    worst = sorted((right[kinds == kind].mean(), kind) for kind in sorted({*kinds[digits]}))[:5]
    yield (
        f"{right[digits].mean():.2%} of {digits.sum():,} digits read, {sure[digits].mean():.1%} sure, "
        f"of these {(~right[digits & sure]).mean():.2%} wrong; no digit: {sure[~digits].mean():.2%} sure"
    )
    yield "  worst: " + ", ".join(f"{kind} {share:.1%}" for share, kind in worst)


def main() -> int:
    parser = argparse.ArgumentParser(prog="tools/calibrate_readings.py", description=__doc__)
    parser.add_argument("--scenes", type=int, default=8000, help="how many pictures to draw (default: 8000)")
    parser.add_argument("--processes", type=int, default=2, help="how many to work with (default: 2)")
    parser.add_argument("--measure", action="store_true", help="change no file")
    options = parser.parse_args()
    networks = {name: Network.load(name) for name in MODELS}
    validation()
    seeds = range(FIRST_SEED, FIRST_SEED + max(HELD_OUT, options.scenes // CHUNK))
    with ProcessPoolExecutor(options.processes) as pool:
        chunks = list(pool.map(find, seeds))
    fitted = [scene for number, chunk in enumerate(chunks) if number % HELD_OUT for scene in chunk]
    held_out = [scene for chunk in chunks[::HELD_OUT] for scene in chunk]
    # One kind of many, though what is to be learned from it concerns every wide digit.
    fitted += 4 * [scene for scene in fitted if scene.kind == "touching"]
    names = sorted({name for scene in fitted for features in scene.features for name in features})
    names += gate.BELIEF
    table = Table(fitted, names, networks)
    weights = np.round(fit(table), 3)
    mixtures = [answers(table, weights, name)[0] for name in networks]
    temperature = max(
        TEMPERATURES,
        key=lambda value: sum(likelihood(table, gate.sharpened(mixture, value)) for mixture in mixtures),
    )
    document: dict[str, Any] = {"about": ABOUT, "temperature": float(temperature)}
    document["weights"] = dict(zip(names, weights.tolist(), strict=True))
    print(f"temperature {temperature}")
    other, everything = (Table(found, names, networks) for found in (held_out, fitted + held_out))
    for name, network in networks.items():
        at = threshold(everything, *answers(everything, weights, name, temperature))
        mixture, several = answers(other, weights, name, temperature)
        print(f"{name}: sure from {at}: " + "\n".join(report(other, mixture, several, at)))
        if not options.measure:
            network.metadata["sure_above"] = at
            network.save(find_model(name))
    if not options.measure:
        gate.FILE.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
