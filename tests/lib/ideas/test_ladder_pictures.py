"""The pictures of the chapters on the record say what is there."""

import torch
from torch.nn.functional import one_hot

from lib import figures
from lib.figures.ideas.ladder import _together


def way(outputs):
    """(3, 10, 10): from the middle to one output for each digit, in three steps."""
    end = one_hot(torch.tensor([int(output) for output in outputs]), 10).double()
    middle = torch.full((10, 10), 0.1).double()
    return torch.stack([middle, (middle + end) / 2, end])


def test_a_descent_says_which_digits_share_an_output_and_which_output_is_free():
    picture = figures.descents({"reads": way("0123456789"), "stuck": way("0122345789")}, "caption")
    assert "reads: each ends on an output of its own" in picture.alt
    assert "stuck: 2 and 3 share outputs, and 6 is free" in picture.alt


def test_shared_outputs_are_dashed_and_the_free_one_is_named():
    alone, shared = (figures.descents({"it": way(o)}, "caption").svg.decode() for o in ("0123456789", "0122345789"))
    assert shared.count("stroke-dasharray") >= alone.count("stroke-dasharray") + 3


def test_digits_at_one_place_stand_under_one_name():
    assert list(_together([0.0, 1.0, 2.0, 2.1, 3.0]).values()) == ["0", "1", "2, 3", "4"]
