"""Pictures of auxiliary losses: two gradients and their sum."""

import math

import pandas as pd
import torch
from torch import Tensor

from lib.figures.house import COLOURS, MAIN, RULE, WIDTH, Picture, in_house_style, numbered, one_axes

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
    ends = {"g₀": (1.0, 0.0, MAIN), "w g₁": (across, up, SECOND), "g₀ + w g₁": (1 + across, up, SUM)}
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
