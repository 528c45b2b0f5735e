"""The pictures of dropout say what is there."""

import re

import torch

from lib import figures
from lib.figures.ideas.dropout import _drawn


def test_a_whole_network_has_all_lines_and_a_thinned_one_those_between_units_that_stay():
    alt = figures.thinned((3, 5, 4, 2), 0.5, torch.Generator().manual_seed(0), "caption").alt
    assert f"whole, it has 9 units, {3 * 5 + 5 * 4 + 4 * 2} lines" in alt
    masks, generator = [torch.ones(width, dtype=torch.bool) for width in (3, 5, 4, 2)], torch.Generator().manual_seed(0)
    for _ in range(2):
        first, second = (int(layer.sum()) for layer in _drawn(masks, 0.5, generator)[1:-1])
        lines = 3 * first + first * second + second * 2
        assert f"{first + second} units, {lines} lines" in alt


def test_what_comes_in_and_goes_out_is_never_dropped():
    everything = [torch.ones(width, dtype=torch.bool) for width in (50, 50, 50)]
    first, hidden, last = _drawn(everything, 0.9, torch.Generator().manual_seed(0))
    assert first.all() and last.all() and not hidden.all()


def test_without_dropout_every_draw_is_whole():
    alt = figures.thinned((2, 3, 1), 0, torch.Generator(), "caption", draws=1).alt
    assert alt.count("3 units, 9 lines") == 2


def test_variances_count_the_units_below_the_line_without_dead_ones():
    expected, met = torch.tensor([1.0, 2.0, 3.0, 0.0]), torch.tensor([0.5, 1.0, 4.0, 0.0])
    picture = figures.variances({"a": (expected, met), "b": (met, expected)}, "x", "y", "caption")
    assert "2 of 3 lie below the line (a), 1 of 3 lie below the line (b)" in picture.alt
    assert len(re.findall("<image", picture.svg.decode())) == 0
