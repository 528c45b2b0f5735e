"""Pictures of the chapters on the record: digits on their way to an output of their own, or not."""

from collections.abc import Mapping

import pandas as pd
import torch
from torch import Tensor

from lib.figures.house import COLOURS, MAIN, RULE, Picture, in_house_style, row_of_axes

MERGED = COLOURS[3]  # digits that end on one output


@in_house_style
def descents(panels: Mapping[str, Tensor], caption: str) -> Picture:
    """The mean output of each of the ten digits, step by step, a panel for each descent.

    ``panels`` holds tables (steps, 10, 10): how likely each digit, a row, is read as each output. Digits whose largest
    output is the same at the end are drawn dashed, an output that no digit has for its largest is marked.
    """
    figure, axes = row_of_axes(len(panels), height=3.6)
    told, last = [], {}
    for panel, (name, tables) in zip(axes, panels.items(), strict=True):
        steps, means = range(1, len(tables) + 1), tables.double() @ torch.arange(10).double()
        ends = tables[-1].argmax(dim=1).tolist()
        merged = [digit for digit in range(10) if ends.count(ends[digit]) > 1]
        free = sorted(set(range(10)) - set(ends))
        for digit in range(10):
            colour, dash = (MERGED, "--") if digit in merged else (MAIN, "-")
            panel.plot(steps, means[:, digit].numpy(), color=colour, linestyle=dash)
        for place, digits in _together(means[-1].tolist()).items():
            panel.annotate(digits, (steps[-1], place), xytext=(4, 0), textcoords="offset points", va="center")
        for output in free:
            panel.axhline(output, color=RULE, linewidth=1, linestyle=":")
            panel.annotate("free", (1.2, output), xytext=(0, 2), textcoords="offset points")
        panel.set(title=name, xlabel="step", xscale="log", xlim=(1, len(tables)), ylim=(9.5, -0.5), yticks=range(10))
        told.append(f"{name}: {_ending(merged, free)}")
        last[name] = means[-1].tolist()
    axes[0].set_ylabel("mean output of a digit")
    alt = f"Ten lines, one for each digit, part from the middle: {'; '.join(told)}."
    table = pd.DataFrame(last).rename(columns="{}, at the end".format).rename_axis("digit")
    return Picture(figure, alt, caption, table)


def _together(places: list[float]) -> dict[float, str]:
    """The digits at each place, those that lie close together under one name: {2.0: "2, 3"}."""
    found: dict[float, str] = {}
    for digit, place in sorted(enumerate(places), key=lambda pair: pair[1]):
        near = next((other for other in found if abs(other - place) < 0.6), None)
        if near is None:
            found[place] = str(digit)
        else:
            found[near] += f", {digit}"
    return found


def _ending(merged: list[int], free: list[int]) -> str:
    if not merged:
        return "each ends on an output of its own"
    return f"{' and '.join(map(str, merged))} share outputs, and {' and '.join(map(str, free))} is free"
