"""Checks of dropout: what else is right, and what else goes wrong."""

import pytest
import torch
from torch import nn
from torch.nn.functional import dropout2d

from lib import checks


class Base(nn.Module):
    def __init__(self, rate):
        super().__init__()
        self.rate = rate

    def forward(self, x):
        return self.thinned(x) if self.training else x

    def mask(self, x, *shape):
        return torch.rand(*shape or (*x.shape[:2], 1, 1)) >= self.rate


class Functional(Base):
    def forward(self, x):
        return dropout2d(x, self.rate, self.training)


class Stretched(Base):
    def thinned(self, x):
        keep = torch.empty(x.shape[:2]).bernoulli_(1 - self.rate)
        return x * keep[:, :, None, None].expand_as(x) / (1 - self.rate)


@pytest.mark.parametrize("module", [nn.Dropout2d, Functional, Stretched])
def test_channel_dropout_accepts_other_ways_to_write_it(module):
    state = torch.random.get_rng_state()
    verdict = checks.channel_dropout(module)
    assert verdict.passed, verdict.message
    assert torch.equal(torch.random.get_rng_state(), state)  # the learner's own generator is where it was


class OneNumber(Base):
    def thinned(self, x):
        return x * self.mask(x, 1) / (1 - self.rate)


class Realised(Base):
    def thinned(self, x):
        keep = self.mask(x)
        return x * keep / keep.float().mean()


class ByTheRate(Base):
    def thinned(self, x):
        return x * self.mask(x) / self.rate


class Smaller(Base):
    def thinned(self, x):
        return x * self.mask(x) * (1 - self.rate)


class OneRate(Base):
    def thinned(self, x):
        return x * self.mask(x) * 4 / 3


class Rows(Base):
    def thinned(self, x):
        return x * self.mask(x, *x.shape[:3], 1) / (1 - self.rate)


class HalfAGradient(Base):
    def thinned(self, x):
        kept = x * self.mask(x)
        return kept + (kept * self.rate / (1 - self.rate)).detach()


class Never(Base):
    def thinned(self, x):
        return x


class Rounded(Base):
    def thinned(self, x):
        return x * (torch.rand(*x.shape[:2], 1, 1) + self.rate).round() / (1 - self.rate)


class Added(Base):
    def thinned(self, x):
        return x * self.mask(x) + self.rate * x * self.mask(x)


@pytest.mark.parametrize(
    ("module", "cause"),
    [
        (OneNumber, "nothing is dropped|whole images"),
        (Realised, "by chance"),
        (ByTheRate, "divided by the rate"),
        (Smaller, "You multiplied"),
        (OneRate, "Right for rate 0.25 only"),
        (Rows, "single pixels"),
        (HalfAGradient, "gradient of what stays"),
        (Never, "nothing is dropped"),
        (nn.Identity(), "the class itself"),
        (lambda rate: rate, "begins with class"),
    ],
)
def test_channel_dropout_names_the_cause(module, cause):
    verdict = checks.channel_dropout(module)
    assert not verdict.passed
    assert any(part in verdict.message for part in cause.split("|")), verdict.message


@pytest.mark.parametrize("module", [Rounded, Added])
def test_channel_dropout_refuses_what_it_has_no_name_for(module):
    assert not checks.channel_dropout(module).passed


@pytest.mark.parametrize("module", [Base, nn.Module])
def test_channel_dropout_never_ends_in_an_error(module):
    assert not checks.channel_dropout(module).passed


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (lambda x, keep, rate: x + (x * keep / (1 - rate) - x).detach(), "the gradient is not"),
        (lambda x, keep, rate: x.data * keep / (1 - rate), "no gradient passes"),
        (lambda x, keep, rate: (x * keep / (1 - rate)).mean(0), "shape"),
    ],
)
def test_dropout_names_the_cause(answer, cause):
    verdict = checks.dropout(answer)
    assert not verdict.passed and cause in verdict.message
