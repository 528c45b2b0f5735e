"""Figures in one house style. Each is a Picture: it shows itself, with a caption and its own alt text."""

from lib.figures.charts import against, effects, frontier, matched, means, rounds
from lib.figures.house import Picture, Row
from lib.figures.ideas.auxiliary import labelled, sum_of_gradients
from lib.figures.ideas.baseline import graph, matches
from lib.figures.ideas.batch_norm import averaged, firing, lengthened
from lib.figures.ideas.choosing import looked_at_twice
from lib.figures.ideas.dropout import thinned, variances
from lib.figures.ideas.knowledge import joint
from lib.figures.ideas.ladder import descents
from lib.figures.ideas.reports import beside_printed, verdicts
from lib.figures.ideas.sharing import by_moment, shared_entries
from lib.figures.ideas.skips import cliff, paths, residual_layer
from lib.figures.ideas.task import all_pairs, chances
from lib.figures.network import network
from lib.figures.pixels import activations, confusion, images, mistakes, pairs, question, side_by_side, tiled
from lib.figures.trends import bars, curves, lines, sweep, traces

__all__ = [
    "Picture",
    "Row",
    "activations",
    "against",
    "all_pairs",
    "averaged",
    "bars",
    "beside_printed",
    "by_moment",
    "chances",
    "cliff",
    "confusion",
    "curves",
    "descents",
    "effects",
    "firing",
    "frontier",
    "graph",
    "images",
    "joint",
    "labelled",
    "lengthened",
    "lines",
    "looked_at_twice",
    "matched",
    "matches",
    "means",
    "mistakes",
    "network",
    "pairs",
    "paths",
    "question",
    "residual_layer",
    "rounds",
    "shared_entries",
    "side_by_side",
    "sum_of_gradients",
    "sweep",
    "thinned",
    "tiled",
    "traces",
    "variances",
    "verdicts",
]
