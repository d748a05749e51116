"""The page of webapp.py as Streamlit runs it: pictures in, answers and friendly refusals out."""

from __future__ import annotations

import base64
import io
import json
import re
import shutil
import struct
import subprocess
import sys
import zlib
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from mnist_ocr.errors import InputError
from mnist_ocr.graph import Network
from mnist_ocr.images import read_digit
from mnist_ocr.modelfile import MODELS, find_model
from mnist_ocr.report.answer import answer_to, in_words
from mnist_ocr.web import LARGEST_DRAWING, PHOTO, SAMPLES, as_markdown, drawing_of, sample

ROOT = Path(__file__).resolve().parents[2]
DEFAULT, STRONG = (Path(MODELS[name]).stem for name in ("default", "strong"))

PATIENCE = 300
"""Seconds; a page that does not come at all is waited for that long."""


class _Text(HTMLParser):
    """The words of a piece of HTML, one list of them for each line of a table."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.lines: list[list[str]] = [[]]
        self.feed(html)

    def handle_starttag(self, tag: str, _attributes: list[tuple[str, str | None]]) -> None:
        if tag in ("tr", "p", "li", "caption"):
            self.lines.append([])

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.lines[-1].append(data.strip())


def lines(app: AppTest) -> list[list[str]]:
    """All that the page says in HTML of its own."""
    return [line for element in app.get("html") for line in _Text(element.proto.body).lines if line]


def verdict(app: AppTest) -> str:
    """The large letters at the top."""
    html = next(element.proto.body for element in app.get("html") if 'class="verdict"' in element.proto.body)
    return " ".join(_Text(html).lines[1])


def opened(script: str = "webapp.py") -> AppTest:
    app = AppTest.from_file(str(ROOT / script), default_timeout=PATIENCE).run()
    assert not app.exception
    return app


def opened_with(folder: Path) -> AppTest:
    """The page with another folder of models."""
    arguments = f"Path({str(folder)!r}), {MODELS['default']!r}"
    code = f"from pathlib import Path\nfrom mnist_ocr.web import show\nshow({arguments})\n"
    app = AppTest.from_string(code, default_timeout=PATIENCE).run()
    assert not app.exception
    return app


def choose(app: AppTest, what: str, value: object) -> AppTest:
    control = next(control for control in app.segmented_control if control.label == what)
    return control.set_value(value).run()


def go_to(app: AppTest, way: str) -> AppTest:
    return choose(app, "Where the digit comes from", way)


def uploaded(app: AppTest, name: str, content: bytes) -> AppTest:
    app.file_uploader[0].set_value((name, content, "application/octet-stream")).run()
    assert not app.exception
    return app


def as_png(grey: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(grey).save(file, "png")
    return file.getvalue()


def bomb() -> bytes:
    """A well-formed PNG whose header promises 60,000 x 60,000 pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(bytes(100_000)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + pixels + chunk(b"IEND", b"")


def broken_jpeg() -> bytes:
    file = io.BytesIO()
    Image.fromarray(sample("7")).save(file, "jpeg")
    return file.getvalue()[:-1000]


def test_it_invites_before_it_answers() -> None:
    app = opened()
    assert verdict(app) == "?"
    assert ["Draw a digit, and the answer appears here"] in lines(app)
    assert ["Pick a sample, and the answer appears here"] not in lines(go_to(app, "Sample"))
    assert ["Upload a picture, and the answer appears here"] in lines(go_to(app, "Upload"))


def test_every_sample_is_read_as_what_it_is_called() -> None:
    app = go_to(opened(), "Sample")
    network = Network.load(find_model("default"))
    for name in SAMPLES:
        app.pills[0].set_value(name).run()
        assert verdict(app) == ("7" if name == "photo" else name)
        if name.isdigit():
            # It says what the network says to anybody who asks it.
            answer = answer_to(network, read_digit(sample(name), network))
            assert answer.sure
            assert [in_words(answer)] in lines(app)
        assert "100.0 %" not in str(lines(app))  # nothing that is computed is certain
    assert PHOTO.is_file(), "this checkout has lost its photo"


def test_every_step_and_decision_is_shown() -> None:
    app = go_to(opened(), "Sample")
    app.pills[0].set_value("photo").run()
    said = lines(app)
    for decision in read_digit(PHOTO).decisions:
        assert [decision] in said
    (steps,) = (element.proto.body for element in app.get("html") if 'class="steps"' in element.proto.body)
    pictures = re.findall(r'src="data:image/png;base64,([^"]+)" alt="([^"]+)"', steps)
    assert [alt for _, alt in pictures] == [
        "What you gave",
        "The ink that was found",
        "Cut out",
        "What the network saw",
    ]
    seen = np.asarray(Image.open(io.BytesIO(base64.b64decode(pictures[3][0]))))
    np.testing.assert_array_equal(seen[:, :, 0], read_digit(PHOTO).pixels)


def test_several_digits_from_left_to_right_and_a_look_at_one_of_them() -> None:
    app = go_to(opened(), "Sample")
    app.pills[0].set_value("3 1 4").run()
    assert verdict(app) == "3 1 4"
    assert ["3 digits, from left to right; sure of each"] in lines(app)
    assert ["digit 1 of 3, line by line"] in lines(app)
    choose(app, "Show one of them", 2)
    assert ["digit 3 of 3, line by line"] in lines(app)
    assert verdict(app) == "3 1 4"
    # Back to one digit: nothing to choose from, and the third of three is forgotten.
    app.pills[0].set_value("7").run()
    assert verdict(app) == "7"
    assert len(app.segmented_control) == 1


def test_an_upload_is_read_by_the_model_that_was_chosen() -> None:
    app = go_to(opened(), "Upload")
    picture = as_png(sample("5"))
    uploaded(app, "five.png", picture)
    assert verdict(app) == "5"
    for name in (DEFAULT, STRONG):
        app.selectbox[0].set_value(next(file for file in app.selectbox[0].options if file == name)).run()
        network = Network.load(find_model("strong" if name == STRONG else "default"))
        answer = answer_to(network, read_digit(picture, network))
        assert [in_words(answer)] in lines(app)


def test_an_answer_below_the_threshold_is_called_not_sure(tmp_path: Path) -> None:
    document = json.loads(find_model("default").read_text(encoding="utf-8"))
    # Sure only of what is certain; whatever it says is a guess then.
    (tmp_path / "doubtful.json").write_text(json.dumps({**document, "sure_above": 1.0}), encoding="utf-8")
    app = go_to(opened_with(tmp_path), "Sample")
    assert verdict(app) == "7?"
    said = " ".join(word for line in lines(app) for word in line)
    assert "Not sure; perhaps 7" in said
    assert "The confidence threshold is 100.0 %" in said
    app.pills[0].set_value("3 1 4").run()
    assert verdict(app) == "3? 1? 4?"
    assert ["3 digits, from left to right; not sure of any"] in lines(app)


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("notes.png", b"These are words and no picture.", "notes.png is not a picture that can be read"),
        ("empty.png", b"", "empty.png is empty"),
        ("bomb.png", bomb(), "bomb.png has more than 67 million pixels: make it smaller first"),
        ("broken.jpg", broken_jpeg(), "broken.jpg is damaged or cut off: its pixels cannot be read"),
        (
            "blank.png",
            as_png(np.full((60, 60), 255, np.uint8)),
            "no ink found in the picture: it looks blank",
        ),
        ("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "drawing.svg is not a picture that"),
        ("**[a](b)** `$x$` :red[c].png", b"words", "**[a](b)** `$x$` :red[c].png is not a picture"),
    ],
    ids=lambda value: value if isinstance(value, str) and value.endswith((".png", ".jpg", ".svg")) else "",
)
def test_a_bad_upload_is_told_in_one_line_and_the_page_goes_on(
    name: str, content: bytes, complaint: str
) -> None:
    app = uploaded(go_to(opened(), "Upload"), "seven.png", PHOTO.read_bytes())
    assert verdict(app) == "7"
    uploaded(app, name, content)
    assert not any('class="verdict"' in element.proto.body for element in app.get("html"))
    (error,) = app.error
    assert re.sub(r"\\(.)", r"\1", error.value).startswith(complaint)
    # Nothing in it is left for Markdown to make a link, a colour or a formula of.
    assert not re.search(r"(?<!\\)[*\[\]`$:]", error.value)
    uploaded(app, "five.png", as_png(sample("5")))
    assert not app.error
    assert verdict(app) == "5"


def test_of_a_moving_picture_the_first_frame_is_read() -> None:
    frames = [Image.fromarray(sample(name)) for name in ("2", "8")]
    file = io.BytesIO()
    frames[0].save(file, "gif", save_all=True, append_images=frames[1:])
    assert verdict(uploaded(go_to(opened(), "Upload"), "moving.gif", file.getvalue())) == "2"


def test_bad_model_files_are_told_and_others_can_be_chosen(tmp_path: Path) -> None:
    app = opened_with(tmp_path)
    assert "holds no model file" in app.error[0].value
    (tmp_path / "a.json").write_text("{}", encoding="utf-8")
    Network([4, 3, 2]).save(tmp_path / "small.json")
    shutil.copy(find_model("default"), tmp_path / "z.json")
    app = go_to(opened_with(tmp_path), "Sample")
    assert "a\\.json" in app.error[0].value
    app.selectbox[0].set_value("small").run()
    assert "784 inputs and 10 outputs" in app.error[0].value
    app.selectbox[0].set_value("z").run()
    assert not app.error
    assert verdict(app) == "7"


def test_a_model_that_was_written_anew_is_loaded_anew(tmp_path: Path) -> None:
    shutil.copy(find_model("default"), tmp_path / "mine.json")
    app = go_to(opened_with(tmp_path), "Sample")
    assert verdict(app) == "7"
    network = Network.load(tmp_path / "mine.json")
    network.output.biases[3] += 1000
    network.save(tmp_path / "mine.json")
    app.run()
    assert verdict(app).rstrip("?") == "3"  # a network that says 3 to everything is not believed


def test_the_shipped_network_comes_first_whatever_was_trained_beside_it(tmp_path: Path) -> None:
    shutil.copy(find_model("default"), tmp_path)
    Network([784, 4, 10]).save(tmp_path / "a-tiny-one.json")
    shutil.copy(find_model("strong"), tmp_path)
    assert opened_with(tmp_path).selectbox[0].options == [DEFAULT, "a-tiny-one", STRONG]


def test_one_picture_is_remembered_and_no_more() -> None:
    app = go_to(opened(), "Sample")
    for name in ("1", "2", "3"):
        app.pills[0].set_value(name).run()
    held = [value for value in app.session_state.values() if "Reading(" in repr(value)]
    assert held == [app.session_state["read"]]
    (reading,) = app.session_state["read"][1]
    np.testing.assert_array_equal(reading.pixels, read_digit(sample("3")).pixels)


def test_what_a_browser_sends_for_a_drawing_is_not_believed() -> None:
    picture = as_png(sample("5"))
    whole = "data:image/png;base64," + base64.b64encode(picture).decode()
    assert drawing_of(None) is None
    assert drawing_of({"picture": None, "over": 0}) is None
    assert drawing_of({"picture": whole, "over": 0}) == picture
    for sent in (
        7,
        {"a": 1},
        "",
        picture,
        whole[5:],
        f"{whole}é",
        f"{whole}?",
        whole + LARGEST_DRAWING * "A",
    ):
        for drawing in (sent, {"picture": sent, "over": 0}):
            with pytest.raises(InputError, match="did not arrive whole"):
                drawing_of(drawing)


def test_markdown_leaves_the_words_of_a_message_alone() -> None:
    assert as_markdown("a\n b") == "a b"
    assert as_markdown("x_1.png: <b>*") == r"x\_1\.png\: \<b\>\*"


def test_python_alone_is_told_how_to_start_the_page() -> None:
    run = subprocess.run(
        [sys.executable, ROOT / "webapp.py"], capture_output=True, text=True, timeout=PATIENCE
    )
    assert run.returncode != 0
    assert run.stderr.strip().endswith("start it with: streamlit run webapp.py")
    assert "Traceback" not in run.stderr


def test_without_streamlit_the_page_says_what_to_install() -> None:
    code = (
        "import runpy, sys; sys.modules['streamlit'] = None; runpy.run_path('webapp.py', run_name='__main__')"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE
    )
    assert run.returncode != 0
    assert "pip install 'streamlit>=1.66.1'" in run.stderr
    assert "Traceback" not in run.stderr
    declared = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert '"streamlit>=1.66.1"' in declared
