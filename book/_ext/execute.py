"""Execute the book's pages side by side, one on each core, into the cache that the book is then built from.

A line for each page says how long it took, and how long the rest will take. A failure names its page and its cell;
finished pages stay in the cache, and finished rounds in the ledger, so that the next build goes on from there.
"""

import asyncio
import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn, JupyterCacheAbstract
from myst_nb.core.read import is_myst_markdown_notebook, myst_nb_reader_plugin
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError
from nbformat import NotebookNode

from book._ext import run_times

CODE = 100  # characters, for which a chapter takes a second, about


class Executed(NamedTuple):
    notebook: NotebookNode
    seconds: float
    error: Exception | None


def execute(pages: Iterable[Path], cache: Path, timeout: int) -> bool:
    """Execute those pages that ``cache`` does not hold yet, the longest first. False when one has failed.

    After Ctrl-C no kernel is left behind, and KeyboardInterrupt goes on.
    """
    return asyncio.run(_execute(pages, get_cache(str(cache)), timeout))


async def _execute(pages: Iterable[Path], cache: JupyterCacheAbstract, timeout: int) -> bool:
    missing = {page: notebook for page in pages if (notebook := to_execute(page, cache))}
    left, cores = expected(missing), os.cpu_count() or 1
    free, done, seconds, good = asyncio.Semaphore(cores), 0, 0.0, True

    async def one(page: Path) -> None:
        nonlocal done, seconds, good
        async with free:
            # Where there are kernels for all cores, each plays its rounds itself.
            executed = await run(page, missing[page], timeout, alone=len(missing) == 1)
        good &= kept(page, executed, cache)
        done, seconds = done + left.pop(page), seconds + executed.seconds
        rest = sum(left.values()) * seconds / done / cores
        say(f"   {page}: {executed.seconds:.0f} s; {len(left)} left, about {minutes(rest)}")

    await asyncio.gather(*(one(page) for page in sorted(missing, key=lambda page: -left[page])))
    return good


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
    start = perf_counter()
    try:
        await client.async_execute(env=os.environ | ({} if alone else {"LOKY_MAX_CPU_COUNT": "1"}))
    except (CellExecutionError, CellTimeoutError) as error:
        return Executed(notebook, perf_counter() - start, error)
    return Executed(notebook, perf_counter() - start, None)


def kept(page: Path, executed: Executed, cache: JupyterCacheAbstract) -> bool:
    """Put an executed page into the cache; of one that failed, say which cell and why."""
    if executed.error is not None:
        say(f"{page} failed. Its cell, and what went wrong:\n{executed.error}")
        return False
    bundle = CacheBundleIn(executed.notebook, str(page.resolve()), data={"execution_seconds": executed.seconds})
    cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
    return True


def expected(pages: dict[Path, NotebookNode]) -> dict[Path, float]:
    """The seconds that each page takes on one core: as recorded, or guessed from how much code there is."""
    known = run_times.by_page(column="core_seconds")
    return {
        page: known.get(page.with_suffix("").as_posix(), max(1, size(notebook)) / CODE)
        for page, notebook in pages.items()
    }


def size(notebook: NotebookNode) -> int:
    return sum(len(cell.source) for cell in notebook.cells if cell.cell_type == "code")


def minutes(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"


def say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)
