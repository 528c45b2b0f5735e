"""Corrects the markup of pages that comes from elsewhere, where a reader would stumble over it.

The first of these are complaints of axe, which tests/pages/test_access.py keeps at none. The others are labels of
folds: MyST-NB speaks of cells, and names all folds alike for a screen reader.
"""

import re

from sphinx.application import Sphinx

CORRECTIONS = [
    # the corner of a table with named rows heads nothing: pandas's, and Markdown's
    (re.compile(r'<th(?: class="(?:blank|head)[^>]*)?>(?:\s|&nbsp;|<p></p>)*</th>'), "<td></td>"),
    (re.compile(r' role="doc-biblioentry"'), ""),  # docutils: deprecated in ARIA 1.3,
    (re.compile(r'<div role="list" class="citation-list">'), '<div class="citation-list">'),  # and then no list either
    (re.compile(r'<summary aria-label="Toggle hidden content">'), "<summary>"),  # what it shows is its name
    (re.compile(r"(?<=>)(Show|Hide) code cell (?:source|content)(?=<)"), r"\1 the code"),
    (re.compile(r"(?<=>)(Show|Hide) code cell outputs?(?=<)"), r"\1 the output"),
]


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("html-page-context", correct)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def correct(app: Sphinx, page: str, template: str, context: dict, doctree: object) -> None:
    if "body" in context:
        context["body"] = corrected(context["body"])


def corrected(body: str) -> str:
    for wrong, right in CORRECTIONS:
        body = wrong.sub(right, body)
    return body
