"""What the page says, as HTML: the answer in large letters, the ten bars, the way in as pictures.

Every word in it is the program's own and escaped all the same; the pictures are inside of the text, so that
nothing is left on the server for later.
"""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Sequence
from html import escape

import numpy as np
import numpy.typing as npt
from PIL import Image

from mnist_ocr.images import Reading
from mnist_ocr.report.answer import DIGITS, Answer, in_words, percent
from mnist_ocr.report.way_in import way_in

SHARP = 280
"""Pixels that the longer side of a picture has at least: its own pixels are to be seen, not smoothed over."""

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")


def verdict(answers: Sequence[Answer]) -> str:
    """The digits from left to right, and how sure the network is of them."""
    if len(answers) == 1:
        words = in_words(answers[0])
    else:
        unsure = sum(not answer.sure for answer in answers)
        words = f"{len(answers)} digits, from left to right; "
        words += "sure of each" if not unsure else f"not sure of {unsure if unsure < len(answers) else 'any'}"
    said = [(str(answer.digit) if answer.sure else f"{answer.digit}?", answer.sure) for answer in answers]
    return _verdict(said, words[0].upper() + words[1:])


def no_verdict(words: str) -> str:
    """Instead of an answer."""
    return _verdict([("?", False)], words)


def bars(answer: Answer | None) -> str:
    """How much the network believes in each digit; without an answer, where that is going to stand."""
    parts = answer.probabilities if answer else (None,) * DIGITS
    rows = [
        f'<tr class="{"winner" if answer and digit == answer.digit else ""}"><th scope="row">{digit}</th>'
        f'<td class="track"><div><div style="width: {100 * (part or 0):.2f}%"></div></div></td>'
        f"<td>{'' if part is None else escape(percent(part))}</td></tr>"
        for digit, part in enumerate(parts)
    ]
    return f'<table class="bars"><caption>How much it believes in each digit</caption>{"".join(rows)}</table>'


def steps(reading: Reading) -> str:
    """Every step from the picture to what the network saw: pictures, and the decisions in words."""
    figures = [
        f'<figure><img src="{_picture(panel.colours)}" alt="{escape(panel.heading)}">'
        f"<figcaption><strong>{escape(panel.heading)}</strong>{escape(panel.note)}</figcaption></figure>"
        for panel in way_in(reading)
    ]
    decisions = "".join(f"<li>{escape(decision)}</li>" for decision in reading.decisions)
    return (
        f'<p class="caption">From the picture to what the network saw</p>'
        f'<div class="steps">{"".join(figures)}</div><ol class="decisions">{decisions}</ol>'
    )


def plain(text: str) -> str:
    """A text, such as one with the name of somebody's file in it, that Markdown shall leave as it is."""
    return _PUNCTUATION.sub(r"\\\1", " ".join(text.split()))


def _verdict(said: list[tuple[str, bool]], words: str) -> str:
    digits = " ".join(digit if sure else f'<span class="unsure">{digit}</span>' for digit, sure in said)
    # Many of them are smaller, so that they stand beside each other.
    letters = sum(len(digit) + 1 for digit, _ in said)
    return (
        f'<div class="verdict" role="status"><p class="digits" style="--letters: {letters}">{digits}</p>'
        f"<p>{escape(words)}</p></div>"
    )


def _picture(colours: npt.NDArray[np.uint8]) -> str:
    image = Image.fromarray(colours)
    times = -(-SHARP // max(image.size))
    if times > 1:
        image = image.resize((times * image.width, times * image.height), Image.Resampling.NEAREST)
    file = io.BytesIO()
    image.save(file, "png")
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
