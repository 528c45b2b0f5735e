"""The pictures of batch norm say what is there."""

import re

import pytest
import torch
from matplotlib.colors import to_hex
from torch import nn

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


def weights_and_gradient(alpha, norm):
    """Of a linear layer with two inputs and one unit, from autograd; ``norm`` stands behind it."""
    random = torch.Generator().manual_seed(0)
    inputs, wanted = torch.randn(20, 2, generator=random), torch.randn(20, 1, generator=random)
    weights = torch.tensor([[0.6, -0.3]]) * alpha
    weights.requires_grad_()
    ((norm(inputs @ weights.T) - wanted) ** 2).mean().backward()
    return weights.detach()[0], weights.grad[0]


def test_in_front_of_batch_norm_a_step_makes_the_weights_longer_and_twice_the_weights_have_half_the_gradient():
    norm = nn.BatchNorm1d(1, eps=1e-12)
    places = {"w": weights_and_gradient(1, norm), "2 w": weights_and_gradient(2, norm)}
    picture = figures.lengthened(places, 0.5, "caption")
    assert picture.table["angle (°)"].tolist() == pytest.approx([90, 90], abs=0.01)
    assert picture.table["gradient"]["2 w"] == pytest.approx(picture.table["gradient"]["w"] / 2)
    for name, (weights, gradient) in places.items():
        assert picture.table["after a step"][name] == pytest.approx((weights - 0.5 * gradient).norm().item())
        assert picture.table["after a step"][name] > picture.table["length"][name]
    assert f"gradient {places['2 w'][1].norm():.2f} at 90 degrees." in picture.alt


def test_without_batch_norm_the_same_picture_shows_another_angle():
    places = {"w": weights_and_gradient(1, nn.Identity()), "2 w": weights_and_gradient(2, nn.Identity())}
    table = figures.lengthened(places, 0.5, "caption").table
    assert abs(table["angle (°)"]["w"] - 90) > 5
    assert abs(table["gradient"]["2 w"] / table["gradient"]["w"] - 0.5) > 0.1


def test_what_comes_into_a_relu_is_told_as_the_share_above_zero():
    picture = figures.firing({"before": torch.tensor([-1.0, 1, 2, 3]), "after": -torch.ones(4)}, "caption")
    assert "75 % (before), 0 % (after)" in picture.alt
