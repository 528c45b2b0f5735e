"""Without scripts, a page is light or dark as the reader's system is.

Every page says data-theme="auto", until a script puts "light" or "dark" there, which all style sheets ask for. What
they have for either is written once more, into a style sheet for "auto" that only a browser without scripts loads
(book/_templates/layout.html).
"""

import re
from pathlib import Path

from sphinx.application import Sphinx

FILE = "themes.css"
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
# A rule with others in it, such as @media: none of those that the themes differ in is for one medium alone.
NESTED = re.compile(r"@[^{};]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}")
RULE = re.compile(r"[^{}]+\{[^{}]*\}")


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("build-finished", write, priority=900)  # after the theme has written the colours of code
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def write(app: Sphinx, error: Exception | None) -> None:
    if error is None and app.builder.format == "html":
        static = Path(app.outdir) / "_static"
        (static / FILE).write_text(automatic(style_sheets(static)), encoding="utf-8")


def style_sheets(static: Path) -> str:
    """All of them, the theme's first."""
    ours = [file for file in sorted(static.glob("*.css")) if file.name != FILE]
    files = [*sorted((static / "styles").glob("*.css")), *ours]
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


def automatic(styles: str) -> str:
    """Rules for data-theme="light" and "dark" as rules for "auto", each where the reader's system wants it so. Paper is
    light.
    """
    rules = RULE.findall(NESTED.sub("", COMMENT.sub("", styles)))
    parts = []
    for theme, media in {"light": "print, ", "dark": "screen and "}.items():
        asked = re.compile(rf'\[data-theme="?{theme}"?\]')
        found = [asked.sub('[data-theme="auto"]', rule).strip() for rule in rules if asked.search(rule)]
        parts.append(f"@media {media}(prefers-color-scheme: {theme}) {{\n" + "\n".join(found) + "\n}\n")
    return "".join(parts)
