"""Protocols that depart from the clean one, as the published reports did."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import Tensor, nn

from lib import data
from lib.data import Digits, Pairs, Round
from lib.recipes import Protocol, Recipe
from lib.training import Scores, answers, fraction, judging, right_answers, scores, within


@dataclass(frozen=True)
class Published(Protocol):
    """A switch for each departure. All are off, so ``Published()`` gives the clean protocol's numbers."""

    shuffle: Literal["every epoch", "once", "never"] = "every epoch"  # "once": one new order for each round
    one_dataset: bool = False  # all rounds use the pairs of round 0
    own_statistics: bool = False  # the test pairs are standardised by themselves
    eval_mode: bool = True  # False: nobody calls eval(), and the test is judged in training mode, batch by batch
    batch_averages: bool = False  # accuracy is the mean over batches, a last, smaller one counting as much

    def draw(self, digits: Digits, number: int) -> Round:
        drawn = data.draw(digits, 0 if self.one_dataset else number, self.train, self.test, self.own_statistics)
        return replace(drawn, number=number)

    def order(self, count: int, generator: torch.Generator) -> Tensor:
        if self.shuffle == "never":
            return torch.arange(count)
        if self.shuffle == "once":  # the same state every time, so the same order, until the next round brings another
            generator = torch.Generator().manual_seed(generator.initial_seed())
        return super().order(count, generator)

    def evaluate(self, judge: Callable, model: nn.Module, pairs: Pairs, recipe: Recipe | None) -> Scores:
        if recipe is None or (self.eval_mode and not self.batch_averages):
            return judge(model, pairs, recipe)
        with judging(model, training=not self.eval_mode):
            output = within(recipe, "answers", answers)(model, pairs.images, recipe.batch)
        result = scores(output, pairs)
        if not self.batch_averages:
            return result
        parts = right_answers(output, pairs).split(recipe.batch)
        return replace(result, accuracy=sum(fraction(part) for part in parts) / len(parts))
