"""A process for each submission, with limits on time, memory and what it writes. It is ended with all that it started.

Where bubblewrap is installed, it runs in a sandbox (sandbox.py). Elsewhere the limits only keep accidents from
spreading: a submission can then still read your files and use the network.

The process gets the notebook and one end of a socket as open files. Nothing that it says is read from a path, where it
could put something else, and never more than a bounded amount is read.
"""

import json
import os
import socket
import stat
import subprocess
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

import psutil

from grading.examiner import Case, Examiner, Outcome
from grading.inbox import LARGEST
from grading.sandbox import MARK, Place, place

MB = 2**20
LOOK = 0.1  # seconds between two looks at a running process
COUNT = 10  # looks between two counts of what it has written
NOTEBOOK = LARGEST // MB  # of a submission, outputs included
SAID = 20  # megabytes that a submission's process may tell us
LINES = 20_000  # in which it does; a notebook of a thousand cells needs two thousand
PROCESSES = 100  # of one submission; training in lib needs one
FILES = 100_000  # of one submission


@dataclass(frozen=True)
class Limits:
    """By the clock for a submission, and of the processor for one of its cells or tests: seconds.

    Megabytes of memory for all its processes, of output for a cell, and of all files together.
    """

    seconds: int = 600
    cell: int = 60
    memory: int = 3000
    output: int = 10
    disk: int = 500

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if value < 1:
                raise ValueError(f"the limit {name} must be at least 1, not {value}")


def supervise(submission: Path, tests: dict[str, list[Case]], limits: Limits, run: str) -> Outcome:
    """Grade one submission in a process of its own. ``run`` marks all processes of one grading run."""
    try:
        content = read(submission)
    except ValueError as error:
        return Outcome(remarks=[str(error)])
    examiner = Examiner(tests, limits.cell, content.decode(errors="replace"))
    mark = f"{run}-{uuid.uuid4().hex}"
    ours, theirs = socket.socketpair()
    with ours, theirs, TemporaryFile() as notebook, TemporaryFile() as output, place(limits.disk, mark) as there:
        notebook.write(content)
        notebook.seek(0)
        process = start(there, theirs.fileno(), notebook.fileno(), output.fileno(), limits)
        theirs.close()
        wire, seen = Wire(ours, examiner), set[psutil.Process]()
        try:
            stopped = watch(process, wire, limits, there, seen)
        finally:
            end(mark, seen)
            code = process.wait()
        wire.rest()
    return examiner.finish(stopped, code if code <= 128 else 128 - code)  # bubblewrap's words for a signal


def read(submission: Path) -> bytes:
    """A submission's content. Raises ValueError where it is no file, or none of an ordinary size."""
    if submission.is_dir():
        raise ValueError("there is no notebook right in this folder")
    try:
        handle = os.open(submission, os.O_RDONLY | os.O_NONBLOCK)  # a pipe must not keep us waiting
    except OSError as error:
        raise ValueError(f"it cannot be read: {error.strerror}") from None
    with open(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise ValueError("not a notebook: it is no ordinary file")
        content = file.read(NOTEBOOK * MB + 1)
    if len(content) > NOTEBOOK * MB:
        raise ValueError(f"not a notebook: it has more than {NOTEBOOK} MB")
    return content


def start(there: Place, wire: int, notebook: int, output: int, limits: Limits) -> subprocess.Popen:
    words = [wire, notebook, limits.cell, limits.memory, limits.output]
    return subprocess.Popen(
        [*there.words, "-P", "-m", "grading.submission", *map(str, words)],
        cwd=there.folder,
        env=there.environment,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        pass_fds=[wire, notebook],
        start_new_session=True,  # Ctrl-C is for us
    )


class Wire:
    """Our end of the socket: reads lines for the examiner, a bounded amount of them, and sends its replies."""

    def __init__(self, ours: socket.socket, examiner: Examiner) -> None:
        self.ours, self.examiner = ours, examiner
        self.begun, self.read, self.lines, self.open = b"", 0, 0, True

    def serve(self, seconds: float) -> None:
        """Listen for so long, and reply."""
        until = time.monotonic() + seconds
        while self.open and not self.too_much and (left := until - time.monotonic()) > 0:
            for line in self.receive(left):
                self.send(self.examiner.hear(line))
        time.sleep(max(0.0, until - time.monotonic()))

    def rest(self) -> None:
        """Hear what is still in the socket, now that its process has ended."""
        before = -1
        while self.read > before and not self.too_much:
            before = self.read
            for line in self.receive(0):
                self.examiner.hear(line)

    def receive(self, seconds: float) -> list[bytes]:
        """The whole lines that have come, after a wait of at most so long for the next ones."""
        self.ours.settimeout(seconds)
        try:
            more = self.ours.recv(2**16)
        except (TimeoutError, BlockingIOError):
            return []
        except OSError:
            more = b""
        self.open, self.read = bool(more), self.read + len(more)
        *lines, self.begun = (self.begun + more).split(b"\n")
        self.lines += len(lines)
        return lines

    def send(self, reply: dict | None) -> None:
        if reply is not None:
            self.ours.settimeout(LOOK)
            try:
                self.ours.sendall(json.dumps(reply).encode() + b"\n")
            except OSError:  # it does not listen, or has ended: its own loss
                self.open = False

    @property
    def too_much(self) -> bool:
        return self.read > SAID * MB or self.lines > LINES


def watch(process: subprocess.Popen, wire: Wire, limits: Limits, there: Place, seen: set[psutil.Process]) -> str:
    """Listen until ``process`` ends, or breaks a limit: then say which. All its children are added to ``seen``."""
    deadline = time.monotonic() + limits.seconds
    looks = 0
    while process.poll() is None:
        wire.serve(LOOK)
        alive = family(process.pid, there)
        seen |= alive
        looks += 1
        if time.monotonic() > deadline:
            return f"stopped after {limits.seconds} s"
        if wire.too_much:
            return "stopped: it told the grader more than it can hear"
        if len(alive) > PROCESSES:
            return f"stopped: it had more than {PROCESSES} processes"
        if memory(alive) > limits.memory * MB:
            return f"stopped: it used more than {limits.memory} MB of memory"
        if there.used and looks % COUNT == 0 and not fits(there.used, limits.disk):
            return f"stopped: it wrote more than {limits.disk} MB, or {FILES} files"
    return ""


def family(pid: int, there: Place) -> set[psutil.Process]:
    """A process, its children, and all others with its mark: a child may have lost its parent, another one its mark.

    In a sandbox none is ever lost.
    """
    found = set(marked(there.environment[MARK])) if there.used else set()
    try:
        parent = psutil.Process(pid)
        found |= {parent, *parent.children(recursive=True)}
    except psutil.Error:  # it has just ended
        pass
    return found


def memory(processes: Iterable[psutil.Process]) -> int:
    """Bytes that they hold together."""
    total = 0
    for process in processes:
        try:
            total += process.memory_info().rss
        except psutil.Error:  # it has just ended
            continue
    return total


def fits(folder: Path, limit: int) -> bool:
    """Whether the files in a folder take up at most ``limit`` MB, and are not too many."""
    total = count = 0
    left = [str(folder)]  # os.walk calls itself, and fails in a folder that is nested deeply enough
    while left:
        with suppress(OSError), os.scandir(left.pop()) as entries:  # just removed, or too deep
            for entry in entries:
                count += 1
                total += entry.stat(follow_symlinks=False).st_blocks * 512
                left += [entry.path] if entry.is_dir(follow_symlinks=False) else []
        if total > limit * MB or count > FILES:
            return False
    return True


def marked(mark: str) -> Iterator[psutil.Process]:
    """All living processes whose mark begins with ``mark``, wherever they hang in the tree."""
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARK, "").startswith(mark) and process.status() != psutil.STATUS_ZOMBIE:
                yield process
        except psutil.Error:  # another user's, or just ended
            continue


def living(processes: Iterable[psutil.Process]) -> Iterator[psutil.Process]:
    """Those that have not ended, and are still the same."""
    for process in processes:
        try:
            if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                yield process
        except psutil.Error:
            continue


def end(mark: str, seen: Iterable[psutil.Process] = ()) -> None:
    """Kill all processes with ``mark``, and ``seen``, until none is left: one may have forked meanwhile."""
    for _ in range(50):
        left = {*marked(mark), *living(seen)}
        if not left:
            return
        for process in left:
            try:
                process.kill()
            except psutil.Error:
                continue
        psutil.wait_procs(list(left), timeout=LOOK)
