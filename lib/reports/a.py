"""Report A: batch norm and skip connections, and an argmax that compares."""

from typing import Literal

from lib.heads import Hard
from lib.models import Layer, Layers, Pair, Siamese
from lib.reports.system import System
from lib.training import Loss, Optimiser, Recipe


def a_layers(c1: int, c2: int, hidden: int, out: int, norm: bool = True, skip: bool = False, last: str = "") -> Layers:
    """A's stack: two convolutions and two linear layers. ``last`` = "relu" is the ReLU of its code on the logits."""
    then = " norm" if norm else ""
    added = "input" if skip else ""
    return (
        Layer(c1, kernel=3, then="pool2 relu" + then, skip=added),
        Layer(c2, kernel=6, then="relu" + then, skip=added),
        Layer(hidden, then="relu" + then),
        Layer(out, then=last),
    )


def a_pair(c1: int = 64, c2: int = 64, hidden: int = 64, norm: bool = True, skip: bool = False, last: str = "") -> Pair:
    """A's "pair": one network for both images."""
    return Pair(a_layers(c1, c2, hidden, 2, norm, skip, last))


def a_siamese(
    c1: int = 64,
    c2: int = 64,
    hidden: int = 64,
    norm: bool = True,
    skip: bool = False,
    last: str = "",
    compare: Literal["learned", "hard"] = "learned",
) -> Siamese:
    """A's "siamese 2" (a learned comparison) and "siamese 10" (argmax ≤ argmax)."""
    head = Hard() if compare == "hard" else (Layer(2, then=last),)
    return Siamese(a_layers(c1, c2, hidden, 10, norm, skip, last), head)


def train_as_a(model: Pair | Siamese, rate: float = 0.25, digits: float = 0.0) -> Recipe:
    """Plain SGD, 25 epochs, batches of 100."""
    return Recipe(model, Optimiser("sgd", rate), batch=100, loss=Loss(digits=digits))


def a_systems() -> list[System]:
    """Table I, and the best of A's raw grid of 1280 configurations where it differs."""
    w = 10**-0.5  # the weight of its auxiliary losses
    ten = a_siamese(compare="hard")
    digits_alone = Recipe(ten, Optimiser("sgd", 0.25), batch=100, loss=Loss(target=0.0, digits=1.0))
    table, grid = "Table I", "raw grid"
    return [
        System("A", "pair", train_as_a(a_pair(), 1.0), 0.83, 0.012, table),
        System("A", "siamese 2", train_as_a(a_siamese(), 0.25, w), 0.93, 0.004, table),
        System("A", "siamese 10", digits_alone, 0.98, 0.006, table),
        System("A", "pair, rate .25", train_as_a(a_pair(), 0.25), 0.8279, 0.0124, grid),
        System("A", "siamese 2, grid", train_as_a(a_siamese(32, 8, 128), 1.0, w), 0.9286, 0.0041, grid),
    ]
