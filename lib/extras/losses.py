"""Losses that are more than a weighted sum."""

from dataclasses import dataclass

import torch
from torch import Tensor

from lib.data import Pairs
from lib.models import Output
from lib.recipes import Loss


@dataclass(frozen=True)
class Alternating(Loss):
    """For every batch one of the two losses, the comparison's or the digits', at random. (E's PreTrainRandom.)"""

    def __call__(self, output: Output, pairs: Pairs, generator: torch.Generator | None = None) -> Tensor:
        comparison, digits = self.comparison(output, pairs), self.digits(output, pairs)
        return comparison if torch.rand((), generator=generator) < 0.5 else digits


@dataclass(frozen=True)
class Balanced(Loss):
    """Beside the weighted sum a term that needs no label, weighted by ``balance``.

    The ten digits are about equally frequent, so a batch's mean reading should be uniform: KL(mean reading ‖ uniform).
    """

    balance: float = 1.0

    def __call__(self, output: Output, pairs: Pairs, generator: torch.Generator | None = None) -> Tensor:
        if output.digits is None:
            raise ValueError("the balance needs a network with digit outputs: give it a digit_head")
        used = output.digits.softmax(dim=2).mean(dim=(0, 1))  # (10,): how often each digit is read
        divergence = (used * (10 * used + 1e-9).log()).sum()  # finite at 0, too
        return super().__call__(output, pairs, generator) + self.balance * divergence
