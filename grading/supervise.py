"""A process for each submission, with limits on time, memory and output. It is ended with all that it has started.

Limits keep accidents from spreading. They are no sandbox: a submission can still read your files and use the network.
"""

import json
import os
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from grading import fonts
from lib.store.files import cache_folder

ROOT = Path(__file__).parents[1]
MARK = "GRADING_MARK"  # an environment variable that a submission's processes inherit: by it they are found
MB = 2**20
LOOK = 0.1  # seconds between two looks at a running process


@dataclass(frozen=True)
class Limits:
    """By the clock for a submission, and of the processor for one of its cells or tests: seconds.

    Megabytes of memory for all its processes, and of output for a cell.
    """

    seconds: int = 600
    cell: int = 60
    memory: int = 3000
    output: int = 10

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if value < 1:
                raise ValueError(f"the limit {name} must be at least 1, not {value}")


@dataclass
class Outcome:
    """What a submission earned in each question that was judged, what there is to say about it, and to read in it.

    ``failed`` holds the words of each question's public tests that failed: students may read them. Those of hidden
    tests, in ``hidden``, are only for whoever grades.
    """

    scores: dict[str, float] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    failed: dict[str, list[str]] = field(default_factory=dict)
    hidden: dict[str, list[str]] = field(default_factory=dict)


def supervise(submission: Path, tests: Path, limits: Limits, run: str) -> Outcome:
    """Grade one submission in a process of its own. ``run`` marks all processes of one grading run."""
    mark = f"{run}-{uuid.uuid4().hex}"
    with TemporaryDirectory(prefix="grading-", ignore_cleanup_errors=True) as temporary:
        folder, report = Path(temporary) / "work", Path(temporary) / "report"
        folder.mkdir()
        report.touch()
        shutil.copytree(tests, Path(temporary) / "tests")
        words = [submission.resolve(), Path(temporary) / "tests", report, limits.cell, limits.memory, limits.output]
        with open(Path(temporary) / "output", "wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "grading.submission", *map(str, words)],
                cwd=folder,
                env=environment(Path(temporary), mark),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                stopped = watch(process, limits, mark)
            finally:
                end(mark)
                code = process.wait()
        return outcome(report.read_text(errors="replace"), stopped, code)


def environment(folder: Path, mark: str) -> dict[str, str]:
    """A small environment: a home and a ledger of its own, one thread, and nothing that the caller may hold secret."""
    kept = folder / "cache" / "digits-5000.npz"
    kept.parent.mkdir()
    if (known := cache_folder() / kept.name).exists():
        shutil.copy(known, kept)  # a second saved; a copy, so that nobody spoils the digits of others
    fonts.provide(folder / "matplotlib")
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "C.UTF-8",
        "HOME": str(folder),
        "IPYTHONDIR": str(folder / "ipython"),
        "MPLBACKEND": "Agg",
        "MPLCONFIGDIR": str(folder / "matplotlib"),
        "PYTHONPATH": str(ROOT),
        "LIB_CACHE": str(kept.parent),
        "LIB_LEDGER": str(folder / "ledger"),
        "LIB_QUIET": "1",
        "OMP_NUM_THREADS": "1",
        "LOKY_MAX_CPU_COUNT": "1",  # the submissions run side by side instead
        MARK: mark,
    }


def watch(process: subprocess.Popen, limits: Limits, mark: str) -> str:
    """Wait until ``process`` ends, or breaks a limit: then say which."""
    deadline = time.monotonic() + limits.seconds
    while process.poll() is None:
        if time.monotonic() > deadline:
            return f"stopped after {limits.seconds} s"
        if memory(process.pid, mark) > limits.memory * MB:
            return f"stopped: it used more than {limits.memory} MB of memory"
        time.sleep(LOOK)
    return ""


def memory(pid: int, mark: str) -> int:
    """Bytes that a process, its children, and all others with its mark hold."""
    total = 0
    try:  # a child may have lost its parent, another one its mark
        family = {psutil.Process(pid), *psutil.Process(pid).children(recursive=True), *marked(mark)}
    except psutil.Error:
        return total
    for member in family:
        try:
            total += member.memory_info().rss
        except psutil.Error:  # it has just ended
            continue
    return total


def marked(mark: str) -> Iterator[psutil.Process]:
    """All living processes whose mark begins with ``mark``, wherever they hang in the tree."""
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK, "").startswith(mark) and process.status() != psutil.STATUS_ZOMBIE:
                yield process
        except psutil.Error:  # another user's, or just ended
            continue


def end(mark: str) -> None:
    """Kill all processes with ``mark``, again and again until none is left: one may have forked meanwhile."""
    for _ in range(50):
        left = list(marked(mark))
        if not left:
            return
        for process in left:
            try:
                process.kill()
            except psutil.Error:
                continue
        psutil.wait_procs(left, timeout=LOOK)


def outcome(report: str, stopped: str, code: int) -> Outcome:
    """Read a report. One without its last line ended early: say where, and why as far as is known."""
    result, place, done = Outcome(), "before its first cell", False
    for event in map(read_event, report.splitlines()):
        match event:
            case {"event": "cell", "text": str(text)}:
                place = f"in the cell {text!r}"
            case {"event": "remark", "text": str(text)}:
                result.remarks.append(text)
            case {"event": "score", "question": str(name), "score": float(score), "wrong": list(wrong)}:
                result.scores[name] = score
                result.remarks += [f"{name}: {text}" for text in wrong[:1]]
            case {"event": "words", "question": str(name), "public": list(public), "hidden": list(hidden)}:
                result.failed[name] = [str(text) for text in public]
                result.hidden[name] = [str(text) for text in hidden]
            case {"event": "answers", "texts": list(texts)}:
                result.answers = [str(text) for text in texts]
            case {"event": "done"}:
                done = True
    if not done:
        why = stopped or f"its process ended by itself (exit code {code})"
        result.remarks.insert(0, f"{why}, {place}; what was earned before counts")
    return result


def read_event(line: str) -> object:
    """A line of the report; None where it was cut short, or written by the submission itself."""
    try:
        return json.loads(line)
    except ValueError:
        return None
