"""The README's pictures, and the card that others see when they share a link: the figure on the book's first page, and
the lab after a few rounds.
"""

import re
from pathlib import Path

from playwright.sync_api import Page

from book._ext.chromium import opened

PAGE = Path("_build/html/index.html")
PICTURE = Path("book/_static/answer.svg")
CARD = Path("book/_static/card.png")
LAB_PAGE = Path("_build/html/book/the-lab.html")
LAB = Path("book/_static/lab.png")
ROUNDS = 3  # the fewest that have an interval
SIZE = {"width": 1200, "height": 630}  # what those who show cards ask for
# On a page a figure has the page's ink and type. A file of its own brings them, for GitHub's light and dark.
LOOK = (
    "<style>svg { color: #222832; color-scheme: light dark; font-family: sans-serif }"
    "@media (prefers-color-scheme: dark) { svg { color: #ced6dd } }</style>"
)


def picture(page: str) -> str:
    """The answer: of the first page's computed figures the second, below the question. As a file."""
    drawn = re.findall(r'<figure class="computed">(<svg .*?</svg>)', page, re.DOTALL)[1]
    return drawn.replace(">", f">{LOOK}", 1)


def card(drawn: str) -> str:
    """A page with the course's name beside the figure."""
    return f"""<meta charset="utf-8"><style>
        body {{ margin: 0; height: 630px; display: flex; align-items: center; font: 30px sans-serif; color: #222832 }}
        div {{ flex: 1; padding: 0 20px 0 60px }} h1 {{ font-size: 62px; line-height: 1.1 }}
        svg {{ width: auto !important; height: 600px !important; margin-right: 40px }}
        </style><div><h1>Which Digit Is Bigger?</h1><p>An executable course on deep-learning techniques:
        what does each one add?</p></div>{drawn}"""


def photograph_card(page: Page, drawn: str, out: Path) -> None:
    page.set_content(card(drawn))
    page.screenshot(path=out)


def photograph_lab(page: Page, lab: Path, out: Path) -> None:
    """Two networks side by side, and what came out: the lab down to the interval of the difference."""
    page.set_viewport_size({"width": 1000, "height": 800})  # without the sidebar, the networks side by side
    page.goto(lab.resolve().as_uri())
    for done in range(1, ROUNDS + 1):
        page.locator("section.lab button:enabled", has_text="Run one round").click(timeout=0)
        page.wait_for_function("n => document.querySelectorAll('.lab .round').length >= 2 * n", arg=done, timeout=0)
    page.locator("section.lab button:enabled", has_text="Run one round").wait_for(timeout=0)
    page.evaluate("scrollTo(0, 0)")
    whole = page.locator("section.lab").bounding_box()
    curves = page.locator("section.lab svg:has(path.curve)").bounding_box()
    page.screenshot(path=out, full_page=True, clip=whole | {"height": curves["y"] - whole["y"]})


if __name__ == "__main__":
    if not PAGE.exists():
        raise SystemExit("no built book to take the pictures from: run make book first")
    PICTURE.write_text(picture(PAGE.read_text()))
    with opened("takes the pictures", viewport=SIZE, color_scheme="light") as page:
        photograph_card(page, PICTURE.read_text(), CARD)
        photograph_lab(page, LAB_PAGE, LAB)
    print(f"wrote {PICTURE}, {CARD} and {LAB}")
