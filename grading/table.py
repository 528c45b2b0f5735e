"""scores.csv: a table that people fill in with a spreadsheet, and that another run completes."""

import csv
import io
import math
from collections.abc import Sequence
from pathlib import Path

from grading.archive import Question
from grading.inbox import Submission, text
from grading.supervise import Outcome
from lib.store.files import write_atomically

Row = dict[str, str]
NOBODY = "no submission has this name"
# What a run writes beside the table, under its name: pages, and the lists to import.
ANSWERS, FEEDBACK, PACKED, SUMMARY = "-answers.html", "-feedback", "-feedback.zip", "-summary.html"
LISTS = {"moodle": "-moodle.csv", "canvas": "-canvas.csv"}
ENCODINGS = ("utf-8-sig", "cp1252")  # as it was written; as a spreadsheet writes it that forgets how


def beside(scores: Path, ending: str) -> Path:
    """Where something lies that is made of the table."""
    return scores.with_name(f"{scores.stem}{ending}")


def written(scores: Path) -> set[Path]:
    """The table, and all that may lie beside it."""
    return {scores, *(beside(scores, ending) for ending in (ANSWERS, FEEDBACK, PACKED, SUMMARY, *LISTS.values()))}


def header(questions: Sequence[Question]) -> list[str]:
    return ["student", *(question.name for question in questions), "total", "possible", "comment", "remark"]


def read(path: Path, questions: Sequence[Question]) -> dict[str, Row]:
    """The rows of an earlier run by student; {} if there was none. Raises ValueError for any other file."""
    if not path.exists():
        return {}
    columns = header(questions)
    names, lines = parse(path.read_bytes())
    if names != columns or any(len(line) != len(columns) for line in lines):
        wanted = f"with the columns {','.join(columns)}, as CSV"
        raise ValueError(f"{path} is no table of an earlier run, {wanted}: move it, or name another with --scores")
    rows = [dict(zip(columns, line, strict=True)) for line in lines]
    students = [row["student"] for row in rows]
    if twice := sorted({name for name in students if students.count(name) > 1}):
        raise ValueError(f"{path} has several rows of {', '.join(twice)}: leave one of each")
    return {row["student"]: row for row in rows}


def parse(content: bytes) -> tuple[list[str], list[list[str]]]:
    """The names of the columns, and the lines, of a CSV as any spreadsheet saves it; ([], []) if it is none."""
    for encoding in ENCODINGS:
        try:
            words = content.decode(encoding)
        except ValueError:
            continue
        first = words.partition("\n")[0]
        separator = max(",;\t", key=first.count)
        try:
            names, *lines = csv.reader(io.StringIO(words, newline=""), delimiter=separator)
        except (ValueError, csv.Error):
            break
        return names, [line for line in lines if any(line)]
    return [], []


def merge(
    graded: dict[Submission, Outcome],
    earlier: dict[str, Row],
    questions: Sequence[Question],
    students: set[str],
) -> list[Row]:
    """One row for each student: what tests gave, and what people typed into an ``earlier`` table.

    ``students`` are all who handed in, graded or not yet; an earlier row of nobody among them stays, and says so.
    """
    table = {name: dict(row) for name, row in earlier.items()}
    for name in table.keys() - students:
        table[name]["remark"] = NOBODY
    for submission, outcome in graded.items():
        typed = earlier.get(submission.student, {})
        table[submission.student] = judged(submission, outcome, questions, typed)
    for row in table.values():
        row["total"] = number(sum(earned(row, question) or 0 for question in questions))
        row["possible"] = number(sum(question.points for question in questions))
    return [table[student] for student in sorted(table)]


def judged(submission: Submission, outcome: Outcome, questions: Sequence[Question], typed: Row) -> Row:
    """The row of a submission, whose total is still to come."""
    row = {"student": submission.student, "comment": typed.get("comment", "")}
    for question in questions:
        score = number(within(outcome.scores.get(question.name, 0.0), question))
        row[question.name] = typed.get(question.name, "") if question.by_hand else score
    wrong = [unread(row, question) for question in questions if question.by_hand]
    remarks = [submission.remark, *wrong, *outcome.remarks]
    return row | {"remark": text("; ".join(filter(None, remarks)))}


def within(score: float, question: Question) -> float:
    """A score from 0 to the question's points, whatever a submission's process claims."""
    return min(max(score, 0.0), question.points) if math.isfinite(score) else 0.0


def earned(row: Row, question: Question) -> float | None:
    """The points in a row, with a decimal point or comma; None where there are none, or not from 0 to the most."""
    try:
        points = float(row.get(question.name, "").strip().lstrip("'").replace(",", "."))
    except ValueError:
        return None
    return points if 0 <= points <= question.points else None


def unread(row: Row, question: Question) -> str:
    """What is wrong with points that somebody typed, or ""."""
    typed = row[question.name].strip()
    wrong = typed and earned(row, question) is None
    return f"{question.name}: {typed!r} is no number from 0 to {number(question.points)}" if wrong else ""


def write(rows: Sequence[Row], columns: Sequence[str], path: Path) -> None:
    """Write a CSV that a spreadsheet opens as it is meant: in UTF-8, with a mark that says so."""
    lines = io.StringIO()
    writer = csv.DictWriter(lines, columns)
    writer.writeheader()
    writer.writerows(rows)
    write_atomically(path, lambda file: file.write(lines.getvalue().encode("utf-8-sig")))


def number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
