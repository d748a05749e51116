"""`viewer.html`: what stands in it, and the command that opens it on a network and a picture of your own."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import os
import re
import string
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from mnist_ocr import Network
from mnist_ocr.__main__ import main
from mnist_ocr.images import read_digit
from mnist_ocr.modelfile import find_model
from mnist_ocr.page import DIGITS, build, find_page, page

ROOT = Path(__file__).resolve().parent.parent
SOURCES = [path for path in (ROOT / "page" / "src").rglob("*") if path.suffix in (".ts", ".svelte", ".css")]
STYLE = (ROOT / "page" / "src" / "style.css").read_text(encoding="utf-8")


class Parts(HTMLParser):
    """The text of every script, style and policy of a page, as a browser would cut it out."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self.names: dict[str, str] = {}
        self.tags: list[str] = []
        self._within = ""
        self.feed(document)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        self.tags.append(tag)
        if told.get("http-equiv") == "Content-Security-Policy":
            self.found["policy"] = told["content"]
        self._within = told.get("id", told.get("type", tag)) if tag in ("script", "style") else ""
        if "data-name" in told:
            self.names[self._within] = told["data-name"]

    def handle_endtag(self, tag: str) -> None:
        self._within = ""

    def handle_data(self, data: str) -> None:
        if self._within:
            self.found[self._within] = self.found.get(self._within, "") + data

    def bytes_of(self, slot: str) -> bytes:
        """What was packed into one of the page's places."""
        return gzip.decompress(base64.b64decode(self.found[slot]))

    def text_of(self, slot: str) -> str:
        """The same as text."""
        return self.bytes_of(slot).decode()


def the_page() -> str:
    return find_page().read_text(encoding="utf-8")


def test_the_page_in_the_checkout_holds_the_default_network_and_the_digits() -> None:
    parts = Parts(the_page())
    model = find_model("default")
    assert (parts.names["model"], parts.text_of("model")) == (model.name, model.read_text(encoding="utf-8"))
    numbers = np.frombuffer(parts.bytes_of("digits"), np.uint8)
    assert numbers.size == DIGITS * 785
    assert (np.bincount(numbers[:DIGITS], minlength=10) > DIGITS / 20).all()
    assert find_page().stat().st_size < 1_600_000


def test_building_puts_everything_that_the_page_has_into_what_vite_made() -> None:
    """Without Node: what Vite made is what is left when all that Python puts into it is taken out again."""
    whole = the_page()
    made = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>\n', "", whole, count=1)
    made = re.sub(r'(id="(?:model|digits)") data-name="[^"]*">[^<]*<', r"\1><", made)
    assert len(made) < 300_000
    assert build(made, whole) == whole


def test_only_its_own_script_and_style_may_run_and_nothing_may_be_fetched() -> None:
    parts = Parts(the_page()).found
    directives = dict(part.strip().split(" ", 1) for part in parts["policy"].split(";"))
    assert directives["default-src"] == "'none'"
    for directive, text in (("script-src", parts["module"]), ("style-src", parts["style"])):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert directives[directive] == f"'sha256-{digest}'"
    assert set(directives["img-src"].split()) == {"data:", "blob:"}
    assert directives["worker-src"] == "blob:"
    assert "connect-src" not in directives  # default-src holds
    # The names of languages, and the explanations of Svelte's errors, which nobody fetches.
    assert not re.search(r"https?://(?!www\.w3\.org/|svelte\.dev/e/)", the_page())


def test_no_source_makes_html_out_of_text() -> None:
    assert len(SOURCES) > 20
    dangerous = (
        r"@html|innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|DOMParser"
    )
    for path in SOURCES:
        assert not re.search(rf"{dangerous}|@import|url\(", path.read_text(encoding="utf-8")), path


def test_a_model_in_the_page_reads_back_to_the_same_json(tmp_path: Path) -> None:
    network = Network([784, 3, 10])
    network.layers[1].name = "</script><script>alert(1)</script>"
    network.layers[1].nodes[0].name = "<!-- {{script}} & &amp; \\u003c"
    path = tmp_path / "model.json"
    network.save(path)
    text = path.read_text(encoding="utf-8")
    reading = {"name": "</script><script>alert(1)</script>", "pixels": [0, 255]}
    parts = Parts(page(text, "\"><script>'&.json", reading=reading))
    assert parts.bytes_of("model").decode() == text
    assert parts.names["model"] == "\"><script>'&.json"
    assert json.loads(parts.found["reading"]) == reading
    assert parts.found["module"] == Parts(the_page()).found["module"]
    assert parts.tags == Parts(the_page()).tags


def view(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mnist_ocr", "view", *map(str, words)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", "PYTHONWARNINGS": "error"},
        check=False,
    )


def test_the_command_writes_a_page_with_the_model_in_it(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "seen.html"
    done = view("--output", path, "--no-open")
    assert (done.returncode, done.stderr) == (0, "")
    assert str(path) in done.stdout
    parts = Parts(path.read_text(encoding="utf-8"))
    shipped = find_model("default")
    assert (parts.names["model"], parts.text_of("model")) == (
        shipped.name,
        shipped.read_text(encoding="utf-8"),
    )
    again = view("--output", path, "--no-open")
    assert again.returncode == 2
    assert "exists already" in again.stderr
    assert view("--output", path, "--no-open", "--overwrite").returncode == 0


def test_the_page_is_opened_from_a_folder_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", lambda address: opened.append(address) or len(opened) == 1)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert main(["view"]) == 0
    assert "open it" not in capsys.readouterr().out
    [page_file] = tmp_path.glob("mnist_ocr-*/viewer.html")
    assert opened == [page_file.resolve().as_uri()]
    assert main(["view"]) == 0  # on a computer without a browser
    assert "open it in a browser" in capsys.readouterr().out


def test_the_command_opens_the_page_on_a_picture_that_python_read(tmp_path: Path) -> None:
    path, photo = tmp_path / "seen.html", ROOT / "git" / "seven.png"
    done = view("--image-path", photo, "--output", path, "--no-open")
    assert (done.returncode, done.stderr) == (0, "")
    reading = json.loads(Parts(path.read_text(encoding="utf-8")).found["reading"])
    read = read_digit(photo)
    assert reading["name"] == photo.name
    assert reading["pixels"] == read.pixels.ravel().tolist()
    assert reading["decisions"] == list(read.decisions)
    assert [step["picture"][:22] for step in reading["steps"]] == ["data:image/png;base64,"] * 4
    missing = view("--image-path", tmp_path / "none.png", "--no-open")
    assert missing.returncode == 2
    assert "none.png" in missing.stderr


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "there is no such model file"),
        ("", "the file is empty"),
        ('{"format": "something else"}', "model.json: the file: expected the key 'version'"),
    ],
)
def test_what_is_no_model_is_refused_on_one_line(tmp_path: Path, content: str | None, message: str) -> None:
    model, path = tmp_path / "model.json", tmp_path / "page.html"
    if content is not None:
        model.write_text(content, encoding="utf-8")
    done = view(model, "--output", path, "--no-open")
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
    assert not path.exists()


def test_a_network_that_reads_no_digits_is_refused(tmp_path: Path) -> None:
    Network([2, 2]).save(tmp_path / "two.json")
    done = view(tmp_path / "two.json", "--no-open")
    assert done.returncode == 2
    assert "has 784 inputs and 10 outputs, and this one has 2 and 2" in done.stderr


def test_a_network_that_answers_with_letters_is_put_into_the_page(tmp_path: Path) -> None:
    network = Network([784, 26])
    network.metadata["training"] = {"classes": list(string.ascii_lowercase)}
    network.save(tmp_path / "letters.json")
    done = view(tmp_path / "letters.json", "--no-open", "--output", tmp_path / "letters.html")
    assert done.returncode == 0
    assert 'id="model" data-name="letters.json"' in (tmp_path / "letters.html").read_text(encoding="utf-8")


COLOURS = dict(re.findall(r"--([\w-]+): light-dark\((#\w{6}, #\w{6})\);", STYLE))


def contrast(one: str, other: str) -> float:
    """Contrast of two colours, 1 to 21: WCAG 2.2, with its definition of relative luminance."""

    def luminance(colour: str) -> float:
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_what_its_definition_says() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)  # the well-known grey that fails


@pytest.mark.parametrize(
    ("front", "back", "least"),
    [
        *[
            (words, ground, 4.5)
            for words in ("ink", "quiet", "favour-words", "against-words", "alarm")
            for ground in ("desk", "paper", "sheet")
        ],
        ("paper", "ink", 4.5),
        ("ink", "rest", 4.5),
        # What is drawn and what can be pressed: 3 to 1.
        *[
            (shape, ground, 3)
            for shape in ("control", "favour", "against", "mark")
            for ground in ("paper", "sheet")
        ],
    ],
)
def test_colours_are_told_apart_by_day_and_by_night(front: str, back: str, least: float) -> None:
    for one, other in zip(COLOURS[front].split(", "), COLOURS[back].split(", "), strict=True):
        assert contrast(one, other) >= least, (one, other)


def test_the_model_itself_is_never_written_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "model.json"
    Network([784, 10]).save(path)
    before = path.read_bytes()
    words = ["view", str(path), "--no-open", "--overwrite", "--output", str(path)]
    assert main(words) == 2
    error = capsys.readouterr().err
    assert error == f"error: --output {path}: this command reads that file: choose another name\n"
    assert path.read_bytes() == before
