"""Negative numbers have a true minus in text, a % keeps its number, and code stays as it is."""

import pytest

from book._ext.signs import signed

CASES = {
    "by <span>-1.3 points [-2.8, +0.2]</span>": "by <span>−1.3 points [−2.8, +0.2]</span>",
    "from -0.4 to -1 (-2 at most)": "from −0.4 to −1 (−2 at most)",
    "<td>-0.50</td><td>[-1.0, -0.5]</td>": "<td>−0.50</td><td>[−1.0, −0.5]</td>",
    "<pre>x = -1</pre> and <code>[-1]</code>": "<pre>x = -1</pre> and <code>[-1]</code>",
    '<a href="a -1" title="[-1]">-1</a>': '<a href="a -1" title="[-1]">−1</a>',
    "on 2026-11-26, 1e-8, a 10-fold gain, pages 5-10": "on 2026-11-26, 1e-8, a 10-fold gain, pages 5-10",
    "<span>99.6</span> % or 5 % more": "<span>99.6</span>\N{NO-BREAK SPACE}% or 5\N{NO-BREAK SPACE}% more",
    "<code>7 % 3</code>": "<code>7 % 3</code>",
    "<script>f(-1, '<b>')</script>": "<script>f(-1, '<b>')</script>",
}


@pytest.mark.parametrize("html", CASES)
def test_numbers_in_text_are_set_as_in_print(html):
    assert signed(html) == CASES[html]
