"""Take the pictures of the page that `streamlit run webapp.py` serves: by day and by night, wide and narrow.

python git/web_screenshots.py
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from PIL import Image

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from tests.browser import chromium  # noqa: E402
from tests.web_server import SEVEN, draw, opened, serving  # noqa: E402

SIZES = {"wide": (1280, 900), "narrow": (390, 900)}
"""Pixels of the page across and down."""

COLOURS = 64
"""Of each picture: few, so that it is small."""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as address, chromium() as browser:
        for name, (width, height) in SIZES.items():
            for light in ("light", "dark"):
                page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=light)
                draw(opened(page, address), [SEVEN])
                page.get_by_text("7, with a confidence").wait_for()
                page.locator(".answer-row.winner", has_text="7").wait_for()
                page.mouse.move(0, 0)
                # Streamlit scrolls a part of its page: all of it is seen where the window is as high.
                whole = page.evaluate("document.querySelector('.stMain').scrollHeight")
                page.set_viewport_size({"width": width, "height": whole})
                page.wait_for_timeout(1000)  # its fades
                path = HERE / f"web-{name}-{light}.png"
                page.screenshot(path=path)
                page.close()
                _shrink(path)


def _shrink(path: Path) -> None:
    image = Image.open(path).convert("RGB")
    few = image.quantize(COLOURS, dither=Image.Dither.NONE)
    few.save(path, optimize=True)
    print(f"{path.name}: {image.width} x {image.height}, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
