"""Learning rates that change while a network trains."""

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.optim.lr_scheduler import OneCycleLR

from lib.recipes import Optimiser


@dataclass(frozen=True)
class OneCycle(Optimiser):
    """The rate rises to ``rate`` and falls to nearly 0 once in a training; Adam's first moment moves against it.

    Source: L. N. Smith, 2018, "A disciplined approach to neural network hyper-parameters: part 1".
    """

    def build(self, weights: Iterable[Tensor], steps: int = 0) -> torch.optim.Optimizer:
        optimiser = super().build(weights, steps)
        schedule = OneCycleLR(optimiser, self.rate, steps)
        optimiser.register_step_post_hook(lambda *_: schedule.step())
        return optimiser
