"""Recorded experiments of the chapter on skip connections."""

from dataclasses import replace

from lib.course import networks
from lib.course.recorded import Study, study
from lib.extras.epsilon import WithEpsilon
from lib.layers import Layer
from lib.models import Initialisation, PairNetwork
from lib.recipes import Recipe


@study
def skip_convolution() -> Study:
    """Deep convolutional pair networks, plain and with identity skips, with and without batch norm."""
    systems = {}
    for depth in (2, 4, 8, 16, 24):
        for skip in (False, True):
            for norm in (False, True):
                name = ("residual" if skip else "plain") + (", batch norm" if norm else "")
                systems[f"{name}; {depth}"] = conv_deep(depth, skip, norm)
    return Study(systems)


def conv_deep(depth: int, skip: bool, norm: bool) -> Recipe:
    """``depth`` convolutions of 16 channels on 7×7 places, and a linear layer."""
    then = "norm relu" if norm else "relu"
    first = Layer(16, kernel=3, padding=1, then=f"pool2 {then}")
    repeated = Layer(16, kernel=3, padding=1, then=then, skip="identity" if skip else "")
    return Recipe(
        PairNetwork((first, *(repeated,) * (depth - 1), Layer(2, then=""))), networks.ADAM, batch=networks.BATCH
    )


INITIALISATIONS: tuple[Initialisation, ...] = ("default", "xavier", "he")
DEPTHS = (2, 4, 8, 12, 16, 24, 32, 48)


@study
def skip_depth() -> Study:
    """Deep fully connected networks: three initialisations, skips, batch norm; each with two values of Adam's ε."""
    systems = {}
    for depth in DEPTHS:
        plain = networks.deep(depth)
        assert isinstance(plain.model, PairNetwork)
        ways: dict[str, Recipe] = {
            scheme: replace(plain, model=replace(plain.model, init=scheme)) for scheme in INITIALISATIONS
        }
        ways |= {"skips": networks.deep(depth, skip=True), "batch norm": networks.deep(depth, norm=True)}
        for way, recipe in ways.items():
            systems[f"{way}; {depth}; 1e-08"] = recipe
            tiny = WithEpsilon(recipe.optimiser.name, recipe.optimiser.rate, epsilon=1e-16)
            systems[f"{way}; {depth}; 1e-16"] = replace(recipe, optimiser=tiny)
    return Study(systems)


@study
def skip_rate() -> Study:
    """Some of the deep fully connected networks of skip-depth at lower learning rates than the course's."""
    wanted: dict[tuple[str, int], tuple[float, ...]] = {(way, 24): (0.001, 0.0005, 0.00025) for way in ("he", "skips")}
    wanted |= {(way, 16): (0.0005,) for way in ("default", "he", "skips")}
    systems = {}
    for (way, depth), rates in wanted.items():
        recipe = skip_depth().systems[f"{way}; {depth}; 1e-08"]
        for rate in rates:
            systems[f"{way}; {depth}; {rate}"] = replace(recipe, optimiser=replace(recipe.optimiser, rate=rate))
    return Study(systems)
