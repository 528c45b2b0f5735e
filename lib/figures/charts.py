"""Charts of results: rounds, differences, published numbers. Each has its numbers in a table below it."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import blended_transform_factory

from lib.compare import LEVEL, Effect, interval, paired, summary
from lib.figures import sentences
from lib.figures.house import (
    COLOURS,
    MAIN,
    MARKERS,
    NAMES,
    ROUND,
    RULE,
    TYPE,
    WIDTH,
    Picture,
    by_errors,
    in_house_style,
    in_lines,
    legend,
    numbered,
    one_axes,
    rows_named,
)
from lib.figures.sentences import plain, short

WORTH = 0.1  # points of accuracy for which somebody may wait longer


@in_house_style
def rounds(table: pd.DataFrame, caption: str, metric: str = "test_accuracy") -> Picture:
    """Every round a dot, the mean a diamond, its interval a bar; one line for each system."""
    systems = list(table["system"].unique())
    figure, axes = one_axes(0.9 + 0.6 * len(systems))
    percent = table.assign(value=100 * table[metric])
    sns.swarmplot(percent, x="value", y="system", order=systems, color=ROUND, size=3, ax=axes)
    found = summary(table, metric)
    for y, (_, row) in enumerate(found.iterrows()):
        spread = [[row["mean"] - row["low"]], [row["high"] - row["mean"]]]
        axes.errorbar(row["mean"], y, xerr=spread, fmt="D", color=MAIN, capsize=4, zorder=3)
    axes.set(xlabel=NAMES[metric], ylabel="")
    rows_named(figure, axes, list(map(str, systems)), 0.55)  # room for ten equal rounds, one above the other
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


@in_house_style
def frontier(table: pd.DataFrame, caption: str, cost: str = "seconds") -> Picture:
    """Accuracy against the column ``cost``, a point for each row of ``table`` (mean, low, high, and the cost).

    The line joins those that are better than all that is cheaper, by WORTH points or more; their numbers stand beside
    it, their names below. The accuracy is spaced by its errors: each halving is a step of the same height.
    """
    figure, axes = one_axes(3.4)
    ordered = table.sort_values([cost, "mean"], ascending=[True, False])
    wrong = 100 - ordered["mean"]
    spread = [ordered["high"] - ordered["mean"], ordered["mean"] - ordered["low"]]
    axes.errorbar(ordered[cost], wrong, yerr=spread, fmt="o", color=ROUND, capsize=2)
    best = ordered[ordered["mean"] >= ordered["mean"].cummax().shift(fill_value=0) + WORTH]
    axes.plot(best[cost], 100 - best["mean"], color=MAIN, marker="o", drawstyle="steps-post", zorder=3)
    axes.set(xscale="log", xlabel=NAMES[cost], ylabel=NAMES["test_accuracy"])
    numbered(axes.xaxis)
    by_errors(axes)
    for i, (name, row) in enumerate(best.iterrows(), start=1):
        place = (row[cost], 100 - row["mean"])
        axes.annotate(str(i), place, xytext=(-4, 4), textcoords="offset points", ha="right", fontweight="bold")
        axes.plot([], [], marker=f"${i}$", linestyle="", color=RULE, label=name)
    legend(figure, axes)
    numbers = ordered[[cost, "mean", "low", "high"]].rename(columns={cost: NAMES[cost]}).rename_axis("network")
    alt = f"{len(best)} of {len(ordered)} networks beat all that are cheaper by {WORTH:g} points or more: from "
    alt += " to ".join(f"{short(name)} ({best.loc[name, 'mean']:.1f} %)" for name in (best.index[0], best.index[-1]))
    return Picture(figure, f"{alt}.", caption, numbers)


@in_house_style
def matched(table: pd.DataFrame, a: str, b: str, caption: str, metric: str = "test_accuracy") -> Picture:
    """Both systems, round by round: a line joins the two results that come from the same draw."""
    wide = 100 * table.pivot(index="round", columns="system", values=metric)[[b, a]]
    figure, axes = one_axes(2.9)
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


@in_house_style
def effects(
    differences: Sequence[Effect] | Mapping[str, Sequence[Effect]],
    caption: str,
    xlabel: str = "difference in test accuracy (points)",
    equal: float = 0,
    limits: tuple[float, float] | None = None,
) -> Picture:
    """One difference a line: its mean and interval, beside the line where both sides are ``equal``.

    Several groups of differences are a mapping, from their headings. Each has an axis of its own, since large
    differences in one would hide where the small ones of another lie; ``limits`` are those of an axis that all groups,
    or several figures, share. Of shares in %, ``equal`` is 100.
    """
    groups = differences if isinstance(differences, Mapping) else {"": differences}
    sizes = [len(group) + bool(heading) for heading, group in groups.items()]
    figure, panels = plt.subplots(len(groups), figsize=(WIDTH, 3), height_ratios=sizes, squeeze=False)
    heights = [_group(figure, axes, *group, equal) for axes, group in zip(panels.flat, groups.items(), strict=True)]
    for axes in panels.flat:
        axes.set_xlim(limits or axes.get_xlim())
        numbered(axes.xaxis)
    figure.set_figheight(sum(heights))
    figure.supxlabel(xlabel, fontsize=TYPE)  # long names leave the axes little room
    shown = [effect for group in groups.values() for effect in group]
    names = pd.Index([effect.name for effect in shown], name="difference")
    numbers = pd.DataFrame({f"mean and {LEVEL} interval": map(str, shown)}, index=names)
    if any(effect.differences for effect in shown):
        numbers["rounds"] = [_listed(pd.Series(effect.differences, dtype=float), 2) for effect in shown]
    return Picture(figure, sentences.signs(shown, equal), caption, numbers)


def _group(figure: Figure, axes: Axes, heading: str, group: Sequence[Effect], equal: float) -> float:
    """A difference a line, below bold words from the figure's left edge on; returns the height that this takes."""
    start = 1 if heading else 0
    rows_named(figure, axes, [*([""] * start), *(effect.name for effect in group)])
    for y, effect in enumerate(group, start):
        _difference(axes, y, effect, equal)
    if heading:
        across = blended_transform_factory(figure.transFigure, axes.transData)
        axes.text(0.01, 0.1, heading, transform=across, va="center", fontweight="bold").set_in_layout(False)
        axes.spines.left.set_visible(False)
        axes.tick_params(axis="y", length=0)
    return figure.get_figheight()


def _difference(axes: Axes, y: int, row: Effect, equal: float) -> None:
    spread = [[row.mean - row.low], [row.high - row.mean]]
    axes.plot(row.differences, [y] * len(row.differences), "o", color=ROUND, markersize=4)
    axes.errorbar(row.mean, y, xerr=spread, fmt="D", color=MAIN, capsize=4, zorder=3)
    axes.plot([equal, equal], [y + 0.5, y - 0.5], color=RULE, linewidth=1, linestyle=(0, (3, 3)), zorder=1)


@in_house_style
def means(table: pd.DataFrame, caption: str, metric: str = "test_accuracy") -> Picture:
    """How the mean and its interval settle as rounds are added, for one system."""
    values = (100 * table[metric]).tolist()
    counts = range(3, len(values) + 1)  # two rounds may agree by chance
    lows, highs = zip(*(interval(values[:n]) for n in counts), strict=True)
    centre = [sum(values[:n]) / n for n in counts]
    figure, axes = one_axes(2.6)
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


@in_house_style
def against(table: pd.DataFrame, caption: str, named: int = 0) -> Picture:
    """How far a rerun lies above or below what was published, with the rerun's interval; on the line both are the same.

    ``table`` has the columns report, system, published, mean, low and high, in %. So many rows as ``named``, those that
    fall furthest, have numbers, and their names stand below.
    """
    figure, axes = one_axes(4.4)
    known = table.dropna(subset=["mean"])
    known = known.assign(name=known["report"] + " " + known["system"]).set_index("name")
    for i, (report, rows) in enumerate(known.groupby("report")):
        spread = [(rows["mean"] - rows["low"]).to_numpy(), (rows["high"] - rows["mean"]).to_numpy()]
        look: dict[str, Any] = {"fmt": MARKERS[i], "color": COLOURS[i], "markersize": 5, "elinewidth": 1}
        gap = rows["mean"] - rows["published"]
        axes.errorbar(rows["published"], gap, yerr=spread, label=f"report {report}", **look)
    axes.axhline(0, color=RULE, linewidth=1, linestyle="--")
    axes.set(xlabel="published test accuracy (%)", ylabel="rerun − published (points)")
    numbered(axes.xaxis)
    numbered(axes.yaxis)
    gap = known["mean"] - known["published"]
    _numbers_beside(figure, axes, known.assign(gap=gap).loc[gap.nsmallest(named).index])
    legend(figure, axes)
    far = known.loc[gap.abs().idxmax()]
    alt = f"{(gap.abs() < 2).sum()} of {len(known)} systems lie within two points of the line; the farthest is "
    alt += f"{far['report']} {short(far['system'])}, published {far['published']:.1f}, rerun {far['mean']:.1f}."
    return Picture(figure, alt, caption, known[["published", "mean", "low", "high"]].rename_axis("system"))


def _numbers_beside(figure: Figure, axes: Axes, rows: pd.DataFrame) -> None:
    """1, 2, … to the right of the dots of ``rows``, in their order, and their names for the legend."""
    low, high = axes.get_ylim()
    room = 1.3 * TYPE / 72 / figure.get_figheight() * (high - low)  # a number's height, and some more
    y = high
    for row in rows.assign(number=range(1, len(rows) + 1)).sort_values("gap", ascending=False).itertuples():
        y = min(row.gap, y - room)  # below the one before, where their dots are close
        look: dict[str, Any] = {"textcoords": "offset points", "va": "center", "fontweight": "bold"}
        axes.annotate(str(row.number), (row.published, y), xytext=(6, 0), **look)
    for i, name in enumerate(rows.index, start=1):
        axes.plot([], [], marker=f"${i}$", markersize=9, linestyle="", color=RULE, label=name)


def _listed(values: pd.Series, places: int = 1) -> str:
    return ", ".join(f"{round(value, places) + 0.0:.{places}f}" for value in values.dropna())  # 0.0, not -0.0
