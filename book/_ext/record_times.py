"""Measure how long each chapter takes, cold and again: `make run-times`, on a machine that does nothing else.

Each chapter runs alone, with a ledger of its own that is empty, as in a reader's fresh notebook; and then once more in
a new kernel, with what the first run has left there, as after a lost machine.
What is measured is kept in _build/run-times.json until all are, so that the command can be stopped and started again.
"""

import hashlib
import json
import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path
from threading import Event

import psutil
import torch
from jupyter_cache import get_cache
from nbformat import NotebookNode

from book._ext import build, notebooks
from book._ext.execute import run, to_execute
from book._ext.progress import say
from book._ext.run_times import FILE
from book._ext.stopping import finish
from lib.store.files import write_atomically

KEPT = build.BUILD / "run-times.json"
BUSY = 20  # per cent of the processor, before anything is run: more, and the times would be somebody else's, too


Times = tuple[float, float, float]  # seconds and core-seconds of a page run cold, and seconds when it runs again


def measure(page: Path, timeout: int) -> Times | None:
    """The times of a page; None for one without cells. A cell that fails raises its error."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["LIB_LEDGER"] = str(Path(folder, "ledger"))
        cache = get_cache(str(Path(folder, "cache")))  # stays empty
        notebook = to_execute(page, cache)
        if notebook is None or not any(cell.cell_type == "code" for cell in notebook.cells):
            return None
        with core_seconds() as used:
            cold = executed(page, notebook, timeout)
        cores = sum(used.values())
        return cold, cores, executed(page, to_execute(page, cache), timeout)


def executed(page: Path, notebook: NotebookNode, timeout: int) -> float:
    """The seconds that a page takes in a new kernel."""
    result = finish(run(page, notebook, timeout, alone=True))
    if result.error:
        raise result.error
    return result.seconds


@contextmanager
def core_seconds() -> Iterator[dict[int, float]]:
    """The processor's time of each process that this one starts, and of theirs, looked up twice a second."""
    used, over, ours = {}, Event(), psutil.Process()

    def watch() -> None:
        while not over.wait(0.5):
            for process in ours.children(recursive=True):
                with suppress(psutil.Error):  # it has just ended
                    times = process.cpu_times()
                    used[process.pid] = times.user + times.system

    with ThreadPoolExecutor(1) as thread:
        watching = thread.submit(watch)
        try:
            yield used
        finally:
            over.set()
            watching.result()


def machine() -> str:
    """Such as "2 cores, Intel(R) Xeon(R) Processor"."""
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return f"{os.cpu_count()} cores, {line.partition(':')[2].strip()}"
    return f"{os.cpu_count()} cores, {platform.processor() or platform.machine()}"


def kept(made_from: dict[str, str]) -> dict[str, Times]:
    """What was measured before the command was stopped, with the same code on the same machine."""
    if KEPT.exists() and (found := json.loads(KEPT.read_text()))["made from"] == made_from:
        return found["pages"]
    return {}


def write(pages: dict[str, Times]) -> None:
    """As the recorded experiments in results/: comments that say how it was made, then the table."""
    lines = [
        "# command: make run-times",
        f"# date: {date.today()}",
        f"# machine: {machine()}",
        f"# versions: Python {platform.python_version()}, torch {torch.__version__}",
        "page,seconds,core_seconds,again",
        *(",".join([page, *(f"{time:.1f}" for time in times)]) for page, times in pages.items()),
    ]
    write_atomically(FILE, lambda file: file.write("\n".join([*lines, ""]).encode()))


def main() -> int:
    if (busy := psutil.cpu_percent(2)) > BUSY:
        say(f"This machine is busy ({busy:.0f} % of its processor): wait until nothing else runs, then measure.")
        return 1
    build.prepare()
    texts = hashlib.sha256(b"\0".join(Path(f"{name}.md").read_bytes() for name in notebooks.chapters())).hexdigest()
    made_from = {"code": build.code(), "texts": texts, "machine": machine()}
    pages = kept(made_from)
    for name in notebooks.chapters():
        if name in pages or (times := measure(Path(f"{name}.md"), build.timeout())) is None:
            continue
        say(f"   {name}: {times[0]:.0f} s, {times[1]:.0f} core-seconds, again {times[2]:.0f} s")
        pages[name] = times
        text = json.dumps({"made from": made_from, "pages": pages}).encode()
        write_atomically(KEPT, lambda file, text=text: file.write(text))
    write(pages)
    KEPT.unlink(missing_ok=True)
    say(f"Written: {FILE}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        say("\nstopped; finished chapters are kept, and make run-times goes on from there")
        sys.exit(130)
