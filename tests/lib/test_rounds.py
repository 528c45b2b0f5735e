"""One round, from the draw to the test."""

from dataclasses import replace

from helpers import trained

from lib.data import draw, generator
from lib.extras.wrappers import BestEpoch
from lib.heads import Hard
from lib.layers import Layer
from lib.models import SiameseNetwork
from lib.recipes import Loss, Optimiser, Protocol, Recipe
from lib.rounds import play, play_chain
from lib.training import evaluate, fit


def test_playing_a_round_is_drawing_building_fitting_and_judging(digits, round, tiny):
    model, history = trained(tiny, round)
    played = play(tiny, 3, digits, curves=True)
    assert str(played["history"]) == str(history)
    row = played["row"]
    assert (row["round"], row["protocol"], row["data"], row["status"]) == (3, "tiny", "sample", "done")
    assert row["parameters"] == 392 * 16 + 16 + 16 * 2 + 2
    assert row["train_accuracy"] == evaluate(model, round.train).accuracy
    assert row["test_accuracy"] == evaluate(model, round.test).accuracy


def test_a_validated_round_is_judged_on_the_test_set_with_the_chosen_weights(digits, round, tiny):
    recipe = replace(tiny, epochs=6, extras=(BestEpoch(validation=30),))
    model, _ = trained(recipe, round)
    assert play(recipe, 3, digits)["row"]["test_accuracy"] == evaluate(model, round.test).accuracy


def test_a_round_that_diverges_is_a_row_without_accuracies(digits, tiny):
    played = play(replace(tiny, optimiser=Optimiser("sgd", 1e20)), 0, digits)
    row = played["row"]
    assert row["status"] == "diverged"
    assert all(row[name] != row[name] for name in ("train_accuracy", "test_accuracy", "digit_accuracy"))
    assert played["history"] == []


def test_digits_alone_can_be_trained_and_compared_by_argmax(digits):
    recipe = Recipe(
        SiameseNetwork((Layer(64), Layer(10, then="")), Hard()), Optimiser("adam", 0.01), epochs=8, loss=Loss(0, 1)
    )
    row = play(recipe, 0, digits)["row"]
    assert row["test_accuracy"] > 0.8
    assert row["digit_accuracy"] > 0.7


def test_a_carried_round_starts_from_the_weights_of_the_round_before(digits, tiny):
    recipe = replace(tiny, protocol=Protocol(train=60, test=40, carried=True))
    chain = play_chain(recipe, 2, digits)
    model = recipe.model.build(generator(0, "weights"))
    for number, record in enumerate(chain):
        fit(model, draw(digits, number, 60, 40), recipe, generator(number, "training"), curves=False)
        assert record["row"]["test_accuracy"] == evaluate(model, draw(digits, number, 60, 40).test).accuracy
    assert chain[0]["row"]["test_accuracy"] == play(recipe, 0, digits)["row"]["test_accuracy"]
