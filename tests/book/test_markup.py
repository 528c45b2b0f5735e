"""Markup that would make a reader stumble is corrected."""

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


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [("source", "the code"), ("content", "the code"), ("output", "the output"), ("outputs", "the output")],
)
def test_folds_say_what_they_hold_and_say_it_to_a_screen_reader_too(theirs, ours):
    labels = '<p class="collapsed">Show {0}</p>\n<p class="expanded">Hide {0}</p>'
    fold = '<summary aria-label="Toggle hidden content">\n' + labels.format(f"code cell {theirs}")
    assert corrected(fold) == "<summary>\n" + labels.format(ours)


def test_a_fold_with_a_label_of_its_own_keeps_it():
    fold = '<p class="collapsed admonition-title">Show all rows</p><p>As in: Show code cell source, above</p>'
    assert corrected(fold) == fold
