"""`viewer.html` in a real browser: drawn on, changed, trained, saved; by mouse and keyboard, at any width."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from mnist_ocr import Network
from mnist_ocr.images import read_digit
from mnist_ocr.modelfile import find_model
from mnist_ocr.page import find_page, page, reading_object
from tests.browser import chromium

ROOT = Path(__file__).resolve().parents[2]

AXE = ROOT / "page" / "node_modules" / "axe-core" / "axe.min.js"

SEVEN = [(0.28, 0.2), (0.5, 0.19), (0.72, 0.19), (0.62, 0.45), (0.5, 0.7), (0.44, 0.88)]
"""Corners of a seven, as parts of the sheet's width and height."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


Opener = Callable[..., Page]


@pytest.fixture
def opened(browser: Browser) -> Iterator[Opener]:
    """Opens pages, and sees to it at the end that none complained, and none asked anything of a network."""
    complaints: list[str] = []
    asked: list[str] = []
    contexts = []

    def open_page(path: Path | None = None, width: int = 1280, height: int = 800, **options: object) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height}, **{"reduced_motion": "reduce", **options}
        )
        contexts.append(context)
        context.set_default_timeout(60_000)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto((path or find_page()).as_uri())
        says(page, 7) if path is None else None
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []


def says(page: Page, digit: int | str) -> None:
    expect(page.get_by_test_id("answer")).to_have_text(str(digit))


def click(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).first.click()


def draw(page: Page, corners: list[tuple[float, float]]) -> None:
    box = page.get_by_role("application").bounding_box()
    assert box
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in corners]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=8)
    page.mouse.up()


def open_file(page: Page, name: str, text: str) -> None:
    page.locator("input[type=file]").set_input_files(
        {"name": name, "mimeType": "application/json", "buffer": text.encode()}
    )


def saved(page: Page, folder: Path) -> Path:
    with page.expect_download() as download:
        click(page, "Save")
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def test_it_opens_with_a_seven_that_draws_itself_and_the_signal_travels(opened: Opener) -> None:
    page = opened(reduced_motion="no-preference")
    says(page, 7)
    expect(page.get_by_role("button", name=re.compile("^Answer 7, ")).locator(".share")).to_contain_text("%")


def test_the_first_touch_takes_over(opened: Opener) -> None:
    page = opened()
    click(page, "Clear")
    says(page, "?")
    draw(page, SEVEN)
    says(page, 7)
    page.keyboard.press("Control+z")
    says(page, "?")
    page.keyboard.press("Control+z")  # takes the clearing back
    says(page, 7)


@pytest.mark.parametrize("digit", range(10))
def test_every_sample_is_read_as_what_it_is(opened: Opener, digit: int) -> None:
    page = opened()
    click(page, f"Draw a {digit}")
    says(page, digit)


def test_the_eraser_takes_ink_away(opened: Opener) -> None:
    page = opened()
    click(page, "Draw a 7")
    click(page, "Eraser")
    draw(page, SEVEN)
    draw(page, [(0.2, 0.1), (0.9, 0.1), (0.2, 0.2), (0.9, 0.25), (0.2, 0.3), (0.9, 0.3)])
    for line in np.arange(0.3, 1, 0.05):
        draw(page, [(0.1, line), (0.9, line)])
    says(page, "?")


def test_a_weight_is_changed_cut_and_given_back(opened: Opener, tmp_path: Path) -> None:
    page = opened()
    details = page.get_by_role("region", name="Details")
    details.locator("table button").first.click()
    path = details.locator("code").inner_text()
    weight = details.get_by_label("weight", exact=True)
    before = weight.input_value()
    weight.fill("0.25")
    weight.press("Enter")
    network = Network.load(saved(page, tmp_path))
    layer, node, source = map(int, re.findall(r"\d+", path))
    assert network.layers[layer].weights[node, source] == 0.25
    training = network.metadata["training"]
    assert training["changes"] == [f"{path} = 0.25"]
    assert "accuracy" not in training  # it was the accuracy of another network
    details.get_by_label("weight", exact=True).fill("1e39")
    details.get_by_label("weight", exact=True).press("Enter")
    expect(page.get_by_role("alert")).to_contain_text(f"{path}: a float32 number is finite")
    click(page, "Cut this edge")
    click(page, "Undo")
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    expect(weight).to_have_value(before)


def test_a_network_that_nobody_changed_is_saved_to_the_byte(opened: Opener, tmp_path: Path) -> None:
    assert saved(opened(), tmp_path).read_bytes() == find_model("default").read_bytes()


def test_a_refused_file_leaves_the_network_and_says_why(opened: Opener) -> None:
    page = opened()
    open_file(page, "broken.json", '{"format": "mnist_ocr network", "version": 1, "layers": 3}')
    expect(page.get_by_role("alert")).to_contain_text("broken.json: layers: expected a list, found 3")
    says(page, 7)


def test_a_large_model_is_parsed_beside_the_page(opened: Opener) -> None:
    page = opened()
    page.locator("input[type=file]").set_input_files(find_model("strong"))
    expect(page.locator(".name")).to_contain_text("784–1000–500–10")
    says(page, 7)


def test_clear_is_taken_back_in_one_step_and_the_strokes_one_by_one(opened: Opener) -> None:
    page = opened()
    click(page, "Draw a 4")
    says(page, 4)
    click(page, "Clear")
    says(page, "?")
    click(page, "Undo")
    says(page, 4)
    for _ in range(2):
        click(page, "Undo")
    says(page, "?")


def letters(folder: Path) -> Path:
    """A network that takes everything for a k."""
    network = Network([784, 4, 26], seed=1)
    network.layers[-1].biases[:] = np.where(np.arange(26) == 10, 50, 0)
    network.metadata["training"] = {"classes": list("abcdefghijklmnopqrstuvwxyz")}
    network.save(folder / "letters.json")
    return folder / "letters.json"


@pytest.mark.parametrize("width", [1280, 320])
def test_a_network_of_letters_answers_with_letters_everywhere(
    opened: Opener, tmp_path: Path, width: int
) -> None:
    page = opened(width=width)
    page.locator("input[type=file]").first.set_input_files(letters(tmp_path))
    says(page, "k")
    expect(page.get_by_role("button", name=re.compile("^Answer z, "))).to_be_visible()
    assert page.get_by_role("button", name=re.compile("^Answer ")).count() == 26
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("tab", name="Loss and one step").click()
    page.get_by_role("group", name="The digit is").get_by_role("button", name="c", exact=True).click()
    click(page, "Take one step")
    expect(page.get_by_role("tabpanel")).to_contain_text("one step on c, learning rate 0.01")
    page.get_by_role("tab", name="Why this answer?").click()
    expect(page.get_by_role("tabpanel")).to_contain_text("What each node before brings to k more than to")
    for tab in ("Teach it my digits", "Mistakes, and two networks"):
        page.get_by_role("tab", name=tab).click()
        expect(page.get_by_role("tabpanel")).to_contain_text("other things apart than the digits 0 to 9")
    if width == 1280:
        changed = Network.load(saved(page, tmp_path))
        assert changed.metadata["training"]["classes"][25] == "z"


def test_a_step_lowers_the_loss_of_the_picture(opened: Opener) -> None:
    page = opened()
    page.get_by_role("tab", name="Loss and one step").click()
    panel = page.get_by_role("tabpanel")
    panel.get_by_role("button", name="1", exact=True).click()
    before = float(panel.locator("strong").first.inner_text())
    click(page, "Take one step")
    assert float(panel.locator("strong").first.inner_text()) < before
    click(page, "Undo all")
    assert float(panel.locator("strong").first.inner_text()) == before


def test_it_learns_before_your_eyes_and_python_reads_what_is_saved(opened: Opener, tmp_path: Path) -> None:
    page = opened()
    click(page, "one epoch")
    status = page.get_by_role("tabpanel").get_by_role("status")
    expect(status).to_contain_text("epoch 2, 2,500 images")
    click(page, "one batch")
    expect(status).to_contain_text("2,532 images")
    click(page, "one image")
    expect(status).to_contain_text("2,533 images")
    click(page, "Play")
    expect(status).to_contain_text("epoch 4", timeout=120_000)
    click(page, "Pause")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    path = saved(page, tmp_path)
    network = Network.load(path)
    assert [layer.size for layer in network.layers] == [784, 32, 10]
    training = json.loads(path.read_text(encoding="utf-8"))["training"]
    assert training["data"] == "synthetic digits"
    assert 0.5 < training["accuracy"]["held_out"] <= 1
    digits = digits_of(find_page())
    right = network.predict(digits[1][2500:].reshape(-1, 784) / 255) == digits[0][2500:]
    assert right.mean() == pytest.approx(training["accuracy"]["held_out"], abs=1e-9)


def digits_of(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Labels and images of the digits in a page."""
    import gzip

    found = re.search(r'id="digits"[^>]*>([^<]*)<', path.read_text(encoding="utf-8"))
    assert found
    data = np.frombuffer(gzip.decompress(base64.b64decode(found[1])), np.uint8)
    count = len(data) // 785
    return data[:count], data[count:].reshape(count, 28, 28)


def test_too_large_a_rate_breaks_and_says_where(opened: Opener) -> None:
    page = opened()
    page.get_by_label("optimizer").select_option("sgd")
    page.get_by_label("learning rate").select_option("100")
    page.get_by_label("activation").select_option("relu")
    click(page, "one epoch")
    status = page.get_by_role("tabpanel").get_by_role("status")
    expect(status).to_contain_text(re.compile(r"It broke: epoch \d+.*, learning rate 100: .*"))


def test_what_python_read_on_a_photo_opens_with_its_steps(opened: Opener, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    reading = reading_object(read_digit(ROOT / "git" / "seven.png"), "seven.png")
    model = find_model("default")
    path.write_text(page(model.read_text(encoding="utf-8"), model.name, reading=reading), encoding="utf-8")
    shown = opened(path)
    says(shown, 7)
    expect(shown.get_by_text("What Python read on seven.png")).to_be_visible()
    expect(shown.locator(".steps img")).to_have_count(4)


def test_the_card_is_at_the_pointer_and_nothing_moves(opened: Opener) -> None:
    page = opened()
    slider = page.get_by_role("slider", name="Nodes of layer hidden").bounding_box()
    assert slider
    before = page.evaluate("[scrollY, document.documentElement.scrollHeight]")
    for share in (0.06, 0.42, 0.7, 0.92):
        x, y = slider["x"] + share * slider["width"], slider["y"] + share * slider["height"]
        page.mouse.move(x, y)
        tip = page.get_by_test_id("tip").bounding_box()
        assert tip
        assert 0 <= tip["x"] <= 1280 - tip["width"]
        assert 0 <= tip["y"] <= 800 - tip["height"]
        assert min(abs(tip["x"] - x), abs(tip["x"] + tip["width"] - x)) < 40
    assert page.evaluate("[scrollY, document.documentElement.scrollHeight]") == before


def test_all_of_it_works_from_the_keyboard(opened: Opener) -> None:
    page = opened()
    page.get_by_role("slider", name="Nodes of layer hidden").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Details").get_by_role("heading")).to_contain_text("hidden[")
    click(page, "Clear")
    page.get_by_role("application").focus()
    page.keyboard.press("Space")
    for _ in range(12):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    says(page, 1)


@pytest.mark.parametrize("width", [320, 390, 820, 1280, 1920])
@pytest.mark.parametrize(
    "mode", [{"color_scheme": "light"}, {"color_scheme": "dark"}, {"forced_colors": "active"}], ids=str
)
def test_axe_finds_nothing_and_nothing_is_wider_than_the_window(
    opened: Opener, width: int, mode: dict[str, str]
) -> None:
    if not AXE.is_file():
        pytest.skip("npm ci in page/ brings axe-core")
    page = opened(width=width, **mode)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    # Evaluated by the debugger, which the page's policy does not bind.
    page.evaluate(AXE.read_text(encoding="utf-8") + "; undefined")
    for tab in page.get_by_role("tab").all():
        tab.click()
        found = page.evaluate("axe.run()")["violations"]
        assert [(one["id"], [node["html"] for node in one["nodes"]][:3]) for one in found] == []


# The panels


def number(text: str) -> float:
    """A number as the page writes it, with a true minus sign."""
    return float(text.strip().replace("\u2212", "-"))


def panel(page: Page, name: str) -> Locator:
    page.get_by_role("tab", name=name).click()
    return page.get_by_role("tabpanel")


def test_why_one_answer_and_not_another_adds_up_with_the_numbers_of_the_file(opened: Opener) -> None:
    page = opened()
    shown = panel(page, "Why this answer?")
    shown.get_by_label("and not").select_option("4")
    weights = Network.load("default").output.weights
    rows = [row.split("\t") for row in shown.locator("table").first.locator("tr").all_inner_texts()[1:]]
    brought = []
    for name, value, _, brings in rows[:-3]:
        node = int(re.findall(r"\d+", name)[0])
        brought.append(number(brings))
        expected = number(value) * float(weights[7, node] - weights[4, node])
        assert brought[-1] == pytest.approx(expected, abs=2e-3)
    others, bias, total = (number(row[3]) for row in rows[-3:])
    assert sum(brought) + others + bias == pytest.approx(total, abs=1e-3)
    shares = [
        row.split("\t")[3] for row in shown.locator("table").nth(1).locator("tbody tr").all_inner_texts()
    ]
    assert shares[7] == "> 99.9 %"
    expect(page.get_by_role("region", name="Details").get_by_role("heading")).to_have_text("output[4]")


def test_the_gallery_is_sorted_by_what_speaks_for_an_answer_and_shows_what_excites_a_node(
    opened: Opener,
) -> None:
    page = opened()
    shown = panel(page, "Gallery")
    shown.get_by_label("order").select_option("3")
    weights = Network.load("default").output.weights[3]
    first = shown.locator(".nodes button").first
    expect(first).to_have_attribute("aria-label", re.compile(rf"^hidden\[{int(weights.argmax())}\]"))
    first.click()
    values = [number(text) for text in shown.locator(".pictures span").all_inner_texts()]
    assert len(values) == 8
    assert values == sorted(values, reverse=True)
    shown.locator(".pictures button").first.click()
    labels, images = digits_of(find_page())
    network = Network.load("default")
    network.forward(images[:1000].reshape(-1, 784) / 255, check=False)
    excited = network.layers[1].values[:, int(weights.argmax())]
    assert values[0] == pytest.approx(float(excited.max()), abs=1e-3)
    says(page, int(network.output.values[excited.argmax()].argmax()))
    assert labels[excited.argmax()] in range(10)


def test_a_painted_pixel_is_what_the_network_sees_and_comes_back(opened: Opener) -> None:
    page = opened()
    shown = panel(page, "What if?")
    field = shown.get_by_role("application")
    before = field.evaluate("it => it.toDataURL()")
    field.focus()
    for _ in range(10):
        page.keyboard.press("ArrowLeft")
    expect(field).to_have_attribute("aria-label", re.compile("row 14, column 4, ink 0;"))
    page.keyboard.press("Space")
    expect(field).to_have_attribute("aria-label", re.compile("row 14, column 4, ink 1.0000;"))
    assert field.evaluate("it => it.toDataURL()") != before
    page.keyboard.press("Control+z")
    expect(field).to_have_attribute("aria-label", re.compile("row 14, column 4, ink 0;"))
    assert field.evaluate("it => it.toDataURL()") == before


def test_mistakes_are_counted_as_python_counts_them_and_open(opened: Opener) -> None:
    page = opened()
    shown = panel(page, "Mistakes, and two networks")
    labels, images = digits_of(find_page())
    said = Network.load("default").predict(images[2500:].reshape(-1, 784) / 255)
    pairs, counts = np.unique(np.stack([labels[2500:], said], axis=1), axis=0, return_counts=True)
    for (label, answer), count in zip(pairs, counts, strict=True):
        name = f"{label} read as {answer}: {count}"
        expect(shown.get_by_role("button", name=name, exact=True)).to_be_visible()
    assert shown.locator("td button").count() == len(pairs)
    other = Network.zeros([784, 10])
    shown.locator("input[type=file]").set_input_files(
        {"name": "zeros.json", "mimeType": "application/json", "buffer": json.dumps(other.to_dict()).encode()}
    )
    expect(shown).to_contain_text(re.compile(r"says 7 .*, zeros\.json says 0 \(10\.0 %\)"))
    shown.get_by_role("button", name="Show this").first.click()


def test_drawings_are_taught_and_the_others_are_not_forgotten(opened: Opener, tmp_path: Path) -> None:
    page = opened()
    shown = panel(page, "Teach it my digits")
    for _ in range(2):
        shown.get_by_role(
            "button", name="1", exact=True
        ).click()  # the 7 of the opening, by a stubborn person
    click(page, "Teach it 2 drawings")
    report = shown.get_by_role("status")
    expect(report).to_contain_text("Your digits: 0.0 % → 100.0 %", timeout=120_000)
    kept = re.findall(r"(\d+\.\d) %", report.inner_text())[-1]
    assert float(kept) > 90
    training = json.loads(saved(page, tmp_path).read_text(encoding="utf-8"))["training"]
    assert "accuracy" not in training or "test" not in training["accuracy"]
    assert training["came_from"]["command"].startswith("python train.py")


def test_the_story_is_told_with_the_real_numbers_and_notices_what_is_done(opened: Opener) -> None:
    page = opened()
    shown = panel(page, "The story")
    following = shown.locator("button", has_text=re.compile("^(Next|Skip)$"))
    expect(following).to_have_text("Skip")
    page.get_by_role("button", name="Draw a 4", exact=True).click()
    expect(following).to_have_text("Next")
    says(page, 4)
    following.click()
    expect(following).to_have_text("Skip")
    slider = page.get_by_role("slider", name="Nodes of layer hidden")
    slider.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(following).to_have_text("Next")
    for _ in range(3):
        following.click()
    shown.get_by_role("button", name="9", exact=True).click()
    expect(shown).to_contain_text(re.compile(r"You said it is a 9: the loss is \d"))
    following.click()
    click(page, "Show the gradients")
    following.click()
    click(page, "Take one step")
    text = shown.locator(".text").inner_text()
    before, after = map(float, re.findall(r"from (\S+) to (\S+)\.", text)[0])
    assert after < before
