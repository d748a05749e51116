"""The misses of an evaluation on one sheet: what was given, what was seen of it, and what was said.

One look tells whose fault a miss is: the ink that was found on the picture, the network that took a clear
digit for another one, or the label.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from mnist_ocr.images import ImageError, load_picture
from mnist_ocr.report.answer import percent
from mnist_ocr.report.canvas import AGAINST, FRAME, QUIET, Canvas, in_grey
from mnist_ocr.report.evaluate import Evaluation, Prediction

MOST = 64
"""Misses on a sheet; beyond this nobody looks at each."""

WIDTH, MARGIN, SQUARE, GAP = 880.0, 34.0, 90.0, 4.0
"""Of the sheet, around it, of a picture, and between the two pictures of a miss; in points."""

TOP, CAPTION, BOTTOM = 116.0, 78.0, 14.0
"""Above the first row, below the pictures of each, and below the last."""

TITLE, HEADING, NOTE = 28.0, 15.0, 11.0
"""Sizes of letters."""

_NOTHING = np.full((1, 1, 3), FRAME, np.uint8)
"""The place of a picture that is none."""


def draw_contact_sheet(evaluation: Evaluation) -> Canvas:
    """Draw the misses, those first that the network was surest of, then those that it could not see."""
    misses = sorted((case for case in evaluation.predictions if not case.correct), key=_doubt)
    shown = misses[:MOST]
    from_files = any(case.path for case in shown)
    across, cell = (4, 2 * SQUARE + GAP) if from_files else (8, SQUARE)
    step = cell + (WIDTH - 2 * MARGIN - across * cell) / (across - 1)
    canvas = Canvas(WIDTH, TOP + math.ceil(len(shown) / across) * (SQUARE + CAPTION) + BOTTOM)
    canvas.text(MARGIN, 56, f"{len(misses):,} of {len(evaluation.predictions):,} were read wrong", TITLE)
    canvas.text(MARGIN, 84, _note(len(misses), from_files), HEADING, QUIET)
    for place, case in enumerate(shown):
        row, column = divmod(place, across)
        x, y = MARGIN + column * step, TOP + row * (SQUARE + CAPTION)
        pictures = [_given(case), _seen(case)] if from_files else [_seen(case)]
        for number, colours in enumerate(pictures):
            canvas.picture(x + number * (SQUARE + GAP), y, colours, SQUARE)
        _write_caption(canvas, x, y + SQUARE, cell, case)
    return canvas


def _doubt(case: Prediction) -> float:
    return 1 - case.answer.confidence if case.answer else math.inf


def _note(misses: int, from_files: bool) -> str:
    if misses == 0:
        return "There is nothing to show."
    what = "On the left what was given, on the right what the network saw. " if from_files else ""
    first = f"The {MOST} it was surest of." if misses > MOST else "First those it was surest of."
    return what + first


def _write_caption(canvas: Canvas, x: float, y: float, room: float, case: Prediction) -> None:
    if case.answer:
        verdict = f"{case.label} read as {case.answer.digit}"
        how = f"{percent(case.answer.confidence)}, {'sure' if case.answer.sure else 'not sure'}"
    else:
        verdict, how = f"{case.label} not read", case.reason
    canvas.text(x, y + 19, verdict, HEADING, AGAINST, room=room)
    canvas.text(x, y + 36, how, NOTE, room=room)
    canvas.text(x, y + 51, case.name, NOTE, QUIET, room=room)


def _given(case: Prediction) -> npt.NDArray[np.uint8]:
    """The picture file in grey, (height, width, 3); nothing but grey where it is none."""
    try:
        return _NOTHING if case.path is None else in_grey(load_picture(case.path).grey)
    except ImageError:
        return _NOTHING


def _seen(case: Prediction) -> npt.NDArray[np.uint8]:
    return _NOTHING if case.pixels is None else in_grey(case.pixels)
