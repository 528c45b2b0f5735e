"""Numbers beside an axis, as one reads them, and two at least."""

import math
from collections.abc import Sequence

from matplotlib.axis import Axis, XAxis
from matplotlib.figure import Figure
from matplotlib.ticker import LogFormatterMathtext, MaxNLocator

WIDTH = 5.0  # inches, of a figure
TYPE = 12  # points, of all its words: 11 px on a phone


def number(value: float) -> str:
    """A number to be read: 84.25, 10,000 or 3.2·10⁻⁹; a dash where there is none."""
    if value != value:
        return "–"
    if value == 0 or 1e-4 <= abs(value) < 1e7:
        digits = f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"
        return digits.replace("-", "−")
    factor, power = f"{value:.2g}".replace("-", "−").split("e")
    raised = str(int(power.replace("−", "-"))).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{'' if factor == '1' else f'{factor}·'}10{raised}"


def labelled(figure: Figure) -> None:
    """Numbers on the logarithmic axes where Matplotlib would write powers of ten, or nothing."""
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            if isinstance(axis.get_major_formatter(), LogFormatterMathtext):
                numbered(axis)


def numbered(axis: Axis, ticks: Sequence[float] | None = None) -> None:
    """Labels on an axis: at ``ticks``, as far as they have room, or where numbers are round; two at least."""
    low, high = sorted(axis.get_view_interval())
    scale = axis.get_transform().transform
    found = [tick for tick in _round(low, high, axis.get_scale()) if low <= tick <= high] if ticks is None else ticks
    axis.set_ticks(found, [number(tick) for tick in found])
    if isinstance(axis, XAxis) and ticks is not None:
        found = _apart(found, [float(place) for place in scale(list(map(float, found)))], axis)
        axis.set_ticks(found, [number(tick) for tick in found])
    axis.set_ticks([], minor=True)


def _round(low: float, high: float, scale: str) -> list[float]:
    """Round numbers from ``low`` to ``high``, about five."""
    if scale == "linear" or high < 5 * low:
        return list(MaxNLocator(5, steps=[1, 2, 5, 10]).tick_values(low, high))
    start = low if scale == "log" else 1e-3
    powers = range(math.floor(math.log10(start)), math.ceil(math.log10(high)) + 1)
    step = -(-len(powers) // 6)
    ones = (1, 2, 5) if high < 300 * start else (1,)
    found = [one * 10.0**power for power in powers[::-step] for one in ones]
    return sorted(found if scale == "log" else [0.0, *found])


def _apart(ticks: Sequence[float], places: Sequence[float], axis: Axis) -> list[float]:
    """``ticks`` without those so close to the one before that their labels would touch; the ends stay."""
    low, high = axis.get_transform().transform(sorted(axis.get_view_interval()))
    room = (0.62 * TYPE * max(len(number(tick)) for tick in ticks) + TYPE / 2) / (72 * 0.82 * WIDTH) * (high - low)
    kept = [0]
    for i in range(1, len(ticks)):
        if places[i] - places[kept[-1]] >= room and (i == len(ticks) - 1 or places[-1] - places[i] >= room):
            kept.append(i)
    return [ticks[i] for i in kept] if len(kept) > 1 else [ticks[0], ticks[-1]]
