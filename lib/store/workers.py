"""Where rounds run: side by side in processes of this machine, or on a cluster (lib.store.cluster)."""

from collections.abc import Iterable, Iterator

import joblib
from joblib.externals.loky.process_executor import TerminatedWorkerError

from lib.data import Digits
from lib.recipes import Recipe
from lib.rounds import Result, play_all
from lib.store.cluster import Call, play_on_cluster
from lib.store.ledger import Entry


def play(missing: list[Entry], data: str | Digits, where: int | str) -> Iterator[dict[Entry, Result]]:
    """Play the rounds in ``missing`` side by side; yield the results of each task as soon as it is finished."""
    if not missing:
        return
    tasks = grouped(missing)
    calls: list[Call] = [(task[0].recipe, [e.round for e in task], data, task[0].curves) for task in tasks]
    for place, results in play_on_cluster(calls, where) if isinstance(where, str) else play_here(calls, where):
        yield dict(zip(tasks[place], results, strict=True))


def grouped(entries: Iterable[Entry]) -> list[list[Entry]]:
    """What one worker does in one go: a round, or all rounds of a carried-over protocol, which are one chain."""
    tasks: list[list[Entry]] = []
    chains: dict[Recipe, list[Entry]] = {}
    for entry in entries:
        if entry.recipe in chains:
            chains[entry.recipe].append(entry)
            continue
        tasks.append([entry])
        if entry.recipe.protocol.carried:
            chains[entry.recipe] = tasks[-1]
    return tasks


def play_here(calls: list[Call], processes: int) -> Iterator[tuple[int, list[Result]]]:
    """Make every call in one of ``processes`` processes; yield its place and its results as soon as it is finished."""
    if processes == 0:
        raise ValueError("0 processes play nothing: choose at least 1, or −1 for one for each core")
    parallel = joblib.Parallel(n_jobs=min(processes, len(calls)), return_as="generator_unordered")
    try:
        yield from parallel(joblib.delayed(_numbered)(place, call) for place, call in enumerate(calls))
    except TerminatedWorkerError:
        raise RuntimeError(
            "the system ended a process that was training, most likely because memory was short. Finished rounds are "
            "kept: close other programs, or run the same once more with where=1"
        ) from None


def _numbered(place: int, call: Call) -> tuple[int, list[Result]]:
    return place, play_all(*call)
