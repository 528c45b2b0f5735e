"""Wrong answers to the exercises of the chapter on the task, beyond those on its page of solutions."""

import pytest
import torch

from lib import checks


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (lambda digits: (digits[:, 0] < digits[:, 1]).long(), "ties"),
        (lambda digits: (digits[:, 0] >= digits[:, 1]).long(), "the wrong way round"),
        (lambda digits: (digits[:, 0] > digits[:, 1]).long(), "opposite"),
        (lambda digits: digits[:, 0] <= digits[:, 1], "booleans"),
        (lambda digits: (digits[:, 0] <= digits[:, 1]).int(), "torch.int32"),
        (lambda digits: (digits[0] <= digits[1]).long(), "shape should be (100,)"),
        (lambda digits: [int(a <= b) for a, b in digits], "Return a tensor, not list"),
        (lambda digits: (digits[:, 0] == digits[:, 1]).long(), "Some pairs are wrong"),
    ],
)
def test_a_wrong_target_is_told_its_cause(answer, cause):
    verdict = checks.target(answer)
    assert not verdict.passed and cause in verdict.message


def test_a_target_may_be_computed_in_any_way():
    assert checks.target(lambda digits: (digits[:, 1] - digits[:, 0] >= 0) * 1).passed
    assert checks.target(lambda digits: torch.where(digits.diff(dim=1)[:, 0] < 0, 0, 1)).passed


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (0.16 / 0.5**2, "0.005, not 0.5"),
        (0.4 / 0.005, "root of n"),
        (0.16 / 0.005, "must be squared"),
        (0.8 / 0.005**2, "factor 1 − p"),
        (0.2 / 0.005**2, "factor p"),
        (0.25 / 0.005**2, "p = ½"),
        (0.16 / 0.01**2, "enough for one point"),
        (0.16 * (1.96 / 0.005) ** 2, "95 % interval"),
        (-6400, "above 0"),
        (3200, "solve for n"),
        ("many", "ValueError"),
    ],
)
def test_a_wrong_number_of_pairs_is_told_its_cause(answer, cause):
    verdict = checks.pairs_needed(answer)
    assert not verdict.passed and cause in verdict.message


def test_points_may_stay_points():
    assert checks.pairs_needed(80 * 20 / 0.5**2).passed


def overwritten(train, test):
    train = (train - train.mean()) / train.std()
    return train, (test - train.mean()) / train.std()


def half_overwritten(train, test):
    train -= train.mean()
    test -= train.mean()
    return train / train.std(), test / train.std()


def by_themselves(*sets):
    return [(x - x.mean()) / x.std() for x in sets]


def by_the_test_set(train, test):
    return (train - test.mean()) / test.std(), (test - test.mean()) / test.std()


def swapped(train, test):
    return (test - train.mean()) / train.std(), (train - train.mean()) / train.std()


def between_0_and_1(train, test):
    low, high = train.min(), train.max()
    return (train - low) / (high - low), (test - low) / (high - low)


def training_alone(train, test):
    return (train - train.mean()) / train.std(), test


def other_spread(train, test):
    return (train - train.mean()) / train.std(), (test - train.mean()) / test.std()


def each_image(*sets):
    return [(x - x.mean((2, 3), keepdim=True)) / x.std((2, 3), keepdim=True) for x in sets]


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (overwritten, "overwrote train first"),
        (half_overwritten, "overwrote train first"),
        (training_alone, "never subtracted from your test set"),
        (by_themselves, "by itself"),
        (by_the_test_set, "both numbers from the test set"),
        (swapped, "test set first"),
        (between_0_and_1, "between 0 and 1"),
        (each_image, "each image"),
        (other_spread, "training set's mean and standard deviation"),
        (lambda train, test: (train / 255, test / 255), "mean 0 and standard deviation 1"),
        (lambda train, test: (train - train.mean(), test - train.mean()), "did not divide"),
    ],
)
def test_a_wrong_standardisation_is_told_its_cause(answer, cause):
    verdict = checks.standardise(answer)
    assert not verdict.passed and cause in verdict.message, verdict


def test_the_standard_deviation_may_divide_by_n():
    def standardise(train, test):
        std = train.std(correction=0)
        return (train - train.mean()) / std, (test - train.mean()) / std

    assert checks.standardise(standardise).passed
