"""Checks of the chapter on the task."""

import functools
from collections.abc import Callable

import torch
from torch import Tensor

from lib.checks.verdict import check, require, returned


@check
def target(answer: Callable[[Tensor], Tensor]) -> str:
    """The task: ``answer(digits)``, (n, 2) → (n,) int64, 1 where the first ≤ the second."""
    digits = torch.cartesian_prod(torch.arange(10), torch.arange(10))  # all 100 pairs
    first, second = digits.unbind(dim=1)
    given = returned(answer(digits), (100,))
    require(given.dtype != torch.bool, "These are booleans. cross_entropy wants class numbers: add .long().")
    require(not torch.equal(given, (first < second).long()), "Look at ties: 4 ≤ 4 is true, but your answer says 0.")
    require(
        not torch.equal(given, (first >= second).long()), "The comparison is the wrong way round: first ≤ second is 1."
    )
    require(not torch.equal(given, (first > second).long()), "This is the opposite: 1 stands for first ≤ second.")
    require(torch.equal(given, (first <= second).long()), "Some pairs are wrong. Print digits next to your answer.")
    require(given.dtype == torch.int64, f"The type is {given.dtype}; class numbers are int64: add .long().")
    return "All 100 pairs are right, ties included."


@check
def pairs_needed(answer: float) -> str:
    """The task: how many pairs make the chance spread at 80 % half a point."""
    answer = float(answer)

    def near(value: float) -> bool:
        return abs(answer / value - 1) < 1e-3

    require(answer > 0, "A number of pairs is above 0.")
    require(not near(0.16 / 0.5**2), "Half a point of 100 is a fraction of 0.005, not 0.5.")
    require(not near(0.16**0.5 / 0.005), "That is the root of n: square it.")
    require(not near(0.16 / 0.005), "Half a point must be squared, too: it stands opposite a root.")
    require(not near(0.16 / 0.01**2), "That is enough for one point: half a point takes four times as many.")
    require(not near(0.8 / 0.005**2), "The factor 1 − p is missing: p(1 − p) is 0.16.")
    require(not near(0.25 / 0.005**2), "That is for p = ½, where the spread is largest. Here p is 0.8.")
    require(not near(0.2 / 0.005**2), "The factor p is missing: p(1 − p) is 0.16.")
    require(
        not near(0.16 * (1.96 / 0.005) ** 2),
        "That makes a 95 % interval reach half a point to either side. The question is about the standard deviation.",
    )
    require(
        near(0.16 / 0.005**2), "Set the chapter's formula for the standard deviation equal to 0.005, and solve for n."
    )
    return "More than the 5000 pairs that MNIST's whole test set gives."


@check
def standardise(answer: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]) -> str:
    """The task: ``answer(train, test)`` → both standardised by the training set alone."""
    random = torch.Generator().manual_seed(0)
    train = 50 + 20 * torch.randn(40, 2, 14, 14, generator=random)
    test = 80 + 10 * torch.randn(30, 2, 14, 14, generator=random)
    result = answer(train.clone(), test.clone())
    if result is None or result is ...:
        raise NotImplementedError
    require(isinstance(result, tuple | list) and len(result) == 2, "Return both, as in: return train, test.")
    swapped = isinstance(result[0], Tensor) and result[0].shape == test.shape
    require(not swapped, "You returned the test set first: return train, test.")
    new_train, new_test = returned(result[0], train.shape), returned(result[1], test.shape)
    mean, std = train.mean(), train.std()
    close = functools.partial(torch.allclose, rtol=1e-3, atol=1e-3)
    each = (train - train.mean((2, 3), keepdim=True)) / train.std((2, 3), keepdim=True)
    require(not close(new_train, each), "You standardised each image by itself. Use one number for the whole set.")
    by_test = (train - test.mean()) / test.std()
    require(not close(new_train, by_test), "You took both numbers from the test set.")
    require(not close(new_test.mean(), torch.tensor(0.0)), "Your test set has mean 0: it was standardised by itself.")
    require(
        not close(new_test, test) and not close(new_test, test / std),
        "The mean was never subtracted from your test set. If you overwrote train first, its mean was 0 by then: "
        "keep both numbers before you change anything.",
    )
    spread = (train - train.min()) / (train.max() - train.min())
    require(not close(new_train, spread), "That puts the values between 0 and 1: here the mean should become 0.")
    both = torch.cat([train, test])
    pooled = (train - both.mean()) / both.std()
    require(not close(new_train, pooled), "You pooled train and test: that lets the test set decide, too.")
    require(not close(new_train, (train - mean) / train.var()), "You divided by the variance, not by its root.")
    pixelwise = (train - train.mean(dim=0)) / train.std(dim=0)
    require(not close(new_train, pixelwise), "You used one mean for each pixel. Use one number for the whole set.")
    require(
        not close(new_train, train - mean), "You subtracted the mean, but did not divide by the standard deviation."
    )
    require(close(new_train, (train - mean) / std), "The training set should have mean 0 and standard deviation 1.")
    require(close(new_test, (test - mean) / std), "The test set needs the training set's mean and standard deviation.")
    return "Both sets use the training set's two numbers, and nothing leaks from the test set."
