"""Pictures of batch norm: what is averaged over what, and what comes into a ReLU."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from torch import Tensor

from lib.figures.house import COLOURS, MAIN, ROUND, RULE, Picture, in_house_style, row_of_axes

EXAMPLES, UNITS, SIDE = 4, 4, 3  # of a small mini-batch; the side of a map, in places
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
