"""What a network says about one picture, and how that is told to people and to programs.

The ten output values are read as probabilities. The digit with the largest one is the answer, and that
probability is the answer's *confidence*. From the network's *confidence threshold* on an answer counts as
sure; below it the answer is a guess, and is called one. The threshold is a number in the model file, chosen
on validation images.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, TextIO

import numpy as np
import numpy.typing as npt

from mnist_ocr.errors import InputError, printable
from mnist_ocr.graph import Network
from mnist_ocr.images.belief import as_probabilities, probabilities
from mnist_ocr.images.rows import UNREAD
from mnist_ocr.report.terminal import draw_bar, draw_picture

if TYPE_CHECKING:
    from mnist_ocr.images import Reading, Rows

Floats = npt.NDArray[np.float64]

DIGITS = 10

CONFIDENCE_THRESHOLD = 0.95
"""For a network whose file does not say from which confidence its answers count as sure."""

BAR = 40
"""Characters of the bar of a certainty, 100 %."""


MOST_LEFT_OUT = 12
"""Signs and other ink that are named one by one."""


@dataclass(frozen=True)
class Answer:
    """What the network says about one picture.

    Attributes:
        digit: the most probable one.
        confidence: its probability, 0 to 1.
        probabilities: (10,), adding up to 1; entry d is the probability of digit d.
        confidence_threshold: the confidence from which the answer counts as sure.
        digit_count: how many digits there seem to be in the picture; of several, none is the answer for sure.
    """

    digit: int
    confidence: float
    probabilities: tuple[float, ...]
    confidence_threshold: float = CONFIDENCE_THRESHOLD
    digit_count: int = 1

    @property
    def sure(self) -> bool:
        """Whether there is one digit, and the confidence reaches the threshold."""
        return self.digit_count == 1 and self.confidence >= self.confidence_threshold

    def ranking(self) -> list[tuple[int, float]]:
        """Digits and their probabilities, the most probable first."""
        return sorted(enumerate(self.probabilities), key=lambda pair: -pair[1])


def answer_to(network: Network, reading: Reading) -> Answer:
    """What the network says about a picture, all readings of it together; it decided between them."""
    return answer_of(network, reading.probabilities, reading.digit_count)


def answer_of(network: Network, probabilities: Floats, digit_count: int = 1) -> Answer:
    """The answer of these probabilities, (10,)."""
    digit = int(probabilities.argmax())
    threshold = network.metadata.get("sure_above", CONFIDENCE_THRESHOLD)
    row = tuple(probabilities.tolist())
    return Answer(digit, row[digit], row, threshold, digit_count)


def ask(network: Network, pixels: npt.NDArray[np.uint8]) -> Answer:
    """Show the network one picture; every node keeps what it computed, to be looked at.

    Args:
        network: 784 inputs and ten outputs. Output values that are no probabilities (of sigmoid or linear
            nodes) are cut off at 0 and divided by their sum.
        pixels: (28, 28), 0 background, 255 full ink.

    Raises:
        InputError: the network is not one that reads digits, or its numbers overflow.
    """
    require_digit_reader(network)
    with np.errstate(over="ignore", invalid="ignore"):
        values = network.forward(pixels.reshape(1, -1) / 255)
    return answer_of(network, as_probabilities(network, values)[0])


def ask_all(network: Network, images: npt.NDArray[np.uint8]) -> list[Answer]:
    """Show the network many pictures, (images, 28, 28); as `ask`, but its nodes keep nothing of it."""
    require_digit_reader(network)
    return [answer_of(network, row) for row in probabilities(network, images)]


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


def percent(fraction: float) -> str:
    """As people write it; what is not certain is never shown as 100 %, nor what is possible as 0 %."""
    if 0.999 < fraction < 1:
        return "> 99.9 %"
    if 0 < fraction < 0.001:
        return "< 0.1 %"
    return f"{100 * fraction:.1f} %"


def in_words(answer: Answer) -> str:
    """The digit and its confidence, or that the network is not sure and which digits it wavers between."""
    if answer.sure:
        return f"{answer.digit}, with a confidence of {percent(answer.confidence)}"
    if answer.digit_count > 1:
        return (
            f"not sure; there seem to be {answer.digit_count} digits on it. As one digit, perhaps "
            f"{answer.digit} ({percent(answer.confidence)})"
        )
    (first, _), (second, runner_up) = answer.ranking()[:2]
    wavers = f", or {second} ({percent(runner_up)})" if runner_up >= answer.confidence / 10 else ""
    return (
        f"not sure; perhaps {first} ({percent(answer.confidence)}){wavers}. The confidence threshold is "
        f"{percent(answer.confidence_threshold)}"
    )


def probability_bars(probabilities: Sequence[tuple[int, float]], stream: TextIO) -> list[str]:
    """A line for each pair of a digit and its probability."""
    return [
        f"  {digit}  {percent(probability):>8}  {draw_bar(probability, BAR, stream)}".rstrip()
        for digit, probability in probabilities
    ]


def answer_text(image: str, reading: Reading, answer: Answer, top: int, stream: TextIO) -> str:
    """The answer for one digit: in words, as bars, what the network saw, and how the picture became that.

    Args:
        image: what the picture is called.
        reading: how the picture became 28 x 28 pixels.
        answer: what the network says about them.
        top: how many candidates to show.
        stream: where it will be printed; decides which characters and colours can be used.
    """
    return "\n".join(
        [
            f"{printable(image)}: {in_words(answer)}",
            "",
            *probability_bars(answer.ranking()[:top], stream),
            "",
            "What the network saw (28 x 28):",
            draw_picture(reading.pixels, stream),
            "",
            "How the picture became that:",
            *(f"  - {decision}" for decision in reading.decisions),
            *alternatives_text(reading),
        ]
    )


def alternatives_text(reading: Reading) -> list[str]:
    """A heading and a line for each other reading of the picture; nothing if there is none."""
    if not reading.alternatives:
        return []
    return [
        "",
        f"This reading counts {percent(reading.weight)}. Others that were weighed:",
        *(
            f"  - {percent(other.weight)}: {other.reading}: {other.digit}, believed {percent(other.belief)}"
            for other in reading.alternatives
        ),
    ]


def rows_text(image: str, rows: Rows, network: Network) -> str:
    """The number, then each digit with its confidence and its place, and what was left out."""
    lines = rows.text.split("\n")
    head = f"{printable(image)}: {lines[0]}" if len(lines) == 1 else f"{printable(image)}:\n" + rows.text
    said = [head, ""]
    for number, digit in enumerate(rows.digits, 1):
        answer = answer_of(network, np.array(digit.probabilities))
        words = in_words(answer) if digit.read else f"{UNREAD}, something that may be a digit"
        said.append(f"  {number}.  {words}   ({_place(digit.box)})")
    signs = [f"{out.looks_like} ({_place(out.box)})" for out in rows.left_out if not out.may_be_digit]
    unread = [f"{out.looks_like} ({_place(out.box)})" for out in rows.left_out if out.may_be_digit]
    for title, found in (("Left out, because it is no digit", signs), ("Not read", unread)):
        if found:
            more = f"; and {len(found) - MOST_LEFT_OUT} more" if len(found) > MOST_LEFT_OUT else ""
            said += ["", f"  {title}: {'; '.join(found[:MOST_LEFT_OUT])}{more}."]
    return "\n".join(said)


def _place(box: tuple[int, int, int, int]) -> str:
    left, top, right, bottom = box
    return f"columns {left} to {right - 1}, rows {top} to {bottom - 1}"


def rows_object(rows: Rows, network: Network) -> dict[str, Any]:
    """The number for JSON; boxes as in `answer_object`."""
    answers = [answer_of(network, np.array(digit.probabilities)) for digit in rows.digits]
    unread = [(digit.box, "perhaps a digit") for digit in rows.digits if not digit.read]
    unread += [(out.box, out.looks_like) for out in rows.left_out if out.may_be_digit]
    signs = [(out.box, out.looks_like) for out in rows.left_out if not out.may_be_digit]
    return {
        "text": rows.text,
        "sure": not unread and all(answer.sure for answer in answers),
        "not_read": [{"box": list(box), "looks_like": words} for box, words in unread],
        "left_out": [{"box": list(box), "looks_like": words} for box, words in signs],
        "decisions": list(rows.decisions),
        "digits": [
            {
                "digit": answer.digit,
                "confidence": answer.confidence,
                "sure": answer.sure,
                "probabilities": list(answer.probabilities),
                "box": list(digit.box),
                "line": digit.line,
                "read": digit.read,
            }
            for digit, answer in zip(rows.digits, answers, strict=True)
        ],
    }


def answer_object(reading: Reading, answer: Answer) -> dict[str, Any]:
    """One digit for JSON; `box` is left, top, right, bottom in the picture's pixels, ends excluded."""
    return {
        "digit": answer.digit,
        "confidence": answer.confidence,
        "sure": answer.sure,
        "probabilities": list(answer.probabilities),
        "box": [int(edge) for edge in reading.stages.box],
        "decisions": list(reading.decisions),
        "weight": reading.weight,
        "alternatives": [asdict(other) for other in reading.alternatives],
    }
