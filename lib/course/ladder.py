"""From the first network to the record: one technique at a time, and then each taken away again."""

import math
from dataclasses import replace
from typing import Literal

from lib.course import networks
from lib.extras.augmentation import Distortion, NewPairs, Views
from lib.extras.losses import Balanced
from lib.extras.schedules import OneCycle
from lib.extras.starts import Starts
from lib.extras.wrappers import RunningMean
from lib.heads import Probability
from lib.layers import Layer, Layers
from lib.models import SiameseNetwork
from lib.recipes import Loss, Protocol, Recipe

DISTORTION = Distortion(rotation=10, scale=0.1, shear=0.15, shift=1.0, elastic=0.6)
ONE_CYCLE = OneCycle("adamw", rate=0.01, decay=0.01)


def layers(norm: bool = True, dropout: float = 0.3, skip: bool = False, width: int = 1) -> Layers:
    """Four convolutions of 32, 32, 48 and 48 channels and a hidden layer of 128: 70,794 weights with batch norm.

    ``width`` multiplies all five numbers.
    """
    then = "norm relu" if norm else "relu"
    noise = f" dropout{dropout}" if dropout else ""
    repeated: Literal["", "identity"] = "identity" if skip else ""
    return (
        Layer(32 * width, kernel=3, padding=1, then=then),
        Layer(32 * width, kernel=3, padding=1, then=then, skip=repeated),
        Layer(48 * width, kernel=3, before="pool2", then=then),
        Layer(48 * width, kernel=3, padding=1, then=then, skip=repeated),
        Layer(128 * width, before="pool2", then=then + noise),
        Layer(10, then=""),
    )


def record(epochs: int = 60, views: int = 8) -> Recipe:
    """The rung "+ 8 views". It was to be ``record(240)``, the last rung: four times the time, for nothing."""
    return Recipe(
        SiameseNetwork(layers(), Probability()),
        ONE_CYCLE,
        epochs=epochs,
        batch=100,
        loss=Loss(target=0.1, auxiliary=0.5, smoothing=0.05),
        extras=(DISTORTION, Views(views, DISTORTION.milder())) if views > 1 else (DISTORTION,),
    )


def rungs() -> dict[str, Recipe]:
    """Each adds one technique to the one before, from the pair network of the second chapter to the record.

    "+ smoothed labels" brings the record's loss weights, too, "+ one cycle of AdamW" its batch and learning rate.
    """
    shallow = networks.with_head(Probability(), auxiliary=1)
    norm = replace(shallow, model=SiameseNetwork(with_norm(networks.conv_layers(10)), Probability()))
    dropout = replace(shallow, model=SiameseNetwork(with_norm(networks.conv_layers(10, dropout=0.3)), Probability()))
    deep = replace(shallow, model=SiameseNetwork(layers(), Probability()))
    distorted = replace(deep, extras=(DISTORTION,))
    smoothed = replace(distorted, loss=record().loss)
    return {
        "pair network": networks.conv_pair(),
        "+ one shared branch": networks.siamese(),
        "+ digit losses": networks.siamese(auxiliary=1),
        "+ softmax before the head": networks.siamese(auxiliary=1, between="softmax"),
        "+ ≤ built in": shallow,
        "+ batch norm": norm,
        "+ dropout": dropout,
        "+ four convolutions": deep,
        "+ distortions": distorted,
        "+ smoothed labels": smoothed,
        "+ one cycle of AdamW": replace(smoothed, optimiser=ONE_CYCLE, batch=100),
        "+ 60 epochs": record(views=1),
        "+ 8 views": record(),
        "+ 240 epochs": record(240),
    }


def with_norm(layers: Layers) -> Layers:
    """Batch norm before the activation of every layer but the last."""
    return (*(replace(layer, then=f"norm {layer.then}") for layer in layers[:-1]), layers[-1])


def changes() -> dict[str, Recipe]:
    """The rung "+ 8 views" without one of its techniques, or with one that it does not have."""
    top = record()
    learned = replace(top, model=SiameseNetwork(layers(), networks.COMPARE), loss=replace(top.loss, target=1.0))
    softmax = replace(learned, model=SiameseNetwork(layers(), networks.COMPARE, between="softmax"))
    shallow = SiameseNetwork(with_norm(networks.conv_layers(10, dropout=0.3)), Probability())
    stiff = replace(DISTORTION, elastic=0.0)
    return {
        "− one shared branch": replace(top, model=SiameseNetwork(layers(), Probability(), sharing="unshared")),
        "− digit losses": replace(top, loss=Loss()),
        "− ≤ and softmax": learned,
        "− ≤ built in": softmax,
        "− batch norm": replace(top, model=SiameseNetwork(layers(norm=False), Probability())),
        "− dropout": replace(top, model=SiameseNetwork(layers(dropout=0), Probability())),
        "− four convolutions": replace(top, model=shallow),
        "− distortions": replace(top, extras=()),
        "− elastic distortions": replace(top, extras=(stiff, Views(8, stiff.milder()))),
        "− smoothed labels": replace(top, loss=replace(top.loss, smoothing=0.0)),
        "− one cycle of AdamW": replace(top, optimiser=networks.ADAM),
        "− 60 epochs": replace(top, epochs=25),
        "with skip connections": replace(top, model=SiameseNetwork(layers(skip=True), Probability())),
        "with new pairs": replace(top, extras=(*top.extras, NewPairs())),
        "with a running mean": replace(top, extras=(*top.extras, RunningMean(0.99))),
    }


def without_digits() -> dict[str, Recipe]:
    """The comparison labels alone: no loss knows a digit."""
    plain = replace(record(), loss=Loss())
    balanced = replace(plain, loss=Balanced(balance=1.0))
    started = replace(balanced, extras=(*balanced.extras, Starts(3)))
    return {
        "no digit labels": networks.with_head(Probability()),
        "no digit labels: the record's": plain,
        "no digit labels: + balance": balanced,
        "no digit labels: + 3 starts": started,
        "no digit labels: + 160 epochs": replace(started, epochs=160),
    }


def everything() -> dict[str, Recipe]:
    """All of the above, and a network without a limit on its weights."""
    wide = replace(record(), model=SiameseNetwork(layers(width=2), Probability()))
    return rungs() | changes() | without_digits() | {"four times as many weights": wide}


def by_pairs() -> dict[str, Recipe]:
    """The first network and the record with 100 to 10,000 pairs; never fewer steps than 1000 pairs get."""
    systems = {}
    for pairs in (100, 300, 1000, 3000, 10_000):
        for name, recipe in {"pair network": networks.conv_pair(), "record": record()}.items():
            epochs = math.ceil(recipe.epochs * max(1 / 3, 1000 / pairs))
            systems[f"{name}, {pairs}"] = replace(recipe, epochs=epochs, protocol=Protocol(train=pairs))
    return systems


def well_fed() -> Recipe:
    """The record's network with thirty times the pairs: what it still gets wrong is hardly for lack of data."""
    return replace(record(), epochs=16, protocol=Protocol("30,000 pairs", train=30_000))
