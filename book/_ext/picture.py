"""The README's picture is the figure on the book's first page: take it from the built page."""

import base64
import re
from pathlib import Path

PAGE = Path("_build/html/index.html")
PICTURE = Path("book/_static/answer.svg")

if __name__ == "__main__":
    if not PAGE.exists():
        raise SystemExit("no built book to take the picture from: run make book first")
    source = re.search(r"data:image/svg\+xml;base64,([^\"]+)", PAGE.read_text())
    PICTURE.write_bytes(base64.b64decode(source[1]))
    print(f"wrote {PICTURE}")
