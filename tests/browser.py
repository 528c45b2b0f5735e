"""The browser of the tests: Debian's Chromium, without what it would ask of the network. Pictures of what it shows."""

import os
import shutil
from pathlib import Path

from playwright.sync_api import Page

CHROMIUM = shutil.which("chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
FLAGS += ["--disable-sync", "--no-first-run"]
NO_CHROMIUM = "no chromium: on Debian, apt install chromium"
SCREENSHOTS = Path("_build/screenshots")


def picture(page: Page, name: str) -> None:
    """The whole page, to be looked at, if `make screenshots` asks for it: drawing them takes longer than the tests."""
    if os.environ.get("SCREENSHOTS"):
        page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)
