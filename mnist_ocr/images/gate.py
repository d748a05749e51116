"""The gate: how much each reading of a picture counts, and the answer that follows from all of them.

Every hypothesis h about a picture gets a weight P(h), and the probabilities of the answer are the mixture

    P(digit) = sum over h of P(h) * p(digit | h)        with  P(h) proportional to exp(w . f(h)),

where p(digit | h) is what the network says of the 28 x 28 pixels of h. This is a mixture of experts (Jacobs,
Jordan, Nowlan and Hinton, "Adaptive mixtures of local experts", 1991); here every expert is the same network
and sees other pixels. One more expert, "none of these", gives each digit the same probability. So a picture
whose likely readings disagree gets no confident answer, nor one whose readings are all unlikely.

The features f are those of `hypotheses`, and how much the network believes in h. The weights w were fitted
by maximum likelihood of the right label on pictures that the program draws, with `python -m
tools.calibrate_readings`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from mnist_ocr.graph import Network
from mnist_ocr.images.belief import Probabilities, probabilities

FILE = Path(__file__).with_name("gate.json")

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]

CERTAIN = 1000.0  # The prior of a hypothesis that leaves no others
SEVERAL = 0.15  # Weight of the hypotheses with other digits from which a picture is not one of a single digit
AMONG_SEVERAL = 0.1  # Share of a hypothesis's weight that counts for its digit, if there are other digits
BELIEF = ("belief", "certainty", "decided")  # Features of the network's belief; see `belief_features`
NEARLY_CERTAIN = 1e-3  # Doubts smaller than this make no difference


class Gate(NamedTuple):
    """The weights of the features, by their names; a feature that has none does not count.

    Attributes:
        weights: what one unit of a feature adds to the logarithm of a hypothesis's weight.
        temperature: of the answer, see `sharpened`.
    """

    weights: Mapping[str, float]
    temperature: float = 1.0

    def prior(self, features: Mapping[str, float]) -> float:
        """The logarithm of a hypothesis's weight, before the network has been asked."""
        return sum(self.weights.get(name, 0.0) * value for name, value in features.items())

    def would_refuse(self, prior: float) -> bool:
        """Whether "none of these" would outweigh a hypothesis of this prior, however much it is believed."""
        return prior + max(self.weights.get(name, 0.0) for name in BELIEF) < 0

    def weigh(self, priors: Floats, beliefs: Probabilities, partners: Indices | None = None) -> Floats:
        """The weights of hypotheses, (hypotheses,); what is missing to 1 is that of "none of these".

        Args:
            priors: of each hypothesis, as of `prior`; that of "none of these" is 0.
            beliefs: what the network says of each, (hypotheses, classes).
            partners: as in `Candidates`; None if no hypothesis has one.
        """
        factors = np.array([self.weights.get(name, 0.0) for name in BELIEF])
        if partners is not None:
            beliefs = beliefs[less_believed(beliefs, partners)]
        logarithms = priors + belief_features(beliefs) @ factors
        largest = max(float(logarithms.max()), 0.0)
        weights = np.exp(logarithms - largest)
        shares: Floats = weights / (weights.sum() + np.exp(-largest))
        return shares


class Candidates(NamedTuple):
    """The hypotheses about one picture, as far as the decision needs them.

    Attributes:
        pixels: uint8 (hypotheses, 28, 28).
        priors: (hypotheses,), see `Gate.prior`; `CERTAIN` for the only one that comes into question.
        several: (hypotheses,), whether the picture has other digits.
        partners: (hypotheses,): the index of the other half of a cut; of all others, their own.
    """

    pixels: npt.NDArray[np.uint8]
    priors: Floats
    several: npt.NDArray[np.bool_]
    partners: Indices


class Verdict(NamedTuple):
    """What the network says about a picture.

    Attributes:
        probabilities: (classes,), adding up to 1.
        several: how much the hypotheses with other digits count together, 0 to 1.
        shown: index of the hypothesis that speaks most for the answer.
        weights: of each hypothesis, (hypotheses,).
        beliefs: what the network says of each, (hypotheses, classes).
    """

    probabilities: Floats
    several: float
    shown: int
    weights: Floats
    beliefs: Probabilities

    @property
    def digit_count(self) -> int:
        """1 if the picture seems to be of a single digit; else 2, which stands for several."""
        return 2 if self.several > SEVERAL else 1


def judge(network: Network, pictures: Sequence[Candidates]) -> list[Verdict]:
    """Let a network decide between the hypotheses about each picture.

    Raises:
        InputError: the network's numbers overflow.
    """
    if not pictures:
        return []
    gate = shipped_gate()
    everything = probabilities(network, np.concatenate([picture.pixels for picture in pictures]))
    ends = np.cumsum([len(picture.pixels) for picture in pictures])
    return [
        _verdict(gate, picture, beliefs)
        for picture, beliefs in zip(pictures, np.split(everything, ends[:-1]), strict=True)
    ]


def _verdict(gate: Gate, picture: Candidates, beliefs: Probabilities) -> Verdict:
    if picture.priors[0] == CERTAIN:  # nothing to decide, as with all images of a data set
        return Verdict(beliefs[0], 0.0, 0, np.ones(1), beliefs)
    weights = gate.weigh(picture.priors, beliefs, picture.partners)
    # Of a digit that is one of several, the network's belief says little about the whole picture.
    counted = weights * np.where(picture.several, AMONG_SEVERAL, 1.0)
    mixture = counted @ beliefs
    mixture += (1 - counted.sum()) / len(mixture)
    mixture = sharpened(mixture[np.newaxis], gate.temperature)[0]
    shown = int(np.argmax(counted * beliefs[:, mixture.argmax()]))
    return Verdict(mixture, float(weights[picture.several].sum()), shown, weights, beliefs)


def sharpened(probabilities: Probabilities, temperature: float) -> Probabilities:
    """Probabilities, (pictures, classes), to the power of 1 / temperature, adding up to 1 again.

    Experts that make the same mistakes share their doubts too often: their mixture is less sure than it might
    be (Guo, Pleiss, Sun and Weinberger, "On calibration of modern neural networks", 2017).
    """
    powers = probabilities ** (1 / temperature)
    surer: Probabilities = powers / powers.sum(axis=1, keepdims=True)
    return surer


def less_believed(beliefs: Probabilities, partners: Indices) -> Indices:
    """For each hypothesis the index of the one, itself or its partner, that the network believes less.

    A cut in two is right only if both halves are digits.
    """
    largest, own = beliefs.max(axis=1), np.arange(len(beliefs))
    return np.where(largest[partners] < largest, partners, own)


def belief_features(beliefs: Probabilities) -> npt.NDArray[np.float64]:
    """`BELIEF` of each row of probabilities, (hypotheses, classes): (hypotheses, 3).

    The logarithm of the largest probability; how close it is to 1, on a logarithmic scale from 0 to 1; and
    the negative entropy.
    """
    largest = beliefs.max(axis=1)
    return np.column_stack(
        [
            np.log(largest),
            np.log(1 - largest + NEARLY_CERTAIN) / np.log(NEARLY_CERTAIN),
            (beliefs * np.log(np.maximum(beliefs, 1e-12))).sum(axis=1),
        ]
    )


@cache
def shipped_gate() -> Gate:
    """The gate in the package's file."""
    content = json.loads(FILE.read_text(encoding="utf-8"))
    return Gate(content["weights"], content["temperature"])
