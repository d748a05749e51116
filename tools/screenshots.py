"""Photograph the page: wide and narrow, by day and by night, with a digit drawn and an edge opened.

    python tools/screenshots.py

Needs Playwright and Chromium, as the page's tests do: pip install -e '.[page]'.
"""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
GIT = ROOT / "git"
sys.path.insert(0, str(ROOT))

PICTURES = {
    "viewer-light": (1280, 1330, "light", False),
    "viewer-dark": (1280, 1330, "dark", True),
    "viewer-phone-light": (390, 1500, "light", False),
    "viewer-phone-dark": (390, 1500, "dark", False),
}
"""Width and height in pixels of the page, the light, and whether gradients are shown."""

NO_DOTS = Image.Dither.NONE


def main() -> None:
    from mnist_ocr.modelfile import find_model
    from mnist_ocr.page import page
    from tests.browser import chromium

    model = find_model("default")
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        path = Path(folder) / "viewer.html"
        path.write_bytes(page(model.read_text(encoding="utf-8"), model.name).encode())
        for name, (width, height, scheme, gradients) in PICTURES.items():
            tab = browser.new_page(
                viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion="reduce"
            )
            tab.goto(path.as_uri())
            tab.get_by_test_id("answer").get_by_text("7").wait_for()
            if width > 1000:
                tab.get_by_role("region", name="Details").locator("table button").first.click()
            if gradients:
                tab.get_by_role("tab", name="Loss and one step").click()
                panel = tab.get_by_role("tabpanel")
                panel.get_by_role("button", name="1", exact=True).click()
                panel.get_by_role("button", name="gradients").click()
            tab.mouse.move(0, 0)
            tab.locator(".details").evaluate("(details) => details.scrollTo(0, 0)")
            tab.evaluate("scrollTo(0, 0)")
            with Image.open(io.BytesIO(tab.screenshot())) as shot:
                # With a palette of its own it takes a third of the room, and nobody sees a difference.
                few = shot.convert("RGB").quantize(256, Image.Quantize.MEDIANCUT, kmeans=3, dither=NO_DOTS)
                few.save(GIT / f"{name}.png", optimize=True)
            tab.close()


if __name__ == "__main__":
    main()
