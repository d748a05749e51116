"""The page of `streamlit run webapp.py`, which reads a picture and shows the answer and the steps to it.

Python reads the picture and asks the network. The sheet to draw on and the drawing of the network are parts
of the viewer's page, see `viewer/streamlit.js`.

Streamlit runs all of `show` whenever a person does something. An error in the input is shown in place of the
answer, and the rest of the page works as usual.
"""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Sequence
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import streamlit as st
from PIL import Image

from mnist_ocr.data.synthetic import draw_digits
from mnist_ocr.errors import InputError
from mnist_ocr.graph import Network
from mnist_ocr.graph.classes import class_name
from mnist_ocr.images import Reading, read_digit
from mnist_ocr.images.rows import read_rows
from mnist_ocr.report.answer import DIGITS, Answer, answer_of, in_words, percent, require_digit_reader
from mnist_ocr.report.explanation_picture import preprocessing_steps
from mnist_ocr.viewer import SOURCES, script, style

Picture = bytes | io.BytesIO | npt.NDArray[np.uint8]

DRAW, UPLOAD, SAMPLE = "Draw", "Upload", "Sample"

INVITATIONS = {
    DRAW: "Draw a digit, and the answer appears here",
    UPLOAD: "Upload a picture, and the answer appears here",
    SAMPLE: "Pick a sample, and the answer appears here",
}

LARGEST_UPLOAD = 20
"""Megabytes: more than a photo of any phone."""

LARGEST_DRAWING = 2_000_000
"""Characters of a drawing from the browser: a sheet of 336 x 336 pixels needs less than a tenth of them."""

UPLOADS = ["png", "jpg", "jpeg", "gif", "bmp", "tif", "tiff", "webp", "heic", "heif", "avif"]
"""File extensions; the last three, which phones write, are refused with advice on what to do."""

PHOTO = Path(__file__).resolve().parents[1] / "git" / "seven.png"
"""A seven on squared paper; an installed package does not have it."""

SAMPLES = [*map(str, range(DIGITS)), "3 1 4", *(["photo"] if PHOTO.is_file() else [])]

_STYLE = SOURCES / "streamlit.css"
_PNG = "data:image/png;base64,"

_part = st.components.v2.component(
    "mnist_ocr_part",
    html='<div class="viewer"></div>',
    css=style() + _STYLE.read_text(encoding="utf-8"),
    js=script("streamlit.js"),
)


def _listen() -> None:
    """Do nothing: Streamlit only stores those states of a part that have a listener."""


def show(models: Path, first: str) -> None:
    """The whole page.

    Args:
        models: folder of the model files to choose from.
        first: name of the file that is used until another one is chosen.
    """
    st.set_page_config(page_title="Which digit is it?", page_icon="✍️", layout="wide")
    st.html(_STYLE)
    st.title("Which digit is it?", anchor=False)
    answer_place = st.container(key="answer")
    left, right = st.columns([2, 3], gap="large")
    readings: list[Reading] = []
    answers: list[Answer] = []
    network = None
    try:
        with left:
            way = st.segmented_control(
                "Where the digit comes from", list(INVITATIONS), default=DRAW, required=True
            )
            picture = _choose_picture(way)
            files = model_files(models, first)
            file = st.selectbox("The network that reads it", files, format_func=lambda file: file.stem)
        version = _version_of(file)
        network, model = _load(file, version)
        if picture is not None:
            readings = _read(picture, network, version)
            answers = [answer_of(network, reading.probabilities) for reading in readings]
        answer_place.html(_verdict(answers, INVITATIONS[way]))
    except InputError as error:
        answer_place.error(as_markdown(str(error)))
    with right:
        number = _choose_digit(answers)
        st.html(_bars(answers[number] if answers else None))
        if answers:
            st.html(_steps(readings[number]))
    if network:
        _show_network(version, model, readings[number].pixels if answers else None)


def _choose_picture(way: str) -> Picture | None:
    """Let the person draw, upload or pick a picture; None until there is one."""
    if way == DRAW:
        return drawing_of(_part(key="sheet", on_drawing_change=_listen).drawing)
    if way == SAMPLE:
        about = "A digit that the program has drawn, a row of them, or a photo"
        name = st.pills(about, SAMPLES, default="7", wrap=True)
        return sample(name) if name else None
    about = "A photo, scan or drawing of one digit or several"
    upload = st.file_uploader(about, UPLOADS, max_upload_size=LARGEST_UPLOAD)
    if upload is None:
        return None
    file = io.BytesIO(upload.getvalue())
    file.name = upload.name  # messages refer to it
    return file


def _choose_digit(answers: Sequence[Answer]) -> int:
    """The index of the digit that is shown, which the person chooses if there are several."""
    if len(answers) < 2:
        return 0
    chosen: int = st.segmented_control(
        "Show one of them",
        range(len(answers)),
        format_func=lambda number: as_markdown(_digit(answers[number])),
        default=0,
        required=True,
    )
    return chosen


def drawing_of(sent: object) -> bytes | None:
    """The PNG file in the drawing that a browser sent; None for an empty sheet.

    Raises:
        InputError: it is not a PNG in Base64, or too long.
    """
    if sent is None:
        return None
    try:
        if isinstance(sent, str) and sent.startswith(_PNG) and len(sent) <= LARGEST_DRAWING:
            return base64.b64decode(sent.removeprefix(_PNG), validate=True)
    except ValueError:
        pass
    raise InputError("the drawing did not arrive whole: clear the sheet and draw it again")


def sample(name: str) -> bytes | npt.NDArray[np.uint8]:
    """One of `SAMPLES`: a file, or its brightness, (height, width), 0 black to 255 white."""
    if name == "photo":
        return PHOTO.read_bytes()
    return np.hstack([_drawn(int(digit)) for digit in name.split()])


@cache
def _drawn(digit: int) -> npt.NDArray[np.uint8]:
    """A synthetic digit in dark ink on a white sheet, (280, 280)."""
    # Among these 40 is each of the ten digits, and each is written plainly.
    images, labels = draw_digits(40, seed=2)
    ink = Image.fromarray(images[np.flatnonzero(labels == digit)[0]])
    return 255 - np.asarray(ink.resize((280, 280), Image.Resampling.BICUBIC))


def _read(picture: Picture, network: Network, version: str) -> list[Reading]:
    """Read a picture, unless it is the last one again: the page runs again after every click."""
    content = picture.getvalue() if isinstance(picture, io.BytesIO) else bytes(picture)
    if st.session_state.get("read", (None,))[0] != (content, version):
        readings = [read_digit(picture, network)]
        if readings[0].digit_count > 1:
            rows = read_rows(picture, network)
            readings = [rows.reading(index) for index in range(len(rows.digits))]
        st.session_state["read"] = (content, version), readings
    kept: list[Reading] = st.session_state["read"][1]
    return kept


def model_files(folder: Path, first: str) -> list[Path]:
    """The model files of a folder: the one of that name if it is there, then small ones before large ones.

    Raises:
        InputError: there is none.
    """
    files = [file for file in folder.glob("*.json") if file.is_file()]
    if not files:
        raise InputError(f"{folder} holds no model file: python train.py makes one")
    return sorted(files, key=lambda file: (file.name != first, file.stat().st_size, file))


def _version_of(file: Path) -> str:
    """A text that changes when the file is written."""
    try:
        return f"{file.name}, {file.stat().st_mtime_ns}"
    except OSError as error:
        raise InputError(f"{file.name} cannot be read any more: {error.strerror}") from None


def _load_model(file: Path, version: str) -> tuple[Network, str]:
    """A network and the text of its file. All visitors share them, so they must not be changed."""
    network = Network.load(file)
    require_digit_reader(network, file.name)
    return network, file.read_text(encoding="utf-8-sig")


_load: Any = st.cache_resource(max_entries=4, show_spinner="Loading the network")(_load_model)


def _show_network(version: str, model: str, pixels: npt.NDArray[np.uint8] | None) -> None:
    """Show a network and its values for a picture, (28, 28); the model is sent to the browser once."""
    has = st.session_state.get("network", {}).get("has")
    data = {
        "key": version,
        "has": has,
        "model": None if has == version else model,
        "pixels": None if pixels is None else pixels.ravel().tolist(),
    }
    _part(key="network", data=data, on_has_change=_listen)


def as_markdown(text: str) -> str:
    """Escape a text, which may contain the name of a file, so that Markdown shows it unchanged."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", " ".join(text.split()))


def _digit(answer: Answer) -> str:
    return class_name(answer.digit) + ("" if answer.sure else "?")


def _verdict(answers: Sequence[Answer], invitation: str) -> str:
    """The digits from left to right in large letters, and how sure the network is, as HTML."""
    digits, words = [_digit(answer) for answer in answers] or ["?"], invitation
    if len(answers) == 1:
        words = in_words(answers[0])
    elif answers:
        unsure = sum(not answer.sure for answer in answers)
        doubt = "sure of each" if not unsure else f"not sure of {unsure if unsure < len(answers) else 'any'}"
        words = f"{len(answers)} digits, from left to right; {doubt}"
    spans = [f'<span class="unsure">{escape(d)}</span>' if "?" in d else escape(d) for d in digits]
    # The more digits, the smaller they are, so that they fit beside each other.
    letters = sum(len(digit) + 1 for digit in digits)
    return (
        '<div class="verdict" role="status">'
        f'<p class="digits" style="--letters: {letters}">{" ".join(spans)}</p>'
        f"<p>{escape(words[0].upper() + words[1:])}</p></div>"
    )


def _bars(answer: Answer | None) -> str:
    """The probability of each digit as HTML; empty bars without an answer."""
    rows = [
        f'<tr class="{"winner" if answer and digit == answer.digit else ""}">'
        f'<th scope="row">{escape(class_name(digit))}</th>'
        f'<td class="track"><div><div style="width: {100 * part:.2f}%"></div></div></td>'
        f"<td>{escape(percent(part)) if answer else ''}</td></tr>"
        for digit, part in (answer.pairs() if answer else [(digit, 0.0) for digit in range(DIGITS)])
    ]
    return f'<table class="bars"><caption>How much it believes in each digit</caption>{"".join(rows)}</table>'


def _steps(reading: Reading) -> str:
    """The steps from the picture to what the network saw, as HTML: pictures and sentences."""
    figures = []
    for panel in preprocessing_steps(reading):
        file = io.BytesIO()
        Image.fromarray(panel.colours).save(file, "png")
        figures.append(
            f'<figure><img src="{_PNG}{base64.b64encode(file.getvalue()).decode()}" '
            f'alt="{escape(panel.heading)}">'
            f"<figcaption><strong>{escape(panel.heading)}</strong>{escape(panel.note)}</figcaption></figure>"
        )
    decisions = "".join(f"<li>{escape(decision)}</li>" for decision in reading.decisions)
    return (
        '<p class="caption">From the picture to what the network saw</p>'
        f'<div class="steps">{"".join(figures)}</div><ol class="decisions">{decisions}</ol>'
    )
