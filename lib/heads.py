"""Heads without weights: what is known about ≤, built in. Each reads what the two branches say, side by side."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot

from lib.values import Value

DIGITS = 10


@dataclass(frozen=True)
class Hard(Value):
    """The comparison is made on the two most likely digits. No gradient passes: only a digit loss can train this."""

    def build(self) -> nn.Module:
        return HardComparison()


@dataclass(frozen=True)
class Probability(Value):
    """P(first ≤ second), exactly, from the probabilities of the digits that the two branches give."""

    def build(self) -> nn.Module:
        return ProbabilityComparison()


@dataclass(frozen=True)
class Score(Value):
    """Each branch gives its image one number; the difference of the two is the logit. (RankNet, Burges et al. 2005.)"""

    def build(self) -> nn.Module:
        return ScoreComparison()


class HardComparison(nn.Module):
    """(n, 20) digit logits → (n, 1): a large logit either way, and no gradient."""

    def forward(self, digits: Tensor) -> Tensor:
        first, second = digits.detach().view(-1, 2, DIGITS).argmax(dim=2).unbind(dim=1)
        return torch.where(first <= second, 10.0, -10.0).unsqueeze(1)


class ProbabilityComparison(nn.Module):
    """(n, 20) digit logits → (n, 2): log P(first > second) and log P(first ≤ second).

    With digit probabilities p and q, P(first ≤ second) is the sum of p_i · q_j over all i ≤ j. It is summed as
    logarithms, so that a probability near 0 keeps its gradient. There is nothing to learn here.
    """

    def forward(self, digits: Tensor) -> Tensor:
        p, q = digits.view(-1, 2, DIGITS).log_softmax(dim=2).unbind(dim=1)  # (n, 10) each
        joint = p.unsqueeze(2) + q.unsqueeze(1)  # (n, 10, 10): log of p_i · q_j
        smaller = torch.ones(DIGITS, DIGITS, dtype=torch.bool, device=digits.device).triu()  # i ≤ j
        return torch.stack([joint[:, ~smaller].logsumexp(dim=1), joint[:, smaller].logsumexp(dim=1)], dim=1)


class ScoreComparison(nn.Module):
    """(n, 2) scores → (n, 1): the second minus the first. Equal digits get equal scores, so P(≤) = ½ for them."""

    def forward(self, scores: Tensor) -> Tensor:
        return scores[:, 1:] - scores[:, :1]


def one_hot_argmax(digits: Tensor) -> Tensor:
    """(n, 2, 10) → (n, 2, 10): 1 at the largest, 0 elsewhere; no gradient passes."""
    return one_hot(digits.argmax(dim=2), DIGITS).to(digits)
