"""Heads without weights."""

import pytest
import torch
from torch.autograd import gradcheck

from lib.heads import Hard, HardComparison, Probability, ProbabilityComparison, Score, ScoreComparison
from lib.layers import Layer
from lib.models import SiameseNetwork, two_logits

SMALL = (Layer(20), Layer(10, then=""))


@pytest.fixture
def images(random):
    return torch.randn(6, 2, 14, 14, generator=random)


def test_the_hard_comparison_is_argmax_less_or_equal_argmax():
    digits = torch.eye(10)
    for first in range(10):
        for second in range(10):
            logit = HardComparison()(torch.cat([digits[first], digits[second]]).unsqueeze(0))
            assert two_logits(logit).argmax(dim=1).item() == int(first <= second)


def test_the_hard_comparison_passes_no_gradient(images, random):
    output = SiameseNetwork(SMALL, Hard()).build(random)(images)
    assert output.digits.requires_grad
    assert not output.target.requires_grad


def brute_force(logits: torch.Tensor) -> torch.Tensor:
    """P(first ≤ second) of one pair, (20,) logits, term by term."""
    p, q = logits[:10].softmax(0), logits[10:].softmax(0)
    return sum(p[i] * q[j] for i in range(10) for j in range(i, 10))


def test_the_probability_head_is_the_sum_over_all_i_up_to_j(random):
    logits = 3 * torch.randn(7, 20, generator=random, dtype=torch.float64)
    given = ProbabilityComparison()(logits).softmax(dim=1)
    torch.testing.assert_close(given[:, 1], torch.stack([brute_force(row) for row in logits]))
    torch.testing.assert_close(given.sum(dim=1), torch.ones(7, dtype=torch.float64))


def test_the_probability_heads_outputs_are_logarithms_of_probabilities(random):
    given = ProbabilityComparison()(torch.randn(7, 20, generator=random))
    torch.testing.assert_close(given.exp().sum(dim=1), torch.ones(7))


def test_the_probability_heads_gradient_is_right(random):
    logits = torch.randn(3, 20, generator=random, dtype=torch.float64, requires_grad=True)
    assert gradcheck(ProbabilityComparison(), (logits,))


def test_a_probability_near_zero_keeps_its_gradient():
    sure = torch.full((1, 20), -60.0).index_fill_(1, torch.tensor([9, 10]), 60.0).requires_grad_()  # 9 against 0
    target = ProbabilityComparison()(sure)
    torch.nn.functional.cross_entropy(target, torch.ones(1, dtype=torch.int64)).backward()
    assert torch.isfinite(sure.grad).all() and sure.grad.abs().max() > 0.1


def test_the_two_directions_of_the_probability_head_sum_to_one_plus_the_chance_of_a_tie(random):
    logits = torch.randn(5, 20, generator=random)
    there, back = (ProbabilityComparison()(x).exp()[:, 1] for x in (logits, logits.roll(10, dims=1)))
    tie = (logits[:, :10].softmax(1) * logits[:, 10:].softmax(1)).sum(dim=1)
    torch.testing.assert_close(there + back, 1 + tie)


def test_the_score_head_is_the_second_minus_the_first():
    torch.testing.assert_close(ScoreComparison()(torch.tensor([[1.0, 3.0], [2.0, 2.0]])), torch.tensor([[2.0], [0.0]]))


@pytest.mark.parametrize(
    ("branch", "head", "digits"),
    [(SMALL, Hard(), ()), (SMALL, Probability(), ()), ((Layer(1, then=""),), Score(), None)],
)
def test_heads_without_weights_add_none(branch, head, digits, images, random):
    model = SiameseNetwork(branch, head, digits)
    assert model.size() == sum(weights.numel() for weights in model.build(random).first.parameters())
    assert model.build(random)(images).target.shape == (6, 2)


@pytest.mark.parametrize(("outputs", "head"), [(9, Probability()), (1, Hard()), (10, Score())])
def test_a_branch_that_does_not_fit_its_head_is_refused(outputs, head):
    with pytest.raises(ValueError, match="outputs of each branch, but the branch gives"):
        SiameseNetwork((Layer(outputs, then=""),), head, None).build(torch.Generator())
