"""Markup that would make a screen reader stumble is corrected."""

import pytest

from book._ext.markup import corrected


@pytest.mark.parametrize(
    "corner", ["<th></th>", "<th> </th>", '<th class="blank level0" >&nbsp;</th>', '<th class="head"><p></p></th>']
)
def test_the_empty_corner_of_a_table_is_no_header(corner):
    named = '<th class="col_heading level0 col0" >seconds</th>'
    assert corrected(f"<tr>{corner}{named}</tr>") == f"<tr><td></td>{named}</tr>"


def test_citations_have_no_deprecated_role():
    body = '<div role="list" class="citation-list"><div class="citation" role="doc-biblioentry">'
    assert corrected(body) == '<div class="citation-list"><div class="citation">'
