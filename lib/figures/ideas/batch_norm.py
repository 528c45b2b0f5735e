"""Pictures of batch norm: what is averaged over what, what a step does to weights, and what comes into a ReLU."""

import math
from collections.abc import Mapping

import pandas as pd
import torch
from matplotlib.axes import Axes
from matplotlib.patches import Circle, Rectangle
from torch import Tensor

from lib.figures.house import (
    COLOURS,
    MAIN,
    ROUND,
    RULE,
    WIDTH,
    Picture,
    in_house_style,
    numbered,
    one_axes,
    row_of_axes,
)

EXAMPLES, UNITS, SIDE = 4, 4, 3  # of a small mini-batch; the side of a map, in places
STEP = COLOURS[1]
Point = tuple[float, float]
KINDS = {  # what one mean is taken over
    "batch norm,\nlinear layer": (1, "unit", "column"),
    "batch norm,\nconvolution": (SIDE, "channel", "column"),
    "layer norm,\nlinear layer": (1, "unit", "row"),
}


@in_house_style
def averaged(caption: str) -> Picture:
    """A mini-batch as a table, an example a row, a unit or a channel a column; what shares a mean is filled."""
    figure, axes = row_of_axes(len(KINDS), height=2.4)
    for panel, (name, (side, columns, together)) in zip(axes, KINDS.items(), strict=True):
        for example in range(EXAMPLES):
            for unit in range(UNITS):
                _cell(panel, unit, example, side, (unit if together == "column" else example) == 1)
        panel.set(xlim=(-0.1, UNITS + 0.1), ylim=(EXAMPLES + 0.1, -0.1), aspect="equal", xlabel=columns)
        panel.set_xticks([unit + 0.5 for unit in range(UNITS)], list(map(str, range(1, UNITS + 1))))
        panel.set_yticks([example + 0.5 for example in range(EXAMPLES)], list(map(str, range(1, EXAMPLES + 1))))
        panel.tick_params(length=0)
        panel.spines[:].set_visible(False)
        panel.set_title(name)
    axes[0].set_ylabel("example")
    alt = (
        "Batch norm averages a column, one unit over all examples (and all places of a channel); "
        "layer norm averages a row, all units of one example."
    )
    return Picture(figure, alt, caption)


def _cell(axes: Axes, x: int, y: int, side: int, chosen: bool) -> None:
    """One example's numbers of one unit: ``side`` × ``side`` places in a box."""
    size = 0.86 / side
    for row in range(side):
        for column in range(side):
            corner = x + 0.07 + column * size, y + 0.07 + row * size
            colour = MAIN if chosen else "white"
            axes.add_patch(Rectangle(corner, size, size, facecolor=colour, edgecolor=RULE, linewidth=0.8))


@in_house_style
def lengthened(places: Mapping[str, tuple[Tensor, Tensor]], rate: float, caption: str) -> Picture:
    """Weights and their gradient, (n,) each, at each of several places; a step of SGD from there, and circles.

    A circle has all weights that are as long as those before the step. The plane is that of the first pair.
    """
    along, across = _plane(*next(iter(places.values())))
    figure, axes = one_axes(WIDTH * 0.6)
    right, top = 0.0, 0.0
    for name, (weights, gradient) in places.items():
        end = weights - rate * gradient
        (x, y), (to_x, to_y) = ((float(point @ along), float(point @ across)) for point in (weights, end))
        circle = Circle((0, 0), weights.norm().item(), fill=False, edgecolor=RULE, linestyle="--", linewidth=0.8)
        axes.add_patch(circle)
        _arrow(axes, (0, 0), (x, y), MAIN, name, (4, -12))
        _arrow(axes, (x, y), (to_x, to_y), STEP, "step", (5, -4))
        right, top = max(right, x, to_x), max(top, y, to_y)
    room = 0.2 * max(right, top)  # for names
    axes.set(xlim=(-room / 2, right + room), ylim=(-room, top + room), aspect="equal")
    axes.set(xlabel="along w", ylabel="across it")
    numbered(axes.xaxis)
    numbered(axes.yaxis)
    table = pd.DataFrame({name: _measured(*place, rate) for name, place in places.items()}).T.rename_axis("weights")
    told = (
        f"{name} {row['length']:.2f} to {row['after a step']:.2f}, gradient {row['gradient']:.2f} at "
        f"{row['angle (°)']:.0f} degrees"
        for name, row in table.iterrows()
    )
    return Picture(figure, f"Length of weights before and after a step: {'; '.join(told)}.", caption, table)


def _measured(weights: Tensor, gradient: Tensor, rate: float) -> dict[str, float]:
    """Two lengths, the angle between the two, and the weights' length after a step."""
    cosine = torch.cosine_similarity(weights, gradient, dim=0).clamp(-1, 1).item()
    return {
        "length": weights.norm().item(),
        "gradient": gradient.norm().item(),
        "angle (°)": math.degrees(math.acos(cosine)),
        "after a step": (weights - rate * gradient).norm().item(),
    }


def _plane(weights: Tensor, gradient: Tensor) -> tuple[Tensor, Tensor]:
    """Two directions, (n,) each, of length 1: along the weights, and across them against the gradient."""
    along = weights / weights.norm()
    across = (gradient @ along) * along - gradient
    return along, across / across.norm().clamp(min=1e-12)


def _arrow(axes: Axes, start: Point, end: Point, colour: str, name: str, aside: Point) -> None:
    """An arrow, with its name ``aside`` of its end, in points."""
    look = {"arrowstyle": "-|>", "color": colour, "linewidth": 2, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", end, start, arrowprops=look)
    axes.annotate(name, end, xytext=aside, textcoords="offset points", color=colour)


@in_house_style
def firing(moments: Mapping[str, Tensor], caption: str) -> Picture:
    """What comes into one ReLU, (n,) at each of several moments, as a histogram; the band is where it gives 0."""
    figure, axes = row_of_axes(len(moments), height=2.6)
    told = []
    low = min(0.0, *(values.min().item() for values in moments.values()))
    high = max(0.0, *(values.max().item() for values in moments.values()))
    room = 0.1 * (high - low)
    for panel, (name, values) in zip(axes, moments.items(), strict=True):
        panel.axvspan(low - room, 0, color=ROUND, alpha=0.3, linewidth=0)
        panel.hist(values.numpy(), bins=30, range=(low, high), color=MAIN)
        panel.axvline(0, color=COLOURS[3], linewidth=1.5)
        panel.set(title=name, xlim=(low - room, high + room), xlabel="into the ReLU")
        told.append(f"{100 * (values > 0).double().mean():.0f} % ({name})")
    axes[0].set_ylabel("pairs")
    table = pd.DataFrame(
        {name: [values.mean().item(), values.std().item()] for name, values in moments.items()},
        index=pd.Index(["mean", "standard deviation"], name="into the ReLU"),
    )
    alt = f"Share of pairs for which one ReLU gets more than 0: {', '.join(told)}."
    return Picture(figure, alt, caption, table)
