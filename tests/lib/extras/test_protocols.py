"""The departures of the published protocols, one by one."""

from dataclasses import replace

import pytest
import torch
from helpers import Watcher, trained

from lib import data
from lib.data import draw, generator
from lib.extras.protocols import Published
from lib.layers import Layer
from lib.models import PairNetwork
from lib.recipes import Recipe
from lib.rounds import play
from lib.training import evaluate, fit


def switched(tiny, **switches):
    return replace(tiny, protocol=Published(train=60, test=40, **switches))


def test_without_a_departure_the_numbers_are_those_of_the_clean_protocol(digits, round, tiny):
    published = replace(tiny, protocol=Published("tiny", train=100, test=100))
    rows = [play(recipe, 3, digits)["row"] for recipe in (tiny, published)]
    assert rows[0] | {"seconds": 0, "digit_accuracy": 0} == rows[1] | {"seconds": 0, "digit_accuracy": 0}


def test_own_statistics_standardise_the_test_pairs_by_themselves(digits):
    clean, own = draw(digits, 0, 60, 40), draw(digits, 0, 60, 40, own_statistics=True)
    assert torch.equal(clean.train.images, own.train.images)
    assert own.test.images.mean().item() == pytest.approx(0, abs=1e-4)
    assert own.test.images.std().item() == pytest.approx(1, abs=1e-4)
    assert abs(clean.test.images.mean().item()) > 1e-3


def test_a_protocol_with_own_statistics_draws_by_them(digits):
    drawn, by_hand = Published(train=60, test=40, own_statistics=True).draw(digits, 2), draw(digits, 2, 60, 40, True)
    assert torch.equal(drawn.test.images, by_hand.test.images)


def test_one_dataset_keeps_the_pairs_and_changes_the_weights(digits, tiny, monkeypatch):
    seen = []
    monkeypatch.setattr(data, "draw", lambda digits, number, *rest: seen.append(number) or draw(digits, number, *rest))
    rows = [play(switched(tiny, one_dataset=True), k, digits)["row"] for k in (0, 1)]
    assert seen == [0, 0]
    assert [row["round"] for row in rows] == [0, 1]
    assert rows[0]["train_accuracy"] != rows[1]["train_accuracy"]


def test_shuffling_once_gives_one_new_order_for_all_epochs_of_a_round(counted, tiny):
    recipe = replace(tiny, batch=4, epochs=3, protocol=Published(shuffle="once"))
    orders = []
    for number in (0, 1):
        model = Watcher()
        fit(model, counted, recipe, generator(number, "training"), curves=False)
        epochs = [[pair for batch in model.batches[i : i + 3] for pair in batch] for i in (0, 3, 6)]
        assert epochs[0] == epochs[1] == epochs[2] != sorted(epochs[0])
        orders.append(epochs[0])
    assert orders[0] != orders[1]


def test_without_eval_mode_the_test_is_judged_by_the_statistics_of_its_batches(round):
    recipe = Recipe(
        PairNetwork((Layer(8, then="norm relu"), Layer(2, then=""))), batch=10, protocol=Published(eval_mode=False)
    )
    model, _ = trained(replace(recipe, epochs=2), round)
    given = evaluate(model, round.test, recipe)
    model.train()
    with torch.no_grad():
        outputs = torch.cat([model(images).target for images in round.test.images.split(10)])
    assert given.accuracy == (outputs.argmax(1) == round.test.target).double().mean().item()
    assert given.loss != evaluate(model, round.test).loss


def test_batch_averages_count_a_small_last_batch_as_much_as_the_others(round, tiny):
    model, _ = trained(tiny, round)
    recipe = replace(tiny, batch=30, protocol=Published(batch_averages=True))
    pairs = round.test[:40]  # batches of 30 and 10
    with torch.no_grad():
        right = (model.eval()(pairs.images).target.argmax(1) == pairs.target).double()
    assert evaluate(model, pairs, recipe).accuracy == pytest.approx((right[:30].mean() + right[30:].mean()).item() / 2)
