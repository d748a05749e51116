"""One image whose digit is known, in a drawing and words for people, and as an object for programs."""

from __future__ import annotations

from typing import Any, TextIO

from mnist_ocr.report.answer import percent
from mnist_ocr.report.answer_text import in_words
from mnist_ocr.report.evaluation import Case
from mnist_ocr.report.terminal import draw_bar, draw_picture

_BAR = 40


def case_text(case: Case, stream: TextIO) -> str:
    """What the network saw, whether its answer is right, and how much it believes in each of the ten digits.

    Args:
        case: one with an answer.
        stream: where the text will be printed; decides which characters and colours can be used.

    Raises:
        ValueError: the network was not asked.
    """
    if case.answer is None or case.pixels is None:
        raise ValueError(f"{case.name}: there is no answer to show: {case.reason}")
    verdict = "right" if case.right else "wrong"
    lines = [
        f"{case.name}: a {case.label}, read as {case.answer.digit}: {verdict}",
        draw_picture(case.pixels, stream),
        f"The network says: {in_words(case.answer)}",
        "",
    ]
    for digit, probability in enumerate(case.answer.probabilities):
        # Marked in words: a bar alone does not say which digit it should have been.
        mark = "  <- its label" if digit == case.label else ""
        bar = draw_bar(probability, _BAR, stream)
        lines.append(f"  {digit}  {percent(probability):>8}  {bar}{mark}".rstrip())
    return "\n".join(lines)


def case_object(case: Case) -> dict[str, Any]:
    """The same ready to be written as JSON; parts are 0 to 1, null without an answer."""
    answer = case.answer
    return {
        "label": case.label,
        "digit": answer.digit if answer else None,
        "right": case.right,
        "sure": case.sure,
        "confidence": answer.confidence if answer else None,
        "probabilities": list(answer.probabilities) if answer else None,
    }
