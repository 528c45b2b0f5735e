"""From the first network to the record: one technique at a time, and then each taken away again."""

from dataclasses import replace

from lib import course
from lib.distort import Distortion
from lib.heads import Probability
from lib.models import Layer, Layers, Siamese
from lib.recipes import Loss, Optimiser, Recipe

DISTORTION = Distortion(rotation=10, scale=0.1, shear=0.15, shift=1.0, elastic=0.6)


def layers(norm: bool = True, dropout: float = 0.3) -> Layers:
    """Four convolutions of 32, 32, 48 and 48 channels and a hidden layer of 128: 70,794 weights with batch norm."""
    then = "norm relu" if norm else "relu"
    noise = f" dropout{dropout}" if dropout else ""
    return (
        Layer(32, kernel=3, padding=1, then=then),
        Layer(32, kernel=3, padding=1, then=f"{then} pool2"),
        Layer(48, kernel=3, then=then),
        Layer(48, kernel=3, padding=1, then=f"{then} pool2"),
        Layer(128, then=then + noise),
        Layer(10, then=""),
    )


def top(epochs: int = 60) -> Recipe:
    return Recipe(
        Siamese(layers(), Probability()),
        Optimiser("adamw", 0.01, 0.01, "one cycle"),
        epochs=epochs,
        batch=100,
        loss=Loss(target=0.1, digits=0.5, smoothing=0.05),
        distort=DISTORTION,
    )
