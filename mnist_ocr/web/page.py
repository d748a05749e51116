"""The page from top to bottom: the answer first, then where it comes from.

Streamlit runs `show` from its first line to its last whenever somebody does something. What goes wrong with
what a person gave is told where the answer would be, and the rest of the page goes on.
"""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import numpy as np
import numpy.typing as npt
import streamlit as st

from mnist_ocr.errors import InputError
from mnist_ocr.images import Reading, read_digits
from mnist_ocr.report.answer import Answer, ask_all
from mnist_ocr.web.component import draw_network, draw_sheet
from mnist_ocr.web.models import key_of, load_model, model_files
from mnist_ocr.web.samples import sample, sample_names
from mnist_ocr.web.words import bars, no_verdict, plain, steps, verdict

DRAW, UPLOAD, SAMPLE = "Draw", "Upload", "Sample"

INVITATIONS = {
    DRAW: "Draw a digit, and the answer stands here",
    UPLOAD: "Upload a picture, and the answer stands here",
    SAMPLE: "Pick a sample, and the answer stands here",
}

MOST_MEGABYTES = 20
"""Of an upload: more than any phone's photo has."""

PICTURES = ["png", "jpg", "jpeg", "gif", "bmp", "tif", "tiff", "webp", "heic", "heif", "avif"]
"""How files end that may be uploaded; of the last three, which phones make, we say what to do with them."""

Picture = bytes | io.BytesIO | npt.NDArray[np.uint8]


def show(models: Path, first: str) -> None:
    """The whole page.

    Args:
        models: folder of the model files to choose from.
        first: name of the file that is asked until another one is chosen.
    """
    st.set_page_config(page_title="Which digit is it?", page_icon="✍️", layout="wide")
    st.html(Path(__file__).with_name("style.css"))
    st.title("Which digit is it?", anchor=False)
    answer_place = st.container(key="answer")
    left, right = st.columns([2, 3], gap="large")
    readings: list[Reading] = []
    answers: list[Answer] = []
    model = network = None
    try:
        with left:
            way = st.segmented_control(
                "Where the digit comes from", list(INVITATIONS), default=DRAW, required=True
            )
            picture = _choose_picture(way)
            model = _choose_model(models, first)
        network = load_model(model)
        if picture is not None:
            readings = _read(picture)
            answers = ask_all(network, np.stack([reading.pixels for reading in readings]))
        with answer_place:
            st.html(verdict(answers) if answers else no_verdict(INVITATIONS[way]))
    except InputError as error:
        with answer_place:
            st.error(plain(str(error)))
    with right:
        shown = _choose_digit(answers)
        st.html(bars(answers[shown] if answers else None))
        if answers:
            st.html(steps(readings[shown]))
    if model and network:
        draw_network(network, key_of(model), readings[shown].pixels if answers else None)


def _choose_picture(way: str) -> Picture | None:
    """Draw, upload or pick one; None as long as there is none."""
    if way == DRAW:
        return draw_sheet()
    if way == SAMPLE:
        name = st.pills(
            "A digit that the program has drawn, a row of them, or a photo",
            sample_names(),
            default="7",
            wrap=True,
        )
        return sample(name) if name else None
    given = st.file_uploader(
        "A photo, scan or drawing of one digit or several", PICTURES, max_upload_size=MOST_MEGABYTES
    )
    if given is None:
        return None
    file = io.BytesIO(given.getvalue())
    file.name = given.name  # what a message calls it
    return file


def _choose_model(folder: Path, first: str) -> Path:
    files = model_files(folder, first)
    chosen: Path = st.selectbox("The network that reads it", files, format_func=lambda file: file.stem)
    return chosen


def _choose_digit(answers: list[Answer]) -> int:
    """Which digit to look at, of those that were found; its number from 0."""
    if len(answers) < 2:
        return 0
    chosen: int = st.segmented_control(
        "Look at one of them",
        range(len(answers)),
        format_func=lambda number: f"{answers[number].digit}{'' if answers[number].sure else '?'}",
        default=0,
        required=True,
    )
    return chosen


def _read(picture: Picture) -> list[Reading]:
    """Read it, or remember what came of it: the page runs again for everything that is clicked on it."""
    content = picture.getvalue() if isinstance(picture, io.BytesIO) else bytes(picture)
    mark = hashlib.sha256(content).hexdigest()
    remembered = st.session_state.get("read")
    if remembered is None or remembered[0] != mark:
        # One picture is remembered, not all of them.
        remembered = st.session_state["read"] = (mark, read_digits(picture))
    readings: list[Reading] = remembered[1]
    return readings
