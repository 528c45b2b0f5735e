"""Corrects the markup of pages that comes from elsewhere, where a screen reader would stumble over it.

Each of these is a complaint of axe, which tests/pages/test_access.py keeps at none.
"""

import re

from sphinx.application import Sphinx

CORRECTIONS = [
    # the corner of a table with named rows heads nothing: pandas's, and Markdown's
    (re.compile(r'<th(?: class="(?:blank|head)[^>]*)?>(?:\s|&nbsp;|<p></p>)*</th>'), "<td></td>"),
    (re.compile(r' role="doc-biblioentry"'), ""),  # docutils: deprecated in ARIA 1.3,
    (re.compile(r'<div role="list" class="citation-list">'), '<div class="citation-list">'),  # and then no list either
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
