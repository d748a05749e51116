"""Time `viewer.html` in a real browser: until it paints, from pen to answer, while it draws, while it learns.

    python -m benchmarks.page

Prints one table. The figures mean something on a machine that does nothing else. Frames are those for which
the browser called back; a browser without a window calls at most 60 times a second. Needs Playwright and
Chromium: pip install -e '.[page]'.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page

from mnist_ocr.modelfile import MODELS, find_model
from mnist_ocr.page import find_page, page
from tests.browser import chromium

SEVEN = [(0.28, 0.2), (0.5, 0.19), (0.72, 0.19), (0.62, 0.45), (0.5, 0.7), (0.44, 0.88)]
"""Corners of the stroke, as parts of the sheet."""

STEPS = 20
"""Moves of the mouse from corner to corner."""

UPDATES = 50
"""Of the updates from pen to answer, the last ones, of which the median is taken."""

LOADS = 5

WHILE_LEARNING = 10_000
"""Milliseconds in which learned images and frames are counted."""

GOAL, PATIENCE = 95.0, 120_000
"""Percent of the held-out digits, and milliseconds after which it is not waited for any longer."""

COUNT_FRAMES = """() => {
  window.frames_ = {count: 0, start: performance.now(), on: true};
  const frame = () => { window.frames_.count += 1; if (window.frames_.on) requestAnimationFrame(frame); };
  requestAnimationFrame(frame);
}"""

FRAMES_A_SECOND = """() => {
  window.frames_.on = false;
  return 1000 * window.frames_.count / (performance.now() - window.frames_.start);
}"""

PAINTED = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime"

UNTIL_GOAL = """([goal, patience]) => new Promise((done) => {
  const start = performance.now();
  const look = () => {
    const found = [...document.querySelectorAll('h3')].map((one) => one.textContent)
      .map((text) => /held-out digits misread \\(([\\d.]+) %/.exec(text)).find(Boolean);
    const waited = performance.now() - start;
    if (found && 100 - Number(found[1]) >= goal) done(waited);
    else if (waited > patience) done(null);
    else setTimeout(look, 50);
  };
  look();
})"""


def opened(browser: Browser, path: Path) -> Page:
    tab = browser.new_page(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    tab.goto(path.as_uri())
    tab.get_by_test_id("answer").get_by_text("7").wait_for()
    return tab


def first_paint(browser: Browser) -> float:
    """Milliseconds, the median of some loads."""
    times = []
    for _ in range(LOADS):
        tab = opened(browser, find_page())
        times.append(float(tab.evaluate(PAINTED)))
        tab.close()
    return statistics.median(times)


def drawing(browser: Browser, model: Path) -> tuple[float, float]:
    """Milliseconds from pen to answer, and frames a second while the pen moves."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "viewer.html"
        path.write_bytes(page(model.read_text(encoding="utf-8"), model.name).encode())
        tab = opened(browser, path)
    tab.get_by_role("button", name="Clear").click()
    box = tab.get_by_role("application").bounding_box()
    assert box is not None
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in SEVEN]
    tab.evaluate("performance.clearMeasures()")
    tab.evaluate(COUNT_FRAMES)
    tab.mouse.move(*places[0])
    tab.mouse.down()
    for x, y in places[1:]:
        tab.mouse.move(x, y, steps=STEPS)
    tab.mouse.up()
    frames = float(tab.evaluate(FRAMES_A_SECOND))
    times = tab.evaluate("performance.getEntriesByName('pen to answer').map(({duration}) => duration)")
    tab.close()
    return statistics.median(times[-UPDATES:]), frames


def learning(browser: Browser) -> tuple[float, float, float | None]:
    """Images and frames a second of 784-32-10, and seconds until it reads 95 % of the held-out digits."""
    tab = opened(browser, find_page())
    tab.get_by_role("tab", name="Train from scratch").click()
    tab.get_by_role("button", name="Play").click()
    took = tab.evaluate(UNTIL_GOAL, [GOAL, PATIENCE])

    def images() -> int:
        text = tab.get_by_role("tabpanel").get_by_role("status").inner_text()
        return int(text.split(",", 1)[1].split(" image")[0].replace(",", ""))

    before = images()
    tab.evaluate(COUNT_FRAMES)
    start = float(tab.evaluate("performance.now()"))
    tab.wait_for_timeout(WHILE_LEARNING)
    learned, end = images() - before, float(tab.evaluate("performance.now()"))
    frames = float(tab.evaluate(FRAMES_A_SECOND))
    tab.close()
    return 1000 * learned / (end - start), frames, None if took is None else took / 1000


def main() -> int:
    """Measure everything, and print a line for each figure."""
    lines: list[tuple[str, str, str]] = []
    with chromium() as browser:
        lines.append(("size of viewer.html", f"{find_page().stat().st_size / 1e6:.2f} MB", "at most 1.6"))
        lines.append(("first paint", f"{first_paint(browser):.0f} ms", "at most 1,000"))
        for name, most, least in zip(MODELS, ("at most 16", "at most 25"), (60, 30), strict=True):
            took, frames = drawing(browser, find_model(name))
            lines.append((f"pen to answer, {name}, median of {UPDATES}", f"{took:.1f} ms", most))
            lines.append((f"while drawing, {name}", f"{frames:.0f} frames/s", f"{least}"))
        speed, frames, took_to_goal = learning(browser)
        lines.append(("training 784-32-10", f"{speed:,.0f} images/s", "at least 20,000"))
        lines.append(("the page meanwhile", f"{frames:.0f} frames/s", "50"))
        reached = f"{took_to_goal:.1f} s" if took_to_goal is not None else f"not in {PATIENCE / 1000:.0f} s"
        lines.append((f"{GOAL:.0f} % of the held-out digits", reached, "within 20"))
    for what, found, asked in lines:
        print(f"{what:42} {found:>18}   asked: {asked}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
