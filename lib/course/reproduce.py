"""The five reports' systems beside their reruns, as recorded in results/ or run now: ``python -m lib reproduce``."""

import difflib
import math
from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np
import pandas as pd

from lib import experiment
from lib.compare import Effect, noted, quantile, summary
from lib.course import recorded, reports
from lib.course.reports import System
from lib.course.studies import STUDIES

PROTOCOLS = ("clean", "published")
ROUNDS = 10  # behind every published mean that has a standard deviation
POPULATION = ("E",)  # whose code divides the squares by n, not by n − 1


def choose(report: str | None = None, system: str | None = None) -> list[System]:
    """The systems of a report, or one by its name. Raises ValueError for an unknown name, with the nearest ones."""
    every = rows = reports.systems()
    for given, field, kind in ((report, "report", "report"), (system, "name", "system")):
        known = list(dict.fromkeys(getattr(row, field) for row in every))
        if given is not None and given not in known:
            near = difflib.get_close_matches(given, known, n=4, cutoff=0.4) or known
            raise ValueError(f"no {kind} is called {given!r}; try {', '.join(near)}")
        rows = [row for row in rows if given in (None, getattr(row, field))]
    if not rows:
        raise ValueError(f"report {report} has no system {system!r}: see python -m lib reproduce --list")
    return rows


def study_name(report: str, protocol: str) -> str:
    """The name of the file in results/ that holds a report's reruns under a protocol."""
    return f"report-{report.lower()}" + ("-published" if protocol == "published" else "")


def recorded_rows(report: str, protocol: str) -> pd.DataFrame:
    """The recorded rounds of a report; empty where none are recorded yet."""
    name = study_name(report, protocol)
    return recorded.fresh(name, STUDIES[name]())


def listing(systems: Iterable[System]) -> pd.DataFrame:
    """One row a system: report, system, parameters, published_mean and published_std (fractions), seconds a round.

    The seconds are those of the recorded clean rounds, on one core; nan where there are none.
    """
    systems = list(systems)
    seconds = {
        letter: recorded_rows(letter, "clean").groupby("system")["seconds"].median()
        for letter in {row.report for row in systems}
    }
    return pd.DataFrame(
        {
            "report": row.report,
            "system": row.name,
            "parameters": row.clean.model.size(),
            "published_mean": row.mean,
            "published_std": row.std,
            "seconds": seconds[row.report].get(row.name, np.nan),
        }
        for row in systems
    )


def beside(systems: Sequence[System], reruns: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Published and rerun accuracies in %, one row a system: mean ± standard deviation, as text; "–" for none."""
    rows = []
    for row in systems:
        line = {"report": row.report, "system": row.name, "published": _percent(row.mean, row.std)}
        for protocol, table in reruns.items():
            mine = table[(table["report"] == row.report) & (table["system"] == row.name)]
            line[protocol] = _rerun(mine)
        rows.append(line)
    return pd.DataFrame(rows)


def recorded_table(systems: Sequence[System]) -> pd.DataFrame:
    """``beside`` for what is recorded in results/, with both protocols."""
    letters = dict.fromkeys(row.report for row in systems)
    reruns = {p: _join([recorded_rows(letter, p) for letter in letters]) for p in PROTOCOLS}
    return beside(systems, {"clean": reruns["clean"], "as published": reruns["published"]})


def comparison(systems: Sequence[System], protocol: str = "clean") -> pd.DataFrame:
    """Published numbers and recorded reruns as numbers in %: one row for each system that has recorded rounds.

    Columns: report, system, parameters, published, source, mean, low, high (interval), diverged, seconds (a round);
    change, change_low, change_high: ``beyond_published``, the bounds nan where no spread was published.
    """
    rows = []
    for row in systems:
        mine = recorded_rows(row.report, protocol)
        mine = mine[mine["system"] == row.name]
        if mine.empty:
            continue
        rerun = summary(mine).iloc[0][["mean", "low", "high", "diverged", "seconds"]]
        size, printed = int(mine["parameters"].iloc[0]), 100 * row.mean
        line = {"report": row.report, "system": row.name, "parameters": size, "published": printed}
        gap = beyond_published(row, mine)
        bounds = (gap.low, gap.high) if gap else (np.nan, np.nan)
        change = {"change": rerun["mean"] - printed, "change_low": bounds[0], "change_high": bounds[1]}
        rows.append({**line, "source": row.source, **rerun, **change})
    return pd.DataFrame(rows)


def beyond_published(row: System, rounds: pd.DataFrame) -> Effect | None:
    """Rerun − published in points, with Welch's interval: of the published rounds only mean and spread are known.

    ``rounds`` are those of the rerun. None where no standard deviation was published, or fewer than two rounds ended.
    """
    values = 100 * rounds["test_accuracy"].dropna()
    if row.std is None or len(values) < 2:
        return None
    spread = 100 * row.std * math.sqrt(ROUNDS / (ROUNDS - 1) if row.report in POPULATION else 1)
    mine, theirs = values.var() / len(values), spread**2 / ROUNDS  # the squared errors of the two means
    freedom = (mine + theirs) ** 2 / (mine**2 / (len(values) - 1) + theirs**2 / (ROUNDS - 1))
    half = quantile(freedom) * math.sqrt(mine + theirs)
    mean, lost = values.mean() - 100 * row.mean, len(rounds) - len(values)
    return noted(Effect(f"{row.name} − published", mean, mean - half, mean + half, lost=lost, freedom=freedom))


Verdict = Literal["explains it", "something else, too", "cannot tell"]


def verdict(change: float, low: float, high: float) -> Verdict:
    """Does a report's protocol explain the ``change`` between the published number and the clean rerun?

    ``low`` to ``high`` is the interval of what remains when the rerun follows the protocol, too. The protocol explains
    the change where that interval holds 0 and is nowhere as large as the change. Bounds that are nan tell nothing.
    """
    if low > 0 or high < 0:
        return "something else, too"
    return "explains it" if max(-low, high) < abs(change) else "cannot tell"


def run(
    systems: Sequence[System],
    protocol: str = "clean",
    rounds: int = 10,
    data: str = "mnist",
    where: int | str = -1,
) -> pd.DataFrame:
    """Run systems now and put them beside the published numbers.

    Ten rounds or fewer on full MNIST that are recorded in results/ are not run again.
    """
    parts = []
    for number, row in enumerate(systems, 1):
        known = recorded_rows(row.report, protocol).iloc[: None if data == "mnist" else 0]
        known = known[(known["system"] == row.name) & (known["round"] < rounds)]
        missing = sorted(set(range(rounds)) - set(known["round"]))
        print(f"[{number}/{len(systems)}] {row.report} {row.name}: {len(known)} rounds recorded, {len(missing)} to run")
        parts.append(known)
        if missing:
            recipe = getattr(row, protocol)
            table = experiment.run({row.name: recipe}, missing, data, where=where)
            parts.append(table.assign(report=row.report))
    return beside(systems, {protocol: _join(parts)})


def _join(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    filled = [table for table in tables if len(table)]
    return pd.concat(filled, ignore_index=True) if filled else tables[0]


def _rerun(rounds: pd.DataFrame) -> str:
    if rounds.empty:
        return "–"
    row = summary(rounds).iloc[0]
    lost = f" ({row['diverged']:.0f} of {row['rounds']:.0f} diverged)" if row["diverged"] else ""
    return (_percent(row["mean"] / 100, row["sd"] / 100) if row["diverged"] < row["rounds"] else "") + lost


def _percent(mean: float, std: float | None) -> str:
    return f"{100 * mean:.2f}" + (f" ± {100 * std:.2f}" if std is not None and not np.isnan(std) else "")
