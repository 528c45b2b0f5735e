"""The pictures of a first network say what is there."""

import re

import pandas as pd
import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from lib import course, data, figures
from lib.figures.ideas.baseline import BACK, Operation, operations


@pytest.fixture
def loss(digits):
    model = course.conv_pair().fresh(0)
    pairs = data.draw(digits, 0, train=10, test=10).train
    return cross_entropy(model(pairs.images).target, pairs.target), model


def test_a_graph_has_the_steps_of_the_computation_and_each_weight_once(loss):
    steps = operations(*loss)
    before = ["convolution", "max-pool", "ReLU", "convolution", "ReLU", "flatten", "linear", "ReLU", "linear"]
    assert [step.does for step in steps] == [*before, "log-softmax", "mean of −ln p"]
    shapes = {name: tuple(weight.shape) for name, weight in loss[1].named_parameters()}
    assert [pair for step in steps for pair in step.weights] == list(shapes.items())


def test_a_graph_is_drawn_with_its_steps_in_the_alt_text(loss):
    picture = figures.graph(*loss, "caption")
    assert list(picture.table["does"])[:4] == ["convolution", "max-pool", "ReLU", "convolution"]
    text = picture.svg.decode()
    shown = re.findall(r"<text[^>]*>(.*?)</text>", text) or re.findall(r"<!-- (.*?) -->", text)
    assert {"images", "flatten", "16×2×3×3 + 16", "2×128 + 2", "loss"} <= {*shown}


def test_an_unknown_operation_keeps_its_name():
    model = nn.Linear(3, 2)
    assert operations(model(torch.ones(1, 3)).tanh().sum(), model) == [
        Operation("linear", (("weight", (2, 3)), ("bias", (2,)))),
        Operation("Tanh", ()),
        Operation("Sum", ()),
    ]


def test_a_computation_with_branches_is_refused():
    model = nn.Linear(3, 2)
    x = model(torch.ones(1, 3))
    with pytest.raises(ValueError, match="joins 2 branches"):
        figures.graph((x * x.tanh()).sum(), model, "caption")


def test_gradients_go_back_wherever_values_went_but_to_the_images(loss):
    drawn = figures.graph(*loss, "caption").svg.decode()
    colour = "#" + "".join(f"{round(255 * part):02x}" for part in BACK) if isinstance(BACK, tuple) else BACK
    dashed = [style for style in re.findall(r'style="([^"]*)"', drawn) if "dasharray" in style and colour in style]
    steps = operations(*loss)
    lines = len(steps) + sum(bool(step.weights) for step in steps)
    assert len(dashed) in (lines, 2 * lines)  # a line, and the head that stands on it


def test_matches_tell_how_closely_two_results_rise_together():
    rising = pd.Series([1.0, 2, 3, 4])
    both = {"same": (rising, 2 * rising), "turned": (rising, rising[::-1])}
    assert "1.00 (same), -1.00 (turned)" in figures.matches(both, "x", "y", "caption").alt
