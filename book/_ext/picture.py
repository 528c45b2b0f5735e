"""The README's picture, and the card that others see when they share a link: the figure on the book's first page."""

import re
import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright

PAGE = Path("_build/html/index.html")
PICTURE = Path("book/_static/answer.svg")
CARD = Path("book/_static/card.png")
SIZE = {"width": 1200, "height": 630}  # what those who show cards ask for
# On a page a figure has the page's ink and type. A file of its own brings them, for GitHub's light and dark.
LOOK = (
    "<style>svg { color: #222832; color-scheme: light dark; font-family: sans-serif }"
    "@media (prefers-color-scheme: dark) { svg { color: #ced6dd } }</style>"
)


def picture(page: str) -> str:
    """The first computed figure of a page, as a file."""
    [drawn] = re.findall(r'<figure class="computed">(<svg .*?</svg>)', page, re.DOTALL)[:1]
    return drawn.replace(">", f">{LOOK}", 1)


def card(drawn: str) -> str:
    """A page with the course's name beside the figure."""
    return f"""<meta charset="utf-8"><style>
        body {{ margin: 0; height: 630px; display: flex; align-items: center; font: 30px sans-serif; color: #222832 }}
        div {{ flex: 1; padding: 0 20px 0 60px }} h1 {{ font-size: 62px; line-height: 1.1 }}
        svg {{ width: auto !important; height: 600px !important; margin-right: 40px }}
        </style><div><h1>Which Digit Is Bigger?</h1><p>An executable course on deep-learning techniques:
        what does each one add?</p></div>{drawn}"""


def photograph(page: str, out: Path) -> None:
    program = shutil.which("chromium")
    if program is None:
        raise SystemExit("no chromium, which draws the card: on Debian and Ubuntu, apt install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        shown = browser.new_page(viewport=SIZE, color_scheme="light")
        shown.set_content(page)
        shown.screenshot(path=out)
        browser.close()


if __name__ == "__main__":
    if not PAGE.exists():
        raise SystemExit("no built book to take the picture from: run make book first")
    PICTURE.write_text(picture(PAGE.read_text()))
    photograph(card(PICTURE.read_text()), CARD)
    print(f"wrote {PICTURE} and {CARD}")
