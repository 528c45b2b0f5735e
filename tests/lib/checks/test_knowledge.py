"""Plausible wrong answers to the exercises on knowledge, and what the checks say. More of them: book/solutions."""

import copy

import pytest
import torch
from torch import nn

from lib import checks


def joint(logits):
    """(n, 20) → (n, 10, 10)."""
    p, q = logits.view(-1, 2, 10).softmax(dim=2).unbind(dim=1)
    return p[:, :, None] * q[:, None, :]


def added_up(table):
    """(n, 10, 10) → (n, 19), by the anti-diagonals."""
    flipped = table.flip(2)
    return torch.stack([flipped.diagonal(9 - s, 1, 2).sum(dim=1) for s in range(19)], dim=1)


def head(forward):
    """A class of modules that do what ``forward`` does."""
    return type("Head", (nn.Module,), {"forward": lambda self, logits: forward(logits)})


class WithWeights(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(()))

    def forward(self, logits):
        return self.scale * added_up(joint(logits)).log()


def one_by_one(logits):
    """Numbers taken out of their tensors: right, and no gradient."""
    return torch.tensor([[value.item() for value in row] for row in added_up(joint(logits)).log()])


def logarithms_added(logits):
    p, q = logits.view(-1, 2, 10).log_softmax(dim=2).unbind(dim=1)
    return added_up(p[:, :, None] + q[:, None, :])


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (head(lambda logits: added_up(joint(logits))), "expects their logarithms"),
        (head(lambda logits: added_up(joint(logits.view(-1, 10, 2).mT.flatten(1))).log()), "view them as (n, 2, 10)"),
        (head(lambda logits: added_up(joint(logits).flip(2)).log()), "differences"),
        (head(lambda logits: added_up(joint(logits)).cumsum(dim=1).log()), "each sum alone"),
        (head(logarithms_added), "then take the logarithm"),
        (head(lambda logits: added_up(joint(logits)).log().detach()), "no gradient passes"),
        (head(one_by_one), "no gradient passes"),
        (head(lambda logits: added_up(joint(logits)).roll(1, 1).log()), "i + j = s"),
        (head(lambda logits: added_up(joint(logits))[:, 1:].log()), "The shape should be (7, 19)"),
        (WithWeights, "has weights"),
        (lambda logits: added_up(joint(logits)).log(), "class SumHead(nn.Module)"),
    ],
)
def test_a_head_for_the_sum_that_is_nearly_right_is_told_its_cause(answer, cause):
    verdict = checks.sum_head(answer)
    assert not verdict.passed
    assert cause in verdict.message


def in_logarithms(logits):
    p, q = logits.view(-1, 2, 10).log_softmax(dim=2).unbind(dim=1)
    flipped = (p[:, :, None] + q[:, None, :]).flip(2)
    return torch.stack([flipped.diagonal(9 - s, 1, 2).logsumexp(dim=1) for s in range(19)], dim=1)


def test_a_head_for_the_sum_may_be_an_object_and_is_praised_for_finite_logarithms():
    plain, stable = (checks.sum_head(head(f)()) for f in (lambda logits: added_up(joint(logits)).log(), in_logarithms))
    assert plain.passed and "logsumexp" in plain.message
    assert stable.passed and "stay finite" in stable.message


@pytest.mark.parametrize("keep", [lambda p: p + 1e-12, lambda p: p.clamp(min=1e-12)], ids=["added", "cut off"])
def test_finite_logarithms_without_a_gradient_are_not_praised(keep):
    verdict = checks.sum_head(head(lambda logits: keep(added_up(joint(logits))).log()))
    assert verdict.passed and "takes the gradient" in verdict.message


@pytest.mark.parametrize(
    ("p", "both", "after", "cause"),
    [
        (55, 110, 18, "divide by 100"),
        (0.45, 0.9, 0.2, "i = j"),
        (0.6, 1.2, 0.2, "55 of the 100"),
        (0.55, 1.0, 10 / 55, "both directions"),
        (0.55, 1.2, 10 / 55, "twice"),
        (0.55, 1.1, 0.1, "divide by P(yes)"),
        (0.55, 1.1, 0.2, "ties"),
        (0.55, 1.1, 1 / 55, "one pair of the 55"),
        (0.55, 1.1, 0.2929, "not equally likely"),
        (0.55, 1.1, 0.5, "how many begin with 0"),
    ],
)
def test_what_an_ignorant_network_says_is_told_its_cause(p, both, after, cause):
    verdict = checks.ignorant({"P": p, "sum": both, "0 after yes": after})
    assert not verdict.passed
    assert cause in verdict.message


def test_what_an_ignorant_network_says_may_be_rounded():
    assert checks.ignorant({"P": 0.55, "sum": 1.1, "0 after yes": 0.182}).passed


def compared(same, names=lambda module: module.named_parameters()):
    """A solution that keeps copies and compares by ``same``."""

    def changed(module, train):
        before = {name: tensor.clone() for name, tensor in names(module)}
        train()
        return [name for name, tensor in names(module) if not same(before[name], tensor)]

    return changed


def trained_twice(module, train):
    train()
    return compared(torch.equal)(module, train)


def one_layer(module, train):
    return [name for name in compared(torch.equal)(module, train) if name.startswith("2.")]


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (compared(lambda old, new: not (old != new).all()), "one is enough"),
        (compared(torch.allclose), "takes small steps for none"),
        (compared(lambda old, new: abs((old - new).sum()) < 1e-9), "the sum is the same"),
        (compared(torch.equal, lambda module: module.state_dict().items()), "is no weight"),
        (compared(lambda old, new: not torch.equal(old, new)), "stayed as they were"),
        (lambda module, train: train() or dict(module.named_parameters()), "may move"),
        (trained_twice, "Call train() once"),
        (one_layer, "1.weight moved by a millionth"),
        (lambda module, train: train() or ["2"], "is not a name"),
        (lambda module, train: train() or not torch.equal(module[0].weight, module[2].weight), "Return the names"),
    ],
)
def test_a_test_of_a_freeze_that_overlooks_something_is_told_what(answer, cause):
    verdict = checks.changed(answer)
    assert not verdict.passed
    assert cause in verdict.message


def test_names_may_come_in_any_order_and_container():
    def changed(module, train):
        before = copy.deepcopy(module)
        train()
        pairs = zip(before.named_parameters(), module.named_parameters(), strict=True)
        return {name for (name, old), (_, new) in pairs if (old != new).any()}

    assert checks.changed(changed).passed
