"""Adam with another ε than PyTorch's."""

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from lib.recipes import Optimiser


@dataclass(frozen=True)
class WithEpsilon(Optimiser):
    """Adam with another ε, the number that it adds below the fraction: step = rate · mean / (√variance + ε).

    Where gradients are smaller than ε, Adam's steps shrink with them; PyTorch's default is 1e-8. Raises ValueError for
    SGD, which has none. Source: Kingma and Ba, 2015, "Adam: a method for stochastic optimization".
    """

    epsilon: float = 1e-8

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.name == "sgd":
            raise ValueError('sgd has no epsilon: choose "adam" or "adamw"')

    def build(self, weights: Iterable[Tensor], steps: int = 0) -> torch.optim.Optimizer:
        optimiser = super().build(weights, steps)
        for group in optimiser.param_groups:
            group["eps"] = self.epsilon
        return optimiser
