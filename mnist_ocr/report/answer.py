"""What a network says about one picture: a digit, and how much it believes in each of the ten."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mnist_ocr.errors import InputError
from mnist_ocr.graph import Network

DIGITS = 10

SURE_ABOVE = 0.95
"""Confidence from which an answer counts as sure, for a network whose file does not say."""

_ASKED_AT_ONCE = 1000
"""Pictures, each 6 kB while the network looks at it."""


@dataclass(frozen=True)
class Answer:
    """The network's opinion.

    Attributes:
        digit: the one it believes in most.
        confidence: how much, 0 to 1; the digit's entry in `probabilities`.
        probabilities: (10,), adding up to 1; entry d is the belief in digit d.
        sure_above: the confidence from which the answer counts as sure.
    """

    digit: int
    confidence: float
    probabilities: tuple[float, ...]
    sure_above: float = SURE_ABOVE

    @property
    def sure(self) -> bool:
        """Whether to believe it; an answer that is not sure is a guess, and is called one."""
        return self.confidence >= self.sure_above

    def ranking(self) -> list[tuple[int, float]]:
        """Digits and their probabilities, most believed first."""
        return sorted(enumerate(self.probabilities), key=lambda pair: -pair[1])


def ask(network: Network, pixels: npt.NDArray[np.uint8]) -> Answer:
    """Show the network one picture; every node keeps what it computed, to be looked at.

    Args:
        network: 784 inputs and ten outputs. Outputs that are no probabilities (sigmoid, linear) are
            cut off at 0 and divided by their sum.
        pixels: (28, 28), 0 background, 255 full ink.

    Raises:
        InputError: the network is not one that reads digits, or its numbers overflow.
    """
    require_digit_reader(network)
    with np.errstate(over="ignore", invalid="ignore"):
        values = network.forward(pixels.reshape(1, -1) / 255)
    return _answers(network, values)[0]


def ask_all(network: Network, images: npt.NDArray[np.uint8]) -> list[Answer]:
    """Show the network many pictures, (images, 28, 28); as `ask`, but its nodes keep nothing of it."""
    require_digit_reader(network)
    answers = []
    for start in range(0, len(images), _ASKED_AT_ONCE):
        some = images[start : start + _ASKED_AT_ONCE]
        with np.errstate(over="ignore", invalid="ignore"):
            values = network.predict_proba(some.reshape(len(some), -1) / 255)
        answers += _answers(network, values)
    return answers


def _answers(network: Network, values: npt.NDArray[np.floating]) -> list[Answer]:
    """What the network says with its output values, (images, 10)."""
    values = values.astype(float)
    if not np.isfinite(values).all():
        raise InputError("the network's weights are so large that its answer is no number any more")
    digits = values.argmax(axis=1)
    if network.output.activation.name != "softmax":
        values = np.clip(values, 0, None)
        sums = values.sum(axis=1, keepdims=True)
        nothing = np.full_like(values, 1 / DIGITS)  # no output above 0 speaks for any digit
        values = np.divide(values, sums, out=nothing, where=sums > 0)
    sure_above = network.metadata.get("sure_above", SURE_ABOVE)
    return [
        Answer(digit, probabilities[digit], tuple(probabilities), sure_above)
        for digit, probabilities in zip(digits.tolist(), values.tolist(), strict=True)
    ]


def require_digit_reader(network: Network, name: str = "this network") -> None:
    """Refuse a network that does not take 28 x 28 pixels and answer with ten values.

    Raises:
        InputError: with the sizes that were expected and found.
    """
    if network.input.size != 784 or network.output.size != DIGITS:
        raise InputError(
            f"{name}: a network that reads digits has 784 inputs and {DIGITS} outputs, and this one has "
            f"{network.input.size} and {network.output.size}"
        )


def percent(part: float) -> str:
    """A part as people write it; what is not certain is never shown as 100 %, nor what is possible as 0 %."""
    if 0.999 < part < 1:
        return "> 99.9 %"
    if 0 < part < 0.001:
        return "< 0.1 %"
    return f"{100 * part:.1f} %"
