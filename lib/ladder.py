"""From the first network to the record: one technique at a time, and then each taken away again."""

import math
from dataclasses import replace

from lib import course
from lib.distort import Distortion
from lib.heads import Probability
from lib.models import Layer, Layers, Siamese
from lib.recipes import Loss, Optimiser, Protocol, Recipe

DISTORTION = Distortion(rotation=10, scale=0.1, shear=0.15, shift=1.0, elastic=0.6)
ONE_CYCLE = Optimiser("adamw", rate=0.01, decay=0.01, schedule="one cycle")


def layers(norm: bool = True, dropout: float = 0.3, skip: bool = False, width: int = 1) -> Layers:
    """Four convolutions of 32, 32, 48 and 48 channels and a hidden layer of 128: 70,794 weights with batch norm.

    ``width`` multiplies all five numbers.
    """
    then = "norm relu" if norm else "relu"
    noise = f" dropout{dropout}" if dropout else ""
    repeated = "identity" if skip else ""
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
        Siamese(layers(), Probability()),
        ONE_CYCLE,
        epochs=epochs,
        batch=100,
        loss=Loss(target=0.1, digits=0.5, smoothing=0.05),
        distort=DISTORTION,
        views=views,
    )


def rungs() -> dict[str, Recipe]:
    """Each adds one technique to the one before, from the pair network of the second chapter to the record.

    "+ smoothed labels" brings the record's loss weights, too, "+ one cycle of AdamW" its batch and learning rate.
    """
    shallow = course.with_head(Probability(), digits=1)
    norm = replace(shallow, model=Siamese(with_norm(course.conv_layers(10)), Probability()))
    dropout = replace(shallow, model=Siamese(with_norm(course.conv_layers(10, dropout=0.3)), Probability()))
    deep = replace(shallow, model=Siamese(layers(), Probability()))
    distorted = replace(deep, distort=DISTORTION)
    smoothed = replace(distorted, loss=record().loss)
    return {
        "pair network": course.conv_pair(),
        "+ one shared branch": course.siamese(),
        "+ digit losses": course.siamese(digits=1),
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
    learned = replace(top, model=Siamese(layers(), course.COMPARE), loss=replace(top.loss, target=1.0))
    shallow = Siamese(with_norm(course.conv_layers(10, dropout=0.3)), Probability())
    return {
        "− one shared branch": replace(top, model=replace(top.model, sharing="unshared")),
        "− digit losses": replace(top, loss=Loss()),
        "− ≤ built in": learned,
        "− batch norm": replace(top, model=Siamese(layers(norm=False), Probability())),
        "− dropout": replace(top, model=Siamese(layers(dropout=0), Probability())),
        "− four convolutions": replace(top, model=shallow),
        "− distortions": replace(top, distort=None, views=1),
        "− elastic distortions": replace(top, distort=replace(DISTORTION, elastic=0.0)),
        "− smoothed labels": replace(top, loss=replace(top.loss, smoothing=0.0)),
        "− one cycle of AdamW": replace(top, optimiser=course.ADAM),
        "− 60 epochs": replace(top, epochs=25),
        "with skip connections": replace(top, model=Siamese(layers(skip=True), Probability())),
        "with new pairs": replace(top, pairing="anew"),
        "with a running mean": replace(top, average=0.99),
    }


def without_digits() -> dict[str, Recipe]:
    """The comparison labels alone: no loss knows a digit."""
    plain = replace(record(), loss=Loss())
    balanced = replace(plain, loss=Loss(balance=1.0))
    return {
        "no digit labels": course.with_head(Probability()),
        "no digit labels: the record's": plain,
        "no digit labels: + balance": balanced,
        "no digit labels: + 3 starts": replace(balanced, starts=3),
        "no digit labels: + 160 epochs": replace(balanced, starts=3, epochs=160),
    }


def everything() -> dict[str, Recipe]:
    """All of the above, and a network without a limit on its weights."""
    wide = replace(record(), model=Siamese(layers(width=2), Probability()))
    return rungs() | changes() | without_digits() | {"four times as many weights": wide}


def by_pairs() -> dict[str, Recipe]:
    """The first network and the record with 100 to 10,000 pairs; never fewer steps than 1000 pairs get."""
    systems = {}
    for pairs in (100, 300, 1000, 3000, 10_000):
        for name, recipe in {"pair network": course.conv_pair(), "record": record()}.items():
            epochs = math.ceil(recipe.epochs * max(1 / 3, 1000 / pairs))
            systems[f"{name}, {pairs}"] = replace(recipe, epochs=epochs, protocol=Protocol(train=pairs))
    return systems


def well_fed() -> Recipe:
    """The record's network with thirty times the pairs: what it still gets wrong is hardly for want of examples."""
    return replace(record(), epochs=16, protocol=Protocol("30,000 pairs", train=30_000))
