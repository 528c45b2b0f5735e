"""Recorded experiments of the chapter on sizes and rates, and choosing among them."""

from random import Random

from lib.course import reports
from lib.course.recorded import Study, study


@study
def search_c() -> Study:
    """C's search: all 55 MLPs and 27 ConvNets of 65,000 to 75,000 weights."""
    mlps, convnets = reports.c_search()
    systems = {f"MLP {'-'.join(map(str, size))}": reports.train_as_c(reports.c_mlp(widths=size)) for size in mlps}
    for *channels, hidden in convnets:
        model = reports.c_convnet(channels=tuple(channels), hidden=hidden)
        systems[f"ConvNet {'-'.join(map(str, (*channels, hidden)))}"] = reports.train_as_c(model)
    return Study(systems, report="C", data="mnist")


@study
def grid_a() -> Study:
    """A random subsample of A's grid: 40 of its 1280 configurations, three networks, three rounds each."""
    systems = {}
    for chosen in Random(0).sample(reports.a_grid(), 40):
        for network in ("pair", "siamese 2", "siamese 10"):
            systems[f"{network}; {'; '.join(f'{k}={v}' for k, v in chosen.items())}"] = reports.a_configured(
                network, **chosen
            )
    return Study(systems, report="A", data="mnist", rounds=3)
