"""The same rounds on a cluster: a Dask scheduler spreads them over its workers; the ledger stays with the caller.

Start one with ``dask scheduler`` and, on every machine that has lib installed, ``dask worker ADDRESS --nworkers -1
--nthreads 1``. Then pass the address: ``experiment.run(systems, where="tcp://…:8786")``.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from lib.data import Digits
from lib.recipes import Recipe
from lib.rounds import Result, play_all
from lib.store.code import fingerprint

TIMEOUT = 10  # seconds to wait for the scheduler's answer
RETRIES = 3  # times that a round is played again when its worker dies
Call = tuple[Recipe, list[int], str | Digits, bool]  # what ``rounds.play_all`` is called with


def play_on_cluster(calls: Sequence[Call], scheduler: str) -> Iterator[tuple[int, list[Result]]]:
    """Make every call on the workers of ``scheduler``; yield its place and its results as soon as it is finished.

    Raises ConnectionError where no scheduler answers, it has no workers, or they are lost for good, and RuntimeError
    where a worker runs another version of lib.
    """
    try:
        from distributed import CancelledError, Client, KilledWorker, as_completed
    except ImportError:
        raise ConnectionError('a cluster needs the package distributed: pip install ".[cluster]"') from None
    try:
        client = Client(scheduler, timeout=TIMEOUT)
    except (OSError, ValueError) as error:
        raise ConnectionError(
            f"no Dask scheduler answers at {scheduler} ({error}): start one with dask scheduler"
        ) from error
    with quiet_client(), client:
        if not client.scheduler_info()["workers"]:
            raise ConnectionError(
                f"the scheduler at {scheduler} has no workers: start some with dask worker {scheduler}"
            )
        data = calls[0][2]  # the same in all calls
        if isinstance(data, Digits):
            data = client.scatter(data, broadcast=True)  # once to every worker, not once for every call
        futures = {}
        for place, (recipe, numbers, _, curves) in enumerate(calls):
            words = (fingerprint(recipe), recipe, numbers, data, curves)
            futures[client.submit(play_there, *words, pure=False, retries=RETRIES)] = place
        try:
            for future in as_completed(futures):
                yield futures[future], future.result()
        except (CancelledError, KilledWorker) as error:  # the scheduler is gone; a worker died again and again
            raise ConnectionError(
                f"the cluster at {scheduler} was lost ({type(error).__name__}). Finished rounds are kept: start the "
                "cluster again, with more memory if workers were killed, and run the same once more"
            ) from None


@contextmanager
def quiet_client() -> Iterator[None]:
    """Keep a client's log still: when its scheduler is gone it writes a traceback, before we say it in a sentence."""
    log = logging.getLogger("distributed.client")
    before = log.level
    log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        log.setLevel(before)


def play_there(theirs: str, recipe: Recipe, numbers: list[int], data: str | Digits, curves: bool) -> list[Result]:
    """``play_all`` on a worker, if it runs the caller's code, ``theirs``: other code might give other numbers."""
    if theirs != fingerprint(recipe):
        raise RuntimeError(
            "a worker runs another version of lib than you: install the same one there, and start it again"
        )
    return play_all(recipe, numbers, data, curves)
