"""Pictures of skip connections: a layer with one and without, and the paths through a few such layers."""

from collections.abc import Sequence
from itertools import product
from math import ceil, comb, log10

import pandas as pd

from lib.figures.house import (
    COLOURS,
    DASHES,
    MAIN,
    MARKERS,
    ROUND,
    RULE,
    WIDTH,
    Picture,
    in_house_style,
    legend,
    numbered,
    one_axes,
)
from lib.figures.network import GAP, LINE, WIDE, Sheet

BACK = COLOURS[1]  # gradients, on their way back
AWAY = WIDE / 2 + 0.2  # of a skip, from the middle of the layer that it goes around
ASIDE = 0.06  # of a gradient, from the values that it follows back
LOWERED = "₀₁₂₃₄₅₆₇₈₉"
Point = tuple[float, float]


@in_house_style
def residual_layer(caption: str) -> Picture:
    """A plain layer and a residual one: values go down, along solid lines, and gradients back, along dashed ones."""
    sheet = Sheet(2.6 * WIDE)
    plain, residual = WIDE * 0.55, WIDE * 2.05
    for x, name, result in ((plain, "plain", "y = f(x)"), (residual, "residual", "y = x + f(x)")):
        y = sheet.text(x, 0, name, fontweight="bold") + GAP / 2
        top = sheet.text(x, y, "x")
        bottom = sheet.box(x, top + 2 * GAP, ["linear", "ReLU"], MAIN)
        plus = bottom + 1.5 * GAP
        _back_and_forth(sheet, [(x, top), (x, top + 2 * GAP)])
        _back_and_forth(sheet, [(x, bottom), (x, plus)])
        sheet.text(x + 0.12, bottom + GAP / 2, "× J", color=BACK, ha="left")
        end = plus
        if x == residual:
            _skip(sheet, x, top + GAP, plus)
            end = sheet.text(x, plus, "+", fontweight="bold")
            _back_and_forth(sheet, [(x, end), (x, end + GAP)])
            end += GAP
        lowest = sheet.text(x, end, result)
    alt = (
        "A plain layer sends its gradient back through the layer alone, times J; a residual one sends it back through "
        "the layer and, unchanged, around it."
    )
    return sheet.picture(lowest + GAP / 2, alt, caption)


def _skip(sheet: Sheet, x: float, top: float, plus: float) -> None:
    """The way around a layer: values down on its left, and the gradient back."""
    side = x - AWAY
    middle = plus + LINE / 2
    _back_and_forth(sheet, [(x, top), (side, top), (side, middle), (x - 0.1, middle)])
    sheet.text(side + 0.12, plus - GAP, "× 1", color=BACK, ha="left")  # as high as the layer's × J


def _back_and_forth(sheet: Sheet, way: Sequence[Point]) -> None:
    """A solid arrow along ``way``, and a dashed one that comes back beside it."""
    _arrow(sheet, way, RULE, "-", 0.0)
    _arrow(sheet, way[::-1], BACK, "--", ASIDE)


def _arrow(sheet: Sheet, way: Sequence[Point], colour: object, dash: str, aside: float) -> None:
    """A line through the points of ``way``, moved ``aside`` to the right and up, with a head at its end."""
    moved = [(x + aside, y - aside) if len(way) > 2 else (x + aside, y) for x, y in way]
    sheet.axes.plot(*zip(*moved, strict=True), color=colour, linestyle=dash, linewidth=1.2)
    head = {"arrowstyle": "-|>", "color": colour, "shrinkA": 0, "shrinkB": 0}
    sheet.axes.annotate("", moved[-1], moved[-2], arrowprops=head | {"linestyle": dash})


@in_house_style
def paths(layers: int, caption: str) -> Picture:
    """All ways through a few residual layers, a row for each: through a layer (a square) or around it (a line)."""
    ways = sorted(product((0, 1), repeat=layers), key=lambda way: (sum(way), [-through for through in way]))
    figure, axes = one_axes(0.6 + 0.3 * len(ways))
    for row, way in enumerate(ways):
        axes.plot([-0.6, layers - 0.4], [row, row], color=ROUND, linewidth=1.5, zorder=1)
        through = [place for place, goes in enumerate(way) if goes]
        axes.plot(through, [row] * len(through), "s", color=MAIN, markersize=13)
    axes.set(xlim=(-0.7, layers - 0.3), ylim=(len(ways) - 0.5, -0.5))
    axes.yaxis.tick_right()
    axes.set_yticks(range(len(ways)), [_product([place for place, goes in enumerate(way) if goes]) for way in ways])
    axes.set_xticks(range(layers), [f"layer {place + 1}" for place in range(layers)])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    figure.set_size_inches(WIDTH * 0.8, 0.6 + 0.3 * len(ways))
    counts = ", ".join(f"{comb(layers, k)} through {k}" for k in range(1, layers + 1))
    alt = (
        f"{layers} residual layers have {len(ways)} paths from what comes in to what goes out: 1 around all, {counts}."
    )
    return Picture(figure, alt, caption)


def _product(through: Sequence[int]) -> str:
    """What a gradient is multiplied by on a path: the last layer's J first, and I where there is none."""
    return " ".join("J" + LOWERED[place + 1] for place in reversed(through)) or "I"


@in_house_style
def cliff(measured: pd.DataFrame, predicted: pd.DataFrame, epsilon: float, caption: str) -> Picture:
    """Sizes of a gradient by depth (the index), on a log axis: ``measured`` as markers, ``predicted`` as lines.

    Both have a column for each way to start. The dashed line is Adam's ``epsilon``.
    """
    figure, axes = one_axes(3.4)
    axes.axhline(epsilon, color=RULE, linewidth=1, linestyle=(0, (2, 2)))
    axes.text(measured.index.min(), epsilon / 4, "Adam's ε", color=RULE, va="top")
    told = []
    for i, name in enumerate(measured):
        axes.plot(predicted.index, predicted[name], color=COLOURS[i], linestyle=DASHES[i], linewidth=1.2)
        axes.plot(measured.index, measured[name], MARKERS[i], color=COLOURS[i], label=name)
        crosses = measured.index[measured[name] < epsilon]
        told.append(f"{name}: {f'at {crosses[0]} layers' if len(crosses) else 'nowhere'}")
    axes.set(yscale="log", xlabel="hidden layers", ylabel="size of the gradient")
    numbered(axes.xaxis, list(measured.index))
    numbered(axes.yaxis)
    legend(figure, axes, "start (dots: measured, lines: predicted)")
    factor = ceil(10 ** (measured / predicted).map(log10).abs().max().max())
    alt = (
        f"Measured gradients lie within a factor of {factor} of the predicted lines; they fall below Adam's ε: "
        f"{'; '.join(told)}."
    )
    table = measured.join(predicted, lsuffix=", measured", rsuffix=", predicted").rename_axis("hidden layers")
    return Picture(figure, alt, caption, table)
