"""The same rounds on a cluster: a Dask scheduler spreads them over its workers; the ledger stays with the caller.

Start one with ``dask scheduler`` and, on every machine that has lib installed, ``dask worker ADDRESS --nworkers -1
--nthreads 1``. Then pass the address: ``experiment.run(systems, scheduler="tcp://…:8786")``.
"""

from collections.abc import Iterator

from lib import ledger
from lib.data import Digits
from lib.recipes import Recipe
from lib.training import play_task

TIMEOUT = 10  # seconds to wait for the scheduler's answer
RETRIES = 3  # times that a round is played again when its worker dies


def play_on_cluster(
    tasks: list[tuple[Recipe, dict[int, str]]], data: str | Digits, curves: bool, scheduler: str
) -> Iterator[dict[str, dict]]:
    """Play every task on the workers of ``scheduler``; yield its records as soon as it is finished.

    Raises ConnectionError where no scheduler answers or it has no workers, and RuntimeError where a worker runs another
    version of lib.
    """
    try:
        from distributed import Client, as_completed
    except ImportError:
        raise ConnectionError('a cluster needs the package distributed: pip install ".[cluster]"') from None
    try:
        client = Client(scheduler, timeout=TIMEOUT)
    except (OSError, ValueError) as error:
        raise ConnectionError(
            f"no Dask scheduler answers at {scheduler} ({error}): start one with dask scheduler"
        ) from error
    with client:
        if not client.scheduler_info()["workers"]:
            raise ConnectionError(
                f"the scheduler at {scheduler} has no workers: start some with dask worker {scheduler}"
            )
        if isinstance(data, Digits):
            data = client.scatter(data, broadcast=True)  # once to every worker, not once for every task
        calls = [(recipe, keys, data, curves, ledger.CODE) for recipe, keys in tasks]
        futures = [client.submit(play_there, *call, pure=False, retries=RETRIES) for call in calls]
        for future in as_completed(futures):
            yield future.result()


def play_there(recipe: Recipe, keys: dict[int, str], data: str | Digits, curves: bool, code: str) -> dict[str, dict]:
    """``play_task`` on a worker, if it runs the caller's ``code``: otherwise the numbers would not be the same."""
    if code != ledger.CODE:
        raise RuntimeError(
            "a worker runs another version of lib than you: install the same one there, and start it again"
        )
    return play_task(recipe, keys, data, curves)
