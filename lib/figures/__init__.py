"""Figures in one house style. Each is a Picture: it shows itself, with a caption and its own alt text."""

from lib.figures.charts import against, curves, effects, frontier, lines, matched, means, rounds, sweep, traces
from lib.figures.house import Picture, Row
from lib.figures.ideas.auxiliary import sum_of_gradients
from lib.figures.ideas.baseline import graph, matches
from lib.figures.ideas.sharing import shared_entries
from lib.figures.ideas.task import all_pairs
from lib.figures.network import network
from lib.figures.pixels import activations, confusion, images, mistakes, pairs, side_by_side, tiled

__all__ = [
    "Picture",
    "Row",
    "activations",
    "against",
    "all_pairs",
    "confusion",
    "curves",
    "effects",
    "frontier",
    "graph",
    "images",
    "lines",
    "matched",
    "matches",
    "means",
    "mistakes",
    "network",
    "pairs",
    "rounds",
    "shared_entries",
    "side_by_side",
    "sum_of_gradients",
    "sweep",
    "tiled",
    "traces",
]
