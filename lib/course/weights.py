"""The record's weights, kept: the lab asks this network about digits that a reader draws.

``python -m lib weights`` trains it and writes results/record.npz. The weights are kept in half precision.
"""

import io
import itertools
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor, nn

from lib import training
from lib.course import ladder, recorded
from lib.data import digits_of
from lib.recipes import Recipe
from lib.rounds import trained
from lib.store.files import write_atomically

NAME = "record.npz"
ROUND = 0  # of the sample


def recipe() -> Recipe:
    """The record, asked once for each pair: without the mean over views, and without what only training needs."""
    return replace(ladder.record(), extras=())


@training.one_thread()
def train() -> float:
    """Train the record on the sample's first round, write its weights, and return the test accuracy of ``read()``."""
    network, drawn, _ = trained(ladder.record(), ROUND, digits_of("sample"))
    arrays = {name: value.numpy().astype(np.float16) for name, value in values(network).items()}
    file = io.BytesIO()
    np.savez(file, **arrays)  # type: ignore[arg-type]  # numpy names its other argument, a bool, in the same place
    write_atomically(recorded.folder() / NAME, lambda target: target.write(file.getvalue()))
    return training.evaluate(read(), drawn.test).accuracy


def read() -> nn.Module:
    """The record with its kept weights, in eval mode. Raises FileNotFoundError, with the command that makes them."""
    path = recorded.folder() / NAME
    if not path.exists():
        raise FileNotFoundError(f"{path} is not there. To make it: python -m lib weights")
    network = recipe().fresh(ROUND)
    own = values(network)
    with np.load(path) as kept:
        if {name: kept[name].shape for name in kept.files} != {name: tuple(value.shape) for name, value in own.items()}:
            raise ValueError(f"{path} is of another network. To make it again: python -m lib weights")
        for name, value in own.items():
            value.copy_(torch.from_numpy(kept[name].astype(np.float32)))
    return network.eval()


def values(network: nn.Module) -> dict[str, Tensor]:
    """All that training changes, by name, each once: weights, and the running averages of batch norm."""
    named = itertools.chain(network.named_parameters(), network.named_buffers())
    return {name: value.detach() for name, value in named if value.ndim}
