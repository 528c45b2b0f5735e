"""Pictures of the chapter on the task."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.stats import binom

from lib.figures.house import COLOURS, DASHES, SHARES, WIDTH, Picture, in_house_style, legend, numbered, one_axes


@in_house_style
def all_pairs(caption: str) -> Picture:
    """The hundred pairs of digits as squares: 45 less, 10 ties, 45 greater; the darker 55 are a yes."""
    figure, axes = one_axes(WIDTH * 0.8)
    first, second = np.indices((10, 10))
    axes.imshow(0.3 * (first < second) + 0.6 * (first == second), cmap=SHARES, vmin=0, vmax=1)
    axes.text(6.5, 2.5, "45: less,\nyes", ha="center", va="center")
    axes.text(2.5, 6.5, "45: greater,\nno", ha="center", va="center")
    for digit in range(10):
        axes.text(digit, digit, "=", ha="center", va="center")
    axes.set(xticks=range(10), yticks=range(10), xlabel="second digit", ylabel="first digit")
    alt = (
        "A square for each pair of digits: the first is less in 45 of 100, equal in 10 on the diagonal, greater in 45."
    )
    return Picture(figure, alt, caption)


@in_house_style
def chances(truths: Sequence[float], pairs: int, caption: str) -> Picture:
    """How often networks that are right for ``truths`` (in %) of all pairs show each accuracy on ``pairs`` of them.

    Each hill is as high as the others, so that its width can be seen whatever the number of pairs.
    """
    figure, axes = one_axes(2.6)
    right = np.arange(pairs + 1)
    right = right[:: max(1, pairs // 1000)]  # a page need not hold 10,000 points
    rows = {}
    for truth, colour, dash in zip(truths, COLOURS, DASHES, strict=False):
        hill = binom.pmf(right, pairs, truth / 100)
        high = hill > 1e-4 * hill.max()
        accuracy = 100 * right[high] / pairs
        axes.plot(accuracy, (hill / hill.max())[high], color=colour, linestyle=dash, label=f"truly {truth} %")
        axes.fill_between(accuracy, (hill / hill.max())[high], color=colour, alpha=0.2, linewidth=0)
        low, top = 100 * np.array(binom.interval(0.95, pairs, truth / 100)) / pairs
        rows[f"{truth} %"] = f"{low:.1f} to {top:.1f} %"
    axes.set(xlim=(min(truths) - 12, max(truths) + 12), ylim=(0, 1.1))
    axes.set(xlabel="measured accuracy (%)", ylabel="how often (most often = 1)")
    numbered(axes.xaxis)
    numbered(axes.yaxis)
    legend(figure, axes)
    told = "; ".join(f"for {truth}, {shown}" for truth, shown in rows.items())
    alt = f"A hill for each network; 95 of 100 test sets of {pairs:,} pairs show, {told}."
    table = pd.Series(rows, name="95 of 100 test sets show").rename_axis("truly right for").to_frame()
    return Picture(figure, alt, caption, table)
