"""The page of `streamlit run webapp.py`: Python reads a picture, and below its answer `viewer.html` is alive.

Python reads photos, scans, and several digits in a row, and shows the way from the picture to what the
network saw. The sheet to draw on, the network and all that can be done with it are `viewer.html` itself, in a
frame:

    Python -> page    another model; the picture to show: the drawing, none, or 784 pixels that Python read
    page -> Python    the drawing, as a PNG, and whether it was begun over another picture that Python showed

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
from mnist_ocr.page import page, reading_object
from mnist_ocr.report.answer import DIGITS, Answer, answer_of, in_words, require_digit_reader

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

PHOTO = Path(__file__).resolve().parents[1] / "git" / "seven.png"
"""A seven on squared paper; an installed package does not have it."""

SAMPLES = [*map(str, range(DIGITS)), "3 1 4", *(["photo"] if PHOTO.is_file() else [])]

_PNG = "data:image/png;base64,"

# Whatever is said in the answer has the same room: nobody's sheet shall move under the pen.
_STYLE = """<style>
.stMainBlockContainer { max-width: 100rem; padding-top: 3.5rem; padding-bottom: 2rem; }
.stMainBlockContainer h1 { font: 400 1.9rem/1.1 Georgia, 'Times New Roman', serif; padding: 0; }
.st-key-answer { height: 6.5rem; }
.verdict { display: flex; align-items: center; gap: 0.2rem 1.6rem; height: 6rem; }
.verdict p { margin: 0; font-size: 1.25rem; }
.verdict .digits { font: min(5rem, 70vw / var(--letters))/1.1 Georgia, 'Times New Roman', serif; }
.verdict .digits { font-variant-numeric: lining-nums; white-space: nowrap; }
.verdict .unsure { font-style: italic; }
.steps { display: grid; grid-template-columns: repeat(4, minmax(0, 12rem)); gap: 1rem; }
.steps figure { margin: 0; font-size: 0.85rem; line-height: 1.35; }
.steps img { width: 100%; aspect-ratio: 1; object-fit: contain; image-rendering: pixelated; }
.steps strong { display: block; }
.decisions { font-size: 0.9rem; margin: 0.8rem 0 0; padding-left: 1.3rem; }
@media (max-width: 640px) {
  .steps { grid-template-columns: 1fr 1fr; }
  .st-key-answer { height: auto; }
  .st-key-answer .stColumn:last-child { height: 3rem; }
  .verdict { display: grid; grid-template-rows: 5rem 1fr; align-items: start; height: 8rem; }
  .verdict p { font-size: 1.1rem; }
  .verdict .digits { font-size: min(4.5rem, 150vw / var(--letters)); }
}
</style>"""

_FRAME_STYLE = """
iframe { display: block; width: 100%; height: max(36rem, calc(100vh - 5rem)); border: 0; }
iframe { border-radius: 0.875rem; }
"""

# A frame that is new asks Python for the page; one that has it asks for nothing more than another model.
_FRAME_SCRIPT = """
const parts = new WeakMap();

function begin(frame) {
  const part = {key: null, ready: false, unsent: [], call: null};
  parts.set(frame, part);
  part.send = (message) => {
    if (part.ready) frame.contentWindow.postMessage(message, '*');
    else part.unsent.push(message);
  };
  addEventListener('message', ({source, data}) => {
    if (source !== frame.contentWindow) return;
    if (data.ready) {
      part.ready = true;
      part.unsent.splice(0).forEach(part.send);
    } else if ('drawing' in data) part.call.setStateValue('drawing', data.drawing);
  });
  return part;
}

export default function show(call) {
  const frame = call.parentElement.querySelector('iframe');
  const part = parts.get(frame) ?? begin(frame);
  part.call = call;
  const {key, has, page, model, name, picture} = call.data;
  if (page && part.key === null) {
    part.key = key;
    frame.srcdoc = page;
  } else if (model && part.key !== null && part.key !== key) {
    part.key = key;
    part.send({model, name});
  }
  if (part.key !== has) call.setStateValue('has', part.key);
  part.send({picture, scheme: getComputedStyle(frame).colorScheme});
}
"""

_frame = st.components.v2.component(
    "mnist_ocr_page", html='<iframe title="The network"></iframe>', css=_FRAME_STYLE, js=_FRAME_SCRIPT
)


def show(models: Path, first: str) -> None:
    """The whole page.

    Args:
        models: folder of the model files to choose from.
        first: name of the file that is used until another one is chosen.
    """
    st.set_page_config(page_title="Which digit is it?", page_icon="✍️", layout="wide")
    st.html(_STYLE)
    st.title("Which digit is it?", anchor=False)
    left, right = st.columns([3, 2], gap="large")
    with st.container(key="answer"):
        answer_place, choice_place = st.columns([3, 2], gap="small")
    readings: list[Reading] = []
    answers: list[Answer] = []
    network = None
    st.session_state.setdefault("way", DRAW)
    with left:
        way = st.segmented_control("Where the digit comes from", list(INVITATIONS), key="way", required=True)
    try:
        with right:
            files = model_files(models, first)
            file = st.selectbox("The network that reads it", files, format_func=lambda file: file.stem)
        version = _version_of(file)
        network, model = _load(file, version)  # it is shown even if the picture is refused
        with left:
            picture = _choose_picture(way)
        if picture is not None:
            readings = _read(picture, network, version)
            answers = [answer_of(network, reading.probabilities) for reading in readings]
        answer_place.html(_verdict(answers, INVITATIONS[way]))
    except InputError as error:
        readings, answers = [], []
        answer_place.error(as_markdown(str(error)))
    with choice_place:
        number = _choose_digit(answers)
    with st.expander("The way from the picture to what the network saw", expanded=way != DRAW):
        st.html(_steps(readings[number], way) if answers else "<p>Nothing was read yet.</p>")
    if network:
        alone = way == DRAW and len(answers) < 2
        shown = (
            {"pixels": readings[number].pixels.ravel().tolist(), "drawn": way == DRAW} if answers else None
        )
        _show_page(file.name, version, network, model, "drawing" if alone else shown)


def _choose_picture(way: str) -> Picture | None:
    """Let the person upload or pick a picture, or take the drawing; None until there is one."""
    if way == DRAW:
        return drawing_of(st.session_state.get("page", {}).get("drawing"))
    if way == SAMPLE:
        about = "A digit that the program has drawn, a row of them, or a photo"
        name = st.pills(about, SAMPLES, default="7", wrap=True)
        return sample(name) if name else None
    about = f"A photo, scan or drawing of one digit or several, of {LARGEST_UPLOAD} MB at most"
    # Of any type, and larger than what is read: a file that the widget refuses leaves an older picture in its
    # place. What is refused here, in words, does not.
    upload = st.file_uploader(about, max_upload_size=10 * LARGEST_UPLOAD)
    if upload is None:
        return None
    if upload.size > LARGEST_UPLOAD * 10**6:
        raise InputError(
            f"{upload.name} has {upload.size / 1e6:.0f} MB: expected a picture of {LARGEST_UPLOAD} MB at most"
        )
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
        label_visibility="collapsed",
    )
    return chosen


def drawing_of(sent: Any) -> bytes | None:
    """The PNG file in the drawing that a browser sent; None for an empty sheet.

    Raises:
        InputError: it is not a PNG in Base64, or too long.
    """
    if sent is None:
        return None
    try:
        picture = sent["picture"]
        if picture is None:
            return None
        if picture.startswith(_PNG) and len(picture) <= LARGEST_DRAWING:
            return base64.b64decode(picture.removeprefix(_PNG), validate=True)
    except (TypeError, LookupError, AttributeError, ValueError):
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
    images, labels = draw_digits(40, seed=762)
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


def _show_page(name: str, version: str, network: Network, model: str, picture: object) -> None:
    """Show `viewer.html` on a picture; the page itself and each model are sent to the browser once."""
    has = st.session_state.get("page", {}).get("has")
    data = {
        "key": version,
        "has": has,
        "page": page(model, name, reading={}) if has is None else None,
        "model": model if has not in (None, version) else None,
        "name": name,
        "picture": picture,
    }
    _frame(key="page", data=data, on_drawing_change=_go_to_drawing, on_has_change=lambda: None)


def _go_to_drawing() -> None:
    """Whoever draws over another picture wants to be told of the drawing.

    But the last of an older drawing may arrive only after the person has gone on to another picture.
    """
    sent = st.session_state["page"]["drawing"]
    if isinstance(sent, dict) and sent.get("over"):
        st.session_state["way"] = DRAW


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


def _steps(reading: Reading, name: str) -> str:
    """What Python did to the picture: four pictures, and its decisions, as HTML."""
    read = reading_object(reading, name)
    figures = "".join(
        f'<figure><img src="{step["picture"]}" alt="{escape(step["heading"])}"><figcaption>'
        f"<strong>{escape(step['heading'])}</strong> {escape(step['note'])}</figcaption></figure>"
        for step in read["steps"]
    )
    decisions = "".join(f"<li>{escape(decision)}</li>" for decision in read["decisions"])
    return f'<div class="steps">{figures}</div><ol class="decisions">{decisions}</ol>'
