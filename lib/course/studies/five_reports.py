"""Recorded experiments of the chapter on the five reports."""

from dataclasses import replace
from functools import partial
from typing import Any, Literal

from lib.course import reports
from lib.course.recorded import Study, study
from lib.extras.protocols import Published
from lib.extras.wrappers import BestEpoch
from lib.recipes import Recipe


def report(letter: str, protocol: Literal["clean", "published"]) -> Study:
    """Every row of a report's tables on full MNIST, under the clean protocol or as published."""
    rows = [system for system in reports.systems() if system.report == letter]
    return Study({row.name: getattr(row, protocol) for row in rows}, report=letter, data="mnist")


for one in "ABCDE":
    study(partial(report, one, "clean"), f"report-{one.lower()}")
    study(partial(report, one, "published"), f"report-{one.lower()}-published")


@study
def audit() -> Study:
    """One departure from the clean protocol at a time, in the network where a report made it."""

    def switched(recipe: Recipe, **switches: Any) -> Recipe:
        return replace(recipe, protocol=Published("switched", **switches))

    e, a = reports.train_as_e(reports.e_convnet(), 0.4), reports.train_as_a(reports.a_pair())
    shared = reports.d_siamese()
    d = reports.train_as_d(shared, auxiliary=1.0)
    softmax = replace(d, model=reports.d_siamese(branch_last="softmax", last="softmax"))
    c = reports.train_as_c(reports.c_convnet(activation="tanh"))
    systems = {
        "E": e,
        "E, carried-over weights": switched(e, carried=True),
        "E, best epoch on test": replace(switched(e), extras=(BestEpoch(),)),
        "E, test standardised by itself": switched(e, own_statistics=True),
        "E, one data set": switched(e, one_dataset=True),
        "E, batch-averaged accuracy": switched(e, batch_averages=True),
        "E, not shuffled": switched(e, shuffle="never"),
        "A": a,
        "A, no eval()": switched(a, eval_mode=False),
        "A, ReLU on logits": replace(a, model=reports.a_pair(last="relu")),
        "C": c,
        "C, one order of the pairs": switched(c, shuffle="once"),
        "C, one data set": switched(c, one_dataset=True),
        "D": d,
        "D, softmax twice": softmax,
        "D, softmax at the end": replace(d, model=reports.d_siamese(last="softmax")),
        "D, softmax between": replace(d, model=replace(shared, between="softmax")),
        "D, carried-over weights": switched(d, carried=True),
    }
    return Study(systems, report="audit", data="mnist")


@study
def readings_d() -> Study:
    """D's unshared network without digit losses: its branches end in a softmax (code) or not (text)."""
    code = reports.train_as_d(reports.d_siamese("unshared", branch_last="softmax", last="softmax"))
    report = reports.train_as_d(reports.d_siamese("unshared", last="softmax"))
    carried, fresh = Published("carried over", shuffle="never", carried=True), Published("fresh", shuffle="never")
    systems = {
        "code, fresh": replace(code, protocol=fresh),
        "report, fresh": replace(report, protocol=fresh),
        "report, carried over": replace(report, protocol=carried),
    }
    return Study(systems, report="D", data="mnist")


@study
def curves() -> Study:
    """The reports' learning curves: B's six models over 50 epochs, D's best (its Fig. 3) and E's ten (its Fig. 3)."""
    rows = [row for row in reports.systems() if row.report in "BE" or row.name == "shared aux"]
    systems = {row.name: replace(row.clean, epochs=50) if row.report == "B" else row.clean for row in rows}
    return Study(systems, {row.name: row.report for row in rows}, data="mnist", rounds=3, per="epoch")


@study
def sample() -> Study:
    """A cheap row of each report on the sample: a test plays them again, to see a change in lib that moves results."""
    names = ("pair, rate .25", "siamese", "MLP relu", "baseline, plain", "ConvNet")
    rows = [row for row in reports.systems() if row.name in names]
    return Study({row.name: row.clean for row in rows}, {row.name: row.report for row in rows}, rounds=2)
