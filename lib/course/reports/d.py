"""Report D: batch norm and dropout everywhere, 150 epochs."""

from dataclasses import replace
from typing import Any, Literal

from lib.course.reports.system import System
from lib.extras.protocols import Published
from lib.extras.wrappers import BestEpoch
from lib.layers import Layer, Layers
from lib.models import Network, PairNetwork, SiameseNetwork
from lib.recipes import Loss, Optimiser, Recipe


def d_layers(out: int, norm: bool = True, dropout: bool = True, last: str = "") -> Layers:
    """D's features and classifier. ``last`` = "softmax" is the softmax of its code under the cross-entropy."""
    then = " norm" if norm else ""
    first, second = ("dropout0.3 ", "dropout0.2 ") if dropout else ("", "")
    return (
        Layer(4, kernel=2, then=""),
        Layer(16, kernel=2, then="pool2 relu" + then),
        Layer(64, kernel=3, then="pool2 relu" + then),
        Layer(170, then=first + "relu" + then),
        Layer(90, then=second + "relu" + then),
        Layer(out, then=last),
    )


def d_baseline(norm: bool = True, dropout: bool = True, last: str = "") -> PairNetwork:
    """D's baseline: one network for both images."""
    return PairNetwork(d_layers(2, norm, dropout, last))


def d_siamese(
    sharing: Literal["shared", "unshared"] = "shared", branch_last: str = "", last: str = ""
) -> SiameseNetwork:
    """D's siamese network and its dense tail."""
    tail = (
        Layer(25, then="dropout0.25 relu norm"),
        Layer(10, then="dropout0.2 relu norm"),
        Layer(2, then=last),
    )
    return SiameseNetwork(d_layers(10, last=branch_last), tail, sharing=sharing)


def train_as_d(model: Network, auxiliary: float = 0.0) -> Recipe:
    """Adam, 150 epochs, batches of 32; the epoch is chosen on 200 of the 1000 training pairs."""
    optimiser, loss = Optimiser("adam", 0.005), Loss(auxiliary=auxiliary)
    return Recipe(model, optimiser, 150, batch=32, loss=loss, extras=(BestEpoch(validation=200),))


# One network goes through all ten rounds; no shuffling; softmax under the cross-entropy, in the branches, too.
D_PROTOCOL = Published("published", shuffle="never", carried=True)


def d_systems() -> list[System]:
    """D's table of test accuracies; its baseline without dropout and batch norm stands in the text."""

    def row(name: str, clean: Network, published: Network, auxiliary: float, *printed: Any) -> System:
        as_published = replace(train_as_d(published, auxiliary), protocol=D_PROTOCOL)
        return System("D", name, train_as_d(clean, auxiliary), as_published, *printed)

    def siamese(name: str, sharing: Literal["shared", "unshared"], auxiliary: float, mean: float, std: float) -> System:
        published = d_siamese(sharing, branch_last="softmax", last="softmax")
        return row(name, d_siamese(sharing), published, auxiliary, mean, std, "Table I")

    plain, plain_published = (d_baseline(norm=False, dropout=False, last=last) for last in ("", "softmax"))
    return [
        row("baseline, plain", plain, plain_published, 0.0, 0.7871, 0.0111, "text; its size is not given"),
        row("baseline", d_baseline(), d_baseline(last="softmax"), 0.0, 0.8217, 0.01686, "Table I"),
        siamese("shared", "shared", 0.0, 0.9043, 0.02881),
        siamese("shared aux", "shared", 1.0, 0.9774, 0.00455),
        siamese("unshared", "unshared", 0.0, 0.9063, 0.01616),
        siamese("unshared aux", "unshared", 1.0, 0.9762, 0.0078),
    ]
