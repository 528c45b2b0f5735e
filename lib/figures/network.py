"""Diagrams of networks, drawn from a recipe and the module that it builds, so that they cannot drift apart."""

import math
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
import torch
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.patches import FancyBboxPatch
from torch import nn

from lib.figures.house import COLOURS, MAIN, RULE, Picture, Row, in_house_style
from lib.heads import Hard, Probability, Score
from lib.layers import Block, Layer, Layers, Stack
from lib.models import IMAGE, PairNetwork, SiameseNetwork
from lib.recipes import Recipe

WORDS = {"norm": "batch norm", "relu": "ReLU", "selu": "SELU", "pool": "max-pool ", "dropout": "dropout "}
KNOWN = {  # heads without weights, in words
    Hard: "largest ≤ largest?",
    Probability: "sum of p·q over first ≤ second",
    Score: "second − first",
}
TYPE = 10  # points, which a phone shows as 11 px or more: a drawing is narrower than a chart
CHARACTERS = 20  # of a line in a box
WIDE, LINE, ROOM, GAP = 1.55, 0.17, 0.06, 0.3  # inches: a box, a line of text, above and below text, between boxes
OWN, COMPARES, READS = COLOURS[1], COLOURS[7], COLOURS[2]  # the second branch's own layers, the head, a digit head
LOSS = COLOURS[3]


@dataclass(frozen=True)
class Box:
    """One layer, or ``count`` equal ones: what it does, the weights of all, and the shape (without n) that it gives."""

    does: str
    weights: int
    shape: tuple[int, ...]
    skip: str = ""
    own: bool = False
    count: int = 1

    def lines(self, again: bool = False) -> list[str]:
        """Its text; ``again`` where the same weights stand in another box already."""
        weights = "the same weights" if again else f"{self.weights:,} weights"
        return [*wrapped(self.told()), *([weights] if self.weights else [])]

    def told(self) -> str:
        return f"{self.count} layers: {self.does}" if self.count > 1 else self.does


def wrapped(words: str) -> list[str]:
    """Lines of at most CHARACTERS, broken after a comma where there is one."""
    lines = [""]
    for part in words.replace(", ", ",\n").split("\n"):
        longer = f"{lines[-1]} {part}".strip()
        lines = [*lines[:-1], longer] if len(longer) <= CHARACTERS else [*lines, part]
    return [short for line in lines if line for short in textwrap.wrap(line, CHARACTERS)]


def boxes(layers: Layers, stack: Stack) -> list[Box]:
    """A box for each layer of a built stack; three equal neighbours or more become one."""
    found = []
    for layer, block in zip(layers, stack.blocks, strict=True):
        assert isinstance(block, Block)
        weights = sum(weight.numel() for weight in block.parameters())
        found.append(Box(in_words(layer), weights, block.shape, layer.skip, layer.own))
    runs = [list(run) for _, run in groupby(found)]
    merged = [[_together(run)] if len(run) > 2 else run for run in runs]
    return [box for run in merged for box in run]


def stack_of(module: nn.Module, name: str) -> Stack:
    """The stack of this name in a built network."""
    stack = module.get_submodule(name)
    assert isinstance(stack, Stack)
    return stack


def _together(run: Sequence[Box]) -> Box:
    return replace(run[0], weights=sum(box.weights for box in run), count=len(run))


def in_words(layer: Layer) -> str:
    """What a layer does: "conv 3×3, max-pool 2×2, ReLU"."""
    weights = f"conv {layer.kernel}×{layer.kernel}" if layer.kernel else "linear"
    if layer.times > 1:
        weights += f", {layer.times} times over"
    return ", ".join([*map(word, layer.before.split()), weights, *map(word, layer.then.split())])


def word(short: str) -> str:
    """A word of a Layer as a reader knows it: "pool2" is "max-pool 2×2"."""
    kind = short.rstrip("0123456789.")
    number = short.removeprefix(kind)
    return WORDS.get(kind, kind) + (f"{number}×{number}" if kind == "pool" else number)


def size(shape: Sequence[int | str]) -> str:
    """(32, 6, 6) as "32 × 6×6", (10,) as "10"."""
    return " × ".join([str(shape[0]), *(["×".join(map(str, shape[1:]))] if shape[1:] else [])])


Look = Callable[[Box], tuple[list[str], Any]]  # the text of a box, and its colour


class Sheet:
    """A drawing in inches; y grows downwards. Each method returns the y where the next thing can stand."""

    def __init__(self, width: float) -> None:
        with plt.rc_context({"figure.constrained_layout.use": False}):
            self.figure = plt.figure()
            self.axes: Axes = self.figure.add_axes((0, 0, 1, 1))
        self.axes.axis("off")
        self.width = width

    def text(self, x: float, y: float, words: str, **look: Any) -> float:
        """One line, its top at y."""
        centred: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": TYPE}
        self.axes.text(x, y + LINE / 2, words, **(centred | look))
        return y + LINE

    def tag(self, x: float, y: float, words: str, colour: Any) -> float:
        """One line on a ground of ``colour``."""
        look = {"boxstyle": "round,pad=0.15", "facecolor": (*to_rgb(colour), 0.25), "edgecolor": "none"}
        return self.text(x, y, words, bbox=look)

    def box(self, x: float, y: float, lines: Sequence[str], colour: Any) -> float:
        """Lines of text in a box, its top at y."""
        height = LINE * len(lines) + 2 * ROOM
        look = {"boxstyle": "round,pad=0,rounding_size=0.06", "facecolor": (*to_rgb(colour), 0.25), "edgecolor": colour}
        self.axes.add_patch(FancyBboxPatch((x - WIDE / 2, y), WIDE, height, **look))
        for i, line in enumerate(lines):
            self.text(x, y + ROOM + i * LINE, line)
        return y + height

    def arrow(self, start: tuple[float, float], end: tuple[float, float], words: str = "") -> float:
        """An arrow with the shape that it carries beside it."""
        self.axes.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": RULE, "shrinkA": 0, "shrinkB": 0})
        self.text(start[0] + 0.08, (start[1] + end[1]) / 2 - LINE / 2, words, ha="left")
        return end[1]

    def join(self, columns: Sequence[float], y: float, bottom: float) -> float:
        """Lines from both columns to the middle, and down to half a GAP below ``bottom``; returns the middle's x."""
        middle = sum(columns) / 2
        for x in columns:
            start = x + (middle - x) * 0.7
            self.axes.plot([start, middle, middle], [y, y + GAP / 2, bottom + GAP / 2], color=RULE, linewidth=1.2)
        return middle

    def around(self, x: float, top: float, bottom: float) -> None:
        """What a skip connection carries around a box, on its left."""
        out = x - WIDE / 2 - 0.1
        self.axes.plot([x, out, out, x], [top, top, bottom, bottom], color=MAIN, linewidth=1.5)
        self.axes.plot([x], [bottom], marker="o", color=MAIN, markersize=5)

    def column(self, x: float, y: float, shape: Sequence[int | str], stack: Sequence[Box], look: Look) -> float:
        """Boxes below each other, with what flows from one to the next; ``look`` gives text and colour of each."""
        source = y
        for box in stack:
            top = source if box.skip == "input" else y + GAP / 2  # below the end of the skip before
            y = self.arrow((x, y), (x, y + GAP), size(shape))
            y = self.box(x, y, *look(box))
            if box.skip:
                self.around(x, top, y + GAP / 4)
            shape = box.shape
        return y

    def picture(self, bottom: float, alt: str, caption: str, table: pd.DataFrame | None = None) -> Picture:
        """The sheet, cut below ``bottom``."""
        self.figure.set_size_inches(self.width, bottom)
        self.axes.set(xlim=(0, self.width), ylim=(bottom, 0))
        return Picture(self.figure, alt, caption, table)


@in_house_style
def network(shown: Recipe | Mapping[str, Recipe], caption: str, heads_only: bool = False) -> Picture | Row:
    """The network of a recipe, from the images at the top to the comparison at the bottom; several by name, in a row.

    A box has the colour of the branch it belongs to, and a layer that both share has that of the first. Beside an arrow
    stands the shape that it carries; a loss stands where it is taken, with its weight. ``heads_only`` makes a
    shared branch a single box.
    """
    if isinstance(shown, Mapping):
        return Row({name: _drawn(recipe, caption, heads_only) for name, recipe in shown.items()}, caption)
    return _drawn(shown, caption, heads_only)


def _drawn(recipe: Recipe, caption: str, heads_only: bool) -> Picture:
    if isinstance(recipe.model, PairNetwork):
        return _pair(recipe, recipe.model, caption)
    assert isinstance(recipe.model, SiameseNetwork)
    return _siamese(recipe, recipe.model, caption, heads_only)


def _pair(recipe: Recipe, model: PairNetwork, caption: str) -> Picture:
    module = model.build(torch.Generator())
    stack = boxes(model.layers, stack_of(module, "layers"))
    sheet = Sheet(WIDE + 1.8 * GAP)  # two of them have room side by side on a phone
    x = sheet.width / 2
    y = sheet.text(x, 0, "both images")
    y = sheet.column(x, y, (2, *IMAGE), stack, lambda box: (box.lines(), MAIN))
    y = _compared(sheet, x, y, recipe, stack[-1].shape)
    alt = f"One network for both images, from {size((2, *IMAGE))} through {_layers(stack)}; {model.size():,} weights."
    return sheet.picture(y, alt, caption, _table({"both images": stack}))


def _compared(sheet: Sheet, x: float, y: float, recipe: Recipe, shape: Sequence[int]) -> float:
    """What stands below a network: its answer, and the loss on it."""
    y = sheet.arrow((x, y), (x, y + GAP), size(shape))
    return _asked(sheet, x, y, "first ≤ second?", recipe.loss.target) + ROOM


def _asked(sheet: Sheet, x: float, y: float, question: str, weight: float) -> float:
    y = sheet.text(x, y, question, fontweight="bold")
    return sheet.tag(x, y, f"loss × {weight:.3g}" if weight else "no loss", LOSS)


def _layers(stack: Sequence[Box]) -> str:
    count = sum(box.count for box in stack)
    return f"{count} layer{'s' if count != 1 else ''} to {size(stack[-1].shape)}"


def _table(parts: Mapping[str, Sequence[Box]]) -> pd.DataFrame:
    """The boxes of a drawing, part by part."""
    rows = [
        (f"{part} {i}", box.told(), f"{box.weights:,}", size(box.shape))
        for part, stack in parts.items()
        for i, box in enumerate(stack, start=1)
    ]
    return pd.DataFrame(rows, columns=["layer", "does", "weights", "gives"]).set_index("layer")


def _siamese(recipe: Recipe, model: SiameseNetwork, caption: str, heads_only: bool) -> Picture:
    module = model.build(torch.Generator())
    branch = boxes(model.branch, stack_of(module, "first"))
    through = _layers(branch)
    if heads_only and model.sharing == "shared":
        branch = [Box(f"branch, {through}", sum(box.weights for box in branch), branch[-1].shape)]
    sheet = Sheet(2 * WIDE + 2.2 * GAP)
    columns = 0.6 * GAP + WIDE / 2, sheet.width - 0.6 * GAP - WIDE / 2
    y = _branches(sheet, columns, model, branch)
    below = _digits(sheet, columns, y, recipe, model, module)
    middle = sheet.join(columns, y if model.digit_head else below, below)
    head, joined = _head(model, module), 2 * math.prod(branch[-1].shape)
    between = f", {model.between}" if model.between else ""
    y = sheet.column(middle, below + GAP / 2, (f"{joined}{between}",), head, lambda box: (box.lines(), COMPARES))
    y = _compared(sheet, middle, y, recipe, head[-1].shape)
    sharing = "partly shared" if model.sharing == "partly" else model.sharing
    alt = (
        f"Siamese network, {sharing} branches: {size((1, *IMAGE))} through {through} for each image; "
        f"a head from {joined} to {size(head[-1].shape)}; {model.size():,} weights."
    )
    digit_head = boxes(model.digit_head, stack_of(module, "digit_head")) if model.digit_head else []
    table = _table({"branch": branch, "digit head": digit_head, "head": head})
    for i, box in enumerate(branch, start=1):
        if _own(model, box):
            table.loc[f"branch {i}", "weights"] = f"2 × {box.weights:,}"
    return sheet.picture(y, alt, caption, table)


def _own(model: SiameseNetwork, box: Box) -> bool:
    """Whether the second image has a layer of its own here."""
    return model.sharing == "unshared" or (model.sharing == "partly" and box.own)


def _branches(sheet: Sheet, columns: Sequence[float], model: SiameseNetwork, branch: Sequence[Box]) -> float:
    """Both branches side by side; returns their bottom."""

    def second(box: Box) -> tuple[list[str], Any]:
        own = _own(model, box)
        return box.lines(again=not own), OWN if own else MAIN

    looks: tuple[Look, Look] = (lambda box: (box.lines(), MAIN), second)
    for x, name, look in zip(columns, ("first image", "second image"), looks, strict=True):
        y = sheet.column(x, sheet.text(x, 0, name), (1, *IMAGE), branch, look)
    return y


def _digits(
    sheet: Sheet, columns: Sequence[float], y: float, recipe: Recipe, model: SiameseNetwork, module: nn.Module
) -> float:
    """Where the digits are read off both branches, if a loss asks for them; returns the bottom."""
    if model.digit_head is None or not (model.digit_head or recipe.loss.auxiliary):
        return y
    stack, shape = boxes(model.digit_head, stack_of(module, "digit_head")), stack_of(module, "first").shape
    looks: tuple[Look, Look] = (lambda box: (box.lines(), READS), lambda box: (box.lines(again=True), READS))
    for x, look in zip(columns, looks, strict=True):
        bottom = sheet.column(x, y, shape, stack, look)
        bottom = sheet.arrow((x, bottom), (x, bottom + GAP), size(stack[-1].shape if stack else shape))
        bottom = _asked(sheet, x, bottom, "which digit?", recipe.loss.auxiliary)
    return bottom


def _head(model: SiameseNetwork, module: nn.Module) -> list[Box]:
    if isinstance(model.head, tuple):
        return boxes(model.head, stack_of(module, "head"))
    return [Box(KNOWN[type(model.head)], 0, (2 if isinstance(model.head, Probability) else 1,))]
