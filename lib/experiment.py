"""Experiments: several systems, the same rounds, one tidy table."""

import os
import sys
from collections.abc import Iterable, Iterator, Mapping

import joblib
import pandas as pd
from tqdm.auto import tqdm

from lib import ledger
from lib.cluster import play_on_cluster
from lib.data import Digits, load_once
from lib.recipes import Recipe
from lib.training import ENTRIES, play_task

COLUMNS = [
    "system",
    "round",
    "protocol",
    "data",
    "parameters",
    "seconds",
    "status",
    "train_accuracy",
    "test_accuracy",
    "digit_accuracy",
]
CURVES = ["system", "round", *ENTRIES]

Task = tuple[Recipe, dict[int, str]]  # what one worker does in one go: the rounds, and the key of each in the ledger


def run(
    systems: Mapping[str, Recipe],
    rounds: int | Iterable[int] = 10,
    data: str | Digits = "sample",
    jobs: int = -1,
    scheduler: str | None = None,
) -> pd.DataFrame:
    """Train every system on every round: one row for each, accuracies as fractions (COLUMNS).

    In a round all systems see the same pairs. Finished rounds come from the ledger; the others run side by
    side in ``jobs`` processes (−1: one for each core), or on a cluster if ``scheduler`` is the address of a Dask
    scheduler. ``rounds`` is a number, or the rounds themselves.
    """
    played = records(systems, rounds, data, jobs, scheduler)
    return pd.DataFrame([{"system": name} | record["row"] for name, record in played], columns=COLUMNS)


def curves(
    systems: Mapping[str, Recipe],
    rounds: int | Iterable[int] = 10,
    data: str | Digits = "sample",
    jobs: int = -1,
    scheduler: str | None = None,
) -> pd.DataFrame:
    """As ``run``, but judged after every epoch: one row for each system, round and epoch.

    The columns are CURVES. A round that diverged has no rows.
    """
    played = records(systems, rounds, data, jobs, scheduler, curves=True)
    rows = [
        {"system": name, "round": record["row"]["round"]} | entry
        for name, record in played
        for entry in record["history"]
    ]
    return pd.DataFrame(rows, columns=CURVES)


def records(
    systems: Mapping[str, Recipe],
    rounds: int | Iterable[int] = 10,
    data: str | Digits = "sample",
    jobs: int = -1,
    scheduler: str | None = None,
    curves: bool = False,
) -> list[tuple[str, dict]]:
    """(system, what ``training.play`` gives) for every system and round, from the ledger or freshly trained."""
    rounds = list(range(rounds)) if isinstance(rounds, int) else list(dict.fromkeys(int(k) for k in rounds))
    if not systems or not rounds:
        raise ValueError("nothing to run: give at least one system and one round")
    digits = data if isinstance(data, Digits) else load_once(data)
    content = ledger.fingerprint(digits)
    keys = {(name, k): ledger.key(systems[name], k, content, curves) for k in rounds for name in systems}
    found = {key: record for (name, k), key in keys.items() if (record := _find(key, systems[name], k, content))}
    missing = {key: (systems[name], k) for (name, k), key in keys.items() if key not in found}
    found |= _train(_tasks(missing), data, jobs, curves, scheduler)
    return [(name, found[keys[name, k]]) for name in systems for k in rounds]


def _find(key: str, recipe: Recipe, round: int, content: str) -> dict | None:
    """The record of a round. One that was judged by epoch serves as well where only its end is asked for."""
    return ledger.find(key) or ledger.find(ledger.key(recipe, round, content, curves=True))


def _tasks(missing: dict[str, tuple[Recipe, int]]) -> list[Task]:
    """What one worker does in one go: a round, or all rounds of a carried-over protocol, which hang together."""
    tasks: list[Task] = []
    chains: dict[Recipe, dict[int, str]] = {}
    for key, (recipe, number) in missing.items():
        if recipe in chains:
            chains[recipe][number] = key
            continue
        tasks.append((recipe, {number: key}))
        if recipe.protocol.carried:
            chains[recipe] = tasks[-1][1]
    return tasks


def _train(tasks: list[Task], data: str | Digits, jobs: int, curves: bool, scheduler: str | None) -> dict[str, dict]:
    """Train the rounds in ``tasks`` side by side. Each task is kept in the ledger as soon as it is finished."""
    if not tasks:
        return {}
    recipes = {key: recipe for recipe, keys in tasks for key in keys.values()}
    played = play_on_cluster(tasks, data, curves, scheduler) if scheduler else _play_here(tasks, data, curves, jobs)
    records = {}
    with tqdm(total=len(recipes), desc="rounds", unit="round", disable=_quiet()) as bar:
        for finished in played:
            for key, record in finished.items():
                ledger.keep(key, recipes[key], record)
            records |= finished
            bar.update(len(finished))
    return records


def _play_here(tasks: list[Task], data: str | Digits, curves: bool, jobs: int) -> Iterator[dict[str, dict]]:
    """Play every task in a process of this machine; yield its records as soon as it is finished."""
    parallel = joblib.Parallel(n_jobs=min(jobs, len(tasks)) if jobs > 0 else jobs, return_as="generator_unordered")
    return parallel(joblib.delayed(play_task)(recipe, keys, data, curves) for recipe, keys in tasks)


def _quiet() -> bool:
    """No progress bar in a book build (which sets LIB_QUIET), or where nobody watches the output."""
    watched = sys.stderr.isatty() or "ipykernel" in sys.modules
    return bool(os.environ.get("LIB_QUIET")) or not watched
