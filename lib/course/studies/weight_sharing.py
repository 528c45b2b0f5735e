"""Recorded experiments of the chapter on weight sharing."""

from dataclasses import replace

from lib.course import networks, reports
from lib.course.recorded import Study, study
from lib.extras.starts import SameStart
from lib.models import PairNetwork, SiameseNetwork
from lib.recipes import Recipe


@study
def sharing_controls() -> Study:
    """What else differs between the degrees of sharing: the head, where the branches start, which layer is doubled."""
    siamese, pair = networks.siamese, networks.conv_pair()
    headed = PairNetwork((*networks.conv_layers(20), *networks.COMPARE))
    systems = {
        "pair": pair,
        "pair, siamese head": replace(pair, model=headed),
        "unshared": siamese("unshared"),
        "unshared, same start": replace(siamese("unshared"), extras=(SameStart(),)),
        "partly": siamese("partly", own=True),
        "partly, same start": replace(siamese("partly", own=True), extras=(SameStart(),)),
        "shared": siamese(),
    }
    for number, name in enumerate(("first convolution", "second convolution", "hidden layer", "ten outputs")):
        systems[f"own {name}"] = with_own(number)
    return Study(systems)


def with_own(number: int) -> Recipe:
    """The course network, all shared but the layer of this number."""
    branch = tuple(replace(layer, own=i == number) for i, layer in enumerate(networks.conv_layers(10)))
    recipe = networks.siamese()
    return replace(recipe, model=SiameseNetwork(branch, networks.COMPARE, sharing="partly"))


@study
def sharing_b() -> Study:
    """B's reduced weight sharing with the doubled layers started from equal weights."""
    rws = reports.b_siamese("partly")
    systems = {"RWS": reports.train_as_b(rws), "RWS aux": reports.train_as_b(rws, 0.7)}
    same = {f"{name}, same start": replace(recipe, extras=(SameStart(),)) for name, recipe in systems.items()}
    return Study(same, report="B", data="mnist")


@study
def sharing_c() -> Study:
    """C's siamese networks without sharing: a branch for each image, as in them, but with weights of its own."""
    systems = {}
    for name, model in (("MLP", reports.c_mlp(shared=True)), ("ConvNet", reports.c_convnet(shared=True))):
        assert isinstance(model, SiameseNetwork)
        systems[f"{name} unshared"] = reports.train_as_c(replace(model, sharing="unshared"))
    return Study(systems, report="C", data="mnist")
