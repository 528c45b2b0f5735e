"""The record's weights, kept: the lab asks this network about digits that a reader draws.

``python -m lib weights`` trains it and writes results/record.npz. The weights are kept in half precision.
"""

import io
from dataclasses import replace

import numpy as np
import torch
from torch import nn

from lib import experiment, training
from lib.course import ladder, recorded
from lib.recipes import Recipe
from lib.store.files import write_atomically

NAME = "record.npz"
ROUND = 0  # of the sample


def recipe() -> Recipe:
    """The record, asked once for each pair: without the mean over views, and without what only training needs."""
    return replace(ladder.record(), extras=())


@training.one_thread()
def train() -> float:
    """Train the record on the sample's first round, write its weights, and return the test accuracy of ``read()``."""
    trained, drawn, _ = experiment.train(ladder.record(), ROUND)
    arrays = {name: value.numpy().astype(np.float16) for name, value in trained.state_dict().items() if value.ndim}
    file = io.BytesIO()
    np.savez(file, **arrays)
    write_atomically(recorded.folder() / NAME, lambda target: target.write(file.getvalue()))
    return training.evaluate(read(), drawn.test).accuracy


def read() -> nn.Module:
    """The record with its kept weights, in eval mode. Raises FileNotFoundError, with the command that makes them."""
    path = recorded.folder() / NAME
    if not path.exists():
        raise FileNotFoundError(f"{path} is not there. To make it: python -m lib weights")
    network = recipe().fresh(ROUND)
    with np.load(path) as kept:
        values = {name: torch.from_numpy(kept[name].astype(np.float32)) for name in kept.files}
    missing, unknown = network.load_state_dict(values, strict=False)
    if unknown or any(not name.endswith("num_batches_tracked") for name in missing):
        raise ValueError(f"{path} is of another network. To make it again: python -m lib weights")
    return network.eval()
