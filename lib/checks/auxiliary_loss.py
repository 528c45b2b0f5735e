"""Checks of the chapter on auxiliary losses."""

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, one_hot

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
    require(not close(2 / 3), "Two losses of three, but they are not equally large: guessing among ten costs more.")
    require(not close(20 / 22), "You counted the classes. The loss is the logarithm of their number.")
    require(not close(two / (two + 2 * ten)), "That is the comparison's share: take it from 1.")
    require(close(2 * ten / (2 * ten + two)), "Guessing costs ln 2 on the comparison and ln 10 on each digit.")
    return "At the start, nearly nine tenths of the loss that you see is digit loss."


@check
def total_loss(answer: Callable[[Tensor, Tensor, Pairs, float], Tensor]) -> str:
    """``answer(target, digits, pairs, weight)`` → comparison + weight · (first + second), averaged over pairs."""
    random = torch.Generator().manual_seed(0)
    target, digits = torch.randn(6, 2, generator=random), torch.randn(6, 2, 10, generator=random)
    pairs = _pairs(random)
    classes = pairs.labels
    logits = target.clone().requires_grad_(), digits.clone().requires_grad_()
    result = returned(answer(*logits, pairs, 0.3), ())
    given = result.detach()
    comparison = cross_entropy(target, pairs.target)
    first, second = (cross_entropy(digits[:, i], classes[:, i]) for i in (0, 1))
    both = first + second
    causes = {
        "The weight does not matter in your loss: multiply the digit losses by it.": comparison + both,
        "Your loss counts the auxiliary part half: add the two digit losses.": comparison + 0.15 * both,
        "Your loss counts the auxiliary part twice.": comparison + 0.6 * both,
        "The weight belongs to the digit losses, not to the comparison.": 0.3 * comparison + both,
        "The comparison is missing, and it is what the network is for.": 0.3 * both,
        "The weight multiplies the first digit only: put the sum in brackets.": comparison + 0.3 * first + second,
        "Only the first digit has a loss.": comparison + 0.3 * first,
        "Only the second digit has a loss.": comparison + 0.3 * second,
        "This is the sum over the batch; the average is asked for.": 6 * (comparison + 0.3 * both),
    }
    for cause, value in (causes | _softmax_first(target, digits, pairs)).items():
        require(not torch.allclose(given, value, atol=1e-4), cause)
    right = torch.allclose(given, comparison + 0.3 * both, atol=1e-4)
    require(right, "The value is off: add three cross-entropies, those of the digits weighted.")
    require(result.requires_grad, "The value is right, but no gradient comes back: leave out detach() and no_grad().")
    sent = torch.autograd.grad(result, logits, allow_unused=True)
    for name, gradient, wanted in zip(("comparison", "digits"), sent, _gradients(target, digits, pairs), strict=True):
        silent = gradient is None or not bool(gradient.any())
        require(
            not silent,
            f"The value is right, but the {name} would learn nothing: no gradient comes back to those logits. Leave "
            "out detach() and no_grad().",
        )
        same = torch.allclose(gradient, wanted, atol=1e-5)
        require(same, f"The value is right, but the gradient of the logits of the {name} is not.")
    return "The same loss as the library's, and the same gradients."


def _pairs(random: torch.Generator) -> Pairs:
    """Six pairs without images."""
    classes = torch.randint(10, (6, 2), generator=random)
    return Pairs(torch.zeros(6, 2, 14, 14), classes, (classes[:, 0] <= classes[:, 1]).long())


def _softmax_first(target: Tensor, digits: Tensor, pairs: Pairs) -> dict[str, Tensor]:
    """What the loss is where logits went through a softmax before the cross-entropy, by what to say of it."""
    say = "cross_entropy applies the softmax itself: give it the logits of the {}, not their softmax."

    def total(target: Tensor, digits: Tensor) -> Tensor:
        both = sum(cross_entropy(digits[:, i], pairs.labels[:, i]) for i in (0, 1))
        return cross_entropy(target, pairs.target) + 0.3 * both

    soft = target.softmax(dim=1), digits.softmax(dim=2)
    return {
        say.format("digits"): total(target, soft[1]),
        say.format("comparison"): total(soft[0], digits),
        say.format("comparison and of the digits"): total(*soft),
    }


def _gradients(target: Tensor, digits: Tensor, pairs: Pairs) -> tuple[Tensor, Tensor]:
    """Of the loss with weight 0.3, for both kinds of logits: probability minus truth, over n."""
    n = len(target)
    return (
        (target.softmax(dim=1) - one_hot(pairs.target, 2)) / n,
        0.3 * (digits.softmax(dim=2) - one_hot(pairs.labels, 10)) / n,
    )


@check
def loss_gradients(answer: Callable[[Tensor, Tensor, Pairs, float], tuple[Tensor, Tensor]]) -> str:
    """``answer(target, digits, pairs, weight)`` → the gradients of the total loss by both kinds of logits."""
    random = torch.Generator().manual_seed(0)
    target, digits = torch.randn(6, 2, generator=random), torch.randn(6, 2, 10, generator=random)
    pairs = _pairs(random)
    result = answer(target.clone(), digits.clone(), pairs, 0.3)
    if result is None or result is ...:
        raise NotImplementedError
    require(isinstance(result, tuple | list) and len(result) == 2, "Return two tensors: for target, and for digits.")
    by_target, by_digits = returned(result[0], (6, 2)).detach(), returned(result[1], (6, 2, 10)).detach()
    right = _gradients(target, digits, pairs)
    both = (by_target, by_digits)

    def close(*values: Tensor) -> bool:
        return all(torch.allclose(one, value, atol=1e-5) for one, value in zip(both, values, strict=True))

    require(not close(-right[0], -right[1]), "The signs are reversed: it is probability − truth.")
    require(not close(6 * right[0], 6 * right[1]), "Divide by n: the loss is a mean over the pairs of the batch.")
    for name, one, its in zip(("target", "digits"), both, right, strict=True):
        truth = one_hot(pairs.target, 2) / 6 if name == "target" else 0.3 * one_hot(pairs.labels, 10) / 6
        missing = torch.allclose(one, its + truth, atol=1e-5)
        require(not missing, f"The truth is missing from the gradient of {name}: take 1 from the right class.")
    require(
        not torch.allclose(by_target, 0.3 * right[0], atol=1e-5), "The weight does not belong to the comparison's part."
    )
    require(torch.allclose(by_target, right[0], atol=1e-5), "The gradient of target is off: softmax over the 2 logits.")
    causes = {
        "The weight is missing from the gradient of digits.": right[1] / 0.3,
        "You divided the digits' part by 2n. Each of the two losses is a mean of its own, over n pairs.": right[1] / 2,
        "The softmax of the digits runs over the wrong dimension: it belongs over the ten classes, the last one.": 0.3
        * (digits.softmax(dim=1) - one_hot(pairs.labels, 10))
        / 6,
    }
    for cause, value in causes.items():
        require(not torch.allclose(by_digits, value, atol=1e-5), cause)
    require(torch.allclose(by_digits, right[1], atol=1e-5), "The gradient of digits is off: w · (p − truth) / n.")
    return "The same as autograd's: two tasks, and w scales the gradient of one."
