"""Pictures of weight sharing: where a convolution's weights stand in its matrix, and what the two halves ask for."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.colors import ListedColormap
from torch import Tensor

from lib.compare import LEVEL, interval
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
    titled,
)

EMPTY = "none"  # where there is no weight


@in_house_style
def shared_entries(
    places: Tensor, caption: str, blocks: tuple[int, int] | None = None, alone: int | None = None
) -> Picture:
    """The matrix of a linear map with shared weights: ``places`` (rows, columns) numbers them from 1, with 0 for none.

    The entries of one weight have one colour and its number; thin lines stand between ``blocks`` of (rows, columns).
    Where a weight is ``alone``, only its entries have colour.
    Raises ValueError for anything but whole numbers.
    """
    numbers = places.round().int().numpy()
    if not np.allclose(numbers, places.numpy(), atol=1e-4) or numbers.min() < 0:
        raise ValueError("number the weights 1, 2, 3, …, and put 0 where there is none")
    rows, columns = numbers.shape
    figure, axes = one_axes(WIDTH * rows / columns + 0.7)
    colours = ListedColormap([EMPTY, *(COLOURS[i % len(COLOURS)] for i in range(numbers.max()))])
    shown = numbers if alone is None else numbers * (numbers == alone)
    axes.imshow(shown, cmap=colours, vmin=0, vmax=numbers.max(), alpha=0.55)
    for row, column in np.argwhere(numbers):
        axes.text(column, row, str(numbers[row, column]), ha="center", va="center")
    if blocks:
        line: dict[str, Any] = {"color": ROUND, "linewidth": 0.8, "alpha": 0.6}
        for row in range(blocks[0], rows, blocks[0]):
            axes.axhline(row - 0.5, **line)
        for column in range(blocks[1], columns, blocks[1]):
            axes.axvline(column - 0.5, **line)
    axes.set(xlabel="pixel", ylabel="place")
    axes.set_xticks([0, columns - 1], ["1", str(columns)])
    axes.set_yticks([0, rows - 1], ["1", str(rows)])
    used, times = np.unique(numbers[numbers > 0], return_counts=True)
    often = f"{times[0]} times" if len({*times}) == 1 else f"{times.min()} to {times.max()} times"
    alt = (
        f"A matrix of {rows} rows and {columns} columns in which {len(used)} weights stand {often} each, on diagonals; "
        f"{int((numbers == 0).sum())} entries are empty"
    )
    alt += "." if alone is None else f", and only those of weight {alone} have colour."
    return Picture(figure, alt, caption)


@in_house_style
def by_moment(table: pd.DataFrame, predicted: float, caption: str) -> Picture:
    """A panel for each column: every round a dot, the mean a diamond, its interval a bar, beside a dashed prediction.

    The index says when it was measured, once for each round; its name is the x axis'.
    """
    moments = list(table.index.unique())
    figure, axes = row_of_axes(len(table.columns), height=2.8)
    told, numbers = [], {}
    look: dict[str, Any] = {"fmt": "D", "color": MAIN, "capsize": 4, "zorder": 3}
    for panel, (name, column) in zip(axes, table.items(), strict=True):
        panel.axhline(predicted, color=RULE, linewidth=1, linestyle=(0, (3, 3)), zorder=1)
        found = [column[column.index == moment] for moment in moments]
        for place, (moment, values) in enumerate(zip(moments, found, strict=True)):
            low, high = interval(values)
            middle = values.mean()
            panel.plot([place - 0.15] * len(values), values, "o", color=ROUND, markersize=4)
            panel.errorbar(place + 0.15, middle, yerr=[[middle - low], [high - middle]], **look)
            numbers[moment, name] = f"{middle:.2f} [{low:.2f}, {high:.2f}]".replace("-", "−")
        panel.set(xlabel=table.index.name, xlim=(-0.5, len(moments) - 0.5))
        panel.set_xticks(range(len(moments)), list(map(str, moments)))
        titled(panel, str(name), len(table.columns))
        means = ", ".join(f"{values.mean():.2f}" for values in found).replace("-", "−")
        told.append(f"{name} {means}")
    numbered(axes[0].yaxis)
    wide = pd.Series(numbers).unstack()[list(table.columns)].rename_axis(f"{table.index.name}; {LEVEL} intervals")
    alt = f"Means at {table.index.name} {', '.join(map(str, moments))}: {'; '.join(told)}."
    return Picture(figure, alt, caption, wide)
