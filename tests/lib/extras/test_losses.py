"""Losses that are more than a weighted sum."""

import pytest
import torch
from torch import nn

from lib.data import generator
from lib.extras.losses import Alternating, Balanced
from lib.layers import Layer
from lib.models import Output, SiameseNetwork
from lib.recipes import Loss


def test_balance_costs_nothing_when_all_digits_are_read_equally_often(round):
    digits = 50 * nn.functional.one_hot(torch.arange(200) % 10, 10).float().view(100, 2, 10)  # sure, and balanced
    plain, balanced = Loss(), Balanced(balance=3)
    even, lopsided = (Output(torch.randn(100, 2), logits) for logits in (digits, digits[:1].expand(100, 2, 10)))
    torch.testing.assert_close(balanced(even, round.train), plain(even, round.train))
    used = torch.tensor([0.5, 0.5])  # of the one pair that is seen a hundred times: half 0, half 1
    price = 3 * (used * (10 * used).log()).sum()
    torch.testing.assert_close(balanced(lopsided, round.train), plain(lopsided, round.train) + price)


def test_alternating_takes_one_of_the_two_losses_by_a_toss(round):
    model = SiameseNetwork((Layer(10, then=""),), (Layer(2, then=""),)).build(generator(0, "weights"))
    output, random = model(round.train.images), torch.Generator().manual_seed(0)
    one, other = Loss(1.0, 0.0)(output, round.train).item(), Loss(0.0, 0.5)(output, round.train).item()
    seen = [Alternating(1.0, 0.5)(output, round.train, random).item() for _ in range(40)]
    assert set(seen) == {one, other}
    assert 8 < seen.count(one) < 32


@pytest.mark.parametrize(("loss", "cause"), [(Balanced(), "the balance"), (Alternating(1, 1), "the digit loss")])
def test_a_loss_that_reads_digits_needs_digit_outputs(loss, cause, round):
    with pytest.raises(ValueError, match=f"{cause} needs a network with digit outputs: give it a digit_head"):
        loss(Output(torch.randn(100, 2), None), round.train)
