"""One submission: its cells, one after the other, and every question's tests, right after the cell that checks it.

Runs in a process of its own, which supervise.py starts and ends:
``python -m grading.submission WIRE NOTEBOOK CELL_SECONDS MEMORY OUTPUT``, where the first two are open files. Into the
wire goes a line of JSON for everything that happens, so that what was earned is known however this process ends; out
of it come the tests of each question when it is due. Of a question that failed, they come again at the end.
"""

import builtins
import ctypes
import gc
import json
import os
import re
import resource
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from io import BufferedRWPair
from types import FunctionType
from typing import Any

import nbformat
from IPython.core.interactiveshell import InteractiveShell
from nbformat import NotebookNode
from traitlets.config import Config

from grading import answers
from grading.odd import LOOK, odd_words, ours
from grading.room import empty_output, too_large, used_up

MB = 2**20
CODE = 200  # megabytes of PyTorch's and Python's code in memory
SELDOM = (100_000, 50, 100)  # how often Python looks for cycles; as often as usual takes a sixth of a training's time
ASLEEP = 4  # by the clock, a cell may take this many times its seconds of the processor
CHECK = re.compile(r"""grader\.check\(\s*["'](\w+)["']""")
CELLS = "__main__"  # the module of what cells define
BUILTINS = dict(vars(builtins))  # as they are before a cell has run
Tell = Callable[..., None]  # tells the grader of one event
Listen = Callable[[], dict[str, Any]]  # waits for the grader's reply
Examine = Callable[[str, dict[str, Any]], bool]  # judges a question; whether all its tests have passed


class TimeUp(BaseException):
    """Raised in the middle of a cell or test that takes too long; not an Exception, so that few catch it."""


@contextmanager
def deadline(seconds: int) -> Iterator[None]:
    """Raise TimeUp inside the block after ``seconds`` of the processor, or a multiple of that by the clock.

    The processor's time counts, so that nobody fails because the machine is busy; the clock is for those who sleep.
    It is raised again every second, because the first may have been caught.
    """

    def ring(number: int, frame: object) -> None:
        raise TimeUp(f"took longer than {seconds} s")

    timers = {signal.SIGPROF: (signal.ITIMER_PROF, seconds), signal.SIGALRM: (signal.ITIMER_REAL, ASLEEP * seconds)}
    for number, (timer, after) in timers.items():
        signal.signal(number, ring)
        signal.setitimer(timer, after, 1)
    try:
        yield
    finally:
        quiet()


def quiet() -> None:
    """Stop the clocks."""
    for number, timer in {signal.SIGPROF: signal.ITIMER_PROF, signal.SIGALRM: signal.ITIMER_REAL}.items():
        signal.signal(number, signal.SIG_IGN)  # first, lest it rings in the next line
        signal.setitimer(timer, 0)


def restore() -> list[str]:
    """Put built-in functions back that a cell has replaced, and which we and the tests use; return their names."""
    changed = [name for name, value in BUILTINS.items() if vars(builtins).get(name) is not value]
    vars(builtins).update(BUILTINS)
    return changed


def intruders() -> list[str]:
    """The names in modules that tests rely on under which something stands that a cell has defined."""
    found = []
    for name, module in list(sys.modules.items()):
        if ours(name):
            with suppress(Exception):  # a cell may have put anything there
                found += [f"{name}.{key}" for key, value in list(vars(module).items()) if from_a_cell(value)]
    return found


def from_a_cell(value: object) -> bool:
    return isinstance(value, (FunctionType, type)) and value.__module__ == CELLS


def limit(memory: int, output: int) -> None:
    """Let the system refuse to hold more than ``memory`` MB, and files (our output is one) of more than ``output`` MB.

    macOS does not keep the first; supervise.py watches the memory there, and that of children anywhere. It counts the
    code, too, which is no data; the gentler limit shall be the first to be felt.
    """
    data = max(memory - CODE, memory // 2) * MB
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_DATA, (data, data))
    resource.setrlimit(resource.RLIMIT_FSIZE, (output * MB, output * MB))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def end_with_parent() -> None:
    """Let the system kill this process when the one that started it is gone, however it went. Only Linux does."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def read(content: bytes) -> list[NotebookNode]:
    """The cells of a notebook, in any encoding of JSON, with or without a mark. Raises ValueError when it is none."""
    try:
        text = content.decode(json.detect_encoding(content), "replace")
        cells = nbformat.reads(text, as_version=4).cells
        return [cell for cell in cells if cell.cell_type and isinstance(cell.source, str)]
    except Exception as error:  # whatever the parser trips over: it is not a notebook
        raise ValueError(f"not a notebook: {describe(error)}") from None


class Shell(InteractiveShell):
    """Runs cells as Jupyter does. The plain shell refuses %matplotlib, with which many notebooks begin."""

    def enable_gui(self, gui: str | None = None) -> None:
        """There is no window to show anything in."""

    def showtraceback(self, *words: Any, **named: Any) -> None:
        """Nobody reads it, and to write one of thirty thousand frames takes minutes."""

    def showsyntaxerror(self, *words: Any, **named: Any) -> None:
        """Nobody reads it."""


def grade(cells: list[str], questions: list[str], seconds: int, tell: Tell, examine: Examine) -> None:
    """Run ``cells`` in a fresh shell; judge every question after the last cell that checks it, and if it fails or has
    no such cell, at the end, when an answer that stands below its check is there, too."""
    shell = Shell.instance(config=Config({"HistoryManager": {"enabled": False}}), colors="nocolor")
    last = {name: number for number, cell in enumerate(cells) for name in CHECK.findall(cell)}
    full: set[str] = set()
    for number, cell in enumerate(cells):
        tell("cell", text=title(cell))
        if trouble := run_cell(shell, cell, seconds):
            tell("remark", text=f"the cell {title(cell)!r} {trouble}")
        full |= {name for name in questions if last.get(name) == number and examine(name, shell.user_ns)}
    tell("cell", text="the tests at the end")
    for name in questions:
        if name not in full:
            examine(name, shell.user_ns)


def run_cell(shell: InteractiveShell, cell: str, seconds: int) -> str:
    """Run one cell; what went wrong, in words, or ""."""
    begun = time.time()
    try:
        with deadline(seconds):
            result = shell.run_cell(cell, store_history=False)
        error = result.error_before_exec or result.error_in_exec
    except BaseException as hit:  # the shell itself may be hit by TimeUp
        quiet()  # it may have rung where the deadline ends
        error = hit
    if too_much := too_large(error):
        return too_much
    if error is None or type(error) is TimeUp:
        return str(error or "")
    raised = f"raised {told(error, seconds)}"
    return f"{cause}, and {raised}" if (cause := used_up(begun)) else raised


def judge(name: str, names: dict[str, Any], seconds: int, tell: Tell, listen: Listen, key: str) -> bool:
    """Ask for the tests of a question, run them against the notebook's ``names``, and tell what they say."""
    if changed := restore():
        tell("remark", text=f"{LOOK}: it replaced the built-in {', '.join(changed[:5])}")
    if changed := intruders():
        tell("remark", text=f"{LOOK}: it replaced {', '.join(changed[:5])}")
    tell("ask", question=name, key=key)
    paper = listen()
    said = [attempt(test, names, seconds) for test in paper["tests"]]
    empty_output()
    tell("judged", question=name, ticket=paper["ticket"], said=said)
    return not any(said)


def attempt(test: dict[str, Any], names: dict[str, Any], seconds: int) -> str:
    """What a test says of the answers; "" if it passes."""
    for name in test["asks"]:
        if names.get(name, ...) is ...:
            return answers.unanswered(name, name in names)
    try:
        with deadline(seconds):
            scope: dict[str, Any] = {"__builtins__": BUILTINS.copy()}
            exec(test["source"], scope)
            scope[test["name"]](**{name: names[name] for name in test["asks"]})
    except BaseException as error:  # an answer may raise what it likes, SystemExit included
        quiet()
        return str(error) if type(error) is TimeUp else told(error, seconds)
    return ""


def told(error: BaseException, seconds: int) -> str:
    """An error in words; also if its text is code that does not end."""
    try:
        with deadline(seconds):
            return describe(error)
    except BaseException:
        quiet()
        return type(error).__name__


def describe(error: BaseException) -> str:
    """An error in words: the text of an assertion, else the kind and the text."""
    try:
        text = " ".join(str(error).split())
    except Exception:  # the text of an error may be code, and wrong
        text = ""
    return text if isinstance(error, AssertionError) and text else f"{type(error).__name__}: {text}"


def title(cell: str) -> str:
    """The first line of a cell that says something."""
    lines = [line.strip() for line in cell.splitlines() if line.strip() and not line.strip().startswith("#")]
    return lines[0][:40] if lines else ""


def tell_line(wire: BufferedRWPair, event: str, **values: Any) -> None:
    wire.write(json.dumps({"event": event} | values).encode() + b"\n")
    wire.flush()


def main(wire: int, notebook: int, seconds: int, memory: int, output: int) -> None:
    end_with_parent()
    gc.set_threshold(*SELDOM)
    sys.path.append(os.getcwd())  # last: what a cell writes there stands in for no module
    os.set_inheritable(wire, False)
    with open(notebook, "rb") as file:
        content = file.read()
    limit(memory, output)
    with socket.socket(fileno=wire) as end, end.makefile("rwb") as line:
        tell = partial(tell_line, line)
        run(content, seconds, tell, lambda: json.loads(line.readline()))
        os._exit(0)  # threads that a cell has left behind do not keep us


def run(content: bytes, seconds: int, tell: Tell, listen: Listen) -> None:
    """Say what can be said of a notebook before it runs, then grade it."""
    cells, is_notebook = [], True
    try:
        cells = read(content)
    except ValueError as error:
        is_notebook = False
        tell("remark", text=str(error))
    codes = [cell.source for cell in cells if cell.cell_type == "code"]
    tell("answers", texts=answers.collect(cells))
    if words := odd_words(codes):
        tell("remark", text=f"{LOOK}: its code has {', '.join(words)}")
    tell("begin")
    begun = listen()
    if is_notebook:
        examine = partial(judge, seconds=seconds, tell=tell, listen=listen, key=begun["key"])
        grade(codes, begun["questions"], seconds, tell, examine)
    tell("done", key=begun["key"])


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
