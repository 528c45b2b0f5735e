"""Charts of results: rounds, differences, curves, sweeps. Each has its numbers in a table below it."""

import textwrap
from collections.abc import Sequence
from typing import Any

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from lib.compare import LEVEL, Effect, interval, paired, summary
from lib.figures import sentences
from lib.figures.house import (
    COLOURS,
    DASHES,
    MAIN,
    MARKERS,
    NAMES,
    ROUND,
    RULE,
    TYPE,
    Picture,
    in_lines,
    legend,
    number,
    numbered,
    one_axes,
    row_of_axes,
    rows_named,
    titled,
)
from lib.figures.sentences import plain, short

WORTH = 0.1  # points of accuracy for which somebody may wait longer


def rounds(table: pd.DataFrame, caption: str, metric: str = "test_accuracy") -> Picture:
    """Every round a dot, the mean a diamond, its interval a bar; one line for each system."""
    systems = list(table["system"].unique())
    figure, axes = one_axes(0.9 + 0.6 * len(systems))
    percent = table.assign(value=100 * table[metric])
    sns.swarmplot(percent, x="value", y="system", order=systems, color=ROUND, size=3.5, ax=axes)
    found = summary(table, metric)
    for y, (_, row) in enumerate(found.iterrows()):
        spread = [[row["mean"] - row["low"]], [row["high"] - row["mean"]]]
        axes.errorbar(row["mean"], y, xerr=spread, fmt="D", color=MAIN, capsize=4, zorder=3)
    axes.set(xlabel=NAMES[metric], ylabel="")
    rows_named(figure, axes, list(map(str, systems)))
    numbered(axes.xaxis)
    numbers = pd.DataFrame(
        {
            "mean": [f"{mean:.1f}" for mean in found["mean"]],
            f"{LEVEL} interval": [f"{row['low']:.1f} to {row['high']:.1f}" for _, row in found.iterrows()],
            "rounds": [_listed(percent.loc[percent["system"] == name, "value"]) for name in found.index],
            "diverged": found["diverged"].astype(int).to_numpy(),
        },
        index=found.index.rename("system"),
    )
    return Picture(figure, sentences.best_and_worst(found["mean"], f"mean {plain(metric)}"), caption, numbers)


def frontier(table: pd.DataFrame, caption: str, cost: str = "seconds") -> Picture:
    """Accuracy against the column ``cost``, a point for each row of ``table`` (mean, low, high, and the cost).

    The line joins those that are better than all that is cheaper, by WORTH points or more; their numbers stand beside
    it, their names below. The accuracy is spaced by its errors: each halving is a step of the same height.
    """
    figure, axes = one_axes(4)
    ordered = table.sort_values([cost, "mean"], ascending=[True, False])
    wrong = 100 - ordered["mean"]
    spread = [ordered["high"] - ordered["mean"], ordered["mean"] - ordered["low"]]
    axes.errorbar(ordered[cost], wrong, yerr=spread, fmt="o", color=ROUND, capsize=2)
    best = ordered[ordered["mean"] >= ordered["mean"].cummax().shift(fill_value=0) + WORTH]
    axes.plot(best[cost], 100 - best["mean"], color=MAIN, marker="o", drawstyle="steps-post", zorder=3)
    axes.set(xscale="log", yscale="log", xlabel=NAMES[cost], ylabel=NAMES["test_accuracy"])
    axes.invert_yaxis()
    numbered(axes.xaxis)
    numbered(axes.yaxis)
    axes.set_yticks(axes.get_yticks(), [number(100 - error) for error in axes.get_yticks()])
    for i, (name, row) in enumerate(best.iterrows(), start=1):
        place = (row[cost], 100 - row["mean"])
        axes.annotate(str(i), place, xytext=(-4, 4), textcoords="offset points", ha="right", fontweight="bold")
        axes.plot([], [], marker=f"${i}$", linestyle="", color=RULE, label=name)
    legend(figure, axes)
    numbers = ordered[[cost, "mean", "low", "high"]].rename(columns={cost: NAMES[cost]}).rename_axis("network")
    alt = f"{len(best)} of {len(ordered)} networks beat all that are cheaper by {WORTH:g} points or more: from "
    alt += " to ".join(f"{short(name)} ({best.loc[name, 'mean']:.1f} %)" for name in (best.index[0], best.index[-1]))
    return Picture(figure, f"{alt}.", caption, numbers)


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
    figure, panels = row_of_axes(len(systems))
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


def matched(table: pd.DataFrame, a: str, b: str, caption: str, metric: str = "test_accuracy") -> Picture:
    """Both systems, round by round: a line joins the two results that come from the same draw."""
    wide = 100 * table.pivot(index="round", columns="system", values=metric)[[b, a]]
    figure, axes = one_axes(3.2)
    for i, (_, row) in enumerate(wide.iterrows()):
        axes.plot([0, 1], row, color=ROUND, marker="o", linewidth=1, label="" if i else "one round")
    axes.plot([0, 1], wide.mean(), color=MAIN, marker="D", linewidth=2.5, label="mean")
    axes.set(xticks=[0, 1], xticklabels=[in_lines(b), in_lines(a)], xlim=(-0.3, 1.3), ylabel=NAMES[metric])
    numbered(axes.yaxis)
    legend(figure, axes)
    effect = paired(table, a, b, metric)
    rising = sum(difference > 0 for difference in effect.differences)
    alt = f"From {short(b)} to {short(a)}, {rising} of {len(wide)} rounds rise; the mean difference is {effect}."
    return Picture(figure, alt, caption, wide)


def effects(differences: Sequence[Effect], caption: str) -> Picture:
    """One difference a line: its mean and interval, in points, beside the zero line."""
    figure, axes = one_axes(3)
    rows_named(figure, axes, [effect.name for effect in differences])
    for y, effect in enumerate(differences):
        spread = [[effect.mean - effect.low], [effect.high - effect.mean]]
        axes.plot(effect.differences, [y] * len(effect.differences), "o", color=ROUND, markersize=4)
        axes.errorbar(effect.mean, y, xerr=spread, fmt="D", color=MAIN, capsize=4, zorder=3)
    axes.axvline(0, color=RULE, linewidth=1, linestyle="--")
    numbered(axes.xaxis)
    figure.supxlabel("difference in test accuracy (points)", fontsize=TYPE)  # long names leave the axes little room
    names = pd.Index([effect.name for effect in differences], name="difference")
    told = [(str(effect), _listed(pd.Series(effect.differences, dtype=float), 2)) for effect in differences]
    numbers = pd.DataFrame(told, index=names, columns=[f"mean and {LEVEL} interval", "rounds"])
    return Picture(figure, sentences.signs(differences), caption, numbers)


def means(table: pd.DataFrame, caption: str, metric: str = "test_accuracy") -> Picture:
    """How the mean and its interval settle as rounds are added, for one system."""
    values = (100 * table[metric]).tolist()
    counts = range(3, len(values) + 1)  # two rounds may agree by chance
    lows, highs = zip(*(interval(values[:n]) for n in counts), strict=True)
    centre = [sum(values[:n]) / n for n in counts]
    figure, axes = one_axes(3)
    axes.plot(range(1, len(values) + 1), values, "o", color=ROUND, label="one round")
    axes.plot(counts, centre, color=MAIN, marker="D", label="mean so far")
    axes.fill_between(counts, lows, highs, color=MAIN, alpha=0.2, label=f"{LEVEL} interval")
    axes.set(xlabel="rounds", ylabel=NAMES[metric])
    axes.xaxis.set_major_locator(MaxNLocator(8, integer=True))
    numbered(axes.yaxis)
    legend(figure, axes)
    columns = {"mean so far": centre, "low": lows, "high": highs}
    numbers = pd.DataFrame(columns, index=pd.RangeIndex(3, len(values) + 1, name="rounds"))
    alt = f"The {LEVEL} interval of the mean is {lows[0]:.1f} to {highs[0]:.1f} after 3 rounds, "
    return Picture(figure, f"{alt}{lows[-1]:.1f} to {highs[-1]:.1f} after {len(values)}.", caption, numbers)


def against(table: pd.DataFrame, caption: str) -> Picture:
    """Published against rerun accuracy, with the rerun's interval; on the diagonal both are the same.

    ``table`` has the columns report, system, published, mean, low and high, in %.
    """
    figure, axes = one_axes(4.8)
    known = table.dropna(subset=["mean"])
    for i, (name, rows) in enumerate(known.groupby("report")):
        spread = [(rows["mean"] - rows["low"]).to_numpy(), (rows["high"] - rows["mean"]).to_numpy()]
        look: dict[str, Any] = {"fmt": MARKERS[i], "color": COLOURS[i], "markersize": 5, "elinewidth": 1}
        axes.errorbar(rows["published"], rows["mean"], yerr=spread, label=name, **look)
    low, high = known[["published", "low"]].min().min(), known[["published", "high"]].max().max()
    axes.plot([low, high], [low, high], color=RULE, linewidth=1, linestyle="--")
    axes.set(xlabel="published test accuracy (%)", ylabel="rerun test accuracy (%)")
    numbered(axes.xaxis)
    numbered(axes.yaxis)
    legend(figure, axes, "report")
    gap = (known["mean"] - known["published"]).abs()
    far = known.loc[gap.idxmax()]
    alt = f"{(gap < 2).sum()} of {len(known)} systems lie within two points of the diagonal; the farthest is "
    alt += f"{far['report']} {short(far['system'])}, published {far['published']:.1f}, rerun {far['mean']:.1f}."
    named = known.assign(name=known["report"] + " " + known["system"]).set_index("name")
    return Picture(figure, alt, caption, named[["published", "mean", "low", "high"]].rename_axis("system"))


def sweep(
    table: pd.DataFrame,
    x: str,
    caption: str,
    by: str | None = None,
    metric: str = "test_accuracy",
    log: bool = False,
    even: bool = False,
) -> Picture:
    """Accuracy against the column ``x``: the mean over rounds and its interval, a line for each value of ``by``.

    ``log`` makes the x axis logarithmic; ``even`` puts the values of x side by side at equal distances.
    """
    figure, axes = one_axes(3.4)
    values = sorted(table[x].unique())
    place = {value: i for i, value in enumerate(values)} if even else {value: value for value in values}
    groups = table.groupby(by, sort=False) if by else [(plain(metric), table)]
    found = []
    for i, (name, rows) in enumerate(groups):
        for value, group in rows.groupby(x)[metric]:
            known = 100 * group.dropna()
            found.append((str(name), value, known.mean(), *interval(known)))
        line = pd.DataFrame([row for row in found if row[0] == str(name)])
        look: dict[str, Any] = {
            "color": COLOURS[i],
            "marker": MARKERS[i],
            "linestyle": DASHES[i % len(DASHES)],
            "capsize": 3,
        }
        axes.errorbar(line[1].map(place), line[2], yerr=line[2] - line[3], label=name, **look)
    axes.set(xlabel=textwrap.fill(NAMES.get(x, x), 40), ylabel=NAMES[metric])
    if log:
        axes.set_xscale("log")
    numbered(axes.xaxis, list(place.values()))
    if even:
        axes.set_xticks(range(len(values)), [number(value) for value in values])
    numbered(axes.yaxis)
    if by:
        legend(figure, axes, by)
    numbers = pd.DataFrame(found, columns=[by or "line", x, "mean", "low", "high"])
    wide = numbers.assign(told=[f"{m:.1f} [{lo:.1f}, {hi:.1f}]" for *_, m, lo, hi in found])
    wide = wide.pivot(index=x, columns=by or "line", values="told").fillna("–").rename_axis(plain(x))
    return Picture(figure, sentences.extremes(found, plain(metric), plain(x), bool(by)), caption, wide)


def traces(
    seen: dict[str, pd.DataFrame], y: str, ylabel: str, caption: str, x: str = "batch", log: bool = False
) -> Picture:
    """What a probe saw: one panel for each table in ``seen``, one line for each layer."""
    figure, panels = row_of_axes(len(seen), height=3)
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
    return Picture(figure, f"At the end, the {ylabel} of the layers is {' and '.join(ends[:2])}.", caption, table)


def lines(
    table: pd.DataFrame, caption: str, ylabel: str, log: bool = False, limits: tuple[float, float] | None = None
) -> Picture:
    """One line for each column, against the index (whose name is the x axis'); a line may end early, in nan.

    ``limits`` of the y axis make pictures that are shown in turn comparable.
    """
    figure, axes = one_axes(3.6)
    for i, (name, values) in enumerate(table.items()):
        look: dict[str, Any] = {"color": COLOURS[i % len(COLOURS)], "marker": MARKERS[i % len(MARKERS)]}
        known = values.dropna()
        every = max(1, len(known) // 8)  # markers
        axes.plot(known.index, known, label=name, linestyle=DASHES[i % len(DASHES)], markevery=every, **look)
    first, last = table.index.min(), table.index.max()
    margin = 0.05 * (last - first)  # matplotlib's own, had all lines the same length
    axes.set(xlabel=NAMES.get(table.index.name, table.index.name), ylabel=ylabel, ylim=limits)
    axes.set_xlim(first - margin, last + margin)
    if log:
        axes.set_yscale("log")
        low, high = table.min().min(), table.max().max()
        margin = 1.05 * (high / low) ** 0.05
        axes.set_ylim(limits or (low / margin, high * margin))  # not out to whole decades
    numbered(axes.xaxis, list(table.index) if len(table) <= 12 else None)
    numbered(axes.yaxis)
    legend(figure, axes)
    numbers = table.rename_axis(axes.get_xlabel())
    return Picture(figure, sentences.ends(table, ylabel), caption, numbers.iloc[:: -(-len(table) // 30)])


def _few(axes: Axes) -> None:
    """A few whole numbers on the x axis of a panel."""
    axes.xaxis.set_major_locator(MaxNLocator(3, integer=True, min_n_ticks=2))


def _listed(values: pd.Series, places: int = 1) -> str:
    return ", ".join(f"{value:.{places}f}" for value in values.dropna())
