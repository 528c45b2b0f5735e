"""A wrong residual layer is told its own cause, beyond the typical answers of the page of solutions."""

import pytest
import torch
from torch import nn

from lib import checks


class Right(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.linear = nn.Linear(inputs, outputs)
        self.shortcut = nn.Identity() if inputs == outputs else nn.Linear(inputs, outputs, bias=False)

    def forward(self, x):
        return self.shortcut(x) + torch.relu(self.linear(x))


class ProjectionFirst(Right):
    def __init__(self, inputs, outputs):
        nn.Module.__init__(self)
        self.shortcut = nn.Identity() if inputs == outputs else nn.Linear(inputs, outputs, bias=False)
        self.linear = nn.Linear(inputs, outputs)


class NoGradient(Right):
    @torch.no_grad()
    def forward(self, x):
        return super().forward(x)


class Detached(Right):
    def forward(self, x):
        return self.shortcut(x) + torch.relu(self.linear(x)).detach()


class DetachedProjection(Right):
    def forward(self, x):
        shortcut = self.shortcut(x)
        return (shortcut if shortcut is x else shortcut.detach()) + torch.relu(self.linear(x))


class Hidden(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.parts = [nn.Linear(inputs, outputs)]

    def forward(self, x):
        return x + torch.relu(self.parts[0](x))


class Forgetful(Right):
    def forward(self, x):
        return self.shortcut(x) + torch.relu(nn.Linear(x.shape[1], self.linear.out_features)(x))


class Unbiased(Right):
    def forward(self, x):
        return self.shortcut(x) + torch.relu(x @ self.linear.weight.T)


class NoBias(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.linear = nn.Linear(inputs, outputs, bias=False)

    def forward(self, x):
        return x + torch.relu(self.linear(x))


class LayerAsShortcut(Right):
    def forward(self, x):
        z = self.linear(x)
        return z + torch.relu(z)


class CutProjection(Right):
    def forward(self, x):
        shortcut, z = self.shortcut(x), self.linear(x)
        return shortcut + torch.relu(z) if shortcut is x else torch.relu(shortcut + z)


class Narrow(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.linear = nn.Linear(inputs, inputs if inputs == outputs else 1)

    def forward(self, x):
        return x + torch.relu(self.linear(x))  # one feature is copied to all


class Twice(Right):
    def forward(self, x):
        return 2 * self.shortcut(x) + torch.relu(self.linear(x))


@pytest.mark.parametrize("right", [Right, ProjectionFirst])
def test_the_two_parts_may_be_made_in_either_order(right):
    assert checks.residual_module(right).passed


@pytest.mark.parametrize(
    ("wrong", "cause"),
    [
        (NoGradient, "No gradient comes back"),
        (Detached, "some weights do not get their gradient"),
        (DetachedProjection, "some weights do not get their gradient"),
        (Hidden, "no weights"),
        (Forgetful, "Two calls give two answers"),
        (Unbiased, "The bias is not used"),
        (NoBias, "The linear layer of f has a bias"),
        (LayerAsShortcut, "as it came in"),
        (CutProjection, "The ReLU cuts the projection"),
        (Narrow, "The shape should be"),
        (Twice, "The values are off"),
        (lambda inputs, outputs: torch.relu, "class Residual"),
    ],
)
def test_a_wrong_layer_is_told_its_cause(wrong, cause):
    verdict = checks.residual_module(wrong)
    assert not verdict.passed and cause in verdict.message, verdict


def test_a_blank_answer_is_told_to_begin():
    assert checks.residual_module(lambda inputs, outputs: None).message == checks.EMPTY
    assert checks.path_counts(dict.fromkeys(("paths", "through three", "growth", "mean length"), ...)).message == (
        checks.EMPTY
    )


def test_two_digits_are_enough_but_paths_are_counted_exactly():
    rounded = {"paths": 1024, "through three": 120, "growth": 4.7, "mean length": 1.4}
    assert checks.path_counts(rounded).passed
    for name, near in (("paths", 1020), ("through three", 119), ("growth", 4.5), ("mean length", 1.5)):
        assert not checks.path_counts(rounded | {name: near}).passed


def test_other_keys_are_refused():
    assert "Keep the keys" in checks.path_counts({"paths": 1024}).message
