"""Debian's Chromium, which prints the book and takes its pictures."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, sync_playwright


@contextmanager
def opened(does: str, **look: object) -> Iterator[Page]:
    """An empty page; ``look`` are Playwright's words for its size and theme. ``does`` says what it is needed for."""
    program = shutil.which("chromium")
    if program is None:
        raise SystemExit(f"no chromium, which {does}: on Debian and Ubuntu, apt install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser.new_page(**look)
        browser.close()
