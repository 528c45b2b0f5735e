"""The pictures of batch norm say what is there."""

import re

import torch
from matplotlib.colors import to_hex

from lib import figures
from lib.figures.house import MAIN
from lib.figures.ideas.batch_norm import EXAMPLES, KINDS, SIDE, UNITS


def filled(picture):
    """How many shapes have the colour of what a figure is about."""
    return len(re.findall(rf"fill: {to_hex(MAIN)}", picture.svg.decode()))


def test_a_mean_is_over_a_column_with_all_its_places_and_layer_norms_over_a_row():
    picture = figures.averaged("caption")
    assert [side for side, _, _ in KINDS.values()] == [1, SIDE, 1]
    assert filled(picture) == EXAMPLES + EXAMPLES * SIDE**2 + UNITS
    assert "over all examples" in picture.alt and "units of one example" in picture.alt


def test_what_comes_into_a_relu_is_told_as_the_share_above_zero():
    picture = figures.firing({"before": torch.tensor([-1.0, 1, 2, 3]), "after": -torch.ones(4)}, "caption")
    assert "75 % (before), 0 % (after)" in picture.alt
