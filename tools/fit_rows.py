"""Fit the weights with which the reader of rows scores a path, by maximum likelihood on drawn rows.

    python -m tools.fit_rows --count 300

Rows are drawn from MNIST's validation images and synthetic digits. For every row, all paths through its
candidates are known, and which number each of them spells. With p(path) proportional to exp(score), the
probability of the right number is the sum over the paths that spell it, divided by the sum over all paths;
both are found from left to right. The gradient of its logarithm is the difference of two expectations of the
features: over the paths that spell the number, and over all paths. Both shipped networks judge, so that the
weights suit both. The result is printed as it stands in `mnist_ocr/images/paths.py`.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize

from mnist_ocr.data.mnist import load_mnist
from mnist_ocr.data.splits import split_dataset
from mnist_ocr.graph import Network
from mnist_ocr.images.belief import probabilities
from mnist_ocr.images.ink import find_darkness, skewness
from mnist_ocr.images.lines import find_writing
from mnist_ocr.images.load import load_picture
from mnist_ocr.images.paths import FEATURES, WEIGHTS, Candidates, Floats, believed, candidates
from mnist_ocr.images.rows import PICTURE_SIDE
from tools.pens import Digits, Scene
from tools.rows import rows

PENALTY = 0.02
"""Of the squares of the weights, so that a feature that says nothing gets none."""

FLOOR = -10.0
"""Log-probability below which a row does not get worse: some were cut so that no path spells their number."""


class Lattice(NamedTuple):
    """All steps through a row: where they start and stop, what they are, and the number that is written."""

    start: np.ndarray
    stop: np.ndarray
    is_digit: np.ndarray
    features: Floats
    letters: Floats
    """The logarithm of the network's probability of each digit, (steps, 10)."""
    label: np.ndarray


def steps_of(scene: Scene) -> list[Candidates]:
    """The candidates of each line of a scene; none if there is no ink."""
    grey = load_picture(scene.picture, PICTURE_SIDE).grey
    darkness = find_darkness(grey, dark_ink=skewness(grey) < 0)
    writing = find_writing(darkness.values, darkness.noise)
    return [candidates(line, darkness.values, writing.level) for line in writing.lines] if writing else []


def lattices(count: int, seed: int, digits: Digits, networks: list[Network]) -> Iterator[Lattice]:
    """One for each row and each network; lines follow each other."""
    for scene in rows(count, seed, digits):
        lines = steps_of(scene)
        if not lines:
            continue
        ends = np.cumsum([0, *(int(steps.stop.max()) for steps in lines)])
        offsets = np.concatenate([np.full(len(s.start), end) for s, end in zip(lines, ends, strict=False)])
        start, stop, is_digit = (
            np.concatenate([getattr(steps, name) for steps in lines])
            for name in ("start", "stop", "is_digit")
        )
        label = np.array([int(letter) for letter in str(scene.label)])
        for network in networks:
            beliefs = [probabilities(network, steps.pixels) for steps in lines]
            features = np.concatenate([believed(steps, b) for steps, b in zip(lines, beliefs, strict=True)])
            letters = np.log(np.concatenate(beliefs) + 1e-4)
            yield Lattice(start + offsets, stop + offsets, is_digit, features, letters, label)


def log_likelihood(lattice: Lattice, weights: Floats) -> tuple[float, Floats]:
    """The log-probability of the right number, and its gradient."""
    score = lattice.features @ weights
    count, length = int(lattice.stop.max()), len(lattice.label)
    spelled = lattice.letters[:, lattice.label] + score[:, None]
    # Logarithms of sums over the paths up to a place and from a place on: all, and those that spell a part.
    before, after = np.full(count + 1, -np.inf), np.full(count + 1, -np.inf)
    right_before, right_after = (np.full((count + 1, length + 1), -np.inf) for _ in range(2))
    before[0] = after[count] = right_before[0, 0] = right_after[count, length] = 0
    nothing = np.array([-np.inf])
    with np.errstate(invalid="ignore"):
        for place in range(1, count + 1):
            for step in np.flatnonzero(lattice.stop == place):
                start = lattice.start[step]
                before[place] = np.logaddexp(before[place], before[start] + score[step])
                way = right_before[start]
                way = (
                    np.append(nothing, way[:-1] + spelled[step])
                    if lattice.is_digit[step]
                    else way + score[step]
                )
                right_before[place] = np.logaddexp(right_before[place], way)
        for place in range(count - 1, -1, -1):
            for step in np.flatnonzero(lattice.start == place):
                stop = lattice.stop[step]
                after[place] = np.logaddexp(after[place], after[stop] + score[step])
                way = right_after[stop]
                way = (
                    np.append(way[1:] + spelled[step], nothing)
                    if lattice.is_digit[step]
                    else way + score[step]
                )
                right_after[place] = np.logaddexp(right_after[place], way)
    right = float(right_before[count, length])
    if right == -np.inf:
        return FLOOR, np.zeros_like(weights)
    among_all = np.exp(before[lattice.start] + score + after[lattice.stop] - before[count])
    ahead, behind = right_before[lattice.start], right_after[lattice.stop]
    as_digit = np.exp(ahead[:, :-1] + spelled + behind[:, 1:] - right).sum(axis=1)
    as_none = np.exp(ahead + score[:, None] + behind - right).sum(axis=1)
    among_right = np.where(lattice.is_digit, as_digit, as_none)
    value = right - float(before[count])
    floored = float(np.logaddexp(value, FLOOR))
    return floored, np.exp(value - floored) * ((among_right - among_all) @ lattice.features)


def fit(data: list[Lattice], weights: Floats, iterations: int) -> Floats:
    """The weights of the largest likelihood, found from some others (L-BFGS)."""

    def loss(weights: Floats) -> tuple[float, Floats]:
        values, gradients = zip(*(log_likelihood(lattice, weights) for lattice in data), strict=True)
        value = PENALTY * float(weights @ weights) - sum(values)
        return value / len(data), (2 * PENALTY * weights - np.sum(gradients, axis=0)) / len(data)

    found = minimize(loss, weights, jac=True, method="L-BFGS-B", options={"maxiter": iterations})
    print(f"mean log-likelihood of a row: {-loss(weights)[0]:.3f} before, {-found.fun:.3f} after")
    best: Floats = found.x
    return best


def main() -> None:
    """Fit, and print the weights."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=300, help="how many rows")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--iterations", type=int, default=40)
    options = parser.parse_args()
    validation = split_dataset(load_mnist(), None, None, np.random.default_rng(0)).validation
    digits = np.asarray(validation.images).reshape(-1, 28, 28), np.asarray(validation.labels)
    networks = [Network.load("default"), Network.load("strong")]
    data = list(lattices(options.count, options.seed, digits, networks))
    for name, weight in zip(FEATURES, fit(data, WEIGHTS, options.iterations), strict=True):
        print(f'    "{name}": {weight:.3f},')


if __name__ == "__main__":
    main()
