"""Checks of the chapter on building knowledge in."""

from collections.abc import Callable

import torch
from torch import Tensor

from lib.checks.verdict import check, require, returned


@check
def p_first_smaller(answer: Callable[[Tensor, Tensor], Tensor]) -> str:
    """``answer(p, q)``, two (n, 10) probabilities → P(first ≤ second), (n,)."""
    random = torch.Generator().manual_seed(0)
    p, q = torch.randn(2, 7, 10, generator=random).softmax(dim=2)
    given = returned(answer(p, q), (7,))
    joint = p[:, :, None] * q[:, None, :]
    close = lambda value: torch.allclose(given, value, atol=1e-5)  # noqa: E731
    require(not close(joint.triu(1).sum(dim=(1, 2))), "Ties are missing: 4 ≤ 4 is true. The diagonal belongs to it.")
    require(not close(joint.tril().sum(dim=(1, 2))), "The other way round: this is P(first ≥ second).")
    require(not close(joint.tril(-1).sum(dim=(1, 2))), "This is P(first > second): take the other triangle.")
    require(not close((p.argmax(1) <= q.argmax(1)).float()), "That is the hard head: it throws the doubt away.")
    require(not close(joint.sum(dim=(1, 2))), "You summed over all pairs, which gives 1: only those with i ≤ j.")
    require(close(joint.triu().sum(dim=(1, 2))), "The values are off: sum p_i · q_j over all i ≤ j.")
    return "Exact, with no weight to learn."


@check
def ignorant(answer: dict[str, float]) -> str:
    """{"P": …, "sum": …} of a network that gives every digit 0.1."""
    require(isinstance(answer, dict) and set(answer) == {"P", "sum"}, 'Keep the keys "P" and "sum".')
    if any(value is ... or value is None for value in answer.values()):
        raise NotImplementedError
    p, both = float(answer["P"]), float(answer["sum"])
    require(abs(p - 0.5) > 1e-6, "½ would be right without ties: ten of the hundred pairs are ties, and count.")
    require(abs(p - 0.45) > 1e-6, "45 pairs have i < j. Those with i = j count, too.")
    require(abs(p - 0.55) < 1e-6, "55 of the 100 equally likely pairs have i ≤ j.")
    require(abs(both - 1) > 1e-6, "The ties are in both directions, so the sum is more than 1.")
    require(abs(both - 1.1) < 1e-6, "It is 0.55 twice.")
    return "0.55 is what always saying yes gets right, too. The sum is 1 + P(tie)."
