"""Experiments: several systems, the same rounds, one tidy table."""

import os
import sys
from collections.abc import Iterable, Mapping
from typing import Any, Literal

import pandas as pd
from tqdm.auto import tqdm

from lib.data import Digits, digits_of
from lib.recipes import Recipe
from lib.rounds import Result, Trained, trained
from lib.store import ledger, networks, workers
from lib.store.ledger import Entry
from lib.store.pictures import mistake
from lib.training import ENTRIES, SCORES
from lib.values import one_of

Per = Literal["round", "epoch", "mistake"]
COLUMNS = {
    "round": ["system", "round", "protocol", "data", "parameters", "seconds", "status", *SCORES],
    "epoch": ["system", "round", *ENTRIES],
    "mistake": ["system", "round", "pair", "digit0", "digit1", "read0", "read1", "image0", "image1"],
}


def run(
    systems: Mapping[str, Recipe],
    rounds: int | Iterable[int] = 10,
    data: str | Digits = "sample",
    per: Per = "round",
    where: int | str = -1,
) -> pd.DataFrame:
    """Train every system on every round: a table with the columns COLUMNS[per], accuracies as fractions.

    In a round all systems see the same pairs. ``rounds`` is a number, or the rounds themselves. ``per`` says what a row
    stands for: a "round"; an "epoch", judged after each (a round that diverged has no rows); or a "mistake", a test
    pair that is answered wrongly: its place in the test set, its digits, those that the network reads (empty where it
    has no digit outputs), and its pictures (lib.store.pictures).

    Finished rounds come from the ledger. The others run side by side ``where`` you say: in so many processes of this
    machine (−1: one for each core), or on the cluster of a Dask scheduler, given by its address.
    Raises ValueError for an unknown word and where there is nothing to run.
    """
    one_of("per", per, COLUMNS)
    numbers = list(range(rounds)) if isinstance(rounds, int) else list(dict.fromkeys(int(k) for k in rounds))
    if not systems or not numbers:
        raise ValueError("nothing to run: give at least one system and one round")
    digits = digits_of(data)
    content = ledger.fingerprint(digits)
    wanted = {(name, k): Entry(systems[name], k, content, per == "epoch") for k in numbers for name in systems}
    results = ledger.find(wanted.values())
    missing = [entry for entry in dict.fromkeys(wanted.values()) if entry not in results]
    with tqdm(total=len(missing), desc="rounds", unit="round", disable=not missing or _quiet()) as bar:
        for finished in workers.play(missing, data, where):
            ledger.keep(finished)
            results |= finished
            bar.update(len(finished))
    found = [(name, results[wanted[name, k]]) for name in systems for k in numbers]
    rows = [{"system": name} | row for name, result in found for row in rows_of(result, per, systems[name], digits)]
    return pd.DataFrame(rows, columns=COLUMNS[per])


def rows_of(result: Result, per: Per, recipe: Recipe, digits: Digits) -> list[dict[str, Any]]:
    """The rows of a table that a round's result stands for."""
    if per == "round":
        return [result["row"]]
    number = {"round": result["row"]["round"]}
    if per == "epoch":
        return [number | entry for entry in result["history"]]
    test = recipe.draw(number["round"], digits).test
    return [number | mistake(test, *answer) for answer in result["wrong"]]


def train(recipe: Recipe, number: int = 0, data: str | Digits = "sample", *, curves: bool = True) -> Trained:
    """One network to look inside: (its module, the Round it was trained on, its history, an entry for each epoch).

    It is the one that ``run`` trains in the round of this number, from fresh weights. (Under a carried-over protocol
    ``run`` trains another.) Without ``curves`` only the last epoch is judged, which saves a third of the time. The
    network is kept in the ledger's folder, and comes from there the next time; its weights have no gradients. Raises
    Diverged (lib.training).
    """
    digits = digits_of(data)
    entry = Entry(recipe, int(number), ledger.fingerprint(digits), curves)
    kept = networks.find(entry)
    if kept:
        model, history = kept
        return Trained(model, recipe.draw(number, digits), history)
    found = trained(recipe, int(number), digits, curves)
    networks.keep(entry, found.model, found.history)
    return found


def _quiet() -> bool:
    """No progress bar in a book build (which sets LIB_QUIET), or where nobody watches the output."""
    watched = sys.stderr.isatty() or "ipykernel" in sys.modules
    return bool(os.environ.get("LIB_QUIET")) or not watched
