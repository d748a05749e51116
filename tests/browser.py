"""A real browser for what is shown in one: Chromium, driven by Playwright."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, expect, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
"""What the program is called where a system has it of its own; else Playwright's own is taken."""

SWITCHES = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
"""Without a sandbox, for containers have none; and without asking the maker's servers for anything."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser without a window, closed at the end."""
    expect.set_options(timeout=60_000)  # a busy computer takes its time
    installed = next(filter(None, map(shutil.which, NAMES)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed, args=list(SWITCHES))
        try:
            yield browser
        finally:
            browser.close()
