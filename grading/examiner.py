"""The grader's own half of a submission's examination: it hands out tests, and counts points itself.

The submission's process only says which tests passed. It gets the tests of a question when that question is due, and
not before. What it says is checked: it may be the submission itself that says it.
"""

import ast
import json
import secrets
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from otter.test_files.exception_test import ExceptionTestFile

from grading.answers import unanswered
from grading.odd import LOOK

TIMES = 2  # a question is judged when it is due, and at the end
LONGEST = 600  # characters of a remark
REMARKS = 100
SHARED = 24  # so many characters in a row that stand in a hidden test do not stand in a remark by chance


@dataclass(frozen=True)
class Case:
    """A test: a function's source, the answers that its parameters ask for, its points, whether students know it."""

    name: str
    source: str
    asks: list[str]
    points: float
    hidden: bool


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


def read_tests(source: str) -> tuple[str, list[Case]]:
    """A question, and its tests, from one of otter's files."""
    functions = {node.name: node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)}
    cases = []
    whole = ExceptionTestFile.from_string(source)
    for case in whole.test_cases:
        name = case.body.test_func.__name__
        functions[name].decorator_list = []  # they need otter, which a submission could have changed
        asks = [argument.arg for argument in functions[name].args.args]
        cases.append(Case(name, ast.unparse(functions[name]), asks, case.points, case.hidden))
    return whole.name, cases


class Examiner:
    """Hears what a submission's process says, line by line, and answers where it asks for tests."""

    def __init__(self, tests: dict[str, list[Case]], cell: int, own: str = "") -> None:
        """``cell``: the seconds that a test may take, which a remark states. ``own``: what the submission holds."""
        self.tests, self.cell = tests, cell
        self.outcome = Outcome()
        self.place, self.begun, self.done = "before its first cell", False, False
        self.key = secrets.token_hex(8)  # the grader gets it before a cell has run, and shows it
        self.tickets: dict[str, str] = {}  # of the questions that are being judged
        self.times: Counter[str] = Counter()
        self.best: dict[str, list[str]] = {}  # of each question, what its tests said when it went best
        self.odd: dict[str, None] = {}
        every = [case for cases in tests.values() for case in cases]
        self.secret = plain("\n".join(case.source for case in every if case.hidden))
        self.known = plain("\n".join(case.source for case in every if not case.hidden) + own.replace("\\n", " "))

    def hear(self, line: bytes) -> dict[str, Any] | None:
        """Take note of one line; what to reply, or None."""
        match read_event(line):
            case {"event": "cell", "text": str(text)}:
                self.place = f"in the cell {text[:LONGEST]!r}"
            case {"event": "remark", "text": str(text)}:
                self.outcome.remarks += [self.censored(text)] * (len(self.outcome.remarks) < REMARKS)
            case {"event": "answers", "texts": list(texts)} if not self.begun:
                self.outcome.answers = [str(text) for text in texts]
            case {"event": "begin"} if not self.begun:  # from here on, students' code runs
                self.begun = True
                return {"questions": list(self.tests), "key": self.key}
            case {"event": "ask", "question": str(name), "key": self.key} if name in self.tests:
                return self.hand_out(name)
            case {"event": "judged", "question": str(name), "ticket": str(ticket), "said": list(said)}:
                self.count(name, ticket, said)
            case {"event": "done", "key": self.key}:
                self.done = True
            case _:
                self.odd["it said what the grader does not say"] = None
        return None

    def hand_out(self, name: str) -> dict[str, Any]:
        """The tests of a question, with a ticket, without which its result does not count."""
        self.times[name] += 1
        if self.times[name] > TIMES or self.earned(name) == self.possible(name):
            self.odd[f"it asked for {name} more often than the grader does"] = None
            return {"ticket": "", "tests": []}
        self.tickets[name] = secrets.token_hex(8)
        tests = [{"source": case.source, "name": case.name, "asks": case.asks} for case in self.tests[name]]
        return {"ticket": self.tickets[name], "tests": tests}

    def count(self, name: str, ticket: str, said: list[Any]) -> None:
        """Keep a result, if it is the question's best. ``said``: what is wrong by each test, "" where it passed."""
        whole = len(said) == len(self.tests.get(name, ())) and all(isinstance(text, str) for text in said)
        if not ticket or self.tickets.pop(name, None) != ticket or not whole:
            self.odd[f"it gave {name[:20]} points out of turn"] = None
        elif name not in self.best or self.points(name, said) > self.earned(name):
            self.best[name] = said

    def points(self, name: str, said: list[str]) -> float:
        return round(sum(case.points for case, text in zip(self.tests[name], said, strict=True) if not text), 6)

    def earned(self, name: str) -> float:
        return self.points(name, self.best[name]) if name in self.best else 0.0

    def possible(self, name: str) -> float:
        return self.points(name, [""] * len(self.tests[name]))

    def finish(self, stopped: str, code: int) -> Outcome:
        """The outcome of a process that has ended: with ``code``, or because it was ``stopped``."""
        result = self.outcome
        for name in self.best:
            result.scores[name] = self.earned(name)
            self.explain(name)
        why = stopped or f"its process ended by itself (exit code {code})"
        early = [] if self.done else [f"{why}, {self.censored(self.place)}; what was earned before counts"]
        odd = [f"{LOOK}: {', '.join(list(self.odd)[:5])}"] if self.odd else []
        result.remarks[:0] = early + odd
        return result

    def explain(self, name: str) -> None:
        """Say which tests of a question failed; of hidden ones no word of theirs, since students read remarks, too."""
        wrong = [(number, text) for number, text in enumerate(self.best[name]) if text]
        cases = self.tests[name]
        public = [self.censored(text) for number, text in wrong if not cases[number].hidden]
        self.outcome.failed[name] = public
        self.outcome.hidden[name] = [text[:LONGEST] for number, text in wrong if cases[number].hidden]
        if wrong:
            self.outcome.remarks.append(f"{name}: {public[0] if public else self.veiled(cases, *wrong[0])}")

    def veiled(self, cases: list[Case], number: int, text: str) -> str:
        """What can be told of a hidden test: our own words if they are ours, else its number."""
        absent = [unanswered(name, there) for name in cases[number].asks for there in (False, True)]
        ours = {f"took longer than {self.cell} s", *absent}
        return text if text in ours else f"hidden test {number + 1} of {len(cases)} fails"

    def censored(self, text: str) -> str:
        """A text that the submission may have chosen, unless it repeats a hidden test."""
        text = text[:LONGEST]
        words = plain(text)
        parts = (words[start : start + SHARED] for start in range(len(words) - SHARED + 1))
        if any(part in self.secret and part not in self.known for part in parts):
            self.odd["it repeats words of a hidden test"] = None
            return "(words of a hidden test)"
        return text


def plain(text: str) -> str:
    """A text without what formatting changes: line breaks, and the kind of quotes."""
    return " ".join(text.replace("\\", "").replace('"', "'").split())


def read_event(line: bytes) -> object:
    """A line from the submission's process; None where it is not one of the grader's."""
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None
