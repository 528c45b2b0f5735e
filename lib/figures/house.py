"""The house style: names, colours, axes and legends. Every figure is a Picture."""

import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

import matplotlib
import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from matplotlib.figure import Figure

from lib.figures.labels import TYPE, WIDTH, number, numbered
from lib.figures.picture import Picture, Row
from lib.figures.svg import MASK

__all__ = ["TYPE", "WIDTH", "Picture", "Row", "number", "numbered"]  # and what stands below

NAMES = {
    "test_accuracy": "test accuracy (%)",
    "train_accuracy": "training accuracy (%)",
    "digit_accuracy": "digits read correctly (%)",
    "train_loss": "training loss (nats)",
    "test_loss": "test loss (nats)",
    "weight": "weight of each digit loss, relative to the comparison's",
    "pairs": "training pairs",
    "rate": "learning rate",
    "test_batch": "pairs in a test batch",
    "dropout": "dropout rate",
    "depth": "hidden layers",
    "batch": "mini-batch",
    "seconds": "seconds a round, one core",
    "multiply_adds": "billions of multiply-adds a round",
}
STYLE: dict[Any, Any] = {  # for Matplotlib, the name of each setting is a type of its own
    "figure.constrained_layout.use": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": TYPE,
    "font.size": TYPE,
    "xtick.labelsize": TYPE,
    "ytick.labelsize": TYPE,
}
# Around every function that draws: Matplotlib's own settings and STYLE, whatever a user's matplotlibrc says.
in_house_style = plt.style.context(["default", STYLE])
# Of systems side by side. All of them, and ROUND, stand out by 3 to 1 on white and on the dark page (#14181e).
COLOURS = ["#1f83c0", "#c76f00", "#01946b", "#d6412b", "#b565a7", "#a1713f", "#d1569a", "#808080", "#8f8a00", "#7f78d2"]
MAIN = COLOURS[0]  # what a figure is about: a mean, its interval
ROUND = "#808080"  # single rounds, and what a figure is not about
RULE = "black"  # lines to compare with, such as zero: black is the page's ink
INK = MASK  # digits and what layers give: the page's ink where high, the page itself where low
SHARES = "shares"  # from 0 to 1: MAIN where high, the page where low
MARKERS = "oDs^vP*X"  # so that systems differ without colour, too
DASHES = ["-", "--", ":", "-."]

for _name, _colour in ((INK, "white"), (SHARES, MAIN)):
    _map = LinearSegmentedColormap.from_list(_name, [(*to_rgb(_colour), 0.0), (*to_rgb(_colour), 1.0)])
    matplotlib.colormaps.register(_map, force=True)


def one_axes(height: float) -> tuple[Figure, Axes]:
    return plt.subplots(figsize=(WIDTH, height))


def row_of_axes(count: int, height: float = 2.8, most: int = 3) -> tuple[Figure, list[Axes]]:
    """Panels with the same y axis side by side; ``most`` in a row, and further rows below."""
    columns = min(count, most) if count != 4 else 2
    rows = -(-count // columns)
    figure, grid = plt.subplots(rows, columns, figsize=(WIDTH, height * rows), sharey=True, squeeze=False)
    for axes in grid.flat[count:]:
        axes.remove()
    return figure, list(grid.flat[:count])


def grid_of_axes(count: int, columns: int, height: float) -> tuple[Figure, list[Axes]]:
    """Places for ``count`` small images, without axes, in rows of so many ``columns``."""
    rows = max(1, -(-count // columns))
    figure, grid = plt.subplots(rows, columns, figsize=(WIDTH, height * rows), squeeze=False)
    for axes in grid.flat:
        axes.axis("off")
    return figure, list(grid.flat[:count])


def titled(axes: Axes, title: str, panels: int) -> None:
    """A title that fits above one of so many ``panels``."""
    axes.set_title(textwrap.fill(title, {1: 44, 2: 21}.get(panels if panels != 4 else 2, 13)))


def in_lines(name: object) -> str:
    """A name beside an axis, in lines of at most 20 characters."""
    return textwrap.fill(str(name), 20)


def rows_named(figure: Figure, axes: Axes, names: Sequence[str], least: float = 0.45) -> None:
    """Names beside an axis, one for each row, in short lines; as much height as the longest needs, ``least`` inches."""
    lines = [textwrap.fill(name, 20) for name in names]
    if max(line.count("\n") for line in lines) > 2:
        lines = [textwrap.fill(name, 26) for name in names]
    axes.set_yticks(range(len(names)), ["" if "\n" in line else line for line in lines])
    axes.set_ylim(len(names) - 0.5, -0.5)
    for y, name in enumerate(lines):
        if "\n" in name:
            _lines_beside(axes, y, name.split("\n"))
    row = max(least, TYPE / 72 * 1.15 * (1.5 + max(line.count("\n") for line in lines)))
    figure.set_figheight(0.7 + row * len(names))


def by_errors(axes: Axes, drawn: Iterable[float] = ()) -> None:
    """The y axis, on which errors stand, told as accuracies: few errors on top, each halving of the same height.

    With ``drawn`` the axis ends a little beyond these errors, and a bar that reaches 0 leaves it.
    """
    axes.set_yscale("log", nonpositive="clip")
    known = list(drawn)
    if known:
        axes.set_ylim(min(known) / 2, 1.2 * max(known))
    axes.invert_yaxis()
    numbered(axes.yaxis)
    axes.set_yticks(axes.get_yticks(), [number(100 - error) for error in axes.get_yticks()])


def _lines_beside(axes: Axes, y: int, lines: Sequence[str]) -> None:
    """A name in several lines beside row ``y``, each a text of its own: of one text, an SVG keeps no right edge."""
    for k, line in enumerate(lines):
        rise = 1.15 * TYPE * ((len(lines) - 1) / 2 - k)  # points
        place: dict[str, Any] = {"xycoords": axes.get_yaxis_transform(), "textcoords": "offset points"}
        axes.annotate(
            line,
            (0, y),
            (-3.5 - plt.rcParams["ytick.major.size"], rise),
            ha="right",
            va="center",
            fontsize=TYPE,
            **place,
        )


def legend(figure: Figure, axes: Axes, title: str = "") -> None:
    """The legend below the figure, never over its data, in as many columns as its words leave room for, row by row.

    The figure becomes higher by the legend's lines.
    """
    handles, labels = axes.get_legend_handles_labels()
    labels = [textwrap.shorten(label, 44, placeholder="…") for label in labels]
    room = 0.62 * TYPE * max(map(len, labels)) + 3.2 * TYPE
    columns = max(1, min(len(labels), int(72 * WIDTH / room)))
    lines = -(-len(labels) // columns) + bool(title)
    by_rows = [i for column in range(columns) for i in range(column, len(labels), columns)]  # Matplotlib fills columns
    handles, labels = [handles[i] for i in by_rows], [labels[i] for i in by_rows]
    figure.set_figheight(figure.get_figheight() + 1.5 * TYPE / 72 * lines)
    look: dict[str, Any] = {"frameon": False, "fontsize": TYPE, "title_fontsize": TYPE}
    figure.legend(handles, labels, loc="outside lower center", ncols=columns, title=title or None, **look)
