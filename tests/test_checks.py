"""Each check passes its solution, and tells typical wrong answers what is wrong with them."""

import pytest
import scipy.stats
import torch

from lib import checks


def right_target(digits):
    return (digits[:, 0] <= digits[:, 1]).long()


def right_standardise(train, test):
    return (train - train.mean()) / train.std(), (test - train.mean()) / train.std()


def interval(differences, t=None, n=None):
    n = n or len(differences) ** 0.5
    t = t or scipy.stats.t.ppf(0.975, len(differences) - 1)
    half = t * differences.std() / n
    return differences.mean() - half, differences.mean() + half


def right_share(branch, images):
    return torch.stack([branch(images[:, :1]), branch(images[:, 1:])], dim=1)


COUNTS = {"convolution": 160, "dense": 197 * 16 * 144}

SOLUTIONS = {
    "target": right_target,
    "standardise": right_standardise,
    "pair_parameters": 393 * 100 + 101 * 2,
    "paired_interval": lambda a, b: interval(a - b),
    "convolution_parameters": COUNTS,
    "share": right_share,
}

WRONG = [
    ("target", lambda d: (d[:, 0] < d[:, 1]).long(), "ties"),
    ("target", lambda d: (d[:, 0] >= d[:, 1]).long(), "turned round"),
    ("target", lambda d: d[:, 0] <= d[:, 1], "booleans"),
    ("target", lambda d: right_target(d).float(), "int64"),
    ("target", lambda d: right_target(d)[:, None], "shape"),
    ("target", lambda d: d[:, 2], "stopped with IndexError"),
    ("standardise", lambda a, b: ((a - a.mean()) / a.std(), (b - b.mean()) / b.std()), "by itself"),
    ("standardise", lambda a, b: (a - a.mean(), b - a.mean()), "did not divide"),
    ("standardise", lambda a, b: ((a - a.mean(0)) / a.std(0), (b - a.mean(0)) / a.std(0)), "each pixel"),
    ("standardise", lambda a, b: a, "two tensors"),
    ("pair_parameters", 392 * 100 + 100 * 2, "biases"),
    ("pair_parameters", 197 * 100 + 202, "both images"),
    ("pair_parameters", "many", "whole number"),
    ("paired_interval", lambda a, b: interval(b - a), "turned round"),
    ("paired_interval", lambda a, b: interval(a - b, t=1.96), "1.96"),
    ("paired_interval", lambda a, b: interval(a - b, n=1), "√n"),
    ("convolution_parameters", COUNTS | {"convolution": 144}, "biases"),
    ("convolution_parameters", COUNTS | {"convolution": 144 * 160}, "once"),
    ("convolution_parameters", COUNTS | {"dense": 196 * 16 * 144}, "biases"),
    ("share", lambda f, x: torch.stack([f(x[:, :1]), f(x[:, :1])], 1), "same image twice"),
    ("share", lambda f, x: right_share(f, x.flip(1)), "exchanged"),
    ("share", lambda f, x: f(x.transpose(0, 1).reshape(-1, 1, 14, 14)).view(-1, 2, 10), "mixed up"),
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
    stub = {"pair_parameters": ..., "convolution_parameters": {"convolution": ..., "dense": ...}}.get(name, blank)
    verdict = getattr(checks, name)(stub)
    assert not verdict.passed
    assert verdict.message == checks.EMPTY


def test_a_verdict_shows_itself_escaped():
    assert "&lt;b&gt;" in checks.Verdict(False, "<b>")._repr_html_()
