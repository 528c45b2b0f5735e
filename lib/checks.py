"""Checks for the exercises. Each returns a Verdict that shows itself; a failure names its likely cause."""

import functools
import html
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from lib import compare, models

EMPTY = "Nothing to check yet: put your answer in place of the ..."


@dataclass(frozen=True)
class Verdict:
    """The result of a check: ``passed``, and what to tell the learner."""

    passed: bool
    message: str

    def __repr__(self) -> str:
        return f"{'✓' if self.passed else '✗'} {self.message}"

    def _repr_html_(self) -> str:
        kind = "passed" if self.passed else "open"
        return f'<p class="check {kind}">{html.escape(repr(self))}</p>'


class Wrong(Exception):
    """Raised inside a check; its text names the likely cause."""


def check(body: Callable[..., str]) -> Callable[..., Verdict]:
    """Turn ``body``, which returns praise or raises Wrong, into a check that always returns a Verdict."""

    @functools.wraps(body)
    def checked(answer: object) -> Verdict:
        if answer is None or answer is ...:
            return Verdict(False, EMPTY)
        try:
            return Verdict(True, body(answer))
        except Wrong as wrong:
            return Verdict(False, str(wrong))
        except NotImplementedError:
            return Verdict(False, EMPTY)
        except Exception as error:  # whatever the learner's own code raises is part of the answer
            return Verdict(False, f"Your code stopped with {type(error).__name__}: {error}")

    return checked


def require(condition: bool, cause: str) -> None:
    if not condition:
        raise Wrong(cause)


def returned(value: object, shape: tuple[int, ...]) -> Tensor:
    """``value`` as a tensor of ``shape``; an unfinished or misshapen answer is Wrong."""
    if value is None or value is ...:
        raise NotImplementedError
    require(isinstance(value, Tensor), f"Return a tensor, not {type(value).__name__}.")
    require(value.shape == shape, f"The shape should be {shape}, but it is {tuple(value.shape)}.")
    return value


@check
def target(answer: Callable[[Tensor], Tensor]) -> str:
    """The task: ``answer(digits)``, (n, 2) → (n,) int64, 1 where the first ≤ the second."""
    digits = torch.cartesian_prod(torch.arange(10), torch.arange(10))  # all 100 pairs
    first, second = digits.unbind(dim=1)
    given = returned(answer(digits), (100,))
    require(given.dtype != torch.bool, "These are booleans. cross_entropy wants class numbers: add .long().")
    require(not torch.equal(given, (first < second).long()), "Look at ties: 4 ≤ 4 is true, your answer says 0.")
    require(not torch.equal(given, (first >= second).long()), "The comparison is turned round: first ≤ second is 1.")
    require(torch.equal(given, (first <= second).long()), "Some pairs are wrong. Print digits next to your answer.")
    require(given.dtype == torch.int64, f"The type is {given.dtype}; class numbers are int64: add .long().")
    return "All 100 pairs are right, ties included."


@check
def standardise(answer: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]) -> str:
    """The task: ``answer(train, test)`` → both standardised by the training set alone."""
    random = torch.Generator().manual_seed(0)
    train = 50 + 20 * torch.randn(40, 2, 14, 14, generator=random)
    test = 80 + 10 * torch.randn(30, 2, 14, 14, generator=random)
    result = answer(train.clone(), test.clone())
    if result is None or result is ...:
        raise NotImplementedError
    require(isinstance(result, tuple) and len(result) == 2, "Return two tensors: train, test.")
    new_train, new_test = returned(result[0], train.shape), returned(result[1], test.shape)
    mean, std = train.mean(), train.std()
    close = functools.partial(torch.allclose, rtol=1e-3, atol=1e-3)
    require(not close(new_test.mean(), torch.tensor(0.0)), "Your test set has mean 0: it was standardised by itself.")
    pixelwise = (train - train.mean(dim=0)) / train.std(dim=0)
    require(not close(new_train, pixelwise), "You used one mean for each pixel. Use one number for the whole set.")
    require(
        not close(new_train, train - mean), "You subtracted the mean, but did not divide by the standard deviation."
    )
    require(close(new_train, (train - mean) / std), "The training set should have mean 0 and standard deviation 1.")
    require(close(new_test, (test - mean) / std), "The test set needs the training set's mean and standard deviation.")
    return "Both sets use the training set's two numbers, and nothing leaks from the test set."


@check
def pair_parameters(answer: int) -> str:
    """A first network: the weights of 392 → 100 → 2, counted by hand."""
    require(isinstance(answer, int), "Give a whole number.")
    right = models.parameters(models.Pair((models.Layer(100), models.Layer(2, then=""))))
    require(answer != right - 102, "You left out the biases: every unit has one.")
    require(answer != 196 * 100 + 100 + 202, "The network sees both images: 2 × 14 × 14 inputs, not 14 × 14.")
    require(answer != 101 * 393, "Count the two layers one after the other: 392 → 100, then 100 → 2.")
    require(answer == right, "Each layer has (inputs + 1) × outputs weights, the 1 for the bias. Add both layers.")
    return f"{right} it is; PyTorch counts the same."


@check
def paired_interval(answer: Callable[[Tensor, Tensor], tuple[float, float]]) -> str:
    """A first network: ``answer(a, b)``, two (n,) tensors of accuracies → a 95 % interval of the mean of a − b."""
    a = torch.tensor([80.0, 84, 79, 86, 82, 83], dtype=torch.float64)
    b = torch.tensor([78.5, 81, 78, 83, 80.5, 80], dtype=torch.float64)
    result = answer(a, b)
    if result is None or result is ...:
        raise NotImplementedError
    given = torch.tensor([float(bound) for bound in result], dtype=torch.float64)
    require(given.shape == (2,), "Return two numbers: the lower and the upper bound.")
    low, high = compare.interval((a - b).numpy())
    width, centre = given[1] - given[0], given.mean()
    require(bool((centre + (a - b).mean()).abs() > 1e-6), "The sign is turned round: the difference is a − b.")
    require(bool((centre - (a - b).mean()).abs() < 1e-6), "The interval should have the mean of a − b in its middle.")
    normal = 2 * 1.96 * (a - b).std() / len(a) ** 0.5
    require(bool((width - normal).abs() > 1e-3), "You used 1.96. With six rounds, take Student's t with 5 degrees.")
    spread = (high - low) * len(a) ** 0.5
    require(
        bool((width - spread).abs() > 1e-3), "Divide the standard deviation by √n: this is an interval of the mean."
    )
    apart = (high - low) * ((a.var() + b.var()) ** 0.5 / (a - b).std())
    require(bool((width - apart).abs() > 1e-2), "You treated a and b as unrelated. Take the differences first.")
    require(bool((width - (high - low)).abs() < 1e-6), "The width is off. It is 2 · t · sd(a − b) / √n, sd with n − 1.")
    return "The same interval as compare.paired gives."


@check
def convolution_parameters(answer: dict[str, int]) -> str:
    """Weight sharing: {"convolution": …, "dense": …}, both from 1×14×14 to 16×12×12."""
    require(
        isinstance(answer, dict) and set(answer) == {"convolution", "dense"}, 'Keep the keys "convolution", "dense".'
    )
    if ... in answer.values() or None in answer.values():
        raise NotImplementedError
    convolution, dense = answer["convolution"], answer["dense"]
    require(convolution != 16 * 9, "The convolution also has biases, one for each channel.")
    require(convolution != 16 * 12 * 12 * 10, "The kernel is the same at all 144 places: count it once.")
    require(convolution == 16 * (9 + 1), "The convolution has 16 kernels of 3 × 3 weights, each with a bias.")
    require(dense != 196 * 16 * 144, "The dense layer has biases too, one for each of its 16 · 12 · 12 outputs.")
    require(dense == 197 * 16 * 144, "Every one of the 16 · 12 · 12 outputs sees all 14 · 14 inputs and a bias.")
    return f"{dense // convolution} times fewer weights, for the same number of outputs."


@check
def share(answer: Callable[[nn.Module, Tensor], Tensor]) -> str:
    """Weight sharing: ``answer(branch, images)``, (n, 2, 14, 14) → (n, 2, 10), one branch for both images."""
    random = torch.Generator().manual_seed(0)
    branch = models.Network((models.Layer(10, then=""),), (1, 14, 14), random)
    images = torch.randn(5, 2, 14, 14, generator=random)
    given = returned(answer(branch, images), (5, 2, 10))
    right = torch.stack([branch(images[:, :1]), branch(images[:, 1:])], dim=1)
    require(
        not torch.allclose(given[:, 0], given[:, 1]), "Both outputs are the same: did you use the same image twice?"
    )
    require(not torch.allclose(given, right.flip(1), atol=1e-5), "The two digits are exchanged.")
    mixed = branch(images.transpose(0, 1).reshape(-1, 1, 14, 14)).view(5, 2, 10)
    require(not torch.allclose(given, mixed, atol=1e-5), "Pairs are mixed up: stack along dimension 1, not 0.")
    require(
        torch.allclose(given, right, atol=1e-5), "Output [i, j] should be the branch's answer for image j of pair i."
    )
    return "One branch, used twice: exchange the images, and the outputs exchange."
