"""A picture of choosing: equal candidates that are looked at twice."""

import pandas as pd
from numpy.typing import ArrayLike

from lib.figures.house import MAIN, ROUND, RULE, Picture, in_house_style, legend, number, numbered, one_axes

LOOKS = ("first look", "second look")


@in_house_style
def looked_at_twice(first: ArrayLike, second: ArrayLike, limits: tuple[float, float], caption: str) -> Picture:
    """A line for each candidate, from its luck at the ``first`` look to that at the ``second``; the best stands out.

    ``first`` and ``second``, (n,), are in standard deviations from what all candidates are truly worth.
    """
    table = pd.DataFrame({LOOKS[0]: first, LOOKS[1]: second})
    table.index = pd.RangeIndex(1, len(table) + 1, name="candidate")
    best = table[LOOKS[0]].idxmax()
    figure, axes = one_axes(2.9)
    axes.axhline(0, color=RULE, linewidth=1, linestyle="--", label="what all are worth")
    for place, (_, row) in enumerate(table.drop(best).iterrows()):
        axes.plot([0, 1], row, color=ROUND, marker="o", markersize=4, linewidth=1, label="" if place else "the others")
    axes.plot([0, 1], table.loc[best], color=MAIN, marker="D", linewidth=2.5, label="best at the first look")
    axes.set(xticks=[0, 1], xticklabels=LOOKS, xlim=(-0.2, 1.2), ylim=limits, ylabel="luck (σ)")
    numbered(axes.yaxis)
    legend(figure, axes)
    told = [number(round(value, 1)) for value in table.loc[best]]
    alt = f"The best of {len(table)} at the first look, with a luck of {told[0]}, has {told[1]} at the second."
    return Picture(figure, alt, caption, table.round(2))
