"""Report D: batch norm and dropout everywhere, 150 epochs."""

from dataclasses import replace
from typing import Literal

from lib.models import Layer, Layers, Pair, Siamese
from lib.recipes import Loss, Optimiser, Protocol, Recipe
from lib.reports.system import System


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


def d_baseline(norm: bool = True, dropout: bool = True, last: str = "") -> Pair:
    """D's baseline: one network for both images."""
    return Pair(d_layers(2, norm, dropout, last))


def d_siamese(sharing: Literal["shared", "unshared"] = "shared", branch_last: str = "", last: str = "") -> Siamese:
    """D's siamese network and its dense tail."""
    tail = (
        Layer(25, then="dropout0.25 relu norm"),
        Layer(10, then="dropout0.2 relu norm"),
        Layer(2, then=last),
    )
    return Siamese(d_layers(10, last=branch_last), tail, sharing=sharing)


def train_as_d(model: Pair | Siamese, digits: float = 0.0) -> Recipe:
    """Adam, 150 epochs, batches of 32; the epoch is chosen on 200 of the 1000 training pairs."""
    protocol = Protocol(validation=200)
    return Recipe(model, Optimiser("adam", 0.005), 150, batch=32, loss=Loss(digits=digits), protocol=protocol)


# One network goes through all ten rounds; no shuffling; softmax under the cross-entropy, in the branches, too.
D_PROTOCOL = Protocol("published", validation=200, shuffle="never", carried=True)


def d_systems() -> list[System]:
    """D's table of test accuracies; its baseline without dropout and batch norm stands in the text."""

    def row(name: str, clean: Pair | Siamese, published: Pair | Siamese, digits: float, *printed) -> System:
        as_published = replace(train_as_d(published, digits), protocol=D_PROTOCOL)
        return System("D", name, train_as_d(clean, digits), as_published, *printed)

    def siamese(name: str, sharing: Literal["shared", "unshared"], digits: float, mean: float, std: float) -> System:
        published = d_siamese(sharing, branch_last="softmax", last="softmax")
        return row(name, d_siamese(sharing), published, digits, mean, std, "table of accuracies")

    plain = (d_baseline(norm=False, dropout=False, last=last) for last in ("", "softmax"))
    return [
        row("baseline, plain", *plain, 0.0, 0.7871, 0.0111, "text; its size is not given"),
        row("baseline", d_baseline(), d_baseline(last="softmax"), 0.0, 0.8217, 0.01686, "table of accuracies"),
        siamese("shared", "shared", 0.0, 0.9043, 0.02881),
        siamese("shared aux", "shared", 1.0, 0.9774, 0.00455),
        siamese("unshared", "unshared", 0.0, 0.9063, 0.01616),
        siamese("unshared aux", "unshared", 1.0, 0.9762, 0.0078),
    ]
