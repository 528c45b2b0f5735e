"""The lines that a build prints: how many pages run, which begins, how long the rest takes, at the end what failed."""

import sys
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode


class Executed(NamedTuple):
    notebook: NotebookNode
    seconds: float
    cell: int  # the last that was run, counted over the cells with code from 1; 0 when there was none
    error: Exception | None


class Progress:
    """A line when a page begins, and one when it ends."""

    def __init__(self, left: dict[Path, float], cores: int) -> None:
        """``left`` has the seconds that each page is expected to take, where pages run on all cores."""
        self.left, self.cores, self.begun = dict(left), cores, {}
        self.done, self.seconds = 0.0, 0.0  # of the pages that ended: expected, and measured
        if left:
            say(f"== pages to run: {len(left)}, about {minutes(self.rest())}")

    def begins(self, page: Path) -> None:
        self.begun[page] = perf_counter()
        say(f"   {page} begins")

    def ends(self, page: Path, executed: Executed) -> None:
        expected, about = self.left.pop(page), f"{executed.seconds:.0f} s"
        if executed.error is None:
            self.done, self.seconds = self.done + expected, self.seconds + executed.seconds
        else:
            about = f"failed ({reason(executed.error)})"
        say(f"   {page}: {about}; {len(self.left)} left" + (f", about {minutes(self.rest())}" if self.left else ""))

    def rest(self) -> float:
        """The seconds until all have ended, at the pace of those that did."""
        now, pace = perf_counter(), self.seconds / self.done if self.done else 1.0
        still = [max(0.0, pace * seconds - now + self.begun.get(page, now)) for page, seconds in self.left.items()]
        return max(sum(still) / self.cores, *still, 0.0)


def tell(failed: dict[Path, Executed], command: str) -> None:
    """Print what failed: the traceback of each, then a line for each, then what to do."""
    for page, executed in failed.items():
        if isinstance(executed.error, CellExecutionError | CellTimeoutError):  # they quote their cell
            say(f"\n{place(page, executed)}\n{executed.error}")
    for page, executed in failed.items():
        say(f"FAILED: {place(page, executed)}: {reason(executed.error)}")
    if failed:
        say(f"Correct this and run {command} again. Pages that have run are kept, unless you change lib.")


def place(page: Path, executed: Executed) -> str:
    return f"{page}, cell {executed.cell}" if executed.cell else str(page)


def reason(error: Exception) -> str:
    """In one line."""
    if isinstance(error, DeadKernelError):
        return "the process that ran it was killed or crashed, perhaps because no memory was left"
    name = error.ename if isinstance(error, CellExecutionError) else type(error).__name__
    words = error.evalue if isinstance(error, CellExecutionError) else str(error)
    return ": ".join([name, *words.strip().splitlines()[:1]])


def minutes(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"


def say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)
