"""Checks of the chapter on a first network."""

from collections.abc import Callable

import torch
from scipy.stats import ttest_1samp
from torch import Tensor

from lib.checks.verdict import check, require
from lib.layers import Layer
from lib.models import PairNetwork


@check
def pair_parameters(answer: int) -> str:
    """A first network: the weights of 392 → 100 → 2, counted by hand."""
    require(isinstance(answer, int), "Give a whole number.")
    right = PairNetwork((Layer(100), Layer(2, then=""))).size()
    require(answer != right - 102, "You left out the biases: every unit has one.")
    require(answer != 196 * 100 + 100 + 202, "The network sees both images: 2 × 14 × 14 inputs, not 14 × 14.")
    require(answer != 101 * 393, "Count the two layers one after the other: 392 → 100, then 100 → 2.")
    require(answer != 393 * 100, "That is the first layer. Now add the second, 100 → 2.")
    require(answer not in (right - 2, right - 100), "One of the two layers is missing its biases.")
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
    low, high = ttest_1samp((a - b).numpy(), 0).confidence_interval(0.95)  # the exercise asks for 95 %
    width, centre = given[1] - given[0], given.mean()
    require(bool(width > 0), "The lower bound comes first. Return mean − …, mean + …, not a mean and a half width.")
    half, n = (high - low) / 2, len(a)
    factor = half * n**0.5 / float((a - b).std())  # Student's t
    require(bool((width - 2 * half / factor).abs() > 1e-3), "The factor t is missing.")
    require(bool((width - 2 * half / n**0.5).abs() > 1e-3), "You divided by n: it is the root of n.")
    require(bool((centre + (a - b).mean()).abs() > 1e-6), "The sign is turned round: the difference is a − b.")
    require(bool((centre - (a - b).mean()).abs() < 1e-6), "The interval should have the mean of a − b in its middle.")
    normal = 2 * 1.96 * (a - b).std() / len(a) ** 0.5
    require(bool((width - normal).abs() > 1e-3), "You used 1.96. With few rounds, take Student's t with n − 1 degrees.")
    spread = (high - low) * len(a) ** 0.5
    require(
        bool((width - spread).abs() > 1e-3), "Divide the standard deviation by √n: this is an interval of the mean."
    )
    apart = (high - low) * ((a.var() + b.var()) ** 0.5 / (a - b).std())
    require(bool((width - apart).abs() > 1e-2), "You treated a and b as unrelated. Take the differences first.")
    require(bool((width - (high - low)).abs() < 1e-6), "The width is off. It is 2 · t · sd(a − b) / √n, sd with n − 1.")
    return "The same interval as compare.paired gives."
