"""Figures in one house style. Each is a Picture: it shows itself, with a caption and its own alt text."""

import base64
import html
import io
import math
from collections.abc import Sequence

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator
from torch import Tensor

from lib.compare import Effect, interval, paired, summary
from lib.data import Pairs

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
}
STYLE = {
    "figure.constrained_layout.use": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "svg.fonttype": "path",
    "svg.hashsalt": "which digit",  # the same figure gives the same file
}
WIDTH = 5.0  # inches: still legible on a phone
COLOURS = sns.color_palette("colorblind")
MARKERS = "oDs^vP*X"  # so that systems differ without colour, too
DASHES = ["-", "--", ":", "-."]
GAP = "#cfe2f0"  # between the maps of a layer, where white and grey are values


class Picture:
    """A figure with its ``caption`` and ``alt`` text; notebooks and the book show it as HTML."""

    def __init__(self, figure: Figure, alt: str, caption: str) -> None:
        self.alt, self.caption = alt, caption
        file = io.BytesIO()
        with plt.rc_context(STYLE):
            figure.savefig(file, format="svg", metadata={"Date": None})
        plt.close(figure)
        self.svg = file.getvalue()

    def _repr_html_(self) -> str:
        source = "data:image/svg+xml;base64," + base64.b64encode(self.svg).decode()
        return (
            f'<figure class="computed"><img src="{source}" alt="{html.escape(self.alt)}">'
            f"<figcaption>{html.escape(self.caption)}</figcaption></figure>"
        )

    def __repr__(self) -> str:
        return f"[figure] {self.caption}\n{self.alt}"


def rounds(table: pd.DataFrame, caption: str, metric: str = "test_accuracy") -> Picture:
    """Every round a dot, the mean a diamond, its 95 % interval a bar; one line for each system."""
    systems = list(table["system"].unique())
    figure, axes = _axes(0.9 + 0.5 * len(systems))
    percent = table.assign(value=100 * table[metric])
    sns.swarmplot(percent, x="value", y="system", order=systems, color="0.6", size=4, ax=axes)
    lines = []
    for y, (name, row) in enumerate(summary(table, metric).iterrows()):
        spread = [[row["mean"] - row["low"]], [row["high"] - row["mean"]]]
        axes.errorbar(row["mean"], y, xerr=spread, fmt="D", color=COLOURS[0], capsize=4, zorder=3)
        failed = f", {row['diverged']:.0f} of {row['rounds']:.0f} rounds diverged" if row["diverged"] else ""
        lines.append(f"{name} {row['mean']:.1f} [{row['low']:.1f}, {row['high']:.1f}]{failed}")
    axes.set(xlabel=NAMES[metric], ylabel="")
    count = table["round"].nunique()
    alt = f"{NAMES[metric]}: {count} dots for each system, one a round. Means and 95 % intervals: {'; '.join(lines)}."
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
    figure, panels = _panels(len(systems))
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
    figure, axes = _axes(3.2)
    for _, row in wide.iterrows():
        axes.plot([0, 1], row, color="0.6", marker="o", linewidth=1)
    axes.plot([0, 1], wide.mean(), color=COLOURS[0], marker="D", linewidth=2.5, label="mean")
    axes.set(xticks=[0, 1], xticklabels=[b, a], xlim=(-0.3, 1.3), ylabel=NAMES[metric])
    axes.legend(frameon=False)
    effect = paired(table, a, b, metric)
    rising = sum(difference > 0 for difference in effect.differences)
    alt = f"One line a round from {b} to {a}: {rising} of {len(wide)} rise. Mean difference {effect}."
    return Picture(figure, alt, caption)


def effects(differences: Sequence[Effect], caption: str) -> Picture:
    """One difference a line: its mean and 95 % interval, in points, beside the zero line."""
    figure, axes = _axes(0.9 + 0.45 * len(differences))
    for y, effect in enumerate(differences):
        spread = [[effect.mean - effect.low], [effect.high - effect.mean]]
        axes.plot(effect.differences, [y] * len(effect.differences), "o", color="0.7", markersize=4)
        axes.errorbar(effect.mean, y, xerr=spread, fmt="D", color=COLOURS[0], capsize=4, zorder=3)
    axes.axvline(0, color="0.3", linewidth=1, linestyle="--")
    axes.set(yticks=range(len(differences)), yticklabels=[effect.name for effect in differences])
    axes.set(ylim=(len(differences) - 0.5, -0.5))
    figure.supxlabel("difference in test accuracy (points)", fontsize="medium")  # long names leave the axes little room
    alt = "Differences with 95 % intervals: " + "; ".join(f"{effect.name} {effect}" for effect in differences) + "."
    return Picture(figure, alt, caption)


def pairs(shown: Pairs, caption: str, columns: int = 5) -> Picture:
    """Pairs of digits, left image first, each with its digits and its target."""
    rows = -(-len(shown) // columns)
    figure, grid = plt.subplots(rows, columns, figsize=(WIDTH, 0.85 * rows + 0.2), squeeze=False)
    titles = []
    for axes in grid.flat:
        axes.axis("off")
    for axes, images, (first, second), target in zip(grid.flat, shown.images, shown.digits, shown.target, strict=False):
        axes.imshow(side_by_side(images).numpy(), cmap="gray_r")
        titles.append(f"{first} ≤ {second}: {'yes' if target else 'no'}")
        axes.set_title(titles[-1], fontsize=9)
    return Picture(figure, f"{len(shown)} pairs of handwritten digits at 14×14: {'; '.join(titles)}.", caption)


def images(shown: dict[str, Tensor], caption: str, alt: str) -> Picture:
    """Named images (h, w) in a row. What they show, only the caller knows: ``alt`` says it."""
    figure, panels = plt.subplots(1, len(shown), figsize=(WIDTH, WIDTH / len(shown) + 0.3), squeeze=False)
    for axes, (name, image) in zip(panels.flat, shown.items(), strict=True):
        axes.imshow(image.numpy(), cmap="gray_r")
        axes.set_title(name, fontsize=9)
        axes.axis("off")
    return Picture(figure, alt, caption)


def means(table: pd.DataFrame, caption: str, metric: str = "test_accuracy") -> Picture:
    """How the mean and its 95 % interval settle as rounds are added, for one system."""
    values = (100 * table[metric]).tolist()
    counts = range(3, len(values) + 1)  # two rounds may agree by chance
    bounds = [interval(values[:n]) for n in counts]
    centre = [sum(values[:n]) / n for n in counts]
    figure, axes = _axes(2.6)
    axes.plot(range(1, len(values) + 1), values, "o", color="0.6", label="one round")
    axes.plot(counts, centre, color=COLOURS[0], marker="D", label="mean so far")
    axes.fill_between(counts, *zip(*bounds, strict=True), color=COLOURS[0], alpha=0.2, label="95 % interval")
    axes.set(xlabel="rounds", ylabel=NAMES[metric])
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.legend(frameon=False, fontsize=8)
    (low, high), (first_low, first_high) = bounds[-1], bounds[0]
    alt = f"95 % interval of the mean: {first_low:.1f} to {first_high:.1f} after 3 rounds, "
    return Picture(figure, alt + f"{low:.1f} to {high:.1f} after {len(values)}.", caption)


def against(table: pd.DataFrame, caption: str) -> Picture:
    """Published against rerun accuracy, with the rerun's 95 % interval; on the diagonal both are the same.

    ``table`` has the columns report, system, published, mean, low and high, in %.
    """
    figure, axes = _axes(4.6)
    known = table.dropna(subset=["mean"])
    for i, (name, rows) in enumerate(known.groupby("report")):
        spread = [(rows["mean"] - rows["low"]).to_numpy(), (rows["high"] - rows["mean"]).to_numpy()]
        look = {"fmt": MARKERS[i], "color": COLOURS[i], "markersize": 5, "elinewidth": 1, "alpha": 0.8}
        axes.errorbar(rows["published"], rows["mean"], yerr=spread, label=name, **look)
    low, high = known[["published", "low"]].min().min(), known[["published", "high"]].max().max()
    axes.plot([low, high], [low, high], color="0.3", linewidth=1, linestyle="--")
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
    """Accuracy against the column ``x``: the mean over rounds and its 95 % interval, a line for each value of ``by``.

    ``log`` makes the x axis logarithmic; ``even`` puts the values of x side by side at equal distances.
    """
    figure, axes = _axes(3.2)
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
    figure, panels = _panels(len(seen))
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
    figure, axes = _axes(3.4)
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
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_major_formatter("{x:g}")
        axes.yaxis.set_minor_formatter("")
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=3, frameon=False, fontsize=8)
    return Picture(figure, f"{ylabel} against {axes.get_xlabel()}: {'; '.join(ends)}.", caption)


def confusion(matrices: dict[str, Tensor], caption: str, xlabel: str = "largest output") -> Picture:
    """Matrices (10, 10) of counts, true digits in rows: how often a digit led to which largest output."""
    figure, panels = _panels(len(matrices))
    texts = []
    for axes, (name, counts) in zip(panels, matrices.items(), strict=True):
        shares = counts / counts.sum(dim=1, keepdim=True).clamp(min=1)
        axes.imshow(shares.numpy(), cmap="Blues", vmin=0, vmax=1)
        axes.set(title=name, xlabel=xlabel, xticks=range(10), yticks=range(10))
        top = [f"{digit} → {int(row.argmax())} ({100 * row.max():.0f} %)" for digit, row in enumerate(shares)]
        texts.append(f"{name}: {', '.join(top)}")
    panels[0].set_ylabel("true digit")
    return Picture(figure, f"Each digit's most frequent largest output: {'; '.join(texts)}.", caption)


def activations(panels: dict[str, Tensor], caption: str, labels: Sequence[str] | None = None) -> Picture:
    """What one layer gives, a panel for each name: an image (h, w), maps (c, h, w) or units (n,), dark where high.

    With ``labels``, one for each unit, the units are logits, drawn as bars. The height is the same for all layers.
    """
    figure, axes = _panels(len(panels))
    texts = []
    for panel, (name, values) in zip(axes, panels.items(), strict=True):
        panel.set_title(name, fontsize=9)
        if labels:
            bars = panel.bar(labels, values.numpy(), color=COLOURS[0])
            panel.axhline(0, color="0.3", linewidth=1)
            if len(labels) < 5:  # there is room, and a bar of height 0 cannot be seen
                panel.bar_label(bars, fmt="%.1f", padding=2)
                panel.margins(y=0.15)
        else:
            panel.imshow(tiled(values).numpy(), cmap=plt.get_cmap("gray_r").with_extremes(bad=GAP))
            panel.axis("off")
        texts.append(f"{name}: {_told(values, labels)}")
    if labels:
        axes[0].set_ylabel("logit")
    figure.get_layout_engine().set(wspace=0.1)
    return Picture(figure, "; ".join(texts) + ".", caption)


def tiled(values: Tensor) -> Tensor:
    """One matrix to look at: (h, w) as it is, maps (c, h, w) side by side with gaps of nan, units (n,) in rows."""
    if values.dim() == 2:
        return values
    if values.dim() == 1:
        rows = max(i for i in range(1, math.isqrt(len(values)) + 1) if len(values) % i == 0)
        return values.view(rows, -1)
    columns = math.ceil(math.sqrt(len(values)))
    spread = torch.nn.functional.pad(values, (0, 1, 0, 1), value=math.nan)  # a gap right of and below each map
    lost = -len(values) % columns
    spread = torch.cat([spread, torch.full((lost, *spread.shape[1:]), math.nan)])
    height, width = spread.shape[1:]
    grid = spread.view(-1, columns, height, width).transpose(1, 2).reshape(-1, columns * width)
    return grid[:-1, :-1]


def _told(values: Tensor, labels: Sequence[str] | None) -> str:
    """What ``activations`` shows, in words."""
    if labels:
        top = values.argsort(descending=True)[:2].tolist()
        return "highest " + ", then ".join(f"{labels[i]} ({values[i]:.1f})" for i in top)
    size = " × ".join(map(str, values.shape[-2:]))
    if values.dim() == 2:
        return f"an image of {size}"
    if values.dim() == 1:
        return f"{len(values)} units, {(values > 0).sum()} of them above 0"
    return f"{len(values)} maps of {size}, {(values > 0).flatten(1).any(dim=1).sum()} of them above 0 somewhere"


def side_by_side(images: Tensor) -> Tensor:
    """(2, 14, 14) → (14, 29): both images with a blank column between them."""
    blank = images.min().expand(images.shape[1], 1)
    return torch.cat([images[0], blank, images[1]], dim=1)


def _axes(height: float) -> tuple[Figure, Axes]:
    with plt.rc_context(STYLE):
        return plt.subplots(figsize=(WIDTH, height))


def _apart(ticks: Sequence[float]) -> list[float]:
    """``ticks`` without those so close to the one before that their labels would touch."""
    kept = list(ticks[:1])
    for tick in ticks[1:]:
        if tick - kept[-1] >= 0.04 * (ticks[-1] - ticks[0]):
            kept.append(tick)
    return kept


def _panels(count: int) -> tuple[Figure, list[Axes]]:
    with plt.rc_context(STYLE):
        figure, grid = plt.subplots(1, count, figsize=(WIDTH, 2.8), sharey=True, squeeze=False)
    return figure, list(grid.flat)
