"""A sample of every figure of the course, hard ones among them: long names, many decades, many panels."""

import functools

import numpy as np
import pandas as pd
import torch
from torch.nn.functional import cross_entropy

from lib import compare, course, data, figures

SYSTEMS = ["one network for both images", "two branches, one set of weights", "dense", "with digit losses (w = 1)"]


def results(systems=SYSTEMS, rounds: int = 10, **columns) -> pd.DataFrame:
    random = np.random.default_rng(0)
    rows = [
        {"system": name, "round": k, "parameters": 10, "status": "done", "seconds": 1.0}
        | {"test_accuracy": 0.80 + 0.03 * i + 0.008 * random.standard_normal()}
        for i, name in enumerate(systems)
        for k in range(rounds)
    ]
    return pd.DataFrame(rows).assign(**columns)


def history(systems) -> pd.DataFrame:
    rows = [
        {"system": name, "round": k, "epoch": e, "train_loss": 0.7 / e, "test_loss": 0.5 + 0.01 * e}
        | {"train_accuracy": 1 - 0.4 / e, "test_accuracy": 0.85 - 0.3 / e + 0.01 * k, "digit_accuracy": 0.1}
        for name in systems
        for k in range(3)
        for e in range(1, 26)
    ]
    return pd.DataFrame(rows)


def effects(count: int) -> list[compare.Effect]:
    random = np.random.default_rng(1)
    names = [f"{SYSTEMS[i % 4]} − {SYSTEMS[(i + 1) % 4]}" for i in range(count)]
    return [compare.estimate(name, pd.Series(3 - i / 2 + random.standard_normal(10))) for i, name in enumerate(names)]


def grid(by: str, x: str, values, lines) -> pd.DataFrame:
    parts = [
        results(["dense"], **{x: value, by: line}).assign(test_accuracy=lambda t, s=i + k: t.test_accuracy + 0.01 * s)
        for i, line in enumerate(lines)
        for k, value in enumerate(values)
    ]
    return pd.concat(parts, ignore_index=True)


def costs() -> pd.DataFrame:
    names = ["dense", "siamese", "digit losses", "built-in ≤", "distortions", "wider", "three views", "more epochs"]
    mean = pd.Series(100 - 20 * 0.6 ** np.arange(8), index=names)
    cost = [0.1, 1, 2, 2.1, 8, 30, 31, 400]
    return pd.DataFrame({"seconds": cost, "multiply_adds": cost, "mean": mean, "low": mean - 0.2, "high": mean + 0.2})


def moments() -> pd.DataFrame:
    index = pd.Index([0] * 10 + [1] * 10 + [3] * 10, name="epochs of training")
    values = np.random.default_rng(2).standard_normal((30, 3)) / 4 + np.repeat([1, 0.4, -0.5], 10)[:, None]
    return pd.DataFrame(values, index, columns=["variance ratio", "cosine of g₁ and g₂", "cosine of g₁ and g₁"])


def probe() -> pd.DataFrame:
    rows = [(k, f"layer {i}", 10.0 ** (-2 * i) / (1 + k)) for k in range(50) for i in range(4)]
    return pd.DataFrame(rows, columns=["batch", "layer", "norm"])


def depth(decades: float, columns=("plain", "residual")) -> pd.DataFrame:
    values = {name: [1.0, 10 ** (-decades / 2), 10.0**-decades] for name in columns}
    return pd.DataFrame(values, index=pd.Index([2, 10, 24], name="depth"))


def published() -> pd.DataFrame:
    rows = [(r, f"system {i}", 80.0 + 2 * i, 79.0 + 2 * i + (r == "C")) for r in "ABCDE" for i in range(8)]
    table = pd.DataFrame(rows, columns=["report", "system", "published", "mean"])
    return table.assign(low=table["mean"] - 1, high=table["mean"] + 1)


def beliefs() -> pd.DataFrame:
    """Ten separate digits, before and after."""
    after = np.where(np.arange(10) < 6, 1 / 6, 0)
    return pd.DataFrame({"before": 0.1, "after a yes": after}, index=pd.RangeIndex(10, name="first digit"))


def wrong() -> pd.DataFrame:
    image = bytes(range(196)).hex()
    read = {"read0": [8, np.nan, 4, 4, 1.0], "read1": [5, np.nan, 4, 9, 7]}
    return pd.DataFrame(
        {"digit0": [3, 9, 4, 7, 1], "digit1": [5, 4, 2, 9, 2]} | read | {"image0": image, "image1": image}
    )


def judged() -> pd.DataFrame:
    """Sixteen changes and what is left of them, with long names and three verdicts."""
    change = pd.Series(np.linspace(-8, 5, 16), index=[f"{'ABCDE'[i % 5]} MLP dropout 0.{i}" for i in range(16)])
    left, verdict = change / 3, ["explains it", "something else, too", "cannot tell"]
    columns = {"change": change, "change_low": change - 1, "change_high": change + 1}
    columns |= {"left": left, "left_low": left - 2, "left_high": left + 2}
    return pd.DataFrame(columns | {"verdict": [verdict[i % 3] for i in range(16)]})


def descent(outputs: int) -> torch.Tensor:
    """Tables (100, 10, 10) in which the ten digits find so many outputs."""
    goal = torch.eye(10)[[min(digit, outputs - 1) for digit in range(10)]]
    along = torch.linspace(0, 1, 100).view(-1, 1, 1)
    return (1 - along) / 10 + along * goal


@functools.cache
def samples() -> dict[str, "figures.Picture | figures.Row"]:
    """Name → figure; the name begins with that of the function."""
    torch.manual_seed(0)  # some are drawn from fresh networks
    digits = data.load()
    drawn = data.draw(digits, 0)
    image = drawn.train.images[0, 0]
    counts = torch.eye(10, dtype=torch.int64) * 8 + torch.eye(10, dtype=torch.int64).roll(1, 0)
    plain = course.conv_pair().fresh(0)
    loss = cross_entropy(plain(drawn.train.images[:10]).target, drawn.train.target[:10])
    rates, lines = [0.001, 0.01, 0.1, 1.0], ["SGD, no norm", "SGD, batch norm", "Adam, no norm", "Adam, batch norm"]
    many = {"dense pair": course.conv_pair(), "own": course.siamese("unshared"), "shared": course.siamese()}
    values = pd.Series([80.0, 82, 81, 85])
    return {
        "rounds": figures.rounds(results(), "Four systems."),
        "rounds, one": figures.rounds(results(["a system"]), "One."),
        "effects": figures.effects(effects(11), "Eleven differences."),
        "effects, in groups": figures.effects({"Up": effects(3), "Down, to the right": effects(11)[8:]}, "Two groups."),
        "effects, shares": figures.effects(effects(3), "Three shares.", "share of what was expected (%)", equal=100),
        "effects, one": figures.effects(effects(1), "One difference."),
        "curves": figures.curves(
            history(["one"]), "c", ["train_accuracy", "test_accuracy", "digit_accuracy"], (0, 101)
        ),
        "curves, two": figures.curves(history(["true labels", "random labels"]), "c", ["train_loss", "test_loss"]),
        "curves, three": figures.curves(history(SYSTEMS[:3]), "c"),
        "matched": figures.matched(results(), SYSTEMS[1], SYSTEMS[0], "c"),
        "means": figures.means(results(["dense"]), "c"),
        "against": figures.against(published(), "c"),
        "against, named": figures.against(published(), "Five named.", named=5),
        "frontier": figures.frontier(costs(), "c", cost="multiply_adds"),
        "sweep": figures.sweep(
            grid("training", "weight", [0, 0.1, 0.3, 1, 3, 10], lines), "weight", "c", "training", even=True
        ),
        "sweep, logarithmic": figures.sweep(grid("network", "rate", rates, lines), "rate", "c", "network", log=True),
        "sweep, by errors": figures.sweep(
            grid("network", "rate", rates, lines), "rate", "By errors.", "network", log=True, errors=True
        ),
        "sweep, crowded": figures.sweep(grid("a", "pairs", [1000, 2000, 5000, 10000, 55000], ["b"]), "pairs", "c"),
        "sweep, two values": figures.sweep(grid("a", "dropout", [0.0, 0.5], ["b"]), "dropout", "c"),
        "traces": figures.traces(
            {"with batch norm": probe(), "without": probe()}, "norm", "size of the gradient", "c", log=True
        ),
        **{
            f"lines, {d:g} decades": figures.lines(depth(d), "c", "size of the gradient", log=True)
            for d in (0.02, 0.5, 2, 4, 15, 40)
        },
        "lines, seven": figures.lines(depth(1, [f"a system, {i}" for i in range(7)]), "c", "test accuracy (%)"),
        "bars": figures.bars(beliefs(), "c", "probability", (0, 1.05)),
        "pairs": figures.pairs(drawn.train[:10], "c"),
        "question": figures.question(drawn.train[:1], "c"),
        "mistakes": figures.mistakes(wrong(), "c"),
        "mistakes, not told": figures.mistakes(wrong(), "c", told=False),
        "mistakes, in groups": figures.mistakes({"right for the other": wrong(), "wrong for both": wrong()}, "c"),
        "images": figures.images({f"time {i}": image for i in range(6)}, "c", "A digit six times."),
        "images, flat": figures.images({"before": image[:4], "after": image[:4]}, "c", "A pair, twice."),
        "confusion": figures.confusion({"one": counts}, "c"),
        "confusion, two": figures.confusion({"learned, no labels": counts, "probability, no labels": counts}, "c"),
        "confusion, three": figures.confusion({f"{n} steps": counts for n in (30, 60, 1000)}, "c", xlabel="output"),
        "activations": figures.activations(
            {"first image": torch.nn.functional.relu(torch.randn(16, 6, 6)), "second image": torch.rand(16, 6, 6)}, "c"
        ),
        "activations, units": figures.activations({"first image": torch.rand(128), "second image": image}, "c"),
        "activations, labels": figures.activations({"3 ≤ 5?": torch.tensor([-1.0, 2.0])}, "c", ["no", "yes"]),
        "network": figures.network(course.siamese(auxiliary=1), "c"),
        "network, deep": figures.network(course.deep(24, skip=True), "c"),
        "network, two": figures.network({"A + skips": course.conv_pair(), "deep": course.deep(24, skip=True)}, "two"),
        "network, three": figures.network(many, "c"),
        "network, heads": figures.network({"learned": course.siamese(auxiliary=1)}, "c", heads_only=True),
        "graph": figures.graph(loss, plain, "c"),
        "matches": figures.matches(
            {"same round": (values, values + 1), "shuffled": (values, values[::-1])}, "first", "second", "c"
        ),
        "all_pairs": figures.all_pairs("c"),
        "chances": figures.chances((80, 81), 1000, "c"),
        "averaged": figures.averaged("c"),
        "firing": figures.firing({"before the step": torch.randn(1000) + 2, "after it": torch.randn(1000) - 4}, "c"),
        "lengthened": figures.lengthened(
            {
                "w": (torch.tensor([1.0, 0.5]), torch.tensor([0.4, -0.8])),
                "2 w": (torch.tensor([2.0, 1]), torch.tensor([0.2, -0.4])),
            },
            1,
            "c",
        ),
        "thinned": figures.thinned([4, 6, 6, 2], 0.5, torch.Generator().manual_seed(0), "c"),
        "variances": figures.variances(
            {
                "with dropout": (10 ** torch.randn(50), 10 ** torch.randn(50)),
                "without": (torch.rand(50), torch.rand(50)),
            },
            "expected",
            "in eval mode",
            "c",
        ),
        "residual_layer": figures.residual_layer("c"),
        "paths": figures.paths(3, "c"),
        "cliff": figures.cliff(
            depth(18, ["default", "Xavier", "He"]), depth(15, ["default", "Xavier", "He"]), 1e-8, "c"
        ),
        "sum_of_gradients": figures.sum_of_gradients(torch.tensor([1.0, 0]), torch.tensor([2.0, 3]), 1, "c"),
        "labelled": figures.labelled(
            drawn.train.images[:10, 0],
            {name: drawn.train.labels[:10, place] for name, place in {"digit": 0, "ink": 1, "dice": 1}.items()},
            "c",
        ),
        "shared_entries": figures.shared_entries(torch.eye(4, 16) + 2 * torch.eye(4, 16).roll(1, 1), "c"),
        "by_moment": figures.by_moment(moments(), 1, "c"),
        "verdicts": figures.verdicts(judged(), "c"),
        "beside_printed": figures.beside_printed(pd.Series([93.0, 95, 94, 93]), 97.7, (90, 100), "c"),
        "looked_at_twice": figures.looked_at_twice(np.linspace(-2, 2, 20), np.linspace(1, -1, 20), (-4, 4), "c"),
        "joint": figures.joint(torch.randn(10).softmax(0), torch.full((10,), 0.1), "c"),
        "descents": figures.descents({"start 0": descent(10), "start 1": descent(8)}, "c"),
    }
