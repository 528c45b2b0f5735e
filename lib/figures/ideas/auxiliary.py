"""Pictures of auxiliary losses: two gradients and their sum, and what several tasks call the same images."""

import math
from collections.abc import Mapping

import pandas as pd
import torch
from torch import Tensor

from lib.figures.house import (
    COLOURS,
    INK,
    MAIN,
    RULE,
    WIDTH,
    Picture,
    grid_of_axes,
    in_house_style,
    numbered,
    one_axes,
)

SECOND = COLOURS[2]  # the second task; in diagrams of networks, the digit heads have this colour
SUM = COLOURS[3]


@in_house_style
def sum_of_gradients(g0: Tensor, g1: Tensor, weight: float, caption: str) -> Picture:
    """Two gradients (n,) in the plane that they span, and g = g₀ + weight · g₁. Lengths are in those of g₀.

    A small step against an arrow into the shaded side makes the first loss smaller.
    """
    cosine = torch.cosine_similarity(g0, g1, dim=0).item()
    longer = (weight * g1.norm() / g0.norm()).item()
    across, up = longer * cosine, longer * math.sqrt(max(0.0, 1 - cosine**2))
    ends = {"g₀": (1.0, 0.0, MAIN), "w g₁": (across, up, SECOND), "g = g₀ + w g₁": (1 + across, up, SUM)}
    right, left = max(x for x, _, _ in ends.values()), min(0.0, across)
    margin = 0.5 * max(right - left, up)
    figure, axes = one_axes(WIDTH * 0.6)
    axes.axvspan(0, right + margin, color=MAIN, alpha=0.08, linewidth=0)
    axes.axvline(0, color=RULE, linewidth=1, linestyle="--")
    for name, (x, y, colour) in ends.items():
        arrow = {"arrowstyle": "-|>", "color": colour, "linewidth": 2, "shrinkA": 0, "shrinkB": 0}
        axes.annotate("", (x, y), (0, 0), arrowprops=arrow)
        left_of = name == "w g₁"
        place = (-5, 3) if left_of else (5, 3)
        align = "right" if left_of else "left"
        axes.annotate(name, (x, y), xytext=place, textcoords="offset points", color=colour, ha=align)
    for x, y in ((1.0, 0.0), (across, up)):  # the other two sides of the parallelogram
        axes.plot([x, 1 + across], [y, up], color=RULE, linewidth=0.8, linestyle=":")
    axes.set(xlim=(left - margin, right + margin), ylim=(-0.15 * margin, up + 0.3 * margin), aspect="equal")
    axes.set(xlabel="along g₀ (in lengths of g₀)", ylabel="across it")
    numbered(axes.xaxis)
    numbered(axes.yaxis)
    angle = math.degrees(math.acos(max(-1.0, min(1.0, cosine))))
    alt = f"Two gradients at an angle of {angle:.0f} degrees, the second {longer:.1f} times as long, and their sum."
    table = pd.DataFrame({name: (x, y) for name, (x, y, _) in ends.items()}, index=["along g₀", "across it"]).T
    return Picture(figure, alt, caption, table.rename_axis("gradient"))


@in_house_style
def labelled(images: Tensor, labels: Mapping[str, Tensor], caption: str) -> Picture:
    """Images (n, h, w) in a row, and above each a line for every task, with the class (n,) that the image has in it."""
    count = len(images)
    figure, (names, *places) = grid_of_axes(count + 1, count + 1, 1.1)
    names.set_box_aspect(images.shape[1] / images.shape[2])  # as high as an image, so that the lines are level
    names.set_title("\n".join(labels), loc="right")
    table = pd.DataFrame(
        {name: classes.tolist() for name, classes in labels.items()}, index=pd.RangeIndex(1, count + 1, name="image")
    )
    for axes, image, (_, classes) in zip(places, images, table.iterrows(), strict=True):
        axes.imshow(image.numpy(), cmap=INK)
        axes.set_title("\n".join(map(str, classes)))
    told = ", ".join(f"{name} {' '.join(map(str, classes))}" for name, classes in table.items())
    alt = f"{count} handwritten digits in a row, with their labels: {told}."
    return Picture(figure, alt, caption, table)
