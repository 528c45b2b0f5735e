"""Wrong answers to the exercises of the chapter on a first network, beyond those on its page of solutions."""

from itertools import pairwise

import pytest
import scipy.stats
import torch
from torch import nn

from lib import checks


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (392 * 100 + 100 * 2, "left out the biases"),
        (393 * 100 + 100 * 2, "One of the two layers"),
        (392 * 100 + 1 + 100 * 2 + 1, "has one for all its units"),
        (197 * 100 + 202, "both images"),
        (393 * 100, "first layer"),
        (393 * 101, "one after the other"),
        (392 * 100 * 2, "multiplied"),
        (39502.0, "whole number"),
        (500, "(inputs + 1) × outputs"),
    ],
)
def test_a_wrong_number_of_weights_is_told_its_cause(answer, cause):
    verdict = checks.pair_parameters(answer)
    assert not verdict.passed and cause in verdict.message


def interval(half):
    """An answer whose half width is a function of the differences."""

    def answer(a, b):
        middle = (a - b).mean()
        return middle - half(a - b), middle + half(a - b)

    return answer


def quantile(p, freedom):
    return scipy.stats.t.ppf(p, freedom)


def unrelated(freedom):
    def answer(a, b):
        half = quantile(0.975, freedom(len(a))) * ((a.var() + b.var()) / len(a)) ** 0.5
        return (a - b).mean() - half, (a - b).mean() + half

    return answer


def welch(a, b):
    test = scipy.stats.ttest_ind(a, b, equal_var=False)
    return tuple(test.confidence_interval(0.95))


def turned(a, b):
    return scipy.stats.ttest_rel(b, a).confidence_interval(0.95)


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (interval(lambda d: d.std() / 6**0.5), "t is missing"),
        (interval(lambda d: quantile(0.975, 5) * d.std() / 6), "root of n"),
        (interval(lambda d: quantile(0.975, 5) * d.std()), "interval of the mean"),
        (interval(lambda d: 1.96 * d.std() / 6**0.5), "1.96"),
        (interval(lambda d: quantile(0.95, 5) * d.std() / 6**0.5), "quantile 0.95"),
        (interval(lambda d: quantile(0.975, 6) * d.std() / 6**0.5), "not n"),
        (interval(lambda d: quantile(0.975, 5) * d.std(correction=0) / 6**0.5), "divide by n − 1"),
        (interval(lambda d: quantile(0.975, 5) * d.var() / 6**0.5), "the width is off"),
        (unrelated(lambda n: n - 1), "as unrelated. Take the differences first."),
        (unrelated(lambda n: 2 * n - 2), "n differences have n − 1"),
        (welch, "Welch"),
        (turned, "the wrong way round"),
        (lambda a, b: ((a - b).mean(), 1.0), "lower bound comes first"),
        (lambda a, b: (0, (a - b).mean()), "in its middle"),
    ],
)
def test_a_wrong_interval_is_told_its_cause(answer, cause):
    verdict = checks.paired_interval(answer)
    assert not verdict.passed and cause in verdict.message, verdict


def test_an_interval_may_come_from_scipy():
    assert checks.paired_interval(lambda a, b: scipy.stats.ttest_rel(a, b).confidence_interval(0.95)).passed


def dense(after=torch.relu, last=lambda x: x, sizes=(392, 150, 64, 32, 2), **options):
    """A module like the right one, but for what is said."""

    class Dense(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = nn.ModuleList(nn.Linear(a, b, **options) for a, b in pairwise(sizes))

        def forward(self, images):
            x = images.flatten(1)
            for layer in self.layers[:-1]:
                x = after(layer(x))
            return last(self.layers[-1](x))

    return Dense


class InAList(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = [nn.Linear(a, b) for a, b in ((392, 150), (150, 64), (64, 32), (32, 2))]

    def forward(self, images):
        x = images.flatten(1)
        for layer in self.layers[:-1]:
            x = layer(x).relu()
        return self.layers[-1](x)


class InForward(nn.Module):
    def forward(self, images):
        return nn.Linear(392, 2)(images.flatten(1))


class WithoutSuper(nn.Module):
    def __init__(self):
        self.layer = nn.Linear(392, 2)


class OneImage(dense()):
    def forward(self, images):
        return super().forward(images[:, :1])


class WithoutGradient(dense()):
    @torch.no_grad()
    def forward(self, images):
        return super().forward(images)


class OneReluMissing(dense()):
    def forward(self, images):
        first, second, third, last = self.layers
        return last(third(second(first(images.flatten(1)).relu())).relu())


class TheSameValueElsewhere(dense()):
    """Straight through: the values of a ReLU, the gradient of none."""

    def forward(self, images):
        x = images.flatten(1)
        for layer in self.layers[:-1]:
            y = layer(x)
            x = y + (y.relu() - y).detach()
        return self.layers[-1](x)


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (InAList, "plain list"),
        (InForward, "make them in __init__"),
        (WithoutSuper, "Your code stopped with AttributeError"),
        (OneImage, "Your code stopped with RuntimeError"),
        (dense(last=lambda x: x.softmax(dim=1)), "Return logits"),
        (dense(last=lambda x: x.log_softmax(dim=1)), "Return logits"),
        (dense(last=torch.relu), "Nothing follows the last layer"),
        (dense(after=lambda x: x), "no more than one"),
        (OneReluMissing, "after layer 2"),
        (dense(after=torch.tanh), "not a tanh"),
        (dense(after=torch.sigmoid), "not a sigmoid"),
        (dense(after=nn.functional.gelu), "not the recipe's"),
        (dense(sizes=(392, 100, 2)), "Yours: 392 → 100, 100 → 2"),
        (dense(bias=False), "biases are missing"),
        (dense(last=lambda x: x[:, :1]), "shape should be (30, 2)"),
        (WithoutGradient, "No gradient comes back"),
        (dense(after=lambda x: x.relu().detach()), "Some weights get no gradient"),
        (TheSameValueElsewhere, "the gradients are not"),
        (lambda: None, "begin with class"),
    ],
)
def test_a_wrong_module_is_told_its_cause(answer, cause):
    verdict = checks.dense_module(answer)
    assert not verdict.passed and cause in verdict.message, verdict


def test_a_module_may_be_built_in_any_way():
    assert checks.dense_module(dense()).passed
    assert checks.dense_module(dense()()).passed
    layers = [nn.Linear(392, 150), nn.Linear(150, 64), nn.Linear(64, 32), nn.Linear(32, 2)]
    between = [nn.Flatten(), *(part for layer in layers for part in (layer, nn.ReLU()))][:-1]
    assert checks.dense_module(nn.Sequential(*between)).passed


def test_a_module_without_forward_is_told_to_begin():
    class Dense(nn.Module): ...

    assert checks.dense_module(Dense) == checks.Verdict(False, checks.EMPTY)
