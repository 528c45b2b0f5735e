"""The check of the chapter's module: plausible mistakes, each told by its own cause."""

import pytest
import torch
from torch import nn

from lib import checks


class Right(nn.Module):
    """Batch norm for images, in parts that a mistake can replace."""

    axes, unbiased, share, epsilon = (0, 2, 3), False, 0.1, 1e-5

    def __init__(self, channels):
        super().__init__()
        self.scale, self.shift = nn.Parameter(torch.ones(channels)), nn.Parameter(torch.zeros(channels))
        self.mean, self.variance = torch.zeros(channels), torch.ones(channels)

    def keep(self, x):
        with torch.no_grad():
            self.mean = self.mean + self.share * (x.mean((0, 2, 3)) - self.mean)
            self.variance = self.variance + self.share * (x.var((0, 2, 3)) - self.variance)

    def batch(self, x):
        return x.mean(self.axes, keepdim=True), x.var(self.axes, unbiased=self.unbiased, keepdim=True)

    def forward(self, x):
        mean, variance = self.mean.view(-1, 1, 1), self.variance.view(-1, 1, 1)
        if self.training:
            self.keep(x)
            mean, variance = self.batch(x)
        return self.scaled((x - mean) / self.root(variance))

    def root(self, variance):
        return (variance + self.epsilon).sqrt()

    def scaled(self, z):
        return z * self.scale.view(-1, 1, 1) + self.shift.view(-1, 1, 1)


def mistake(**changed):
    return type("Mistake", (Right,), changed)


MISTAKES = {
    "n − 1": mistake(unbiased=True),
    "one mean for all channels": mistake(axes=(0, 1, 2, 3)),
    "each place by itself": mistake(axes=(0,)),
    "each image by itself": mistake(axes=(2, 3)),
    "the root is missing": mistake(root=lambda self, variance: variance + self.epsilon),
    "Scale and shift are missing": mistake(scaled=lambda self, z: z),
    "The shift is missing": mistake(scaled=lambda self, z: z * self.scale.view(-1, 1, 1)),
    "did not move": mistake(keep=lambda self, x: None),
    "kept the last batch's mean": mistake(share=1.0),
    "the other way round": mistake(share=0.9),
    "running mean is off": mistake(share=0.2),
    "divides by n − 1, as an estimate": mistake(
        keep=lambda self, x: (
            setattr(self, "mean", (self.mean + 0.1 * (x.mean((0, 2, 3)) - self.mean)).detach()),
            setattr(self, "variance", (0.9 * self.variance + 0.1 * x.var((0, 2, 3), unbiased=False)).detach()),
        )
    ),
    "epsilon": mistake(epsilon=0.0),
    "do not detach": mistake(batch=lambda self, x: tuple(part.detach() for part in Right.batch(self, x))),
    "scale cannot learn": mistake(
        scaled=lambda self, z: z * self.scale.detach().view(-1, 1, 1) + self.shift.view(-1, 1, 1)
    ),
    "shift cannot learn": mistake(
        scaled=lambda self, z: z * self.scale.view(-1, 1, 1) + self.shift.detach().view(-1, 1, 1)
    ),
    "cut it off": mistake(scaled=lambda self, z: Right.scaled(self, z).detach()),
    "In eval mode the running averages": mistake(
        forward=lambda self, x: (
            self.training and self.keep(x),
            self.scaled((x - self.batch(x)[0]) / self.root(self.batch(x)[1])),
        )[1]
    ),
    "moved in eval mode": mistake(forward=lambda self, x: (Right.forward(self, x), self.training or self.keep(x))[0]),
}


@pytest.mark.parametrize("cause", MISTAKES)
def test_a_mistake_is_told_by_its_own_cause(cause):
    verdict = checks.batch_norm(MISTAKES[cause])
    assert not verdict.passed and cause in verdict.message, verdict


def test_the_right_module_passes():
    assert checks.batch_norm(Right).passed


def test_a_module_without_a_forward_pass_is_told_to_begin():
    assert checks.batch_norm(mistake(forward=lambda self, x: ...)).message == checks.EMPTY


def test_a_unit_that_fires_once_and_weakly_is_alive():
    verdict = checks.dead_fraction(lambda activations: (activations.mean(dim=0) < 1e-3).double().mean())
    assert not verdict.passed and "fires once, weakly" in verdict.message
    assert checks.dead_fraction(lambda activations: (activations == 0).all(dim=0).double().mean()).passed
