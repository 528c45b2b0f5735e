"""A simulated class: `.venv/bin/python tests/grading/a_class.py siamese 150` (some twenty minutes of two cores).

Solutions, halves, blanks, strange files and five attackers are graded in the sandbox. The run is interrupted by Ctrl-C,
then killed, then goes on to its end; points are typed, and go to Moodle and to Canvas. Nobody may be lost.
"""

import csv
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
import psutil
from nbformat import NotebookNode

from grading import assign
from grading.archive import unpack

ROOT = Path(__file__).parents[2]
NAMES = ("Ada Lovelace", "Emmy Nöther", "Zoe\u0308 O'Brien", "王 小云", "=1+1", "Æsa Þórsdóttir", "007", "Ann, B.")
RUN = """
import runpy, sys
from pathlib import Path
from grading import assign, command
assign.SOURCES, command.DIST = map(Path, sys.argv[1:3])
sys.argv[1:3] = []
runpy.run_module("grading", run_name="__main__")
"""
DEEP = "import sys; sys.setrecursionlimit(30000)\ndef f(n): return f(n + 1)\nf(0)"
ATTACKS = (  # {folder} is where the class's files and the table lie
    "import glob\nfor path in glob.glob('{folder}/*/*') + ['{folder}/scores.csv']:\n    open(path, 'w').write('x')",
    "import os, time\nif os.fork() == 0:\n    os.setsid(); time.sleep(20); open('{folder}/scores.csv', 'w').write('x')",
    "while True: print('again ' * 1000)",
    "held = []\nwhile True: held.append(bytearray(10**8))",
    "import json, os\nsaid = json.dumps(dict(event='judged', question='q1', ticket='', said=['']))\n"
    "for fd in range(3, 30):\n    try: os.write(fd, said.encode() + b'\\n')\n    except OSError: pass",
)
# What is handed in, as bytes, of the solution's text; and whether it is worth what the solution is, or nothing.
STRANGE: dict[str, tuple[Callable[[str], bytes], bool]] = {
    "a mark": (lambda text: text.encode("utf-8-sig"), True),
    "UTF-16": (lambda text: text.encode("utf-16"), True),
    "nothing": (lambda text: b"", False),
    "a PDF": (lambda text: b"%PDF-1.4\n" + bytes(range(256)), False),
    "cut off": (lambda text: text.encode()[: len(text) // 2], False),
    "no cells": (lambda text: b'{"cells": 3, "nbformat": 4}', False),
}


@dataclass(frozen=True)
class Pupil:
    """Somebody on the list: what kind of submission it is, and from where to where its points may be, of all."""

    name: str
    number: int
    kind: str
    least: float = 0.0
    most: float = 1.0

    @property
    def student(self) -> str:
        return f"{self.name}_{self.number}"


def kinds(count: int) -> list[tuple[str, float, float]]:
    """What a class of this size hands in, in an order that mixes them."""
    strange = [(name, float(whole), float(whole)) for name, (_, whole) in STRANGE.items()]
    found = [(f"attack {i}", 0.0, 1.0) for i in range(len(ATTACKS))]
    found += [strange[i % len(strange)] for i in range(max(2, count // 10))]
    found += [("blank", 0.0, 0.1)] * max(1, count // 10) + [("half", 0.05, 0.95)] * (count // 6)
    found += [("deep", 1.0, 1.0)] + [("solution", 1.0, 1.0)] * (count - len(found) - 1)
    return found[::3] + found[1::3] + found[2::3]


def hand_in(folder: Path, solution: NotebookNode, template: NotebookNode, count: int) -> list[Pupil]:
    """Write a class's submissions as Moodle packs them; the last three on the list hand in nothing."""
    pupils = []
    for i, (kind, least, most) in enumerate(kinds(count)):
        pupil = Pupil(f"{NAMES[i % len(NAMES)]} {i // len(NAMES)}", 1000 + i, kind, least, most)
        place = folder / f"{pupil.student}_assignsubmission_file"
        place.mkdir(parents=True)
        (place / "work.ipynb").write_bytes(work(pupil, solution, template, folder))
        pupils.append(pupil)
    return pupils + [Pupil(f"Nobody {i}", 5000 + i, "absent") for i in range(3)]


def work(pupil: Pupil, solution: NotebookNode, template: NotebookNode, folder: Path) -> bytes:
    """What one hands in. No two are alike: what was graded is known again by its content."""
    whole = nbformat.from_dict(template if pupil.kind == "blank" else solution)
    whole.cells = [nbformat.v4.new_markdown_cell(pupil.name), *whole.cells]
    checks = [i for i, cell in enumerate(whole.cells) if cell.source.startswith("grader.check")]
    if pupil.kind == "half":
        del whole.cells[checks[len(checks) // 2 - 1] + 1 :]
    elif pupil.kind == "deep":
        whole.cells.insert(2, nbformat.v4.new_code_cell(DEEP))
    elif pupil.kind.startswith("attack"):
        code = ATTACKS[int(pupil.kind.split()[1])].replace("{folder}", str(folder))
        whole.cells.insert(checks[0] + 1, nbformat.v4.new_code_cell(code))
    text = nbformat.writes(whole)
    return STRANGE[pupil.kind][0](text) if pupil.kind in STRANGE else text.encode()


def lists(pupils: list[Pupil], place: Path, name: str, points: float) -> tuple[Path, Path]:
    """The class list as Moodle exports it, and as Canvas does."""
    place.mkdir(exist_ok=True)
    head = (
        "Identifier,Full name,Status,Grade,Maximum Grade,Grade can be changed,Last modified (grade),Feedback comments"
    )
    moodle = [[f"Participant {p.number}", p.name, "-", "", f"{points:.2f}", "Yes", "-", ""] for p in pupils]
    canvas = [["Student", "ID", "SIS User ID", "SIS Login ID", "Section", f"{name} (901)"]]
    canvas += [["    Points Possible", "", "", "", "", f"{points:.2f}"]]
    canvas += [[p.name, str(p.number), "", f"s{p.number}", "A", ""] for p in pupils]
    for platform, lines in {"moodle": [head.split(","), *moodle], "canvas": canvas}.items():
        with open(place / f"{platform}.csv", "w", newline="", encoding="utf-8-sig") as file:
            csv.writer(file).writerows(lines)
    return place / "moodle.csv", place / "canvas.csv"


class Meter(threading.Thread):
    """Adds up the processor's seconds of all that we start. A sandbox does not tell them to its parent: we look."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.used: dict[psutil.Process, float] = {}

    def run(self) -> None:
        while True:
            for process in psutil.Process().children(recursive=True):
                try:
                    self.used[process] = sum(process.cpu_times()[:2])
                except psutil.Error:  # it has just ended
                    continue
            time.sleep(0.2)


class Run:
    """`make grade` in a process, over one class."""

    def __init__(self, name: str, sources: Path, dist: Path, folder: Path, *options: str) -> None:
        words = [sys.executable, "-c", RUN, sources, dist, "grade", name, folder, "--sandbox", "require", *options]
        self.words, self.folder = list(map(str, words)), folder

    def start(self, *options: str) -> subprocess.Popen:
        def heard() -> None:  # in a background shell Ctrl-C is ignored
            signal.signal(signal.SIGINT, signal.default_int_handler)

        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
        return subprocess.Popen([*self.words, *options], cwd=ROOT, preexec_fn=heard, **quiet)

    def kept(self) -> int:
        """How many outcomes are safe."""
        return len(list((self.folder / ".graded").glob("*.json")))

    def stopped(self, after: int, by: int) -> None:
        """Let it run until so many are graded, then end it."""
        process = self.start()
        while self.kept() < after and process.poll() is None:
            time.sleep(0.05)
        before = self.kept()
        process.send_signal(by)
        _, said = process.communicate(timeout=120)
        assert process.returncode != 0 and self.kept() >= before >= after, said.decode()[-2000:]

    def whole(self, *options: str) -> None:
        process = self.start(*options)
        _, said = process.communicate()
        assert process.returncode == 0, said.decode()[-2000:]

    def rows(self, file: str = "scores.csv") -> list[dict[str, str]]:
        with open(self.folder / file, newline="", encoding="utf-8-sig") as opened:
            return list(csv.DictReader(opened))


def term(run: Run, pupils: list[Pupil], by_hand: dict[str, float], points: float, name: str, place: Path) -> None:
    """Grade with two interruptions, type points, and give them back; AssertionError where anybody is lost."""
    present = [pupil for pupil in pupils if pupil.kind != "absent"]
    run.stopped(len(present) // 5, signal.SIGINT)
    run.stopped(len(present) // 2, signal.SIGKILL)
    run.whole()
    nobody_is_lost(run, present, points - sum(by_hand.values()))
    type_points(run, by_hand)
    moodle, canvas = lists(pupils, place, name, points)
    run.whole("--roster", str(moodle))
    run.whole("--roster", str(canvas))
    given = {row["Identifier"]: row["Grade"] for row in run.rows("scores-moodle.csv")}
    entered = {row["ID"]: row[f"{name} (901)"] for row in run.rows("scores-canvas.csv") if row["ID"]}
    for pupil in pupils:
        there = pupil.kind != "absent"
        both = given[f"Participant {pupil.number}"], entered[str(pupil.number)]
        assert all(bool(grade) == there for grade in both), (pupil, both)
    summary = (run.folder / "scores-summary.html").read_text()
    assert all(f"{pupil.name}: handed in nothing" in summary for pupil in pupils if pupil.kind == "absent")


def nobody_is_lost(run: Run, present: list[Pupil], points: float) -> None:
    """A row for each, with what the submission is worth."""
    totals = {row["student"].lstrip("'"): float(row["total"]) / points for row in run.rows()}
    assert totals.keys() == {pupil.student for pupil in present}
    wrong = {p: totals[p.student] for p in present if not p.least <= totals[p.student] <= p.most}
    assert not wrong, wrong


def type_points(run: Run, by_hand: dict[str, float]) -> None:
    """As somebody does in a spreadsheet who gives everybody one point."""
    rows = run.rows()
    for row in rows:
        row |= dict.fromkeys(by_hand, "1")
    with open(run.folder / "scores.csv", "w", newline="", encoding="utf-8-sig") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=";")
        writer.writeheader()
        writer.writerows(rows)


def whole_class(name: str, source: Path, count: int, place: Path, *options: str, front: str = "") -> None:
    """Make the assignment, the class and its grades. ``front`` stands in for the student's first two cells."""
    dist, folder = place / "dist", place / "in"
    assign.make(source, dist / name)
    solution, template = (nbformat.read(dist / name / f"{name}{end}.ipynb", 4) for end in ("-solution", ""))
    if front:
        for notebook in (solution, template):
            notebook.cells[:2] = [nbformat.v4.new_code_cell(front)]
    pupils = hand_in(folder, solution, template, count)
    by_hand = {question: asked.points for question, asked in assign.by_hand(source).items()}
    questions = unpack(dist / name / f"{name}-autograder.zip").questions
    points = sum(question.points for question in questions) + sum(by_hand.values())
    run = Run(name, source.parent, dist, folder, "--jobs", "2", *options)
    term(run, pupils, by_hand, points, name, place / "lists")


if __name__ == "__main__":
    called, size, begun = sys.argv[1], int(sys.argv[2]), time.monotonic()
    os.environ["LIB_QUIET"] = "1"
    meter = Meter()
    meter.start()
    with TemporaryDirectory() as temporary:
        whole_class(called, assign.find(called), size, Path(temporary))
    seconds, cpu = time.monotonic() - begun, sum(meter.used.values()) / size
    print(f"{size} of {called}: {seconds:.0f} s by the clock, {cpu:.1f} s of the processor each; nobody was lost")
