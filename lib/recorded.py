"""Recorded runs: experiments too long for a page. ``python -m lib record NAME`` runs one and writes results/NAME.csv.

A file holds one row for each system and round, as ``experiment.run`` gives them, or for each epoch, as
``experiment.curves`` does, or for each wrong answer, as ``mistakes.find`` does. Before it stands the report that a
system comes from. Lines that begin with # say how it was made. The experiments themselves are in lib.studies.
"""

import hashlib
import json
import platform
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Literal

import pandas as pd

from lib import experiment, ledger, mistakes
from lib.recipes import Recipe
from lib.storage import write_atomically

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Study:
    """Systems by name, and the rounds and digits they are run on.

    ``report`` is a letter, or one for each system; "course" for the course's own. ``rows`` says what a row stands for.
    """

    systems: Mapping[str, Recipe]
    report: str | Mapping[str, str] = "course"
    rounds: int = 10
    data: str = "sample"
    rows: Literal["rounds", "epochs", "mistakes"] = "rounds"

    @property
    def columns(self) -> list[str]:
        kinds = {"rounds": experiment.COLUMNS, "epochs": experiment.CURVES, "mistakes": mistakes.COLUMNS}
        return ["report", *kinds[self.rows]]

    @property
    def play(self) -> Callable[..., pd.DataFrame]:
        return {"rounds": experiment.run, "epochs": experiment.curves, "mistakes": mistakes.find}[self.rows]

    def fingerprints(self) -> dict[str, str]:
        """One for each system. It changes with the recipe or the digits; then the recorded rounds are stale."""
        texts = {name: json.dumps([ledger.plain(recipe), self.data]) for name, recipe in self.systems.items()}
        return {name: hashlib.sha256(text.encode()).hexdigest()[:8] for name, text in texts.items()}


def folder() -> Path:
    """Where recorded results lie: beside lib in a clone, inside it where it was installed."""
    return next((path for path in (HERE / "results", HERE.parent / "results") if path.is_dir()), HERE / "results")


def read(name: str) -> pd.DataFrame:
    """The rows of results/NAME.csv. Raises FileNotFoundError, with the command that makes it."""
    path = folder() / f"{name}.csv"
    try:
        return pd.read_csv(path, comment="#", dtype={"system": str})  # a system may be called "0.1"
    except FileNotFoundError:
        raise FileNotFoundError(f"{path} is not there. To make it: python -m lib record {name}") from None
    except (ValueError, pd.errors.ParserError) as error:
        raise ValueError(f"{path} is damaged ({error}). To make it again: python -m lib record {name}") from error


def settings(table: pd.DataFrame) -> pd.DataFrame:
    """``table`` with names like "pair; rate=0.1; norm=True" taken apart: the first part is the new system.

    Each setting becomes a column; numbers become numbers, the rest stays text.
    """
    parts = table["system"].str.split("; ")
    named = pd.DataFrame([dict(part.split("=") for part in rest[1:]) for rest in parts], index=table.index)
    numbers = named.apply(lambda column: pd.to_numeric(column, errors="coerce"))
    return table.assign(system=parts.str[0], **named.where(numbers.isna(), numbers))


def header(name: str) -> dict[str, str]:
    """What the # lines of results/NAME.csv say, by their first word; empty where there is no such file."""
    path = folder() / f"{name}.csv"
    lines = path.read_text().splitlines() if path.exists() else []
    return dict(line[2:].split(": ", 1) for line in lines if line.startswith("# ") and ": " in line)


def fresh(name: str, study: Study) -> pd.DataFrame:
    """The recorded rows that still hold: those of systems whose recipe and digits are what they were."""
    try:
        then, now = json.loads(header(name)["recipes"]), study.fingerprints()
    except (KeyError, ValueError):  # no such file, or not written by ``record``
        return pd.DataFrame(columns=study.columns)
    table = read(name)
    valid = table["system"].map(lambda system: then.get(system) == now.get(system))
    return table[valid & (table["round"] < study.rounds)].reset_index(drop=True)


def record(name: str, study: Study, jobs: int = -1, scheduler: str | None = None) -> pd.DataFrame:
    """Run what is still missing of ``study`` and write results/NAME.csv after every system.

    Rounds that an earlier, perhaps interrupted, run has written there are kept while their recipe stays the same.
    (Where rows are mistakes, a round without any leaves no row. It comes from the ledger, or is played again.)
    """
    table = fresh(name, study)
    for system, recipe in study.systems.items():
        done = set(table.loc[table["system"] == system, "round"])
        missing = [k for k in range(study.rounds) if k not in done]
        if not missing:
            continue
        rows = study.play({system: recipe}, missing, study.data, jobs, scheduler)
        rows["report"] = study.report if isinstance(study.report, str) else study.report[system]
        table = pd.concat([table, rows], ignore_index=True) if len(table) else rows
        _write(name, study, table[study.columns])
    return table


def _write(name: str, study: Study, table: pd.DataFrame) -> None:
    order = {system: i for i, system in enumerate(study.systems)}
    table = table.sort_values(["system", "round"], key=lambda column: column.map(order).fillna(column), kind="stable")
    text = "".join(f"# {line}\n" for line in _how(name, study)) + table.to_csv(index=False, float_format="%.6g")
    write_atomically(folder() / f"{name}.csv", lambda file: file.write(text.encode()))


def _how(name: str, study: Study) -> Iterable[str]:
    versions = ", ".join(f"{package} {version(package)}" for package in ("torch", "numpy"))
    yield f"command: python -m lib record {name}"
    yield f"date: {date.today().isoformat()}"
    yield f"data: {study.data}, {study.rounds} rounds"
    yield f"versions: Python {platform.python_version()}, {versions}"
    yield f"machine: {platform.system()} {platform.machine()}, one thread for each round"
    yield f"recipes: {json.dumps(study.fingerprints())}"
