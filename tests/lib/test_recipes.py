"""Recipes: the loss, the optimiser, the protocol, and what cannot be trained."""

from dataclasses import replace

import pytest
import torch
from helpers import trained
from torch import nn
from torch.nn.functional import cross_entropy

from lib.data import generator
from lib.heads import Hard
from lib.layers import Layer
from lib.models import Output, PairNetwork, SiameseNetwork
from lib.recipes import Extra, Loss, Optimiser, Protocol, Recipe


@pytest.mark.parametrize(("target", "weight"), [(1, 0), (1, 0.7), (0, 1), (0.5, 2)])
def test_the_loss_is_the_weighted_sum_of_the_target_and_both_digits(target, weight, round):
    output, pairs = Output(torch.randn(100, 2), torch.randn(100, 2, 10)), round.train
    first, second = (cross_entropy(output.digits[:, i], pairs.labels[:, i]) for i in (0, 1))
    expected = target * cross_entropy(output.target, pairs.target) + weight * (first + second)
    torch.testing.assert_close(Loss(target, weight)(output, pairs), expected)


def test_smoothing_gives_every_digit_a_share_of_the_truth(round):
    output, pairs = Output(torch.randn(100, 2), torch.randn(100, 2, 10)), round.train
    truth = 0.9 * nn.functional.one_hot(pairs.labels, 10) + 0.1 / 10
    by_hand = -(truth * output.digits.log_softmax(-1)).sum(-1).mean(0).sum()
    torch.testing.assert_close(Loss(0, 1, smoothing=0.1)(output, pairs), by_hand)


def test_the_digit_loss_needs_digit_outputs(round, tiny):
    with pytest.raises(ValueError, match="the digit loss needs a network with digit outputs"):
        trained(replace(tiny, loss=Loss(auxiliary=1)), round)


@pytest.mark.parametrize(
    ("optimiser", "kind"),
    [
        (Optimiser(), torch.optim.Adam),
        (Optimiser("adam", 0.3), torch.optim.Adam),
        (Optimiser("sgd"), torch.optim.SGD),
        (Optimiser("adamw", decay=0.01), torch.optim.AdamW),
    ],
)
def test_an_optimiser_is_torchs_with_the_rate_and_the_decay_and_nothing_else(optimiser, kind):
    built = optimiser.build([torch.zeros(1)], 10)
    assert type(built) is kind
    assert built.param_groups[0]["lr"] == optimiser.rate
    assert built.param_groups[0]["weight_decay"] == optimiser.decay


def test_an_unknown_optimiser_is_refused_where_it_is_written():
    with pytest.raises(ValueError, match="unknown name 'lion' of Optimiser: choose from 'adam', 'adamw', 'sgd'"):
        Optimiser("lion")


def test_one_step_of_sgd_is_the_rate_times_the_gradient(round, tiny):
    recipe = replace(tiny, optimiser=Optimiser("sgd", 0.1), epochs=1, batch=100)
    by_hand = recipe.model.build(generator(3, "weights"))
    cross_entropy(by_hand(round.train.images).target, round.train.target).backward()
    expected = [p.detach() - 0.1 * p.grad for p in by_hand.parameters()]
    torch.testing.assert_close([p.detach() for p in trained(recipe, round)[0].parameters()], expected)


def test_a_protocol_draws_as_many_pairs_as_it_says_and_orders_them_anew(digits):
    protocol, random = Protocol(train=30, test=20), generator(0, "training")
    round = protocol.draw(digits, 4)
    assert (round.number, len(round.train), len(round.test)) == (4, 30, 20)
    first, second = protocol.order(30, random).tolist(), protocol.order(30, random).tolist()
    assert sorted(first) == sorted(second) == list(range(30))
    assert first != second != sorted(second) != first


def test_a_fresh_network_has_the_weights_of_its_round(tiny):
    by_hand, other = tiny.model.build(generator(3, "weights")), tiny.fresh(4)
    for one, same, another in zip(by_hand.parameters(), tiny.fresh(3).parameters(), other.parameters(), strict=True):
        assert torch.equal(one, same) and not torch.equal(one, another)


# --- what is refused --------------------------------------------------------------------------------------


NORM = PairNetwork((Layer(4, then="norm relu"), Layer(2, then="")))


@pytest.mark.parametrize(
    ("model", "settings", "cause"),
    [
        (SiameseNetwork((Layer(10, then=""),), Hard()), {}, "the hard comparison cannot learn: train its digits"),
        (SiameseNetwork((Layer(10, then=""),), (Layer(2, then="norm"),)), {"batch": 1}, "a batch of one pair"),
        (SiameseNetwork((Layer(10, then=""),), (Layer(2, then="norm"),)), {"batch": 37}, "a batch of one pair"),
        (NORM, {"batch": 999}, "batch norm cannot train on a batch of one pair: choose another batch size"),
        (NORM, {"epochs": 0}, "0 epochs of batches of 100: both must be at least 1"),
        (NORM, {"batch": 0}, "25 epochs of batches of 0: both must be at least 1"),
        (NORM, {"batch": -1}, "both must be at least 1"),
    ],
)
def test_recipes_that_cannot_train_are_refused_before_training(model, settings, cause):
    with pytest.raises(ValueError, match=cause):
        Recipe(model, **settings)  # 1000 = 27 · 37 + 1


class HoldsOut(Extra):
    def held_out(self) -> int:
        return 199


def test_pairs_that_are_held_out_count_when_a_last_batch_would_be_one_pair():
    with pytest.raises(ValueError, match="batch norm cannot train on a batch of one pair"):
        Recipe(NORM, extras=(HoldsOut(),))  # 1000 − 199 = 8 · 100 + 1
    assert Recipe(NORM, batch=50, protocol=Protocol(train=999)) and Recipe(NORM, batch=89, extras=(HoldsOut(),))


def test_an_extra_is_asked_whether_it_goes_with_the_recipe(tiny):
    class Refuses(Extra):
        def check(self, recipe):
            raise ValueError(f"not with {recipe.epochs} epochs")

    with pytest.raises(ValueError, match="not with 2 epochs"):
        replace(tiny, extras=(Refuses(),))


def test_two_extras_of_one_kind_are_refused(tiny):
    with pytest.raises(ValueError, match="two extras are of one kind"):
        replace(tiny, extras=(HoldsOut(), HoldsOut()))
