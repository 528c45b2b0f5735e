"""The house style, and Picture: what every figure of the course is."""

import base64
import html
import io
from collections.abc import Mapping
from typing import Any

import matplotlib.pyplot as plt
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

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
    "seconds": "seconds a round, one core",
    "multiply_adds": "billions of multiply-adds a round",
}
STYLE: dict[Any, Any] = {  # for Matplotlib, the name of each setting is a type of its own
    "figure.constrained_layout.use": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "svg.fonttype": "path",
    "svg.hashsalt": "which digit",  # the same figure gives the same file
}
WIDTH = 5.0  # inches: still legible on a phone
COLOURS = sns.color_palette("colorblind")  # of systems side by side; all other colours stand here, too
MAIN = COLOURS[0]  # what a figure is about: a mean, its interval
ROUND = "0.6"  # single rounds, and what a figure is not about
RULE = "0.3"  # lines to compare with, such as zero
INK = "gray_r"  # digits and what layers give, dark where high
SHARES = "Blues"  # shares from 0 to 1
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
        return f'<figure class="computed">{self.image()}<figcaption>{html.escape(self.caption)}</figcaption></figure>'

    def image(self) -> str:
        """The picture alone."""
        source = "data:image/svg+xml;base64," + base64.b64encode(self.svg).decode()
        return f'<img src="{source}" alt="{html.escape(self.alt)}">'

    def __repr__(self) -> str:
        return f"[figure] {self.caption}\n{self.alt}"


class Row:
    """Pictures side by side, each below its name; where there is no room, they stand below each other."""

    def __init__(self, pictures: Mapping[str, Picture], caption: str) -> None:
        self.pictures, self.caption = pictures, caption

    def _repr_html_(self) -> str:
        panels = "".join(
            f"<div><p>{html.escape(name)}</p>{picture.image()}</div>" for name, picture in self.pictures.items()
        )
        caption = f"<figcaption>{html.escape(self.caption)}</figcaption>"
        return f'<figure class="computed row"><div class="panels">{panels}</div>{caption}</figure>'

    def __repr__(self) -> str:
        return f"[figures] {self.caption}\n" + "\n".join(f"{name}: {p.alt}" for name, p in self.pictures.items())


def one_axes(height: float) -> tuple[Figure, Axes]:
    with plt.rc_context(STYLE):
        return plt.subplots(figsize=(WIDTH, height))


def row_of_axes(count: int, height: float = 2.8) -> tuple[Figure, list[Axes]]:
    with plt.rc_context(STYLE):
        figure, grid = plt.subplots(1, count, figsize=(WIDTH, height), sharey=True, squeeze=False)
    return figure, list(grid.flat)
