"""The page of `streamlit run webapp.py`, served as people serve it, and a hand that draws on it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError

from playwright.sync_api import FrameLocator, Page

ROOT = Path(__file__).resolve().parents[1]

SEVEN = [(0.24, 0.2), (0.76, 0.2), (0.74, 0.26), (0.56, 0.6), (0.46, 0.88)]
"""Corners of a 7, in sides of the sheet."""

PATIENCE = 300
"""Seconds that a page may take to come; one that does not come at all is waited for that long."""


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The address of the page while it is served by a process that was started in `folder`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "webapp.py")]
    command += ["--server.headless", "true", "--server.port", str(port)]
    # Its home is empty: nobody's own settings of Streamlit say how the page is served.
    environment = {**os.environ, "HOME": str(folder), "USERPROFILE": str(folder)}
    with (folder / "server.log").open("w", encoding="utf-8") as log:
        server = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
        try:
            address = f"http://localhost:{port}"
            _wait_for(address, server)
            yield address
        finally:
            server.terminate()
            server.wait(PATIENCE)


def _wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        assert server.poll() is None, "the server has ended"
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=PATIENCE):  # noqa: S310
                return
        except URLError:
            time.sleep(0.1)
    raise AssertionError(f"nothing at {address} within {PATIENCE} seconds")


def opened(page: Page, address: str) -> Page:
    """The same page with ours in it, ready to be drawn on."""
    page.set_default_timeout(1000 * PATIENCE)
    page.goto(address)
    viewer(page).get_by_role("button", name="Answer 7").wait_for()
    viewer(page).get_by_text(".json: 784").wait_for()
    return page


def viewer(page: Page) -> FrameLocator:
    """What is in the frame: `viewer.html`."""
    return page.frame_locator("iframe[title='The network']")


def draw(page: Page, strokes: list[list[tuple[float, float]]]) -> None:
    """Draw with the mouse; places are in sides of the sheet."""
    sheet = viewer(page).get_by_role("application")
    sheet.scroll_into_view_if_needed()
    box = sheet.bounding_box()
    assert box is not None
    for stroke in strokes:
        places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke]
        page.mouse.move(*places[0])
        page.mouse.down()
        for place in places[1:]:
            page.mouse.move(*place, steps=8)
        page.mouse.up()
