"""Photograph the page of `streamlit run webapp.py`: wide and narrow, by day and by night.

    python tools/web_screenshots.py

Needs Streamlit, Playwright and Chromium, as the page's tests do: pip install -e '.[web-page]'.
"""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parent.parent
GIT = ROOT / "git"
sys.path.insert(0, str(ROOT))

from tests.browser import chromium  # noqa: E402
from tests.web_server import SEVEN, draw, opened, serving, viewer  # noqa: E402

PICTURES = {
    "web-light": (1280, 1480, "light", "drawing"),
    "web-dark": (1280, 1480, "dark", "photo"),
    "web-phone-light": (390, 1560, "light", "3 1 4"),
    "web-phone-dark": (390, 1560, "dark", "drawing"),
}
"""Width and height in pixels of the page, the light, and what is read: a drawing, or a sample by its name."""

SETTLED = 1500
"""Milliseconds until nothing on the page fades or moves any more."""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as address, chromium() as browser:
        for name, (width, height, scheme, what) in PICTURES.items():
            page = browser.new_page(
                viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion="reduce"
            )
            give(opened(page, address), what)
            page.mouse.move(0, 0)
            page.wait_for_timeout(SETTLED)
            with Image.open(io.BytesIO(page.screenshot())) as shot:
                # With a palette of its own it takes a third of the room, and nobody sees a difference.
                few = shot.convert("RGB").quantize(
                    256, Image.Quantize.MEDIANCUT, kmeans=3, dither=Image.Dither.NONE
                )
                few.save(GIT / f"{name}.png", optimize=True)
            page.close()


def give(page: Page, what: str) -> None:
    """Draw a seven, or pick a sample, and wait for the answer of Python and of the browser."""
    if what == "drawing":
        draw(page, [SEVEN])
    else:
        page.get_by_role("radio", name="Sample").click()
        page.get_by_text(what, exact=True).click()
    page.locator(".verdict .digits").get_by_text("1 4" if what == "3 1 4" else "7").wait_for()
    viewer(page).get_by_test_id("answer").get_by_text("7" if what != "3 1 4" else "3").wait_for()


if __name__ == "__main__":
    main()
