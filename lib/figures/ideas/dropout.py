"""Pictures of dropout: a network and what is left of it, and the variances before and after a shift."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import pandas as pd
import torch
from matplotlib.axes import Axes
from torch import Tensor

from lib.figures.house import MAIN, ROUND, RULE, Picture, in_house_style, numbered, row_of_axes


@in_house_style
def thinned(widths: Sequence[int], rate: float, generator: torch.Generator, caption: str, draws: int = 2) -> Picture:
    """A fully connected network of so many units a layer, whole, and ``draws`` of it with dropout in its hidden layers.

    Dropped units are empty rings without lines.
    """
    figure, axes = row_of_axes(1 + draws, height=2.2)
    everything = [torch.ones(width, dtype=torch.bool) for width in widths]
    told = []
    for number, panel in enumerate(axes):
        keep = everything if number == 0 else _drawn(everything, rate, generator)
        left, hidden = (sum(int(layer.sum()) for layer in stack[1:-1]) for stack in (keep, everything))
        lines = _network(panel, keep)
        panel.set_title("whole" if number == 0 else f"draw {number}: {left} of {hidden}")
        told.append(f"{left} units, {lines} lines")
    alt = f"A network as dots and lines: whole, it has {told[0]}; with dropout of {rate}, {' and '.join(told[1:])}."
    return Picture(figure, alt, caption)


def _drawn(everything: Sequence[Tensor], rate: float, generator: torch.Generator) -> list[Tensor]:
    """Which units of each layer stay: all that come in or go out, and each hidden one with probability 1 − rate."""
    hidden = [torch.rand(len(layer), generator=generator) >= rate for layer in everything[1:-1]]
    return [everything[0], *hidden, everything[-1]]


def _network(panel: Axes, keep: Sequence[Tensor]) -> int:
    """Draw one network, data flowing to the right; returns how many lines it has."""
    heights = [torch.arange(len(layer)) - (len(layer) - 1) / 2 for layer in keep]
    lines = 0
    for x, (here, there) in enumerate(pairwise(keep)):
        for y in heights[x][here].tolist():
            for z in heights[x + 1][there].tolist():
                panel.plot([x, x + 1], [y, z], color=ROUND, linewidth=0.6, zorder=1)
                lines += 1
    for x, (height, stays) in enumerate(zip(heights, keep, strict=True)):
        for y, here in zip(height.tolist(), stays.tolist(), strict=True):
            face = RULE if here else "white"
            panel.plot(x, y, "o", markersize=6, markerfacecolor=face, markeredgecolor=RULE if here else ROUND, zorder=2)
    panel.axis("off")
    return lines


@in_house_style
def variances(panels: Mapping[str, tuple[Tensor, Tensor]], xlabel: str, ylabel: str, caption: str) -> Picture:
    """Two variances of each unit, (units,) each, on logarithmic axes; on the dashed line both are the same."""
    figure, axes = row_of_axes(len(panels))
    positive = torch.cat([torch.stack([x, y])[:, (x > 0) & (y > 0)].flatten() for x, y in panels.values()])
    limits = (positive.min().item() / 1.5, positive.max().item() * 1.5)
    told, rows = [], {}
    for panel, (name, (x, y)) in zip(axes, panels.items(), strict=True):
        panel.plot(limits, limits, color=RULE, linewidth=1, linestyle="--")
        shown = (x > 0) & (y > 0)  # a dead unit has no variance, and no logarithm of it
        panel.plot(x[shown].numpy(), y[shown].numpy(), "o", color=MAIN, markersize=3)
        panel.set(title=name, xlabel=xlabel, xscale="log", yscale="log", xlim=limits, ylim=limits, aspect="equal")
        below, ratio = int((y < x)[shown].sum()), (y / x)[shown].median().item()
        rows[name] = {"units": int(shown.sum()), "below the line": below, f"median of {ylabel} / {xlabel}": ratio}
        told.append(f"{below} of {int(shown.sum())} lie below the line ({name})")
        numbered(panel.xaxis)
    axes[0].set_ylabel(ylabel)
    numbered(axes[0].yaxis)
    alt = f"Two variances of each unit, a dot each: {', '.join(told)}."
    return Picture(figure, alt, caption, pd.DataFrame(rows).T.rename_axis("network"))
