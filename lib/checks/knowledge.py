"""Checks of the chapter on building knowledge in."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from lib.checks.verdict import check, require, returned


@check
def p_first_smaller(answer: Callable[[Tensor, Tensor], Tensor]) -> str:
    """``answer(p, q)``, two (n, 10) probabilities → P(first ≤ second), (n,)."""
    random = torch.Generator().manual_seed(0)
    p, q = torch.randn(2, 7, 10, generator=random).softmax(dim=2)
    given = returned(answer(p, q), (7,))
    joint = p[:, :, None] * q[:, None, :]

    def close(value: Tensor) -> bool:
        return torch.allclose(given, value, atol=1e-5)

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


@check
def changed(answer: Callable[[nn.Module, Callable[[], None]], list[str]]) -> str:
    """``answer(module, train)`` → the names of the weights of ``module`` that ``train()`` changes."""
    module = nn.Sequential(nn.Linear(3, 2), nn.Linear(2, 2), nn.Linear(2, 1))
    module[0].requires_grad_(False)
    calls = []

    def train() -> None:
        calls.append(module)
        _move_some(module)

    given = answer(module, train)
    if given is None or given is ...:
        raise NotImplementedError
    require(bool(calls), "You never called train(), so nothing could change.")
    require(len(calls) == 1, "Call train() once: a second call changes the weights again.")
    require(not isinstance(given, bool | str), "Return the names of all changed weights, in a list.")
    names, every = {str(name) for name in given}, {name for name, _ in module.named_parameters()}
    right = {"1.weight", "1.bias", "2.bias"}
    require(names <= every, f"{min(names - every, default='')} is no name that module.named_parameters() gives.")
    require(bool(names), "Nothing has changed, you say. Did you keep copies? A tensor that you keep moves, too.")
    require(names != every - right, "These are the weights that stayed as they were.")
    require("2.weight" not in names, "2.weight may move (requires_grad), but it did not: compare the values.")
    require("1.weight" in names, "The rows of 1.weight changed places: the sum is the same, the values are not.")
    require(names == right, f"Not quite: {', '.join(sorted(right))} have changed.")
    return "This test would have told E at once that its freeze froze nothing."


def _move_some(module: nn.Sequential) -> None:
    """Training that leaves the frozen first layer as it is, and the last weight, though that one may move."""
    weights = dict(module.named_parameters())
    with torch.no_grad():
        weights["1.weight"].copy_(weights["1.weight"].flip(0))  # other values, the same sum
        weights["1.bias"].add_(1)
        weights["2.bias"].sub_(1)
