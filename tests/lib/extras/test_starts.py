"""Where a training starts: from the best of several weights, or from equal weights in both branches."""

from dataclasses import replace

import pytest
import torch

from lib.data import draw, generator
from lib.extras.starts import SameStart, Starts
from lib.layers import Layer
from lib.models import SiameseNetwork
from lib.recipes import Protocol, Watch
from lib.rounds import play
from lib.training import fit


def test_of_several_starts_the_one_with_the_lowest_training_loss_is_kept(digits, tiny):
    alone = play(tiny, 3, digits, curves=True)
    several = play(replace(tiny, extras=(Starts(4),)), 3, digits, curves=True)
    random, losses = generator(3, "weights"), []
    for _ in range(4):
        model = tiny.model.build(random)
        losses.append(fit(model, draw(digits, 3, 100, 100), tiny, generator(3, "training"))[-1]["train_loss"])
    assert several["history"][-1]["train_loss"] == min(losses) < alone["history"][-1]["train_loss"] == losses[0]
    assert several["row"]["parameters"] == alone["row"]["parameters"]


@pytest.mark.parametrize(
    ("count", "protocol", "cause"),
    [
        (0, Protocol(), "0 starts: choose at least 2"),
        (1, Protocol(), "1 starts: choose at least 2"),
        (2, Protocol(carried=True), "no carried-over weights"),
    ],
)
def test_fewer_than_two_starts_and_carried_over_weights_are_refused(count, protocol, cause, tiny):
    with pytest.raises(ValueError, match=cause):
        replace(tiny, protocol=protocol, extras=(Starts(count),))


def two_branches(sharing: str) -> SiameseNetwork:
    return SiameseNetwork((Layer(8), Layer(10, then="", own=True)), (Layer(2, then=""),), sharing=sharing)


@pytest.mark.parametrize("sharing", ["unshared", "partly"])
def test_both_branches_start_from_the_same_weights_and_then_go_their_own_ways(sharing, round, tiny):
    recipe = replace(tiny, model=two_branches(sharing), extras=(SameStart(),))
    model, seen = recipe.fresh(3), []
    first = [weights.detach().clone() for weights in model.first.parameters()]

    def loop(model, *_):
        seen.extend(weights.detach().clone() for weights in model.second.parameters())

    SameStart().fit(loop, model, round, recipe, torch.Generator(), Watch())
    assert all(torch.equal(one, other) for one, other in zip(first, seen, strict=True))
    fit(model, round, recipe, generator(3, "training"))
    assert not torch.equal(model.first.blocks[1].weights[1].weight, model.second.blocks[1].weights[1].weight)


def test_one_branch_cannot_start_from_its_own_weights(tiny):
    for model in (tiny.model, two_branches("shared")):
        with pytest.raises(ValueError, match="only two branches that are not one can start from the same weights"):
            replace(tiny, model=model, extras=(SameStart(),))


def test_equal_starts_do_not_go_with_carried_over_weights(tiny):
    with pytest.raises(ValueError, match="carried-over weights would be copied anew in every round"):
        replace(tiny, model=two_branches("unshared"), extras=(SameStart(),), protocol=Protocol(carried=True))
