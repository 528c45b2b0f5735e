"""Checks of the chapter on building knowledge in."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from lib.checks.verdict import check, require, returned


@check
def sum_head(answer: type[nn.Module] | nn.Module) -> str:
    """``answer()``, a module: (n, 20), ten logits for each of two digits → (n, 19), the logarithms of P(sum = 0), …"""
    head = answer() if isinstance(answer, type) else answer
    require(isinstance(head, nn.Module), "Hand in a class like the chapter's: class SumHead(nn.Module).")
    logits = 2 * torch.randn(7, 20, generator=torch.Generator().manual_seed(0))
    given, gradient = _given_and_sent(head, logits)
    _require_log_probabilities(given, logits)
    require(not list(head.parameters()), "The values are right, but this head has weights: there is nothing to learn.")
    require(bool(gradient.any()), "The values are right, but no gradient passes: a detach, item or no_grad cuts it.")
    right = _given_and_sent(_right_sums, logits)[1]
    reaches = torch.allclose(gradient, right, atol=1e-5)
    require(reaches, "The values are right, but the gradient does not reach both digits whole: what cuts it?")
    extreme = torch.full((1, 20), -200.0).index_fill(1, torch.tensor([0, 10]), 200.0)
    if head(extreme).isfinite().all():
        return "Right, and its logarithms stay finite for a branch that is very sure: its gradient survives."
    return "Right: digits can be learned from sums. (For a very sure branch it gives −inf, which logsumexp avoids.)"


def _given_and_sent(head: Callable[[Tensor], Tensor], logits: Tensor) -> tuple[Tensor, Tensor]:
    """What ``head`` gives, (7, 19), and the gradient that a loss sends through it: zeros where none passes."""
    logits = logits.clone().requires_grad_()
    given = returned(head(logits), (7, 19))
    if given.requires_grad:
        cross_entropy(given, torch.arange(7) + 3).backward()
    return given.detach(), torch.zeros_like(logits) if logits.grad is None else logits.grad


def _right_sums(logits: Tensor) -> Tensor:
    p, q = logits.view(-1, 2, 10).softmax(dim=2).unbind(dim=1)
    return _of_sums(p[:, :, None] * q[:, None, :]).log()


def _of_sums(table: Tensor) -> Tensor:
    """(n, 10, 10) → (n, 19): each number added up with all whose row and column have the same sum."""
    place = (torch.arange(10)[:, None] + torch.arange(10)).flatten()
    return torch.zeros(len(table), 19).index_add(1, place, table.flatten(1))


def _require_log_probabilities(given: Tensor, logits: Tensor) -> None:
    """That the values are right, or the likely cause why they are not."""

    def close(value: Tensor) -> bool:
        return torch.allclose(given, value, atol=1e-4, equal_nan=True)

    def outer(p: Tensor, q: Tensor) -> Tensor:
        return p[:, :, None] * q[:, None, :]

    right, (p, q) = _right_sums(logits), logits.view(-1, 2, 10).softmax(dim=2).unbind(dim=1)
    require(not close(right.exp()), "These are the probabilities: cross-entropy expects their logarithms.")
    require(
        not close(_of_sums(outer(*logits.softmax(1).split(10, 1))).log()),
        "Your softmax runs over all 20 logits: each digit has ten of its own.",
    )
    raw = _of_sums(outer(*logits.split(10, 1)))
    require(
        not (close(raw.log()) or close(raw)),
        "Logits are not probabilities: each digit's ten go through a softmax first.",
    )
    require(not given.isnan().any(), "Some numbers are nan: what did you take the logarithm of?")
    require(
        not close(_right_sums(logits.view(-1, 10, 2).mT.flatten(1))),
        "The first ten logits are the first digit's: view them as (n, 2, 10).",
    )
    require(
        not close(_of_sums(outer(p, q.flip(1))).log()),
        "These are the differences, first − second: the sum 3 is 0 + 3, 1 + 2, 2 + 1, 3 + 0.",
    )
    require(
        not close(right.exp().cumsum(1).log()),
        "These are P(sum ≤ 0), P(sum ≤ 1), …: give the probability of each sum alone.",
    )
    logarithms = p.log()[:, :, None] + q.log()[:, None, :]
    require(
        not close(_of_sums(logarithms)), "You added up logarithms: add up the probabilities, then take the logarithm."
    )
    require(
        not (given.exp() > 0.999).any(dim=1).all(), "That is the hard head: it throws the doubt away, and the gradient."
    )
    require(close(right), "The values are off: P(sum = s) is the sum of p_i · q_j over all i + j = s.")


@check
def ignorant(answer: dict[str, float]) -> str:
    """{"P": …, "sum": …, "0 after yes": …} of a network that gives every digit 0.1."""
    keys = {"P", "sum", "0 after yes"}
    require(isinstance(answer, dict) and set(answer) == keys, 'Keep the keys "P", "sum" and "0 after yes".')
    if any(value is ... or value is None for value in answer.values()):
        raise NotImplementedError
    p, both, after = (float(answer[key]) for key in ("P", "sum", "0 after yes"))
    require(p <= 1, "A probability is at most 1: in %, divide by 100.")
    require(abs(p - 0.5) > 1e-6, "½ would be right without ties: ten of the hundred pairs are ties, and count.")
    require(abs(p - 0.45) > 1e-6, "45 pairs have i < j. Those with i = j count, too.")
    require(abs(p - 0.55) < 1e-6, "55 of the 100 equally likely pairs have i ≤ j.")
    require(abs(both - 1) > 1e-6, "The ties are in both directions, so the sum is more than 1.")
    require(abs(both - 1.1) < 1e-6, "It is 0.55 twice.")
    _require_after_yes(after)
    return "0.55 is what always saying yes gets right, too. The sum is 1 + P(tie)."


def _require_after_yes(after: float) -> None:
    def near(value: float) -> bool:
        return abs(after - value) < 2e-3

    require(not near(0.1), "0.1 is P(0), and P(0 and yes), too: divide by P(yes), because only the yes cases are left.")
    require(not near(0.2), "9 of 45 leaves out the ties: 0 ≤ 0 is a yes, too.")
    require(not near(1 / 55), "That is one pair of the 55. How many second digits go with a first digit 0?")
    mean = sum(0.1 / (j + 1) for j in range(10))
    require(not near(mean), "After a yes, the second digits are not equally likely: count pairs, not digits.")
    require(near(10 / 55), "Of the 55 pairs that say yes, how many begin with 0?")


@check
def changed(answer: Callable[[nn.Module, Callable[[], None]], list[str]]) -> str:
    """``answer(module, train)`` → the names of the weights of ``module`` that ``train()`` changes."""
    module = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2), nn.Linear(2, 2), nn.Linear(2, 1))
    module[0].requires_grad_(False)
    with torch.no_grad():  # numbers whose sum is the same in any order, to the last digit
        module.get_parameter("2.weight").copy_(torch.tensor([[1.0, 2], [3, 4]]))
    calls = []

    def train() -> None:
        calls.append(module)
        _move_some(module)

    given = answer(module, train)
    if given is None or given is ...:
        raise NotImplementedError
    require(bool(calls), "You never called train(), so nothing could change.")
    require(len(calls) == 1, "Call train() once: a second call changes the weights again.")
    require(not isinstance(given, bool | str | Tensor), "Return the names of all changed weights, in a list.")
    _require_names({str(name) for name in given}, module)
    return "This test would have told E at once that its freeze froze nothing."


def _require_names(names: set[str], module: nn.Module) -> None:
    """That these are the weights that ``_move_some`` changes, or the likely cause why they are not."""
    every, right = {name for name, _ in module.named_parameters()}, {"1.weight", "2.weight", "2.bias", "3.bias"}
    counted = min(names & {name for name, _ in module.named_buffers()}, default="")
    require(not counted, f"{counted} is no weight: batch norm keeps it without any gradient. Use named_parameters().")
    require(names <= every, f"{min(names - every, default='')} is not a name that module.named_parameters() gives.")
    require(bool(names), "Nothing has changed, you say. Did you keep copies? A tensor that you keep moves, too.")
    require(names != every - right, "These are the weights that stayed as they were.")
    require("3.weight" not in names, "3.weight may move (requires_grad), but it did not: compare the values.")
    require("2.weight" in names, "The rows of 2.weight changed places: the sum is the same, the values are not.")
    require("2.bias" in names, "One number of 2.bias has changed and the other has not: one is enough.")
    require("1.weight" in names, "1.weight moved by a millionth. Something like allclose takes small steps for none.")
    require(names == right, f"Not quite: {', '.join(sorted(right))} have changed.")


def _move_some(module: nn.Sequential) -> None:
    """Training that leaves the frozen first layer as it is, and some weights that may move; batch norm counts along."""
    weights = dict(module.named_parameters())
    with torch.no_grad():
        module(torch.randn(8, 3, generator=torch.Generator().manual_seed(1)))
        weights["1.weight"].mul_(1 + 1e-6)
        weights["2.weight"].copy_(weights["2.weight"].flip(0))  # other values, the same sum
        weights["2.bias"][0] += 1
        weights["3.bias"].sub_(1)
