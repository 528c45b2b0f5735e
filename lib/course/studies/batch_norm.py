"""Recorded experiments of the chapter on batch norm and dead ReLUs."""

from dataclasses import replace

from lib.course import networks, reports
from lib.course.recorded import Study, study
from lib.models import PairNetwork
from lib.recipes import Optimiser


@study
def norm_rate() -> Study:
    """A's pair network: learning rates, with and without batch norm, SGD (with and without its last ReLU) and Adam."""
    systems = {}
    for norm in (True, False):
        name = "batch norm" if norm else "none"
        for rate in (0.001, 0.01, 0.1, 0.25, 1):
            for last in ("", "relu"):
                end = "SGD, ReLU on logits" if last else "SGD"
                systems[f"{end}, {name}, {rate}"] = reports.train_as_a(reports.a_pair(norm=norm, last=last), rate)
        for rate in (0.0001, 0.001, 0.01, 0.1):
            recipe = replace(reports.train_as_a(reports.a_pair(norm=norm)), optimiser=Optimiser("adam", rate))
            systems[f"Adam, {name}, {rate}"] = recipe
    return Study(systems, report="A")


@study
def norm_epochs() -> Study:
    """A's pair network at a rate of 0.1 with plain logits, for four times its epochs: with and without batch norm."""
    systems = {}
    for norm in (True, False):
        recipe = reports.train_as_a(reports.a_pair(norm=norm), 0.1)
        systems["batch norm" if norm else "none"] = replace(recipe, epochs=4 * recipe.epochs)
    return Study(systems, report="A")


@study
def initialisation() -> Study:
    """A's pair network from three initialisations, with and without batch norm."""
    systems = {}
    for norm in (True, False):
        for scheme in ("default", "xavier", "he"):
            model = replace(reports.a_pair(norm=norm), init=scheme)
            name = "batch norm" if norm else "none"
            systems[f"{name}, {scheme}"] = reports.train_as_a(model, 0.1)
    return Study(systems, report="A")


@study
def activations() -> Study:
    """C's Fig. 4: four activations at two learning rates, in both of its networks."""
    systems = {}
    for activation in ("relu", "tanh", "sigmoid", "selu"):
        for rate in (0.001, 0.01):
            mlp, convnet = reports.c_mlp(activation=activation), reports.c_convnet(activation=activation)
            systems[f"MLP, {activation}, {rate}"] = reports.train_as_c(mlp, rate)
            systems[f"ConvNet, {activation}, {rate}"] = reports.train_as_c(convnet, rate)
    return Study(systems, report="C")


@study
def norm_place() -> Study:
    """Batch norm before or after the activation, in A's pair network and in a deep fully connected one."""
    before = tuple(
        replace(layer, then=layer.then.replace("relu norm", "norm relu")) for layer in reports.a_layers(64, 64, 64, 2)
    )
    deep = networks.deep(8, norm=True)
    assert isinstance(deep.model, PairNetwork)
    after = tuple(replace(layer, then=layer.then.replace("norm relu", "relu norm")) for layer in deep.model.layers)
    return Study(
        {
            "A's pair, before": reports.train_as_a(PairNetwork(before)),
            "A's pair, after": reports.train_as_a(reports.a_pair()),
            "8 dense layers, before": deep,
            "8 dense layers, after": replace(deep, model=PairNetwork(after)),
        }
    )
