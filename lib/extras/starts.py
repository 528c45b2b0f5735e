"""Where a training starts: from the best of several weights, or from equal weights in both branches."""

from dataclasses import dataclass

import torch
from torch import nn

from lib import data
from lib.data import Round
from lib.models import SiameseNetwork
from lib.recipes import Extra, Fit, History, Recipe, Watch


@dataclass(frozen=True)
class SameStart(Extra):
    """The second branch of a siamese network starts with the weights of the first; then each goes its own way.

    Raises ValueError for a network that has no second branch, and where weights are carried over.
    """

    def check(self, recipe: Recipe) -> None:
        if not isinstance(recipe.model, SiameseNetwork) or recipe.model.sharing == "shared":
            raise ValueError("only two branches that are not one can start from the same weights")
        if recipe.protocol.carried:
            raise ValueError("carried-over weights would be copied anew in every round: choose another protocol")

    def fit(
        self, inner: Fit, model: nn.Module, round: Round, recipe: Recipe, generator: torch.Generator, watch: Watch
    ) -> History:
        first, second = model.get_submodule("first"), model.get_submodule("second")
        second.load_state_dict(first.state_dict())
        return inner(model, round, recipe, generator, watch)


@dataclass(frozen=True)
class Starts(Extra):
    """``count`` networks are trained, from different weights; that with the lowest loss on the training pairs is kept.

    The first has the weights that the round would have had without this. Raises ValueError for fewer than two, where
    weights are carried over, and where something around this trains, too: it would train a network that is not kept.
    """

    count: int

    def check(self, recipe: Recipe) -> None:
        if self.count < 2 or recipe.protocol.carried:
            raise ValueError(f"{self.count} starts: choose at least 2, and no carried-over weights")
        if around(self, recipe):
            raise ValueError(
                f"several starts stand around whatever else trains: put Starts before {around(self, recipe)}"
            )

    def fit(
        self, inner: Fit, model: nn.Module, round: Round, recipe: Recipe, generator: torch.Generator, watch: Watch
    ) -> History:
        weights = data.generator(round.number, "weights")
        started = [recipe.model.build(weights) for _ in range(self.count)]
        fresh = generator.get_state()  # each start sees the same batches
        histories = []
        for one in started:
            generator.set_state(fresh)
            histories.append(inner(one, round, recipe, generator, watch))
        best = min(range(self.count), key=lambda i: histories[i][-1]["train_loss"])
        model.load_state_dict(started[best].state_dict())
        return histories[best]


def around(extra: Extra, recipe: Recipe) -> list[Extra]:
    """Those extras that stand around the training, and around ``extra``."""
    before = recipe.extras[: recipe.extras.index(extra)]
    return [other for other in before if type(other).fit is not Extra.fit]
