"""Each check passes its solution, and tells typical wrong answers what is wrong with them."""

import copy
import math

import pytest
import scipy.stats
import torch
from torch.nn.functional import cross_entropy

from lib import checks


def right_target(digits):
    return (digits[:, 0] <= digits[:, 1]).long()


def right_standardise(train, test):
    return (train - train.mean()) / train.std(), (test - train.mean()) / train.std()


def pooled(train, test):
    both = torch.cat([train, test])
    return (train - both.mean()) / both.std(), (test - both.mean()) / both.std()


def each_image(*sets):
    return tuple((x - x.mean((2, 3), keepdim=True)) / x.std((2, 3), keepdim=True) for x in sets)


def interval(differences, t=None, n=None):
    n = n or len(differences) ** 0.5
    t = t or scipy.stats.t.ppf(0.975, len(differences) - 1)
    half = t * differences.std() / n
    return differences.mean() - half, differences.mean() + half


def right_share(branch, images):
    return torch.stack([branch(images[:, :1]), branch(images[:, 1:])], dim=1)


COUNTS = {"convolution": 160, "dense": 197 * 16 * 144}


def right_loss(target, digits, pairs, weight):
    first, second = (cross_entropy(digits[:, i], pairs.digits[:, i]) for i in (0, 1))
    return cross_entropy(target, pairs.target) + weight * (first + second)


def half_loss(target, digits, pairs, weight):
    return cross_entropy(target, pairs.target) + weight * cross_entropy(digits.flatten(0, 1), pairs.digits.flatten())


def right_norm(x, scale, shift):
    return (x - x.mean(0)) / (x.var(0, unbiased=False) + 1e-5).sqrt() * scale + shift


def right_residual(layer, x):
    y = torch.relu(layer(x))
    if y.shape != x.shape:
        raise ValueError("the shapes differ")
    return x + y


def joint(p, q):
    return p[:, :, None] * q[:, None, :]


NOISE = {"mean": 1.0, "standard deviation": 2.0}
FACTORS = {"plain": 0.4**24, "residual": 1.2**24}
IGNORANT = {"P": 0.55, "sum": 1.1}
LN2, LN10 = math.log(2), math.log(10)

ALARMS = {"average": 2, "at least one": 1 - 0.95**40}


def right_winner(scores, choose):
    name = scores.loc[choose].mean().idxmax()
    return name, scores.drop(choose)[name].mean()


SOLUTIONS = {
    "target": right_target,
    "standardise": right_standardise,
    "pair_parameters": 393 * 100 + 101 * 2,
    "paired_interval": lambda a, b: interval(a - b),
    "convolution_parameters": COUNTS,
    "share": right_share,
    "digit_share": 2 * LN10 / (2 * LN10 + LN2),
    "total_loss": right_loss,
    "batch_norm": right_norm,
    "dead_fraction": lambda a: (a == 0).all(dim=0).double().mean(),
    "dropout": lambda x, keep, rate: x * keep / (1 - rate),
    "dropout_noise": NOISE,
    "residual": right_residual,
    "gradient_factors": FACTORS,
    "p_first_smaller": lambda p, q: joint(p, q).triu().sum(dim=(1, 2)),
    "ignorant": IGNORANT,
    "audit": {1, 6, 10},
    "batch_weight": 4,
    "false_alarms": ALARMS,
    "honest_winner": right_winner,
}

WRONG = [
    ("target", lambda d: (d[:, 0] < d[:, 1]).long(), "ties"),
    ("target", lambda d: (d[:, 0] >= d[:, 1]).long(), "turned round"),
    ("target", lambda d: (d[:, 0] > d[:, 1]).long(), "opposite"),
    ("target", lambda d: d[:, 0] <= d[:, 1], "booleans"),
    ("target", lambda d: right_target(d).float(), "int64"),
    ("target", lambda d: right_target(d)[:, None], "shape"),
    ("target", lambda d: d[:, 2], "stopped with IndexError"),
    ("standardise", lambda a, b: ((a - a.mean()) / a.std(), (b - b.mean()) / b.std()), "by itself"),
    ("standardise", lambda a, b: (a - a.mean(), b - a.mean()), "did not divide"),
    ("standardise", lambda a, b: ((a - a.mean(0)) / a.std(0), (b - a.mean(0)) / a.std(0)), "each pixel"),
    ("standardise", lambda a, b: a, "Return both"),
    ("standardise", pooled, "pooled"),
    ("standardise", lambda a, b: ((a - a.mean()) / a.var(), (b - a.mean()) / a.var()), "variance"),
    ("standardise", each_image, "each image"),
    ("pair_parameters", 392 * 100 + 100 * 2, "biases"),
    ("pair_parameters", 197 * 100 + 202, "both images"),
    ("pair_parameters", 393 * 100, "first layer"),
    ("pair_parameters", 393 * 100 + 200, "One of the two"),
    ("pair_parameters", "many", "whole number"),
    ("paired_interval", lambda a, b: interval(a - b, t=1), "t is missing"),
    ("paired_interval", lambda a, b: interval(a - b, n=len(a)), "root of n"),
    ("paired_interval", lambda a, b: interval(a - b)[::-1], "lower bound comes first"),
    ("paired_interval", lambda a, b: interval(b - a), "turned round"),
    ("paired_interval", lambda a, b: interval(a - b, t=1.96), "1.96"),
    ("paired_interval", lambda a, b: interval(a - b, n=1), "√n"),
    ("convolution_parameters", COUNTS | {"convolution": 144}, "biases"),
    ("convolution_parameters", COUNTS | {"convolution": 144 * 160}, "once"),
    ("convolution_parameters", COUNTS | {"dense": 196 * 16 * 144}, "biases"),
    ("share", lambda f, x: torch.stack([f(x[:, :1]), f(x[:, :1])], 1), "same image twice"),
    ("share", lambda f, x: right_share(f, x.flip(1)), "exchanged"),
    ("share", lambda f, x: torch.stack([f(x[:, 0]), f(x[:, 1])], 1), "The branch wants"),
    ("share", lambda f, x: right_share(copy.deepcopy(f), x), "a copy shares nothing"),
    ("convolution_parameters", COUNTS | {"dense": ...}, "Now the dense layer"),
    ("share", lambda f, x: f(x.transpose(0, 1).reshape(-1, 1, 14, 14)).view(-1, 2, 10), "mixed up"),
    ("digit_share", LN10 / (LN10 + LN2), "two digits"),
    ("digit_share", 20 / 22, "number"),
    ("digit_share", LN2 / (2 * LN10 + LN2), "comparison's share"),
    ("digit_share", 87, "between 0 and 1"),
    ("total_loss", lambda t, d, p, w: right_loss(t, d, p, 2 * w), "twice"),
    ("total_loss", half_loss, "half"),
    (
        "total_loss",
        lambda t, d, p, w: right_loss(t, d, p, w) + (1 - w) * cross_entropy(d[:, 1], p.digits[:, 1]),
        "brackets",
    ),
    ("total_loss", lambda t, d, p, w: right_loss(t, d, p, 1), "does not matter"),
    ("total_loss", lambda t, d, p, w: w * cross_entropy(t, p.target) + right_loss(0 * t, d, p, 1) - LN2, "belongs to"),
    ("total_loss", lambda t, d, p, w: right_loss(t, d, p, w) - cross_entropy(t, p.target), "comparison is missing"),
    ("total_loss", lambda t, d, p, w: right_loss(t, d, p, w) * len(t), "sum over the batch"),
    ("batch_norm", lambda x, s, b: (x - x.mean(0)) / x.std(0) * s + b, "n − 1"),
    ("batch_norm", lambda x, s, b: right_norm(x, 1, 0), "Scale and shift"),
    ("batch_norm", lambda x, s, b: right_norm(x, s, 0), "shift is missing"),
    ("batch_norm", lambda x, s, b: right_norm(x.T, 1, 0).T * s + b, "each row"),
    ("batch_norm", lambda x, s, b: (x - x.mean()) / x.var(unbiased=False).sqrt() * s + b, "one mean for all"),
    ("batch_norm", lambda x, s, b: (x - x.mean(0)) / x.var(0, unbiased=False) * s + b, "root"),
    ("batch_norm", lambda x, s, b: (x - x.mean(0)) / (x.std(0, unbiased=False) + 1e-5) * s + b, "under the root"),
    ("batch_norm", lambda x, s, b: (x - x.mean(0)) / x.std(0, unbiased=False) * s + b, "under the root"),
    ("dead_fraction", lambda a: (a == 0).double().mean(), "fraction of zeros"),
    ("dead_fraction", lambda a: (a == 0).any(dim=0).double().mean(), "not any"),
    ("dead_fraction", lambda a: (a == 0).all(dim=0).sum(), "number of dead units"),
    ("dead_fraction", lambda a: 1 - (a == 0).all(dim=0).double().mean(), "live"),
    ("dead_fraction", lambda a: (a == 0).all(dim=1).double().mean(), "dim=0"),
    ("dropout", lambda x, keep, rate: x * keep, "Nothing is scaled"),
    ("dropout", lambda x, keep, rate: x * keep / rate, "divided by the rate"),
    ("dropout", lambda x, keep, rate: x * keep * (1 - rate), "multiplied"),
    ("dropout", lambda x, keep, rate: x * (1 - keep) / (1 - rate), "wrong ones"),
    ("dropout", lambda x, keep, rate: x * keep * 4, "rate 0.75 only"),
    ("dropout_noise", NOISE | {"mean": 0.2}, "without scaling"),
    ("dropout_noise", NOISE | {"standard deviation": 4}, "variance"),
    ("dropout_noise", NOISE | {"standard deviation": 5**0.5}, "subtract the squared mean"),
    ("residual", lambda f, x: torch.relu(f(x)), "skip is missing"),
    ("residual", lambda f, x: torch.relu(f(x) + x), "cuts the identity"),
    ("residual", lambda f, x: f(x) + x, "ReLU is missing"),
    ("residual", lambda f, x: torch.relu(f(x)) + x, "raise it"),
    ("gradient_factors", FACTORS | {"plain": 9.6}, "not 0.4 times 24"),
    ("gradient_factors", FACTORS | {"plain": 2.5**24}, "shrinks"),
    ("gradient_factors", FACTORS | {"residual": 28.8}, "to the power"),
    ("p_first_smaller", lambda p, q: joint(p, q).triu(1).sum(dim=(1, 2)), "Ties are missing"),
    ("p_first_smaller", lambda p, q: joint(p, q).tril().sum(dim=(1, 2)), "other way round"),
    ("p_first_smaller", lambda p, q: (p.argmax(1) <= q.argmax(1)).float(), "hard head"),
    ("p_first_smaller", lambda p, q: joint(p, q).sum(dim=(1, 2)), "over all pairs"),
    ("audit", {6, 10}, "2 of 3 found. One line is outside the loop"),
    ("audit", {1, 10}, "how it is standardised"),
    ("audit", {1, 6}, "choose the epoch"),
    ("audit", {1, 5, 6, 10}, "Line 5 is right"),
    ("audit", 1, "set of line numbers"),
    ("batch_weight", 0.25, "other way round"),
    ("batch_weight", 8, "size of the last batch"),
    ("false_alarms", ALARMS | {"average": 38}, "How many are wrong?"),
    ("false_alarms", ALARMS | {"at least one": 2.0}, "cannot simply be added"),
    ("false_alarms", ALARMS | {"at least one": 0.95**40}, "no false alarm at all"),
    ("false_alarms", ALARMS | {"at least one": 1 - 0.05**40}, "all of them are wrong"),
    ("honest_winner", lambda s, c: (s.mean().idxmax(), s.drop(c)[s.mean().idxmax()].mean()), "must not choose"),
    ("honest_winner", lambda s, c: (s.loc[c].mean().idxmax(), s.loc[c].mean().max()), "has the luck in it"),
    ("honest_winner", lambda s, c: (s.loc[c].mean().idxmax(), s[s.loc[c].mean().idxmax()].mean()), "all rounds"),
    ("honest_winner", lambda s, c: (s.loc[c].mean().idxmax(), s.drop(c).mean().max()), "chosen only once"),
    ("honest_winner", lambda s, c: ("a", 71.0), "use `choose`"),
    ("honest_winner", lambda s, c: "a", "two things"),
    ("ignorant", IGNORANT | {"P": 0.5}, "without ties"),
    ("ignorant", IGNORANT | {"P": 0.45}, "i = j"),
    ("ignorant", IGNORANT | {"sum": 1.0}, "more than 1"),
]


@pytest.mark.parametrize("name", SOLUTIONS)
def test_the_solution_passes(name):
    verdict = getattr(checks, name)(SOLUTIONS[name])
    assert verdict.passed, verdict


@pytest.mark.parametrize(("name", "answer", "cause"), WRONG)
def test_a_wrong_answer_is_told_its_cause(name, answer, cause):
    verdict = getattr(checks, name)(answer)
    assert not verdict.passed
    assert cause in verdict.message


@pytest.mark.parametrize("name", SOLUTIONS)
def test_a_blank_stub_is_told_to_begin(name):
    blank = lambda *arguments: ...  # noqa: E731
    right = SOLUTIONS[name]
    stub = dict.fromkeys(right, ...) if isinstance(right, dict) else blank if callable(right) else ...
    verdict = getattr(checks, name)(stub)
    assert not verdict.passed
    assert verdict.message == checks.EMPTY


def test_a_verdict_shows_itself_escaped():
    assert "&lt;b&gt;" in checks.Verdict(False, "<b>")._repr_html_()
