"""Checks of the chapter on auxiliary losses."""

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from lib.checks.verdict import check, require, returned
from lib.data import Pairs


@check
def digit_share(answer: float) -> str:
    """The share of the two digit losses in the total loss of a network that knows nothing, with weight 1."""
    two, ten = math.log(2), math.log(10)
    answer = float(answer)
    require(0 < answer < 1, "A share lies between 0 and 1.")

    def close(value: float) -> bool:
        return abs(answer - value) < 0.005

    require(not close(ten / (ten + two)), "There are two digits, and each has its own loss.")
    require(not close(20 / 22), "You counted the classes. The loss is the logarithm of their number.")
    require(not close(two / (two + 2 * ten)), "That is the comparison's share: take it from 1.")
    require(close(2 * ten / (2 * ten + two)), "Guessing costs ln 2 on the comparison and ln 10 on each digit.")
    return "Nearly nine tenths of the number that you see falling is digit loss."


@check
def total_loss(answer: Callable[[Tensor, Tensor, Pairs, float], Tensor]) -> str:
    """``answer(target, digits, pairs, weight)`` → comparison + weight · (first + second), averaged over pairs."""
    random = torch.Generator().manual_seed(0)
    target, digits = torch.randn(6, 2, generator=random), torch.randn(6, 2, 10, generator=random)
    classes = torch.randint(10, (6, 2), generator=random)
    pairs = Pairs(torch.zeros(6, 2, 14, 14), classes, (classes[:, 0] <= classes[:, 1]).long())
    given = returned(answer(target, digits, pairs, 0.3), ())
    comparison = cross_entropy(target, pairs.target)
    first, second = (cross_entropy(digits[:, i], classes[:, i]) for i in (0, 1))
    both = first + second
    causes = {
        "The weight does not matter in your loss: multiply the digit losses by it.": comparison + both,
        "Your loss counts the auxiliary part half: add the two digit losses.": comparison + 0.15 * both,
        "Your loss counts the auxiliary part twice.": comparison + 0.6 * both,
        "The weight belongs to the digit losses, not to the comparison.": 0.3 * comparison + both,
        "The comparison is missing: it is what the network is for.": 0.3 * both,
        "The weight stands before the first digit only: put brackets.": comparison + 0.3 * first + second,
        "Only the first digit has a loss.": comparison + 0.3 * first,
        "Only the second digit has a loss.": comparison + 0.3 * second,
        "This is the sum over the batch; the average is asked for.": 6 * (comparison + 0.3 * both),
    }
    for cause, value in causes.items():
        require(not torch.allclose(given, value, atol=1e-4), cause)
    right = torch.allclose(given, comparison + 0.3 * both, atol=1e-4)
    require(right, "The value is off: add three cross-entropies, those of the digits weighted.")
    return "The same loss as the library's."
