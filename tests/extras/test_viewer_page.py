"""The page in a real browser: drawn on, taught, changed, saved, by mouse and by keyboard, wide and narrow."""

from __future__ import annotations

import base64
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from mnist_ocr import Network
from mnist_ocr.modelfile import ModelFileError, find_model
from mnist_ocr.report.answer import percent
from mnist_ocr.viewer import page as viewer_page
from tests.browser import chromium
from tests.model_documents import change, written

ROOT = Path(__file__).resolve().parents[2]

SEVEN = [(0.28, 0.2), (0.5, 0.19), (0.72, 0.19), (0.62, 0.45), (0.5, 0.7), (0.44, 0.88)]
"""Corners of a seven, as parts of the sheet's width and height."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def with_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page as the command writes it, with the shipped network."""
    return page_of(find_model("default"), tmp_path_factory.mktemp("page"))


def page_of(model: Path, folder: Path) -> Path:
    path = folder / "viewer.html"
    path.write_text(viewer_page(model.read_text(encoding="utf-8"), model.name), encoding="utf-8")
    return path


Opener = Callable[..., Page]


@pytest.fixture
def opened(browser: Browser) -> Iterator[Opener]:
    """Opens pages, and sees to it at the end that none complained, and none asked anything of a network."""
    complaints: list[str] = []
    asked: list[str] = []
    contexts = []

    def open_page(path: Path, width: int = 1280, scheme: str = "light") -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
        )
        contexts.append(context)
        context.set_default_timeout(60_000)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(path.as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []


def draw(page: Page, corners: list[tuple[float, float]]) -> None:
    """One stroke with the mouse."""
    box = page.get_by_label("Drawing pad").bounding_box()
    assert box
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in corners]
    page.mouse.move(*places[0])
    page.mouse.down()
    for x, y in places[1:]:
        page.mouse.move(x, y, steps=6)
    page.mouse.up()


def says(page: Page, digit: int) -> None:
    expect(page.locator(".verdict-digit")).to_have_text(str(digit))
    expect(page.locator(".verdict-words")).to_contain_text("sure")


def click(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def choose(page: Page, what: str, value: str) -> None:
    page.get_by_role("radiogroup", name=what).get_by_role("radio", name=value, exact=True).check()


def tell(page: Page, digit: int) -> None:
    """Say what the digit really was."""
    choose(page, "What the digit really is", str(digit))


def shares(page: Page) -> list[str]:
    """What the page believes of each digit, as text."""
    return page.locator(".answer-row .share").all_inner_texts()


def file_for(page: Page, name: str, content: bytes, kind: str) -> object:
    """A file in a browser's hand, to be dropped or pasted."""
    return page.evaluate_handle(
        """([name, content, type]) => {
            const carried = new DataTransfer();
            const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
            carried.items.add(new File([bytes], name, {type}));
            return carried;
        }""",
        [name, base64.b64encode(content).decode(), kind],
    )


def drop(page: Page, name: str, content: bytes, kind: str = "") -> None:
    page.dispatch_event("main", "drop", {"dataTransfer": file_for(page, name, content, kind)})


def as_png(grey: np.ndarray) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(grey).save(stream, "PNG")
    return stream.getvalue()


def picture_of_a_seven() -> np.ndarray:
    """Dark on light, (200, 160)."""
    grey = np.full((200, 160), 235, np.uint8)
    grey[40:56, 40:120] = 30
    for row in range(56, 170):
        middle = 112 - (row - 56) * 4 // 10
        grey[row, middle - 8 : middle + 8] = 30
    return grey


def test_it_invites_and_then_reads_the_seven_that_the_mouse_draws(with_model: Path, opened: Opener) -> None:
    page = opened(with_model)
    expect(page.get_by_text("Draw a digit", exact=True)).to_be_visible()
    expect(page.get_by_text("mnist-784-128-10.json: 784–128–10, 101,770 numbers")).to_be_visible()
    expect(page.get_by_role("button", name="Undo").first).to_be_disabled()
    draw(page, SEVEN)
    says(page, 7)
    expect(page.get_by_role("button", name=re.compile("^Answer 7"))).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("status").filter(has_text="It is a 7")).to_be_attached()
    draw(page, [(0.4, 0.5), (0.7, 0.5)])
    page.get_by_role("button", name="Undo").first.click()
    says(page, 7)
    click(page, "Clear")
    expect(page.get_by_text("Draw a digit", exact=True)).to_be_visible()
    assert set(shares(page)) == {""}


def test_the_answer_follows_the_pen_and_the_time_of_it_is_measured(with_model: Path, opened: Opener) -> None:
    page = opened(with_model)
    draw(page, SEVEN)
    says(page, 7)
    measured = page.evaluate("performance.getEntriesByName('network').map((entry) => entry.duration)")
    assert len(measured) > 5
    expect(page.locator(".speed")).to_have_text(re.compile(r"^picture [\d.]+ ms, network [\d.]+ ms, drawing"))


def test_every_sample_is_read_as_what_it_is(with_model: Path, opened: Opener) -> None:
    page = opened(with_model)
    for digit in (7, 8, 9, 0, 1, 2, 3, 4, 5, 6):
        click(page, "Show me one")
        says(page, digit)
        expect(page.locator(".verdict-words")).not_to_contain_text("Not sure")


@pytest.mark.parametrize("turned_round", [False, True])
def test_a_picture_is_read_however_it_comes(with_model: Path, opened: Opener, turned_round: bool) -> None:
    page = opened(with_model)
    grey = picture_of_a_seven()
    content = as_png(255 - grey if turned_round else grey)
    page.locator("input[accept='image/*']").set_input_files(
        {"name": "seven.png", "mimeType": "image/png", "buffer": content}
    )
    says(page, 7)
    click(page, "Clear")
    drop(page, "seven.png", content, "image/png")
    says(page, 7)
    click(page, "Clear")
    page.evaluate(
        "(clipboardData) => document.body.dispatchEvent("
        "new ClipboardEvent('paste', {clipboardData, bubbles: true}))",
        file_for(page, "seven.png", content, "image/png"),
    )
    says(page, 7)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"no picture at all", "this is no picture that a browser can open"),
        (as_png(np.full((50, 50), 200, np.uint8)), "no ink found in the picture: it looks blank"),
    ],
)
def test_a_bad_picture_is_refused_and_the_drawing_stays(
    with_model: Path, opened: Opener, content: bytes, message: str
) -> None:
    page = opened(with_model)
    draw(page, SEVEN)
    says(page, 7)
    drop(page, "picture.png", content, "image/png")
    expect(page.get_by_role("alert")).to_contain_text(message)
    says(page, 7)


def test_a_network_that_is_taught_learns_and_forgets_again(with_model: Path, opened: Opener) -> None:
    page = opened(with_model)
    draw(page, SEVEN)
    says(page, 7)
    before = shares(page)
    step, undo = page.get_by_role("button", name="Take one step"), page.locator(".teach .actions button")
    expect(step).to_be_disabled()
    tell(page, 3)
    loss = page.locator(".loss")
    expect(loss).to_contain_text("Loss")
    first = float(re.findall(r"[\d.]+", loss.inner_text())[0])
    step.click()
    second = float(re.findall(r"[\d.]+", loss.inner_text())[0])
    assert second < first
    told = page.get_by_role("status").filter(has_text="What this did")
    expect(told).to_contain_text("one step with learning rate 0.01")
    expect(told).to_contain_text(f"{first:.4f}")
    expect(told).to_contain_text(f"→ {second:.4f}")
    assert shares(page) != before
    # The gradients can be looked at, in the nodes and in the lines.
    choose(page, "Nodes and lines show", "gradients")
    assert shares(page)[3].startswith("\N{MINUS SIGN}")  # the 3 should have been more
    choose(page, "Nodes and lines show", "values")
    step.click()
    expect(page.locator(".changes")).to_contain_text("2 changes")
    undo.first.click()
    expect(page.locator(".changes")).to_contain_text("1 change ")
    undo.nth(1).click()  # reset
    expect(page.locator(".changes")).to_contain_text("as it stands in the file")
    assert shares(page) == before


def open_strongest_edge(page: Page) -> str:
    """Open the edge that speaks loudest for the answer; its path in the file."""
    page.locator(".sum tbody button").first.click()
    return page.locator(".edge .path").inner_text()


def numbers_in(path: str) -> tuple[int, int, int]:
    layer, node, source = map(int, re.findall(r"\d+", path))
    return layer, node, source


def test_an_edge_tells_its_numbers_and_can_be_changed_and_cut(with_model: Path, opened: Opener) -> None:
    page = opened(with_model)
    draw(page, SEVEN)
    says(page, 7)
    path = open_strongest_edge(page)
    layer, node, source = numbers_in(path)
    assert (layer, node) == (2, 7)
    weight = Network.load(find_model("default")).layers[layer].nodes[node].incoming[source].weight
    field = page.get_by_role("spinbutton", name="weight")
    expect(field).to_have_value(str(np.float32(weight)))
    total = page.locator(".sum .total td").nth(2)
    whole = float(total.inner_text())
    brings = float(page.locator(".edge dd").nth(1).inner_text())
    click(page, "Cut this edge")
    assert float(total.inner_text()) == pytest.approx(whole - brings, abs=2e-4)
    expect(field).to_have_value("0.0")
    expect(page.locator(".effect")).to_contain_text(f"{path} = 0")
    field.fill("1.25")
    field.press("Enter")
    expect(page.locator(".changes")).to_contain_text(f"2 changes since the file. Last: {path} = 1.25.")
    page.get_by_role("spinbutton", name="bias").fill("-20")
    page.get_by_role("spinbutton", name="bias").press("Enter")
    expect(page.locator(".verdict-digit")).not_to_have_text("7")
    expect(page.get_by_text(re.compile("It adds up; "))).to_be_visible()


def test_a_node_that_is_switched_off_is_heard_by_nobody(with_model: Path, opened: Opener) -> None:
    page = opened(with_model)
    draw(page, SEVEN)
    says(page, 7)
    _, _, source = numbers_in(open_strongest_edge(page))
    hidden = page.get_by_role("slider", name="Nodes of layer hidden")
    hidden.focus()
    hidden.press("Home")
    for _ in range(source):
        hidden.press("ArrowRight")
    hidden.press("Enter")
    expect(page.locator(".inspector h2")).to_have_text(f"hidden[{source}]")
    click(page, "Switch this node off")
    page.get_by_role("button", name=re.compile("^Answer 7")).click()
    click(page, "Show all 128")
    row = page.get_by_role("row").filter(has=page.get_by_text(f"hidden[{source}]", exact=True))
    expect(row.get_by_role("cell").first).to_have_text("0")


def pixels_of(page: Page) -> np.ndarray:
    """What the network sees, from the table that the page has for those who do not see it."""
    page.get_by_text("The same as tables").click()
    page.get_by_label("What the table shows").select_option("the picture")
    rows = page.locator(".as-table tbody tr").all()
    found = np.array([[int(text) for text in row.locator("td").all_inner_texts()] for row in rows])
    assert found.shape == (28, 28)
    return found.astype(np.uint8)


def test_a_saved_network_is_the_one_that_other_programs_then_ask(
    with_model: Path, opened: Opener, tmp_path: Path
) -> None:
    page = opened(with_model)
    draw(page, SEVEN)
    says(page, 7)
    tell(page, 3)
    for _ in range(2):
        click(page, "Take one step")
    path = open_strongest_edge(page)
    page.get_by_role("spinbutton", name="weight").fill("-0.125")
    page.get_by_role("spinbutton", name="weight").press("Enter")
    said = shares(page)
    with page.expect_download() as download:
        click(page, "Save as JSON")
    assert download.value.suggested_filename == "mnist-784-128-10-changed.json"
    model, picture = tmp_path / "changed.json", tmp_path / "seen.png"
    download.value.save_as(model)
    layer, node, source = numbers_in(path)
    assert Network.load(model).layers[layer].nodes[node].incoming[source].weight == -0.125
    picture.write_bytes(as_png(pixels_of(page)))
    words = ["--model", model, "--image-path", picture, "--no-preprocess", "--invert", "no", "--json"]
    done = subprocess.run(
        [sys.executable, ROOT / "inference.py", *map(str, words)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        check=True,
    )
    answer = json.loads(done.stdout)
    assert [percent(part) for part in answer["probabilities"]] == said
    expect(page.locator(".verdict-digit")).to_have_text(str(answer["digit"]))
    # And the page opens what it saved.
    drop(page, "changed.json", model.read_bytes())
    expect(page.get_by_text("changed.json: 784–128–10")).to_be_visible()
    assert shares(page) == said


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("layers[1].nodes[17].weights[406]", "heavy"),
        ("layers[2].activation", "<img src=x onerror=alert(1)>"),
        ("version", 2),
    ],
)
def test_a_broken_file_is_refused_as_python_refuses_it_and_the_network_stays(
    with_model: Path, opened: Opener, tmp_path: Path, place: str, value: object
) -> None:
    page = opened(with_model)
    draw(page, SEVEN)
    says(page, 7)
    document = json.loads(find_model("default").read_text(encoding="utf-8"))
    change(document, place, value)
    path = written(tmp_path, document)
    with pytest.raises(ModelFileError) as refusal:
        Network.load(path)
    drop(page, path.name, path.read_bytes())
    expect(page.get_by_role("alert")).to_have_text(str(refusal.value).replace(str(path), path.name))
    says(page, 7)
    expect(page.get_by_text("mnist-784-128-10.json: 784–128–10")).to_be_visible()


def test_what_reads_no_digits_is_refused(with_model: Path, opened: Opener, tmp_path: Path) -> None:
    page = opened(with_model)
    Network([2, 3]).save(tmp_path / "two.json")
    drop(page, "two.json", (tmp_path / "two.json").read_bytes())
    expect(page.get_by_role("alert")).to_contain_text(
        "has 784 inputs and 10 outputs, and this one has 2 and 3"
    )


def test_names_in_a_file_are_text_and_nothing_else(opened: Opener, tmp_path: Path) -> None:
    network = Network([784, 12, 10])
    evil = "<img src=x onerror=alert(1)>"
    network.layers[1].name = evil
    network.layers[1].nodes[0].name = "</script>" + evil
    network.save(tmp_path / "evil.json")
    page = opened(page_of(tmp_path / "evil.json", tmp_path))
    click(page, "Show me one")
    expect(page.locator("figcaption").filter(has_text=evil)).to_be_visible()
    page.get_by_role("slider", name=f"Nodes of layer {evil}").press("Enter")
    expect(page.locator(".inspector h2")).to_have_text("</script>" + evil)
    assert page.locator("img").count() == 0


def test_without_a_model_it_guesses_can_be_taught_and_takes_one(opened: Opener) -> None:
    page = opened(ROOT / "viewer.html")
    expect(page.get_by_text("This network has not learned anything yet")).to_be_visible()
    draw(page, SEVEN)
    expect(page.locator(".verdict-words")).to_contain_text("Not sure")
    tell(page, 7)
    page.get_by_label("learning rate").select_option("0.1")
    for _ in range(5):
        click(page, "Take one step")
    expect(page.locator(".verdict-digit")).to_have_text("7")
    shipped = find_model("default")
    page.locator("input[accept*=json]").set_input_files(shipped)
    expect(page.get_by_text(f"{shipped.name}: 784–128–10")).to_be_visible()
    expect(page.get_by_text("This network has not learned anything yet")).to_be_hidden()
    says(page, 7)


ARCHITECTURES = {
    "no hidden layer": ([784, 10], ["softmax"]),
    "four hidden layers": ([784, 800, 37, 1, 20, 10], ["relu", "tanh", "sigmoid", "linear", "softmax"]),
    "outputs that are no probabilities": ([784, 5, 10], ["tanh", "linear"]),
}


@pytest.mark.parametrize("width", [390, 768, 1280])
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_any_layers_fit_into_any_width(opened: Opener, tmp_path: Path, name: str, width: int) -> None:
    sizes, activations = ARCHITECTURES[name]
    loss = None if activations[-1] == "softmax" else "squared-error"
    network = Network(sizes, activations, loss, seed=1)
    network.layers[-1].name = "a layer with a rather long name that no page has room for"
    network.save(tmp_path / "model.json")
    page = opened(page_of(tmp_path / "model.json", tmp_path), width)
    click(page, "Show me one")
    expect(page.locator(".verdict-words")).to_contain_text("Not sure")
    tell(page, 3)
    click(page, "Take one step")
    page.get_by_text("The same as tables").click()
    for layer in range(1, len(sizes)):
        page.get_by_label("What the table shows").select_option(f"nodes {layer}")
        assert page.locator(".as-table tbody tr").count() == sizes[layer]
    page.locator(".sum tbody button").first.click()
    expect(page.locator(".edge .path")).to_contain_text(f"layers[{len(sizes) - 1}].nodes[")
    fields = page.locator(".graph").get_by_role("slider")
    assert fields.count() == len(sizes) - 1
    for place, size in enumerate(sizes[:-1]):
        expect(fields.nth(place)).to_have_attribute("aria-valuemax", str(size - 1))
        box, room = fields.nth(place).bounding_box(), page.locator(".graph").bounding_box()
        assert box
        assert room
        assert box["x"] >= room["x"]
        assert box["x"] + box["width"] <= room["x"] + room["width"] + 1
    assert page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_wider_than_a_telephone(with_model: Path, opened: Opener, scheme: str) -> None:
    page = opened(with_model, 390, scheme)
    wide = "document.documentElement.scrollWidth"
    assert page.evaluate(wide) == 390
    draw(page, SEVEN)
    says(page, 7)
    tell(page, 7)
    open_strongest_edge(page)
    click(page, "Show all 128")
    pixels_of(page)
    drop(page, "a-name-without-any-place-to-break-" * 5, b"{")
    expect(page.get_by_role("alert")).to_be_visible()
    assert page.evaluate(wide) == 390


def test_the_light_can_be_chosen(with_model: Path, opened: Opener) -> None:
    page = opened(with_model, scheme="dark")
    paper = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(paper)
    choose(page, "Light", "light")
    assert page.evaluate(paper) != dark
    choose(page, "Light", "auto")
    assert page.evaluate(paper) == dark


def focused(page: Page) -> str:
    name = "document.activeElement.getAttribute('aria-label') ?? document.activeElement.innerText"
    return " ".join(page.evaluate(name).split())


def test_all_of_it_works_from_the_keyboard(with_model: Path, opened: Opener) -> None:
    page = opened(with_model)
    stops = []
    while not stops or not stops[-1].startswith("Drawing pad"):
        page.keyboard.press("Tab")
        stops.append(focused(page))
        assert len(stops) < 10
    assert stops[0] == "Open a model"
    # A one: the pen is put down near the top, drawn down and lifted.
    page.keyboard.press("Space")
    for _ in range(15):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    expect(page.locator(".verdict-digit")).to_have_text("1")

    def tab_to(label: str) -> None:
        for _ in range(40):
            page.keyboard.press("Tab")
            if focused(page).startswith(label):
                return
        raise AssertionError(f"{label} cannot be reached")

    tab_to("The picture that the network sees")
    tab_to("Nodes of layer hidden")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    node = page.get_by_role("slider", name="Nodes of layer hidden")
    index = int(node.get_attribute("aria-valuenow") or 0)
    assert (node.get_attribute("aria-valuetext") or "").startswith(f"hidden[{index}], value ")
    expect(page.locator(".inspector h2")).to_have_text(f"hidden[{index}]")  # by looking only
    page.keyboard.press("Enter")
    tab_to("Answer 0")
    expect(page.locator(".inspector h2")).to_have_text("output[0]")
    tab_to("Edges that lead to this node")
    expect(page.locator(".inspector h2")).to_have_text(f"hidden[{index}]")  # the one that was chosen
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    expect(page.locator(".edge .path")).to_have_text(f"layers[1].nodes[{index}].weights[783]")


def test_whatever_can_be_used_has_a_name(with_model: Path, opened: Opener) -> None:
    page = opened(with_model)
    click(page, "Show me one")
    says(page, 7)
    open_strongest_edge(page)
    page.get_by_text("The same as tables").click()
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    usable = [
        node
        for node in nodes
        if not node.get("ignored")
        and any(part["name"] == "focusable" and part["value"]["value"] for part in node.get("properties", []))
        and node["role"]["value"] != "RootWebArea"
    ]
    assert len(usable) > 40
    assert [node for node in usable if not node.get("name", {}).get("value")] == []
    headings = [node["name"]["value"] for node in nodes if node.get("role", {}).get("value") == "heading"]
    assert headings[:3] == ["See it think", "The network", "Teach it"]


def test_a_line_can_be_clicked(with_model: Path, opened: Opener) -> None:
    page = opened(with_model)
    draw(page, SEVEN)
    says(page, 7)
    answer = page.get_by_role("button", name=re.compile("^Answer 7")).bounding_box()
    assert answer
    # The lines into an answer end at the middle of its left side.
    page.mouse.move(answer["x"] - 3, answer["y"] + answer["height"] / 2)
    page.mouse.down()
    page.mouse.up()
    expect(page.locator(".edge .path")).to_contain_text("layers[2].nodes[7].weights[")
