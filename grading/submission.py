"""One submission: its cells, one after the other, and every question's tests, right after the cell that checks it.

Runs in a process of its own, which supervise.py starts and ends:
``python -m grading.submission NOTEBOOK TESTS REPORT CELL_SECONDS MEMORY OUTPUT``. The report is a file with a line of
JSON for everything that happened, so that what was earned is known however this process ends.
"""

import errno
import gc
import json
import os
import re
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from inspect import signature
from pathlib import Path
from typing import Any

import nbformat
from IPython.core.interactiveshell import InteractiveShell
from nbformat import NotebookNode
from otter.test_files.exception_test import ExceptionTestFile
from traitlets.config import Config

from grading import answers

MB = 2**20
SELDOM = (100_000, 50, 100)  # how often Python looks for cycles; as often as usual takes a sixth of a training's time
ASLEEP = 4  # by the clock, a cell may take this many times its seconds of the processor
CHECK = re.compile(r"""grader\.check\(\s*["'](\w+)["']""")
Tell = Callable[..., None]  # writes one event into the report


class TimeUp(BaseException):
    """Raised in the middle of a cell or test that takes too long; not an Exception, so that few catch it."""


@contextmanager
def deadline(seconds: int) -> Iterator[None]:
    """Raise TimeUp inside the block after ``seconds`` of the processor, or a multiple of that by the clock.

    The processor's time counts, so that nobody fails because the machine is busy; the clock is for those who sleep.
    """

    def ring(number: int, frame: object) -> None:
        raise TimeUp(f"took longer than {seconds} s")

    timers = {signal.SIGPROF: (signal.ITIMER_PROF, seconds), signal.SIGALRM: (signal.ITIMER_REAL, ASLEEP * seconds)}
    for number, (timer, after) in timers.items():
        signal.signal(number, ring)
        signal.setitimer(timer, after)
    try:
        yield
    finally:
        for timer, _ in timers.values():
            signal.setitimer(timer, 0)


def limit(memory: int, output: int) -> None:
    """Let the system refuse more than ``memory`` MB of data and files (our output is one) of more than ``output`` MB.

    macOS does not keep the first; supervise.py watches the memory there, and that of children anywhere.
    """
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_DATA, (memory * MB, memory * MB))
    resource.setrlimit(resource.RLIMIT_FSIZE, (output * MB, output * MB))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def read(path: Path) -> list[NotebookNode]:
    """The cells of a notebook. Raises ValueError when it is none."""
    if path.is_dir():
        raise ValueError("there is no notebook right in this folder")
    try:
        cells = nbformat.read(path, as_version=4).cells
        return [cell for cell in cells if cell.cell_type and isinstance(cell.source, str)]
    except Exception as error:  # whatever the parser trips over: it is not a notebook
        raise ValueError(f"not a notebook: {describe(error)}") from None


class Shell(InteractiveShell):
    """Runs cells as Jupyter does. The plain shell refuses %matplotlib, with which many notebooks begin."""

    def enable_gui(self, gui: str | None = None) -> None:
        """There is no window to show anything in."""


def grade(cells: list[str], tests: dict[str, Path], seconds: int, tell: Tell) -> None:
    """Run ``cells`` in a fresh shell, and judge every question after the last cell that checks it, or at the end."""
    shell = Shell.instance(config=Config({"HistoryManager": {"enabled": False}}), colors="nocolor")
    last = {name: number for number, cell in enumerate(cells) for name in CHECK.findall(cell)}
    due = {number: [name for name in tests if last.get(name) == number] for number in range(len(cells))}
    for number, cell in enumerate(cells):
        tell("cell", text=title(cell))
        if trouble := run_cell(shell, cell, seconds):
            tell("remark", text=f"the cell {title(cell)!r} {trouble}")
        for name in due[number]:
            judge(name, tests[name], shell.user_ns, seconds, tell)
    tell("cell", text="the tests at the end")
    for name in [name for name in tests if name not in last]:
        judge(name, tests[name], shell.user_ns, seconds, tell)


def run_cell(shell: InteractiveShell, cell: str, seconds: int) -> str:
    """Run one cell; what went wrong, in words, or ""."""
    try:
        with deadline(seconds):
            result = shell.run_cell(cell, store_history=False)
        error = result.error_before_exec or result.error_in_exec
    except BaseException as raised:  # the shell itself may be hit: by TimeUp, or when it prints a traceback
        error = raised
    room = empty_output()
    if not room or (isinstance(error, OSError) and error.errno == errno.EFBIG):
        return "printed more than is allowed"
    if isinstance(error, TimeUp):
        return str(error)
    return f"raised {describe(error)}" if error else ""


def empty_output() -> bool:
    """Forget what was printed, so that each cell has the whole allowance; False if a cell had used it up."""
    with suppress(Exception):  # what is full is found below; and sys.stdout may be anything that a cell has put there
        sys.stdout.flush()
    try:
        fits = os.fstat(1).st_size < resource.getrlimit(resource.RLIMIT_FSIZE)[0]
    except (OSError, ValueError):
        fits = False
    with suppress(OSError):
        os.ftruncate(1, 0)
        os.lseek(1, 0, os.SEEK_SET)
    return fits


def judge(name: str, path: Path, names: dict[str, Any], seconds: int, tell: Tell) -> None:
    """Run the tests of a question, each against the notebook's ``names``, and report its score."""
    score, wrong = 0.0, []
    words: dict[bool, list[str]] = {False: [], True: []}  # of public and of hidden tests
    for case in ExceptionTestFile.from_file(str(path)).test_cases:
        try:
            if missing := signature(case.body.test_func).parameters.keys() - names.keys():
                raise AssertionError(f"{', '.join(sorted(missing))} is not defined.")  # otter would hand over None
            with deadline(seconds):
                case.body.call_func(names)
            score += case.points
        except BaseException as error:  # an answer may raise what it likes, SystemExit included
            wrong.append(describe(error))
            words[case.hidden] += wrong[-1:]
    empty_output()
    tell("score", question=name, score=round(score, 6), wrong=wrong)
    tell("words", question=name, public=words[False], hidden=words[True])


def describe(error: BaseException) -> str:
    """An error in words: the text of an assertion, else the kind and the text."""
    try:
        text = " ".join(str(error).split())
    except BaseException:
        text = ""
    return text if isinstance(error, AssertionError | TimeUp) and text else f"{type(error).__name__}: {text}"


def title(cell: str) -> str:
    """The first line of a cell that says something."""
    lines = [line.strip() for line in cell.splitlines() if line.strip() and not line.strip().startswith("#")]
    return lines[0][:40] if lines else ""


def main(notebook: str, tests: str, report: str, seconds: str, memory: str, output: str) -> None:
    gc.set_threshold(*SELDOM)
    paths = {path.stem: path for path in sorted(Path(tests).glob("*.py"))}
    with open(report, "a", buffering=1) as file:

        def tell(event: str, **values: Any) -> None:
            file.write(json.dumps({"event": event} | values) + "\n")

        limit(int(memory), int(output))
        try:
            cells = read(Path(notebook))
            tell("answers", texts=answers.collect(cells))
            grade([cell.source for cell in cells if cell.cell_type == "code"], paths, int(seconds), tell)
        except ValueError as error:
            tell("remark", text=str(error))
        tell("done")
        os._exit(0)  # threads that a cell has left behind do not keep us


if __name__ == "__main__":
    main(*sys.argv[1:])
