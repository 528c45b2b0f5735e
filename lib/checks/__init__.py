"""Checks for the exercises, a module for each chapter. Each returns a Verdict that shows itself."""

from lib.checks.auxiliary_loss import digit_share, loss_gradients, total_loss
from lib.checks.baseline import dense_module, pair_parameters, paired_interval
from lib.checks.batch_norm import batch_norm, dead_fraction, neighbours
from lib.checks.dropout import channel_dropout, dropout, dropout_noise
from lib.checks.five_reports import audit, batch_weight, clean_rounds
from lib.checks.grader import Grader, shuffled_digits
from lib.checks.knowledge import changed, ignorant, sum_head
from lib.checks.reading import balance
from lib.checks.record import shift, smoothed
from lib.checks.search import false_alarms, honest_winner, rounds_needed
from lib.checks.skip_connections import path_counts, residual_module
from lib.checks.task import pairs_needed, standardise, target
from lib.checks.verdict import EMPTY, Verdict, Wrong, check, require, returned
from lib.checks.weight_sharing import convolution_parameters, kernel_gradient, share
from lib.checks.what_is_left import exact_share, flips

__all__ = [
    "EMPTY",
    "Grader",
    "Verdict",
    "Wrong",
    "audit",
    "balance",
    "batch_norm",
    "batch_weight",
    "changed",
    "channel_dropout",
    "check",
    "clean_rounds",
    "convolution_parameters",
    "dead_fraction",
    "dense_module",
    "digit_share",
    "dropout",
    "dropout_noise",
    "exact_share",
    "false_alarms",
    "flips",
    "honest_winner",
    "ignorant",
    "kernel_gradient",
    "loss_gradients",
    "neighbours",
    "pair_parameters",
    "paired_interval",
    "pairs_needed",
    "path_counts",
    "require",
    "residual_module",
    "returned",
    "rounds_needed",
    "share",
    "shift",
    "shuffled_digits",
    "smoothed",
    "standardise",
    "sum_head",
    "target",
    "total_loss",
]
