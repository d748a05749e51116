"""The page of webapp.py in a real browser, served by a real process that was started somewhere else."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from mnist_ocr.images import read_digit
from mnist_ocr.modelfile import find_model
from mnist_ocr.web import PHOTO, sample
from tests.browser import chromium
from tests.web_server import PATIENCE, SEVEN, draw, opened, serving, viewer

Opener = Callable[..., Page]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The page's address, and the folder that it was started from."""
    folder = tmp_path_factory.mktemp("elsewhere")
    with serving(folder) as address:
        yield address, folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def page_of(browser: Browser, server: tuple[str, Path]) -> Iterator[Opener]:
    """Opens the page; at the end none has complained, and none has asked anything of another machine."""
    address, _ = server
    complaints: list[str] = []
    asked: list[str] = []
    contexts = []

    def open_page(width: int = 1280, scheme: str = "light", script: str = "") -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
        )
        contexts.append(context)
        page = context.new_page()
        page.add_init_script(script)
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.on("websocket", lambda socket: asked.append(socket.url.replace("ws:", "http:")))
        return opened(page, address)

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []
    own = (f"{address}/", "data:", "blob:", "about:srcdoc")
    assert [url for url in asked if not url.startswith(own)] == []


def says(page: Page, digits: str | re.Pattern[str]) -> None:
    expect(page.locator(".verdict .digits")).to_have_text(digits, timeout=1000 * PATIENCE)


def shows(page: Page, digit: str) -> None:
    """The answer of the network in the frame."""
    expect(viewer(page).get_by_test_id("answer")).to_have_text(digit, timeout=1000 * PATIENCE)


def go_to(page: Page, way: str) -> None:
    page.get_by_role("radio", name=way).or_(page.get_by_role("button", name=way, exact=True)).first.click()


def click(page: Page, name: str) -> None:
    """A button in the frame."""
    viewer(page).get_by_role("button", name=name, exact=True).first.click()


def uploader(page: Page) -> Locator:
    return page.get_by_test_id("stFileUploader").locator("input[type=file]")


def upload(page: Page, name: str, content: bytes) -> None:
    file = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    uploader(page).set_input_files(file)


def as_png(grey: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(grey).save(file, "png")
    return file.getvalue()


def test_it_is_served_on_this_machine_only_and_quietly(server: tuple[str, Path]) -> None:
    log = (server[1] / "server.log").read_text(encoding="utf-8")
    # With another address, Streamlit asks a service outside for this machine's, and prints that one, too.
    assert "URL: http://localhost:" in log
    assert "Network URL" not in log
    assert "External URL" not in log
    assert "Traceback" not in log


def test_the_mouse_draws_a_seven_and_both_python_and_the_page_read_it(page_of: Opener) -> None:
    page = page_of()
    expect(page.get_by_text("Draw a digit, and the answer appears here")).to_be_visible()
    draw(page, [SEVEN])
    shows(page, "7")
    says(page, "7")
    expect(page.locator(".verdict")).not_to_contain_text("100.0 %")
    click(page, "Undo")
    says(page, "?")
    shows(page, "?")


def test_several_digits_on_one_sheet(page_of: Opener) -> None:
    page = page_of()
    one = [(0.2, 0.3), (0.2, 0.75)]
    small_seven = [(0.45 + 0.5 * (x - 0.24), 0.3 + 0.6 * (y - 0.2)) for x, y in SEVEN]
    draw(page, [one, small_seven])
    says(page, re.compile(r"^1\?? 7\??$"))  # how sure it is of them is not the matter here
    expect(page.get_by_text("2 digits, from left to right")).to_be_visible()
    shows(page, "1")
    page.get_by_role("radio", name="7").or_(
        page.get_by_role("button", name=re.compile(r"^7\??$"))
    ).first.click()
    shows(page, "7")


def test_everything_in_the_page_is_alive(page_of: Opener) -> None:
    page = page_of()
    draw(page, [SEVEN])
    says(page, "7")
    frame = viewer(page)
    frame.get_by_role("tab", name="Loss and one step").click()
    panel = frame.get_by_role("tabpanel")
    panel.get_by_role("button", name="1", exact=True).click()
    panel.get_by_role("button", name="gradients").click()
    expect(panel.get_by_role("button", name="gradients")).to_have_attribute("aria-pressed", "true")
    before = float(panel.locator("strong").first.inner_text())
    click(page, "Take one step")
    assert float(panel.locator("strong").first.inner_text()) < before
    expect(panel.get_by_text("One change, the last")).to_be_visible()
    click(page, "Undo all")
    # It learns, too: its worker runs in the frame.
    frame.get_by_role("tab", name="Train from scratch").click()
    click(page, "one batch")
    expect(frame.get_by_role("tabpanel").get_by_role("status")).to_contain_text("32 images")


def test_the_keyboard_draws(page_of: Opener) -> None:
    page = page_of()
    viewer(page).get_by_role("application").focus()
    for key in [" ", *18 * ["ArrowDown"], " "]:
        page.keyboard.press(key)
    says(page, "1")


def test_the_last_of_the_drawing_is_read_whatever_the_pace(page_of: Opener) -> None:
    page = page_of()
    draw(page, [SEVEN])
    says(page, "7")
    # The pad's first report is of an empty sheet; the last one comes before 300 ms are over, unless the
    # computer is busy.
    viewer(page).get_by_role("application").evaluate("""async (sheet) => {
        const press = (key) => sheet.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}));
        [...document.querySelectorAll('button')].find((button) => button.textContent === 'Clear').click();
        for (let frame = 0; frame < 2; frame += 1) await new Promise(requestAnimationFrame);
        const start = performance.now();
        press(' ');
        for (let step = 1; step <= 6; step += 1) {
            await new Promise((done) => setTimeout(done, start + 45 * step - performance.now()));
            for (let moved = 0; moved < 3; moved += 1) press('ArrowDown');
        }
    }""")
    says(page, "1")


LATE = """
if (self !== top) {
  const held = [];
  addEventListener('message', (event) => {
    if (!self.late) return;
    event.stopImmediatePropagation();
    held.push(event.data);
  });
  self.hear = () => {
    self.late = false;
    held.forEach((data) => dispatchEvent(new MessageEvent('message', {data, source: parent})));
  };
}
"""
"""While `late`, holds back what the outer page tells the one in its frame, as a busy computer does."""


def test_what_was_drawn_before_the_two_pages_met_is_read(page_of: Opener) -> None:
    page = page_of(script=f"{LATE} self.late = true;")
    draw(page, [SEVEN])
    viewer(page).locator("body").evaluate("() => hear()")
    says(page, "7")


def test_a_sample_is_picked(page_of: Opener) -> None:
    page = page_of()
    go_to(page, "Sample")
    says(page, "7")
    go_to(page, "3 1 4")
    says(page, "3 1 4")
    go_to(page, "photo")
    says(page, "7")


@pytest.mark.parametrize("width", [1280, 390])
def test_many_digits_stand_beside_each_other(page_of: Opener, width: int) -> None:
    page = page_of(width)
    go_to(page, "Upload")
    upload(page, "row.png", as_png(np.hstack([sample("3 1 4"), sample("3 1 4"), sample("3 1 4")])))
    says(page, re.compile(r"^3 1\W* 4 3 1\W* 4 3 1\W* 4$"))  # the network need not be sure of each 1
    row = "document.querySelector('.verdict .digits')"
    assert page.evaluate(f"{row}.offsetHeight") < 120
    assert page.evaluate(f"{row}.scrollWidth <= {row}.parentElement.clientWidth")
    assert page.evaluate("document.querySelector('.stMain').scrollWidth") <= width


def test_the_drawing_comes_back_after_an_upload(page_of: Opener) -> None:
    page = page_of()
    draw(page, [SEVEN])
    says(page, "7")
    go_to(page, "Upload")
    says(page, "?")
    shows(page, "?")
    upload(page, "five.png", as_png(sample("5")))
    says(page, "5")
    shows(page, "5")
    go_to(page, "Draw")
    says(page, "7")
    shows(page, "7")
    # And whoever draws on an uploaded picture gets a new sheet, and is told of what was drawn.
    go_to(page, "Sample")
    says(page, "7")
    go_to(page, "5")
    says(page, "5")
    shows(page, "5")
    draw(page, [[(0.5, 0.2), (0.5, 0.8)]])
    says(page, "1")


def test_a_drawing_that_arrives_late_does_not_bring_its_sheet_back(page_of: Opener) -> None:
    page = page_of()
    draw(page, [SEVEN])
    says(page, "7")
    frame = viewer(page).locator("body")
    frame.evaluate("""() => {
        const post = parent.postMessage;
        const held = [];
        parent.postMessage = (...message) => held.push(message);
        self.held = held;
        self.send = () => held.splice(0).forEach((message) => post.apply(parent, message));
    }""")
    draw(page, [[(0.15, 0.3), (0.15, 0.8)]])
    frame.evaluate("async () => { while (!held.length) await new Promise((done) => setTimeout(done, 20)); }")
    go_to(page, "Upload")
    says(page, "?")
    frame.evaluate("() => send()")
    upload(page, "five.png", as_png(sample("5")))
    says(page, "5")
    shows(page, "5")
    go_to(page, "Draw")
    says(page, re.compile(r"^1\?? 7\??$"))


def test_a_picture_that_arrives_late_does_not_cover_what_was_drawn_meanwhile(page_of: Opener) -> None:
    page = page_of(script=LATE)
    go_to(page, "Sample")
    shows(page, "7")
    sheet = viewer(page).get_by_role("application")
    sheet.evaluate("() => { self.late = true; }")
    go_to(page, "5")
    says(page, "5")
    sheet.evaluate("""async (sheet) => {
        for (const key of [' ', ...Array(18).fill('ArrowDown')]) {
            sheet.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}));
        }
        for (let frame = 0; frame < 2; frame += 1) await new Promise(requestAnimationFrame);
        hear();
    }""")
    says(page, "1")
    shows(page, "1")


def test_a_photo_is_uploaded_and_read_by_another_network(page_of: Opener) -> None:
    page = page_of()
    go_to(page, "Upload")
    upload(page, "seven.png", PHOTO.read_bytes())
    says(page, "7")
    shows(page, "7")
    for decision in read_digit(PHOTO).decisions:
        expect(page.get_by_text(decision, exact=True)).to_be_visible()
    expect(page.locator(".steps img")).to_have_count(4)
    page.get_by_role("combobox").first.click()
    page.get_by_role("option", name="mnist-784-1000-500-10").click()
    expect(viewer(page).get_by_text("784–1000–500–10")).to_be_visible(timeout=1000 * PATIENCE)
    shows(page, "7")


def test_what_is_refused_leaves_no_older_answer(page_of: Opener, tmp_path: Path) -> None:
    page = page_of()
    go_to(page, "Upload")
    large = tmp_path / "large.png"
    with large.open("wb") as file:
        file.write(PHOTO.read_bytes())
        file.truncate(50 * 10**6)
    upload(page, "notes.png", b"These are words and no picture.")
    expect(page.get_by_text("notes.png is not a picture that can be read")).to_be_visible()
    upload(page, "drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>")
    expect(page.get_by_text("drawing.svg is not a picture that can be read")).to_be_visible()
    expect(page.get_by_text("notes.png is not a picture")).to_be_hidden()
    upload(page, "five.png", as_png(sample("5")))
    says(page, "5")
    shows(page, "5")
    uploader(page).set_input_files(large)
    expect(page.get_by_text("large.png has 50 MB: expected a picture of 20 MB at most")).to_be_visible()
    shows(page, "?")
    upload(page, "five.png", as_png(sample("5")))
    shows(page, "5")
    upload(page, "drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>")
    expect(page.get_by_text("drawing.svg is not a picture that can be read")).to_be_visible()
    shows(page, "?")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_it_fits_wide_and_narrow_pages_by_day_and_by_night(page_of: Opener, width: int, scheme: str) -> None:
    page = page_of(width, scheme)
    draw(page, [SEVEN])
    says(page, "7")
    # The answer is above the sheet, and nothing sticks out at the side. Streamlit may put the same answer
    # there again at any time, so it is found and measured in one go.
    answer_ends = page.evaluate("document.querySelector('.verdict').getBoundingClientRect().bottom")
    sheet = viewer(page).get_by_role("application").bounding_box()
    assert sheet
    assert 0 < answer_ends <= sheet["y"]
    assert page.evaluate("document.querySelector('.stMain').scrollWidth") <= width
    assert viewer(page).locator("html").evaluate("(html) => html.scrollWidth <= innerWidth")
    expect(viewer(page).locator("html")).to_have_css("color-scheme", scheme)
    ground = page.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", ground)[:3])) > 3 * 128) == (scheme == "light")


def test_the_light_is_switched_by_hand(page_of: Opener) -> None:
    page = page_of(scheme="light")
    draw(page, [SEVEN])
    says(page, "7")
    page.get_by_test_id("stMainMenu").click()
    page.get_by_role("menuitemradio", name="Dark").click()
    expect(viewer(page).locator("html")).to_have_css("color-scheme", "dark")
    says(page, "7")


@pytest.mark.parametrize("width", [1280, 390])
def test_the_sheet_stays_where_it_is_whatever_is_said_above_it(page_of: Opener, width: int) -> None:
    page = page_of(width)
    sheet = page.locator("iframe[title='The network']")
    two = [[(0.2, 0.3), (0.2, 0.7)], [(0.7, 0.3), (0.7, 0.7)]]
    draw(page, [SEVEN])
    says(page, "7")
    # From the top of the page, which scrolls on its own.
    top = "(frame) => frame.getBoundingClientRect().top + document.querySelector('.stMain').scrollTop"
    before = sheet.evaluate(top)
    click(page, "Clear")
    says(page, "?")
    draw(page, two)
    says(page, re.compile(r"^1\?? 1\??$"))
    assert sheet.evaluate(top) == pytest.approx(before, abs=1)


def test_the_numbers_of_the_network_travel_once_and_not_with_every_stroke(page_of: Opener) -> None:
    page = page_of()
    sizes: list[int] = []
    page.on(
        "websocket",
        lambda socket: socket.on("framereceived", lambda content: sizes.append(len(content))),
    )
    page.reload()
    viewer(page).get_by_text(".json: 784").wait_for()
    page.wait_for_timeout(1000)
    model = find_model("default").stat().st_size
    assert sum(size > model / 2 for size in sizes) == 1
    sizes.clear()
    draw(page, [SEVEN])
    says(page, "7")
    assert max(sizes) < model / 3
