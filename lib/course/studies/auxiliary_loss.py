"""Recorded experiments of the chapter on auxiliary losses."""

from dataclasses import replace

import torch
from torch import Tensor

from lib.course import networks, reports
from lib.course.recorded import Study, study
from lib.data import Pairs
from lib.extras import Relabelled
from lib.recipes import Optimiser, Protocol, Recipe

PAIRS = (100, 300, 1000, 3000, 10000)


@study
def auxiliary_pairs() -> Study:
    """Accuracy against the number of training pairs, on full MNIST; never fewer steps than 1000 pairs get."""

    def recipe(auxiliary: float, pairs: int) -> Recipe:
        epochs = max(25, 25 * 1000 // pairs)
        return replace(networks.siamese(auxiliary=auxiliary), epochs=epochs, protocol=Protocol(train=pairs))

    losses = {"comparison alone": 0.0, "with digit losses": 1.0}
    systems = {f"{name}, {pairs}": recipe(weight, pairs) for pairs in PAIRS for name, weight in losses.items()}
    return Study(systems, data="mnist")


@study
def auxiliary_weight() -> Study:
    """The weight of the digit losses, for several lengths of training and learning rates."""
    systems = {}
    for epochs, rate in ((5, 0.002), (25, 0.002), (100, 0.002), (25, 0.0005), (25, 0.008)):
        for weight in (0, 0.1, 0.3, 1, 3, 10):
            recipe = replace(networks.dense_siamese(weight), epochs=epochs, optimiser=Optimiser("adam", rate))
            systems[f"{epochs} epochs at {rate}, {weight}"] = recipe
    return Study(systems)


def ink(pairs: Pairs) -> Tensor:
    """How much ink an image has, in ten classes of equal size, (n, 2)."""
    amount = pairs.images.sum(dim=(2, 3))  # (n, 2)
    return torch.bucketize(amount, amount.quantile(torch.arange(1, 10) / 10))


def dice(pairs: Pairs) -> Tensor:
    """Ten classes that have nothing to do with the image, (n, 2)."""
    return torch.randint(10, (len(pairs), 2), generator=torch.Generator().manual_seed(len(pairs)))


@study
def auxiliary_tasks() -> Study:
    """Ink and dice as second tasks, with four times the epochs: is the comparison still learned less well?"""
    none, second = (replace(networks.dense_siamese(weight), epochs=100) for weight in (0, 1))
    return Study(
        {
            "no second task": none,
            "ink": replace(second, protocol=Relabelled("ink", label=ink)),
            "dice": replace(second, protocol=Relabelled("dice", label=dice)),
        }
    )


@study
def weights_a() -> Study:
    """A's Fig. 1c: the weight of the auxiliary losses in the best of its siamese 2 networks, as A ran it."""
    return Study({f"{weight:.3g}": reports.a_weighted(weight) for weight in reports.A_WEIGHTS}, "A", data="mnist")


@study
def ratio_b() -> Study:
    """B's loss ratio, over the 50 epochs of its figure."""
    ratios = (0, 0.3, 0.5, 0.7, 0.9, 1.2)
    systems = {f"{r}": replace(reports.train_as_b(reports.b_siamese(), r), epochs=50) for r in ratios}
    return Study(systems, report="B", data="mnist", rounds=3)
