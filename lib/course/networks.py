"""The course's own recipes: small networks that train in a second or two, one change at a time.

All have about 70,000 weights unless they say otherwise, and share one optimiser, batch and number of epochs.
"""

from typing import Literal

from lib.course import reports
from lib.heads import Hard, Probability, Score
from lib.layers import Layer, Layers
from lib.models import PairNetwork, SiameseNetwork
from lib.recipes import Loss, Optimiser, Recipe

ADAM = Optimiser("adam", rate=0.002)
BATCH = 50
COMPARE = (Layer(16), Layer(1, then=""))  # the head: from the 20 outputs of both branches to one logit


def conv_layers(out: int, own: bool = False, dropout: float = 0.0, hidden: int = 128) -> Layers:
    """Two convolutions, two linear layers; ``own`` marks the layers that a partly shared network duplicates.

    ``dropout`` stands before and after the hidden linear layer, where nine tenths of the weights are.
    """
    then = f"relu dropout{dropout}" if dropout else "relu"
    return (
        Layer(16, kernel=3, then="pool2 relu"),
        Layer(32, kernel=3, then=then, own=own),
        Layer(hidden, then=then),
        Layer(out, then=""),
    )


def dense_layers(out: int, width: int = 150) -> Layers:
    """Three hidden fully connected layers."""
    return (Layer(width), Layer(64), Layer(32), Layer(out, then=""))


def dense_pair() -> Recipe:
    """A fully connected network that sees both images at once."""
    return Recipe(PairNetwork(dense_layers(2)), ADAM, batch=BATCH)


def conv_pair(dropout: float = 0.0) -> Recipe:
    """A convolutional network that sees both images at once, as two channels."""
    return Recipe(PairNetwork(conv_layers(2, dropout=dropout)), ADAM, batch=BATCH)


def siamese(
    sharing: Literal["shared", "partly", "unshared"] = "shared",
    auxiliary: float = 0.0,
    own: bool = False,
    dropout: float = 0.0,
    between: Literal["", "softmax", "argmax"] = "",
) -> Recipe:
    """The course network: a branch for each image and a small head. ``auxiliary`` weighs the digit losses."""
    model = SiameseNetwork(conv_layers(10, own, dropout), COMPARE, between=between, sharing=sharing)
    return Recipe(model, ADAM, batch=BATCH, loss=Loss(auxiliary=auxiliary))


def dense_siamese(auxiliary: float = 0.0) -> Recipe:
    """A fully connected branch for each image, shared, and the course's head. Trains in half a second."""
    return Recipe(SiameseNetwork(dense_layers(10), COMPARE), ADAM, batch=BATCH, loss=Loss(auxiliary=auxiliary))


def deep(depth: int, skip: bool = False, norm: bool = False, width: int = 64) -> Recipe:
    """A fully connected pair network with ``depth`` hidden layers; ``skip`` adds the identity to all but the first."""
    then = "norm relu" if norm else "relu"
    repeated = Layer(width, then=then, skip="identity" if skip else "")
    return Recipe(
        PairNetwork((Layer(width, then=then), *(repeated,) * (depth - 1), Layer(2, then=""))), ADAM, batch=BATCH
    )


def with_head(head: Layers | Hard | Probability | Score, auxiliary: float = 0.0, target: float = 1.0) -> Recipe:
    """The course network with another head. A Score needs a branch with one output, and has no digits."""
    model = SiameseNetwork(conv_layers(10), head)
    if isinstance(head, Score):
        model = SiameseNetwork(conv_layers(1), head, digit_head=None)
    return Recipe(model, ADAM, batch=BATCH, loss=Loss(target, auxiliary))


def techniques() -> dict[str, tuple[Recipe, Recipe]]:
    """Every technique of the book by name: a network without it, and the same network with it."""
    a, c = reports.train_as_a, reports.train_as_c
    probabilities = siamese(auxiliary=1, between="softmax")
    return {
        "convolution": (dense_pair(), conv_pair()),
        "a branch for each image": (conv_pair(), siamese("unshared")),
        "one shared branch": (siamese("unshared"), siamese()),
        "digit losses": (siamese(), siamese(auxiliary=1)),
        "softmax before the head": (siamese(auxiliary=1), probabilities),
        "≤ built in": (probabilities, with_head(Probability(), auxiliary=1)),
        "dropout, pair network": (conv_pair(), conv_pair(dropout=0.5)),
        "dropout, with digit losses": (siamese(auxiliary=1), siamese(auxiliary=1, dropout=0.5)),
        "batch norm, C's network": (c(reports.c_convnet()), c(reports.c_convnet(norm=True))),
        "batch norm, A's network": (a(reports.a_pair(norm=False)), a(reports.a_pair())),
        "skips, 2 layers": (deep(2), deep(2, skip=True)),
        "skips, 24 layers": (deep(24), deep(24, skip=True)),
    }
