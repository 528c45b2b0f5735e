"""Execute the book's pages side by side, one on each core, into the cache that the book is then built from.

Lines say which pages run and how long the rest will take (book/_ext/progress.py). Failures come last, each with its
page and its cell; finished pages stay in the cache, and finished rounds in the ledger, so that the next build goes on
from there.
"""

import asyncio
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from time import perf_counter

from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn, JupyterCacheAbstract
from myst_nb.core.read import is_myst_markdown_notebook, myst_nb_reader_plugin
from nbclient import NotebookClient
from nbformat import NotebookNode

from book._ext import run_times
from book._ext.progress import Executed, Progress, tell
from book._ext.stopping import finish

CODE = 100  # characters, for which a chapter takes a second, about


def execute(pages: Iterable[Path], cache: Path, timeout: int, command: str = "make book") -> bool:
    """Execute those pages that ``cache`` does not hold yet, the longest first. False when one has failed.

    ``command`` is what to run again then. After Ctrl-C no kernel is left behind, and KeyboardInterrupt goes on.
    """
    failed: dict[Path, Executed] = {}
    try:
        finish(_execute(pages, cache, timeout, failed))
    finally:  # also after Ctrl-C: who sees that a page has failed need not wait for the others
        tell(failed, command)
    return not failed


async def _execute(pages: Iterable[Path], cache: Path, timeout: int, failed: dict[Path, Executed]) -> None:
    kept = get_cache(str(cache))
    missing = {page: notebook for page in pages if (notebook := to_execute(page, kept))}
    cores, alone = os.cpu_count() or 1, len(missing) == 1
    # Where there are kernels for all cores, each plays its rounds itself.
    left = {page: seconds / (cores if alone else 1) for page, seconds in expected(missing).items()}
    free, progress = asyncio.Semaphore(cores), Progress(left, cores)

    async def one(page: Path) -> None:
        async with free:
            progress.begins(page)
            executed = await run(page, missing[page], timeout, alone)
        if executed.error is None:
            keep(page, executed, kept)
        else:
            failed[page] = executed
        progress.ends(page, executed)

    async with asyncio.TaskGroup() as group:  # which waits for all, also when it is stopped
        for page in sorted(missing, key=lambda page: -left[page]):
            group.create_task(one(page))


def to_execute(page: Path, cache: JupyterCacheAbstract) -> NotebookNode | None:
    """The page as a notebook; None for one without cells, or one whose cells have been executed."""
    if not is_myst_markdown_notebook(page.read_text(encoding="utf-8")):
        return None
    notebook = myst_nb_reader_plugin(str(page.resolve()))
    with suppress(KeyError):
        cache.match_cache_notebook(notebook)
        return None
    return notebook


def forget(page: Path, cache: JupyterCacheAbstract) -> None:
    """Let the page be executed again, though its cells may be as they were."""
    with suppress(KeyError):
        cache.remove_cache(cache.match_cache_notebook(myst_nb_reader_plugin(str(page.resolve()))).pk)


async def run(page: Path, notebook: NotebookNode, timeout: int, alone: bool) -> Executed:
    place = {"metadata": {"path": str(page.resolve().parent)}}
    # No times in the cells: the cache knows a page by its cells, and what is written beside them.
    client = NotebookClient(notebook, timeout=timeout, resources=place, record_timing=False)
    start, error = perf_counter(), None
    try:
        await client.async_execute(env=os.environ | ({} if alone else {"LOKY_MAX_CPU_COUNT": "1"}))
    except Exception as problem:  # whatever it is, its page is named, and the others go on
        if asyncio.current_task().cancelling():  # nbclient takes this for a kernel that died
            raise asyncio.CancelledError from None
        error = problem
    finally:
        if client.km and await client.km.is_alive():  # stopped while it began
            await client.km.shutdown_kernel(now=True)
    return Executed(notebook, perf_counter() - start, client.code_cells_executed, error)


def keep(page: Path, executed: Executed, cache: JupyterCacheAbstract) -> None:
    bundle = CacheBundleIn(executed.notebook, str(page.resolve()), data={"execution_seconds": executed.seconds})
    cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)


def expected(pages: dict[Path, NotebookNode]) -> dict[Path, float]:
    """The seconds that each page takes on one core: as recorded, or guessed from how much code there is."""
    known = run_times.by_page(column="core_seconds")
    return {
        page: known.get(page.with_suffix("").as_posix(), max(1, size(notebook)) / CODE)
        for page, notebook in pages.items()
    }


def size(notebook: NotebookNode) -> int:
    return sum(len(cell.source) for cell in notebook.cells if cell.cell_type == "code")
