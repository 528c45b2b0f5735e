"""Recorded experiments: those too long for a page. ``python -m lib run NAME`` runs one and writes results/NAME.csv.

A file holds the rows of ``experiment.run``, and before each the report that its system comes from. Lines that begin
with # say how it was made. The studies themselves are in lib.course.studies, a file for each chapter.
"""

import hashlib
import json
import platform
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from itertools import product
from pathlib import Path

import pandas as pd

import lib
from lib import experiment
from lib.experiment import COLUMNS, Per
from lib.recipes import Recipe
from lib.store import ledger
from lib.store.files import write_atomically

HERE = Path(lib.__file__).parent


@dataclass(frozen=True)
class Study:
    """Systems by name, and the rounds and digits they are run on.

    ``data`` may name several sources of digits: then every system plays its rounds on each. ``report`` is a letter, or
    one for each system; "course" for the course's own. ``per`` says what a row stands for.
    """

    systems: Mapping[str, Recipe]
    report: str | Mapping[str, str] = "course"
    rounds: int = 10
    data: str | tuple[str, ...] = "sample"
    per: Per = "round"

    @property
    def sources(self) -> tuple[str, ...]:
        return (self.data,) if isinstance(self.data, str) else self.data

    @property
    def columns(self) -> list[str]:
        return ["report", *COLUMNS[self.per]]

    def fingerprints(self) -> dict[str, str]:
        """One for each system. It changes with the recipe or the digits; then the recorded rounds are stale."""
        texts = {name: json.dumps([ledger.plain(recipe), self.data]) for name, recipe in self.systems.items()}
        return {name: hashlib.sha256(text.encode()).hexdigest()[:8] for name, text in texts.items()}


STUDIES: dict[str, Callable[[], Study]] = {}  # by the names of their files


def study(make: Callable[[], Study], name: str = "") -> Callable[[], Study]:
    """Register a function that makes a Study: ``dropout_size``, for example, as "dropout-size"."""
    STUDIES[name or make.__name__.replace("_", "-")] = make
    return make


def folder() -> Path:
    """Where recorded results lie: beside lib in a clone, inside it where it was installed."""
    return next((path for path in (HERE / "results", HERE.parent / "results") if path.is_dir()), HERE / "results")


def read(name: str) -> pd.DataFrame:
    """The rows of results/NAME.csv. Raises FileNotFoundError, with the command that makes it."""
    path = folder() / f"{name}.csv"
    try:
        return pd.read_csv(path, comment="#", dtype={"system": str})  # a system may be called "0.1"
    except FileNotFoundError:
        raise FileNotFoundError(f"{path} is not there. To make it: python -m lib run {name}") from None
    except (ValueError, pd.errors.ParserError) as error:
        raise ValueError(f"{path} is damaged ({error}). To make it again: python -m lib run {name}") from error


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
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return dict(line[2:].split(": ", 1) for line in lines if line.startswith("# ") and ": " in line)


def fresh(name: str, study: Study) -> pd.DataFrame:
    """The recorded rows that still hold: those of systems whose recipe and digits are what they were."""
    try:
        then, now = json.loads(header(name)["recipes"]), study.fingerprints()
    except (KeyError, ValueError):  # no such file, or not written by ``complete``
        return pd.DataFrame(columns=study.columns)
    table = read(name)
    valid = table["system"].map(lambda system: then.get(system) == now.get(system))
    return table[valid & (table["round"] < study.rounds)].reset_index(drop=True)


def complete(name: str, study: Study, where: int | str = -1) -> pd.DataFrame:
    """Run what is still missing of ``study`` and write results/NAME.csv after every system.

    Rounds that an earlier, perhaps interrupted, run has written there are kept while their recipe stays the same.
    (Where rows are mistakes, a round without any leaves no row. It comes from the ledger, or is played again.)
    """
    table = fresh(name, study)
    for data, (system, recipe) in product(study.sources, study.systems.items()):
        here = table[table["data"] == data] if len(study.sources) > 1 else table
        done = set(here.loc[here["system"] == system, "round"])
        missing = [k for k in range(study.rounds) if k not in done]
        if not missing:
            continue
        rows = experiment.run({system: recipe}, missing, data, study.per, where)
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
    yield f"command: python -m lib run {name}"
    yield f"date: {date.today().isoformat()}"
    yield f"data: {' to '.join(dict.fromkeys((study.sources[0], study.sources[-1])))}, {study.rounds} rounds"
    yield f"versions: Python {platform.python_version()}, {versions}"
    yield f"machine: {platform.system()} {platform.machine()}, one thread for each round"
    yield f"recipes: {json.dumps(study.fingerprints())}"
