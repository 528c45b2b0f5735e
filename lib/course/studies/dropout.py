"""Recorded experiments of the chapter on dropout."""

from dataclasses import replace

from lib.course import networks, reports
from lib.course.recorded import Study, study
from lib.layers import Layers
from lib.models import Network, PairNetwork, SiameseNetwork
from lib.recipes import Loss, Protocol

SIZES = {"7,000": (16, 16, 16, 16), "70,000": (128, 64, 32, 256), "700,000": (720, 360, 180, 512)}


@study
def dropout_size() -> Study:
    """C's MLP at three sizes and with two amounts of data: is there a place where dropout pays?"""
    systems = {}
    for size, widths in SIZES.items():
        for pairs in (250, 1000):
            for rate in (0, 0.2, 0.5, 0.8):
                recipe = reports.train_as_c(reports.c_mlp(widths=widths, dropout=rate))
                recipe = replace(recipe, protocol=Protocol(train=pairs), epochs=30 * 1000 // pairs)
                systems[f"{size}; {pairs}; {rate}"] = recipe
    return Study(systems, report="C")


@study
def dropout_epochs() -> Study:
    """The course network with digit losses, with and without dropout, for ever longer training; others, given time."""
    systems, report = {}, {}
    for rate in (0, 0.5):
        for epochs in (10, 25, 50, 100):
            systems[f"{rate}, {epochs}"] = replace(networks.siamese(auxiliary=1, dropout=rate), epochs=epochs)
    for rate in (0, 0.5):
        systems[f"C's MLP; {rate}, 150"] = replace(reports.train_as_c(reports.c_mlp(dropout=rate)), epochs=150)
        report[f"C's MLP; {rate}, 150"] = "C"
        systems[f"pair; {rate}, 100"] = replace(networks.conv_pair(dropout=rate), epochs=100)
        systems[f"siamese; {rate}, 100"] = replace(networks.siamese(dropout=rate), epochs=100)
    return Study(systems, {name: report.get(name, "course") for name in systems})


@study
def dropout_place() -> Study:
    """The course network with digit losses and dropout of rate 0.5 after one of its layers, or several."""
    places = {
        "nowhere": (),
        "first convolution": (0,),
        "second convolution": (1,),
        "hidden layer": (2,),
        "second convolution and hidden layer": (1, 2),
        "everywhere": (0, 1, 2),
    }
    recipe, layers = networks.siamese(auxiliary=1), networks.conv_layers(10)
    assert isinstance(recipe.model, SiameseNetwork)
    systems = {}
    for name, chosen in places.items():
        noisy = {i: replace(layers[i], then=f"{layers[i].then} dropout0.5") for i in chosen}
        branch = tuple(noisy.get(i, layer) for i, layer in enumerate(layers))
        systems[name] = replace(recipe, model=replace(recipe.model, branch=branch))
    return Study(systems)


@study
def dropout_norm() -> Study:
    """D's baseline with dropout and batch norm apart and together, and with dropout inside its convolutions."""
    systems = {
        "neither": reports.train_as_d(reports.d_baseline(norm=False, dropout=False)),
        "dropout": reports.train_as_d(reports.d_baseline(norm=False)),
        "batch norm": reports.train_as_d(reports.d_baseline(dropout=False)),
        "both": reports.train_as_d(reports.d_baseline()),
    }
    full = reports.d_layers(2)
    for rate in (0.2, 0.5):
        inside = tuple(replace(layer, then=f"{layer.then} dropout{rate}") if layer.kernel else layer for layer in full)
        systems[f"both, and {rate} in the convolutions"] = reports.train_as_d(PairNetwork(inside))
    return Study(systems, report="D")


@study
def dropout_head() -> Study:
    """C's ConvNet with the dropout that its code has in the head, and without, alone and in its best system."""
    systems = {}
    for name, siamese in (("ConvNet", False), ("shared + aux", True)):
        model = reports.c_convnet(shared=siamese, digit_head=siamese)
        loss = Loss(target=1.0, auxiliary=1.25) if siamese else Loss()
        with_it = replace(reports.train_as_c(model), loss=loss)
        systems[f"{name}, dropout"] = with_it
        systems[f"{name}, none"] = replace(with_it, model=without_dropout(model))
    return Study(systems, report="C")


def without_dropout(model: Network) -> Network:
    """The same network with every dropout word taken out."""

    def clean(words: str) -> str:
        return " ".join(word for word in words.split() if not word.startswith("dropout"))

    def stack(layers: Layers) -> Layers:
        return tuple(replace(layer, before=clean(layer.before), then=clean(layer.then)) for layer in layers)

    if isinstance(model, PairNetwork):
        return replace(model, layers=stack(model.layers))
    assert isinstance(model, SiameseNetwork) and isinstance(model.head, tuple)
    digit_head = None if model.digit_head is None else stack(model.digit_head)
    return replace(model, branch=stack(model.branch), head=stack(model.head), digit_head=digit_head)
