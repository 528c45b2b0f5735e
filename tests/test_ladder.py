"""The ladder to the record: what its rungs promise."""

import pytest

from lib import ladder
from lib.data import generator
from lib.recipes import Protocol, Recipe

RUNGS = ladder.rungs()


def weights(recipe: Recipe) -> int:
    return sum(weight.numel() for weight in recipe.model.build(generator(0, "weights")).parameters())


def test_the_record_has_as_many_weights_as_it_says():
    assert weights(ladder.record()) == 70_794


@pytest.mark.parametrize("name", RUNGS)
def test_every_rung_is_clean_and_of_about_equal_size(name):
    assert RUNGS[name].protocol == Protocol() and weights(RUNGS[name]) < 73_000


def test_every_rung_changes_something_and_the_last_is_the_record():
    assert len(set(RUNGS.values())) == len(RUNGS)
    assert list(RUNGS.values())[-1] == ladder.record(240)
