"""Report A: batch norm and skip connections, and an argmax that compares."""

from dataclasses import replace
from itertools import product
from typing import Any, Literal

from lib.course.reports.system import System
from lib.extras.protocols import Published
from lib.heads import Hard
from lib.layers import Layer, Layers
from lib.models import Network, PairNetwork, SiameseNetwork
from lib.recipes import Loss, Optimiser, Recipe


def a_layers(c1: int, c2: int, hidden: int, out: int, norm: bool = True, skip: bool = False, last: str = "") -> Layers:
    """A's stack: two convolutions and two linear layers. ``last`` = "relu" is the ReLU of its code on the logits."""
    then = " norm" if norm else ""
    added: Literal["", "input"] = "input" if skip else ""
    return (
        Layer(c1, kernel=3, then="pool2 relu" + then, skip=added),
        Layer(c2, kernel=6, then="relu" + then, skip=added),
        Layer(hidden, then="relu" + then),
        Layer(out, then=last),
    )


def a_pair(
    c1: int = 64, c2: int = 64, hidden: int = 64, norm: bool = True, skip: bool = False, last: str = ""
) -> PairNetwork:
    """A's "pair": one network for both images."""
    return PairNetwork(a_layers(c1, c2, hidden, 2, norm, skip, last))


def a_siamese(
    c1: int = 64,
    c2: int = 64,
    hidden: int = 64,
    norm: bool = True,
    skip: bool = False,
    last: str = "",
    compare: Literal["learned", "hard"] = "learned",
) -> SiameseNetwork:
    """A's "siamese 2" (a learned comparison) and "siamese 10" (argmax ≤ argmax)."""
    head = Hard() if compare == "hard" else (Layer(2, then=last),)
    return SiameseNetwork(a_layers(c1, c2, hidden, 10, norm, skip, last), head)


def train_as_a(model: Network, rate: float = 0.25, auxiliary: float = 0.0, target: float = 1.0) -> Recipe:
    """Plain SGD, 25 epochs, batches of 100."""
    return Recipe(model, Optimiser("sgd", rate), batch=100, loss=Loss(target, auxiliary))


# Its code never calls eval(), never shuffles, and ends every network in a ReLU. Data were drawn anew for each round.
A_PROTOCOL = Published("published", shuffle="never", eval_mode=False)
A_WEIGHT = 10**-0.5  # of its auxiliary losses


def a_systems() -> list[System]:
    """Table I, and the best of A's raw grid of 1280 configurations where it differs."""

    def row(name: str, rate: float, auxiliary: float, mean: float, std: float, source: str, **sizes: Any) -> System:
        network = a_siamese if auxiliary else a_pair
        clean, published = (train_as_a(network(**sizes, last=last), rate, auxiliary) for last in ("", "relu"))
        return System("A", name, clean, replace(published, protocol=A_PROTOCOL), mean, std, source)

    clean, published = (train_as_a(a_siamese(last=last, compare="hard"), 0.25, 1.0, 0.0) for last in ("", "relu"))
    ten = System("A", "siamese 10", clean, replace(published, protocol=A_PROTOCOL), 0.98, 0.006, "Table I")
    return [
        row("pair", 1.0, 0.0, 0.83, 0.012, "Table I"),
        row("siamese 2", 0.25, A_WEIGHT, 0.93, 0.004, "Table I"),
        ten,
        row("pair, rate .25", 0.25, 0.0, 0.8279, 0.0124, "raw grid"),
        row("siamese 2, grid", 1.0, A_WEIGHT, 0.9286, 0.0041, "raw grid", c1=32, c2=8, hidden=128),
    ]


A_WEIGHTS = (1, 10**-0.5, 0.1, 10**-1.5, 0.01, 10**-2.5, 0.001, 10**-3.5, 0.0001, 0)


def a_weighted(weight: float) -> Recipe:
    """A's Fig. 1c: siamese 2 at the best of its grid, as A ran it, with another weight of the auxiliary losses."""
    model = a_siamese(c1=32, c2=8, hidden=128, last="relu")
    return replace(train_as_a(model, 1.0, weight), protocol=A_PROTOCOL)


A_RATES = (0.001, 0.01, 0.1, 0.25, 1.0)


def a_grid() -> list[dict[str, Any]]:
    """A's 1280 configurations: c1, c2, hidden, rate, norm, skip. Each was run for all three of its networks."""
    names = ("c1", "c2", "hidden", "rate", "norm", "skip")
    channels = (8, 16, 32, 64)
    axes = (channels, channels, (64, 128, 256, 512), A_RATES, (False, True), (False, True))
    return [dict(zip(names, values, strict=True)) for values in product(*axes)]


def a_configured(network: Literal["pair", "siamese 2", "siamese 10"], rate: float, **sizes: Any) -> Recipe:
    """One of A's networks in one configuration of its grid, as A ran it: with its ReLU on the logits."""
    if network == "pair":
        recipe = train_as_a(a_pair(**sizes, last="relu"), rate)
    elif network == "siamese 2":
        recipe = train_as_a(a_siamese(**sizes, last="relu"), rate, A_WEIGHT)
    else:
        recipe = train_as_a(a_siamese(**sizes, last="relu", compare="hard"), rate, auxiliary=1.0, target=0.0)
    return replace(recipe, protocol=A_PROTOCOL)
