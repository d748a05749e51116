"""How fast the page follows the pen: `python -m benchmarks.viewer`.

A digit is drawn in a real browser with the mouse. With every step of it the page reads the sheet, asks
the network and draws what it said, and takes the time of each by the browser's own clock (`performance.now`).
Told are the median and the slowest of all updates; the first ones come before the browser has compiled.

Needs Playwright and Chromium: pip install -e '.[page]'.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path

from mnist_ocr.modelfile import MODELS, find_model
from mnist_ocr.page import page
from tests.browser import chromium

PARTS = {"reading": "sheet to 28 x 28", "network": "network", "update": "all, with drawing"}
"""What the page calls the times that it takes, and what they are."""

SEVEN = [(0.28, 0.2), (0.5, 0.19), (0.72, 0.19), (0.62, 0.45), (0.5, 0.7), (0.44, 0.88)]
"""Corners of the stroke, as parts of the sheet."""

STEPS = 20
"""Moves of the mouse from corner to corner."""

ROUNDS = 3


def measure(model: Path) -> dict[str, list[float]]:
    """Milliseconds of every update while digits are drawn, by part."""
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        path = Path(folder) / "viewer.html"
        path.write_bytes(page(model.read_text(encoding="utf-8"), model.name).encode())
        tab = browser.new_page(viewport={"width": 1280, "height": 900})
        tab.goto(path.as_uri())
        box = tab.get_by_label("Drawing pad").bounding_box()
        assert box is not None
        places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in SEVEN]
        for _ in range(ROUNDS):
            tab.mouse.move(*places[0])
            tab.mouse.down()
            for x, y in places[1:]:
                tab.mouse.move(x, y, steps=STEPS)
            tab.mouse.up()
            tab.get_by_role("button", name="Clear").click()
        times = "(name) => performance.getEntriesByName(name).map((entry) => entry.duration)"
        return {part: tab.evaluate(times, part) for part in PARTS}


def main() -> int:
    """Measure each shipped network, and print a line for each part."""
    for name in MODELS:
        for part, times in measure(find_model(name)).items():
            print(
                f"{name:8} {PARTS[part]:18} median {statistics.median(times):5.1f} ms, "
                f"slowest {max(times):5.1f} ms, {len(times)} updates"
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
