"""A page for instructors: what is still to do, each question and its commonest mistakes, and similar submissions."""

import re
import statistics
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from grading import roster as rosters
from grading import sheet, table
from grading.archive import Question
from grading.grade import Graded
from grading.odd import LOOK
from grading.roster import Roster
from grading.similar import Pair

COMMONEST = 5  # mistakes of a question
ENOUGH = 10  # students for a correlation
NUMBER = re.compile(r"\d+(?:\.\d+)?")

Mistake = tuple[str, str]  # "public", of which the student's page tells, or "hidden"; and the words, without numbers


def write(graded: Graded, title: str, pairs: Sequence[Pair] | None, roster: Roster | None) -> Path:
    """Write the page; return it."""
    rows = [row for row in graded.rows if row["remark"] != table.NOBODY]
    parts = [
        sheet.text(overall(rows)),
        sheet.section("To do", sheet.items(to_do(graded, roster)) or sheet.text("Nothing.")),
        sheet.section("Questions", questions(rows, graded.questions)),
        *(sheet.section(f"Mistakes in {name}", told) for name, told in mistakes(graded).items()),
        sheet.section("Similar submissions", sheet.text(LIKENESS), similar(pairs)),
    ]
    path = table.beside(graded.scores, table.SUMMARY)
    sheet.write(path, sheet.sheet(f"{title}: summary", parts))
    return path


LIKENESS = (
    "The share of their own code that two have in common: without the template's, and without what many wrote. "
    "Names and layout do not matter. It is a reason to look at both, and no proof."
)


def similar(pairs: Sequence[Pair] | None) -> str:
    if pairs is None:
        return sheet.text("Not looked for: the students' notebook is not beside the autograder.")
    lines = [[pair.one, pair.other, f"{pair.share:.0%}"] for pair in pairs]
    return sheet.table(["student", "and", "in common"], lines) if lines else sheet.text("None.")


def overall(rows: Sequence[table.Row]) -> str:
    totals = [float(row["total"]) for row in rows]
    mean, middle = statistics.mean(totals), statistics.median(totals)
    possible = rows[0]["possible"]
    return f"{len(totals)} submissions; on average {mean:.1f} of {possible} points, and half have {middle:g} or more."


def to_do(graded: Graded, roster: Roster | None) -> list[str]:
    """What a person has to look at, a line each."""
    lines = [f"{row['student']}: {row['remark']}, so its points go to nobody" for row in graded.rows if nobody(row)]
    for question in [question for question in graded.questions if question.by_hand]:
        missing = [row for row in graded.rows if table.earned(row, question) is None and not nobody(row)]
        lines += [f"{question.name}: {len(missing)} without points"] * bool(missing)
    for one, outcome in graded.outcomes.items():
        lines += [f"{one.student}: {remark}" for remark in outcome.remarks if remark.startswith(LOOK)]
    if roster:
        submissions = list(graded.outcomes)
        lines += [f"{one.student}: not on the list" for one in submissions if not roster.of(one)]
        lines += [
            f"{one.name}: several submissions, so none is in the list" for one in rosters.several(roster, submissions)
        ]
        lines += [f"{one.name}: handed in nothing" for one in rosters.absent(roster, submissions)]
    return lines


def nobody(row: table.Row) -> bool:
    return row["remark"] == table.NOBODY


def questions(rows: Sequence[table.Row], asked: Sequence[Question]) -> str:
    """A line for each question: its mean, who has all or nothing, and whether it tells strong from weak."""
    lines = []
    for question in asked:
        pairs = [
            (points, float(row["total"]) - points)
            for row in rows
            if (points := table.earned(row, question)) is not None
        ]
        given = [points for points, _ in pairs]
        mean = statistics.mean(given) if given else 0
        full, none = sum(points == question.points for points in given), given.count(0)
        share = f"{mean / question.points:.0%}" if given else ""
        lines.append(
            [question.name, f"{question.points:g}", f"{mean:.2f}", share, str(full), str(none), telling(pairs)]
        )
    return sheet.table(["question", "points", "mean", "share", "all", "none", "correlation with the rest"], lines)


def telling(pairs: Sequence[tuple[float, float]]) -> str:
    """The correlation of a question's points with the rest of the total; "" where there are too few, or all alike."""
    if len(pairs) < ENOUGH or any(len(set(column)) == 1 for column in zip(*pairs, strict=True)):
        return ""
    return f"{statistics.correlation(*zip(*pairs, strict=True)):.2f}"


def mistakes(graded: Graded) -> dict[str, str]:
    """For each question, the words of failed tests that most students have in common; numbers in them may differ."""
    found: dict[str, Counter[Mistake]] = {
        question.name: Counter() for question in graded.questions if not question.by_hand
    }
    shown: dict[Mistake, str] = {}
    for outcome in graded.outcomes.values():
        for name, counter in found.items():
            hidden = {NUMBER.sub("#", words): ("hidden", words) for words in outcome.hidden.get(name, [])}
            public = {NUMBER.sub("#", words): ("public", words) for words in outcome.failed.get(name, [])}
            for alike, (test, words) in (hidden | public).items():
                shown.setdefault((test, alike), words)
                counter[test, alike] += 1
    return {
        name: sheet.table(
            ["students", "test", "found"],
            [[str(n), one[0], shown[one]] for one, n in counter.most_common(COMMONEST)],
        )
        for name, counter in found.items()
        if counter
    }
