"""The course's own recipes: small networks that train in a second or two, one change at a time.

All have about 70,000 weights unless they say otherwise, and share one optimiser, batch and number of epochs.
"""

from typing import Literal

from lib.models import Layer, Layers, Pair, Siamese
from lib.training import Loss, Optimiser, Recipe

ADAM = Optimiser("adam", rate=0.002)
BATCH = 50
COMPARE = (Layer(16), Layer(1, then=""))  # the head: from the 20 outputs of both branches to one logit


def conv_layers(out: int, own: bool = False) -> Layers:
    """Two convolutions, two linear layers; ``own`` marks the layers that a partly shared network duplicates."""
    return (
        Layer(16, kernel=3, then="pool2 relu"),
        Layer(32, kernel=3, own=own),
        Layer(128),
        Layer(out, then=""),
    )


def dense_layers(out: int, width: int = 150) -> Layers:
    """Three hidden fully connected layers."""
    return (Layer(width), Layer(64), Layer(32), Layer(out, then=""))


def dense_pair() -> Recipe:
    """A fully connected network that sees both images at once."""
    return Recipe(Pair(dense_layers(2)), ADAM, batch=BATCH)


def conv_pair() -> Recipe:
    """A convolutional network that sees both images at once, as two channels."""
    return Recipe(Pair(conv_layers(2)), ADAM, batch=BATCH)


def siamese(
    sharing: Literal["shared", "partly", "unshared"] = "shared", digits: float = 0.0, own: bool = False
) -> Recipe:
    """The course network: a branch for each image and a small head. ``digits`` weighs the auxiliary loss."""
    model = Siamese(conv_layers(10, own=own), COMPARE, sharing=sharing)
    return Recipe(model, ADAM, batch=BATCH, loss=Loss(digits=digits))
