"""A negative number has a true minus on the page, and a % stays on the line of its number.

Python writes a hyphen: -0.4 in an interval, a claim, or a caption.

Code stays as it is, and so do the attributes of tags, from which scripts and links are made.
"""

import re

from sphinx.application import Sphinx

UNTOUCHED = re.compile(r"<(pre|code|script|style)\b.*?</\1>|<[^>]*>", re.DOTALL)
HYPHEN = re.compile(r"(?<![\w.,)/-])-(?=\d)")  # not within 2026-11-26, 1e-8, 10-fold or the name of a file


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("html-page-context", set_signs, priority=700)  # after tables.py, which reads the numbers of a column
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def set_signs(app: Sphinx, page: str, template: str, context: dict, doctree: object) -> None:
    if "body" in context:
        context["body"] = signed(context["body"])


def signed(body: str) -> str:
    """HTML with a minus for the hyphen before each number in its text, and spaces that do not break before a %."""
    pieces, end = [], 0
    for found in UNTOUCHED.finditer(body):
        pieces += [_text(body[end : found.start()]), found[0]]
        end = found.end()
    return "".join(pieces) + _text(body[end:])


def _text(piece: str) -> str:
    return HYPHEN.sub("−", piece).replace(" %", "\N{NO-BREAK SPACE}%")
