"""The README's picture is the figure on the book's first page: take it from the built page."""

import re
from pathlib import Path

PAGE = Path("_build/html/index.html")
PICTURE = Path("book/_static/answer.svg")
# On a page a figure has the page's ink and type. A file of its own brings them, for GitHub's light and dark.
LOOK = (
    "<style>svg { color: #222832; color-scheme: light dark; font-family: sans-serif }"
    "@media (prefers-color-scheme: dark) { svg { color: #ced6dd } }</style>"
)


def picture(page: str) -> str:
    """The first computed figure of a page, as a file."""
    [drawn] = re.findall(r'<figure class="computed">(<svg .*?</svg>)', page, re.DOTALL)[:1]
    return drawn.replace(">", f">{LOOK}", 1)


if __name__ == "__main__":
    if not PAGE.exists():
        raise SystemExit("no built book to take the picture from: run make book first")
    PICTURE.write_text(picture(PAGE.read_text()))
    print(f"wrote {PICTURE}")
