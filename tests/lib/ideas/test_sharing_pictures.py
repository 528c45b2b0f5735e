"""The pictures of weight sharing say what is there."""

import pandas as pd
import pytest
import torch
from torch import nn

from lib import figures


@pytest.fixture
def places():
    conv = nn.Conv2d(1, 1, 3, bias=False)
    conv.weight.data = torch.arange(1.0, 10).view(1, 1, 3, 3)
    with torch.no_grad():
        return conv(torch.eye(25).view(25, 1, 5, 5)).flatten(1).T


def test_every_weight_of_a_kernel_stands_once_for_each_place(places):
    picture = figures.shared_entries(places, "caption")
    assert "9 rows and 25 columns in which 9 weights stand 9 times each" in picture.alt
    assert "144 entries are empty" in picture.alt


def test_thin_lines_stand_between_blocks_and_nowhere_else(places):
    plain, lined = (figures.shared_entries(places, "caption", blocks) for blocks in (None, (3, 5)))
    assert lined.svg.count(b"<path") - plain.svg.count(b"<path") == 2 + 4
    assert lined.alt == plain.alt


def test_weights_that_stand_unequally_often_are_told_with_both_ends():
    picture = figures.shared_entries(torch.tensor([[1.0, 2], [2, 2]]), "caption")
    assert "2 weights stand 1 to 3 times each" in picture.alt


@pytest.mark.parametrize("wrong", [torch.tensor([[0.5, 1]]), torch.tensor([[-1.0, 1]])])
def test_what_does_not_number_weights_is_refused(wrong):
    with pytest.raises(ValueError, match="number the weights"):
        figures.shared_entries(wrong, "caption")


def test_each_moment_has_the_mean_of_its_rounds_and_an_interval():
    moments = pd.Index([0, 0, 0, 3, 3, 3], name="epochs")
    table = pd.DataFrame({"ratio": [0.9, 1.0, 1.1, 0.3, 0.4, 0.5], "cosine": [0.0, 0, 0, -0.5, -0.6, -0.7]}, moments)
    picture = figures.by_moment(table, 1, "caption")
    assert picture.alt == "Means at epochs 0, 3: ratio 1.00, 0.40; cosine 0.00, −0.60."
    assert picture.table.loc[3, "cosine"] == "−0.60 [−0.85, −0.35]"
    assert picture.table.loc[0, "ratio"] == "1.00 [0.75, 1.25]"
