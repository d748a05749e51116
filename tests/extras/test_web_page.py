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
from tests.grid_work import wait_for
from tests.web_server import PATIENCE, SEVEN, draw, opened, serving

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

    def open_page(width: int = 1280, scheme: str = "light") -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.on("websocket", lambda socket: asked.append(socket.url.replace("ws:", "http:")))
        return opened(page, address)

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []
    assert [url for url in asked if not url.startswith((f"{address}/", "data:", "blob:"))] == []


def says(page: Page, digits: str) -> None:
    expect(page.locator(".verdict .digits")).to_have_text(digits, timeout=1000 * PATIENCE)


def bars(page: Page) -> list[str]:
    """What Python believes of each digit."""
    return page.locator(".bars td:last-child").all_inner_texts()


def cells(page: Page) -> list[str]:
    """What the network in the browser says of each."""
    return page.locator(".answer-row .share").all_inner_texts()


def go_to(page: Page, way: str) -> None:
    page.get_by_role("radio", name=way).or_(page.get_by_role("button", name=way, exact=True)).first.click()


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


def test_the_mouse_draws_a_seven_and_both_python_and_the_browser_read_it(page_of: Opener) -> None:
    page = page_of()
    expect(page.get_by_text("Draw a digit, and the answer appears here")).to_be_visible()
    assert page.locator(".pad button").all_inner_texts() == ["Undo", "Clear", "Show me one"]
    draw(page, [SEVEN])
    says(page, "7")
    expect(page.locator(".answer-row.winner")).to_have_count(1)
    expect(page.locator(".answer-row.winner .digit")).to_have_text("7")
    # One in float32 and one in float64, from the same pixels and the same numbers of the file.
    wait_for(lambda: cells(page) == bars(page) != [])
    page.get_by_role("button", name="Undo").click()
    says(page, "?")
    wait_for(lambda: set(cells(page)) == {""})


def test_several_digits_on_one_sheet(page_of: Opener) -> None:
    page = page_of()
    one = [(0.2, 0.3), (0.2, 0.75)]
    small_seven = [(0.45 + 0.5 * (x - 0.24), 0.3 + 0.6 * (y - 0.2)) for x, y in SEVEN]
    draw(page, [one, small_seven])
    says(page, "1 7")
    expect(page.get_by_text("2 digits, from left to right")).to_be_visible()
    expect(page.locator(".answer-row.winner .digit")).to_have_text("1")
    go_to(page, "7")
    expect(page.locator(".answer-row.winner .digit")).to_have_text("7")
    expect(page.get_by_text("digit 2 of 2, from left to right")).to_be_visible()


def test_the_keyboard_draws_and_walks_through_the_network(page_of: Opener) -> None:
    page = page_of()
    page.get_by_label("Drawing pad").focus()
    for key in [" ", *18 * ["ArrowDown"], " "]:
        page.keyboard.press(key)
    says(page, "1")
    page.get_by_role("slider", name="Nodes of layer hidden").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator(".inspector .path").first).to_have_text("layers[1].nodes[1]")
    page.get_by_role("slider", name="Edges that lead to this node").focus()
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    expect(page.locator(".edge .path")).to_have_text("layers[1].nodes[1].weights[783]")
    # It is Python's network: to be looked at, not to be changed.
    expect(page.get_by_role("button", name="Cut this edge")).to_be_hidden()
    expect(page.get_by_role("button", name="Switch this node off")).to_be_hidden()
    expect(page.locator(".edge input")).not_to_be_editable()
    # What was chosen stays chosen while the drawing goes on.
    draw(page, [[(0.3, 0.3), (0.6, 0.3)]])
    page.wait_for_timeout(500)
    expect(page.locator(".edge .path")).to_have_text("layers[1].nodes[1].weights[783]")


def test_a_photo_is_uploaded_and_read_by_another_network(page_of: Opener) -> None:
    page = page_of()
    go_to(page, "Upload")
    upload(page, "seven.png", PHOTO.read_bytes())
    says(page, "7")
    for decision in read_digit(PHOTO).decisions:
        expect(page.get_by_text(decision, exact=True)).to_be_visible()
    expect(page.locator(".steps img")).to_have_count(4)
    page.get_by_role("combobox").click()
    page.get_by_role("option", name="mnist-784-1000-500-10").click()
    expect(page.get_by_text("1,000 nodes, relu")).to_be_visible()
    expect(page.locator(".answer-row.winner .digit")).to_have_text("7")
    share, bar = page.locator(".answer-row.winner .share"), page.locator(".bars .winner td").last
    wait_for(lambda: share.inner_text() == bar.inner_text())
    wait_for(lambda: cells(page) == bars(page) != [])


def test_a_sample_is_picked(page_of: Opener) -> None:
    page = page_of()
    go_to(page, "Sample")
    says(page, "7")
    go_to(page, "3 1 4")
    says(page, "3 1 4")
    go_to(page, "photo")
    says(page, "7")


def test_50_megabytes_are_refused_and_the_page_goes_on(page_of: Opener, tmp_path: Path) -> None:
    page = page_of()
    go_to(page, "Upload")
    large = tmp_path / "large.png"
    with large.open("wb") as file:
        file.write(PHOTO.read_bytes())
        file.truncate(50 * 10**6)
    uploader(page).set_input_files(large)
    message = page.get_by_text(re.compile("must be 20.*MB or smaller"))
    expect(message).to_be_visible()
    place = message.bounding_box()
    assert place
    assert place["width"] > 100, "told to screen readers only"
    upload(page, "notes.png", b"These are words and no picture.")
    expect(page.get_by_text("notes.png is not a picture that can be read")).to_be_visible()
    upload(page, "five.png", as_png(sample("5")))
    says(page, "5")


def box_of(page: Page, name: str) -> dict[str, float]:
    """Where a part is; while the page is being written anew there may be none for an instant."""
    for _ in range(100):
        box = page.locator(name).bounding_box()
        if box:
            return dict(box)
        page.wait_for_timeout(100)
    raise AssertionError(f"there is no {name}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_it_fits_wide_and_narrow_pages_by_day_and_by_night(page_of: Opener, width: int, scheme: str) -> None:
    page = page_of(width, scheme)
    draw(page, [SEVEN])
    says(page, "7")
    # The answer is above the sheet, and nothing sticks out at the side.
    answer, sheet = (box_of(page, name) for name in (".verdict", "canvas.sheet"))
    assert answer["y"] + answer["height"] <= sheet["y"]
    assert page.evaluate("document.querySelector('.stMain').scrollWidth") <= width
    light = page.locator(".viewer").first.evaluate("(part) => getComputedStyle(part).colorScheme")
    assert light == scheme
    ground = page.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", ground)[:3])) > 3 * 128) == (scheme == "light")


def test_the_light_is_switched_by_hand(page_of: Opener) -> None:
    page = page_of(scheme="light")
    draw(page, [SEVEN])
    says(page, "7")
    page.get_by_test_id("stMainMenu").click()
    page.get_by_role("menuitemradio", name="Dark").click()
    for part in page.locator(".viewer").all():
        expect(part).to_have_css("color-scheme", "dark")
    says(page, "7")
    # The drawing is drawn again in light ink.
    ink = "(sheet) => sheet.getContext('2d').getImageData(sheet.width / 2, 0.2 * sheet.height, 1, 1).data[0]"
    wait_for(lambda: page.locator("canvas.sheet").evaluate(ink) > 200)


@pytest.mark.parametrize("width", [1280, 390])
def test_the_sheet_stays_where_it_is_whatever_is_said_above_it(page_of: Opener, width: int) -> None:
    page = page_of(width)
    sheet = page.locator("canvas.sheet")
    before = box_of(page, "canvas.sheet")
    speck = [(0.5, 0.5), (0.5, 0.51)]
    hook = [(0.3, 0.3), (0.5, 0.35), (0.35, 0.6), (0.6, 0.7)]
    for strokes, digits in (
        ([SEVEN], 1),
        ([hook], 1),
        ([[(0.2, 0.3), (0.2, 0.7)], [(0.7, 0.3), (0.7, 0.7)]], 2),
    ):
        draw(page, strokes)
        expect(page.locator(".verdict .digits")).to_have_text(re.compile(rf"^\d\??( \d\??){{{digits - 1}}}$"))
        wait_for(lambda: sheet.bounding_box() == before)
        page.get_by_role("button", name="Clear").click()
        says(page, "?")
        wait_for(lambda: sheet.bounding_box() == before)
    draw(page, [speck])
    page.wait_for_timeout(500)
    wait_for(lambda: sheet.bounding_box() == before)


@pytest.mark.parametrize("width", [1280, 390])
def test_many_digits_stand_beside_each_other(page_of: Opener, width: int) -> None:
    page = page_of(width)
    go_to(page, "Upload")
    upload(page, "row.png", as_png(np.hstack([sample("3 1 4"), sample("3 1 4"), sample("3 1 4")])))
    says(page, "3 1 4 3 1 4 3 1 4")
    place = page.locator(".verdict .digits").bounding_box()
    assert place
    assert place["height"] < 120
    assert page.locator(".verdict .digits").evaluate(
        "(row) => row.scrollWidth <= row.parentElement.clientWidth"
    )
    assert page.evaluate("document.querySelector('.stMain').scrollWidth") <= width


def test_the_numbers_of_the_network_travel_once_and_not_with_every_stroke(page_of: Opener) -> None:
    page = page_of()
    sizes: list[int] = []
    page.on(
        "websocket",
        lambda socket: socket.on("framereceived", lambda content: sizes.append(len(content))),
    )
    page.reload()
    page.locator(".answer-row").first.wait_for()
    page.wait_for_timeout(1000)
    model = find_model("default").stat().st_size
    assert sum(size > model for size in sizes) == 1
    sizes.clear()
    draw(page, [SEVEN])
    says(page, "7")
    assert max(sizes) < model / 3
