"""What a network says about one picture, and how that is told to people and to programs.

The output values are read as probabilities. The digit with the largest one is the answer, and that
probability is the answer's *confidence*. A network that learned other classes than the digits 0 to 9 answers
with these (`mnist_ocr.graph.classes`). From the network's *confidence threshold* on an answer counts as
sure; below it the answer is a guess, and is called one. The threshold is a number in the model file, chosen
on validation images.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TextIO

import numpy as np
import numpy.typing as npt

from mnist_ocr.errors import InputError, printable
from mnist_ocr.graph import Network
from mnist_ocr.graph.classes import KEY, Class, class_name, classes_of, named_classes
from mnist_ocr.images.belief import as_probabilities, probabilities
from mnist_ocr.report.terminal import draw_bar, draw_picture

if TYPE_CHECKING:
    from mnist_ocr.images import Reading
    from mnist_ocr.images.rows import Rows

Floats = npt.NDArray[np.float64]

DIGITS = 10

CONFIDENCE_THRESHOLD = 0.95
"""For a network whose file does not say from which confidence its answers count as sure."""

BAR = 40
"""Characters of the bar of a certainty, 100 %."""


MOST_LEFT_OUT = 12
"""Signs and other ink that are named one by one."""


class Answer(NamedTuple):
    """What the network says about one picture.

    Attributes:
        digit: the most probable one, or the class, where a network knows others than the digits.
        confidence: its probability, 0 to 1.
        probabilities: (classes,), adding up to 1; entry k is the probability of class k.
        confidence_threshold: the confidence from which the answer counts as sure.
        digit_count: how many digits there seem to be in the picture; of several, none is the answer for sure.
        classes: of the output nodes.
    """

    digit: Class
    confidence: float
    probabilities: tuple[float, ...]
    confidence_threshold: float = CONFIDENCE_THRESHOLD
    digit_count: int = 1
    classes: tuple[Class, ...] = tuple(range(DIGITS))

    @property
    def node_index(self) -> int:
        """The index of the output node that stands for the answer."""
        return self.classes.index(self.digit)

    @property
    def sure(self) -> bool:
        """Whether there is one digit, and the confidence reaches the threshold."""
        return self.digit_count == 1 and self.confidence >= self.confidence_threshold

    def pairs(self) -> list[tuple[Class, float]]:
        """Digits and their probabilities, in the order of the output nodes."""
        return list(zip(self.classes, self.probabilities, strict=True))

    def ranking(self) -> list[tuple[Class, float]]:
        """Digits and their probabilities, the most probable first."""
        return sorted(self.pairs(), key=lambda pair: -pair[1])


def answer_to(network: Network, reading: Reading) -> Answer:
    """What the network says about a picture, all readings of it together; it decided between them."""
    return answer_of(network, reading.probabilities, reading.digit_count)


def answer_of(network: Network, probabilities: Floats, digit_count: int = 1) -> Answer:
    """The answer of these probabilities, (classes,)."""
    return answers_of(network, [probabilities], [digit_count])[0]


def answers_of(
    network: Network, rows: Sequence[Floats], digit_counts: Sequence[int] | None = None
) -> list[Answer]:
    """The answers of the probabilities for each picture; each picture has one digit if no count is given."""
    metadata, classes = network.metadata, classes_of(network)  # asked for once, because that takes a while
    threshold = metadata.get("sure_above", CONFIDENCE_THRESHOLD)
    answers = []
    for row, count in zip(rows, digit_counts or [1] * len(rows), strict=True):
        index = int(row.argmax())
        said = tuple(row.tolist())
        answers.append(Answer(classes[index], said[index], said, threshold, count, classes))
    return answers


def ask(network: Network, pixels: npt.NDArray[np.uint8]) -> Answer:
    """Show the network one picture; every node keeps what it computed, to be looked at.

    Args:
        network: 784 inputs, and an output for each digit. Output values that are no probabilities (of sigmoid
            or linear nodes) are cut off at 0 and divided by their sum.
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
    return answers_of(network, list(probabilities(network, images)))


def require_digit_reader(network: Network, name: str = "this network") -> None:
    """Refuse a network that does not take 28 x 28 pixels, or whose outputs stand for nobody knows what.

    There is an output for each of the ten digits, or for each class that the network's metadata name, two or
    more. A single output node does not say which two classes it tells apart, so it is refused as well.

    Raises:
        InputError: with the sizes that were expected and found, or the classes.
    """
    inputs, outputs = network.input.size, network.output.size
    try:
        classes = named_classes(network)
    except InputError as error:
        raise InputError(f"{name}: {error}") from None
    known = outputs == DIGITS if classes is None else outputs > 1
    if inputs != 784 or not known:
        raise InputError(
            f"{name}: a network that reads digits has 784 inputs and {DIGITS} outputs, and this one has "
            f"{inputs} and {outputs}; two outputs or more will do if {KEY} names the class of each"
        )


def percent(fraction: float) -> str:
    """As people write it; what is not certain is never shown as 100 %, nor what is possible as 0 %."""
    if 0.999 < fraction < 1:
        return "> 99.9 %"
    if 0 < fraction < 0.001:
        return "< 0.1 %"
    return f"{100 * fraction:.1f} %"


def belief(probability: float) -> str:
    """How much a network believes in an answer: never all, even where the arithmetic rounds it to 1."""
    return percent(min(probability, 1 - 1e-9))


def in_words(answer: Answer) -> str:
    """The digit and its confidence, or that the network is not sure and which digits it wavers between."""
    if answer.sure:
        return f"{class_name(answer.digit)}, with a confidence of {belief(answer.confidence)}"
    if answer.digit_count > 1:
        return (
            f"not sure; there seem to be {answer.digit_count} digits on it. As one digit, perhaps "
            f"{class_name(answer.digit)} ({belief(answer.confidence)})"
        )
    (first, _), (second, runner_up) = answer.ranking()[:2]
    first, second = class_name(first), class_name(second)
    wavers = f", or {second} ({percent(runner_up)})" if runner_up >= answer.confidence / 10 else ""
    return (
        f"not sure; perhaps {first} ({belief(answer.confidence)}){wavers}. The confidence threshold is "
        f"{percent(answer.confidence_threshold)}"
    )


def probability_bars(probabilities: Sequence[tuple[Class, float]], stream: TextIO) -> list[str]:
    """A line for each pair of a digit and its probability."""
    names = [class_name(digit) for digit, _ in probabilities]
    width = max(map(len, names), default=0)
    return [
        f"  {name:<{width}}  {percent(probability):>8}  {draw_bar(probability, BAR, stream)}".rstrip()
        for name, (_, probability) in zip(names, probabilities, strict=True)
    ]


def answer_text(image: str, reading: Reading, answer: Answer, top: int, stream: TextIO) -> str:
    """The answer for one digit: in words, as bars, what the network saw, and how the picture became that.

    `top` says how many candidates are shown; `stream`, on which it will be printed, decides which characters
    and colours can be used.
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
            *alternatives_text(reading, answer),
        ]
    )


def alternatives_text(reading: Reading, answer: Answer) -> list[str]:
    """A heading and a line for each other reading of the picture; nothing if there is none."""
    if not reading.alternatives:
        return []
    return [
        "",
        f"This reading counts {percent(reading.weight)}. Others that were weighed:",
        *(
            f"  - {percent(other.weight)}: {other.reading}: {class_name(answer.classes[other.digit])}, "
            f"believed {percent(other.belief)}"
            for other in reading.alternatives
        ),
    ]


def rows_text(image: str, rows: Rows, network: Network) -> str:
    """The number, then each digit with its confidence and its place, and what was left out."""
    lines = rows.text.split("\n")
    head = f"{printable(image)}: {lines[0]}" if len(lines) == 1 else f"{printable(image)}:\n" + rows.text
    said = [head, ""]
    answers = answers_of(network, [np.array(digit.probabilities) for digit in rows.digits])
    for number, (digit, answer) in enumerate(zip(rows.digits, answers, strict=True), 1):
        words = in_words(answer) if digit.read else "?, something that may be a digit"
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
    answers = answers_of(network, [np.array(digit.probabilities) for digit in rows.digits])
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
            {**verdict_object(answer), "box": list(digit.box), "line": digit.line, "read": digit.read}
            for digit, answer in zip(rows.digits, answers, strict=True)
        ],
    }


def classes_object(answer: Answer) -> dict[str, list[Class]]:
    """For JSON beside the probabilities: what each is the probability of, where that is not the digit k."""
    return {} if answer.classes == tuple(range(DIGITS)) else {"classes": list(answer.classes)}


def verdict_object(answer: Answer) -> dict[str, Any]:
    """The answer alone for JSON."""
    return {
        "digit": answer.digit,
        "confidence": answer.confidence,
        "sure": answer.sure,
        "probabilities": list(answer.probabilities),
        **classes_object(answer),
    }


def answer_columns(answer: Answer) -> dict[str, Any]:
    """The answer for a CSV table: the digit, its confidence, and the probability of each class."""
    probabilities = {f"probability_{digit}": f"{part:.6g}" for digit, part in answer.pairs()}
    return {"digit": answer.digit, "confidence": f"{answer.confidence:.6g}", **probabilities}


def answer_object(reading: Reading, answer: Answer) -> dict[str, Any]:
    """One digit for JSON; `box` is left, top, right, bottom in the picture's pixels, ends excluded."""
    return {
        **verdict_object(answer),
        "box": [int(edge) for edge in reading.stages.box],
        "decisions": list(reading.decisions),
        "weight": reading.weight,
        "alternatives": [
            {**other._asdict(), "digit": answer.classes[other.digit]} for other in reading.alternatives
        ],
    }
