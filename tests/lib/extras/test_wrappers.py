"""What stands around a training: pre-training, the best epoch, a running mean, several starts."""

from dataclasses import replace

import pytest
import torch
from helpers import Watcher, trained, weights

from lib import training
from lib.data import generator
from lib.extras import wrappers
from lib.extras.augmentation import Distortion
from lib.extras.starts import Starts
from lib.extras.wrappers import BestEpoch, Pretrain, RunningMean, pretrain_head
from lib.heads import Probability
from lib.layers import Layer
from lib.models import SiameseNetwork
from lib.recipes import Loss, Optimiser, Protocol, Recipe
from lib.rounds import play
from lib.training import Scores, evaluate, fit

# --- the best epoch ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accuracies", "best"), [([0.5, 0.9, 0.7, 0.1], 2), ([0.5, 0.9, 0.9, 0.1], 3), ([0.9] * 4, 4), ([0.4, 0, 0, 0], 1)]
)
def test_the_weights_of_the_best_epoch_are_kept_the_latest_among_equals(accuracies, best, round, tiny, monkeypatch):
    by_epoch = {}

    def probe(model, epoch, step):
        by_epoch[epoch] = weights(model)

    monkeypatch.setattr(
        wrappers, "evaluate", lambda model, pairs, recipe: Scores(0.0, accuracies[len(by_epoch) - 1], float("nan"))
    )
    recipe = replace(tiny, epochs=4, extras=(BestEpoch(validation=20),))
    model, _ = trained(recipe, round, probes=[probe], curves=False)
    assert len(by_epoch) == 4
    assert torch.equal(weights(model), by_epoch[best])


def test_the_epoch_is_chosen_on_pairs_that_are_not_trained_on(counted, tiny, monkeypatch):
    judged = []

    def watch(model, pairs, recipe):
        judged.append(pairs.images[:, 0, 0, 0].tolist())
        return Scores(0.0, 0.5, float("nan"))

    for module in (training, wrappers):
        monkeypatch.setattr(module, "evaluate", watch)
    recipe = replace(tiny, batch=7, epochs=1, extras=(BestEpoch(validation=3),))
    model = Watcher()
    fit(model, counted, recipe, generator(0, "training"), curves=False)
    assert sorted(model.batches[0]) == list(range(7))
    assert judged == [[7, 8, 9], [*range(7)], [7, 8, 9]]


@pytest.mark.parametrize("validation", [100, 150])
def test_holding_out_every_training_pair_is_refused(validation, round, tiny):
    with pytest.raises(ValueError, match=f"cannot hold out {validation} of 100 training pairs"):
        trained(replace(tiny, extras=(BestEpoch(validation),)), round)


def test_the_best_epoch_on_test_is_at_least_as_good_there_as_the_last(digits, tiny):
    switched = replace(tiny, epochs=6, protocol=Protocol(train=60, test=40))
    for number in range(3):
        last = play(switched, number, digits)["row"]["test_accuracy"]
        best = play(replace(switched, extras=(BestEpoch(),)), number, digits)["row"]["test_accuracy"]
        assert best >= last


def test_the_epoch_cannot_be_chosen_on_two_sets(tiny):
    with pytest.raises(ValueError, match="two extras are of one kind"):
        replace(tiny, extras=(BestEpoch(validation=10), BestEpoch()))


# --- a running mean of the weights ------------------------------------------------------------------------


def test_the_running_mean_of_the_weights_is_what_is_judged_and_kept(round, tiny):
    steps = []
    recipe = replace(tiny, extras=(RunningMean(0.5),))
    model, history = trained(recipe, round, probes=[lambda model, *_: steps.append(weights(model))])
    mean = steps[0]
    for step in steps[1:]:
        mean = (mean + step) / 2
    torch.testing.assert_close(weights(model), mean)
    assert history[-1]["test_accuracy"] == evaluate(model, round.test).accuracy


# --- a head that is pre-trained, and frozen ---------------------------------------------------------------


@pytest.fixture
def knowing():
    """A siamese network whose head sees one-hot digits, and can learn ≤ from the true ones."""
    model = SiameseNetwork((Layer(32), Layer(10, then="")), (Layer(40), Layer(2, then="")), between="argmax")
    return Recipe(model, Optimiser("adam", 0.02), epochs=2, loss=Loss(auxiliary=1), extras=(Pretrain(30),))


def test_a_pretrained_head_compares_true_digits_rightly(knowing, round):
    model, _ = trained(replace(knowing, epochs=1, extras=(Pretrain(30, freeze=True),)), round)
    digits = torch.nn.functional.one_hot(round.train.labels, 10).float().flatten(1)
    assert (model.head(digits).argmax(dim=1) == round.train.target).double().mean() > 0.95


def test_pretraining_touches_the_head_alone(knowing, round):
    model, fresh = (knowing.model.build(generator(round.number, "weights")) for _ in range(2))
    pretrain_head(model, round.train, knowing, 30, generator(round.number, "training"))
    same = {name: torch.equal(a, b) for (name, a), b in zip(model.named_parameters(), fresh.parameters(), strict=True)}
    assert all(equal != name.startswith("head") for name, equal in same.items())


def test_a_frozen_head_stays_and_one_that_is_not_frozen_moves(knowing, round):
    for freeze in (True, False):
        recipe = replace(knowing, extras=(Pretrain(30, freeze),))
        before = recipe.model.build(generator(round.number, "weights"))
        pretrain_head(before, round.train, recipe, 30, generator(round.number, "training"))
        after, _ = trained(recipe, round)
        pairs = zip(before.head.parameters(), after.head.parameters(), strict=True)
        assert all(torch.equal(a, b) for a, b in pairs) == freeze
        assert not torch.equal(next(before.first.parameters()), next(after.first.parameters()))


def test_the_attribute_that_e_sets_freezes_nothing(knowing, round):
    model = knowing.model.build(generator(round.number, "weights"))
    before = [weights.clone() for weights in model.head.parameters()]
    model.head.requires_grad = False
    fit(model, round, replace(knowing, extras=()), generator(round.number, "training"))
    assert not any(torch.equal(a, b) for a, b in zip(before, model.head.parameters(), strict=True))


@pytest.mark.parametrize(
    ("head", "settings", "cause"),
    [
        (Probability(), {"extras": (Pretrain(5),)}, "only a head with weights can be pre-trained"),
        ((Layer(2, then=""),), {"extras": (Pretrain(0, freeze=True),)}, "0 epochs of pre-training: choose at least 1"),
        (Probability(), {"extras": (RunningMean(1.0),)}, r"share is that of the old weights, in \[0, 1\), not 1.0"),
        (Probability(), {"extras": (RunningMean(-0.1),)}, r"in \[0, 1\), not -0.1"),
    ],
)
def test_what_cannot_be_wrapped_is_refused_before_training(head, settings, cause):
    with pytest.raises(ValueError, match=cause):
        Recipe(SiameseNetwork((Layer(10, then=""),), head), **settings)


# --- one around the other ---------------------------------------------------------------------------------


def test_of_a_running_mean_the_best_epoch_is_kept(round, tiny, monkeypatch):
    accuracies, steps, means = iter([0.5, 0.9, 0.7]), [], {}

    def judge(model, *_):
        means[len(steps)] = weights(model)
        return Scores(0.0, next(accuracies), float("nan"))

    monkeypatch.setattr(wrappers, "evaluate", judge)
    recipe = replace(tiny, epochs=3, batch=100, extras=(RunningMean(0.5), BestEpoch(validation=20)))
    model, _ = trained(recipe, round, probes=[lambda model, *_: steps.append(weights(model))])
    torch.testing.assert_close(means[2], (steps[0] + steps[1]) / 2)
    assert torch.equal(weights(model), means[2])


def test_pairs_are_held_out_of_the_pretraining_by_a_best_epoch_around_it(counted, knowing, monkeypatch):
    seen, pretrain = [], wrappers.pretrain_head
    monkeypatch.setattr(wrappers, "pretrain_head", lambda *words: seen.append(len(words[1])) or pretrain(*words))
    recipe = replace(knowing, epochs=1, extras=(BestEpoch(validation=3), Pretrain(1)))
    fit(recipe.fresh(0), counted, recipe, generator(0, "training"))
    assert seen == [7]


@pytest.mark.parametrize(
    ("extras", "cause"),
    [
        ((BestEpoch(), RunningMean(0.9)), "put RunningMean before BestEpoch"),
        ((BestEpoch(), Starts(2)), r"put Starts before \[BestEpoch"),
        ((RunningMean(0.9), Starts(2)), r"put Starts before \[RunningMean"),
        ((Pretrain(1), Starts(2)), r"put Starts before \[Pretrain"),
    ],
)
def test_an_order_in_which_one_extra_would_undo_another_is_refused(extras, cause, knowing):
    with pytest.raises(ValueError, match=cause):
        replace(knowing, extras=extras)
    assert replace(knowing, extras=(Distortion(shift=1), *extras[::-1]))


def test_of_several_starts_each_has_its_own_best_epoch(digits, tiny):
    recipe = replace(tiny, extras=(Starts(2), RunningMean(0.5), BestEpoch(validation=20)))
    row, again = (play(recipe, 3, digits)["row"] for _ in range(2))
    assert row["test_accuracy"] == again["test_accuracy"] > 0.5


def test_a_round_with_fewer_pairs_than_are_held_out_is_refused(round, tiny):
    recipe = replace(tiny, protocol=Protocol(), extras=(BestEpoch(validation=200),))
    with pytest.raises(ValueError, match="cannot hold out 200 of 100 training pairs"):
        trained(recipe, round)
