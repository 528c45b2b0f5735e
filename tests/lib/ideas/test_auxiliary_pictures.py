"""The pictures of auxiliary losses say what is there."""

import pytest
import torch

from lib import figures


@pytest.mark.parametrize(
    ("second", "told"),
    [
        ([0.0, 3.0], "90 degrees, the second 1.5 times as long"),
        ([-2.0, 2.0], "135 degrees, the second 1.4 times as long"),
        ([1.0, 0.0], "0 degrees, the second 0.5 times as long"),
    ],
)
def test_two_gradients_are_told_with_their_angle_and_length(second, told):
    picture = figures.sum_of_gradients(torch.tensor([1.0, 0]), torch.tensor(second), 0.5, "caption")
    assert told in picture.alt


def test_a_gradient_of_many_weights_is_drawn_in_the_plane_of_both():
    g0, g1 = torch.randn(2, 1000, generator=torch.Generator().manual_seed(0))
    assert "degrees" in figures.sum_of_gradients(g0, g1, 1.0, "caption").alt


def test_images_are_told_with_the_label_of_every_task():
    labels = {"digit": torch.tensor([3, 1]), "ink": torch.tensor([0, 9])}
    picture = figures.labelled(torch.rand(2, 14, 14), labels, "caption")
    assert picture.alt.startswith("2 handwritten digits") and "digit 3 1, ink 0 9." in picture.alt
    assert picture.table.loc[2].to_dict() == {"digit": 1, "ink": 9}


def test_an_image_without_a_label_is_noticed():
    with pytest.raises(ValueError):
        figures.labelled(torch.rand(3, 14, 14), {"digit": torch.tensor([3, 1])}, "caption")
