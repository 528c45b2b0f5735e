"""Figures made of pixels: pairs of digits, confusions, what a layer says."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from torch import Tensor

from lib.data import Pairs
from lib.figures.house import (
    INK,
    MAIN,
    RULE,
    SHARES,
    TYPE,
    WIDTH,
    Picture,
    grid_of_axes,
    in_house_style,
    numbered,
    row_of_axes,
    titled,
)
from lib.store.pictures import pictures


@in_house_style
def pairs(shown: Pairs, caption: str, columns: int = 4) -> Picture:
    """Pairs of digits, left image first, each with its digits and its target."""
    figure, grid = grid_of_axes(len(shown), columns, 0.95)
    titles = []
    for axes, images, (first, second), target in zip(grid, shown.images, shown.labels, shown.target, strict=True):
        axes.imshow(side_by_side(images).numpy(), cmap=INK)
        _framed(axes, images.shape[-2], 2 * images.shape[-1] + 1)  # so that no pair runs into the next
        titles.append(f"{first} ≤ {second}: {'yes' if target else 'no'}")
        axes.set_title(titles[-1])
    alt = f"{len(shown)} pairs of handwritten digits; in {int(shown.target.sum())} the first is at most the second."
    return Picture(figure, alt, caption, _numbered(titles, "pair", "what it shows"))


@in_house_style
def question(shown: Pairs, caption: str) -> Picture:
    """One pair, and what is asked of it: is the left digit less than or equal to the right one?"""
    figure, (left, sign, right) = grid_of_axes(3, 3, 1.6)
    for axes, image in zip((left, right), shown.images[0], strict=True):
        axes.imshow(image.numpy(), cmap=INK)
        _framed(axes, *image.shape)  # so that the image's size is seen
    sign.text(0.5, 0.5, "≤ ?", ha="center", va="center", fontsize=3 * TYPE)
    first, second = shown.labels[0].tolist()
    alt = (
        f"A handwritten {first} and a handwritten {second}, with a less-or-equal sign and a question mark between them."
    )
    return Picture(figure, alt, caption)


def _framed(axes: Axes, height: int, width: int) -> None:
    """A thin frame around the pixels."""
    axes.add_patch(Rectangle((-0.5, -0.5), width, height, fill=False, edgecolor=RULE, linewidth=0.8, clip_on=False))


@in_house_style
def mistakes(
    found: pd.DataFrame | Mapping[str, pd.DataFrame], caption: str, columns: int = 4, told: bool = True
) -> Picture:
    """Wrong pairs, as ``experiment.run(…, per="mistake")`` gives them, with their digits and what the network reads.

    Unless ``told``, they are only numbered, so that readers can decide for themselves. Several groups of pairs are a
    mapping, from their headings; each begins a new row, and its heading has the number of its pairs.
    """
    groups = found if isinstance(found, Mapping) else {"": found}
    rows = pd.concat(groups.values())
    figure, grid = _in_groups([len(group) for group in groups.values()], list(groups), columns)
    titles: list[str] = []
    for axes, both, (_, row) in zip(grid, pictures(rows), rows.iterrows(), strict=True):
        axes.imshow(side_by_side(both).numpy(), cmap=INK)
        _framed(axes, both.shape[-2], 2 * both.shape[-1] + 1)
        titles.append(_answered(row) if told else str(len(titles) + 1))
        axes.set_title(titles[-1].replace(", ", "\n").replace(" and ", ", "))
    alt = f"{len(rows)} pairs of digits that are answered wrongly{'' if told else ', numbered'}"
    if len(groups) > 1:
        alt += f": {', '.join(f'{len(group)} {heading}' for heading, group in groups.items())}"
    return Picture(figure, f"{alt}.", caption, _numbered(titles, "pair", "the truth") if told else None)


def _in_groups(counts: Sequence[int], headings: Sequence[str], columns: int) -> tuple[Figure, list[Axes]]:
    """Places for images, group after group: each begins a new row, below its heading and its count, if it has one."""
    lines = [-(-count // columns) for count in counts]
    figure, grid = grid_of_axes(columns * sum(lines), columns, 1.1)
    places: list[Axes] = []
    first = 0
    for count, heading, height in zip(counts, headings, lines, strict=True):
        if heading and count:
            grid[first].set_title(" \n\n", loc="left")  # room for the heading, above the titles of the images
            look: dict[str, Any] = {"textcoords": "offset points", "annotation_clip": False, "fontweight": "bold"}
            told = grid[first].annotate(f"{heading}: {count}", (0, 1), (0, 3.2 * TYPE), "axes fraction", **look)
            told.set_in_layout(False)  # its width is not to move the images
            figure.set_figheight(figure.get_figheight() + 3 * TYPE / 72)
        places += grid[first : first + count]
        first += columns * height
    return figure, places


def _numbered(texts: Sequence[str], kind: str, column: str) -> pd.DataFrame:
    return pd.DataFrame({column: texts}, index=pd.RangeIndex(1, len(texts) + 1, name=kind))


def _answered(row: pd.Series) -> str:
    """The truth about a pair, and what was read."""
    truth = f"{row['digit0']} {'≤' if row['digit0'] <= row['digit1'] else '>'} {row['digit1']}"
    return truth if pd.isna(row["read0"]) else f"{truth}, read {row['read0']:.0f} and {row['read1']:.0f}"


@in_house_style
def images(shown: dict[str, Tensor], caption: str, alt: str) -> Picture:
    """Named images (h, w), up to three in a row. What they show, only the caller knows: ``alt`` says it."""
    columns = min(3, len(shown))
    highest = max(image.shape[0] / image.shape[1] for image in shown.values())
    figure, grid = grid_of_axes(len(shown), columns, 0.9 * highest * WIDTH / columns + 0.35)
    for axes, (name, image) in zip(grid, shown.items(), strict=True):
        axes.imshow(image.numpy(), cmap=INK)
        titled(axes, name, columns)
    return Picture(figure, alt, caption)


@in_house_style
def confusion(matrices: dict[str, Tensor], caption: str, xlabel: str = "largest output") -> Picture:
    """Matrices (10, 10) of counts, true digits in rows: how often a digit led to which largest output."""
    figure, panels = row_of_axes(len(matrices), height=2.9 if len(matrices) < 3 else 2.6, most=2)
    own, columns = [], {}
    for axes, (name, counts) in zip(panels, matrices.items(), strict=True):
        shares = counts / counts.sum(dim=1, keepdim=True).clamp(min=1)
        axes.imshow(shares.numpy(), cmap=SHARES, vmin=0, vmax=1)
        axes.set(xlabel=xlabel, xticks=range(10), yticks=range(10))
        axes.spines[:].set_visible(True)
        titled(axes, name, min(2, len(matrices)))
        columns[name] = [f"{int(row.argmax())} ({100 * row.max():.0f} %)" for row in shares]
        own.append(f"{int((shares.argmax(dim=1) == torch.arange(10)).sum())} of ten ({name})")
    panels[0].set_ylabel("true digit")
    alt = f"Digits that lead most often to their own output: {', '.join(own)}."
    table = pd.DataFrame(columns, index=pd.RangeIndex(10, name=f"true digit → most frequent {xlabel}"))
    return Picture(figure, alt, caption, table)


@in_house_style
def activations(panels: dict[str, Tensor], caption: str, labels: Sequence[str] | None = None) -> Picture:
    """What one layer gives, a panel for each name: an image (h, w), maps (c, h, w) or units (n,), strong where high.

    With ``labels``, one for each unit, the units are logits, drawn as bars. The height is the same for all layers.
    """
    figure, axes = row_of_axes(len(panels))
    texts = []
    for panel, (name, values) in zip(axes, panels.items(), strict=True):
        titled(panel, name, len(panels))
        if labels:
            _bars(panel, values, labels)
        else:
            seen = tiled(values)
            panel.imshow(seen.numpy(), cmap=INK)
            panel.imshow(seen.isnan().numpy(), cmap=SHARES, vmin=0, vmax=3)  # gaps are no values: in another colour
            panel.axis("off")
        texts.append(f"{name}: {_told(values, labels)}")
    if labels:
        axes[0].set_ylabel("logit")
        numbered(axes[0].yaxis)
    figure.get_layout_engine().set(wspace=0.1)  # type: ignore[union-attr, call-arg]  # it is STYLE's constrained layout
    return Picture(figure, "; ".join(texts) + ".", caption)


def _bars(panel: Axes, values: Tensor, labels: Sequence[str]) -> None:
    bars = panel.bar(labels, values.numpy(), color=MAIN)
    panel.axhline(0, color=RULE, linewidth=1)
    if len(labels) < 5:  # there is room, and a bar of height 0 cannot be seen
        panel.bar_label(bars, fmt="%.1f", padding=2)
        panel.margins(y=0.15)


@in_house_style
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
