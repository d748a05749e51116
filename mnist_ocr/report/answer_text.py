"""An answer in words, bars and a drawing for people, and as a line of JSON for programs."""

from __future__ import annotations

import json
from typing import Any, TextIO

from mnist_ocr.images import Reading
from mnist_ocr.report.answer import Answer, percent
from mnist_ocr.report.terminal import draw_bar, draw_picture

_BAR = 40


def in_words(answer: Answer) -> str:
    """The digit and the network's confidence, or that it is not sure and what it wavers between."""
    if answer.sure:
        return f"{answer.digit}, with a confidence of {percent(answer.confidence)}"
    (first, _), (second, runner_up) = answer.ranking()[:2]
    wavers = f", or a {second} ({percent(runner_up)})" if runner_up >= answer.confidence / 10 else ""
    return (
        f"not sure; perhaps a {first} ({percent(answer.confidence)}){wavers}. Answers count as sure from "
        f"{percent(answer.sure_above)}"
    )


def one_digit(image: str, reading: Reading, answer: Answer, top: int, stream: TextIO) -> str:
    """The answer for one digit: in words, as bars, what the network saw, and how that came to be.

    Args:
        image: what the picture is called.
        reading: how the picture became 28 x 28 pixels.
        answer: what the network says about them.
        top: how many candidates to show.
        stream: where it will be printed; decides which characters and colours can be used.
    """
    lines = [f"{image}: {in_words(answer)}", ""]
    for digit, probability in answer.ranking()[:top]:
        lines.append(f"  {digit}  {percent(probability):>8}  {draw_bar(probability, _BAR, stream)}".rstrip())
    lines += ["", "What the network saw (28 x 28):", draw_picture(reading.pixels, stream), ""]
    lines += ["How the picture became that:", *(f"  - {decision}" for decision in reading.decisions)]
    return "\n".join(lines)


def several_digits(image: str, found: list[tuple[Reading, Answer]]) -> str:
    """All digits of a picture on one line, and then each with its confidence and its place."""
    said = " ".join(str(answer.digit) if answer.sure else "?" for _, answer in found)
    lines = [f"{image}: {said}", ""]
    for number, (reading, answer) in enumerate(found, 1):
        left, top, right, bottom = reading.stages.box
        place = f"columns {left} to {right - 1}, rows {top} to {bottom - 1}"
        lines.append(f"  {number}.  {in_words(answer)}   ({place})")
    dropped = [decision for decision in found[0][0].decisions if decision.startswith("dropped")]
    if dropped:
        lines += ["", f"  Not read: {dropped[0]}."]
    return "\n".join(lines)


def as_record(reading: Reading, answer: Answer) -> dict[str, Any]:
    """One digit for a program; `box` is left, top, right, bottom in the picture's pixels, ends excluded."""
    return {
        "digit": answer.digit,
        "confidence": answer.confidence,
        "sure": answer.sure,
        "probabilities": list(answer.probabilities),
        "box": [int(edge) for edge in reading.stages.box],
        "decisions": list(reading.decisions),
    }


def as_json(record: dict[str, Any]) -> str:
    """One line of JSON."""
    return json.dumps(record, allow_nan=False)
