"""Charts with lines: learning curves, sweeps, what a probe saw. Each has its numbers in a table below it."""

import textwrap
from collections.abc import Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from lib.compare import interval
from lib.figures import sentences
from lib.figures.house import (
    COLOURS,
    DASHES,
    MARKERS,
    NAMES,
    Picture,
    by_errors,
    in_house_style,
    legend,
    number,
    numbered,
    one_axes,
    row_of_axes,
    titled,
)
from lib.figures.sentences import plain, short

APART = 0.08  # of the distance from one value to the next, from one line's points to those of the next line


@in_house_style
def curves(
    table: pd.DataFrame,
    caption: str,
    metrics: Sequence[str] = ("train_accuracy", "test_accuracy"),
    limits: tuple[float, float] | None = None,
) -> Picture:
    """By epoch: the mean over rounds as a line, the range of the rounds as a band. One panel a system.

    ``limits`` of the y axis make pictures that are shown in turn comparable.
    """
    systems = list(table["system"].unique())
    figure, panels = row_of_axes(len(systems), height=2.4)
    drawn = {}
    for axes, name in zip(panels, systems, strict=True):
        rows = table[table["system"] == name]
        for colour, dash, metric in zip(COLOURS, DASHES, metrics, strict=False):
            scale = 100 if metric.endswith("accuracy") else 1
            by_epoch = scale * rows.groupby("epoch")[metric].agg(["mean", "min", "max"])
            axes.plot(by_epoch.index, by_epoch["mean"], color=colour, linestyle=dash, label=NAMES[metric])
            axes.fill_between(by_epoch.index, by_epoch["min"], by_epoch["max"], color=colour, alpha=0.2, linewidth=0)
            drawn[name, metric] = by_epoch["mean"]
        axes.set(xlabel="epoch", ylim=limits)
        titled(axes, str(name), len(systems))
        _few(axes)
    panels[0].set_ylabel("%" if metrics[0].endswith("accuracy") else "cross-entropy (nats)")
    numbered(panels[0].yaxis)
    legend(figure, axes)
    numbers = pd.DataFrame({", ".join([str(name), NAMES[metric]]): means for (name, metric), means in drawn.items()})
    ends = [f"{drawn[name, metrics[-1]].iloc[-1]:.3g} ({short(name)})" for name in systems]
    alt = f"In epoch {table['epoch'].max()}, mean {plain(metrics[-1])} is {' and '.join(ends[:2])}"
    if len(ends) == 1 and len(metrics) > 1:
        alt += f", {plain(metrics[0])} {drawn[systems[0], metrics[0]].iloc[-1]:.3g}"
    return Picture(figure, f"{alt}.", caption, numbers)


@in_house_style
def sweep(
    table: pd.DataFrame,
    x: str,
    caption: str,
    by: str | None = None,
    metric: str = "test_accuracy",
    log: bool = False,
    even: bool = False,
    errors: bool = False,
) -> Picture:
    """Accuracy against the column ``x``: the mean over rounds and its interval, a line for each value of ``by``.

    ``log`` makes the x axis logarithmic; ``even`` puts the values of x side by side at equal distances, and the lines
    a little apart, so that their intervals do not lie on each other. ``errors`` spaces the accuracy by its errors: each
    halving is a step of the same height. No interval goes beyond 100 %.
    """
    figure, axes = one_axes(3.1)
    values = sorted(table[x].unique())
    place = {value: i for i, value in enumerate(values)} if even else {value: value for value in values}
    found = _means(table, x, by, metric)
    for i, (name, line) in enumerate(found.groupby("line", sort=False)):
        look: dict[str, Any] = {"color": COLOURS[i], "marker": MARKERS[i], "linestyle": DASHES[i % len(DASHES)]}
        spread = [line["mean"] - line["low"], line["high"] - line["mean"]]
        y = line["mean"]
        if errors:
            y, spread = 100 - y, spread[::-1]
        aside = APART * (i - (found["line"].nunique() - 1) / 2) if even else 0
        axes.errorbar(line["x"].map(place) + aside, y, yerr=spread, label=name, capsize=3, **look)
    axes.set(xlabel=textwrap.fill(NAMES.get(x, x), 40), ylabel=NAMES[metric])
    if log:
        axes.set_xscale("log")
    numbered(axes.xaxis, list(place.values()))
    if even:
        axes.set_xticks(range(len(values)), [number(value) for value in values])
    if errors:
        by_errors(axes, 100 - found["mean"])
    else:
        numbered(axes.yaxis)
    if by:
        legend(figure, axes, by)
    told = [f"{row.mean:.1f} [{row.low:.1f}, {row.high:.1f}]" for row in found.itertuples(index=False)]
    wide = found.assign(told=told).pivot(index="x", columns="line", values="told").fillna("–")
    alt = sentences.extremes(found, plain(metric), plain(x), bool(by))
    return Picture(figure, alt, caption, wide.rename_axis(plain(x)))


def _means(table: pd.DataFrame, x: str, by: str | None, metric: str) -> pd.DataFrame:
    """The mean over rounds and its interval, for each line and each value of ``x``."""
    groups = table.groupby(by, sort=False) if by else [(plain(metric), table)]
    found = []
    for name, rows in groups:
        for value, group in rows.groupby(x)[metric]:
            known = 100 * group.dropna()
            low, high = interval(known)
            found.append((str(name), value, known.mean(), low, min(high, 100.0)))
    return pd.DataFrame(found, columns=["line", "x", "mean", "low", "high"])


@in_house_style
def traces(
    seen: dict[str, pd.DataFrame], y: str, ylabel: str, caption: str, x: str = "batch", log: bool = False
) -> Picture:
    """What a probe saw: one panel for each table in ``seen``, one line for each layer."""
    figure, panels = row_of_axes(len(seen), height=2.6)
    last: dict[str, pd.Series] = {}
    numbers: dict[str, pd.Series] = {}
    for axes, (name, table) in zip(panels, seen.items(), strict=True):
        for i, (layer, rows) in enumerate(table.groupby("layer", sort=False)):
            axes.plot(rows[x], rows[y], color=COLOURS[i], linestyle=DASHES[i % len(DASHES)], label=layer)
            numbers[f"{name}, {layer}"] = rows.set_index(x)[y]
        last[name] = table.groupby("layer")[y].last()
        axes.set_xlabel(NAMES.get(x, x))
        titled(axes, name, len(seen))
        _few(axes)
    if log:
        panels[0].set_yscale("symlog", linthresh=1e-3)  # a gradient of exactly 0 has no logarithm
        panels[0].set_ylim(bottom=0)
    panels[0].set_ylabel(ylabel)
    numbered(panels[0].yaxis)
    legend(figure, axes)
    ends = [f"{number(ends.min())} to {number(ends.max())} ({short(name)})" for name, ends in last.items()]
    table = pd.DataFrame(numbers).rename_axis(NAMES.get(x, x))
    table = table.iloc[:: -(-len(table) // 12)]  # a dozen rows, evenly
    return Picture(figure, f"At the end, across the layers, the {ylabel} is {' and '.join(ends[:2])}.", caption, table)


@in_house_style
def lines(
    table: pd.DataFrame,
    caption: str,
    ylabel: str,
    log: bool = False,
    limits: tuple[float, float] | None = None,
    alt: str = "",
    log_x: bool = False,
) -> Picture:
    """One line for each column, against the index (whose name is the x axis'); a line may end early, in nan.

    ``log`` and ``log_x`` make an axis logarithmic. ``limits`` of the y axis make pictures that are shown in turn
    comparable. ``alt`` says what is to be seen where that is not how the lines begin and end.
    """
    figure, axes = one_axes(3.1)
    for i, (name, values) in enumerate(table.items()):
        look: dict[str, Any] = {"color": COLOURS[i % len(COLOURS)], "marker": MARKERS[i % len(MARKERS)]}
        known = values.dropna()
        every = max(1, len(known) // 8)  # markers
        axes.plot(known.index, known, label=name, linestyle=DASHES[i % len(DASHES)], markevery=every, **look)
    first, last = table.index.min(), table.index.max()
    margin = 0.05 * (last - first)  # matplotlib's own, had all lines the same length
    axes.set(xlabel=NAMES.get(table.index.name, table.index.name), ylabel=ylabel, ylim=limits)
    axes.set_xlim(first - margin, last + margin)
    if log_x:
        axes.set_xscale("log")
        axes.set_xlim(first / 1.1, last * 1.1)
    if log:
        axes.set_yscale("log")
        low, high = table.min().min(), table.max().max()
        margin = 1.05 * (high / low) ** 0.05
        axes.set_ylim(limits or (low / margin, high * margin))  # not out to whole decades
    numbered(axes.xaxis, list(table.index) if len(table) <= 12 else None)
    numbered(axes.yaxis)
    legend(figure, axes)
    numbers = table.rename_axis(axes.get_xlabel())
    return Picture(figure, alt or sentences.ends(table, ylabel), caption, numbers.iloc[:: -(-len(table) // 30)])


@in_house_style
def bars(
    table: pd.DataFrame, caption: str, ylabel: str, limits: tuple[float, float] | None = None, alt: str = ""
) -> Picture:
    """A bar for each number: where the index holds separate things, such as digits, with nothing between them.

    The columns stand side by side, in turn as an outline and filled, so that they differ without colour, too.
    ``limits`` and ``alt`` are those of ``lines``; without ``alt`` it says where the last column is highest.
    """
    figure, axes = one_axes(2.8)
    width = 0.8 / len(table.columns)
    for i, (name, values) in enumerate(table.items()):
        beside = [place + (i + 0.5) * width - 0.4 for place in range(len(table))]
        look: dict[str, Any] = {"edgecolor": COLOURS[i], "facecolor": COLOURS[i] if i % 2 else "none", "linewidth": 1.5}
        axes.bar(beside, values, 0.85 * width, label=name, **look)
    axes.set(xlabel=NAMES.get(table.index.name, table.index.name), ylabel=ylabel, ylim=limits)
    axes.set_xticks(range(len(table)), list(map(str, table.index)))
    numbered(axes.yaxis)
    legend(figure, axes)
    last = table[table.columns[-1]]
    alt = alt or sentences.best_and_worst(last, f"{ylabel}, {table.columns[-1]},")
    return Picture(figure, alt, caption, table.rename_axis(axes.get_xlabel()))


def _few(axes: Axes) -> None:
    """A few whole numbers on the x axis of a panel."""
    axes.xaxis.set_major_locator(MaxNLocator(3, integer=True, min_n_ticks=2))
