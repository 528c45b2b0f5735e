"""Networks that are looked into: trained once, and the same to the bit when they come from the ledger's folder."""

import errno
import os
from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
from torch import nn

from lib import experiment
from lib.extras.wrappers import Pretrain, RunningMean
from lib.layers import Layer
from lib.models import SiameseNetwork
from lib.recipes import Extra, Optimiser, Recipe
from lib.training import Diverged


@pytest.fixture
def everything(tiny) -> Recipe:
    """Weights, running averages, dropout, a head that is frozen on the way, and another network at the end."""
    branch = (Layer(4, kernel=3, then="pool2 relu norm"), Layer(16, then="relu dropout0.5"), Layer(10, then=""))
    model = SiameseNetwork(branch, (Layer(8, then="relu dropout0.2"), Layer(1, then="")))
    return replace(tiny, model=model, extras=(RunningMean(0.9), Pretrain(1, freeze=True)))


@pytest.fixture
def trained(monkeypatch) -> list[tuple[Recipe, int]]:
    """The networks that are trained from now on."""
    calls, train = [], experiment.trained
    monkeypatch.setattr(experiment, "trained", lambda *task: calls.append(task[:2]) or train(*task))
    return calls


def answers(model: nn.Module, images: torch.Tensor) -> list[torch.Tensor]:
    """What a network says in training mode, with its dropout, and in eval mode."""
    with torch.no_grad():
        return [model.train(mode)(images).target for mode in (True, True, False)]


def test_a_network_that_was_kept_is_the_trained_one_to_the_bit(everything, digits, trained):
    first, again = (experiment.train(everything, 3, digits) for _ in range(2))
    assert trained == [(everything, 3)]
    assert first.model is not again.model and first.model.training and again.model.training
    assert first.history == again.history and len(first.history) == everything.epochs
    assert torch.equal(first.round.test.images, again.round.test.images)
    images = first.round.test.images
    for one, other in zip(answers(first.model, images), answers(again.model, images), strict=True):
        assert torch.equal(one, other)
    for one, other in zip(first.model.parameters(), again.model.parameters(), strict=True):
        assert torch.equal(one, other) and one.grad is other.grad is None
        assert one.requires_grad == other.requires_grad
    assert {weights.requires_grad for weights in again.model.parameters()} == {True, False}


def test_it_is_the_network_that_run_judges(everything, digits):
    table = experiment.run({"it": everything}, [3], digits, where=1)
    for _ in range(2):
        assert experiment.train(everything, 3, digits).history[-1]["test_accuracy"] == table["test_accuracy"].item()


def test_another_recipe_round_or_history_is_another_network(tiny, digits, trained):
    calls = [(tiny, 0), (tiny, 1), (replace(tiny, epochs=3), 0)]
    for recipe, number in 2 * calls:
        assert len(experiment.train(recipe, number, digits).history) == recipe.epochs
    assert trained == calls


def test_one_judged_by_epoch_serves_where_only_its_end_is_wanted_and_not_the_other_way_round(tiny, digits, trained):
    short, whole, again = (experiment.train(tiny, 0, digits, curves=curves).history for curves in (False, True, False))
    assert len(trained) == 2 and len(whole) == tiny.epochs
    assert str(short) == str(again) == str(whole[-1:])


@pytest.mark.parametrize("content", [b"", b"PK", b"half"])
def test_a_file_that_cannot_be_read_is_trained_again_and_replaced(tiny, digits, ledger_folder, trained, content):
    whole = experiment.train(tiny, 0, digits)
    (file,) = ledger_folder.iterdir()
    file.write_bytes(file.read_bytes()[:2000] if content == b"half" else content)
    for _ in range(2):
        assert str(experiment.train(tiny, 0, digits).history) == str(whole.history)  # text, because nan is not nan
    assert len(trained) == 2


def test_a_file_of_another_network_is_trained_again(tiny, everything, digits, ledger_folder, trained):
    experiment.train(everything, 0, digits)
    (other,) = ledger_folder.iterdir()
    experiment.train(tiny, 0, digits)
    (own,) = set(ledger_folder.iterdir()) - {other}
    own.write_bytes(other.read_bytes())
    experiment.train(tiny, 0, digits)
    assert trained == [(everything, 0), (tiny, 0), (tiny, 0)]


def test_a_network_that_training_rebuilds_is_never_taken_for_the_fresh_one(tiny, digits, trained):
    @dataclass(frozen=True)
    class Sigmoid(Extra):
        def fit(self, inner, model, round, recipe, generator, watch):
            model.layers.blocks[0].then.append(nn.Sigmoid())  # no weights: those of the file would fit the fresh one
            return inner(model, round, recipe, generator, watch)

    recipe = replace(tiny, extras=(Sigmoid(),))
    first, again = (experiment.train(recipe, 0, digits) for _ in range(2))
    assert len(trained) == 2 and str(first.model) == str(again.model) != str(recipe.fresh(0))


def test_a_round_may_be_numpys(tiny, digits, trained):
    first, again = (experiment.train(tiny, number, digits).history for number in (np.int64(3), 3))
    assert len(trained) == 1 and str(first) == str(again)


def test_a_training_that_diverges_leaves_no_file(tiny, digits, ledger_folder):
    with pytest.raises(Diverged):
        experiment.train(replace(tiny, optimiser=Optimiser("sgd", 1e20)), 0, digits)
    assert not ledger_folder.exists()


def test_a_full_disk_names_the_file_and_the_way_out(tiny, digits, ledger_folder, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match=r"No space left on device: .*LIB_LEDGER") as caught:
        experiment.train(tiny, 0, digits)
    assert str(ledger_folder) in str(caught.value) and list(ledger_folder.iterdir()) == []
