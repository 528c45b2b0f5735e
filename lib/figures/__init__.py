"""Figures in one house style. Each is a Picture: it shows itself, with a caption and its own alt text."""

from lib.figures.charts import against, curves, effects, frontier, lines, matched, means, rounds, sweep, traces
from lib.figures.house import Picture, Row
from lib.figures.network import network
from lib.figures.pixels import activations, confusion, images, mistakes, pairs, side_by_side, tiled

__all__ = [
    "Picture",
    "Row",
    "activations",
    "against",
    "confusion",
    "curves",
    "effects",
    "frontier",
    "images",
    "lines",
    "matched",
    "means",
    "mistakes",
    "network",
    "pairs",
    "rounds",
    "side_by_side",
    "sweep",
    "tiled",
    "traces",
]
