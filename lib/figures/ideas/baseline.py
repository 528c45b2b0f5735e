"""Pictures of a first network: its computational graph, and pairs of results."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from torch import Tensor, nn

from lib.figures.house import COLOURS, MAIN, ROUND, RULE, Picture, in_house_style, numbered, row_of_axes
from lib.figures.network import GAP, LINE, ROOM, WIDE, Sheet

OPERATIONS = {  # what the loss remembers of its making, in words
    "Convolution": "convolution",
    "MaxPool2DWithIndices": "max-pool",
    "Relu": "ReLU",
    "View": "flatten",
    "UnsafeView": "flatten",
    "ReshapeAlias": "flatten",
    "Addmm": "linear",
    "LogSoftmax": "log-softmax",
    "NllLoss": "mean of −ln p",
}
BACK = COLOURS[1]  # gradients, on their way back


@dataclass(frozen=True)
class Operation:
    """One step of a computation, and the names and shapes of the weights that it uses."""

    does: str
    weights: tuple[tuple[str, tuple[int, ...]], ...]


def operations(loss: Tensor, model: nn.Module) -> list[Operation]:
    """How ``loss`` was computed, first step first, as PyTorch remembers it in order to go back; copies are left out.

    Raises ValueError where the computation has branches.
    """
    names = {id(weight): name for name, weight in model.named_parameters()}
    found = []
    node: Any = loss.grad_fn
    while node is not None:
        inputs = [_untransposed(before) for before, _ in node.next_functions if before is not None]
        weights = [before.variable for before in inputs if hasattr(before, "variable")]
        rest = [before for before in inputs if not hasattr(before, "variable")]
        if len(rest) > 1:
            raise ValueError(f"a graph is drawn as one column, but {node.name()} joins {len(rest)} branches")
        kind = node.name().rstrip("0123456789").removesuffix("Backward")
        named = tuple((names[id(weight)], tuple(weight.shape)) for weight in weights)
        if kind != "Clone":
            found.append(Operation(OPERATIONS.get(kind, kind), tuple(sorted(named, reverse=True))))
        node = rest[0] if rest else None
    return found[::-1]


def _untransposed(node: Any) -> Any:
    """A linear layer uses its weights transposed; in the picture they are the weights."""
    return node.next_functions[0][0] if node.name().startswith("TBackward") else node


@in_house_style
def graph(loss: Tensor, model: nn.Module, caption: str) -> Picture:
    """The computational graph of ``loss``: values flow down, along solid arrows, and gradients back, along dashed ones.

    Weights stand beside the step that uses them. Raises ValueError where the computation has branches.
    """
    steps = operations(loss, model)
    sheet = Sheet(2 * WIDE + 3 * GAP)
    left, right = GAP / 2 + WIDE / 2, sheet.width - GAP / 2 - WIDE / 2
    y = sheet.text(left, 0, "images")
    for step in steps:
        _there_and_back(sheet, (left, y), (left, y + GAP), back=step is not steps[0])  # images have no gradient
        y += GAP
        bottom = sheet.box(left, y, [step.does], MAIN)
        if step.weights:
            layer = step.weights[0][0].rpartition(".")[0]
            shapes = " + ".join("×".join(map(str, shape)) for _, shape in step.weights)
            middle = (y + bottom) / 2
            sheet.box(right, middle - LINE - ROOM, [layer, shapes], ROUND)
            _there_and_back(sheet, (right - WIDE / 2, middle), (left + WIDE / 2, middle))
        y = bottom
    _there_and_back(sheet, (left, y), (left, y + GAP))
    y = sheet.text(left, y + GAP, "loss", fontweight="bold")
    alt = f"A chain of {len(steps)} steps from the images to the loss; gradients go back along it, and to the weights."
    told = [(step.does, ", ".join(name for name, _ in step.weights) or "–") for step in steps]
    table = pd.DataFrame(told, index=pd.RangeIndex(1, len(steps) + 1, name="step"), columns=["does", "weights"])
    return sheet.picture(y + GAP / 4, alt, caption, table)


def _there_and_back(sheet: Sheet, start: tuple[float, float], end: tuple[float, float], back: bool = True) -> None:
    """A solid arrow for the values, and beside it a dashed one for the gradient, if it goes ``back`` there."""
    aside = 0.06
    dx, dy = (0.0, aside) if start[1] == end[1] else (aside, 0.0)
    values = {"arrowstyle": "-|>", "color": RULE, "shrinkA": 0, "shrinkB": 0}
    sheet.axes.annotate("", (end[0] - dx, end[1] - dy), (start[0] - dx, start[1] - dy), arrowprops=values)
    if back:
        gradient = values | {"color": BACK, "linestyle": "--"}
        sheet.axes.annotate("", (start[0] + dx, start[1] + dy), (end[0] + dx, end[1] + dy), arrowprops=gradient)


@in_house_style
def matches(panels: Mapping[str, tuple[pd.Series, pd.Series]], xlabel: str, ylabel: str, caption: str) -> Picture:
    """Two results a dot, a panel for each way to match them; on the dashed line both are the same."""
    figure, axes = row_of_axes(len(panels))
    told = []
    ends = np.array([[series.min(), series.max()] for both in panels.values() for series in both])
    margin = 0.1 * (ends.max() - ends.min())
    limits = (ends.min() - margin, ends.max() + margin)
    for panel, (name, (x, y)) in zip(axes, panels.items(), strict=True):
        panel.plot(limits, limits, color=RULE, linewidth=1, linestyle="--")
        panel.plot(x.to_numpy(), y.to_numpy(), "o", color=MAIN)
        panel.set(title=name, xlabel=xlabel, xlim=limits, ylim=limits, aspect="equal")
        numbered(panel.xaxis)
        told.append(f"{np.corrcoef(x, y)[0, 1]:.2f} ({name})")
    axes[0].set_ylabel(ylabel)
    numbered(axes[0].yaxis)
    columns = {
        f"{name}, {axis}": values for name, both in panels.items() for axis, values in zip("xy", both, strict=True)
    }
    table = pd.DataFrame({name: values.to_numpy() for name, values in columns.items()}).rename_axis("dot")
    alt = f"Two results a dot; how closely they rise together, as a correlation: {', '.join(told)}."
    return Picture(figure, alt, caption, table)
