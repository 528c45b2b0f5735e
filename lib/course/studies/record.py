"""Recorded experiments of the chapter on how far 1000 pairs go."""

from lib.course import ladder as rungs
from lib.course.recorded import Study, study


@study
def ladder() -> Study:
    """The ladder to the record, its changes, and the comparison labels alone."""
    return Study(rungs.everything(), data="mnist")


@study
def ladder_pairs() -> Study:
    """Accuracy against the number of training pairs: the first network and the record."""
    return Study(rungs.by_pairs(), data="mnist", rounds=3)


@study
def ladder_again() -> Study:
    """Distortions and training, apart and together, on ten rounds more than those in which we noticed them."""
    names = ("+ four convolutions", "+ distortions", "+ 60 epochs", "− distortions")
    return Study({name: rungs.everything()[name] for name in names}, data="mnist", rounds=20)


@study
def ladder_mistakes() -> Study:
    """The pairs that the record still gets wrong, a network that is as good, and one with thirty times the pairs."""
    systems = {"record": rungs.record(), "1000 pairs": rungs.changes()["with new pairs"]}
    return Study(systems | {"30,000 pairs": rungs.well_fed()}, data="mnist", rounds=5, per="mistake")
