"""The systems of the five reports, as values. Letters A to E stand for the reports (see the bibliography).

Each function that returns a network has the published parameter count, to the unit. ``systems()`` gives every row of
every table.
"""

from lib.course.reports.a import (
    A_WEIGHTS,
    a_configured,
    a_grid,
    a_layers,
    a_pair,
    a_siamese,
    a_systems,
    a_weighted,
    train_as_a,
)
from lib.course.reports.b import b_mlp, b_siamese, b_systems, train_as_b
from lib.course.reports.c import c_convnet, c_mlp, c_search, c_systems, train_as_c
from lib.course.reports.d import d_baseline, d_layers, d_siamese, d_systems, train_as_d
from lib.course.reports.e import E_LENET, e_convnet, e_digits, e_fc_aux, e_fc_baseline, e_systems, e_tail, train_as_e
from lib.course.reports.system import System


def systems() -> list[System]:
    """All systems of all reports, in the reports' order."""
    return [*a_systems(), *b_systems(), *c_systems(), *d_systems(), *e_systems()]


__all__ = [
    "A_WEIGHTS",
    "E_LENET",
    "System",
    "a_configured",
    "a_grid",
    "a_layers",
    "a_pair",
    "a_siamese",
    "a_weighted",
    "b_mlp",
    "b_siamese",
    "c_convnet",
    "c_mlp",
    "c_search",
    "d_baseline",
    "d_layers",
    "d_siamese",
    "e_convnet",
    "e_digits",
    "e_fc_aux",
    "e_fc_baseline",
    "e_tail",
    "systems",
    "train_as_a",
    "train_as_b",
    "train_as_c",
    "train_as_d",
    "train_as_e",
]
