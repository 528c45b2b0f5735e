"""Optimisers with a setting that the others leave at PyTorch's default."""

import pytest
import torch

from lib.extras.epsilon import WithEpsilon
from lib.recipes import Optimiser


@pytest.mark.parametrize("name", ["adam", "adamw"])
def test_an_epsilon_is_the_built_optimisers_and_nothing_else_changes(name):
    weights = [torch.zeros(1, requires_grad=True)]
    given, plain = (kind.build(weights, 10) for kind in (WithEpsilon(name, 0.3, 0.1, 1e-3), Optimiser(name, 0.3, 0.1)))
    assert type(given) is type(plain)
    assert {**plain.param_groups[0], "eps": 1e-3} == given.param_groups[0]


def test_a_large_epsilon_makes_the_step_small():
    steps = []
    for epsilon in (1e-8, 1.0):
        weight = torch.zeros(1, requires_grad=True)
        built = WithEpsilon(rate=0.1, epsilon=epsilon).build([weight], 1)
        weight.grad = torch.full((1,), 1e-3)
        built.step()
        steps.append(-weight.item())
    assert steps == pytest.approx([0.1, 0.1 * 1e-3 / (1e-3 + 1)], rel=1e-3)


def test_sgd_has_no_epsilon():
    with pytest.raises(ValueError, match='sgd has no epsilon: choose "adam" or "adamw"'):
        WithEpsilon("sgd")
