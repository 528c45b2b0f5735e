"""Charts of results: rounds, differences, curves, sweeps."""

from collections.abc import Sequence

import pandas as pd
import seaborn as sns
from matplotlib.ticker import LogLocator

from lib.compare import LEVEL, Effect, interval, paired, summary
from lib.figures.house import COLOURS, DASHES, MAIN, MARKERS, NAMES, ROUND, RULE, Picture, one_axes, row_of_axes

WORTH = 0.1  # points of accuracy for which somebody may wait longer


def rounds(table: pd.DataFrame, caption: str, metric: str = "test_accuracy") -> Picture:
    """Every round a dot, the mean a diamond, its interval a bar; one line for each system."""
    systems = list(table["system"].unique())
    figure, axes = one_axes(0.9 + 0.6 * len(systems))
    percent = table.assign(value=100 * table[metric])
    sns.swarmplot(percent, x="value", y="system", order=systems, color=ROUND, size=3.5, ax=axes)
    lines = []
    for y, (name, row) in enumerate(summary(table, metric).iterrows()):
        spread = [[row["mean"] - row["low"]], [row["high"] - row["mean"]]]
        axes.errorbar(row["mean"], y, xerr=spread, fmt="D", color=MAIN, capsize=4, zorder=3)
        failed = f", {row['diverged']:.0f} of {row['rounds']:.0f} rounds diverged" if row["diverged"] else ""
        lines.append(f"{name} {row['mean']:.1f} [{row['low']:.1f}, {row['high']:.1f}]{failed}")
    axes.set(xlabel=NAMES[metric], ylabel="")
    count = table["round"].nunique()
    alt = (
        f"{NAMES[metric]}: {count} dots for each system, one a round. Means and {LEVEL} intervals: {'; '.join(lines)}."
    )
    return Picture(figure, alt, caption)


def frontier(table: pd.DataFrame, caption: str, cost: str = "seconds") -> Picture:
    """Accuracy against the column ``cost``, a point for each row of ``table`` (mean, low, high, and the cost).

    The line joins those that are better than all that is cheaper, by WORTH points or more. The accuracy is spaced
    by its errors: each halving is a step of the same height.
    """
    figure, axes = one_axes(4)
    ordered = table.sort_values([cost, "mean"], ascending=[True, False])
    wrong = 100 - ordered["mean"]
    spread = [ordered["high"] - ordered["mean"], ordered["mean"] - ordered["low"]]
    axes.errorbar(ordered[cost], wrong, yerr=spread, fmt="o", color=ROUND, capsize=2)
    best = ordered[ordered["mean"] >= ordered["mean"].cummax().shift(fill_value=0) + WORTH]
    axes.plot(best[cost], 100 - best["mean"], color=MAIN, marker="o", drawstyle="steps-post", zorder=3)
    for name, row in best.iterrows():
        point = (row[cost], 100 - row["mean"])
        axes.annotate(name, point, xytext=(5, -9), textcoords="offset points", fontsize=8)
    axes.set(xscale="log", yscale="log", xlabel=NAMES[cost], ylabel=NAMES["test_accuracy"])
    axes.invert_yaxis()
    axes.xaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter(lambda error, _: f"{100 - error:g}")
    axes.yaxis.set_minor_formatter("")
    told = "; ".join(f"{name}: {row['mean']:.1f} in {row[cost]:.3g}" for name, row in ordered.iterrows())
    ends = "; ".join(best.index)
    alt = f"Accuracy in % and {NAMES[cost]}: {told}. Better than all that is cheaper, by {WORTH:g} points: {ends}."
    return Picture(figure, alt, caption)


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
    ends = []
    for axes, name in zip(panels, systems, strict=True):
        rows = table[table["system"] == name]
        for colour, dash, metric in zip(COLOURS, DASHES, metrics, strict=False):
            scale = 100 if metric.endswith("accuracy") else 1
            by_epoch = scale * rows.groupby("epoch")[metric].agg(["mean", "min", "max"])
            axes.plot(by_epoch.index, by_epoch["mean"], color=colour, linestyle=dash, label=NAMES[metric])
            axes.fill_between(by_epoch.index, by_epoch["min"], by_epoch["max"], color=colour, alpha=0.2, linewidth=0)
            ends.append(f"{name}, {NAMES[metric]}: {by_epoch['mean'].iloc[0]:.2f} to {by_epoch['mean'].iloc[-1]:.2f}")
        axes.set(xlabel="epoch", title=name, ylim=limits)
    panels[0].set_ylabel("%" if metrics[0].endswith("accuracy") else "cross-entropy (nats)")
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=3, frameon=False, fontsize=8)
    alt = f"Learning curves over {table['epoch'].max()} epochs, first to last: {'; '.join(ends)}."
    return Picture(figure, alt, caption)


def matched(table: pd.DataFrame, a: str, b: str, caption: str, metric: str = "test_accuracy") -> Picture:
    """Both systems, round by round: a line joins the two results that come from the same draw."""
    wide = 100 * table.pivot(index="round", columns="system", values=metric)[[b, a]]
    figure, axes = one_axes(3.2)
    for _, row in wide.iterrows():
        axes.plot([0, 1], row, color=ROUND, marker="o", linewidth=1)
    axes.plot([0, 1], wide.mean(), color=MAIN, marker="D", linewidth=2.5, label="mean")
    axes.set(xticks=[0, 1], xticklabels=[b, a], xlim=(-0.3, 1.3), ylabel=NAMES[metric])
    axes.legend(frameon=False)
    effect = paired(table, a, b, metric)
    rising = sum(difference > 0 for difference in effect.differences)
    alt = f"One line a round from {b} to {a}: {rising} of {len(wide)} rise. Mean difference {effect}."
    return Picture(figure, alt, caption)


def effects(differences: Sequence[Effect], caption: str) -> Picture:
    """One difference a line: its mean and interval, in points, beside the zero line."""
    figure, axes = one_axes(0.9 + 0.45 * len(differences))
    for y, effect in enumerate(differences):
        spread = [[effect.mean - effect.low], [effect.high - effect.mean]]
        axes.plot(effect.differences, [y] * len(effect.differences), "o", color=ROUND, markersize=4)
        axes.errorbar(effect.mean, y, xerr=spread, fmt="D", color=MAIN, capsize=4, zorder=3)
    axes.axvline(0, color=RULE, linewidth=1, linestyle="--")
    axes.set(yticks=range(len(differences)), yticklabels=[effect.name for effect in differences])
    axes.set(ylim=(len(differences) - 0.5, -0.5))
    figure.supxlabel("difference in test accuracy (points)", fontsize="medium")  # long names leave the axes little room
    alt = f"Differences with {LEVEL} intervals: " + "; ".join(f"{effect.name} {effect}" for effect in differences) + "."
    return Picture(figure, alt, caption)


def means(table: pd.DataFrame, caption: str, metric: str = "test_accuracy") -> Picture:
    """How the mean and its interval settle as rounds are added, for one system."""
    values = (100 * table[metric]).tolist()
    counts = range(3, len(values) + 1)  # two rounds may agree by chance
    bounds = [interval(values[:n]) for n in counts]
    centre = [sum(values[:n]) / n for n in counts]
    figure, axes = one_axes(2.6)
    axes.plot(range(1, len(values) + 1), values, "o", color=ROUND, label="one round")
    axes.plot(counts, centre, color=MAIN, marker="D", label="mean so far")
    lows, highs = zip(*bounds, strict=True)
    axes.fill_between(counts, lows, highs, color=MAIN, alpha=0.2, label=f"{LEVEL} interval")
    axes.set(xlabel="rounds", ylabel=NAMES[metric])
    axes.locator_params(axis="x", integer=True)
    axes.legend(frameon=False, fontsize=8)
    (low, high), (first_low, first_high) = bounds[-1], bounds[0]
    alt = f"{LEVEL} interval of the mean: {first_low:.1f} to {first_high:.1f} after 3 rounds, "
    return Picture(figure, alt + f"{low:.1f} to {high:.1f} after {len(values)}.", caption)


def against(table: pd.DataFrame, caption: str) -> Picture:
    """Published against rerun accuracy, with the rerun's interval; on the diagonal both are the same.

    ``table`` has the columns report, system, published, mean, low and high, in %.
    """
    figure, axes = one_axes(4.6)
    known = table.dropna(subset=["mean"])
    for i, (name, rows) in enumerate(known.groupby("report")):
        spread = [(rows["mean"] - rows["low"]).to_numpy(), (rows["high"] - rows["mean"]).to_numpy()]
        look = {"fmt": MARKERS[i], "color": COLOURS[i], "markersize": 5, "elinewidth": 1, "alpha": 0.8}
        axes.errorbar(rows["published"], rows["mean"], yerr=spread, label=name, **look)
    low, high = known[["published", "low"]].min().min(), known[["published", "high"]].max().max()
    axes.plot([low, high], [low, high], color=RULE, linewidth=1, linestyle="--")
    axes.set(xlabel="published test accuracy (%)", ylabel="rerun test accuracy (%)")
    axes.legend(frameon=False, fontsize=8, title="report")
    gap = (known["mean"] - known["published"]).abs()
    far = known.loc[gap.nlargest(5).index]
    named = "; ".join(f"{r.report} {r.system} {r.published:.1f} and {r.mean:.1f}" for r in far.itertuples())
    alt = f"{len(known)} systems, {(gap < 2).sum()} of them within two points of the diagonal. Farthest: {named}."
    return Picture(figure, alt, caption)


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
    figure, axes = one_axes(3.2)
    values = sorted(table[x].unique())
    place = {value: i for i, value in enumerate(values)} if even else {value: value for value in values}
    lines = []
    groups = table.groupby(by, sort=False) if by else [("", table)]
    for i, (name, rows) in enumerate(groups):
        means = 100 * rows.groupby(x)[metric].mean()
        halves = [
            mean - interval(100 * rows.loc[rows[x] == value, metric].dropna())[0] for value, mean in means.items()
        ]
        look = {"color": COLOURS[i], "marker": MARKERS[i], "linestyle": DASHES[i % len(DASHES)], "capsize": 3}
        axes.errorbar([place[value] for value in means.index], means, yerr=halves, label=name, **look)
        points = ", ".join(f"{mean:.1f} at {value:g}" for value, mean in means.items())
        lines.append(f"{name}: {points}" if by else points)
    axes.set(xlabel=NAMES.get(x, x), ylabel=NAMES[metric])
    if log:
        axes.set_xscale("log")
    axes.set_xticks(list(place.values()), [f"{value:g}" for value in values], minor=False)
    axes.minorticks_off()
    if by:
        axes.legend(frameon=False, fontsize=8, title=by)
    return Picture(
        figure, f"{NAMES[metric]} against {NAMES.get(x, x)}. Means over rounds: {'; '.join(lines)}.", caption
    )


def traces(
    seen: dict[str, pd.DataFrame], y: str, ylabel: str, caption: str, x: str = "batch", log: bool = False
) -> Picture:
    """What a probe saw: one panel for each table in ``seen``, one line for each layer."""
    figure, panels = row_of_axes(len(seen))
    ends = []
    for axes, (name, table) in zip(panels, seen.items(), strict=True):
        for i, (layer, rows) in enumerate(table.groupby("layer", sort=False)):
            axes.plot(rows[x], rows[y], color=COLOURS[i], linestyle=DASHES[i % len(DASHES)], label=layer)
            ends.append(f"{name}, {layer}: {rows[y].iloc[0]:.3g} to {rows[y].iloc[-1]:.3g}")
        axes.set(xlabel=NAMES.get(x, x), title=name)
    if log:
        panels[0].set_yscale("symlog", linthresh=1e-3)  # a gradient of exactly 0 has no logarithm
        panels[0].set_ylim(bottom=0)
    panels[0].set_ylabel(ylabel)
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=4, frameon=False, fontsize=8)
    return Picture(figure, f"{ylabel} by layer, first to last: {'; '.join(ends)}.", caption)


def lines(
    table: pd.DataFrame, caption: str, ylabel: str, log: bool = False, limits: tuple[float, float] | None = None
) -> Picture:
    """One line for each column, against the index (whose name is the x axis'); a line may end early, in nan.

    ``limits`` of the y axis make pictures that are shown in turn comparable.
    """
    figure, axes = one_axes(3.4)
    ends = []
    for i, (name, values) in enumerate(table.items()):
        look = {"color": COLOURS[i % len(COLOURS)], "marker": MARKERS[i % len(MARKERS)]}
        known = values.dropna()
        every = max(1, len(known) // 8)  # markers
        axes.plot(known.index, known, label=name, linestyle=DASHES[i % len(DASHES)], markevery=every, **look)
        ends.append(f"{name} from {known.iloc[0]:.3g} to {known.iloc[-1]:.3g}")
    first, last = table.index.min(), table.index.max()
    margin = 0.05 * (last - first)  # matplotlib's own, had all lines the same length
    axes.set(xlabel=NAMES.get(table.index.name, table.index.name), ylabel=ylabel, ylim=limits)
    axes.set_xlim(first - margin, last + margin)
    if len(table) <= 12:
        axes.set_xticks(_apart(table.index))
    if log:
        axes.set_yscale("log")
        axes.set_ylim(limits or (0.9 * table.min().min(), 1.1 * table.max().max()))  # not out to whole decades
        low, high = axes.get_ylim()
        if high < 1000 * low:  # else matplotlib's own powers of ten: there is no room for more
            axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axes.yaxis.set_major_formatter("{x:g}")
        axes.yaxis.set_minor_formatter("")
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=3, frameon=False, fontsize=8)
    return Picture(figure, f"{ylabel} against {axes.get_xlabel()}: {'; '.join(ends)}.", caption)


def _apart(ticks: Sequence[float]) -> list[float]:
    """``ticks`` without those so close to the one before that their labels would touch."""
    kept = list(ticks[:1])
    for tick in ticks[1:]:
        if tick - kept[-1] >= 0.04 * (ticks[-1] - ticks[0]):
            kept.append(tick)
    return kept
