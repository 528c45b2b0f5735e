"""The picture of what the probability head adds up."""

import torch

from lib import figures


def test_the_shaded_part_is_the_probability_of_at_most():
    sure = torch.eye(10)
    three_or_8 = (sure[3] + sure[8]) / 2
    picture = figures.joint(three_or_8, torch.full((10,), 0.1), "caption")
    assert "i ≤ j are shaded and hold 0.450 of the whole" in picture.alt  # 0.7 after a 3, 0.2 after an 8
    assert picture.table.loc[3, 5] == 0.05 and picture.table.loc[4, 5] == 0
    assert "the largest at first 3, second 8;" in figures.joint(sure[3], sure[8], "caption").alt
