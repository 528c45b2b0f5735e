"""What several tests do with networks, tables and pages."""

import os
import subprocess
import sys

import pandas as pd
import torch
from torch import nn

from lib.data import Round, generator
from lib.models import Output
from lib.recipes import Recipe
from lib.training import fit

HEADER = """---
jupytext:
  text_representation: {extension: .md, format_name: myst}
kernelspec: {display_name: Python 3, language: python, name: python3}
---
"""


def trained(recipe: Recipe, round: Round, **options) -> tuple[nn.Module, list]:
    """A network and its history, from the recipe alone."""
    model = recipe.fresh(round.number)
    return model, fit(model, round, recipe, generator(round.number, "training"), **options)


def weights(model: nn.Module) -> torch.Tensor:
    """Weights and running statistics, as one vector."""
    return torch.cat([value.detach().double().flatten() for value in model.state_dict().values()])


class Watcher(nn.Module):
    """A linear network that writes down which pairs it is trained on, by the first grey value."""

    def __init__(self) -> None:
        super().__init__()
        self.linear, self.batches = nn.Linear(392, 2), []

    def forward(self, images: torch.Tensor) -> Output:
        if self.training:
            self.batches.append(images[:, 0, 0, 0].tolist())
        return Output(self.linear(images.flatten(1)), None)


def numbers(table: pd.DataFrame) -> pd.DataFrame:
    """A table without what differs from run to run: the time, and the order of the rows."""
    return table.drop(columns="seconds").sort_values(["system", "round"], ignore_index=True)


def python(code: str, *arguments: object, **environment: str) -> subprocess.Popen:
    """Python at work on ``code``, in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-P", "-c", code, *map(str, arguments)],
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
