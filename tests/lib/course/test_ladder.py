"""The ladder to the record: what its rungs promise."""

import pytest

from lib.course import ladder
from lib.extras.augmentation import Distortion, NewPairs, Views
from lib.recipes import Protocol, Recipe

RUNGS = ladder.rungs()


def weights(recipe: Recipe) -> int:
    return recipe.model.size()


def views(recipe: Recipe) -> list[Views]:
    return [extra for extra in recipe.extras if isinstance(extra, Views)]


def test_a_view_is_distorted_half_as_much_as_a_training_image():
    for recipe in ladder.everything().values():
        trained = [extra for extra in recipe.extras if isinstance(extra, Distortion)]
        assert all([view.distortion] == [distortion.milder() for distortion in trained] for view in views(recipe))


def test_the_record_has_as_many_weights_as_it_says():
    assert weights(ladder.record()) == 70_794


@pytest.mark.parametrize("name", RUNGS)
def test_every_rung_is_clean_and_of_about_equal_size(name):
    assert RUNGS[name].protocol == Protocol() and weights(RUNGS[name]) < 73_000


def test_every_rung_changes_something_and_the_record_is_the_last_but_one():
    assert len(set(RUNGS.values())) == len(RUNGS)
    assert list(RUNGS.values())[-2:] == [ladder.record(), ladder.record(240)]


def test_every_change_departs_from_the_record_and_from_the_others():
    changes = ladder.changes()
    assert len({*changes.values(), ladder.record()}) == len(changes) + 1
    assert {recipe.protocol for recipe in changes.values()} == {Protocol()}
    changes.pop("− one shared branch")  # two branches, twice the weights: the chapter says so
    assert max(map(weights, changes.values())) < 72_500


def test_without_digit_labels_no_loss_and_no_new_pair_knows_a_digit():
    for recipe in ladder.without_digits().values():
        assert recipe.loss.auxiliary == 0 and NewPairs() not in recipe.extras


def test_every_system_of_the_study_has_a_name_of_its_own():
    parts = [ladder.rungs(), ladder.changes(), ladder.without_digits()]
    assert len(ladder.everything()) == sum(map(len, parts)) + 1
    assert weights(ladder.everything()["four times as many weights"]) > 3.5 * 70_794


def test_fewer_pairs_get_as_many_steps_and_more_pairs_no_less():
    for recipe in ladder.by_pairs().values():
        steps = recipe.epochs * recipe.protocol.train / recipe.batch
        whole = ladder.record() if views(recipe) else ladder.rungs()["pair network"]
        assert steps >= 0.99 * whole.epochs * 1000 / whole.batch
